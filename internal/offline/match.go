package offline

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// match is a phrase found in folded text.
type match struct {
	phrase
	start, end int
	gapped     bool
}

// hides reports whether other is only part of what m says: "not happy" is no
// happiness. Phrases with other words between hide nothing.
func (m match) hides(other match) bool {
	same := m.end-m.start == other.end-other.start && (m.kind != ignore || other.kind == ignore)
	if m.gapped || m.start > other.start || m.end < other.end || same {
		return false
	}
	return m.kind == ignore || kinds[m.kind] == kinds[other.kind]
}

// find lists the phrases of a folded text by where they start. Phrases inside a
// longer one of their family and wishes that the text denies are left out.
func find(text string, lists []*lexicon) []match {
	var found []match
	for _, list := range lists {
		found = list.find(text, found)
	}
	slices.SortFunc(found, func(a, b match) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end), cmp.Compare(a.kind, b.kind))
	})
	out := slices.DeleteFunc(visible(found), denied(text, found))
	if done(out) {
		out = slices.DeleteFunc(out, within(out, settled))
	}
	return out
}

// done reports whether a mail gives thanks for what was settled and leaves
// nothing open: "the refund arrived, thank you".
func done(found []match) bool {
	has := map[kind]bool{}
	for _, m := range found {
		has[m.kind] = true
	}
	return has[settled] && has[kind(desk.Thanks)] && !has[open]
}

// within finds the wishes that begin inside what a helper says.
func within(found []match, helper kind) func(match) bool {
	var spans []match
	for _, m := range found {
		if m.kind == helper {
			spans = append(spans, m)
		}
	}
	return func(m match) bool {
		return deniable[m.kind] && slices.ContainsFunc(spans, func(s match) bool { return s.start <= m.start && m.start < s.end })
	}
}

func (l *lexicon) find(text string, found []match) []match {
	l.words.scan(text, func(word, end int) {
		start := end - l.lengths[word]
		whole := wordStarts(text, start)
		for _, n := range l.begin[word] {
			p := l.phrases[n]
			if !whole && !p.openStart {
				continue
			}
			if end, gapped, ok := p.match(text, start); ok {
				found = append(found, match{p, start, end, gapped})
			}
		}
	})
	return found
}

// wordLetter reports whether r belongs to a word of a script with spaces.
func wordLetter(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || accent(r)) && !unspaced(r)
}

// longestPhrase bounds how far back a phrase can begin that hides another, in
// bytes. Only phrases without words between hide.
const longestPhrase = 160

// visible drops matches inside a longer one of their family, and a kind's second
// match at the same place. The list is sorted by start, the longer first.
func visible(found []match) []match {
	var out []match
	for i, m := range found {
		hidden := false
		for j := i - 1; j >= 0 && m.start-found[j].start <= longestPhrase && !hidden; j-- {
			hidden = found[j].hides(m) || found[j].start == m.start && found[j].kind == m.kind
		}
		if !hidden {
			out = append(out, m)
		}
	}
	return out
}

// deniable are the wishes that people mention to say that they do not have them.
var deniable = map[kind]bool{
	"refund": true, "return": true, "replacement": true, "cancel": true, "claim": true, "negative_review": true,
	"address_change": true, "invoice": true, reviewThreat: true, chargeback: true, legal: true,
}

// denialReach is how many characters may stand between a denial and the wish:
// "do not want [a full] refund", "不要[给我]退款".
const (
	denialReach         = 8
	unspacedDenialReach = 3
)

// denied reports whether a wish is denied in its own clause.
func denied(text string, found []match) func(match) bool {
	return func(m match) bool {
		return deniable[m.kind] && slices.ContainsFunc(found, func(d match) bool {
			switch d.kind {
			case deny:
				return d.start <= m.start && d.end <= m.end && (d.end > m.start || near(text[d.end:m.start]))
			case denyAfter:
				return m.end <= d.start && near(text[m.end:d.start])
			}
			return false
		})
	}
}

func near(between string) bool {
	between = strings.Trim(between, " ")
	reach := denialReach
	if strings.ContainsFunc(between, unspaced) {
		reach = unspacedDenialReach
	}
	return !strings.ContainsAny(between, ",\n") && utf8.RuneCountInString(between) <= reach
}
