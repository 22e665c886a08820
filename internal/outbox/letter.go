package outbox

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// maxReferences bounds the References header: the first and the newest stay.
const maxReferences = 20

// letter is everything a raw mail is made of. Blind copies are no part of it:
// only the server is told of them.
type letter struct {
	id         string // Message-ID without <>
	from       desk.Contact
	to, cc     []desk.Contact
	subject    string
	text       string
	references []string // oldest first; the last is the mail that is answered
	at         time.Time
	files      []desk.Attachment
}

// opener writes the bytes of an attachment.
type opener func(w io.Writer, file desk.Attachment) error

// write writes the letter as a mail: plain text in UTF-8, the form every
// marketplace takes, then the attachments. It is the same at every call. No field
// can smuggle a header in. An error of open is returned as it is.
func (l letter) write(out io.Writer, open opener) error {
	head := l.header()
	text := message.Header{}
	text.SetContentType("text/plain", map[string]string{"charset": "utf-8"})
	text.Set("Content-Transfer-Encoding", "quoted-printable")
	if len(l.files) == 0 {
		for fields := text.Fields(); fields.Next(); {
			head.Set(fields.Key(), fields.Value())
		}
		w, err := message.CreateWriter(out, head)
		return closing(w, err, l.writeText)
	}
	boundary, _, _ := strings.Cut(l.id, "@")
	head.SetContentType("multipart/mixed", map[string]string{"boundary": "=_" + boundary})
	mixed, err := message.CreateWriter(out, head)
	if err != nil {
		return fmt.Errorf("writing the mail's header: %w", err)
	}
	part, err := mixed.CreatePart(text)
	if err := closing(part, err, l.writeText); err != nil {
		return err
	}
	for _, file := range l.files {
		part, err := mixed.CreatePart(fileHeader(file))
		if err := closing(part, err, func(w io.Writer) error { return open(w, file) }); err != nil {
			return err
		}
	}
	return mixed.Close()
}

func closing(w *message.Writer, err error, write func(io.Writer) error) error {
	if err != nil {
		return fmt.Errorf("writing a part's header: %w", err)
	}
	if err := write(w); err != nil {
		return err
	}
	return w.Close()
}

func (l letter) writeText(w io.Writer) error {
	text := strings.ReplaceAll(strings.TrimRight(l.text, "\n")+"\n", "\n", "\r\n")
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("writing the mail's text: %w", err)
	}
	return nil
}

func (l letter) header() message.Header {
	var h mail.Header
	h.SetDate(l.at)
	h.SetMessageID(l.id)
	h.SetAddressList("From", addresses(l.from))
	if len(l.to) > 0 {
		h.SetAddressList("To", addresses(l.to...))
	}
	if len(l.cc) > 0 {
		h.SetAddressList("Cc", addresses(l.cc...))
	}
	h.SetSubject(oneLine(l.subject))
	if refs := trim(slices.DeleteFunc(slices.Clone(l.references), malformed)); len(refs) > 0 {
		h.SetMsgIDList("In-Reply-To", refs[len(refs)-1:])
		h.SetMsgIDList("References", refs)
	}
	h.Set("MIME-Version", "1.0")
	return h.Header
}

// fileHeader names the file as RFC 2231 wants it: mail programs that know only
// RFC 2047 words there have been gone for long.
func fileHeader(f desk.Attachment) (h message.Header) {
	h.Set("Content-Type", contentType(f.ContentType))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": cleanName(f.Name)}))
	h.Set("Content-Transfer-Encoding", "base64")
	return h
}

// size is the letter's size in bytes, with attachments of the sizes they say.
func (l letter) size() (int64, error) {
	var n counter
	err := l.write(&n, func(w io.Writer, f desk.Attachment) error {
		_, err := io.CopyN(w, zeros{}, int64(f.Size))
		return err
	})
	return int64(n), err
}

type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// raw is the letter as bytes, for letters without attachments.
func (l letter) raw() ([]byte, error) {
	var out bytes.Buffer
	err := l.write(&out, func(io.Writer, desk.Attachment) error { return errNoFiles })
	return out.Bytes(), err
}

var errNoFiles = desk.Errorf(desk.Internal, "internal", "the attachments are not at hand")

func addresses(list ...desk.Contact) []*mail.Address {
	out := make([]*mail.Address, len(list))
	for i, c := range list {
		out[i] = &mail.Address{Name: oneLine(c.Name), Address: oneLine(c.Address)}
	}
	return out
}

// malformed reports whether a Message-ID from somebody else's mail cannot stand in
// a header of ours.
func malformed(id string) bool {
	return id == "" || len(id) > 500 || strings.ContainsFunc(id, func(c rune) bool { return c <= ' ' || c > '~' || c == '<' || c == '>' })
}

func oneLine(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return -1
		}
		return c
	}, s)
}

func trim(ids []string) []string {
	if len(ids) <= maxReferences {
		return ids
	}
	return append([]string{ids[0]}, ids[len(ids)-maxReferences+1:]...)
}

// ReplySubject puts one "Re:" before a subject that has none.
func ReplySubject(subject string) string {
	if len(subject) >= 3 && strings.EqualFold(subject[:3], "re:") {
		return subject
	}
	return "Re: " + subject
}
