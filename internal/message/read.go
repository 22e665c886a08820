package message

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
)

// Read turns raw bytes into a message. It never fails: the worst input becomes a message with
// the bytes as its text and warnings that say why.
func Read(raw []byte, limits Limits) *Message {
	r := &reader{limits: limits.withDefaults(), msg: &Message{}}
	raw = r.normalise(raw)
	header, body := r.topHeader(raw)
	root := r.newPart(header, body, 0)
	if label := root.kind.params.get("charset"); label != "" {
		r.charset = label
	}
	r.readHeader(header)
	c := r.walk(root)
	r.readBody(c)
	r.judge()
	return r.msg
}

// normalise takes away what stands in front of a mail and gives a mail that ends its lines with
// CR alone the usual ends.
func (r *reader) normalise(raw []byte) []byte {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	raw = bytes.TrimLeft(raw, "\r\n")
	if len(raw) == 0 {
		r.warn(WarnEmpty, "")
	}
	if bytes.IndexByte(raw, '\n') < 0 && bytes.IndexByte(raw, '\r') >= 0 {
		r.warn(WarnBareCR, "")
		raw = bytes.ReplaceAll(raw, []byte{'\r'}, []byte{'\n'})
	}
	return raw
}

// topHeader scans the header of the mail. Bytes without a single field that mail is known for
// are plain text with a colon in it, not a header.
func (r *reader) topHeader(raw []byte) (scanned, []byte) {
	header, body := scanHeader(raw, r.limits.HeaderBytes)
	if len(raw) > 0 && !isMailHeader(header.fields) {
		r.warn(WarnNoHeader, "")
		return scanned{}, raw
	}
	if header.junk > 0 {
		r.warn(WarnBadHeader, "")
	}
	if header.cut {
		r.warn(WarnHeaderCut, "")
	}
	return header, body
}

// mailFields prove that a block of "Name: value" lines is the header of a mail.
var mailFields = []string{
	"From", "To", "Subject", "Date", "Message-ID", "Received", "MIME-Version", "Content-Type",
	"Return-Path", "Delivered-To", "Sender", "Reply-To", "Cc", "Bcc", "Content-Transfer-Encoding", "X-Mailer", "References", "In-Reply-To",
}

func isMailHeader(h Header) bool {
	for _, name := range mailFields {
		if h.Has(name) {
			return true
		}
	}
	return false
}

func (r *reader) readHeader(s scanned) {
	m := r.msg
	m.Header = decodeHeader(s.fields, r.charset)
	for _, a := range []struct {
		name string
		list *[]Address
	}{
		{"From", &m.From}, {"Sender", &m.Sender}, {"Reply-To", &m.ReplyTo},
		{"To", &m.To}, {"Cc", &m.Cc}, {"Bcc", &m.Bcc},
	} {
		*a.list = r.addresses(s, a.name)
	}
	m.Subject = m.Header.Get("Subject")
	m.MessageID = firstID(m.Header.Get("Message-ID"))
	m.InReplyTo = r.ids("In-Reply-To")
	m.References = r.ids("References")
	m.Date = messageDate(m.Header.Get("Date"), m.Header.Get("Received"))
	if m.Date.IsZero() && len(m.Header) > 0 {
		r.warn(WarnBadDate, cutString(m.Header.Get("Date"), 60))
	}
}

// decodeHeader decodes the value of each field. Most headers have nothing to decode and are not
// copied.
func decodeHeader(raw Header, fallback string) Header {
	header, shared := raw, true
	for i := range raw {
		value := decodeHeaderText(raw[i].Value, fallback)
		if value == raw[i].Value {
			continue
		}
		if shared {
			header, shared = slices.Clone(raw), false
		}
		header[i].Value = value
	}
	return header
}

// addresses joins repeated fields, which RFC 5322 forbids and mailers send.
func (r *reader) addresses(s scanned, name string) []Address {
	var list []Address
	for i := range s.fields {
		if !s.fields[i].is(name) {
			continue
		}
		var cut bool
		if list, cut = appendAddresses(list, s.fields[i].Value, r.charset, r.limits.Addresses); cut {
			r.warn(WarnAddressesCut, name)
			break
		}
	}
	return list
}

// ids reads every message id of the named fields. Beyond the limit the oldest one, which starts
// the conversation, and the newest ones are kept.
func (r *reader) ids(name string) []string {
	var ids []string
	for i := range r.msg.Header {
		if f := &r.msg.Header[i]; f.is(name) {
			ids = appendIDs(ids, f.Value)
		}
	}
	if limit := r.limits.References; len(ids) > limit {
		r.warn(WarnReferencesCut, "")
		ids = append(ids[:1], ids[len(ids)-limit+1:]...)
	}
	return ids
}

// appendIDs adds the ids of one field.
func appendIDs(ids []string, s string) []string {
	if n := strings.Count(s, "<"); n > cap(ids)-len(ids) {
		ids = slices.Grow(ids, min(n, usualIDs))
	}
	cut := idCutter(s)
	for {
		id, rest, ok := cut(s)
		if !ok {
			return ids
		}
		ids, s = append(ids, id), rest
	}
}

// usualIDs is how many ids memory is set aside for.
const usualIDs = 32

// idCutter returns what cuts the first id off a field: ids stand in angle brackets or, in a
// field without any, are words with an "@".
func idCutter(field string) func(s string) (id, rest string, ok bool) {
	if strings.Contains(field, "<") {
		return cutID
	}
	return cutBareID
}

func cutID(s string) (id, rest string, ok bool) {
	for {
		_, after, found := strings.Cut(s, "<")
		if !found {
			return "", "", false
		}
		id, s, found = strings.Cut(after, ">")
		if !found {
			id, s = after, ""
		}
		if i := strings.LastIndexByte(id, '<'); i >= 0 {
			id = id[i+1:]
		}
		if id = withoutBlanks(id); id != "" {
			return id, s, true
		}
	}
}

func cutBareID(s string) (id, rest string, ok bool) {
	const separators = " ,;>"
	for s != "" {
		s = strings.TrimLeft(s, separators)
		end := strings.IndexAny(s, separators)
		if end < 0 {
			end = len(s)
		}
		id, s = s[:end], s[end:]
		if strings.Contains(id, "@") {
			return id, s, true
		}
	}
	return "", "", false
}

// withoutBlanks takes white space out of an id, which folding puts there.
func withoutBlanks(s string) string {
	if strings.IndexFunc(s, unicode.IsSpace) < 0 {
		return s
	}
	return strings.Join(strings.Fields(s), "")
}

// firstID returns the first id of a field, or the whole value when it has no id's form.
func firstID(s string) string {
	if s == "" {
		return ""
	}
	if id, _, ok := idCutter(s)(s); ok {
		return id
	}
	return strings.NewReplacer("<", "", ">", "").Replace(withoutBlanks(s))
}

// readBody settles text and HTML and divides the text.
func (r *reader) readBody(c content) {
	m := r.msg
	m.Text, m.HTML = c.text, c.html
	if c.text == "" && c.html == "" && r.embedded != nil && !r.isReport && r.limits.Depth > 1 {
		r.borrow()
	}
	var marks []mark
	hasText := strings.TrimSpace(m.Text) != ""
	if !hasText && m.HTML != "" {
		m.Text, marks = textAndMarks(m.HTML)
	}
	m.Text = r.limitText(m.Text)
	var parts Parts
	if hasText {
		parts = Split(m.Text, m.HTML)
	} else {
		parts = splitMarked(m.Text, marks)
	}
	m.Visible, m.Quoted, m.Signature, m.Folds = parts.Visible, parts.Quoted, parts.Signature, parts.Folds
}

// borrow shows the text of a forwarded mail when the mail around it has none of its own.
func (r *reader) borrow() {
	limits := r.limits
	limits.Depth--
	inner := Read(r.embedded, limits)
	r.msg.Text, r.msg.HTML = inner.Text, inner.HTML
}

func (r *reader) limitText(s string) string {
	if len(s) <= r.limits.TextBytes {
		return s
	}
	r.warn(WarnTextCut, "")
	return cutString(s, r.limits.TextBytes)
}
