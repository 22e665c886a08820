package model

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// anonymousLimit is the longest text kept of a mail as an example, in characters.
const anonymousLimit = 200

// left stands where something was taken out.
const left = "…"

var (
	// street is a line with a number and a word that streets and flats have.
	street = regexp.MustCompile(`(?im)^.*(?:\b(?:street|avenue|ave|road|lane|drive|blvd|boulevard|court|apt|suite|unit|zip|postcode|rue|calle|via|avenida|rua|jalan|jl|ulitsa)\b|stra(?:ß|ss)e|\bstr\.|улица|ул\.|кв\.|丁目|番地|ถนน|đường).*\d.*$|^.*\d.*(?:\b(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|blvd|rue|calle)\b|stra(?:ß|ss)e|\bstr\.).*$`)
	// hanAddress is an address in Chinese characters, from the town to the house.
	hanAddress = regexp.MustCompile(`[\p{Han}\d]{2,}(?:市|區|区|縣|县|路|街|巷|弄)[\p{Han}\d]*(?:號|号|樓|楼|室)`)
	// identifier is any longer number with what hangs on it: orders, parcels,
	// postcodes, dates.
	identifier = regexp.MustCompile(`[\p{L}\d]*\d{3,}[\p{L}\d]*(?:[-–/.][\p{L}\d]+)*|\d+(?:[-–/.]\d+){2,}`)
	gaps       = regexp.MustCompile(`(?:…[\s,;:.#-]*){2,}`)
)

// Anonymous is the beginning of a mail without what names somebody or something:
// addresses, telephone and card numbers, links, order and parcel numbers, and the
// names given. What a name is nobody tells in the mail's own text stays.
func Anonymous(text string, names ...string) string {
	text = visible(text)
	text = street.ReplaceAllString(text, left)
	text = hanAddress.ReplaceAllString(text, left)
	text = link.ReplaceAllString(text, left)
	m := newMasks()
	text = token.ReplaceAllString(m.hide(text), left)
	for _, name := range longestFirst(names) {
		text = whole(name).ReplaceAllString(text, "${1}"+left+"${2}")
	}
	text = identifier.ReplaceAllString(text, left)
	return shorten(line(gaps.ReplaceAllString(text, left+" ")), anonymousLimit)
}

// whole is a name as a word of its own; scripts without blanks have none.
func whole(name string) *regexp.Regexp {
	if strings.ContainsFunc(name, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) }) {
		return regexp.MustCompile(`()` + regexp.QuoteMeta(name) + `()`)
	}
	return regexp.MustCompile(`(?i)(^|[^\p{L}\p{Nd}])` + regexp.QuoteMeta(name) + `($|[^\p{L}\p{Nd}])`)
}

// longestFirst are names and their single words, those of a letter apart.
func longestFirst(names []string) []string {
	var all []string
	for _, name := range names {
		for _, part := range append(strings.Fields(visible(name)), strings.TrimSpace(visible(name))) {
			if utf8.RuneCountInString(part) > 1 {
				all = append(all, part)
			}
		}
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(all)
}
