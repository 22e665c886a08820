package message

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

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

// maxAppLine is more bytes than a line an app adds has.
const maxAppLine = 200

// isAppLine recognises the line a phone or an app adds. It names a device or an app, says
// "sent from" in some language, and is short.
func (s *splitter) isAppLine(line string) bool {
	if len(line) > maxAppLine || line == "" {
		return false
	}
	lower := plainWords(withoutLink(line))
	lower = strings.Trim(lower, "*_[]().。!-—> ")
	if containsAny(lower, s.tables.footers) {
		return true
	}
	return lower != "" && (s.sentFrom(lower, s.tables.sentFrom[lower[0]]) || s.sentFrom(lower, s.tables.sentFrom[0]))
}

// sentFrom reports whether line is one of lines, with a device where that has its gap.
func (s *splitter) sentFrom(line string, lines []appLine) bool {
	for _, l := range lines {
		rest, ok := strings.CutPrefix(line, l.before)
		if !ok {
			continue
		}
		if name, ok := strings.CutSuffix(rest, l.after); ok && s.isDevice(name) {
			return true
		}
	}
	return false
}

// plainWords makes s lower case, with single spaces between its words and none around them.
func plainWords(s string) string {
	if !isASCIIText(s) {
		return strings.Join(strings.Fields(strings.ToLower(s)), " ")
	}
	var buf [maxAppLine]byte
	words := buf[:0]
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == ' ' || c >= '\t' && c <= '\r':
			if n := len(words); n == 0 || words[n-1] == ' ' {
				continue
			}
			c = ' '
		case c >= 'A' && c <= 'Z':
			c |= 0x20
		}
		words = append(words, c)
	}
	return string(bytes.TrimSuffix(words, []byte(" ")))
}

// Longest names of devices and apps: "Verizon, Samsung Galaxy smartphone".
const (
	maxDeviceWords = 8
	maxDeviceRunes = 48
)

// isDevice recognises a name by a known device or app among its first two words, possessive
// included; where words are not separated, by one at its start or end. "Sent with the wrong
// phone case" has none there.
func (s *splitter) isDevice(name string) bool {
	name = strings.TrimSpace(name)
	fields := strings.Fields(name)
	if len(fields) == 0 || len(fields) > maxDeviceWords || utf8.RuneCountInString(name) > maxDeviceRunes {
		return false
	}
	start := strings.Join(fields[:min(2, len(fields))], " ")
	for _, device := range s.tables.devices {
		i := strings.Index(start, device)
		switch {
		case i < 0:
		case isASCIIText(start) || i == 0 || utf8.RuneCountInString(start[:i]) <= 2 || strings.HasSuffix(start, device):
			return true
		case strings.Contains(start[:i], " "):
			return true // second word of a language that separates words
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
