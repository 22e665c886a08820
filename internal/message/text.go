package message

import (
	"strings"
	"unicode/utf8"
)

// newlines makes every line end "\n" and drops control characters other than tabs.
func newlines(s string) string {
	if hasControls(s) {
		s = strings.Map(func(r rune) rune {
			if r < 0x80 && isControl(byte(r)) {
				return -1
			}
			return r
		}, s)
	}
	cr := strings.IndexByte(s, '\r')
	if cr < 0 {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	for ; cr >= 0; cr = strings.IndexByte(s, '\r') {
		out.WriteString(s[:cr])
		out.WriteByte('\n')
		for s = s[cr:]; s != "" && s[0] == '\r'; s = s[1:] { // CRCRLF comes from a broken gateway
		}
		s = strings.TrimPrefix(s, "\n")
	}
	out.WriteString(s)
	return out.String()
}

// isControl is true for the control characters text has no use for.
func isControl(c byte) bool { return c < ' ' && c != '\n' && c != '\t' && c != '\r' || c == 0x7f }

func hasControls(s string) bool {
	for i := 0; i < len(s); i++ {
		if isControl(s[i]) {
			return true
		}
	}
	return false
}

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
