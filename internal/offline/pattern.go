package offline

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// pattern is a phrase of the word lists: groups of alternatives in a row.
//
//	(where is|where's) (my|the) (order|parcel)   any combination, nested at will
//	rembours*                                    any ending
//	ordered … (but|and) received                 some words between
type pattern struct {
	sequence sequence
	// openStart lets the phrase begin inside a word: "*erstattung".
	openStart bool
}

type sequence []token

type token struct {
	op     op
	word   string     // of a literal
	choice []sequence // of a choice
}

type op byte

const (
	literal op = iota
	choice
	blank   // between two words
	ending  // any letters up to the word's end
	between // at most gap bytes of other words
)

// gap is how many bytes may lie between two parts of a phrase, some ten words.
const gap = 60

// compile reads a phrase. spellings returns the ways a word is typed.
func compile(text string, marks accents, spellings func(string) []string) (pattern, error) {
	written, openStart := strings.CutPrefix(strings.TrimSpace(text), "*")
	c := compiler{rest: written, marks: marks, spellings: spellings}
	alternatives := c.alternatives()
	if c.rest != "" || c.open != 0 || len(alternatives) > 1 {
		return pattern{}, fmt.Errorf("brackets do not match in %q", text)
	}
	p := pattern{alternatives[0], openStart}
	if words, optional := p.sequence.firsts(); optional || len(words) == 0 {
		return pattern{}, fmt.Errorf("nothing to find in %q", text)
	}
	return p, nil
}

// compiler reads a phrase from left to right.
type compiler struct {
	rest      string
	open      int
	marks     accents
	spellings func(string) []string
}

// alternatives reads up to the closing bracket or the end.
func (c *compiler) alternatives() []sequence {
	out := []sequence{nil}
	for c.rest != "" {
		last := &out[len(out)-1]
		mark, size := utf8.DecodeRuneInString(c.rest)
		switch mark {
		case ')':
			return out
		case '|':
			out = append(out, nil)
		case '(':
			c.rest = c.rest[size:]
			c.open++
			*last = append(*last, token{op: choice, choice: c.alternatives()})
			if c.rest == "" {
				return out
			}
			c.open--
		case ' ':
			*last = append(*last, token{op: blank})
		case '*':
			*last = append(*last, token{op: ending})
		case '…':
			*last = append(*last, token{op: between})
		default:
			size = strings.IndexAny(c.rest+"|", "()| *…")
			*last = append(*last, c.word(c.rest[:size])...)
		}
		c.rest = c.rest[size:]
	}
	return out
}

func (c *compiler) word(text string) sequence {
	spelled := c.spellings(text)
	if len(spelled) == 1 {
		return literals(text, c.marks)
	}
	t := token{op: choice}
	for _, s := range spelled {
		t.choice = append(t.choice, literals(s, c.marks))
	}
	return sequence{t}
}

// literals folds a word; hyphens and apostrophes part it.
func literals(word string, marks accents) sequence {
	var out sequence
	for i, part := range strings.FieldsFunc(fold(word, marks).text, func(r rune) bool { return r == wordEnd || r == clauseEnd || r == sentenceEnd }) {
		if i > 0 {
			out = append(out, token{op: blank})
		}
		out = append(out, token{op: literal, word: part})
	}
	return out
}

// firsts are the words that an occurrence can begin with; optional is true when
// it can be empty.
func (q sequence) firsts() (words []string, optional bool) {
	for _, t := range q {
		switch t.op {
		case literal:
			return append(words, t.word), false
		case choice:
			empty := false
			for _, alternative := range t.choice {
				more, may := alternative.firsts()
				words = append(words, more...)
				empty = empty || may
			}
			if !empty {
				return words, false
			}
		}
	}
	return words, true
}

// state is how far a pattern has been matched.
type state struct {
	at      int
	blank   bool // a blank is due before the next literal
	started bool
	gapped  bool // words lie between the parts
	fresh   bool // a gap has just ended: a blank means nothing
}

// match tries the pattern at a place of folded text and returns the longest way.
func (p pattern) match(text string, at int) (end int, gapped, ok bool) {
	s, ok := p.sequence.match(text, nil, state{at: at})
	return s.at, s.gapped, ok
}

// frame is what follows the sequence at hand.
type frame struct {
	rest sequence
	next *frame
}

func (q sequence) match(text string, then *frame, s state) (state, bool) {
	for i, t := range q {
		switch t.op {
		case blank:
			s.blank = s.started && !s.fresh
		case ending:
			s.at = endOfWord(text, s.at)
		case literal:
			var ok bool
			if s, ok = s.take(text, t.word); !ok {
				return s, false
			}
		case choice:
			return matchChoice(text, t.choice, &frame{q[i+1:], then}, s)
		case between:
			return matchBeyond(text, q[i+1:], then, s)
		}
	}
	if then != nil {
		return then.rest.match(text, then.next, s)
	}
	return s, s.started && wordEnds(text, s.at)
}

func matchChoice(text string, choice []sequence, then *frame, s state) (best state, ok bool) {
	for _, q := range choice {
		if end, fits := q.match(text, then, s); fits && (!ok || end.at > best.at) {
			best, ok = end, true
		}
	}
	return best, ok
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
	s.at, s.started, s.fresh = s.at+len(word), true, false
	return s, true
}

// matchBeyond goes on at the nearest word of the sentence where the rest fits.
func matchBeyond(text string, q sequence, then *frame, s state) (state, bool) {
	if !s.started || !wordEnds(text, s.at) {
		return s, false
	}
	limit := min(s.at+gap, len(text))
	for at := s.at; at < limit && text[at] != sentenceEnd; at++ {
		if !utf8.RuneStart(text[at]) || !wordStarts(text, at) {
			continue
		}
		if end, ok := q.match(text, then, state{at: at, started: true, gapped: true, fresh: true}); ok {
			return end, true
		}
	}
	return s, false
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
