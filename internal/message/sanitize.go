package message

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// SanitizeReport says what Sanitize took away or put to sleep.
type SanitizeReport struct {
	RemoteImages    int `json:"remoteImages"`    // moved from src to data-src, not loaded
	InlineImages    int `json:"inlineImages"`    // cid: images, their id is in data-cid
	RemovedElements int `json:"removedElements"` // scripts, forms, frames … and remote styles
	HiddenElements  int `json:"hiddenElements"`  // text made invisible, taken out
	MisleadingLinks int `json:"misleadingLinks"` // their text names another host than they lead to
}

// maxSanitizeDepth bounds the nesting of the output. Browsers flatten at 512.
const maxSanitizeDepth = 256

// Sanitize reduces the HTML of a mail to an allow list of elements, attributes and style
// properties, for display in a sandboxed iframe with a strict Content-Security-Policy.
//
// Nothing in the result runs or loads anything: remote images wait in data-src until the
// reader asks, cid: images wait in data-cid for the address of their attachment, and links
// open outside with their host as title. The result is balanced, so it can stand inside a
// larger document.
func Sanitize(s string) (safe string, report SanitizeReport) {
	w := &sanitizer{out: make([]byte, 0, len(s)), open: make(map[atom.Atom]int), styles: make(map[string]inlineStyle)}
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case html.ErrorToken:
			for len(w.stack) > 0 {
				w.pop()
			}
			return strings.ToValidUTF8(string(w.out), "\uFFFD"), w.report
		case html.TextToken:
			w.text(z)
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			w.start(z, atom.Lookup(name), more)
		case html.EndTagToken:
			name, _ := z.TagName()
			w.end(atom.Lookup(name))
		}
	}
}

// allowedElements are rendered; the content of any other element is kept without it.
var allowedElements = atoms(
	atom.A, atom.Abbr, atom.Address, atom.Article, atom.Aside, atom.B, atom.Bdi, atom.Bdo, atom.Big, atom.Blockquote, atom.Br,
	atom.Caption, atom.Center, atom.Cite, atom.Code, atom.Col, atom.Colgroup, atom.Dd, atom.Del, atom.Dfn, atom.Div, atom.Dl, atom.Dt,
	atom.Em, atom.Figcaption, atom.Figure, atom.Font, atom.Footer, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Header,
	atom.Hr, atom.I, atom.Img, atom.Ins, atom.Kbd, atom.Li, atom.Main, atom.Mark, atom.Nav, atom.Ol, atom.P, atom.Pre, atom.Q, atom.Rp, atom.Rt,
	atom.Ruby, atom.S, atom.Samp, atom.Section, atom.Small, atom.Span, atom.Strike, atom.Strong, atom.Sub, atom.Sup, atom.Table,
	atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Time, atom.Tr, atom.Tt, atom.U, atom.Ul, atom.Var, atom.Wbr,
)

// droppedContent are removed with everything in them. A missing end tag must not swallow the
// mail, so the ones the tokenizer does not read as raw text end at <body> too.
var droppedContent = atoms(
	atom.Script, atom.Style, atom.Head, atom.Title, atom.Iframe, atom.Object, atom.Applet, atom.Svg, atom.Math, atom.Template, atom.Textarea,
	atom.Select, atom.Noscript, atom.Noframes, atom.Noembed, atom.Frameset, atom.Audio, atom.Video, atom.Canvas, atom.Xmp, atom.Plaintext,
)

// removedElements are counted in the report: they do something, not merely look.
var removedElements = atoms(
	atom.Script, atom.Iframe, atom.Object, atom.Embed, atom.Applet, atom.Form, atom.Input, atom.Button, atom.Select, atom.Textarea,
	atom.Svg, atom.Math, atom.Link, atom.Base, atom.Meta, atom.Frameset, atom.Frame, atom.Audio, atom.Video, atom.Canvas, atom.Style,
)

func atoms(list ...atom.Atom) map[atom.Atom]bool {
	m := make(map[atom.Atom]bool, len(list))
	for _, a := range list {
		m[a] = true
	}
	return m
}

// plainAttributes are copied when their value is of the given form.
var plainAttributes = map[string]func(string) bool{
	"align": isWord, "valign": isWord, "dir": isWord, "lang": isWord, "width": isLength, "height": isLength, "border": isLength,
	"cellpadding": isLength, "cellspacing": isLength, "colspan": isLength, "rowspan": isLength, "span": isLength,
	"bgcolor": isColor, "color": isColor, "face": isFontList, "size": isLength, "start": isLength, "type": isWord, "value": isLength,
	"alt": isText, "title": isText, "datetime": isText, "nowrap": isWord, "hspace": isLength, "vspace": isLength, "noshade": isWord, "reversed": isWord,
}

type sanitizer struct {
	out     []byte
	report  SanitizeReport
	stack   []sanitized
	open    map[atom.Atom]int
	dropped int // open elements whose content is left out
	linked  *link
	tag     attributes             // of the tag at hand, kept for its memory
	styles  map[string]inlineStyle // mails repeat the same few styles on every cell
}

type sanitized struct {
	tag     atom.Atom
	written bool // its start tag is in the output
	dropped bool
}

// link is the open link, to compare its text with where it leads.
type link struct {
	host string
	text strings.Builder
}

func (w *sanitizer) text(z *html.Tokenizer) {
	if w.dropped > 0 {
		return
	}
	b := z.Raw()
	if bytes.IndexByte(b, '&') >= 0 {
		b = z.Text() // resolves entities, at the price of two copies
	}
	if w.linked != nil && w.linked.text.Len() < 200 {
		w.linked.text.Write(b)
	}
	w.out = appendEscaped(w.out, b)
}

func (w *sanitizer) start(z *html.Tokenizer, tag atom.Atom, more bool) {
	if tag == atom.Body || tag == atom.Html {
		w.closeDropped()
	}
	if removedElements[tag] && w.dropped == 0 {
		w.report.RemovedElements++
	}
	a := &w.tag
	*a = attributes{kept: a.kept[:0]}
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		if string(key) == "style" {
			a.inlineStyle = w.inlineStyle(value)
			continue
		}
		a.take(tag, key, value)
	}
	a.hidden = a.hidden || a.inlineStyle.hidden
	a.removed += a.inlineStyle.removed
	e := sanitized{tag: tag, dropped: droppedContent[tag]}
	if a.hidden && !e.dropped && tag != atom.Body && tag != atom.Html && !isVoid(tag) {
		e.dropped = true
		if w.dropped == 0 {
			w.report.HiddenElements++
		}
	}
	e.written = !e.dropped && w.dropped == 0 && allowedElements[tag] && len(w.stack) < maxSanitizeDepth
	if tag == atom.A && w.open[atom.A] > 0 {
		w.end(atom.A) // links do not nest
	}
	if e.written {
		w.write(tag, a)
	}
	if isVoid(tag) || tag == 0 {
		return
	}
	if len(w.stack) >= maxSanitizeDepth && !e.dropped {
		return
	}
	if e.dropped {
		w.dropped++
	}
	w.open[tag]++
	w.stack = append(w.stack, e)
}

// closeDropped ends an unclosed <head> or the like at <body>.
func (w *sanitizer) closeDropped() {
	for w.dropped > 0 && len(w.stack) > 0 {
		w.pop()
	}
}

func (w *sanitizer) end(tag atom.Atom) {
	if w.open[tag] == 0 {
		return
	}
	for {
		top := w.stack[len(w.stack)-1].tag
		w.pop()
		if top == tag {
			return
		}
	}
}

func (w *sanitizer) pop() {
	e := w.stack[len(w.stack)-1]
	w.stack = w.stack[:len(w.stack)-1]
	w.open[e.tag]--
	if e.dropped {
		w.dropped--
	}
	if !e.written {
		return
	}
	if e.tag == atom.A && w.linked != nil {
		if misleads(w.linked.text.String(), w.linked.host) {
			w.report.MisleadingLinks++
		}
		w.linked = nil
	}
	w.out = append(w.out, "</"...)
	w.out = append(w.out, e.tag.String()...)
	w.out = append(w.out, '>')
}

// write writes a start tag with what its attributes have become.
func (w *sanitizer) write(tag atom.Atom, a *attributes) {
	w.out = append(w.out, '<')
	w.out = append(w.out, tag.String()...)
	w.report.RemovedElements += a.removed
	switch tag {
	case atom.A:
		w.link(a)
	case atom.Img:
		w.image(a)
	}
	for _, kept := range a.kept {
		if tag == atom.A && kept.name == "title" {
			continue // ours tells the host
		}
		w.attribute(kept.name, kept.value)
	}
	if a.inlineStyle.safe != "" {
		w.attribute("style", a.inlineStyle.safe)
	}
	w.out = append(w.out, '>')
}

func (w *sanitizer) attribute(name, value string) {
	w.out = append(w.out, ' ')
	w.out = append(w.out, name...)
	w.out = append(w.out, `="`...)
	w.out = appendEscaped(w.out, value)
	w.out = append(w.out, '"')
}

// inlineStyle is what a style attribute comes down to.
type inlineStyle struct {
	safe    string
	hidden  bool
	removed int // references to something remote
}

// maxStyles bounds the memory of styles seen.
const maxStyles = 500

func (w *sanitizer) inlineStyle(value []byte) inlineStyle {
	if known, ok := w.styles[string(value)]; ok {
		return known
	}
	raw := string(value)
	s := inlineStyle{hidden: isHiddenStyle(raw)}
	s.safe, s.removed = safeStyle(raw)
	if len(w.styles) < maxStyles {
		w.styles[raw] = s
	}
	return s
}

// link writes a link that opens outside, tells its host and hands nothing on.
func (w *sanitizer) link(a *attributes) {
	u, ok := safeLink(a.href)
	if !ok {
		return
	}
	w.attribute("href", u.String())
	w.attribute("target", "_blank")
	w.attribute("rel", "noopener noreferrer nofollow")
	host := u.Hostname()
	if host == "" {
		host = u.Opaque // mailto:
	}
	if host != "" {
		w.attribute("title", host)
	}
	w.linked = &link{host: u.Hostname()}
}

// safeLink accepts absolute web and mail links only: a relative one has no base in a mail.
func safeLink(href string) (*url.URL, bool) {
	href = strings.TrimSpace(stripControls(href))
	if len(href) == 0 || len(href) > 8000 {
		return nil, false
	}
	u, err := url.Parse(href)
	if err != nil {
		return nil, false
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		return u, u.Host != ""
	case "mailto", "tel":
		return u, true
	}
	return nil, false
}

// image writes where an image can be had from, without loading it.
func (w *sanitizer) image(a *attributes) {
	src := strings.TrimSpace(stripControls(a.src))
	lower := strings.ToLower(cutString(src, 40))
	switch {
	case strings.HasPrefix(lower, "cid:"):
		w.report.InlineImages++
		id, err := url.PathUnescape(src[4:])
		if err != nil {
			id = src[4:]
		}
		w.attribute("data-cid", strings.Trim(id, "<>"))
	case isSmallData(src, lower):
		w.attribute("src", src)
	case strings.HasPrefix(lower, "//"):
		w.report.RemoteImages++
		w.attribute("data-src", "https:"+src)
	case strings.HasPrefix(lower, "http://"), strings.HasPrefix(lower, "https://"):
		w.report.RemoteImages++
		w.attribute("data-src", src)
	}
}

// maxDataImage is the longest data: URL kept, enough for an icon.
const maxDataImage = 64 << 10

// isSmallData accepts raster images in data: URLs; SVG can hold more than a picture.
func isSmallData(src, lower string) bool {
	if len(src) > maxDataImage {
		return false
	}
	for _, kind := range []string{"png", "gif", "jpeg", "jpg", "webp"} {
		if rest, ok := strings.CutPrefix(lower, "data:image/"+kind+";base64,"); ok {
			return rest != "" && !strings.ContainsAny(src, "<>\"' ")
		}
	}
	return false
}

// misleads reports whether the text of a link names a host that is not the one it leads to.
func misleads(text, host string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	if host == "" || text == "" || strings.ContainsAny(text, " \n") {
		return false
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(text, "https://"), "http://")
	named, _, _ := strings.Cut(rest, "/")
	named, _, _ = strings.Cut(named, "?")
	if rest == text && !strings.HasPrefix(text, "www.") || !strings.Contains(named, ".") {
		return false
	}
	host = strings.TrimPrefix(strings.ToLower(host), "www.")
	named = strings.TrimPrefix(named, "www.")
	return named != host && !strings.HasSuffix(host, "."+named) && !strings.HasSuffix(named, "."+host)
}

// stripControls removes the characters browsers ignore inside a URL's scheme.
func stripControls(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, s)
}

// appendEscaped appends text for use between tags or inside double quotes. Control
// characters that no text needs are dropped.
func appendEscaped[T ~string | ~[]byte](out []byte, s T) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		entity := ""
		switch c := s[i]; {
		case c == '&':
			entity = "&amp;"
		case c == '<':
			entity = "&lt;"
		case c == '>':
			entity = "&gt;"
		case c == '"':
			entity = "&#34;"
		case isControl(c):
		default:
			continue
		}
		out = append(out, s[from:i]...)
		out = append(out, entity...)
		from = i + 1
	}
	return append(out, s[from:]...)
}
