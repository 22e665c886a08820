package message

import (
	"strings"

	"golang.org/x/net/html/atom"
)

// htmlScanner reads HTML as text with tags between, several times faster than a conforming
// tokenizer. It is good enough to find words and markings; what is shown as HTML goes through
// Sanitize, which reads as browsers do.
type htmlScanner struct {
	s   string
	pos int

	noEnd    bool               // no ">" is left in s
	unclosed map[atom.Atom]bool // raw text elements whose end tag is not in the rest of s

	text  string    // of a text token, entities not yet resolved
	tag   atom.Atom // of a tag token, 0 when unknown
	name  string    // of a tag token, as written
	attrs string    // of a start tag token, not yet split
}

type htmlToken uint8

const (
	htmlEnd htmlToken = iota
	htmlText
	htmlStartTag
	htmlEndTag
)

// next moves to the next token. Comments, declarations and the content of elements that hold
// no text are skipped.
func (z *htmlScanner) next() htmlToken {
	for z.pos < len(z.s) {
		rest := z.s[z.pos:]
		if rest[0] != '<' || len(rest) == 1 {
			return z.textToken(0)
		}
		if z.noEnd {
			return z.textToken(1)
		}
		switch c := rest[1]; {
		case isLetter(c) && z.lacksEnd(rest):
			return z.textToken(1)
		case isLetter(c):
			return z.startTag()
		case c == '/' && len(rest) > 2 && isLetter(rest[2]):
			return z.endTag()
		case c == '!' || c == '?' || c == '/':
			z.skipComment(rest)
		default:
			return z.textToken(1)
		}
	}
	return htmlEnd
}

// lacksEnd notes when tags cannot end any more: what follows is text then.
func (z *htmlScanner) lacksEnd(rest string) bool {
	z.noEnd = strings.IndexByte(rest, '>') < 0
	return z.noEnd
}

// textToken takes the text up to the next "<" at or behind offset from.
func (z *htmlScanner) textToken(from int) htmlToken {
	end := len(z.s)
	if i := strings.IndexByte(z.s[z.pos+from:], '<'); i > 0 || i == 0 && from > 0 {
		end = z.pos + from + i
	} else if i == 0 {
		end = z.pos + 1 // the "<" at the very end
	}
	z.text = z.s[z.pos:end]
	z.pos = end
	return htmlText
}

func (z *htmlScanner) skipComment(rest string) {
	end := ">"
	if strings.HasPrefix(rest, "<!--") && !strings.HasPrefix(rest, "<!-->") && !strings.HasPrefix(rest, "<!--->") {
		end = "-->"
	}
	i := strings.Index(rest[2:], end)
	if i < 0 {
		z.pos = len(z.s)
		return
	}
	z.pos += 2 + i + len(end)
}

func (z *htmlScanner) startTag() htmlToken {
	z.tagName(z.pos + 1)
	start := z.pos
	z.pos = tagEnd(z.s, z.pos)
	z.attrs = strings.TrimSuffix(z.s[start:z.pos], ">")
	if isRawText(z.tag) {
		z.skipRawText()
	}
	return htmlStartTag
}

func (z *htmlScanner) endTag() htmlToken {
	z.tagName(z.pos + 2)
	z.pos = tagEnd(z.s, z.pos)
	return htmlEndTag
}

// tagName reads the name at start and leaves pos behind it.
func (z *htmlScanner) tagName(start int) {
	end := start
	for end < len(z.s) && z.s[end] != '>' && z.s[end] != '/' && !isHTMLSpace(z.s[end]) {
		end++
	}
	z.name = z.s[start:end]
	var buf [24]byte
	z.tag = 0
	if len(z.name) <= len(buf) {
		z.tag = atom.Lookup(lowerInto(buf[:], z.name))
	}
	z.pos = end
}

// tagEnd returns the position behind the ">" that ends the tag pos is in, quoted ones passed
// over. A quote that never closes within maxTag protects nothing.
func tagEnd(s string, pos int) int {
	const maxTag = 64 << 10 // data: URLs are the longest values
	limit := min(len(s), pos+maxTag)
	for i := pos; i < limit; i++ {
		switch s[i] {
		case '>':
			return i + 1
		case '"', '\'':
			// Only behind "=" does a quote open a value.
			if !afterEquals(s, pos, i) {
				continue
			}
			if end := strings.IndexByte(s[i+1:limit], s[i]); end >= 0 {
				i += end + 1
			}
		}
	}
	if i := strings.IndexByte(s[pos:], '>'); i >= 0 {
		return pos + i + 1
	}
	return len(s)
}

func afterEquals(s string, from, i int) bool {
	for i--; i >= from; i-- {
		if !isHTMLSpace(s[i]) {
			return s[i] == '='
		}
	}
	return false
}

// isRawText lists the elements whose content is not markup, and not text for a reader either.
func isRawText(tag atom.Atom) bool {
	switch tag {
	case atom.Script, atom.Style, atom.Title, atom.Textarea, atom.Xmp, atom.Iframe, atom.Noembed, atom.Noframes:
		return true
	}
	return false
}

// skipRawText moves to the end tag of the element just opened; without one the rest of the
// mail is read on, for a mail is more than its broken style sheet.
func (z *htmlScanner) skipRawText() {
	if z.unclosed[z.tag] {
		return
	}
	for i := z.pos; ; {
		lt := strings.Index(z.s[i:], "</")
		if lt < 0 {
			if z.unclosed == nil {
				z.unclosed = make(map[atom.Atom]bool)
			}
			z.unclosed[z.tag] = true
			return
		}
		i += lt + 2
		if len(z.s) >= i+len(z.name) && strings.EqualFold(z.s[i:i+len(z.name)], z.name) {
			z.pos = i - 2
			return
		}
	}
}

// nextAttribute splits the first attribute off attrs.
func nextAttribute(attrs string) (key, value, rest string, ok bool) {
	i := 0
	for i < len(attrs) && (isHTMLSpace(attrs[i]) || attrs[i] == '/') {
		i++
	}
	if i == len(attrs) {
		return "", "", "", false
	}
	start := i
	for i++; i < len(attrs) && attrs[i] != '=' && attrs[i] != '/' && !isHTMLSpace(attrs[i]); i++ {
	}
	key = attrs[start:i]
	rest = strings.TrimLeft(attrs[i:], " \t\r\n\f")
	if !strings.HasPrefix(rest, "=") {
		return key, "", rest, true
	}
	rest = strings.TrimLeft(rest[1:], " \t\r\n\f")
	if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		if end := strings.IndexByte(rest[1:], rest[0]); end >= 0 {
			return key, rest[1 : end+1], rest[end+2:], true
		}
	}
	end := 0
	for end < len(rest) && !isHTMLSpace(rest[end]) {
		end++
	}
	return key, rest[:end], rest[end:], true
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isHTMLSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

// lowerInto writes s to buf with ASCII letters in lower case, cut to the size of buf.
func lowerInto(buf []byte, s string) []byte {
	n := min(len(buf), len(s))
	for i := range n {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf[i] = c
	}
	return buf[:n]
}
