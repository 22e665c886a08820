package message

import (
	"bytes"
	"strings"

	"golang.org/x/net/html/atom"
)

// How mailers mark history and signatures in the HTML they write. Quoting again puts "x_"
// (Outlook), "ydp…" or "yiv…" (Yahoo) in front of the names; they are taken off before a look-up.

// markedTags are elements that only one mailer writes.
var markedTags = map[string]markKind{
	"includetail": quoteMark,     // QQ Mail
	"sign":        signatureMark, // QQ Mail
}

var markedClasses = map[string]markKind{
	"gmail_attr":                          quoteMark, // Gmail: the "On … wrote:" line
	"gmail_signature":                     signatureMark,
	"gmail_signature_prefix":              signatureMark,
	"elided-text":                         quoteMark, // Gmail app
	"moz-cite-prefix":                     quoteMark, // Thunderbird: the "On … wrote:" line
	"moz-signature":                       signatureMark,
	"moz-txt-sig":                         signatureMark,
	"yahoo_quoted":                        quoteMark,
	"yahoo-quoted":                        quoteMark,
	"yahoo_signature":                     signatureMark,
	"protonmail_quote":                    quoteMark,
	"protonmail_signature_block":          signatureMark,
	"tutanota_quote":                      quoteMark,
	"ms-outlook-mobile-reference-message": restMark,
	"ms-outlook-mobile-signature":         signatureMark,
	"zmail_extra":                         quoteMark, // Zoho
	"zmail_signature":                     signatureMark,
	"history-quote-wrapper":               quoteMark, // Feishu, Lark
	"lark-mail-quote":                     quoteMark,
	"lark-mail-signature":                 signatureMark,
	"front-blockquote":                    quoteMark,
	"front-signature":                     signatureMark,
	"xm_mail_oringinal_describe":          restMark, // QQ Mail 2023, spelled so
	"xmail-original-describe":             restMark,
	"mailru-blockquote":                   quoteMark,
	"samsung_signature":                   signatureMark,
}

var markedIDs = map[string]markKind{
	"divrplyfwdmsg": restMark, // Outlook on the web
	"appendonsend":  restMark, // Outlook on the web, empty, in front of the history
	"mail-editor-reference-message-container": restMark,  // Outlook mobile and new Outlook
	"olk_src_body_section":                    quoteMark, // Outlook for Mac
	"signature":                               signatureMark,
	"ms-outlook-mobile-signature":             signatureMark,
	"applemailsignature":                      signatureMark,
	"isreplycontent":                          quoteMark, // NetEase
	"ntes-pcmac-signature":                    signatureMark,
	"ntes-pcmobile-signature":                 signatureMark,
	"spnreplycontent":                         quoteMark,
	"reply-intro":                             quoteMark,     // Roundcube: the "On … wrote:" line
	"zm-_id_-sgn":                             signatureMark, // Zoho
	"_rc_sig":                                 signatureMark, // Roundcube
	"linebreakatbeginningofsignature":         signatureMark,
	"qt":                                      quoteMark, // Fastmail
	"sig":                                     signatureMark,
}

var markedNames = map[string]markKind{
	"quote":                   quoteMark, // GMX, web.de, mail.com
	"messagereplysection":     quoteMark, // Spark
	"messagesignaturesection": signatureMark,
}

// quoteBlocks are the classes that make a blockquote history. Gmail puts gmail_quote on the div
// around it as well, where answers between the quotes and forwarded mail live: only the
// blockquote counts.
var quoteBlocks = map[string]bool{
	"gmail_quote": true, "protonmail_quote": true, "cite": true, "cite2": true, "mail_android_quote": true,
	"moz-quote": true, "iosymail": true, "mailquote": true, "tutanota_quote": true, "clean_bq": true, "qreply": true,
}

// markHints are substrings of every name above that is worth a pass over HTML whose plain
// text has shown no history.
var markHints = []string{"blockquote", "quote", "rplyfwdmsg", "appendonsend", "reference-message", "includetail", "isreplycontent", "zmail_extra", "olk_src_body", "replysection", "oringinal", "original-describe"}

// hintsAtQuote is a cheap test before the HTML is rendered for its marks.
func hintsAtQuote(html string) bool {
	lower := strings.ToLower(html)
	for _, hint := range markHints {
		if strings.Contains(lower, hint) {
			return true
		}
	}
	return false
}

// marking gathers what one start tag says.
type marking struct {
	found      markKind
	blockquote bool
	cited      bool
	indented   bool // a blockquote used as indentation
}

func (m *marking) tag(tag atom.Atom, name []byte) {
	m.blockquote = tag == atom.Blockquote
	if tag == 0 {
		m.found = markedTags[string(name)]
	}
}

func (m *marking) attribute(key, value []byte) { // value is changed to lower case
	if len(value) == 0 || len(value) > 1000 {
		return
	}
	switch string(key) {
	case "class":
		for class := range bytes.FieldsSeq(lowerInPlace(value)) {
			name := bareName(class)
			m.note(markedClasses[string(name)])
			m.cited = m.cited || quoteBlocks[string(name)]
		}
	case "id":
		m.note(markedIDs[string(bareName(lowerInPlace(value)))])
	case "name":
		m.note(markedNames[string(lowerInPlace(value))])
	case "type":
		m.cited = m.cited || bytes.EqualFold(value, []byte("cite"))
	case "cite":
		m.cited = true
	case "style":
		if m.blockquote {
			m.style(lowerInPlace(value))
		}
	}
}

// style reads the style of a blockquote: the rule at its left makes it a quotation, "border:
// none" an indentation (Gmail and Outlook indent with blockquotes).
func (m *marking) style(value []byte) {
	value = bytes.ReplaceAll(value, []byte(" "), nil)
	switch {
	case bytes.Contains(value, []byte("border-left:none")), bytes.Contains(value, []byte("border:none")):
		m.indented = true
	}
}

func (m *marking) note(kind markKind) {
	if kind != noMark && m.found == noMark {
		m.found = kind
	}
}

func (m *marking) kind() markKind {
	switch {
	case m.found != noMark:
		return m.found
	case m.blockquote && m.cited:
		return quoteMark
	case m.blockquote && !m.indented:
		return maybeQuoteMark
	}
	return noMark
}

// lowerInPlace lowers ASCII letters; the tokenizer lends its buffer for as long as needed here.
func lowerInPlace(b []byte) []byte {
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return b
}

// bareName takes off the prefixes that quoting again adds.
func bareName(name []byte) []byte {
	for bytes.HasPrefix(name, []byte("x_")) {
		name = name[2:]
	}
	if rest, ok := bytes.CutPrefix(name, []byte("yiv")); ok {
		if rest = bytes.TrimLeft(rest, "0123456789"); len(rest) > 0 {
			name = rest
		}
	}
	if bytes.HasPrefix(name, []byte("ydp")) {
		if i := bytes.Index(name, []byte("yahoo_")); i > 0 {
			name = name[i:]
		}
	}
	if bytes.HasPrefix(name, []byte("yahoo_quoted")) {
		return name[:len("yahoo_quoted")]
	}
	return name
}
