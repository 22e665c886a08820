package model

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/quilldesk/quilldesk/internal/assist"
)

// growing shows a reply while it is being written: masked values put back, marks
// of entries left out. Nil when nobody looks.
func growing(c assist.Case, p *page, m *masks) func([]byte) {
	if c.Grows == nil {
		return nil
	}
	shown := ""
	return func(input []byte) {
		text := unfinished.ReplaceAllString(textSoFar(input), "")
		if p.repeated(text) || m.strange(text) {
			return // the whole answer will be refused
		}
		text, _ = unmark(clean(text))
		if text = m.quote(text); text != shown {
			shown = text
			c.Grows(text)
		}
	}
}

// unfinished is a mark or token at the end whose other half is still to come.
var unfinished = regexp.MustCompile(`[ \x{00A0}]*[\[【⟦][^\[\]【】⟦⟧\n]{0,40}$`)

// textSoFar is the field "text" of a JSON object of which only the beginning is
// there, "" before it begins.
func textSoFar(input []byte) string {
	s := scan{rest: input}
	if !s.take('{') {
		return ""
	}
	for {
		name, whole := s.text()
		if !whole || !s.take(':') {
			return ""
		}
		if name == "text" {
			value, _ := s.text()
			return value
		}
		if !s.skip() || !s.take(',') {
			return ""
		}
	}
}

// scan reads JSON from the front.
type scan struct{ rest []byte }

// take reads a sign, white space before it included.
func (s *scan) take(sign byte) bool {
	s.rest = []byte(strings.TrimLeft(string(s.rest), " \t\r\n"))
	if len(s.rest) == 0 || s.rest[0] != sign {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// text reads a string, or as much of it as is there; whole is false for a part.
func (s *scan) text() (value string, whole bool) {
	if !s.take('"') {
		return "", false
	}
	for i := 0; i < len(s.rest); i++ {
		switch s.rest[i] {
		case '\\':
			i++
		case '"':
			value, whole = unquoted(s.rest[:i]), true
			s.rest = s.rest[i+1:]
			return value, whole
		}
	}
	value = unquoted(s.rest)
	s.rest = nil
	return value, false
}

// skip reads past a value; false when its end is not there yet.
func (s *scan) skip() bool {
	d := json.NewDecoder(strings.NewReader(string(s.rest)))
	var value json.RawMessage
	if d.Decode(&value) != nil {
		return false
	}
	s.rest = s.rest[d.InputOffset():]
	return true
}

// escapeLength is the longest escape of one character: a surrogate pair.
const escapeLength = 12

// unquoted is the inside of a JSON string. An escape or a character of which a
// part is missing at the end is left out.
func unquoted(inside []byte) string {
	for range escapeLength + 1 {
		var value string
		if json.Unmarshal([]byte(`"`+string(inside)+`"`), &value) == nil {
			return strings.TrimRight(value, string(utf8.RuneError))
		}
		if len(inside) == 0 {
			break
		}
		inside = inside[:len(inside)-1]
	}
	return ""
}
