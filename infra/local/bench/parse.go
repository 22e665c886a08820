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
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	gomessage "github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"

	"github.com/quilldesk/quilldesk/infra/local/demomail/corpus"
	"github.com/quilldesk/quilldesk/internal/message"
)

// parse measures reading mail, on one core, against go-message and the standard
// library on the same mails: the demo corpus and the test data of a public mail
// library, and then the same with a photo at every tenth mail, as buyers send them:
// most bytes of a mailbox are attachments. Ours also settles the text, finds what
// is quoted and judges the mail; the others walk the parts and decode each.
func parse(ctx context.Context, r *report) error {
	mails, err := parseCorpus(ctx)
	if err != nil {
		return err
	}
	for _, c := range []struct {
		name  string
		mails [][]byte
	}{{"small mail", mails}, {"mail with photos", withPhotos(mails)}} {
		parseAll(r, c.name, c.mails)
	}
	return nil
}

func parseAll(r *report, name string, mails [][]byte) {
	size := 0
	for _, raw := range mails {
		size += len(raw)
	}
	note := fmt.Sprintf("%d mails, %.1f MB", len(mails), float64(size)/1e6)
	speed := map[string]float64{}
	for _, p := range []struct {
		name string
		read func([]byte) error
		goal string
	}{{"ours", readOurs, "0"}, {"go-message", readGoMessage, ""}, {"the standard library", readStandard, ""}} {
		failed := 0
		for _, raw := range mails {
			if p.read(raw) != nil {
				failed++
			}
		}
		speed[p.name] = megabytes(mails, size, p.read)
		r.add(figure{Name: "reading " + name + ", " + p.name, Value: speed[p.name], Unit: "MB/s", Note: note})
		r.add(figure{Name: "reading " + name + ", " + p.name, Value: float64(failed), Unit: "unusable", Goal: p.goal})
	}
	r.add(figure{Name: "reading " + name + ", ours against go-message", Value: speed["ours"] / speed["go-message"], Unit: "×", Goal: "≥ 1", Note: "same run"})
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

// megabytes is how many MB/s of the mails are read, in the best of three rounds of
// at least half a second.
func megabytes(mails [][]byte, size int, read func([]byte) error) (best float64) {
	for range 3 {
		begun, done := time.Now(), 0
		for time.Since(begun) < time.Second/2 {
			for _, raw := range mails {
				_ = read(raw) // counted before
			}
			done += size
		}
		best = max(best, float64(done)/1e6/time.Since(begun).Seconds())
	}
	return best
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

func readGoMessage(raw []byte) error {
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
