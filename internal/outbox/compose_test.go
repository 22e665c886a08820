package outbox

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
)

func to(addresses ...string) []desk.Contact {
	list := make([]desk.Contact, len(addresses))
	for i, a := range addresses {
		list[i] = desk.Contact{Address: a}
	}
	return list
}

// mail is a new mail of the office's mailbox.
func (o *office) mail() Mail {
	return Mail{
		Request: "n1", By: desk.Member{Email: "agnes@lumenhaus.example"}, Box: o.box, To: to("lena@partner.example"), Subject: "Replacement lid",
		Text: "Could you send us ten lids?", Language: "en-US", Colleagues: []string{us, "mei@lumenhaus.example"},
	}
}

func (o *office) compose(m Mail) desk.Message {
	o.Helper()
	out, err := o.outbox().Send(o.Context(), m)
	if err != nil {
		o.Fatal(err)
	}
	o.begun[out.ID] = out.Conversation
	o.now = o.now.Add(UndoTime)
	return out
}

func TestNewMailBeginsAConversation(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	m := o.compose(o.mail())
	c, err := o.table.Conversation(t.Context(), o.org, m.Conversation)
	if err != nil || c.Status != desk.Replied || c.Buyer.Address != "lena@partner.example" || c.Subject != "Replacement lid" || c.Clock.Running() || c.Store != desk.Own || !c.Sorted {
		t.Errorf("%+v %v", c, err)
	}
	sync, err := o.table.Sync(t.Context(), o.org, "box")
	if err != nil || sync.Counts[desk.Replied] != 1 {
		t.Errorf("counts %v %v", sync.Counts, err)
	}
	o.send(m.ID)
	mail := parsed(o.post.accepted[0])
	if conv, id, ok := mailbox.OwnID([]byte("secret"), mail.MessageID); !ok || conv != m.Conversation || id != m.ID || len(mail.References) != 0 {
		t.Errorf("Message-ID %s, references %v", mail.MessageID, mail.References)
	}
	// A second mail in it refers to the first.
	r := o.reply()
	r.Conversation, r.Seen = m.Conversation, m.ID
	again, err := o.outbox().Queue(t.Context(), o.org, r)
	if err != nil || strings.Join(again.References, " ") != mail.MessageID || again.To[0].Address != "lena@partner.example" {
		t.Errorf("%+v %v", again, err)
	}
}

func TestTheSameNewMailIsQueuedOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var wait sync.WaitGroup
	ids := make([]desk.MessageID, 4)
	for i := range ids {
		wait.Go(func() {
			m, err := o.outbox().Send(t.Context(), o.mail())
			if err != nil {
				t.Error(err)
			}
			ids[i] = m.ID
		})
	}
	wait.Wait()
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Errorf("ids %v", ids)
		}
	}
}

func TestNewMailThatIsTakenBackOrFails(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	m := o.compose(o.mail())
	if _, err := o.outbox().Undo(t.Context(), o.org, m.Conversation, m.ID); err != nil {
		t.Fatal(err)
	}
	if c, err := o.table.Conversation(t.Context(), o.org, m.Conversation); err != nil || c.Status != desk.NoReply {
		t.Errorf("taken back: %s %v", c.Status, err)
	}
	mail := o.mail()
	mail.Request = "n2"
	m = o.compose(mail)
	o.post.refuse = func() error { return desk.Errorf(desk.Permanent, "recipient_refused", "550 no such user") }
	o.send(m.ID)
	if c, err := o.table.Conversation(t.Context(), o.org, m.Conversation); err != nil || c.Status != desk.Awaiting || c.Clock.Running() {
		t.Errorf("failed: %s %v", c.Status, err)
	}
	if list, err := o.table.Underway(t.Context(), o.org); err != nil || len(list) != 1 || list[0].State != desk.Failed || list[0].Code != "recipient_refused" || list[0].To != "lena@partner.example" {
		t.Errorf("outbox %+v %v", list, err)
	}
	if _, err := o.outbox().Undo(t.Context(), o.org, m.Conversation, m.ID); err != nil {
		t.Fatal(err)
	}
	if list, err := o.table.Underway(t.Context(), o.org); err != nil || len(list) != 0 {
		t.Errorf("outbox after giving up %+v %v", list, err)
	}
}

const amazonBuyer = "q8w7e6r5t4y3u2@marketplace.amazon.com"

func TestWhatCannotBeComposed(t *testing.T) {
	t.Parallel()
	amazon := func(o *office) { o.box.Stores = []desk.Store{desk.AmazonCom} }
	for _, c := range []struct {
		name   string
		office func(*office)
		mail   func(*Mail)
		code   string
	}{
		{"to nobody", nil, func(m *Mail) { m.To = nil }, "recipient_missing"},
		{"copies to nobody else", nil, func(m *Mail) { m.To, m.Cc = nil, to("a@b.example") }, "recipient_missing"},
		{"no address", nil, func(m *Mail) { m.To = to("lena") }, "address_invalid"},
		{"two addresses in one", nil, func(m *Mail) { m.To = to("lena@partner.example, eve@elsewhere.example") }, "address_invalid"},
		{"a header in an address", nil, func(m *Mail) { m.To = to("lena@partner.example\r\nBcc: eve@elsewhere.example") }, "address_invalid"},
		{"a command in an address", nil, func(m *Mail) { m.Bcc = to("lena@partner.example>\r\nRCPT TO:<eve@elsewhere.example") }, "address_invalid"},
		{"beyond ASCII", nil, func(m *Mail) { m.Cc = to("лена@partner.example") }, "address_invalid"},
		{"a quoted local part", nil, func(m *Mail) { m.To = to(`"a b"@partner.example`) }, "address_invalid"},
		{"too many", nil, func(m *Mail) {
			for i := range 101 {
				m.Bcc = append(m.Bcc, desk.Contact{Address: fmt.Sprintf("p%d@partner.example", i)})
			}
		}, "recipients_many"},
		{"no subject", nil, func(m *Mail) { m.Subject = " \r\n " }, "subject_missing"},
		{"no text", nil, func(m *Mail) { m.Text = " " }, "text_empty"},
		{"a subject longer than any", nil, func(m *Mail) { m.Subject = strings.Repeat("x", 301) }, "text_too_long"},
		{"a buyer of a marketplace the mailbox does not serve", nil, func(m *Mail) { m.To = to(amazonBuyer) }, "wrong_mailbox"},
		{"two buyers", amazon, func(m *Mail) { m.To = to(amazonBuyer, "a1b2c3d4e5f6g7@marketplace.amazon.com") }, "one_buyer"},
		{"a buyer and somebody else", amazon, func(m *Mail) { m.To, m.Bcc = to(amazonBuyer), to("lena@partner.example") }, "no_copies"},
		{"a phone number to a buyer", amazon, func(m *Mail) { m.To, m.Text = to(amazonBuyer), "Please call +1 212 555 0147 about your lamp." }, "check_blocked"},
		{"a buyer", amazon, func(m *Mail) {
			m.To, m.Text = to(amazonBuyer), "Your order 114-5550123-7770456 is packed with a second lid."
		}, ""},
		{"the same address twice", nil, func(m *Mail) {
			m.To, m.Cc = to("lena@partner.example", "LENA@partner.example"), to("Lena@Partner.example")
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var change []func(*office)
			if c.office != nil {
				change = append(change, c.office)
			}
			o := newOffice(t, change...)
			m := o.mail()
			c.mail(&m)
			out, err := o.outbox().Send(t.Context(), m)
			if c.code == "" {
				if err != nil || len(envelope(out)) != 1 {
					t.Errorf("%v, recipients %v", err, envelope(out))
				}
				return
			}
			if desk.CodeOf(err) != c.code {
				t.Errorf("error %v, want %q", err, c.code)
			}
		})
	}
}

func TestAForwardTakesTheOriginalAlong(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(o *office) {
		o.conv.Store = desk.AmazonCom
		o.asked.Text, o.asked.Language, o.asked.Subject = "Der Deckel ist kaputt. Schreiben Sie an kim.privat@buyers.example!\n", "de", "Deckel"
		o.asked.Attachments = []desk.Attachment{{Name: "bild.png", ContentType: "image/png", Size: 12}, {Name: "virus.exe", Size: 2}}
	})
	raw := "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nDeckel\r\n--b\r\nContent-Type: image/png\r\n" +
		"Content-Disposition: attachment; filename=bild.png\r\n\r\n\x89PNG\r\n\x1a\n....\r\n--b--\r\n"
	o.files[mailbox.RawKey(o.org, "box", "asked")] = []byte(raw)
	m := o.mail()
	m.Subject, m.Text, m.Language = "", "", "de"
	m.Forward = &Forward{Conversation: o.conv, Message: "asked", Attachments: []int{0}}
	m.To = to("mei@lumenhaus.example")
	sent := o.compose(m) // to a colleague: nothing to confirm
	o.send(sent.ID)
	mail := parsed(o.post.accepted[0])
	if mail.Subject != "Fwd: Deckel" || len(mail.Attachments) != 1 || string(mail.Attachments[0].Content) != "\x89PNG\r\n\x1a\n...." {
		t.Errorf("subject %q, attachments %+v", mail.Subject, mail.Attachments)
	}
	for _, want := range []string{"---------- Weitergeleitete Nachricht ----------\n", "Von: Kim Larsen <kim@buyers.example>\n", "Betreff: Deckel\n", "\nDer Deckel ist kaputt."} {
		if !strings.Contains(strings.ReplaceAll(mail.Text, "\r\n", "\n"), want) {
			t.Errorf("%q is missing in %q", want, mail.Text)
		}
	}
	if c := o.conversation(); c.Status != desk.Awaiting || c.Messages != 1 {
		t.Errorf("the forward changed the original's conversation: %+v", c)
	}
	for _, c := range []struct {
		name   string
		change func(*Mail)
		code   string
	}{
		{"to somebody outside", func(m *Mail) { m.To = to("lena@partner.example") }, "check_unconfirmed"},
		{"to somebody outside, with a reason", func(m *Mail) {
			m.To, m.Confirmed = to("lena@partner.example"), map[string]string{RuleOutside: "the maker checks the lid"}
		}, ""},
		{"to an address the buyer wrote", func(m *Mail) { m.To = to("Kim.Privat@buyers.example") }, "check_blocked"},
		{"to an address the buyer wrote, in a blind copy", func(m *Mail) { m.Bcc = to("kim.privat@buyers.example") }, "check_blocked"},
		{"to a buyer's relay", func(m *Mail) { m.To = to(amazonBuyer) }, "forward_relay"},
		{"with a program", func(m *Mail) { m.Forward.Attachments = []int{1} }, "file_refused"},
		{"with a file that is not there", func(m *Mail) { m.Forward.Attachments = []int{2} }, "not_found"},
		{"of a message that is not there", func(m *Mail) { m.Forward.Message = "other" }, "not_found"},
	} {
		next := m
		next.Request, next.Forward = c.name, &Forward{Conversation: o.conv, Message: "asked", Attachments: []int{0}}
		c.change(&next)
		_, err := o.outbox().Send(t.Context(), next)
		if c.code == "" && err != nil || c.code != "" && desk.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %q", c.name, err, c.code)
		}
		var blocked *Blocked
		if c.code == "check_blocked" && (!errors.As(err, &blocked) || blocked.Findings[0].Excerpt == "") {
			t.Errorf("%s: %+v", c.name, blocked)
		}
	}
}

func TestCopiesOfAnAnswer(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(o *office) { o.conv.Store = desk.WalmartCom })
	r := o.reply()
	r.Cc = to("lena@partner.example")
	if _, err := o.outbox().Queue(t.Context(), o.org, r); desk.CodeOf(err) != "no_copies" {
		t.Errorf("error %v", err)
	}
}

func TestForwardWords(t *testing.T) {
	for _, lang := range desk.Languages {
		if _, ok := forwardWords[lang]; !ok && !strings.HasPrefix(string(lang), "en") {
			t.Errorf("%s has no words for a forwarded mail", lang)
		}
	}
	for in, want := range map[string]string{"Lamp": "Fwd: Lamp", "FW: Lamp": "FW: Lamp", "fwd: Lamp": "fwd: Lamp", "": "Fwd: "} {
		if got := ForwardSubject(in); got != want {
			t.Errorf("%q becomes %q", in, got)
		}
	}
}
