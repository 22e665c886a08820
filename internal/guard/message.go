package guard

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/marketplace"
)

var (
	variable = regexp.MustCompile(`\{\{[^{}\n]{0,60}\}\}|\$\{[^{}\n]{0,60}\}|\{[a-zA-Z_]{2,40}\}|%[A-Z]{2,}[A-Z_]{0,40}%|⟦[^⟧\n]{0,40}⟧|[\[<【]([^\]\[<>【】\n]{2,40})[\]>】]`)
	htmlTag  = regexp.MustCompile(`(?i)</?(?:a|b|i|u|p|br|div|span|font|img|table|tr|td|ul|ol|li|strong|em|h[1-6]|style|center|html|body)(?:\s[^<>]*)?/?>`)
)

// variables finds placeholders that a template or a model left in the text.
func variables(d draft, f folded) []span {
	var out []span
	names := placeholderWords().places
	for _, m := range variable.FindAllStringSubmatchIndex(f.source, -1) {
		if m[2] >= 0 {
			inside := fold(f.source[m[2]:m[3]])
			if strings.ContainsAny(inside.text, "0123456789/") || len(names(inside.loose)) == 0 || heading(f.source, m[0], m[1]) {
				continue
			}
		}
		out = append(out, span{start: m[0], end: m[1]})
	}
	return out
}

// heading reports "【注文番号】114-…": in Chinese and Japanese these brackets at the
// start of a line set off a label whose value follows. A name's place goes on
// with "様" or a comma.
func heading(text string, start, end int) bool {
	if !strings.HasPrefix(text[start:], "【") {
		return false
	}
	next, _ := utf8.DecodeRuneInString(strings.TrimLeft(text[end:], " \t\u3000"))
	if unicode.IsDigit(next) || strings.ContainsRune("\n\r:：", next) {
		return true
	}
	startsLine := strings.TrimSpace(text[strings.LastIndexByte(text[:start], '\n')+1:start]) == ""
	return startsLine && !strings.ContainsRune("様さ先,，、!！。", next)
}

func unfilled(d draft) []span {
	var out []span
	for _, name := range d.Placeholders {
		out = append(out, span{excerpt: name})
	}
	return out
}

func emptyText(d draft) []span {
	if strings.TrimSpace(d.text.text) == "" {
		return []span{{excerpt: "–"}}
	}
	return nil
}

func canary(d draft, f folded) []span { return mentions(f, []string{d.Canary}) }

// mentions finds whole words of a given text.
func mentions(f folded, list []string) []span {
	var places [][2]int
	for _, word := range list {
		word = plain(word)
		for from := 0; len(word) > 2; {
			i := strings.Index(f.loose[from:], word)
			if i < 0 {
				break
			}
			start, end := from+i, from+i+len(word)
			if edge(f.loose, start) && edge(f.loose, end) {
				places = append(places, [2]int{start, end})
			}
			from = end
		}
	}
	return f.originals(join(places))
}

var (
	amazonOrder = regexp.MustCompile(`\b\d{3}-\d{7}-\d{7}\b`)
	// orderForms are those that nothing else looks like: an order of Walmart or
	// Newegg is a run of digits, as tracking and item numbers are.
	orderForms = regexp.MustCompile(`\b(?:\d{3}-\d{7}-\d{7}|\d{2}-\d{5}-\d{5})\b`)
)

// unknownOrders finds order numbers of Amazon and eBay that are not of this conversation.
func unknownOrders(d draft, f folded) []span {
	if len(d.OrderNumbers) == 0 {
		return nil
	}
	var out []span
	for _, m := range orderForms.FindAllStringIndex(f.text, -1) {
		if !d.orderNumber(f.text[m[0]:m[1]]) {
			out = append(out, f.original(m[0], m[1]))
		}
	}
	return out
}

func cannotAnswer(d draft) []span {
	if d.Route.Disabled == "" {
		return nil
	}
	return []span{{excerpt: d.Route.Disabled}}
}

// wrongLanguage compares the chosen language with the one the text seems to be
// in. The two Englishes are one; Malay and Indonesian are too close to tell.
func wrongLanguage(d draft) []span {
	if d.Language == "" || d.Detected == "" || family(d.Language) == family(d.Detected) {
		return nil
	}
	return []span{{excerpt: string(d.Detected) + " ≠ " + string(d.Language)}}
}

func family(l desk.Language) string {
	switch base, _, _ := strings.Cut(string(l), "-"); base {
	case "zh":
		return string(l)
	case "id":
		return "ms"
	default:
		return base
	}
}

func notEnglish(d draft) []span {
	if d.Language == "" || family(d.Language) == "en" {
		return nil
	}
	return []span{{excerpt: string(d.Language)}}
}

// longerThan counts characters, as people do.
func longerThan(limit int) func(draft) []span {
	return func(d draft) []span {
		n := utf8.RuneCountInString(d.Text)
		if n <= limit {
			return nil
		}
		return []span{{excerpt: strconv.Itoa(n) + " > " + strconv.Itoa(limit)}}
	}
}

func noReference(d draft) []span {
	if d.Route.Reference != "" || marketplace.FindReference(d.Text) != "" {
		return nil
	}
	return []span{{excerpt: "[#…#]"}}
}

func markup(d draft, f folded) []span {
	var out []span
	for _, m := range htmlTag.FindAllStringIndex(f.source, -1) {
		out = append(out, span{start: m[0], end: m[1]})
	}
	return out
}

// emoji finds pictographs; signs such as ™, © and → are not meant.
func emoji(_ draft, f folded) []span {
	var out []span
	for i, r := range f.source {
		if r >= 0x1F300 && r <= 0x1FAFF || r >= 0x1F1E6 && r <= 0x1F1FF || r >= 0x2600 && r <= 0x27BF || r == 0x2B50 || r == 0x2B55 {
			out = append(out, span{start: i, end: i + utf8.RuneLen(r)})
		}
	}
	return out
}

// ebayCharacters is the longest message eBay takes.
const ebayCharacters = 2000

// importantMark finds "[Important]", which is for mail the order cannot do without.
func importantMark(_ draft, f folded) []span {
	if i := strings.Index(f.text, "[important]"); i >= 0 {
		return []span{f.original(i, i+len("[important]"))}
	}
	return nil
}
