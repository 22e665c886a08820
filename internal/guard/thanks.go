package guard

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var clauseEnds = regexp.MustCompile(`[.!?,;:。、…\n]+`)

// onlyThanks finds answers that say nothing but thank you: every clause is a
// greeting, a thank-you, a farewell or a name.
func onlyThanks(d draft) []span {
	names := map[string]bool{}
	for _, n := range d.OwnNames {
		names[plain(n)] = true
	}
	thanked, farewell := false, false
	clauses := clauseEnds.Split(splitLines(d), -1)
	for i, clause := range clauses {
		clause = strings.TrimSpace(clause)
		switch {
		case clause == "" || names[clause]:
		case short(clause) && len(thanksWords().places(clause)) > 0:
			thanked = true
		case brief(clause) && len(farewellWords().places(clause)) > 0:
			farewell = true
		case brief(clause) && len(greetingWords().places(clause)) > 0:
		case brief(clause) && farewell && i >= len(clauses)-3: // the name below the farewell
		default:
			return nil
		}
	}
	if !thanked {
		return nil
	}
	return []span{{start: 0, end: len(d.Text)}}
}

// splitLines keeps the line feeds that folding drops: a greeting and a name
// stand on lines of their own.
func splitLines(d draft) string {
	var b strings.Builder
	for line := range strings.Lines(d.Text) {
		b.WriteString(fold(line).loose)
		b.WriteByte('\n')
	}
	return b.String()
}

// short is the length of a thank-you with what it is for. A number says more
// than thanks: an order, a date, an amount.
func short(clause string) bool {
	limit := 70
	if strings.ContainsFunc(clause, unspaced) {
		limit = 32
	}
	return len(strings.Fields(clause)) <= 12 && utf8.RuneCountInString(clause) <= limit && !strings.ContainsAny(clause, "0123456789")
}

// brief is the length of a greeting or a name.
func brief(clause string) bool {
	return len(strings.Fields(clause)) <= 5 && utf8.RuneCountInString(clause) <= 30
}
