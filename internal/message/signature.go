package message

import "strings"

// maxSignatureLines is the most a signature runs; what is longer below "--" is text.
const maxSignatureLines = 25

// findSignatures folds signatures: below the "-- " line, and the line phones and apps add.
// Both are looked for at the end of each run of own lines.
func (s *splitter) findSignatures() {
	if s.forwarded {
		return
	}
	for end := len(s.lines); end > 0; {
		for end > 0 && s.lines[end-1].kind != ownLine {
			end--
		}
		start := end
		for start > 0 && (s.lines[start-1].kind == ownLine || s.lines[start-1].kind == blankLine) {
			start--
		}
		s.signIn(start, end)
		end = start
	}
}

// signIn looks in lines start to before end, a run of own text.
func (s *splitter) signIn(start, end int) {
	end = s.foldAppLines(start, end)
	for i := end - 1; i >= start && i >= end-maxSignatureLines; i-- {
		if s.isDelimiter(i) {
			s.sign(i, end)
			end = s.foldAppLines(start, i)
		}
	}
}

func (s *splitter) sign(i, end int) {
	for ; i < end; i++ {
		if s.lines[i].kind == ownLine {
			s.lines[i].kind = signatureLine
		}
	}
}

// isDelimiter recognises "-- " (RFC 3676 §4.3), also with its space lost, and with the dash
// that word processors make of it.
func (s *splitter) isDelimiter(i int) bool {
	if s.lines[i].kind != ownLine {
		return false
	}
	switch s.trimmed(i) {
	case "--", "—", "––":
		return true
	}
	return false
}

// foldAppLines folds lines like "Sent from my iPhone" at the end of a run and returns its new end.
func (s *splitter) foldAppLines(start, end int) int {
	for end > start {
		i := end - 1
		switch {
		case s.lines[i].kind == blankLine:
			end--
		case s.isAppLine(s.trimmed(i)):
			s.lines[i].kind = signatureLine
			end--
		case i > start && isLinkLine(s.trimmed(i)) && s.isAppLine(s.trimmed(i-1)):
			s.lines[i].kind = signatureLine // "Get Outlook for iOS", then its link
			end--
		default:
			return end
		}
	}
	return end
}

// isAppLine recognises the line a phone or an app adds. It names a device or an app, says
// "sent from" in some language, and is short.
func (s *splitter) isAppLine(line string) bool {
	if len(line) > 200 || line == "" {
		return false
	}
	lower := strings.ToLower(trimLine(withoutLink(line)))
	lower = strings.Trim(lower, "*_[]().。!-—> ")
	if containsAny(lower, s.tables.footers) {
		return true
	}
	if lower == "" || len(lower) > 120 || !containsAny(lower, s.tables.devices) {
		return false
	}
	for _, phrase := range s.tables.sentFrom {
		// A phrase with a space at its end leads; German and Japanese put theirs last.
		if strings.HasPrefix(lower, phrase) || !strings.HasSuffix(phrase, " ") && strings.HasSuffix(lower, phrase) {
			return true
		}
	}
	return false
}

// withoutLink drops "<https://…>" behind the words it belongs to.
func withoutLink(line string) string {
	for {
		open := strings.Index(line, "<http")
		if open < 0 {
			return line
		}
		end := strings.IndexByte(line[open:], '>')
		if end < 0 {
			return line[:open]
		}
		line = line[:open] + line[open+end+1:]
	}
}

func isLinkLine(line string) bool {
	line = strings.Trim(line, "<>[]()")
	return strings.HasPrefix(line, "http") && !strings.Contains(line, " ")
}
