package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	gomessage "github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"
	gomail "github.com/emersion/go-message/mail"

	"github.com/quilldesk/quilldesk/infra/local/demomail/corpus"
	"github.com/quilldesk/quilldesk/internal/message"
)

// parse measures reading mail, on one core, against go-message and the standard
// library on the same mails: the demo corpus and the test data of a public mail
// library, and then the same with a photo at every tenth mail, as buyers send them:
// most bytes of a mailbox are attachments.
//
// The readers do not do the same. Ours decodes the header, its addresses, dates and
// ids, keeps every part, settles the text, finds what is quoted and judges the mail;
// there is no way to ask it for less. A walk over the parts with go-message or the
// standard library decodes each and forgets it. So go-message is measured twice: the
// bare walk, and a read that fills the same fields ours does as far as it can.
func parse(ctx context.Context, r *report) error {
	mails, err := parseCorpus(ctx)
	if err != nil {
		return err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, c := range []struct {
		name  string
		mails [][]byte
	}{{"small mail", mails}, {"mail with photos", withPhotos(mails)}} {
		parseAll(r, c.name, c.mails)
	}
	return nil
}

// reader is one way to read mail. best is its speed in MB/s.
type reader struct {
	name, goal string
	read       func([]byte) error
	best       float64
}

func parseAll(r *report, name string, mails [][]byte) {
	walk := &reader{name: "go-message's bare walk", read: walkGoMessage}
	full := &reader{name: "go-message with the fields of ours", read: readGoMessage}
	ours := &reader{name: "ours with quotations and judgement", read: readOurs, goal: "0"}
	readers := []*reader{ours, full, walk, {name: "the standard library's bare walk", read: readStandard}}
	// Mails that go-message gives up at would cost it nothing: speed is that on the others.
	whole := slices.DeleteFunc(slices.Clone(mails), func(raw []byte) bool { return walk.read(raw) != nil })
	size := 0
	for _, raw := range whole {
		size += len(raw)
	}
	race(readers, whole, size)
	note := fmt.Sprintf("the %d of %d mails that go-message reads, %.1f MB", len(whole), len(mails), float64(size)/1e6)
	for _, p := range readers {
		failed := 0
		for _, raw := range mails {
			if p.read(raw) != nil {
				failed++
			}
		}
		r.add(figure{Name: "reading " + name + ", " + p.name, Value: p.best, Unit: "MB/s", Note: note})
		r.add(figure{Name: "reading " + name + ", " + p.name, Value: float64(failed), Unit: "unusable", Goal: p.goal, Note: fmt.Sprintf("of all %d mails", len(mails))})
	}
	r.add(figure{Name: "reading " + name + ", ours against go-message", Value: ours.best / full.best, Unit: "×", Goal: "≥ 1",
		Note: "same fields, but ours also finds quotations and judges"})
	r.add(figure{Name: "reading " + name + ", ours against go-message's bare walk", Value: ours.best / walk.best, Unit: "×",
		Note: "which neither decodes the header nor keeps a part"})
}

// race lets the readers take turns, so that what else the machine does slows all of
// them, and notes the best of five rounds of each.
func race(readers []*reader, mails [][]byte, size int) {
	for range 5 {
		for _, p := range readers {
			p.best = max(p.best, megabytes(mails, size, p.read))
		}
	}
}

// withPhotos puts a mail with a photo of 300 KB behind every tenth mail.
func withPhotos(mails [][]byte) [][]byte {
	photo := make([]byte, 300<<10)
	for i := range photo {
		photo[i] = byte(i * i >> 3)
	}
	var text bytes.Buffer
	text.WriteString("From: Ana <ana@buyers.example>\r\nTo: support@lumenhaus.example\r\nSubject: It is broken\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\n" +
		"Message-ID: <photo@buyers.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=photo\r\n\r\n--photo\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" +
		"See the photo.\r\n--photo\r\nContent-Type: image/jpeg; name=lamp.jpg\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	encoded := base64.StdEncoding.EncodeToString(photo)
	for len(encoded) > 76 {
		text.WriteString(encoded[:76] + "\r\n")
		encoded = encoded[76:]
	}
	text.WriteString(encoded + "\r\n--photo--\r\n")
	all := slices.Clone(mails)
	for range len(mails) / 10 {
		all = append(all, text.Bytes())
	}
	return all
}

// megabytes is how many MB/s of the mails are read, in at least 0.4 s.
func megabytes(mails [][]byte, size int, read func([]byte) error) float64 {
	begun, done := time.Now(), 0
	for time.Since(begun) < 400*time.Millisecond {
		for _, raw := range mails {
			_ = read(raw) // counted apart
		}
		done += size
	}
	return float64(done) / 1e6 / time.Since(begun).Seconds()
}

func parseCorpus(ctx context.Context) (mails [][]byte, err error) {
	entries, err := corpus.Seeds()
	if err != nil {
		return nil, err
	}
	boxes := map[string]corpus.Mailbox{}
	for _, e := range entries {
		boxes[e.Account] = corpus.Mailbox{Address: "support@lumenhaus.example", Name: "Lumenhaus"}
	}
	writer := corpus.Writer{Mailboxes: boxes, Host: "mx.lumenhaus.example", Now: time.Now(), Run: "parse"}
	letters, err := writer.Write(entries)
	if err != nil {
		return nil, err
	}
	for _, l := range letters {
		mails = append(mails, l.Raw)
	}
	dir, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/jhillyerd/enmime/v2").Output()
	if err != nil {
		return nil, fmt.Errorf("finding the public mails: %w", err)
	}
	for _, folder := range []string{"mail", "low-quality"} {
		files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "testdata", folder, "*.raw"))
		if err != nil {
			return nil, err
		}
		for _, name := range files {
			raw, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			mails = append(mails, raw)
		}
	}
	return mails, nil
}

// readOurs fails where a person would have nothing to read, or not read it.
func readOurs(raw []byte) error {
	m := message.Read(raw, message.Limits{})
	if !utf8.ValidString(m.Text) || !utf8.ValidString(m.HTML) || !utf8.ValidString(m.Subject) {
		return fmt.Errorf("not UTF-8")
	}
	if m.Text == "" && m.Subject == "" && len(m.From) == 0 && len(m.Attachments) == 0 && len(bytes.TrimSpace(raw)) > 0 {
		return fmt.Errorf("empty")
	}
	return nil
}

// readGoMessage reads what ours returns and go-message can tell: the decoded header,
// addresses, date and ids, and every part with its name, decoded and kept.
func readGoMessage(raw []byte) error {
	entity, err := gomessage.Read(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	header := gomail.Header{Header: entity.Header}
	for fields := header.Fields(); fields.Next(); {
		_, _ = fields.Text() // broken fields are no reason to give the mail up, here and below
	}
	for _, name := range []string{"From", "Sender", "Reply-To", "To", "Cc", "Bcc"} {
		_, _ = header.AddressList(name)
	}
	_, _ = header.Date()
	_, _ = header.MessageID()
	_, _ = header.MsgIDList("In-Reply-To")
	_, _ = header.MsgIDList("References")
	return entity.Walk(func(_ []int, part *gomessage.Entity, err error) error {
		if err != nil {
			return err
		}
		if kind, _, _ := part.Header.ContentType(); strings.HasPrefix(kind, "multipart/") {
			return nil
		}
		_, _ = (&gomail.AttachmentHeader{Header: part.Header}).Filename()
		_, err = io.ReadAll(part.Body)
		return err
	})
}

// walkGoMessage decodes every part and forgets it.
func walkGoMessage(raw []byte) error {
	entity, err := gomessage.Read(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	return entity.Walk(func(_ []int, part *gomessage.Entity, err error) error {
		if err != nil {
			return err
		}
		if kind, _, _ := part.Header.ContentType(); strings.HasPrefix(kind, "multipart/") {
			return nil
		}
		_, err = io.Copy(io.Discard, part.Body)
		return err
	})
}

func readStandard(raw []byte) error {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	return standardPart(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body)
}

func standardPart(kind, encoding string, body io.Reader) error {
	media, params, err := mime.ParseMediaType(kind)
	if err == nil && strings.HasPrefix(media, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			part, err := parts.NextRawPart()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			if err := standardPart(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part); err != nil {
				return err
			}
		}
	}
	switch strings.ToLower(encoding) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	_, err = io.Copy(io.Discard, body)
	return err
}
