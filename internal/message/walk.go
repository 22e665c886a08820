package message

import (
	"bytes"
	"strconv"
	"strings"
)

// content is what a part adds to the text of the mail.
type content struct {
	text string
	html string
}

// part is one MIME entity with the header fields that matter here.
type part struct {
	header      scanned
	kind        mediaType
	disposition mediaType
	body        []byte // still transfer-encoded
	depth       int
	related     bool // inside multipart/related and not its root
}

// reader collects one message.
type reader struct {
	limits  Limits
	msg     *Message
	charset string // of the whole mail as far as known, for raw 8-bit headers
	subject string // see lowerSubject
	parts   int
	bytes   int // decoded attachment bytes so far

	isReport   bool   // multipart/report
	reportType string // its report-type parameter
	statuses   []byte // message/delivery-status
	receipt    bool   // message/disposition-notification was seen
	returned   []byte // header of the mail a report is about
	embedded   []byte // first message/rfc822 part
}

func (r *reader) warn(code WarningCode, detail string) {
	w := Warning{Code: code, Detail: detail}
	for _, seen := range r.msg.Warnings {
		if seen == w {
			return
		}
	}
	switch n := len(r.msg.Warnings); {
	case n < r.limits.Warnings:
		r.msg.Warnings = append(r.msg.Warnings, w)
	case n == r.limits.Warnings:
		r.msg.Warnings = append(r.msg.Warnings, Warning{Code: WarnWarningsCut})
	}
}

func (r *reader) newPart(header scanned, body []byte, depth int) part {
	return part{
		header:      header,
		kind:        parseMediaType(header.get("Content-Type"), r.charset),
		disposition: parseMediaType(header.get("Content-Disposition"), r.charset),
		body:        body,
		depth:       depth,
	}
}

// walk reads p and everything in it.
func (r *reader) walk(p part) content {
	r.parts++
	if strings.HasPrefix(p.kind.value, "multipart/") {
		if p.depth < r.limits.Depth {
			return r.walkMultipart(p)
		}
		r.warn(WarnDepthCut, p.kind.value)
		r.attach(p)
		return content{}
	}
	return r.leaf(p)
}

func (r *reader) walkMultipart(p part) content {
	switch p.kind.value {
	case "multipart/report":
		r.isReport = true
		r.reportType = strings.ToLower(p.kind.params.get("report-type"))
	case "multipart/encrypted":
		r.warn(WarnEncryptedContent, p.kind.value)
	}
	children := make([]content, 0, 4) // seldom more
	subtype := strings.TrimPrefix(p.kind.value, "multipart/")
	visit := func(raw []byte) bool {
		if r.parts >= r.limits.Parts {
			r.warn(WarnPartsCut, strconv.Itoa(r.limits.Parts))
			return false
		}
		header, body := scanHeader(raw, r.limits.HeaderBytes)
		if header.cut {
			r.warn(WarnHeaderCut, "part")
		}
		child := r.newPart(header, body, p.depth+1)
		if child.kind.value == "" && subtype == "digest" {
			child.kind.value = "message/rfc822"
		}
		child.related = subtype == "related" && len(children) > 0
		children = append(children, r.walk(child))
		return true
	}
	if !r.split(p, visit) {
		r.warn(WarnBadBoundary, "no boundary found, read as text")
		p.kind = mediaType{value: "text/plain"}
		return r.leaf(p)
	}
	if subtype == "alternative" {
		return alternative(children)
	}
	return joined(children)
}

// split cuts a multipart at its boundary, or at the one that seems meant.
func (r *reader) split(p part, visit func([]byte) bool) bool {
	body := p.body
	for range 2 {
		if boundary := p.kind.params.get("boundary"); boundary != "" {
			found, closed := splitMultipart(body, boundary, visit)
			if found && !closed {
				r.warn(WarnTruncated, p.kind.value)
			}
			if found {
				return true
			}
		}
		if guess := guessBoundary(body); guess != "" {
			r.warn(WarnBadBoundary, "guessed")
			found, closed := splitMultipart(body, strings.TrimSuffix(guess, "--"), visit)
			if found && !closed {
				r.warn(WarnTruncated, p.kind.value)
			}
			return found
		}
		// RFC 2045 forbids to encode a multipart; it is done all the same.
		decoded, _ := decodeTransfer(body, p.header.get("Content-Transfer-Encoding"))
		if len(decoded) == len(body) {
			return false
		}
		r.warn(WarnBadEncoding, "encoded multipart")
		body = decoded
	}
	return false
}

// alternative takes the first text and the last HTML: senders order from plain to rich.
func alternative(children []content) content {
	var c content
	for _, child := range children {
		if strings.TrimSpace(c.text) == "" {
			c.text = child.text
		}
		if child.html != "" {
			c.html = child.html
		}
	}
	return c
}

// joined puts parts one below the other. Where some parts are HTML and others text, each is
// turned into what it lacks, so that neither view misses a part.
func joined(children []content) content {
	var hasText, hasHTML bool
	for _, child := range children {
		hasText = hasText || strings.TrimSpace(child.text) != ""
		hasHTML = hasHTML || child.html != ""
	}
	var texts, htmls []string
	for _, child := range children {
		if hasText {
			text := child.text
			if strings.TrimSpace(text) == "" && child.html != "" {
				text = TextFromHTML(child.html)
			}
			if strings.TrimSpace(text) != "" {
				texts = append(texts, strings.TrimRight(text, "\n"))
			}
		}
		if hasHTML {
			html := child.html
			if html == "" && strings.TrimSpace(child.text) != "" {
				html = htmlFromText(child.text)
			}
			if html != "" {
				htmls = append(htmls, html)
			}
		}
	}
	return content{text: strings.Join(texts, "\n\n"), html: strings.Join(htmls, "\n")}
}

// leaf reads a part without parts: text of the mail, evidence of a report, or an attachment.
func (r *reader) leaf(p part) content {
	switch kind := p.kind.value; kind {
	case "", "text", "text/plain", "text/html", "text/enriched", "text/richtext", "application/xhtml+xml":
		if r.isBody(p) {
			return r.textBody(p)
		}
	case "text/x-amp-html", "text/watch-html":
		return content{} // the same text once more, for clients we are not
	case "message/delivery-status", "message/global-delivery-status":
		r.statuses, _ = decodeTransfer(p.body, p.header.get("Content-Transfer-Encoding"))
	case "message/disposition-notification":
		r.receipt = true
	case "text/rfc822-headers", "text/rfc822-header", "message/rfc822", "message/global", "message/rfc822-headers", "message/global-headers":
		body, _ := decodeTransfer(p.body, p.header.get("Content-Transfer-Encoding"))
		if r.returned == nil {
			r.returned = body
		}
		if r.embedded == nil && (kind == "message/rfc822" || kind == "message/global") {
			r.embedded = body
		}
	case "application/ms-tnef", "application/vnd.ms-tnef":
		r.warn(WarnTNEF, "")
	case "application/pkcs7-mime", "application/x-pkcs7-mime":
		if p.kind.params.get("smime-type") != "signed-data" {
			r.warn(WarnEncryptedContent, kind)
		}
	}
	r.attach(p)
	return content{}
}

// isBody tells text of the mail from a text file: a file has a name, or says it is attached.
// Unnamed text inside multipart/related is a body only as its root.
func (r *reader) isBody(p part) bool {
	named := p.disposition.params.get("filename") != "" || p.kind.params.get("name") != ""
	attached := p.disposition.value == "attachment"
	if p.depth == 0 {
		return !(named && attached)
	}
	return !attached && !(named && p.disposition.value != "") && !p.related
}

func (r *reader) textBody(p part) content {
	raw, ok := decodeTransfer(p.body, p.header.get("Content-Transfer-Encoding"))
	if !ok {
		r.warn(WarnBadEncoding, r.clip(p.header.get("Content-Transfer-Encoding")))
	}
	isHTML := p.kind.value == "text/html" || p.kind.value == "application/xhtml+xml" || startsLikeHTML(raw)
	limit, code := r.limits.TextBytes, WarnTextCut
	if isHTML {
		limit, code = r.limits.HTMLBytes, WarnHTMLCut
	}
	// No charset needs more than four bytes a character: what is beyond can only be cut.
	raw, cut := cutBytes(raw, 4*limit)
	label := p.kind.params.get("charset")
	if label == "" && isHTML {
		label = metaCharset(raw)
	}
	text, ok := decodeText(raw, label)
	if !ok {
		r.warn(WarnBadCharset, r.clip(label))
	}
	if len(text) > limit {
		text, cut = cutString(text, limit), true
	}
	if cut {
		r.warn(code, strconv.Itoa(limit))
	}
	switch {
	case isHTML:
		return content{html: text}
	case p.kind.value == "text/enriched" || p.kind.value == "text/richtext":
		return content{text: TextFromHTML(strings.ReplaceAll(text, "<<", "&lt;"))}
	case strings.EqualFold(p.kind.params.get("format"), "flowed"):
		return content{text: unflow(text, strings.EqualFold(p.kind.params.get("delsp"), "yes"))}
	}
	return content{text: text}
}

// clip makes a header value short enough for a warning.
func (r *reader) clip(s string) string {
	return cutString(cleanHeader(rawHeaderText(s, r.charset)), 60)
}

// startsLikeHTML is for HTML that is labelled as plain text.
func startsLikeHTML(b []byte) bool {
	b = bytes.TrimLeft(b[:min(len(b), 512)], " \t\r\n\xef\xbb\xbf")
	for _, start := range []string{"<!doctype html", "<html", "<?xml version"} {
		if len(b) > len(start) && bytes.EqualFold(b[:len(start)], []byte(start)) {
			return true
		}
	}
	return false
}

// metaCharset finds <meta charset=…> or its http-equiv form near the start of HTML.
func metaCharset(b []byte) string {
	head := bytes.ToLower(b[:min(len(b), 2048)])
	i := bytes.Index(head, []byte("charset="))
	if i < 0 {
		return ""
	}
	label := bytes.TrimLeft(head[i+len("charset="):], `"' `)
	if end := bytes.IndexAny(label, `"'> ;/`); end >= 0 {
		return string(label[:end])
	}
	return ""
}
