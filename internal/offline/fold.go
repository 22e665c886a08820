package offline

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/quilldesk/quilldesk/internal/language"
)

// maxText bounds the work in bytes: what a buyer wants stands in the first pages.
const maxText = 8 << 10

// Separators of folded text, from the weakest to the strongest.
const (
	wordEnd     = ' '
	clauseEnd   = ','
	sentenceEnd = '\n'
)

// folded is a text as the word lists see it: lower case, without accents,
// full-width forms as half-width, traditional characters as simplified, and one
// separator between words. at maps every byte of text to its offset in source.
type folded struct {
	source, text string
	at           []int32
}

// accents says whether folding drops or keeps them.
type accents bool

const (
	dropAccents accents = false
	// keepAccents is for Vietnamese, where "vỡ" is broken and "vợ" a wife.
	keepAccents accents = true
)

func fold(source string, marks accents) folded {
	source = clip(source, maxText)
	f := folder{source: source, marks: marks}
	for i := 0; i < len(source); {
		r, size := utf8.DecodeRuneInString(source[i:])
		f.rest = source[i+size:]
		f.next(i, r)
		i += size
	}
	return folded{source: source, text: string(f.out), at: append(f.at, int32(len(source)))}
}

// original is the stretch of the source behind text[start:end].
func (f folded) original(start, end int) string {
	from, to := int(f.at[start]), int(f.at[end-1])
	_, size := utf8.DecodeRuneInString(f.source[to:])
	return f.source[from : to+size]
}

type folder struct {
	source  string
	rest    string // what follows the rune at hand
	marks   accents
	out     []byte
	at      []int32
	pending byte // separator seen since the last letter, 0 for none
}

func (f *folder) next(i int, r rune) {
	if r < utf8.RuneSelf {
		f.put(i, r)
		return
	}
	if r == 'ß' {
		f.put(i, 's')
		f.put(i, 's')
		return
	}
	if decomposed := norm.NFKD.PropertiesString(f.source[i:]).Decomposition(); decomposed != nil {
		for _, part := range string(decomposed) {
			f.put(i, part)
		}
		return
	}
	f.put(i, r)
}

func (f *folder) put(i int, r rune) {
	switch {
	case accent(r) && f.marks == dropAccents, r == 0xFE0F, r == utf8.RuneError, unicode.Is(unicode.Cf, r):
		// an accent, a presentation mark or nothing to see
	case unicode.In(r, unicode.Letter, unicode.Digit, unicode.Mark, unicode.So):
		f.letter(i, plain(r, f.marks))
	default:
		f.separate(r)
	}
}

func accent(r rune) bool { return r >= 0x300 && r <= 0x36F }

// plain is the letter without case and, like accents, without the stroke of đ.
func plain(r rune, marks accents) rune {
	switch r = unicode.ToLower(r); {
	case r == 'đ' && marks == dropAccents:
		return 'd'
	case r == 'ı':
		return 'i'
	case unicode.Is(unicode.Han, r):
		simple, _ := utf8.DecodeRuneInString(language.Simplify(string(r)))
		return simple
	}
	return r
}

func (f *folder) letter(i int, r rune) {
	if f.pending != 0 && len(f.out) > 0 && !(f.pending == wordEnd && unspaced(r) && unspacedEnd(f.out)) {
		f.out = append(f.out, f.pending)
		f.at = append(f.at, int32(i))
	}
	f.pending = 0
	before := len(f.out)
	f.out = utf8.AppendRune(f.out, r)
	for range len(f.out) - before {
		f.at = append(f.at, int32(i))
	}
}

// separate remembers the strongest separator. A full stop ends a sentence only
// before white space; a line feed only when an empty line follows.
func (f *folder) separate(r rune) {
	switch {
	case strings.ContainsRune("!?;。…", r), r == '.' && (f.rest == "" || f.rest[0] <= ' '), r == '\n' && blankLine(f.rest):
		f.pending = sentenceEnd
	case strings.ContainsRune(",:、()[]{}–—", r) && f.pending != sentenceEnd:
		f.pending = clauseEnd
	case f.pending == 0:
		f.pending = wordEnd
	}
}

func blankLine(rest string) bool {
	return strings.HasPrefix(strings.TrimLeft(rest, " \t\r"), "\n")
}

// unspaced reports whether r belongs to a script that writes without spaces.
func unspaced(r rune) bool {
	return r >= 0x0E00 && (unicode.In(r, unicode.Thai, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.So) ||
		r == 'ー' || r == 0x3099 || r == 0x309A) // the long vowel and the voicing marks belong to no script
}

func unspacedEnd(text []byte) bool {
	r, _ := utf8.DecodeLastRune(text)
	return unspaced(r)
}

// clip shortens s to at most limit bytes at a rune's edge.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
