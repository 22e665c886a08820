package message

import (
	"strings"
	"unicode/utf8"
)

// newlines makes every line end "\n".
func newlines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\r' {
			out = append(out, s[i])
			continue
		}
		for i+1 < len(s) && s[i+1] == '\r' { // CRCRLF, from a broken gateway
			i++
		}
		if i+1 < len(s) && s[i+1] == '\n' {
			i++
		}
		out = append(out, '\n')
	}
	return string(out)
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
	return `<pre style="white-space: pre-wrap">` + htmlEscaper.Replace(s) + "</pre>"
}

var htmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;")
