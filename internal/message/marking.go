package message

import (
	"bytes"
	"strings"
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
// text has shown no history, each behind a letter of it that is rare in HTML.
var markHints = hintsByLetter(map[string]byte{
	"quote": 'q', "rplyfwdmsg": 'w', "appendonsend": 'p', "reference-message": 'm', "includetail": 'u', "isreplycontent": 'y',
	"zmail_extra": 'z', "olk_src_body": 'k', "replysection": 'y', "oringinal": 'g', "original-describe": 'b',
})

type markHint struct {
	text string
	at   int // where the rare letter stands
}

func hintsByLetter(hints map[string]byte) (by [256][]markHint) {
	for text, letter := range hints {
		by[letter] = append(by[letter], markHint{text, strings.IndexByte(text, letter)})
	}
	return by
}

// hintsAtQuote is a cheap test before the HTML is rendered for its marks.
func hintsAtQuote(html string) bool {
	for i := 0; i < len(html); i++ {
		for _, hint := range markHints[html[i]|0x20] {
			start, end := i-hint.at, i-hint.at+len(hint.text)
			if start >= 0 && end <= len(html) && html[start]|0x20 == hint.text[0] && strings.EqualFold(html[start:end], hint.text) {
				return true
			}
		}
	}
	return false
}

// attributeID names the attributes that say something about text.
type attributeID uint8

const (
	attrOther attributeID = iota
	attrAlt
	attrCite
	attrClass
	attrHidden
	attrID
	attrName
	attrStyle
	attrType
)

func attributeOf(key string) attributeID {
	var buf [8]byte
	if len(key) > len(buf) {
		return attrOther
	}
	switch string(lowerInto(buf[:], key)) {
	case "alt":
		return attrAlt
	case "cite":
		return attrCite
	case "class":
		return attrClass
	case "hidden":
		return attrHidden
	case "id":
		return attrID
	case "name":
		return attrName
	case "style":
		return attrStyle
	case "type":
		return attrType
	}
	return attrOther
}

// longestMark is more than the longest name above with its prefixes.
const longestMark = 80

// marking gathers what one start tag says.
type marking struct {
	found      markKind
	blockquote bool
	cited      bool
	indented   bool // a blockquote used as indentation
}

func (m *marking) element(name string) {
	var buf [longestMark]byte
	m.found = markedTags[string(lowerInto(buf[:], name))]
}

func (m *marking) class(value string) {
	var buf [longestMark]byte
	for i, classes := 0, value; i < 20 && classes != ""; i++ {
		var class string
		class, classes, _ = strings.Cut(classes, " ")
		name := bareName(lowerInto(buf[:], class))
		m.note(markedClasses[string(name)])
		m.cited = m.cited || quoteBlocks[string(name)]
	}
}

func (m *marking) id(value string) {
	var buf [longestMark]byte
	m.note(markedIDs[string(bareName(lowerInto(buf[:], value)))])
}

func (m *marking) name(value string) {
	var buf [longestMark]byte
	m.note(markedNames[string(lowerInto(buf[:], value))])
}

// style reads the style of a blockquote: "border: none" makes it an indentation, as Gmail and
// Outlook use it.
func (m *marking) style(value string) {
	if !m.blockquote {
		return
	}
	value = strings.ToLower(strings.ReplaceAll(value, " ", ""))
	m.indented = strings.Contains(value, "border-left:none") || strings.Contains(value, "border:none")
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
