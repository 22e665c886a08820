package offline

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// summaryLimit is the length of a summary in characters, sentencesRead how many
// sentences are weighed for it.
const (
	summaryLimit  = 140
	sentencesRead = 20
)

// summary is the buyer's own sentence that says most about the intent: the one
// whose phrases weigh most, the first of equals.
func (e *Engine) summary(mail assist.Mail, written desk.Language, intent desk.Intent) string {
	best, most := "", -1
	said := sentences(strings.ToValidUTF8(clip(mail.Text, maxText), ""))
	for _, sentence := range said[:min(len(said), sentencesRead)] {
		weight := 0
		for _, m := range e.lexicons.read(sentence, written).matches {
			switch {
			case m.kind == kind(intent):
				weight += 3 * m.weight
			case kinds[m.kind] == wishes, kinds[m.kind] == risks:
				weight += m.weight
			}
		}
		if utf8.RuneCountInString(sentence) >= enoughToSay {
			weight++
		}
		if weight > most {
			best, most = sentence, weight
		}
	}
	if best == "" {
		best = strings.Join(strings.Fields(strings.ToValidUTF8(mail.Subject, "")), " ")
	}
	return shorten(best, summaryLimit)
}

// enoughToSay is the length in characters that tells a sentence from a greeting.
const enoughToSay = 12

// sentences cuts a text at full stops, question marks and empty lines. White
// space within a sentence becomes one blank.
func sentences(text string) []string {
	var out []string
	start := 0
	cut := func(end int) {
		if s := strings.Join(strings.Fields(text[start:end]), " "); strings.ContainsFunc(s, unicode.IsLetter) {
			out = append(out, s)
		}
		start = end
	}
	for i, r := range text {
		rest := text[i+utf8.RuneLen(r):]
		switch {
		case strings.ContainsRune("。！？", r),
			strings.ContainsRune(".!?…", r) && (rest == "" || rest[0] <= ' '):
			cut(i + utf8.RuneLen(r))
		case r == '\n' && blankLine(rest):
			cut(i)
		}
	}
	cut(len(text))
	return out
}

// shorten cuts at a word's end and says so with an ellipsis.
func shorten(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	cut := string([]rune(s)[:limit-1])
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
		cut = cut[:i]
	}
	return strings.TrimRightFunc(cut, unicode.IsSpace) + "…"
}
