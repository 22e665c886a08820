package marketplace

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// dashes are what mail programs turn a hyphen into.
var dashes = strings.NewReplacer("‐", "-", "‑", "-", "‒", "-", "–", "-", "—", "-", "−", "-")

// numbers finds the form in the texts, in order and each once. With a group the
// group is the number. A number that goes on to either side, with another
// letter, digit or dash, or that starts with "+", is something else: a longer
// number, a phone number, a tracking number.
func numbers(form *regexp.Regexp, texts ...string) []string {
	group := 2 * min(form.NumSubexp(), 1)
	var out []string
	seen := map[string]bool{}
	for _, text := range texts {
		text = dashes.Replace(norm.NFKC.String(text))
		for _, m := range form.FindAllStringSubmatchIndex(text, -1) {
			start, end := m[group], m[group+1]
			number := strings.ReplaceAll(text[start:end], " ", "")
			if goesOn(text, start, end) || seen[number] {
				continue
			}
			seen[number] = true
			out = append(out, number)
		}
	}
	return out
}

func goesOn(text string, start, end int) bool {
	before, size := utf8.DecodeLastRuneInString(text[:start])
	if asciiWord(before) || before == '+' {
		return true
	}
	if before == '-' {
		beyond, _ := utf8.DecodeLastRuneInString(text[:start-size])
		if unicode.IsDigit(beyond) {
			return true
		}
	}
	after, size := utf8.DecodeRuneInString(text[end:])
	if asciiWord(after) {
		return true
	}
	beyond, _ := utf8.DecodeRuneInString(text[end+size:])
	return (after == '-' || after == '.') && unicode.IsDigit(beyond)
}

// asciiWord leaves out letters of scripts that are written without spaces, which
// may stand right beside a number.
func asciiWord(r rune) bool {
	return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) && r != utf8.RuneError
}

// merge joins lists of numbers, each number once.
func merge(lists ...[]string) []string {
	var out []string
	seen := map[string]bool{}
	for _, list := range lists {
		for _, n := range list {
			if !seen[n] {
				seen[n] = true
				out = append(out, n)
			}
		}
	}
	return out
}
