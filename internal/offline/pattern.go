package offline

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// pattern is a phrase of the word lists: groups of alternatives in a row.
//
//	(where is|where's) (my|the) (order|parcel)   any combination
//	rembours*                                    any ending
//	ordered … (but|and) received                 some words between
type pattern struct {
	groups []group
	// openStart lets the phrase begin inside a word: "*erstattung".
	openStart bool
}

type group []alternative
type alternative []token

type token struct {
	op   op
	word string
}

type op byte

const (
	literal op = iota
	blank      // between two words
	ending     // any letters up to the word's end
	between    // at most gap bytes of other words
)

// gap is how many bytes may lie between two parts of a phrase, some ten words.
const gap = 60

// compile reads a phrase. spellings returns the ways an alternative is typed.
func compile(text string, spellings func(string) []string) (pattern, error) {
	text, openStart := strings.CutPrefix(strings.TrimSpace(text), "*")
	p := pattern{openStart: openStart}
	for rest := text; rest != ""; {
		plain, grouped, tail, err := cutGroup(rest)
		if err != nil {
			return p, fmt.Errorf("%w in %q", err, text)
		}
		if plain != "" {
			p.groups = append(p.groups, newGroup(spellings(plain)))
		}
		if grouped != nil {
			var spelled []string
			for _, alternative := range grouped {
				spelled = append(spelled, spellings(alternative)...)
			}
			p.groups = append(p.groups, newGroup(spelled))
		}
		rest = tail
	}
	if len(p.firsts()) == 0 {
		return p, fmt.Errorf("nothing to find in %q", text)
	}
	return p, nil
}

// cutGroup parts a phrase before and behind its first "(…)".
func cutGroup(text string) (plain string, grouped []string, tail string, err error) {
	plain, rest, opened := strings.Cut(text, "(")
	inside, tail, closed := strings.Cut(rest, ")")
	if opened != closed || strings.ContainsAny(plain, ")|") || strings.Contains(inside, "(") {
		return "", nil, "", fmt.Errorf("brackets do not match")
	}
	if !opened {
		return plain, nil, "", nil
	}
	return plain, strings.Split(inside, "|"), tail, nil
}

func newGroup(alternatives []string) group {
	var g group
	for _, text := range alternatives {
		g = append(g, tokens(text))
	}
	return g
}

func tokens(text string) alternative {
	var out alternative
	for text != "" {
		i := strings.IndexAny(text, " *…")
		if i < 0 {
			return append(out, literals(text)...)
		}
		out = append(out, literals(text[:i])...)
		mark, size := utf8.DecodeRuneInString(text[i:])
		out = append(out, token{op: map[rune]op{' ': blank, '*': ending, '…': between}[mark]})
		text = text[i+size:]
	}
	return out
}

// literals folds a word; hyphens and apostrophes part it.
func literals(word string) alternative {
	var out alternative
	for i, part := range strings.FieldsFunc(fold(word).text, func(r rune) bool { return r == wordEnd || r == clauseEnd || r == sentenceEnd }) {
		if i > 0 {
			out = append(out, token{op: blank})
		}
		out = append(out, token{literal, part})
	}
	return out
}

// firsts are the words that an occurrence can begin with.
func (p pattern) firsts() []string {
	var out []string
	for _, g := range p.groups {
		optional := false
		for _, a := range g {
			i := slices.IndexFunc(a, func(t token) bool { return t.op == literal })
			if i < 0 {
				optional = true
			} else if !slices.Contains(out, a[i].word) {
				out = append(out, a[i].word)
			}
		}
		if !optional {
			return out
		}
	}
	return out
}

// state is how far a pattern has been matched.
type state struct {
	at      int
	blank   bool // a blank is due before the next literal
	started bool
	gapped  bool // words lie between the parts
}

// match tries the pattern at a place of folded text and returns the longest way.
func (p pattern) match(text string, at int) (end int, gapped, ok bool) {
	s, ok := matchGroups(text, p.groups, state{at: at})
	return s.at, s.gapped, ok
}

func matchGroups(text string, groups []group, s state) (best state, ok bool) {
	if len(groups) == 0 {
		return s, s.started && wordEnds(text, s.at)
	}
	for _, a := range groups[0] {
		if end, fits := matchTokens(text, a, groups[1:], s); fits && (!ok || end.at > best.at) {
			best, ok = end, true
		}
	}
	return best, ok
}

func matchTokens(text string, a alternative, rest []group, s state) (state, bool) {
	for i, t := range a {
		switch t.op {
		case blank:
			s.blank = s.started
		case ending:
			s.at = endOfWord(text, s.at)
		case between:
			if !s.started || s.at < len(text) && !wordEnds(text, s.at) {
				return s, false
			}
			return matchBeyond(text, a[i+1:], rest, s)
		case literal:
			var ok bool
			if s, ok = s.take(text, t.word); !ok {
				return s, false
			}
		}
	}
	return matchGroups(text, rest, s)
}

// take matches a literal, after the blank that is due.
func (s state) take(text, word string) (state, bool) {
	if s.blank {
		s.blank = false
		switch {
		case s.at < len(text) && text[s.at] == wordEnd:
			s.at++
		case !wordEnds(text, s.at) || s.at == len(text):
			return s, false
		}
	}
	if !strings.HasPrefix(text[s.at:], word) {
		return s, false
	}
	s.at, s.started = s.at+len(word), true
	return s, true
}

// matchBeyond goes on at the nearest word of the sentence where the rest fits.
func matchBeyond(text string, a alternative, rest []group, s state) (state, bool) {
	limit := min(s.at+gap, len(text))
	for at := s.at; at < limit && text[at] != sentenceEnd; at++ {
		if !utf8.RuneStart(text[at]) || !wordStarts(text, at) {
			continue
		}
		next := state{at: at, started: true, gapped: true}
		if end, ok := matchTokens(text, trimBlank(a), rest, next); ok {
			return end, true
		}
	}
	return s, false
}

func trimBlank(a alternative) alternative {
	if len(a) > 0 && a[0].op == blank {
		return a[1:]
	}
	return a
}

// wordEnds reports whether no word of a spaced script goes on at text[at:].
func wordEnds(text string, at int) bool {
	if at == len(text) {
		return true
	}
	last, _ := utf8.DecodeLastRuneInString(text[:at])
	next, _ := utf8.DecodeRuneInString(text[at:])
	return !wordLetter(last) || !wordLetter(next)
}

// wordStarts reports whether a word can begin at text[at:].
func wordStarts(text string, at int) bool {
	next, _ := utf8.DecodeRuneInString(text[at:])
	return next != wordEnd && next != clauseEnd && wordEnds(text, at)
}

func endOfWord(text string, at int) int {
	for at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		if !wordLetter(r) {
			break
		}
		at += size
	}
	return at
}
