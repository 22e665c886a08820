package message

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// TextFromHTML renders HTML as plain text: one line per block, a blank line between paragraphs,
// cells separated by tabs. Scripts, styles and text hidden by inline styles are left out.
func TextFromHTML(s string) string {
	text, _ := textAndMarks(s)
	return text
}

// mark is a range of rendered text that the HTML says something about.
type mark struct {
	start, end int
	kind       markKind
}

type markKind uint8

const (
	noMark         markKind = iota
	quoteMark               // history, by the mailer's own marking
	maybeQuoteMark          // a bare blockquote: history only below an attribution line
	restMark                // history starts here and runs to the end
	signatureMark
)

// maxOpenElements bounds the stack for HTML that opens without closing. Deeper elements are
// rendered but not tracked.
const maxOpenElements = 2000

type openElement struct {
	tag    atom.Atom
	mark   int // index into marks, -1 without
	hidden bool
	pre    bool
}

type renderer struct {
	out     []byte
	breaks  int  // line breaks owed before the next text
	space   bool // a space is owed before the next text
	pre     int
	hidden  int
	stack   []openElement
	open    map[atom.Atom]int // how many of a tag are on the stack
	marks   []mark
	waiting []int // marks whose first text has not come yet
	ordered []int // counters of open lists, -1 for bullets
	item    string
}

// textAndMarks renders s and says which ranges of the result are quoted or a signature.
func textAndMarks(s string) (string, []mark) {
	r := &renderer{out: make([]byte, 0, len(s)/4), open: make(map[atom.Atom]int)}
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return r.finish()
		case html.TextToken:
			r.text(z.Text())
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			r.start(z, atom.Lookup(name), name, more)
		case html.EndTagToken:
			name, _ := z.TagName()
			r.end(atom.Lookup(name))
		}
	}
}

func (r *renderer) finish() (string, []mark) {
	for i := range r.marks {
		if r.marks[i].end < 0 || r.marks[i].kind == restMark {
			r.marks[i].end = len(r.out)
		}
	}
	marks := r.marks[:0]
	for _, m := range r.marks {
		if m.start >= 0 && m.start < m.end {
			marks = append(marks, m)
		}
	}
	return string(bytes.ToValidUTF8(r.out, []byte("\uFFFD"))), marks
}

// breaksAround says how many line breaks an element asks for before and after itself.
func breaksAround(tag atom.Atom) int {
	switch tag {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Dl, atom.Pre, atom.Blockquote, atom.Table:
		return 2
	case atom.Div, atom.Tr, atom.Li, atom.Dt, atom.Dd, atom.Hr, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Center,
		atom.Address, atom.Form, atom.Fieldset, atom.Caption, atom.Body, atom.Tbody, atom.Thead, atom.Option, atom.Main, atom.Aside, atom.Nav, atom.Figure:
		return 1
	}
	return 0
}

// isVoid lists the elements without content, and so without an end tag.
func isVoid(tag atom.Atom) bool {
	switch tag {
	case atom.Br, atom.Hr, atom.Img, atom.Input, atom.Meta, atom.Link, atom.Area, atom.Base, atom.Col, atom.Embed, atom.Source, atom.Track, atom.Wbr, atom.Param:
		return true
	}
	return false
}

// isUnread lists the elements whose content is not text for a reader.
func isUnread(tag atom.Atom) bool {
	switch tag {
	case atom.Script, atom.Style, atom.Head, atom.Title, atom.Noscript, atom.Textarea, atom.Select, atom.Template, atom.Svg, atom.Math, atom.Iframe, atom.Object, atom.Noframes, atom.Noembed, atom.Xmp:
		return true
	}
	return false
}

func (r *renderer) start(z *html.Tokenizer, tag atom.Atom, name []byte, more bool) {
	var about marking
	about.tag(tag, name)
	hidden := isUnread(tag)
	alt := ""
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		switch string(key) {
		case "style":
			hidden = hidden || isHiddenStyle(value)
		case "hidden":
			hidden = true
		case "alt":
			if tag == atom.Img {
				alt = string(value)
			}
		}
		about.attribute(key, value)
	}
	if tag == atom.Body || tag == atom.Html { // an unclosed <head> or <title> must not swallow the mail
		r.closeHead()
		hidden = false
	}
	r.owe(tag)
	if tag == atom.Img && isEmoji(alt) {
		r.text([]byte(alt))
	}
	kind := about.kind()
	if isVoid(tag) || len(r.stack) >= maxOpenElements {
		return
	}
	e := openElement{tag: tag, mark: -1, hidden: hidden, pre: tag == atom.Pre}
	if kind != noMark {
		e.mark = len(r.marks)
		r.waiting = append(r.waiting, e.mark)
		r.marks = append(r.marks, mark{start: -1, end: -1, kind: kind})
	}
	if e.hidden {
		r.hidden++
	}
	if e.pre {
		r.pre++
	}
	r.open[tag]++
	r.stack = append(r.stack, e)
}

// owe notes the breaks and markers a start tag asks for.
func (r *renderer) owe(tag atom.Atom) {
	if tag == atom.Br {
		r.breaks = min(r.breaks+1, 2)
		r.space = false
		return
	}
	if r.breaks = max(r.breaks, breaksAround(tag)); r.breaks > 0 {
		r.space = false
	}
	switch tag {
	case atom.Td, atom.Th:
		if r.breaks == 0 && len(r.out) > 0 && r.hidden == 0 {
			r.out = append(r.out, '\t')
			r.space = false
		}
	case atom.Ul:
		r.ordered = append(r.ordered, -1)
	case atom.Ol:
		r.ordered = append(r.ordered, 0)
	case atom.Li:
		r.item = "- "
		if n := len(r.ordered) - 1; n >= 0 && r.ordered[n] >= 0 {
			r.ordered[n]++
			r.item = strconv.Itoa(r.ordered[n]) + ". "
		}
	}
}

func (r *renderer) end(tag atom.Atom) {
	if r.open[tag] == 0 {
		if tag == atom.P {
			r.breaks = max(r.breaks, 2) // </p> alone is an empty paragraph
		}
		return
	}
	for {
		e := r.stack[len(r.stack)-1]
		r.close(e)
		if e.tag == tag {
			return
		}
	}
}

// closeHead closes whatever hides the body when its start is reached.
func (r *renderer) closeHead() {
	for len(r.stack) > 0 && r.hidden > 0 {
		r.close(r.stack[len(r.stack)-1])
	}
}

// close pops the top of the stack.
func (r *renderer) close(e openElement) {
	r.stack = r.stack[:len(r.stack)-1]
	r.open[e.tag]--
	if e.hidden {
		r.hidden--
	}
	if e.pre {
		r.pre--
	}
	if e.mark >= 0 {
		r.marks[e.mark].end = len(r.out)
	}
	if (e.tag == atom.Ul || e.tag == atom.Ol) && len(r.ordered) > 0 {
		r.ordered = r.ordered[:len(r.ordered)-1]
	}
	if b := breaksAround(e.tag); b > r.breaks {
		r.breaks, r.space = b, false
	}
}

// text appends text, white space collapsed as a browser would.
func (r *renderer) text(b []byte) {
	if r.hidden > 0 {
		return
	}
	if r.pre > 0 {
		r.preformatted(b)
		return
	}
	for len(b) > 0 {
		word := 0
		for word < len(b) && !isHTMLSpace(b[word]) {
			word++
		}
		if word > 0 {
			r.word(b[:word])
			b = b[word:]
			continue
		}
		b = bytes.TrimLeft(b, " \t\r\n\f")
		r.space = r.breaks == 0 && len(r.out) > 0 && r.out[len(r.out)-1] != '\t'
	}
}

func (r *renderer) preformatted(b []byte) {
	b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	for i, line := range bytes.Split(b, []byte("\n")) {
		if i > 0 {
			r.breaks++
		}
		if line = bytes.TrimRight(line, " \t\r"); len(line) > 0 {
			r.word(line)
		}
	}
}

func isHTMLSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

// word writes text that holds no collapsible space, after what is owed.
func (r *renderer) word(b []byte) {
	b = dropInvisible(b)
	blank := len(bytes.Trim(b, " \u00a0")) == 0
	if blank && (r.breaks > 0 || len(r.out) == 0) {
		return // &nbsp; alone on a line only makes height
	}
	if r.breaks > 0 && len(r.out) > 0 {
		r.out = bytes.TrimRight(r.out, " \t")
		for range r.breaks {
			r.out = append(r.out, '\n')
		}
	} else if r.space && len(r.out) > 0 {
		r.out = append(r.out, ' ')
	}
	r.breaks, r.space = 0, false
	for _, i := range r.waiting {
		r.marks[i].start = len(r.out)
	}
	r.waiting = r.waiting[:0]
	if r.item != "" {
		r.out = append(r.out, r.item...)
		r.item = ""
	}
	if bytes.Contains(b, []byte("\u00a0")) {
		b = bytes.ReplaceAll(b, []byte("\u00a0"), []byte(" "))
	}
	r.out = append(r.out, b...)
}

// dropInvisible removes the characters that pad preheaders and break up words: soft hyphen,
// zero width space, grapheme joiner, byte order mark, and NUL.
func dropInvisible(b []byte) []byte {
	if isASCII(b) && bytes.IndexByte(b, 0) < 0 {
		return b
	}
	return bytes.Map(func(c rune) rune {
		switch c {
		case 0, '\u00ad', '\u200b', '\u034f', '\ufeff', '\u200e', '\u200f':
			return -1
		}
		return c
	}, b)
}

// isHiddenStyle recognises the inline styles that hide preheaders and planted text.
func isHiddenStyle(style []byte) bool {
	if !mayHide(style) {
		return false
	}
	for decl := range bytes.SplitSeq(style, []byte(";")) {
		name, value, ok := bytes.Cut(decl, []byte(":"))
		if !ok {
			continue
		}
		value = bytes.ToLower(bytes.TrimSpace(value))
		switch string(bytes.ToLower(bytes.TrimSpace(name))) {
		case "display":
			if bytes.HasPrefix(value, []byte("none")) {
				return true
			}
		case "visibility":
			if bytes.HasPrefix(value, []byte("hidden")) {
				return true
			}
		case "mso-hide":
			if string(value) == "all" {
				return true
			}
		case "font-size":
			if isZeroLength(value) {
				return true
			}
		}
	}
	return false
}

// mayHide is a cheap first test for the properties isHiddenStyle knows.
func mayHide(style []byte) bool {
	for i := 0; i+4 < len(style); i++ {
		switch style[i] | 0x20 {
		case 'd': // display
			if style[i+1]|0x20 == 'i' && style[i+2]|0x20 == 's' {
				return true
			}
		case 'v': // visibility
			if style[i+1]|0x20 == 'i' && style[i+2]|0x20 == 's' {
				return true
			}
		case 'm': // mso-hide
			if style[i+1]|0x20 == 's' && style[i+4]|0x20 == 'h' {
				return true
			}
		case 's': // font-size
			if style[i+1]|0x20 == 'i' && style[i+2]|0x20 == 'z' {
				return true
			}
		}
	}
	return false
}

func isZeroLength(value []byte) bool {
	value, _, _ = bytes.Cut(value, []byte("!"))
	value = bytes.TrimRight(bytes.TrimSpace(value), "pxtem%")
	return len(value) > 0 && len(bytes.Trim(value, "0.")) == 0
}

// isEmoji accepts the alternative text of pictures that stand for one character.
func isEmoji(alt string) bool {
	if alt == "" || len(alt) > 32 {
		return false
	}
	for _, c := range alt {
		if c < utf8.RuneSelf*2 {
			return false
		}
	}
	return utf8.RuneCountInString(alt) <= 8 && !strings.ContainsFunc(alt, func(c rune) bool { return c >= 0x3040 && c <= 0x9fff || c >= 0xac00 && c <= 0xd7a3 })
}
