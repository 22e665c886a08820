// Package language tells in which of the fifteen languages a mail is written.
//
// The writing decides first: Thai, Cyrillic, kana and Han need no statistics,
// and a table of character pairs tells the two Chinese scripts apart. Languages
// in Latin letters are told by a linear model over words and character n-grams
// (model.bin, trained by this package's tests from corpus/), English spelling by
// a short list. The model is read in place, so nothing is built at start.
package language

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// maxBytes bounds the work: a mail's language shows in its first lines.
const maxBytes = 4096

// Result is the language found. Language is "" when the text has no words or is
// in none of the fifteen; Confidence is between 0 and 1; Why names the writing
// or the words that told it, for people.
type Result struct {
	Language   desk.Language
	Confidence float64
	Why        string
}

// Identify finds the language of a text of any length. Addresses, links, order
// numbers and product codes say nothing about a language and are skipped.
func Identify(text string) Result {
	words := split(text)
	s := census(words)
	switch {
	case s.total() == 0:
		return Result{}
	case s.heaviest(s.thai):
		return Result{"th", s.share(s.thai), "Thai script"}
	case s.heaviest(s.cyrillic):
		return cyrillic(words, s)
	case s.heaviest(s.kana + s.han):
		return eastAsian(words, s)
	case s.heaviest(s.latin):
		return latin(words)
	}
	return Result{}
}

// split cuts a text into lower-case words and drops what is no language: tokens
// with a digit, an @ or a scheme, and host names.
func split(text string) []string {
	if len(text) > maxBytes {
		text = text[:maxBytes]
	}
	text = norm.NFC.String(strings.ToValidUTF8(text, ""))
	var words []string
	for token := range strings.FieldsSeq(text) {
		if isCode(token) {
			continue
		}
		words = append(words, strings.FieldsFunc(strings.ToLower(token), func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsMark(r)
		})...)
	}
	return words
}

// isCode reports whether a whitespace-separated token is an address, a link, a
// number or a product code. Scripts that write without spaces are never codes.
func isCode(token string) bool {
	if strings.Contains(token, "://") || strings.HasPrefix(token, "www.") {
		return true
	}
	digits, dots := 0, 0
	for i, r := range token {
		switch {
		case r > unicode.MaxLatin1 && unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r):
			return false
		case r == '@':
			return true
		case unicode.IsDigit(r):
			digits++
		case r == '.' && i > 0 && i < len(token)-1:
			dots++
		}
	}
	return digits > 0 || (dots > 0 && len(token) > 6 && !strings.Contains(token, ".."))
}

// scripts counts letters, weighted by how much of a word each carries, so that
// an English product name does not outweigh the Chinese sentence around it.
type scripts struct {
	thai, cyrillic, kana, han, latin, other float64
}

func (s scripts) total() float64 { return s.thai + s.cyrillic + s.kana + s.han + s.latin + s.other }

func (s scripts) share(n float64) float64 { return n / s.total() }

func (s scripts) heaviest(n float64) bool {
	return n > 0 && n >= max(s.thai, s.cyrillic, s.kana+s.han, s.latin, s.other)
}

func census(words []string) scripts {
	var s scripts
	for _, word := range words {
		for _, r := range word {
			switch {
			case r < utf8.RuneSelf || unicode.Is(unicode.Latin, r):
				s.latin++
			case unicode.Is(unicode.Thai, r):
				s.thai += 1.5
			case unicode.Is(unicode.Cyrillic, r):
				s.cyrillic += 1.5
			case unicode.In(r, unicode.Hiragana, unicode.Katakana) || r == 'ー':
				s.kana += 3
			case unicode.Is(unicode.Han, r):
				s.han += 4
			case unicode.IsLetter(r):
				s.other += 1.5
			}
		}
	}
	return s
}

// cyrillic is Russian unless letters that Russian does not have stand out.
func cyrillic(words []string, s scripts) Result {
	for _, word := range words {
		if strings.ContainsAny(word, "іїєґўјљњћђџѓќѕ") {
			return Result{}
		}
	}
	return Result{"ru", s.share(s.cyrillic), "Cyrillic script"}
}

// latin asks the model, and the spelling list for English.
func latin(words []string) Result {
	scores := score(words)
	best, second := topTwo(scores)
	tag := classes[best]
	confidence := 1 / (1 + math.Exp(scores[second]-scores[best]))
	if tag == otherLanguage {
		return Result{Confidence: confidence}
	}
	why := telling(words, best, second)
	if tag == "en-US" {
		if word, ok := britishSpelling(words); ok {
			return Result{"en-GB", confidence, word}
		}
	}
	return Result{tag, confidence, why}
}

func topTwo(scores [len(classes)]float64) (best, second int) {
	best, second = 0, 1
	if scores[second] > scores[best] {
		best, second = second, best
	}
	for i := 2; i < len(scores); i++ {
		switch {
		case scores[i] > scores[best]:
			best, second = i, best
		case scores[i] > scores[second]:
			second = i
		}
	}
	return best, second
}
