package outbox

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/emersion/go-message/mail"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// maxReferences bounds the References header: the first and the newest stay.
const maxReferences = 20

// letter is everything a raw mail is made of.
type letter struct {
	id         string // Message-ID without <>
	from       desk.Contact
	to, cc     []desk.Contact
	subject    string
	text       string
	references []string // oldest first; the last is the mail that is answered
	at         time.Time
}

// raw writes the letter as a mail: plain text in UTF-8, the form every
// marketplace takes. No field can smuggle a header in.
func (l letter) raw() ([]byte, error) {
	var h mail.Header
	h.SetDate(l.at)
	h.SetMessageID(l.id)
	h.SetAddressList("From", addresses(l.from))
	h.SetAddressList("To", addresses(l.to...))
	if len(l.cc) > 0 {
		h.SetAddressList("Cc", addresses(l.cc...))
	}
	h.SetSubject(oneLine(l.subject))
	if refs := trim(slices.DeleteFunc(slices.Clone(l.references), malformed)); len(refs) > 0 {
		h.SetMsgIDList("In-Reply-To", refs[len(refs)-1:])
		h.SetMsgIDList("References", refs)
	}
	h.SetContentType("text/plain", map[string]string{"charset": "utf-8"})
	h.Set("Content-Transfer-Encoding", "quoted-printable")
	var out bytes.Buffer
	w, err := mail.CreateSingleInlineWriter(&out, h)
	if err != nil {
		return nil, fmt.Errorf("writing the mail's header: %w", err)
	}
	if _, err := w.Write([]byte(strings.ReplaceAll(strings.TrimRight(l.text, "\n")+"\n", "\n", "\r\n"))); err != nil {
		return nil, fmt.Errorf("writing the mail's text: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("writing the mail: %w", err)
	}
	return out.Bytes(), nil
}

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
