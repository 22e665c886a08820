package corpus

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime/quotedprintable"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
)

// Mail is a message before it is put on the wire.
type Mail struct {
	Header   []Field
	Text     string
	HTML     string
	Charset  string // "" is utf-8
	Encoding string // base64, quoted-printable or 8bit; "" picks by charset
	Attach   []Attachment
	Report   *Report // makes it a multipart/report (RFC 3464)
}

// Attachment is a file; an ID makes it an inline one that HTML can name.
type Attachment struct {
	Name, Type string
	Data       []byte
}

// Report is what a bounce says: the per-recipient fields and the header of the mail it is about.
type Report struct {
	Status   []Field
	Original string
}

// part is a MIME entity: its Content-* fields and its encoded body.
type part struct {
	header []Field
	body   string
}

// Bytes returns the message with CRLF line ends.
func (m *Mail) Bytes() ([]byte, error) {
	charset := m.Charset
	if charset == "" {
		charset = "utf-8"
	}
	enc, err := encoder(charset)
	if err != nil {
		return nil, err
	}
	body, err := m.body(charset, enc)
	if err != nil {
		return nil, err
	}
	var out strings.Builder
	for _, field := range m.Header {
		value, err := encodeHeader(oneLine.Replace(field.Value), charset, enc)
		if err != nil {
			return nil, fmt.Errorf("header %s: %w", field.Name, err)
		}
		writeField(&out, field.Name, value)
	}
	writeField(&out, "MIME-Version", "1.0")
	body.write(&out)
	return []byte(strings.ReplaceAll(out.String(), "\n", "\r\n")), nil
}

// oneLine keeps a subject that came from outside from starting a header field of its own.
var oneLine = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ")

func encoder(charset string) (encoding.Encoding, error) {
	enc, err := htmlindex.Get(charset)
	if err != nil {
		return nil, fmt.Errorf("charset %s: %w", charset, err)
	}
	return enc, nil
}

func (m *Mail) body(charset string, enc encoding.Encoding) (part, error) {
	content, err := m.content(charset, enc)
	if err != nil {
		return part{}, err
	}
	if m.Report != nil {
		return multipart("report; report-type=delivery-status", []part{content, m.Report.status(), m.Report.headers()}), nil
	}
	if len(m.Attach) == 0 {
		return content, nil
	}
	parts := []part{content}
	for _, a := range m.Attach {
		name, err := encodeHeader(a.Name, charset, enc)
		if err != nil {
			return part{}, err
		}
		parts = append(parts, part{[]Field{
			{"Content-Type", fmt.Sprintf("%s; name=%q", a.Type, name)},
			{"Content-Transfer-Encoding", "base64"},
			{"Content-Disposition", fmt.Sprintf("attachment; filename=%q", name)},
		}, wrapBase64(a.Data)})
	}
	return multipart("mixed", parts), nil
}

// content is the text, the HTML, or both with the text first.
func (m *Mail) content(charset string, enc encoding.Encoding) (part, error) {
	var parts []part
	for _, version := range []struct{ kind, text string }{{"plain", m.Text}, {"html", m.HTML}} {
		if version.text == "" && (version.kind == "html" || m.HTML != "") {
			continue
		}
		p, err := m.textPart(version.kind, version.text, charset, enc)
		if err != nil {
			return part{}, err
		}
		parts = append(parts, p)
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return multipart("alternative", parts), nil
}

func (m *Mail) textPart(kind, text, charset string, enc encoding.Encoding) (part, error) {
	text = strings.TrimRight(text, "\n") + "\n"
	encoded, err := enc.NewEncoder().String(strings.ReplaceAll(text, "\n", "\r\n"))
	if err != nil {
		return part{}, fmt.Errorf("text in %s: %w", charset, err)
	}
	transfer := m.Encoding
	if transfer == "" {
		transfer = transferEncoding(charset, encoded)
	}
	p := part{header: []Field{
		{"Content-Type", fmt.Sprintf("text/%s; charset=%q", kind, charset)},
		{"Content-Transfer-Encoding", transfer},
	}}
	switch transfer {
	case "base64":
		p.body = wrapBase64([]byte(encoded))
	case "quoted-printable":
		p.body = quotePrintable(encoded)
	default:
		p.body = strings.ReplaceAll(encoded, "\r\n", "\n")
	}
	return p, nil
}

// transferEncoding picks what clients pick: readable text stays readable where it is mostly Latin.
func transferEncoding(charset, encoded string) string {
	high, longest := 0, 0
	for line := range strings.Lines(encoded) {
		longest = max(longest, len(line))
	}
	for i := range len(encoded) {
		if encoded[i] >= 0x80 {
			high++
		}
	}
	switch {
	case high == 0 && longest < 900:
		return "7bit" // iso-2022-jp too: that is what it was made for
	case high*4 > len(encoded):
		return "base64"
	}
	return "quoted-printable"
}

func quotePrintable(text string) string {
	var out bytes.Buffer
	w := quotedprintable.NewWriter(&out)
	w.Write([]byte(text)) // a bytes.Buffer takes everything
	w.Close()
	return strings.ReplaceAll(out.String(), "\r\n", "\n")
}

func wrapBase64(data []byte) string {
	text := base64.StdEncoding.EncodeToString(data)
	var out strings.Builder
	for len(text) > 76 {
		out.WriteString(text[:76] + "\n")
		text = text[76:]
	}
	out.WriteString(text + "\n")
	return out.String()
}

func (r *Report) status() part {
	var text strings.Builder
	for _, field := range r.Status {
		if field.Name == "Final-Recipient" { // the per-recipient group follows an empty line
			text.WriteString("\n")
		}
		writeField(&text, field.Name, field.Value)
	}
	return part{[]Field{{"Content-Type", "message/delivery-status"}}, text.String()}
}

func (r *Report) headers() part {
	return part{[]Field{{"Content-Type", "text/rfc822-headers"}}, r.Original}
}

func multipart(kind string, parts []part) part {
	var all strings.Builder
	for _, p := range parts {
		p.write(&all)
	}
	boundary := "----=_Part_" + Token(24, kind, all.String())
	var body strings.Builder
	for _, p := range parts {
		body.WriteString("--" + boundary + "\n")
		p.write(&body)
		body.WriteString("\n")
	}
	body.WriteString("--" + boundary + "--\n")
	return part{[]Field{{"Content-Type", fmt.Sprintf("multipart/%s; boundary=%q", kind, boundary)}}, body.String()}
}

func (p part) write(out *strings.Builder) {
	for _, field := range p.header {
		writeField(out, field.Name, field.Value)
	}
	out.WriteString("\n" + p.body)
}

// writeField folds at spaces so that lines stay under 78 octets where they can.
func writeField(out *strings.Builder, name, value string) {
	line := name + ":"
	for word := range strings.SplitSeq(value, " ") {
		if len(line)+1+len(word) > 77 && len(line) > len(name)+1 {
			out.WriteString(line + "\n")
			line = ""
		}
		line += " " + word
	}
	out.WriteString(line + "\n")
}

// encodeHeader encodes what is not ASCII as RFC 2047 words of at most 75 octets, each whole in
// itself as iso-2022-jp needs. An address behind the name stays as it is.
func encodeHeader(value, charset string, enc encoding.Encoding) (string, error) {
	if isASCII(value) {
		return value, nil
	}
	name, address := value, ""
	if i := strings.LastIndex(value, " <"); i >= 0 && strings.HasSuffix(value, ">") {
		name, address = value[:i], value[i:]
	}
	var words []string
	for len(name) > 0 {
		word, size, err := encodeWord(strings.Trim(name, `"`), charset, enc)
		if err != nil {
			return "", err
		}
		words = append(words, word)
		name = strings.Trim(name, `"`)[size:]
	}
	return strings.Join(words, " ") + address, nil
}

// encodeWord encodes as many runes as fit and returns how many bytes of text they were.
func encodeWord(text, charset string, enc encoding.Encoding) (word string, size int, err error) {
	for size < len(text) {
		_, n := utf8.DecodeRuneInString(text[size:])
		encoded, err := enc.NewEncoder().String(text[:size+n])
		if err != nil {
			return "", 0, err
		}
		longer := "=?" + charset + "?B?" + base64.StdEncoding.EncodeToString([]byte(encoded)) + "?="
		if len(longer) > 75 && size > 0 {
			break
		}
		word, size = longer, size+n
	}
	return word, size, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
