package message

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// decodeText decodes the bytes of a text body as decodeCharset does, with the lines of newlines.
func decodeText(b []byte, label string) (text string, ok bool) {
	if cs, known := lookUpCharset(label); !cs.stateful && kindsOf(b)&^carriageReturns == 0 {
		return unixLines(b), known // ASCII: most mail
	}
	text, ok = decodeCharset(b, label)
	return newlines(text), ok
}

// newlines makes every line end "\n" and drops control characters other than tabs.
func newlines(s string) string {
	if kindsOf(s)&controls != 0 {
		s = strings.Map(func(r rune) rune {
			if r < 0x80 && isControl(byte(r)) {
				return -1
			}
			return r
		}, s)
	}
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return unixLines([]byte(s))
}

func unixLines(b []byte) string {
	cr := bytes.IndexByte(b, '\r')
	if cr < 0 {
		return string(b)
	}
	var out strings.Builder
	out.Grow(len(b))
	for ; cr >= 0; cr = bytes.IndexByte(b, '\r') {
		out.Write(b[:cr])
		out.WriteByte('\n')
		for b = b[cr:]; len(b) > 0 && b[0] == '\r'; b = b[1:] { // CRCRLF comes from a broken gateway
		}
		if len(b) > 0 && b[0] == '\n' {
			b = b[1:]
		}
	}
	out.Write(b)
	return out.String()
}

// byteKinds says what a text holds beside printable ASCII, tabs and line feeds.
type byteKinds uint8

const (
	carriageReturns byteKinds = 1 << iota
	controls                  // see isControl
	foreign                   // beyond ASCII
)

var kindOf = func() (kinds [256]byteKinds) {
	for i := range kinds {
		switch c := byte(i); {
		case c == '\r':
			kinds[c] = carriageReturns
		case isControl(c):
			kinds[c] = controls
		case c >= utf8.RuneSelf:
			kinds[c] = foreign
		}
	}
	return kinds
}()

func kindsOf[T ~string | ~[]byte](s T) (seen byteKinds) {
	for i := range len(s) {
		seen |= kindOf[s[i]]
	}
	return seen
}

// isControl is true for the control characters text has no use for.
func isControl(c byte) bool { return c < ' ' && c != '\n' && c != '\t' && c != '\r' || c == 0x7f }

func cutBytes(b []byte, limit int) ([]byte, bool) {
	if len(b) <= limit {
		return b, false
	}
	return b[:limit], true
}

// cutString shortens s to at most limit bytes without splitting a character.
func cutString(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// unflow joins the soft-broken lines of RFC 3676 text and removes its space stuffing.
func unflow(s string, delSp bool) string {
	var out strings.Builder
	out.Grow(len(s))
	soft, depthBefore := false, 0
	for line := range strings.Lines(s) {
		line, ended := strings.CutSuffix(line, "\n")
		depth := 0
		for depth < len(line) && line[depth] == '>' {
			depth++
		}
		text := strings.TrimPrefix(line[depth:], " ")
		signature := text == "-- "
		if soft && (depth != depthBefore || signature) {
			out.WriteByte('\n')
			soft = false
		}
		if !soft && depth > 0 {
			out.WriteString(line[:depth])
			if text != "" {
				out.WriteByte(' ')
			}
		}
		soft = ended && strings.HasSuffix(text, " ") && !signature
		if soft && delSp {
			text = text[:len(text)-1]
		}
		out.WriteString(text)
		if ended && !soft {
			out.WriteByte('\n')
		}
		depthBefore = depth
	}
	return out.String()
}

// htmlFromText shows plain text inside an HTML mail.
func htmlFromText(s string) string {
	return string(append(appendEscaped([]byte(`<pre style="white-space: pre-wrap">`), s), "</pre>"...))
}
