package outbox

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/message"
)

func parsed(raw []byte) *message.Message { return message.Read(raw, message.Limits{}) }

func plain() letter {
	return letter{
		id: "conv.o1.mac@lumenhaus.example", from: desk.Contact{Name: "Lumenhaus", Address: us}, to: []desk.Contact{{Name: "Kim Larsen", Address: "kim@buyers.example"}},
		subject: "Re: Is it dimmable?", text: "Yes.\nIn five steps.\n", references: []string{"first@x", "asked@x"}, at: noon,
	}
}

func TestALetterSaysWhatItShould(t *testing.T) {
	raw, err := plain().raw()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"Message-Id: <conv.o1.mac@lumenhaus.example>", "From: \"Lumenhaus\" <support@lumenhaus.example>", "To: \"Kim Larsen\" <kim@buyers.example>",
		"Subject: Re: Is it dimmable?", "In-Reply-To: <asked@x>", "References: <first@x> <asked@x>", "Date: Sun, 22 Nov 2026 12:00:00 +0000", "Mime-Version: 1.0",
	} {
		if !strings.Contains(strings.ToLower(string(raw)), strings.ToLower(line)+"\r\n") {
			t.Errorf("%q is missing in\n%s", line, raw)
		}
	}
	m := parsed(raw)
	if m.Text != "Yes.\nIn five steps.\n" && m.Text != "Yes.\nIn five steps." || len(m.Warnings) != 0 || m.HTML != "" {
		t.Errorf("it reads as %q, warnings %v", m.Text, m.Warnings)
	}
	if strings.Contains(strings.ReplaceAll(string(raw), "\r\n", ""), "\n") {
		t.Error("bare line ends")
	}
}

func TestNoFieldCanSmuggleAHeaderIn(t *testing.T) {
	const evil = "x\r\nBcc: eve@elsewhere.example\r\n\r\nX: "
	for name, change := range map[string]func(*letter){
		"subject":      func(l *letter) { l.subject = evil },
		"name":         func(l *letter) { l.to[0].Name = evil + "\"" },
		"address":      func(l *letter) { l.to[0].Address = evil + "@buyers.example" },
		"sender":       func(l *letter) { l.from.Name = evil },
		"references":   func(l *letter) { l.references = []string{"ok@x", evil, "a b@x", "<c@x>", "d@x>"} },
		"a lone CR":    func(l *letter) { l.subject = "x\rBcc: eve@elsewhere.example" },
		"NEL and LSEP": func(l *letter) { l.subject = "x\u0085Bcc: eve@elsewhere.example\u2028Bcc: eve@elsewhere.example" },
		"NUL":          func(l *letter) { l.from.Name = "a\x00b" },
	} {
		l := plain()
		change(&l)
		raw, err := l.raw()
		if err != nil {
			continue // refused is as good
		}
		head, _, _ := strings.Cut(string(raw), "\r\n\r\n")
		for line := range strings.SplitSeq(head, "\n") {
			if strings.HasPrefix(strings.ToLower(line), "bcc") || strings.ContainsAny(strings.TrimSuffix(line, "\r"), "\r\x00") {
				t.Errorf("%s: the header holds %q", name, line)
			}
		}
		if m := parsed(raw); m.Header.Has("Bcc") || !strings.HasPrefix(m.Text, "Yes.") {
			t.Errorf("%s: reads as %+v", name, m)
		}
		if name == "references" && fmt.Sprint(parsed(raw).References) != "[ok@x]" {
			t.Errorf("references %v", parsed(raw).References)
		}
	}
}

func TestOtherWritingsSurvive(t *testing.T) {
	for _, text := range []string{"Größe 10 €", "ランプは調光できますか？", "這盞燈可以調光嗎？", "Эта лампа", "โคมไฟ 🙂", strings.Repeat("長い件名", 40), strings.Repeat("a long subject ", 20)} {
		l := plain()
		l.subject, l.from.Name, l.text = text, text, text+"\n.\n.."+strings.Repeat("x", 2000)
		raw, err := l.raw()
		if err != nil {
			t.Fatal(err)
		}
		m := parsed(raw)
		if m.Subject != strings.TrimSpace(text) && m.Subject != text || m.From[0].Name != strings.TrimSpace(text) && m.From[0].Name != text {
			t.Errorf("%q: subject %q, name %q", text, m.Subject, m.From[0].Name)
		}
		if strings.TrimSpace(m.Text) != strings.TrimSpace(l.text) {
			t.Errorf("the text reads as %q", m.Text)
		}
		for line := range strings.SplitSeq(string(raw), "\r\n") {
			if len(line) > 998 {
				t.Errorf("a line of %d bytes", len(line))
			}
			if strings.ContainsFunc(line, func(c rune) bool { return c > '~' }) {
				t.Errorf("the line %q is not ASCII", line)
			}
		}
	}
}

func TestReferencesKeepTheFirstAndTheNewest(t *testing.T) {
	l := plain()
	l.references = nil
	for i := range 50 {
		l.references = append(l.references, fmt.Sprintf("r%d@x", i))
	}
	raw, err := l.raw()
	if err != nil {
		t.Fatal(err)
	}
	got := parsed(raw).References
	if len(got) != maxReferences || got[0] != "r0@x" || got[1] != "r31@x" || got[len(got)-1] != "r49@x" {
		t.Errorf("references %v", got)
	}
}

func TestReplySubject(t *testing.T) {
	for in, want := range map[string]string{"Lamp": "Re: Lamp", "Re: Lamp": "Re: Lamp", "RE: Lamp": "RE: Lamp", "": "Re: ", "Rental": "Re: Rental"} {
		if got := ReplySubject(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestWhatIsAppended(t *testing.T) {
	last := desk.Message{At: noon, From: desk.Contact{Name: "Kim"}, Text: "One\r\nTwo\n"}
	ebay := desk.Conversation{Store: desk.EBayCom, Route: desk.ReplyRoute{Reference: "[#a05-abc123#]"}}
	for _, c := range []struct {
		name    string
		conv    desk.Conversation
		history bool
		lang    desk.Language
		want    string
	}{
		{"nothing", desk.Conversation{}, false, "en-US", ""},
		{"eBay's reference without history", ebay, false, "en-US", "Email reference id: [#a05-abc123#]\n"},
		{"eBay's reference with history", ebay, true, "en-US", "Email reference id: [#a05-abc123#]\n\nOn 2026-11-22 12:00 UTC, Kim wrote:\n> One\n> Two\n"},
		{"history in German", desk.Conversation{}, true, "de", "Am 2026-11-22 12:00 UTC schrieb Kim:\n> One\n> Two\n"},
	} {
		if got := Appended(c.conv, last, c.history, c.lang); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	for _, info := range desk.Stores {
		if HistoryByDefault(info.Store) != (info.Store == desk.Own) {
			t.Errorf("history of %s", info.Store)
		}
	}
	for lang, form := range attributions {
		if strings.Count(form, "%s") != 2 {
			t.Errorf("%s: %q", lang, form)
		}
	}
}

func FuzzLetter(f *testing.F) {
	f.Add("Re: Lamp", "Kim", "kim@buyers.example", "Yes.", "asked@x")
	f.Fuzz(func(t *testing.T, subject, name, address, text, ref string) {
		l := plain()
		l.subject, l.to, l.text, l.references = subject, []desk.Contact{{Name: name, Address: address}}, text, []string{ref}
		raw, err := l.raw()
		if err != nil {
			return
		}
		if m := parsed(raw); m.Header.Has("Bcc") || len(m.From) != 1 || m.From[0].Address != us || m.MessageID != l.id {
			t.Errorf("%q", raw)
		}
	})
}

// FuzzAttachmentHeaders holds names and types of files to the same: they cannot
// add a header, a part or a recipient.
func FuzzAttachmentHeaders(f *testing.F) {
	f.Add("invoice.pdf", "application/pdf")
	f.Add("a\"\r\nBcc: eve@elsewhere.example\r\n\r\n--=_conv", "text/html; charset=x\r\nX: y")
	f.Add("發票.pdf", "multipart/mixed; boundary=b")
	f.Fuzz(func(t *testing.T, name, kind string) {
		l := plain()
		l.files = []desk.Attachment{{Name: name, ContentType: kind, Size: 5}}
		var raw bytes.Buffer
		if err := l.write(&raw, func(w io.Writer, _ desk.Attachment) error { _, err := io.WriteString(w, "hello"); return err }); err != nil {
			t.Fatal(err)
		}
		size, err := l.size()
		if err != nil || size != int64(raw.Len()) {
			t.Errorf("%d bytes, said %d: %v", raw.Len(), size, err)
		}
		m := parsed(raw.Bytes())
		if m.Header.Has("Bcc") || len(m.Attachments) != 1 || string(m.Attachments[0].Content) != "hello" || !strings.HasPrefix(m.Text, "Yes.") || m.MessageID != l.id {
			t.Errorf("%q %q: %q", name, kind, raw.String())
		}
	})
}
