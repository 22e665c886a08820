package message

import (
	"bytes"
	"strings"
)

// Read turns raw bytes into a message. It never fails: the worst input becomes a message with
// the bytes as its text and warnings that say why.
func Read(raw []byte, limits Limits) *Message {
	r := &reader{limits: limits.withDefaults(), msg: &Message{}}
	raw = r.normalise(raw)
	header, body := r.topHeader(raw)
	root := r.newPart(header, body, 0)
	if label := root.kind.params["charset"]; label != "" {
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
	m.Header = make(Header, len(s.fields))
	for i, f := range s.fields {
		m.Header[i] = Field{Name: f.Name, Value: decodeHeaderText(f.Value, r.charset)}
	}
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
	m.InReplyTo = r.ids(m.Header.All("In-Reply-To"))
	m.References = r.ids(m.Header.All("References"))
	m.Date = messageDate(m.Header.Get("Date"), m.Header.Get("Received"))
	if m.Date.IsZero() && len(m.Header) > 0 {
		r.warn(WarnBadDate, cutString(m.Header.Get("Date"), 60))
	}
}

// addresses joins repeated fields, which RFC 5322 forbids and mailers send.
func (r *reader) addresses(s scanned, name string) []Address {
	var list []Address
	for _, value := range s.fields.All(name) {
		more, cut := parseAddresses(value, r.charset, r.limits.Addresses-len(list))
		list = append(list, more...)
		if cut {
			r.warn(WarnAddressesCut, name)
			break
		}
	}
	return list
}

// ids reads every message id of the values. Beyond the limit the oldest one, which starts the
// conversation, and the newest ones are kept.
func (r *reader) ids(values []string) []string {
	var ids []string
	for _, value := range values {
		ids = appendIDs(ids, value)
	}
	if limit := r.limits.References; len(ids) > limit {
		r.warn(WarnReferencesCut, "")
		ids = append(ids[:1], ids[len(ids)-limit+1:]...)
	}
	return ids
}

// appendIDs adds the ids of one field: what stands in angle brackets or, where there are none,
// words with an "@".
func appendIDs(ids []string, s string) []string {
	if !strings.Contains(s, "<") {
		for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ' ' || r == ',' || r == ';' || r == '>' }) {
			if strings.Contains(word, "@") {
				ids = append(ids, word)
			}
		}
		return ids
	}
	for {
		_, after, ok := strings.Cut(s, "<")
		if !ok {
			return ids
		}
		id, rest, ok := strings.Cut(after, ">")
		if !ok {
			id, rest = after, ""
		}
		if i := strings.LastIndexByte(id, '<'); i >= 0 {
			id = id[i+1:]
		}
		if id = strings.Join(strings.Fields(id), ""); id != "" {
			ids = append(ids, id)
		}
		s = rest
	}
}

// firstID returns the first id of a field, or the whole value when it has no id's form.
func firstID(s string) string {
	if ids := appendIDs(nil, s); len(ids) > 0 {
		return ids[0]
	}
	return strings.NewReplacer("<", "", ">", "").Replace(strings.Join(strings.Fields(s), ""))
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
