package guard

import (
	"embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// data holds the word lists: one "language<TAB>phrase" per line, "#" for remarks.
//
//	(a|b|)  one of these, or nothing
//	…       at most three words, none of them beyond a punctuation mark
//	word*   any ending; a phrase starts and ends at a word's edge otherwise
//
// Phrases are folded as texts are: write accents or leave them out.
//
//go:embed data/*.tsv
var data embed.FS

// phrase is a pattern taken apart at its gaps: each part in all its wordings.
type phrase [][]wording

type wording struct {
	text string
	open bool // may go on with any ending
}

// phrases is one word list.
type phrases struct {
	list []phrase
	// starts finds the phrases by the first two bytes of their first part.
	starts map[[2]byte][]start
}

type start struct {
	first  wording
	phrase int
}

// list gives a word list that is read when it is first used: functions that
// import this package for something else start without it.
func list(name string) func() phrases {
	return sync.OnceValue(func() phrases { return load(name) })
}

func load(name string) phrases {
	raw, err := data.ReadFile("data/" + name + ".tsv")
	if err != nil {
		panic("guard: embedded word list is missing: " + name) // a build without its data
	}
	p := phrases{starts: map[[2]byte][]start{}}
	for line := range strings.Lines(string(raw)) {
		_, pattern, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if ok && !strings.HasPrefix(line, "#") {
			p.add(compile(pattern))
		}
	}
	return p
}

func (p *phrases) add(ph phrase) {
	for _, first := range ph[0] {
		if len(first.text) > 1 {
			key := [2]byte{first.text[0], first.text[1]}
			p.starts[key] = append(p.starts[key], start{first, len(p.list)})
		}
	}
	p.list = append(p.list, ph)
}

func compile(pattern string) phrase {
	var ph phrase
	for part := range strings.SplitSeq(pattern, "…") {
		var wordings []wording
		for _, variant := range expand(part) {
			text, open := strings.CutSuffix(strings.Join(strings.Fields(variant), " "), "*")
			if text = plain(text); text != "" {
				wordings = append(wordings, wording{text, open})
			}
		}
		ph = append(ph, wordings)
	}
	return ph
}

// expand writes out the alternatives of the first group, then of the rest.
func expand(pattern string) []string {
	open := strings.IndexByte(pattern, '(')
	if open < 0 {
		return []string{pattern}
	}
	length := strings.IndexByte(pattern[open:], ')')
	if length < 0 {
		return []string{pattern}
	}
	rests := expand(pattern[open+length+1:])
	var out []string
	for alternative := range strings.SplitSeq(pattern[open+1:open+length], "|") {
		for _, rest := range rests {
			out = append(out, pattern[:open]+alternative+rest)
		}
	}
	return out
}

// unspaced reports scripts that write words without spaces between them.
func unspaced(r rune) bool {
	return r >= '\u0E00' && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
}

// places finds a list's phrases, as pairs of byte offsets in a folded text, in
// order and overlapping ones joined. It takes time linear in the text.
func (p phrases) places(text string) [][2]int {
	var out [][2]int
	for i := 0; i+1 < len(text); i++ {
		if !utf8.RuneStart(text[i]) || !edge(text, i) {
			continue
		}
		for _, s := range p.starts[[2]byte{text[i], text[i+1]}] {
			if !s.first.at(text, i) {
				continue
			}
			if end, ok := follow(text, i+len(s.first.text), p.list[s.phrase][1:]); ok {
				out = append(out, [2]int{i, end})
			}
		}
	}
	return join(out)
}

// at reports whether the wording stands at i, as a whole word.
func (w wording) at(text string, i int) bool {
	return strings.HasPrefix(text[i:], w.text) && edge(text, i) && (w.open || edge(text, i+len(w.text)))
}

// follow matches the other parts behind end, each over a gap.
func follow(text string, end int, parts [][]wording) (int, bool) {
	for _, part := range parts {
		var ok bool
		if end, ok = gap(text, end, part); !ok {
			return 0, false
		}
	}
	return end, true
}

// join sorts places and makes one of those that overlap.
func join(places [][2]int) [][2]int {
	slices.SortFunc(places, func(a, b [2]int) int { return a[0] - b[0] })
	var out [][2]int
	for _, p := range places {
		if n := len(out); n > 0 && p[0] < out[n-1][1] {
			out[n-1][1] = max(out[n-1][1], p[1])
			continue
		}
		out = append(out, p)
	}
	return out
}

func (f folded) originals(places [][2]int) []span {
	var out []span
	for _, p := range places {
		out = append(out, f.original(p[0], p[1]))
	}
	return out
}

// How far a gap may reach. Characters of scripts without spaces say more each.
const (
	gapWords    = 3
	gapRunes    = 36
	gapUnspaced = 12 // Chinese and Japanese characters
)

// gap looks for a part behind at, over a few words that belong to the same
// thought, and returns its end.
func gap(text string, at int, part []wording) (int, bool) {
	stops := gapStops()
	spaces, runes, unspacedRunes := 0, 0, 0
	for i := at; i < len(text); {
		if end, ok := longest(text, i, part); ok {
			return end, true
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == ' ':
			spaces++
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
			unspacedRunes++
		}
		runes++
		if spaces > gapWords+1 || runes > gapRunes || unspacedRunes > gapUnspaced ||
			strings.ContainsRune(".,;:!?\n。、()", r) || text[i-1] == ' ' && stops[wordAt(text, i)] {
			return 0, false
		}
		i += size
	}
	return 0, false
}

func longest(text string, i int, part []wording) (end int, ok bool) {
	for _, w := range part {
		if i+len(w.text) > end && w.at(text, i) {
			end, ok = i+len(w.text), true
		}
	}
	return end, ok
}

// wordAt is the word that starts at i.
func wordAt(text string, i int) string {
	end := strings.IndexFunc(text[i:], func(r rune) bool { return !wordRune(r) })
	if end < 0 {
		return text[i:]
	}
	return text[i : i+end]
}

// gapStops are the words that no gap passes.
var gapStops = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for _, ph := range load("gap_stop").list {
		for _, w := range ph[0] {
			out[w.text] = true
		}
	}
	return out
})

// edge reports whether i does not stand inside a word.
func edge(text string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	here, _ := utf8.DecodeRuneInString(text[i:])
	return !wordRune(before) || !wordRune(here)
}

// wordRune reports letters and digits of scripts whose words have edges.
func wordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' // folded texts are in lower case
	}
	return r != utf8.RuneError && !unspaced(r) && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// without drops the places that overlap one of the others.
func without(places, others [][2]int) [][2]int {
	return slices.DeleteFunc(places, func(p [2]int) bool {
		return slices.ContainsFunc(others, func(o [2]int) bool { return p[0] < o[1] && o[0] < p[1] })
	})
}
