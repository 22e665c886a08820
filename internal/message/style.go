package message

import (
	"bytes"
	"strings"

	"golang.org/x/net/html/atom"
)

// attributes is what is kept of a start tag.
type attributes struct {
	kept        []attribute
	href        string
	src         string
	inlineStyle inlineStyle
	hidden      bool
	removed     int // event handlers and remote references
}

type attribute struct{ name, value string }

func (a *attributes) take(tag atom.Atom, key, value []byte) {
	switch string(key) {
	case "href":
		a.href = string(value)
		return
	case "src":
		if tag == atom.Img {
			a.src = string(value)
		}
		return
	case "hidden":
		a.hidden = true
		return
	case "background", "srcset", "poster":
		a.removed++
		return
	}
	if bytes.HasPrefix(key, []byte("on")) {
		a.removed++
		return
	}
	fits := plainAttributes[string(key)]
	if fits == nil {
		return
	}
	if v := string(bytes.TrimSpace(value)); fits(v) {
		a.kept = append(a.kept, attribute{string(key), v})
	}
}

// safeProperties are the style properties that dress text and boxes without moving them over
// other content, hiding them or loading anything.
var safeProperties = wordSet(`
	background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width
	border-collapse border-color border-left border-left-color border-left-style border-left-width border-radius
	border-right border-right-color border-right-style border-right-width border-spacing border-style border-top
	border-top-color border-top-style border-top-width border-width box-sizing caption-side clear color direction
	display empty-cells float font font-family font-size font-style font-variant font-weight height letter-spacing
	line-height list-style list-style-position list-style-type margin margin-bottom margin-left margin-right
	margin-top max-height max-width min-height min-width overflow-wrap padding padding-bottom padding-left padding-right padding-top
	table-layout text-align text-decoration text-indent text-transform unicode-bidi vertical-align white-space
	width word-break word-spacing word-wrap`)

// safeStyle keeps the declarations of an inline style that are on the list and whose values
// hold nothing but words, numbers, colours and font names. removed counts references to
// something remote.
func safeStyle(style string) (safe string, removed int) {
	if strings.ContainsAny(style, "\\@") || strings.Contains(style, "/*") {
		style = stripCSSTricks(style)
	}
	var out strings.Builder
	for decl := range strings.SplitSeq(style, ";") {
		name, value, ok := strings.Cut(decl, ":")
		if !ok {
			continue
		}
		name = strings.ToLower(strings.TrimSpace(name))
		value = strings.TrimSpace(value)
		lower := strings.ToLower(value)
		if strings.Contains(lower, "url(") || strings.Contains(lower, "image-set") {
			removed++
			if name == "background" {
				name, value = "background-color", firstColor(value)
				lower = strings.ToLower(value)
			}
		} else if name == "background" && isColor(value) {
			name = "background-color"
		}
		if !safeProperties[name] || !isSafeValue(lower) || isRisky(name, lower) {
			continue
		}
		if out.Len() > 0 {
			out.WriteString("; ")
		}
		out.WriteString(name)
		out.WriteString(": ")
		out.WriteString(value)
	}
	return out.String(), removed
}

// stripCSSTricks removes comments, and gives up on escapes and at-rules altogether.
func stripCSSTricks(style string) string {
	var out strings.Builder
	for {
		before, after, ok := strings.Cut(style, "/*")
		out.WriteString(before)
		if !ok {
			break
		}
		_, style, ok = strings.Cut(after, "*/")
		if !ok {
			break
		}
	}
	var kept []string
	for decl := range strings.SplitSeq(out.String(), ";") {
		if !strings.ContainsAny(decl, "\\@") {
			kept = append(kept, decl)
		}
	}
	return strings.Join(kept, ";")
}

// firstColor finds the colour in a background shorthand.
func firstColor(value string) string {
	for word := range strings.FieldsSeq(value) {
		if isColor(word) && !strings.EqualFold(word, "no-repeat") && !strings.EqualFold(word, "repeat") {
			return word
		}
	}
	return ""
}

// isSafeValue allows words, numbers, "#rrggbb", quoted font names and the rgb() family.
func isSafeValue(lower string) bool {
	if lower == "" || len(lower) > 300 {
		return false
	}
	for i := 0; i < len(lower); i++ {
		c := lower[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c >= 0x80:
		case strings.IndexByte(" #.,%-+!_'\"()/", c) >= 0:
		default:
			return false
		}
	}
	for rest := lower; ; {
		open := strings.IndexByte(rest, '(')
		if open < 0 {
			return true
		}
		name := rest[:open]
		if i := strings.LastIndexAny(name, " ,("); i >= 0 {
			name = name[i+1:]
		}
		if !colorFunctions[name] {
			return false
		}
		rest = rest[open+1:]
	}
}

var colorFunctions = map[string]bool{"rgb": true, "rgba": true, "hsl": true, "hsla": true}

// isRisky refuses values of listed properties that hide text or cover other content.
func isRisky(name, lower string) bool {
	switch name {
	case "display":
		return strings.HasPrefix(lower, "none") || strings.Contains(lower, "contents")
	case "text-indent", "letter-spacing", "word-spacing":
		return strings.HasPrefix(lower, "-")
	}
	return strings.HasPrefix(name, "margin") && strings.Contains(lower, "-")
}

func wordSet(words string) map[string]bool { return set(strings.Fields(words)) }

func isWord(s string) bool {
	if len(s) > 30 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i] | 0x20
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
			return false
		}
	}
	return true
}

func isLength(s string) bool {
	if s == "" || len(s) > 12 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(isDigit(c) || strings.IndexByte("+-.%* pxtem", c) >= 0) {
			return false
		}
	}
	return true
}

func isColor(s string) bool {
	s = strings.ToLower(s)
	if name, rest, ok := strings.Cut(s, "("); ok {
		return colorFunctions[name] && isSafeValue(s) && strings.HasSuffix(rest, ")")
	}
	return s != "" && isWord(strings.TrimPrefix(s, "#"))
}

func isFontList(s string) bool { return len(s) <= 200 && isSafeValue(strings.ToLower(s)) }

func isText(s string) bool { return len(s) <= 1000 }
