package message

import (
	"strings"
	"unicode/utf8"
)

// Longest lines that can announce something; longer ones are text.
const (
	maxAttribution = 400
	maxMarkerLine  = 160
	maxLabel       = 60
)

// maxWrapped is over how many lines an attribution may be broken.
const maxWrapped = 4

// markerPhrase returns what stands between the dashes of a marker line such as
// "-----Original Message-----". dashed is false without a rule on the left.
func markerPhrase(line string) (phrase string, dashed bool) {
	if len(line) > maxMarkerLine {
		return "", false
	}
	const rule = "-_=*—–─－＿~•#"
	inner := strings.TrimLeft(line, rule)
	dashed = len(line)-len(inner) >= 2
	inner = strings.TrimRight(inner, rule+":： \t\u00a0")
	return trimLine(inner), dashed
}

// isIn looks a marker phrase up.
func isIn(set map[string]bool, phrase string) bool {
	var buf [maxMarkerLine]byte
	return set[string(inLower(buf[:], phrase))]
}

// inLower is s in lower case, in buf where that is long enough.
func inLower(buf []byte, s string) []byte {
	if len(s) > len(buf) || !isASCIIText(s) {
		return []byte(strings.ToLower(s))
	}
	return lowerInto(buf, s)
}

// isOriginal recognises "-----Original Message-----" and its kin.
func (s *splitter) isOriginal(line string) bool {
	if !ruled(line) {
		return false
	}
	phrase, dashed := markerPhrase(line)
	return dashed && isIn(s.tables.originals, phrase)
}

// isForward recognises the line above forwarded mail; Apple Mail writes it without dashes and
// with a colon at its end.
func (s *splitter) isForward(line string) bool {
	if !ruled(line) && !strings.HasSuffix(line, ":") && !strings.HasSuffix(line, "：") {
		return false
	}
	phrase, dashed := markerPhrase(line)
	// One word and a colon is too little: "Forwarded:" can be anything.
	if !dashed && !strings.Contains(phrase, " ") && utf8.RuneCountInString(phrase) < 6 {
		return false
	}
	return isIn(s.tables.forwards, phrase)
}

// ruled is a cheap first test for a line that starts with a rule; 0xe2 and 0xef begin the
// dashes outside ASCII.
func ruled(line string) bool {
	return len(line) > 2 && (strings.IndexByte("-_=*~#", line[0]) >= 0 || line[0] == 0xe2 || line[0] == 0xef)
}

// isReplyAbove recognises the line ticket systems ask to answer above, always with a rule or "##".
func (s *splitter) isReplyAbove(line string) bool {
	if len(line) > maxMarkerLine || !ruled(line) || strings.Trim(line, "-_=*~#") == "" {
		return false
	}
	return containsAny(strings.ToLower(line), s.tables.replyAbove)
}

// isRuleAboveHeader recognises the line of underscores Outlook draws above the header block.
func (s *splitter) isRuleAboveHeader(i int) bool {
	line := s.trimmed(i)
	if len(line) < 10 || strings.Trim(line, "_-—─") != "" {
		return false
	}
	next := s.nextText(i + 1)
	return next < len(s.lines) && s.lines[next].kind == ownLine && s.headerBlock(next)
}

// headerBlock reports whether line i starts a block like
//
//	From: Ann Example <ann@example.com>
//	Sent: Monday, 1 January 2024 10:00
//	To: Shop
//	Subject: Order
//
// in any of the languages. Long values may wrap; one blank line may separate each two.
func (s *splitter) headerBlock(i int) bool {
	first, _, ok := s.headerLine(s.trimmed(i))
	if !ok || first&(fieldFrom|fieldSent|fieldSubject|fieldTo) == 0 {
		return false
	}
	var seen headerField
	fields, misses, fromAddress := 0, 0, false
	for n := 0; i < len(s.lines) && n < 16 && misses <= 3; i, n = i+1, n+1 {
		line := s.trimmed(i)
		if line == "" {
			misses++
			continue
		}
		field, value, ok := s.headerLine(line)
		if !ok {
			misses++
			continue
		}
		misses = 0
		if added := field &^ seen; added != 0 {
			seen |= added & -added // a label of two meanings counts for the first one free
			fields++
		}
		if field&fieldFrom != 0 && strings.Contains(value, "@") {
			fromAddress = true
		}
	}
	if seen&fieldFrom == 0 {
		return false
	}
	dated := seen&fieldSent != 0
	return fields >= 3 && (dated || seen&fieldTo != 0) || fields >= 2 && dated && fromAddress
}

// headerLine reads "Label: value", also as a table row ("| From | Ann |") or in bold.
func (s *splitter) headerLine(line string) (headerField, string, bool) {
	for len(line) > 0 && (line[0] == '*' || line[0] == '|' || line[0] == ' ' || line[0] == '\t') {
		line = line[1:]
	}
	sep := labelEnd(line)
	if sep <= 0 {
		return 0, "", false
	}
	label := strings.TrimRight(line[:sep], "* \u00a0")
	var buf [maxLabel]byte
	field, ok := s.tables.labels[string(appendLabel(buf[:0], label))]
	if !ok {
		return 0, "", false
	}
	return field, line[sep:], true
}

// appendLabel adds a label as the tables hold it: in lower case, without spaces.
func appendLabel(buf []byte, label string) []byte {
	for i := 0; i < len(label); i++ {
		switch c := label[i]; {
		case c >= utf8.RuneSelf:
			return append(buf[:0], strings.ToLower(withoutSpaces(label))...)
		case c >= 'A' && c <= 'Z':
			buf = append(buf, c|0x20)
		case c != ' ' && c != '\t':
			buf = append(buf, c)
		}
	}
	return buf
}

// labelEnd is where the separator behind a label stands, -1 when none is near.
func labelEnd(line string) int {
	end, head := -1, line[:min(len(line), maxLabel)]
	for _, sep := range []byte(":|\t") {
		if i := strings.IndexByte(head, sep); i >= 0 {
			end, head = i, head[:i]
		}
	}
	const wide = "："
	if i := strings.Index(line[:min(len(line), len(head)+len(wide)-1)], wide); i >= 0 {
		return i
	}
	return end
}

// attributionAt looks for an attribution ("On Monday … Ann wrote:") that ends in line i and
// returns the line it starts in, -1 without one. strong ones are history even when what
// follows is not marked as quoted.
func (s *splitter) attributionAt(i int) (from int, strong bool) {
	last := attributionPart(s.trimmed(i))
	if len(last) > maxAttribution || !s.endsAttribution(last) {
		return -1, false
	}
	from = -1
	joined := ""
	for k := i; k >= 0 && k > i-maxWrapped && s.lines[k].kind == ownLine; k-- {
		line := last
		if k < i {
			line = s.trimmed(k)
		}
		joined = line + " " + joined
		if len(joined) > maxAttribution {
			break
		}
		weak, full := s.attribution(trimLine(joined))
		if !weak {
			continue
		}
		lead := s.hasLead(line)
		if from < 0 || lead || full && !strong {
			from, strong = k, full
		}
		if lead {
			break
		}
	}
	if from > 0 && !strings.Contains(s.span(from, i), "@") && s.isNameLine(from-1) {
		return from - 1, true // "Ann Example <ann@example.com>", then "于2024年1月1日写道："
	}
	return from, strong
}

// attributionPart cuts off the history that Yahoo's app (2020) writes into the same line:
// "On … wrote:   Dear Ann".
func attributionPart(line string) string {
	if i := strings.Index(line, ":   "); i > 0 {
		return line[:i+1]
	}
	return line
}

// span is the text of lines from to last.
func (s *splitter) span(from, last int) string {
	return s.text[s.lines[from].start:s.lines[last].end]
}

// isNameLine recognises a line that is only a name and an address.
func (s *splitter) isNameLine(i int) bool {
	if s.lines[i].kind != ownLine {
		return false
	}
	line := s.trimmed(i)
	return len(line) <= 120 && strings.HasSuffix(line, ">") && strings.Contains(line, "@") && strings.Contains(line, "<")
}

// endsAttribution is a cheap first test: a colon at the end, or the verb itself (Zoho writes
// "---- On … wrote ----").
func (s *splitter) endsAttribution(line string) bool {
	if strings.HasSuffix(line, ":") || strings.HasSuffix(line, "：") {
		return true
	}
	return strings.HasSuffix(line, "----") && strings.HasPrefix(line, "----")
}

// attribution weighs the evidence in one joined line: a verb, an address, a date, a time.
func (s *splitter) attribution(line string) (weak, strong bool) {
	line = strings.TrimRight(trimLine(strings.Trim(line, "-")), ":：*_ \u00a0\u202f")
	address := strings.Contains(line, "@")
	digits := strings.ContainsAny(line, "0123456789")
	if !digits && !address {
		return false, false
	}
	lower := strings.ToLower(line)
	verb := hasAnySuffix(lower, s.tables.verbs) || containsAny(lower, s.tables.infixes)
	date, clock := dateEvidence(line)
	weak = verb && (digits || address) || address && clock
	strong = date && clock && (verb || address && s.hasLead(line))
	return weak, strong
}

func (s *splitter) hasLead(line string) bool {
	if !strings.ContainsAny(line, "0123456789") {
		return false
	}
	line = strings.ToLower(strings.TrimLeft(line, "-* \t"))
	if date, _ := dateEvidence(line); date && isDigit(line[0]) {
		return true
	}
	for _, lead := range s.tables.leads {
		if strings.HasPrefix(line, lead) {
			return true
		}
	}
	return false
}

// answersBetween reports whether the text above line i says that answers stand further down,
// between the lines of the history.
func (s *splitter) answersBetween(i int) bool {
	const most = 600 // such a remark comes with little other text
	above := s.text[:s.lines[i].start]
	if len(above) > most {
		return false
	}
	return containsAny(strings.ToLower(above), s.tables.below)
}

// dateEvidence looks for a full date (a year, or day, month and year in digits) and for a time
// of day. It is evidence, not parsing: no language's date format is known here.
func dateEvidence(s string) (date, clock bool) {
	for i := 0; i < len(s); {
		if s[i] < '0' || s[i] > '9' {
			i++
			continue
		}
		start, number := i, 0
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			number = min(number*10+int(s[i]-'0'), 1<<20)
			i++
		}
		rest := s[i:]
		switch digits := i - start; {
		case digits == 4 && (number >= firstYear && number <= lastYear || number >= firstYear+543 && number <= lastYear+543):
			date = true // 543: the Buddhist era of Thai dates
		case digits <= 2 && number <= 31 && isNumericDate(rest):
			date = true
		}
		if i-start <= 2 && number <= 24 && isClock(rest) {
			clock = true
		}
	}
	return date, clock
}

// isNumericDate matches the rest of "31/01/24" behind its first number.
func isNumericDate(rest string) bool {
	if len(rest) < 4 || strings.IndexByte("./-", rest[0]) < 0 {
		return false
	}
	sep := rest[0]
	rest = rest[1:]
	n := 0
	for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
		n++
	}
	return n >= 1 && n <= 2 && len(rest) > n+2 && rest[n] == sep && isDigit(rest[n+1]) && isDigit(rest[n+2])
}

// isClock matches the rest of "10:00", "10.00", "10h00", "10 h 00" or "10時00" behind the hour.
func isClock(rest string) bool {
	for _, sep := range []string{":", ".", "h", " h ", "時", "时", "点", "點"} {
		if after, ok := strings.CutPrefix(rest, sep); ok {
			return len(after) >= 2 && isDigit(after[0]) && isDigit(after[1])
		}
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func hasAnySuffix(s string, list []string) bool {
	for _, suffix := range list {
		if strings.HasSuffix(s, suffix) {
			return true
		}
	}
	return false
}

func containsAny(s string, list []string) bool {
	for _, word := range list {
		if strings.Contains(s, word) {
			return true
		}
	}
	return false
}
