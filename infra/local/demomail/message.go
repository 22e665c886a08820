package demomail

import (
	"bytes"
	"html"
	"io"
	"regexp"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // sellers answer in any charset
	"github.com/emersion/go-message/mail"

	"github.com/quilldesk/quilldesk/infra/local/demomail/corpus"
)

// received is a submitted mail as a marketplace reads it.
type received struct {
	header mail.Header
	text   string // the plain text, else the HTML without its tags
	files  []corpus.Attachment
	size   int
	raw    []byte
}

// readMessage never fails: what cannot be read is empty, as it would be for the marketplace.
func readMessage(raw []byte) *received {
	r := &received{raw: raw, size: len(raw)}
	entity, _ := message.Read(bytes.NewReader(raw))
	if entity == nil {
		return r
	}
	r.header = mail.Header{Header: entity.Header}
	var markup string
	entity.Walk(func(_ []int, part *message.Entity, err error) error {
		if part == nil || err != nil && !message.IsUnknownCharset(err) {
			return err
		}
		kind, _, _ := part.Header.ContentType()
		if strings.HasPrefix(kind, "multipart/") {
			return nil
		}
		body, _ := io.ReadAll(part.Body)
		r.take(part.Header, kind, body, &markup)
		return nil
	})
	if r.text == "" {
		r.text = html.UnescapeString(tags.ReplaceAllString(markup, ""))
	}
	return r
}

var tags = regexp.MustCompile(`(?s)<style.*?</style>|<[^>]*>`)

// take files one leaf part: the first texts are the message, the rest are files.
func (r *received) take(header message.Header, kind string, body []byte, markup *string) {
	disposition, params, _ := header.ContentDisposition()
	switch {
	case disposition != "attachment" && (kind == "text/plain" || kind == "") && r.text == "":
		r.text = strings.ReplaceAll(string(body), "\r\n", "\n")
	case disposition != "attachment" && kind == "text/html" && *markup == "":
		*markup = string(body)
	default:
		r.files = append(r.files, corpus.Attachment{Name: params["filename"], Type: kind, Data: body})
	}
}

// from is the bare address in From, "" when there is none. net/mail would fail on names in
// charsets beyond its few.
func (r *received) from() string {
	list, err := r.header.AddressList("From")
	if err != nil || len(list) != 1 {
		return ""
	}
	return list[0].Address
}

// newText is the text without the quoted history below it.
func (r *received) newText() string {
	var kept []string
	for line := range strings.Lines(r.text) {
		if strings.HasPrefix(line, ">") {
			break
		}
		kept = append(kept, strings.TrimRight(line, "\n"))
	}
	return strings.TrimSpace(strings.Join(kept, "\n"))
}
