package model

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// masks keep addresses and numbers of people from the model. Each is shown as a
// token in ⟦ ⟧, the same one every time, and put back afterwards.
type masks struct {
	tokens map[string]string // by value
	values map[string]string // by token
	// keep are numbers that stay readable: the order's own.
	keep []string
}

func newMasks(keep ...string) *masks {
	return &masks{tokens: map[string]string{}, values: map[string]string{}, keep: keep}
}

// private is one kind of what is masked: letter begins its tokens.
type private struct {
	letter  string
	pattern *regexp.Regexp
	is      func(m *masks, found string) bool
}

// privates are the kinds, in the order they are looked for.
var privates = []private{
	{"T", regexp.MustCompile(`⟦[^⟦⟧\n]{0,40}⟧`), nil}, // what looks like a token already
	{"E", regexp.MustCompile(`[\p{Latin}\p{Cyrillic}\p{Greek}\p{Nd}._%+\-．＿－]+[@＠][\p{Latin}\p{Cyrillic}\p{Greek}\p{Nd}.\-．－]+[.．](?:\p{Latin}|\p{Cyrillic}|\p{Greek}){2,}`), nil},
	{"C", regexp.MustCompile(`\p{Nd}(?:[ \-－‐]?\p{Nd}){12,18}`), (*masks).isCard},
	{"P", regexp.MustCompile(`[+＋(（]?\p{Nd}(?:[ ().\-－‐‑–（）/]{0,2}\p{Nd}){6,16}`), (*masks).isPhone},
}

// hide replaces what is private in a text.
func (m *masks) hide(text string) string {
	for _, p := range privates {
		text = outside(text, func(part string) string {
			return p.pattern.ReplaceAllStringFunc(part, func(found string) string {
				if p.is != nil && !p.is(m, found) {
					return found
				}
				return m.token(p.letter, found)
			})
		}, p.letter == "T")
	}
	return text
}

// token is the one of a value, a new one for a new value.
func (m *masks) token(letter, value string) string {
	if t, ok := m.tokens[value]; ok {
		return t
	}
	t := "⟦" + letter + strconv.Itoa(len(m.tokens)+1) + "⟧"
	m.tokens[value], m.values[t] = t, value
	return t
}

var token = regexp.MustCompile(`⟦[A-Z]?\d+⟧`)

// outside applies f to what lies between tokens, or to all of the text.
func outside(text string, f func(string) string, all bool) string {
	if all {
		return f(text)
	}
	var b strings.Builder
	at := 0
	for _, t := range token.FindAllStringIndex(text, -1) {
		b.WriteString(f(text[at:t[0]]))
		b.WriteString(text[t[0]:t[1]])
		at = t[1]
	}
	b.WriteString(f(text[at:]))
	return b.String()
}

// restore puts every value back.
func (m *masks) restore(text string) string {
	return token.ReplaceAllStringFunc(text, func(t string) string {
		if value, ok := m.values[t]; ok {
			return value
		}
		return t
	})
}

// quote puts values back into a text that the model composed. A card number is
// never repeated: its last four digits tell the buyer which one is meant.
func (m *masks) quote(text string) string {
	return token.ReplaceAllStringFunc(text, func(t string) string {
		value, ok := m.values[t]
		switch {
		case !ok:
			return t
		case strings.HasPrefix(t, "⟦C"):
			d := digits(value)
			return "•••• " + d[len(d)-4:]
		}
		return value
	})
}

// strange reports whether a text has a token that was never given out.
func (m *masks) strange(text string) bool {
	return slices.ContainsFunc(token.FindAllString(text, -1), func(t string) bool { _, ok := m.values[t]; return !ok })
}

// digits are a text's digits in Western form.
func digits(text string) string {
	var b strings.Builder
	for _, r := range norm.NFKC.String(text) {
		if v, ok := digit(r); ok {
			b.WriteByte('0' + v)
		}
	}
	return b.String()
}

// digit is the value of a decimal digit of any script. Unicode has them in runs
// of ten that begin where the value is 0.
func digit(r rune) (byte, bool) {
	if !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	for _, run := range unicode.Nd.R16 {
		if r >= rune(run.Lo) && r <= rune(run.Hi) {
			return byte((r - rune(run.Lo)) % 10), true
		}
	}
	for _, run := range unicode.Nd.R32 {
		if r >= rune(run.Lo) && r <= rune(run.Hi) {
			return byte((r - rune(run.Lo)) % 10), true
		}
	}
	return 0, false
}

// isCard checks a card number's length and its Luhn digit.
func (m *masks) isCard(found string) bool {
	d := digits(found)
	if m.kept(d) || len(d) < 13 || len(d) > 19 {
		return false
	}
	sum := 0
	for i := range len(d) {
		v := int(d[len(d)-1-i] - '0')
		if i%2 == 1 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}

// noPhone is what has a telephone number's digits and is none: dates, prices with
// points between thousands, and the order numbers of Amazon (3-7-7) and eBay
// (2-5-5).
var noPhone = regexp.MustCompile(`^(?:[1-9]\d{0,2}(?:\.\d{3})+|\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}|\d{3}-\d{7}-\d{7}|\d{2}-\d{5}-\d{5})(?:\D|$)`)

// isPhone errs on the side of masking: a masked number comes back as it was.
func (m *masks) isPhone(found string) bool {
	d := digits(found)
	if m.kept(d) || len(d) < 8 || len(d) > 15 {
		return false
	}
	western := westernDigits(found)
	if noPhone.MatchString(western) {
		return false
	}
	marked := strings.ContainsAny(western, "+(-. /")
	return marked || len(d) >= 10 && len(d) <= 11
}

// kept reports whether the digits are those of a number that stays readable.
func (m *masks) kept(d string) bool {
	return slices.ContainsFunc(m.keep, func(k string) bool { return strings.Contains(digits(k), d) })
}

func westernDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if v, ok := digit(r); ok {
			return rune('0' + v)
		}
		return r
	}, norm.NFKC.String(text))
}
