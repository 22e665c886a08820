package model

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// quoteLength is how many characters a quote must have to prove anything.
const quoteLength = 12

// quoted finds a quote in a text and returns it as it stands there. Forms of
// letters, white space and typographic quotation marks and dashes may differ.
func quoted(quote, text string) (string, bool) {
	want, _ := plain(quote)
	want = strings.TrimSpace(want)
	if utf8.RuneCountInString(want) < quoteLength {
		return "", false
	}
	have, origin := plain(text)
	at := strings.Index(have, want)
	if at < 0 {
		return "", false
	}
	return strings.TrimSpace(text[origin[at]:origin[at+len(want)]]), true
}

// alike are signs that are typed in several ways.
var alike = map[rune]rune{
	'‘': '\'', '’': '\'', '‚': '\'', '“': '"', '”': '"', '„': '"', '«': '"', '»': '"',
	'‐': '-', '‑': '-', '–': '-', '—': '-', '−': '-',
}

// plain is a text in NFKC with single blanks and plain signs, and for each of its
// bytes where in the text it comes from; one more for the end.
func plain(text string) (string, []int) {
	var b strings.Builder
	var origin []int
	var iter norm.Iter
	iter.InitString(norm.NFKC, text)
	for !iter.Done() {
		start := iter.Pos()
		for _, r := range string(iter.Next()) {
			if sign, ok := alike[r]; ok {
				r = sign
			}
			if unicode.IsSpace(r) {
				if strings.HasSuffix(b.String(), " ") {
					continue
				}
				r = ' '
			}
			before := b.Len()
			b.WriteRune(r)
			origin = append(origin, slices.Repeat([]int{start}, b.Len()-before)...)
		}
	}
	return b.String(), append(origin, len(text))
}

// mark is how a model names the entry that the sentence before rests on. A base
// shown whole has some hundreds of entries at most.
var mark = regexp.MustCompile(`[ \x{00A0}]*[\[【]\s*K\d{1,3}(?:\s*[,;、]\s*K\d{1,3})*\s*[\]】]`)

var aliasName = regexp.MustCompile(`K\d{1,3}`)

// unmark takes the marks out of a text and tells for each alias at which byte of
// what remains it stood first.
func unmark(marked string) (text string, places map[string]int) {
	var b strings.Builder
	places = map[string]int{}
	at := 0
	for _, m := range mark.FindAllStringIndex(marked, -1) {
		b.WriteString(marked[at:m[0]])
		at = m[1]
		for _, name := range aliasName.FindAllString(marked[m[0]:m[1]], -1) {
			if _, ok := places[name]; !ok {
				places[name] = b.Len()
			}
		}
	}
	b.WriteString(marked[at:])
	return b.String(), places
}

// sentenceAt is the sentence that ends at or goes on over a byte of the text.
func sentenceAt(text string, at int) (start, end int) {
	for _, s := range sentences(text) {
		if s[0] < at {
			start, end = s[0], s[1]
		}
	}
	return start, end
}

// sentences are the byte ranges between full stops, question and exclamation
// marks and line breaks, without white space around them.
func sentences(text string) [][2]int {
	var all [][2]int
	start := 0
	cut := func(end int) {
		s := text[start:end]
		left := len(s) - len(strings.TrimLeftFunc(s, unicode.IsSpace))
		if trimmed := strings.TrimSpace(s); trimmed != "" {
			all = append(all, [2]int{start + left, start + left + len(trimmed)})
		}
		start = end
	}
	for i, r := range text {
		end := i + utf8.RuneLen(r)
		switch {
		case r == utf8.RuneError: // RuneLen of a broken byte is 3
		case r == '\n', strings.ContainsRune("。！？", r):
			cut(end)
		case strings.ContainsRune(".!?…", r) && (end == len(text) || text[end] <= ' '):
			cut(end)
		}
	}
	cut(len(text))
	return all
}

// claimed is a citation as a model gives it.
type claimed struct {
	Alias string `json:"alias"`
	Quote string `json:"quote"`
}

// citations keeps what is proven: an alias that was given, a quote that stands
// in its entry. Start and End are equal where the model did not say which
// sentence rests on it.
func citations(claims []claimed, shown []desk.Entry, text string, places map[string]int) []desk.Citation {
	kept := []desk.Citation{}
	for _, c := range claims {
		e, ok := cited(c.Alias, shown)
		if !ok {
			continue
		}
		quote, ok := quoted(c.Quote, e.Answer)
		if !ok || slices.ContainsFunc(kept, func(k desk.Citation) bool { return k.Entry == e.ID && k.Quote == quote }) {
			continue
		}
		citation := desk.Citation{Entry: e.ID, Topic: e.Topic, Quote: quote}
		if at, ok := places[c.Alias]; ok {
			citation.Start, citation.End = sentenceAt(text, at)
		}
		kept = append(kept, citation)
	}
	return kept
}
