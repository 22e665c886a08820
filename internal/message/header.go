package message

import (
	"bytes"
	"strings"
)

// Header is the decoded header in the order of the mail.
type Header []Field

// Field is one header field: unfolded, with encoded words and raw 8-bit text decoded.
type Field struct {
	Name  string `json:"name"` // as written
	Value string `json:"value"`
}

// Get returns the first value of the named field, "" when there is none. Case does not matter.
func (h Header) Get(name string) string {
	for i := range h {
		if h[i].is(name) {
			return h[i].Value
		}
	}
	return ""
}

// Has reports whether the named field occurs at all, even empty.
func (h Header) Has(name string) bool {
	for i := range h {
		if h[i].is(name) {
			return true
		}
	}
	return false
}

// All returns every value of the named field, topmost first.
func (h Header) All(name string) []string {
	var values []string
	for i := range h {
		if h[i].is(name) {
			values = append(values, h[i].Value)
		}
	}
	return values
}

func (f *Field) is(name string) bool {
	return len(f.Name) == len(name) && strings.EqualFold(f.Name, name)
}

// scanned is a header block as it stands in the mail: unfolded but not decoded, because
// addresses and parameters must be split before their encoded words are read.
type scanned struct {
	fields Header
	junk   int  // lines that are neither field nor continuation
	cut    bool // more bytes than the limit
}

func (s *scanned) get(name string) string { return s.fields.Get(name) }

// usualFields is how many fields memory is set aside for: text that is no header has lines, too.
const usualFields = 64

// scanHeader reads the header block at the start of b and returns it with the body behind it.
// Lines may end in CRLF, LF or CRCRLF. A line that cannot belong to a header is skipped when
// the header goes on behind it, and starts the body when it does not (the empty line between
// is missing in some generated mail).
func scanHeader(b []byte, limit int) (scanned, []byte) {
	var s scanned
	extent, lines := headerExtent(b, limit)
	block := string(b[:extent])
	s.cut = len(block) >= limit && limit < len(b)
	s.fields = make(Header, 0, min(lines, usualFields))
	var unfolded strings.Builder
	var folded foldedField
	for pos := 0; pos < len(block); {
		line, next := cutLine(block, pos)
		switch {
		case line == "":
			if folded.open() || len(s.fields) > 0 || s.junk > 0 {
				s.add(folded.value(&unfolded))
				return s, b[next:]
			}
		case line[0] == ' ' || line[0] == '\t':
			if !folded.open() {
				s.junk++
			}
			folded.end = next
		default:
			s.add(folded.value(&unfolded))
			folded = foldedField{}
			name, value, ok := splitField(line)
			switch {
			case ok:
				folded = foldedField{block: block, name: name, start: pos + value, end: next}
			case pos == 0 && strings.HasPrefix(line, "From "), strings.HasPrefix(line, ">From "):
				// mbox envelope line left in front of the mail
			case headerGoesOn(block, next):
				s.junk++
			default:
				s.junk++
				return s, b[pos:]
			}
		}
		pos = next
	}
	s.add(folded.value(&unfolded))
	if s.cut {
		return s, skipHeader(b[len(block):])
	}
	return s, b[len(block):]
}

// foldedField is the field being read: its value lies in block and may span lines.
type foldedField struct {
	block, name string
	start, end  int
}

func (f foldedField) open() bool { return f.name != "" }

// value joins the lines of the field with single spaces. All folded values of a header share
// the memory of unfolded.
func (f foldedField) value(unfolded *strings.Builder) Field {
	if !f.open() {
		return Field{}
	}
	raw := trimBlank(f.block[f.start:f.end])
	nl := strings.IndexByte(raw, '\n')
	if nl < 0 {
		return Field{Name: f.name, Value: raw}
	}
	if unfolded.Cap() == 0 {
		unfolded.Grow(len(f.block) - f.start) // all folded values to come have room in it
	}
	start := unfolded.Len()
	for ; nl >= 0; nl = strings.IndexByte(raw, '\n') {
		if line := trimBlank(raw[:nl]); line != "" {
			unfolded.WriteString(line)
			unfolded.WriteByte(' ')
		}
		raw = raw[nl+1:]
	}
	unfolded.WriteString(trimBlank(raw))
	return Field{Name: f.name, Value: unfolded.String()[start:]}
}

// trimBlank takes spaces, tabs and line ends off both ends.
func trimBlank(s string) string { return trimBlankEnd(trimBlankStart(s)) }

func trimBlankStart(s string) string {
	for len(s) > 0 && isBlank(s[0]) {
		s = s[1:]
	}
	return s
}

func trimBlankEnd(s string) string {
	for len(s) > 0 && isBlank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func (s *scanned) add(f Field) {
	if f.Name != "" {
		s.fields = append(s.fields, f)
	}
}

// headerExtent is the length of the header block with its empty line, at most limit, and how
// many fields it has at most.
func headerExtent(b []byte, limit int) (extent, fields int) {
	pos := 0
	for pos < len(b) && pos < limit {
		nl := bytes.IndexByte(b[pos:], '\n')
		if nl < 0 {
			return min(len(b), limit), fields + 1
		}
		if b[pos] != ' ' && b[pos] != '\t' {
			fields++
		}
		if len(bytes.TrimRight(b[pos:pos+nl], "\r")) == 0 && pos > 1 {
			return min(pos+nl+1, limit), fields
		}
		pos += nl + 1
	}
	return min(pos, limit), fields
}

// skipHeader returns what follows the first empty line of b.
func skipHeader(b []byte) []byte {
	for len(b) > 0 {
		nl := bytes.IndexByte(b, '\n')
		if nl < 0 {
			return nil
		}
		line := bytes.TrimRight(b[:nl], "\r")
		b = b[nl+1:]
		if len(line) == 0 {
			return b
		}
	}
	return nil
}

// cutLine returns the line at pos without its end, and where the next one starts.
func cutLine(s string, pos int) (line string, next int) {
	nl := strings.IndexByte(s[pos:], '\n')
	if nl < 0 {
		return strings.TrimRight(s[pos:], "\r"), len(s)
	}
	line = s[pos : pos+nl]
	if strings.HasSuffix(line, "\r") {
		line = strings.TrimRight(line, "\r")
	}
	return line, pos + nl + 1
}

// splitField returns the name in "Name: value" and where the value starts. RFC 5322 allows
// every printable character but the colon in a name; obsolete syntax puts spaces in front of
// the colon.
func splitField(line string) (name string, value int, ok bool) {
	colon := strings.IndexByte(line, ':')
	if colon <= 0 || colon > 998 {
		return "", 0, false
	}
	name = strings.TrimRight(line[:colon], " \t")
	for i := 0; i < len(name); i++ {
		if name[i] <= ' ' || name[i] >= 0x7f {
			return "", 0, false
		}
	}
	return name, colon + 1, name != ""
}

// headerGoesOn reports whether the line at pos is a field, a continuation or the end of a header.
func headerGoesOn(block string, pos int) bool {
	if pos >= len(block) {
		return false
	}
	line, _ := cutLine(block, pos)
	if line == "" || line[0] == ' ' || line[0] == '\t' {
		return true
	}
	_, _, ok := splitField(line)
	return ok
}
