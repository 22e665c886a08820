package guard

import (
	"strings"
	"unicode/utf8"
)

const (
	denialBefore = 40 // runes of the sentence before a phrase
	denialAfter  = 24 // runes behind it: Japanese denies at the end
)

// denied reports whether the sentence around a place says no.
func denied(text string, place [2]int) bool {
	before := sentenceBefore(text, place[0])
	for utf8.RuneCountInString(before) > denialBefore {
		_, size := utf8.DecodeRuneInString(before)
		before = before[size:]
	}
	if len(negationWords().places(before)) > 0 || len(negationWords().places(text[place[0]:place[1]])) > 0 {
		return true
	}
	after := text[place[1]:]
	if i := strings.IndexAny(after, ".!?\n。"); i >= 0 {
		after = after[:i]
	}
	end := 0
	for range denialAfter {
		_, size := utf8.DecodeRuneInString(after[end:])
		end += size
	}
	return len(japaneseNegation().places(after[:end])) > 0
}

// sentenceBefore is the part of the sentence that stands before end.
func sentenceBefore(text string, end int) string {
	before := text[:end]
	before = before[strings.LastIndexAny(before, ".!?\n")+1:]
	if i := strings.LastIndex(before, "。"); i >= 0 {
		before = before[i:]
	}
	return before
}

var japaneseNegation = list("negation_after")
