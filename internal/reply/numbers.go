package reply

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// number is a run of digits with what may stand inside one: order numbers,
// amounts, dates.
var number = regexp.MustCompile(`\d(?:[\d.,'’/:-]*\d)?`)

// numbers are the numbers of a text as plain digits, sorted: "1.234,56" and
// "1,234.56" are the same. Full-width and Thai digits count as digits.
func numbers(text string) []string {
	var all []string
	for _, n := range number.FindAllString(plainDigits(text), -1) {
		all = append(all, strings.Map(func(c rune) rune {
			if c >= '0' && c <= '9' {
				return c
			}
			return -1
		}, n))
	}
	slices.Sort(all)
	return all
}

// plainDigits writes full-width and Thai digits as ASCII and closes the gaps that
// French and Russian leave between thousands.
func plainDigits(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= '๐' && c <= '๙' {
			return '0' + (c - '๐')
		}
		return c
	}, norm.NFKC.String(gaps.Replace(s)))
}

// gaps are the spaces that do not break, and the thin one.
var gaps = strings.NewReplacer("\u00a0", "", "\u202f", "", "\u2009", "")

// sameNumbers reports whether two texts hold the same numbers, each as often.
func sameNumbers(a, b string) bool { return slices.Equal(numbers(a), numbers(b)) }

// verified marks what a draft says that stands neither in the mail nor in the
// order, the store's facts or a knowledge entry that was found or is cited: of a
// whole base some entry has nearly any number.
func verified(draft desk.Draft, k assist.Case) desk.Draft {
	known := map[string]bool{}
	sources := append([]string{k.Mail.Subject, k.Mail.Text, k.Signature, k.Facts}, k.OrderNumbers...)
	for _, e := range k.Entries {
		sources = append(sources, e.Answer)
	}
	for _, e := range k.Whole {
		if slices.ContainsFunc(draft.Citations, func(c desk.Citation) bool { return c.Entry == e.ID }) {
			sources = append(sources, e.Answer)
		}
	}
	for _, turn := range k.History {
		sources = append(sources, turn.Text)
	}
	for _, s := range sources {
		for _, n := range numbers(s) {
			known[n] = true
		}
	}
	draft.Unverified = []string{}
	for _, raw := range number.FindAllString(plainDigits(draft.Text), -1) {
		if !known[numbers(raw)[0]] && !slices.Contains(draft.Unverified, raw) {
			draft.Unverified = append(draft.Unverified, raw)
		}
	}
	return draft
}

// amount is a number with a currency beside it, or a date.
var amount = regexp.MustCompile(`(?:[$€£¥฿₫₱]|US\$|CA\$|C\$|USD|CAD|EUR|GBP|JPY|Rp|RM)\s?\d[\d.,]*\d?|\d[\d.,]*\s?(?:[€£¥฿₫]|USD|CAD|EUR|GBP|JPY|元|円)|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}`)

// amounts are the amounts and dates of a text, for a human look before sending.
func amounts(text string) []string {
	found := []string{}
	for _, a := range amount.FindAllString(text, 10) {
		if !slices.Contains(found, a) {
			found = append(found, a)
		}
	}
	return found
}
