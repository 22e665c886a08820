package outbox

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/guard"
)

func TestNamesOfFiles(t *testing.T) {
	for in, want := range map[string]string{
		"invoice.pdf": "invoice.pdf", `C:\Users\mei\invoice.pdf`: "invoice.pdf", "../../etc/passwd": "passwd", "": "file", " .. ": "file",
		"a\r\nBcc: eve@elsewhere.example.pdf": "aBcc: eve@elsewhere.example.pdf", "cod\u202efdp.exe": "codfdp.exe", "發票.pdf": "發票.pdf", "a\x00b.txt": "ab.txt",
		strings.Repeat("長", 100) + ".pdf": strings.Repeat("長", 48) + ".pdf", "bad\xff.txt": "bad.txt",
	} {
		if got := cleanName(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func FuzzCleanName(f *testing.F) {
	f.Add("invoice.pdf")
	f.Add("a\r\n\u202e/\\..")
	f.Fuzz(func(t *testing.T, name string) {
		got := cleanName(name)
		if got == "" || len(got) > maxName+20 || !utf8.ValidString(got) || strings.ContainsAny(got, "\r\n\x00/\\") || cleanName(got) != got {
			t.Errorf("%q becomes %q", name, got)
		}
	})
}

func TestWhatMayBeAttached(t *testing.T) {
	for _, c := range []struct {
		name string
		u    Upload
		code string
	}{
		{"a PDF", Upload{Name: "a.pdf", ContentType: "application/pdf", Size: 10}, ""},
		{"an empty file", Upload{Name: "a.pdf"}, "file_empty"},
		{"a negative size", Upload{Name: "a.pdf", Size: -1}, "file_empty"},
		{"the largest", Upload{Name: "a.zip", Size: guard.MailTotal}, ""},
		{"larger", Upload{Name: "a.zip", Size: guard.MailTotal + 1}, "file_large"},
		{"a program", Upload{Name: "Invoice.EXE", Size: 10}, "file_refused"},
		{"a program with another ending in front", Upload{Name: "invoice.pdf.js", Size: 10}, "file_refused"},
		{"a document with macros", Upload{Name: "prices.xlsm", Size: 10}, "file_refused"},
	} {
		u, err := Offer(c.u)
		if got := desk.CodeOf(err); err != nil && got != c.code || err == nil && c.code != "" {
			t.Errorf("%s: %v, want %q", c.name, err, c.code)
		}
		if err == nil && !uploadID.MatchString(u.ID) {
			t.Errorf("%s: id %q", c.name, u.ID)
		}
	}
}

func TestAProgramIsFoundByItsFirstBytes(t *testing.T) {
	o := newOffice(t)
	u, err := Offer(Upload{Name: "invoice.pdf", ContentType: "application/pdf", Size: 100})
	if err != nil {
		t.Fatal(err)
	}
	err = o.outbox().PutPiece(t.Context(), o.org, u.ID, 0, []byte("MZ\x90\x00"))
	if desk.CodeOf(err) != "file_refused" {
		t.Errorf("error %v", err)
	}
	for name, put := range map[string]func() error{
		"a path for an id":     func() error { return o.outbox().PutPiece(t.Context(), o.org, "../raw/x", 0, []byte("x")) },
		"a piece too far":      func() error { return o.outbox().PutPiece(t.Context(), o.org, u.ID, 7, []byte("x")) },
		"a negative piece":     func() error { return o.outbox().PutPiece(t.Context(), o.org, u.ID, -1, []byte("x")) },
		"a piece too large":    func() error { return o.outbox().PutPiece(t.Context(), o.org, u.ID, 0, make([]byte, PieceSize+1)) },
		"nothing":              func() error { return o.outbox().PutPiece(t.Context(), o.org, u.ID, 0, nil) },
		"discard with no id":   func() error { return o.outbox().Discard(t.Context(), o.org, "", 10) },
		"discard out of range": func() error { return o.outbox().Discard(t.Context(), o.org, u.ID, 1<<40) },
	} {
		if err := put(); desk.KindOf(err) != desk.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAttachmentsArriveAsTheyWere sends files of one and of several pieces, with
// names that need RFC 2231, and reads them at the other end.
func TestAttachmentsArriveAsTheyWere(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	big := bytes.Repeat([]byte("0123456789abcde\n"), (PieceSize+1000)/16)
	r := o.reply()
	r.Files = []Upload{
		o.attach("invoice.pdf", "application/pdf", []byte("%PDF-1.7\nsmall")), o.attach("發票 №1.txt", "text/plain; charset=big5", big),
		o.attach("my photo (1).png", "image/png", []byte("\x89PNG\r\n\x1a\n....")),
	}
	r.Cc, r.Bcc = []desk.Contact{{Name: "Lena", Address: "lena@partner.example"}}, []desk.Contact{{Address: "books@lumenhaus.example"}}
	m, err := o.outbox().Queue(t.Context(), o.org, r)
	if err != nil {
		t.Fatal(err)
	}
	o.now = o.now.Add(UndoTime)
	o.send(m.ID)
	if len(o.post.accepted) != 1 {
		t.Fatalf("%d deliveries: %+v", len(o.post.accepted), o.message(m.ID).Send)
	}
	raw := o.post.accepted[0]
	mail := parsed(raw)
	if len(mail.Attachments) != 3 || strings.TrimSpace(mail.Text) != r.Text || len(mail.Warnings) != 0 {
		t.Fatalf("%d attachments, text %q, warnings %v", len(mail.Attachments), mail.Text, mail.Warnings)
	}
	for i, want := range []struct {
		name, kind string
		data       []byte
	}{
		{"invoice.pdf", "application/pdf", []byte("%PDF-1.7\nsmall")}, {"發票 №1.txt", "text/plain", big}, {"my photo (1).png", "image/png", []byte("\x89PNG\r\n\x1a\n....")},
	} {
		if f := mail.Attachments[i]; f.Name != want.name || f.ContentType != want.kind || !bytes.Equal(f.Content, want.data) {
			t.Errorf("attachment %d: %q %s, %d bytes", i, f.Name, f.ContentType, len(f.Content))
		}
	}
	if strings.Contains(string(raw), "books@lumenhaus.example") || mail.Header.Has("Bcc") {
		t.Error("the blind copy is in the mail")
	}
	if got := strings.Join(o.post.to[0], " "); got != "kim@buyers.example lena@partner.example books@lumenhaus.example" {
		t.Errorf("recipients %q", got)
	}
	for line := range strings.SplitSeq(string(raw), "\r\n") {
		if len(line) > 998 {
			t.Fatalf("a line of %d bytes", len(line))
		}
	}
	if !o.conversation().HasAttachments || !o.message(m.ID).Send.Copied || len(o.post.sent) != 1 {
		t.Error("the conversation or the copy in Sent lacks them")
	}
}

func TestAttachmentsThatCannotGo(t *testing.T) {
	t.Parallel()
	pdf := []byte("%PDF-1.7\n")
	for _, c := range []struct {
		name  string
		store desk.Store
		files func(*office) []Upload
		code  string
	}{
		{"never uploaded", desk.Own, func(*office) []Upload {
			return []Upload{{ID: strings.Repeat("a", 32), Name: "a.pdf", Size: 10}}
		}, "file_gone"},
		{"the last piece is missing", desk.Own, func(o *office) []Upload {
			u := o.attach("a.bin", "application/octet-stream", make([]byte, PieceSize))
			u.Size += 5
			return []Upload{u}
		}, "file_gone"},
		{"shorter than it says", desk.Own, func(o *office) []Upload {
			u := o.attach("a.bin", "application/octet-stream", make([]byte, 100))
			u.Size = 200
			return []Upload{u}
		}, "file_gone"},
		{"of another organisation", desk.Own, func(*office) []Upload { return []Upload{newOffice(t).attach("a.pdf", "application/pdf", pdf)} }, "file_gone"},
		{"a ZIP to Newegg", desk.NeweggCom, func(o *office) []Upload { return []Upload{o.attach("a.zip", "application/zip", []byte("PK"))} }, "check_blocked"},
		{"a ZIP that says it is an image", desk.NeweggCom, func(o *office) []Upload { return []Upload{o.attach("a.png", "image/png", []byte("PK\x03\x04"))} }, "check_blocked"},
		{"a PDF to Newegg", desk.NeweggCom, func(o *office) []Upload { return []Upload{o.attach("a.pdf", "application/pdf", pdf)} }, ""},
		{"over 10 MB to Amazon", desk.AmazonCom, func(o *office) []Upload {
			return []Upload{o.attach("a.pdf", "application/pdf", append(pdf, make([]byte, 10<<20)...))}
		}, "check_blocked"},
		{"something to eBay", desk.EBayCom, func(o *office) []Upload { return []Upload{o.attach("a.pdf", "application/pdf", pdf)} }, "check_unconfirmed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, func(o *office) { o.conv.Store, o.conv.Route.Reference = c.store, "[#a05-abcdef12#]" })
			r := o.reply()
			r.Files = c.files(o)
			_, err := o.outbox().Queue(t.Context(), o.org, r)
			if c.code == "" && err != nil || c.code != "" && desk.CodeOf(err) != c.code {
				t.Errorf("error %v, want %q", err, c.code)
			}
		})
	}
}

func TestAnAttachmentThatIsGoneFailsTheMail(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	r := o.reply()
	r.Files = []Upload{o.attach("a.pdf", "application/pdf", []byte("%PDF-1.7"))}
	m, err := o.outbox().Queue(t.Context(), o.org, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range Pieces(m.Attachments[0]) {
		delete(o.files, key)
	}
	o.now = o.now.Add(UndoTime)
	o.send(m.ID)
	if got := o.message(m.ID); got.Send.State != desk.Failed || got.Send.Code != "file_gone" || len(o.post.accepted) != 0 {
		t.Errorf("dispatch %+v, %d deliveries", got.Send, len(o.post.accepted))
	}
}
