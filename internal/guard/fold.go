package guard

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folded is a text in one plain spelling, with the way back to the original:
// lower case, no accents, full-width and other digits as ASCII, invisible
// characters gone, Cyrillic look-alikes inside Latin words replaced, white space
// as one space or, between paragraphs, one line feed.
type folded struct {
	source string
	text   string
	// loose is text with hyphens as spaces, byte for byte as long.
	loose string
	// from and to are, for each byte of text, the original rune's edges.
	from, to []int
}

// original turns a place in the folded text into one in the original.
func (f folded) original(start, end int) span {
	if start >= end {
		return span{}
	}
	return span{start: f.from[start], end: f.to[end-1]}
}

// foldedRune remembers where a folded character came from.
type foldedRune struct {
	r        rune
	from, to int
	lines    int // of white space: how many line feeds it stands for
}

func fold(s string) folded {
	runes := make([]foldedRune, 0, len(s))
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		runes = appendFolded(runes, s[i:i+size], r, i, i+size)
		i += size
	}
	unmask(runes)
	var b strings.Builder
	f := folded{source: s}
	for _, r := range runes {
		b.WriteRune(r.r)
		for range utf8.RuneLen(r.r) {
			f.from, f.to = append(f.from, r.from), append(f.to, r.to)
		}
	}
	f.text = b.String()
	f.loose = strings.ReplaceAll(f.text, "-", " ")
	return f
}

// plain folds a phrase or name that is looked for.
func plain(s string) string { return fold(strings.TrimSpace(s)).loose }

var sameAs = map[rune]rune{
	'‐': '-', '‑': '-', '‒': '-', '–': '-', '—': '-', '―': '-', '−': '-', '﹣': '-',
	'’': '\'', '‘': '\'', 'ʼ': '\'', '`': '\'', '´': '\'',
	'đ': 'd', 'Đ': 'd', 'ø': 'o', 'Ø': 'o', 'ł': 'l', 'Ł': 'l', 'ı': 'i',
}

func appendFolded(out []foldedRune, source string, r rune, from, to int) []foldedRune {
	if r == utf8.RuneError {
		return append(out, foldedRune{' ', from, to, 0})
	}
	if invisible(r) {
		return out
	}
	if unicode.IsSpace(r) {
		return appendSpace(out, r, from, to)
	}
	if plain, ok := sameAs[r]; ok {
		return append(out, foldedRune{plain, from, to, 0})
	}
	if r < utf8.RuneSelf {
		return append(out, foldedRune{unicode.ToLower(r), from, to, 0})
	}
	for _, p := range norm.NFKD.String(source) {
		switch {
		case p >= 0x300 && p <= 0x36F: // accents
		case unicode.IsSpace(p):
			out = appendSpace(out, p, from, to)
		case unicode.IsDigit(p):
			out = append(out, foldedRune{'0' + digitValue(p), from, to, 0})
		default:
			out = append(out, foldedRune{unicode.ToLower(p), from, to, 0})
		}
	}
	return out
}

// appendSpace keeps one space for a run of them. A second line feed in the run
// makes it a paragraph's end, which no phrase crosses.
func appendSpace(out []foldedRune, r rune, from, to int) []foldedRune {
	lines := 0
	if r == '\n' {
		lines = 1
	}
	n := len(out)
	if n == 0 || (out[n-1].r != ' ' && out[n-1].r != '\n') {
		return append(out, foldedRune{' ', from, to, lines})
	}
	last := &out[n-1]
	last.to = to
	last.lines += lines
	if last.lines > 1 {
		last.r = '\n'
	}
	return out
}

func invisible(r rune) bool {
	switch {
	case unicode.Is(unicode.Cf, r), r >= 0xFE00 && r <= 0xFE0F, r == 0x034F, r == 0x115F, r == 0x1160, r == 0x3164, r == 0x00AD:
		return true
	}
	return false
}

// digitValue is the value of a decimal digit: Unicode keeps each script's ten in
// one run that starts at a zero and touches no other digits.
func digitValue(r rune) rune {
	value := rune(0)
	for value < 9 && unicode.IsDigit(r-value-1) {
		value++
	}
	return value
}

var lookAlikes = map[rune]rune{
	'а': 'a', 'е': 'e', 'о': 'o', 'р': 'p', 'с': 'c', 'у': 'y', 'х': 'x', 'і': 'i', 'ѕ': 's', 'ј': 'j', 'к': 'k', 'м': 'm', 'т': 't', 'в': 'b', 'н': 'h',
}

// unmask replaces Cyrillic letters in words that also have Latin ones.
func unmask(runes []foldedRune) {
	for i := 0; i < len(runes); {
		end, latin, cyrillic := i, false, false
		for end < len(runes) && unicode.IsLetter(runes[end].r) {
			latin = latin || runes[end].r < utf8.RuneSelf
			cyrillic = cyrillic || unicode.Is(unicode.Cyrillic, runes[end].r)
			end++
		}
		if latin && cyrillic {
			for j := i; j < end; j++ {
				if l, ok := lookAlikes[runes[j].r]; ok {
					runes[j].r = l
				}
			}
		}
		i = max(end, i+1)
	}
}
