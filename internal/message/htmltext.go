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

// maxMarks bounds the marks kept; no mail a person can read has as many.
const maxMarks = 500

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
	inMark  [signatureMark + 1]int // open marks of each kind
	waiting []int                  // marks whose first text has not come yet
	ordered []int                  // counters of open lists, -1 for bullets
	item    string
}

// textAndMarks renders s and says which ranges of the result are quoted or a signature.
func textAndMarks(s string) (string, []mark) {
	r := &renderer{out: make([]byte, 0, len(s)/4), open: make(map[atom.Atom]int)}
	z := htmlScanner{s: s}
	for {
		switch z.next() {
		case htmlEnd:
			return r.finish()
		case htmlText:
			r.text(z.text)
		case htmlStartTag:
			r.start(z.tag, z.name, z.attrs)
		case htmlEndTag:
			r.end(z.tag)
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

func (r *renderer) start(tag atom.Atom, name, attrs string) {
	about := marking{blockquote: tag == atom.Blockquote}
	if tag == 0 {
		about.element(name)
	}
	hidden := isUnread(tag)
	alt := ""
	for {
		key, value, rest, ok := nextAttribute(attrs)
		if !ok {
			break
		}
		attrs = rest
		switch attributeOf(key) {
		case attrStyle:
			hidden = hidden || isHiddenStyle(value)
			about.style(value)
		case attrHidden:
			hidden = true
		case attrAlt:
			alt = value
		case attrClass:
			about.class(value)
		case attrID:
			about.id(value)
		case attrName:
			about.name(value)
		case attrType:
			about.cited = about.cited || strings.EqualFold(value, "cite")
		case attrCite:
			about.cited = true
		}
	}
	if tag == atom.Body || tag == atom.Html { // an unclosed <head> or <title> must not swallow the mail
		r.closeHead()
		hidden = false
	}
	r.owe(tag)
	if tag == atom.Img && isEmoji(alt) {
		r.text(alt)
	}
	kind := r.worthMarking(about.kind())
	if isVoid(tag) || len(r.stack) >= maxOpenElements {
		return
	}
	e := openElement{tag: tag, mark: -1, hidden: hidden, pre: tag == atom.Pre}
	if kind != noMark {
		e.mark = len(r.marks)
		r.waiting = append(r.waiting, e.mark)
		r.marks = append(r.marks, mark{start: -1, end: -1, kind: kind})
		r.inMark[kind]++
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

// worthMarking drops marks inside of marks that already say as much.
func (r *renderer) worthMarking(kind markKind) markKind {
	if r.inMark[kind] > 0 || r.inMark[quoteMark] > 0 || r.inMark[restMark] > 0 || len(r.marks) >= maxMarks {
		return noMark
	}
	return kind
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
		m := &r.marks[e.mark]
		m.end = len(r.out)
		if m.kind != restMark {
			r.inMark[m.kind]--
		}
	}
	if (e.tag == atom.Ul || e.tag == atom.Ol) && len(r.ordered) > 0 {
		r.ordered = r.ordered[:len(r.ordered)-1]
	}
	if b := breaksAround(e.tag); b > r.breaks {
		r.breaks, r.space = b, false
	}
}

// text appends text, white space collapsed as a browser would, no-break spaces included: mail
// uses them for layout.
func (r *renderer) text(s string) {
	if r.hidden > 0 {
		return
	}
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	if !isASCIIText(s) {
		s = dropInvisible(s)
	}
	if r.pre > 0 {
		r.preformatted(s)
		return
	}
	for i := 0; i < len(s); {
		start := i
		for i < len(s) && !isHTMLSpace(s[i]) {
			i++
		}
		if i > start {
			r.word(s[start:i])
		}
		if i < len(s) {
			i++
			r.space = r.breaks == 0 && len(r.out) > 0 && r.out[len(r.out)-1] != '\t'
		}
	}
}

func (r *renderer) preformatted(s string) {
	for i, line := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		if i > 0 {
			r.breaks++
		}
		if line = strings.TrimRight(line, " \t\r"); line != "" {
			r.word(line)
		}
	}
}

// word writes text that holds no collapsible space, after what is owed.
func (r *renderer) word(s string) {
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
	r.out = append(r.out, s...)
}

// isASCIIText is true for plain ASCII without NUL.
func isASCIIText(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] == 0 || s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// dropInvisible removes the characters that pad preheaders and break up words: soft hyphen,
// zero width space, grapheme joiner, byte order mark, direction marks, and NUL. No-break
// spaces become spaces.
func dropInvisible(s string) string {
	return strings.Map(func(c rune) rune {
		switch c {
		case 0, '\u00ad', '\u200b', '\u034f', '\ufeff', '\u200e', '\u200f':
			return -1
		case '\u00a0':
			return ' '
		}
		return c
	}, s)
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
