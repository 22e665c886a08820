package knowledge

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/quilldesk/quilldesk/internal/language"
)

// Terms are what a text is found by: lower-case words without their commonest
// ending, pairs of neighbouring characters in scripts that write no spaces, and
// the subjects of alike.tsv that it speaks of, each with "~" before it.
// Traditional and simplified characters, full-width forms and accents are folded.
func Terms(text string) []string {
	plain := fold(text)
	terms := make([]string, 0, len(plain)/3)
	for _, run := range runs(filler().Replace(plain)) {
		terms = run.terms(terms)
	}
	return append(terms, subjects().in(plain)...)
}

// fold writes a text in one plain spelling: letters and digits in lower case
// without accents, and one space between what something else stood between.
func fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	gap := false
	for _, r := range norm.NFKD.String(language.Simplify(strings.ToLower(text))) {
		switch {
		case accent(r), toneMark(r), unicode.Is(unicode.Cf, r):
		case r == 'ß':
			b.WriteString("ss")
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r), r == 'ー':
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteRune(r)
			continue
		default:
			gap = true
		}
	}
	return norm.NFC.String(b.String())
}

func accent(r rune) bool { return r >= 0x300 && r <= 0x36F }

// toneMark is a Thai tone mark or the mark of a silent letter: people leave them
// out and mix them up.
func toneMark(r rune) bool { return r >= 0x0E47 && r <= 0x0E4C }

// run is a stretch of folded text in one way of writing.
type run struct {
	text  string
	dense bool // without spaces between words
}

// dense scripts write no spaces between words.
func dense(r rune) bool {
	return r == 'ー' || r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
}

func runs(plain string) []run {
	var out []run
	start, kind := 0, false
	flush := func(end int) {
		if end > start {
			out = append(out, run{plain[start:end], kind})
		}
	}
	for i, r := range plain {
		switch {
		case r == ' ':
			flush(i)
			start = i + 1
		case dense(r) != kind:
			flush(i)
			start, kind = i, dense(r)
		}
	}
	flush(len(plain))
	return out
}

// terms appends a run's terms: a word, or its characters in pairs. Thai letters
// say less than characters each and go in threes.
func (r run) terms(out []string) []string {
	if !r.dense {
		if len(r.text) < 2 || stop()[r.text] || smallNumber(r.text) {
			return out
		}
		return pieces(append(out, stem(r.text)), r.text)
	}
	runes := []rune(r.text)
	n := 2
	if unicode.Is(unicode.Thai, runes[0]) {
		n = 3
	}
	if len(runes) <= n {
		return append(out, r.text)
	}
	return grams(out, runes, n)
}

// smallNumber is one that says nothing by itself: a price, a day, a quantity.
func smallNumber(word string) bool {
	return len(word) < 3 && strings.Trim(word, "0123456789") == ""
}

func grams(out []string, runes []rune, n int) []string {
	for i := 0; i+n <= len(runes); i++ {
		out = append(out, string(runes[i:i+n]))
	}
	return out
}

// Long words are also found by their pieces: German writes compounds in one word.
const (
	longWord    = 9
	pieceLength = 6
)

func pieces(out []string, word string) []string {
	if runes := []rune(word); len(runes) >= longWord {
		for i := 0; i+pieceLength <= len(runes); i++ {
			out = append(out, "+"+string(runes[i:i+pieceLength]))
		}
	}
	return out
}

// stem takes plural and tense endings off, crudely and alike for questions and
// entries: it only has to make "returns" meet "return".
func stem(w string) string {
	for _, ending := range []string{"ing", "ies", "ed", "es", "er", "en", "em", "s", "e"} {
		if len(w) > len(ending)+3 && strings.HasSuffix(w, ending) {
			return undouble(w[:len(w)-len(ending)])
		}
	}
	return w
}

// undouble lets "shipp" of "shipping" meet "ship".
func undouble(w string) string {
	if n := len(w); n > 3 && w[n-1] == w[n-2] && strings.IndexByte("bdgmnprt", w[n-1]) >= 0 {
		return w[:n-1]
	}
	return w
}

func unique(terms []string) []string {
	sorted := slices.Sorted(slices.Values(terms))
	return slices.Compact(sorted)
}

//go:embed data/stop.txt
var stopSource string

// stop are words that say nothing about the question, in the languages with spaces.
var stop = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for line := range strings.Lines(stopSource) {
		if !strings.HasPrefix(line, "#") {
			for _, w := range strings.Fields(fold(line)) {
				m[w] = true
			}
		}
	}
	return m
})

//go:embed data/stop_dense.txt
var fillerSource string

// filler takes turns of phrase out of folded text in scripts without spaces.
var filler = sync.OnceValue(func() *strings.Replacer {
	var pairs []string
	for line := range strings.Lines(fillerSource) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for word := range strings.FieldsSeq(line) {
			pairs = append(pairs, fold(word), " ")
		}
	}
	return strings.NewReplacer(pairs...)
})

//go:embed data/alike.tsv
var alikeSource string

// alike knows by which words a subject is spoken of.
type alike struct {
	// starts finds wordings by their first two characters.
	starts map[string][]wording
}

type wording struct {
	text, subject string
	open          bool // may go on with any ending
}

// subjects is read from alike.tsv once: subject, language, wordings between "|".
// A "*" allows any ending. One list serves both Chinese scripts.
var subjects = sync.OnceValue(func() alike {
	a := alike{starts: map[string][]wording{}}
	for line := range strings.Lines(alikeSource) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) != 3 || strings.HasPrefix(line, "#") {
			continue
		}
		for written := range strings.SplitSeq(fields[2], "|") {
			text, open := strings.CutSuffix(strings.TrimSpace(written), "*")
			w := wording{fold(text), "~" + fields[0], open}
			a.starts[head(w.text)] = append(a.starts[head(w.text)], w)
		}
	}
	return a
})

// head is the first two characters of a text.
func head(text string) string {
	_, first := utf8.DecodeRuneInString(text)
	_, second := utf8.DecodeRuneInString(text[first:])
	return text[:first+second]
}

// nothing is the subject of wordings that only hide the ones within them.
const nothing = "~-"

// in lists the subjects that a folded text speaks of, as often as it does.
func (a alike) in(plain string) []string {
	var out []string
	before, hidden := ' ', 0
	for i, r := range plain {
		starts := r != ' ' && i >= hidden && !leadingVowel(before) && (dense(r) || before == ' ' || dense(before))
		before = r
		if !starts {
			continue
		}
		found := a.beginning(plain[i:])
		if len(found) > 0 && found[0].subject == nothing {
			hidden = i + len(found[0].text)
			continue
		}
		for _, w := range found {
			out = append(out, w.subject)
		}
	}
	return out
}

// beginning are the wordings that a text begins with. In Thai, where a syllable
// means nothing by itself, only the longest count.
func (a alike) beginning(rest string) []wording {
	var found []wording
	thai := rest >= "\u0E00" && rest < "\u0E80"
	for _, w := range a.starts[head(rest)] {
		switch {
		case !w.at(rest) || thai && len(found) > 0 && len(w.text) < len(found[0].text):
		case thai && len(found) > 0 && len(w.text) > len(found[0].text):
			found = []wording{w}
		default:
			found = append(found, w)
		}
	}
	return found
}

func (w wording) at(rest string) bool {
	if !strings.HasPrefix(rest, w.text) {
		return false
	}
	next, _ := utf8.DecodeRuneInString(rest[len(w.text):])
	return w.open || len(rest) == len(w.text) || next == ' ' || dense(next) && !followingVowel(next)
}

// A Thai syllable goes on behind a vowel that is written first and before one
// that is written behind: "สี" (colour) does not stand in "เสีย" (broken).
func leadingVowel(r rune) bool   { return r >= 0x0E40 && r <= 0x0E44 }
func followingVowel(r rune) bool { return r >= 0x0E30 && r <= 0x0E3A || r == 0x0E45 || r == 0x0E4D }
