package guard

import (
	"embed"
	"slices"
	"strings"
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

// phrase is a pattern taken apart at its gaps.
type phrase struct {
	parts []string
	open  []bool // part i may go on with any ending
}

// phrases is one word list.
type phrases struct {
	list []phrase
	// byStart finds the phrases by the first two bytes; none is shorter that a
	// text is searched for.
	byStart map[[2]byte][]int
}

func load(name string) phrases {
	raw, err := data.ReadFile("data/" + name + ".tsv")
	if err != nil {
		panic("guard: embedded word list is missing: " + name) // a build without its data
	}
	p := phrases{byStart: map[[2]byte][]int{}}
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(line)
		_, pattern, ok := strings.Cut(line, "\t")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		for _, variant := range expand(pattern) {
			p.add(compile(variant))
		}
	}
	return p
}

func (p *phrases) add(ph phrase) {
	if len(ph.parts) == 0 {
		return
	}
	if first := ph.parts[0]; len(first) > 1 {
		key := [2]byte{first[0], first[1]}
		p.byStart[key] = append(p.byStart[key], len(p.list))
	}
	p.list = append(p.list, ph)
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

func compile(variant string) phrase {
	var ph phrase
	for part := range strings.SplitSeq(variant, "…") {
		part = strings.Join(strings.Fields(part), " ")
		word, open := strings.CutSuffix(part, "*")
		if word = plain(word); word == "" {
			continue
		}
		ph.parts, ph.open = append(ph.parts, word), append(ph.open, open)
	}
	return ph
}

// unspaced reports scripts that write words without spaces between them.
func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
}

// find gives the places of a list's phrases, in order, overlapping ones joined.
// It takes time linear in the text for a given list.
func (p phrases) find(f folded) []span {
	return f.originals(p.places(f.loose))
}

// places are pairs of byte offsets in a folded text.
func (p phrases) places(text string) [][2]int {
	var out [][2]int
	for i := 0; i+1 < len(text); i++ {
		if !utf8.RuneStart(text[i]) {
			continue
		}
		for _, n := range p.byStart[[2]byte{text[i], text[i+1]}] {
			if end, ok := p.list[n].match(text, i); ok {
				out = append(out, [2]int{i, end})
			}
		}
	}
	return join(out)
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

// match tries the phrase at start.
func (ph phrase) match(text string, start int) (end int, ok bool) {
	at := start
	for i, part := range ph.parts {
		if i > 0 {
			if at, ok = gap(text, at, part, ph.open[i]); !ok {
				return 0, false
			}
		}
		if !strings.HasPrefix(text[at:], part) || !edge(text, at) {
			return 0, false
		}
		at += len(part)
		if !ph.open[i] && !edge(text, at) {
			return 0, false
		}
	}
	return at, true
}

// How far a gap may reach. Characters of scripts without spaces say more each.
const (
	gapWords    = 3
	gapRunes    = 36
	gapUnspaced = 12 // Chinese and Japanese characters
)

// gap looks for part behind at, over a few words that belong to the same thought.
func gap(text string, at int, part string, open bool) (int, bool) {
	spaces, runes, unspacedRunes := 0, 0, 0
	for i := at; i < len(text); {
		if strings.HasPrefix(text[i:], part) && edge(text, i) && (open || edge(text, i+len(part))) {
			return i, true
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
			strings.ContainsRune(".,;:!?\n。、()", r) || edge(text, i) && gapStops[wordAt(text, i)] {
			return 0, false
		}
		i += size
	}
	return 0, false
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
var gapStops = stops()

func stops() map[string]bool {
	out := map[string]bool{}
	for _, p := range load("gap_stop").list {
		out[p.parts[0]] = true
	}
	return out
}

// edge reports whether i does not stand inside a word.
func edge(text string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	here, _ := utf8.DecodeRuneInString(text[i:])
	return !wordRune(before) || !wordRune(here)
}

// wordRune reports letters and digits of scripts whose words have edges.
func wordRune(r rune) bool {
	return r != utf8.RuneError && !unspaced(r) && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// without drops the places that overlap one of the others.
func without(places, others [][2]int) [][2]int {
	return slices.DeleteFunc(places, func(p [2]int) bool {
		return slices.ContainsFunc(others, func(o [2]int) bool { return p[0] < o[1] && o[0] < p[1] })
	})
}
