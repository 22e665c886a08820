package message

import "strings"

// parseAddresses reads an address header that was unfolded but not decoded: separators are
// found before encoded words are read, because decoded names may hold commas. Groups are
// flattened, ";" separates like "," (Outlook), and what has no "@" becomes a name.
func parseAddresses(s, fallback string, limit int) (list []Address, cut bool) {
	return appendAddresses(nil, s, fallback, limit)
}

// appendAddresses is parseAddresses for a list that has addresses already; limit counts them.
func appendAddresses(list []Address, s, fallback string, limit int) (_ []Address, cut bool) {
	if strings.Contains(s, "\x1b$") { // raw ISO-2022-JP uses bytes that look like separators
		s = rawHeaderText(s, fallback)
	}
	for s != "" {
		var item string
		item, s = cutAddress(s)
		a := parseAddress(item, fallback)
		if a == (Address{}) {
			continue
		}
		if len(list) == limit {
			return list, true
		}
		list = append(list, a)
	}
	return list, false
}

// cutAddress cuts the first address off the list, and a group name off the address.
func cutAddress(s string) (item, rest string) {
	start := 0
	inAddress, quotes, comments := false, true, true // a failed search is not made twice
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			if quotes {
				end := closingQuote(s[i+1:])
				i += end + 1
				quotes = end >= 0
			}
		case '(':
			if comments {
				n := commentLength(s[i:])
				i += n
				comments = n > 0
			}
		case '@':
			inAddress = true
		case '<':
			inAddress = true
			// Another "<" before the ">" means this one never closes.
			if end := bracketEnd(s[i+1:]); end >= 0 {
				spec := s[i+1 : i+1+end]
				i += end + 1
				if strings.Contains(spec, "@") && commaMissing(s[i+1:]) {
					return s[start : i+1], s[i+1:]
				}
			}
		case ':':
			if !inAddress && !strings.EqualFold(strings.TrimSpace(s[start:i]), "mailto") {
				start = i + 1
			}
		case ',', ';':
			return s[start:i], s[i+1:]
		}
	}
	return s[start:], ""
}

// bracketEnd is where the ">" stands before any other "<", -1 without one.
func bracketEnd(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '>':
			return i
		case '<':
			return -1
		}
	}
	return -1
}

// commaMissing reports whether another address follows in angle brackets before a separator.
func commaMissing(rest string) bool {
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case ',', ';':
			return false
		case '<':
			return true
		}
	}
	return false
}

// commentLength is the offset of the ")" that closes the comment at the start of s, 0 when
// it is never closed.
func commentLength(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			depth--
			if depth == 0 {
				return i
			}
		}
	}
	return 0
}

func parseAddress(s, fallback string) Address {
	s = strings.TrimSpace(s)
	if isPlainAddress(s) {
		return Address{Address: s}
	}
	open := strings.LastIndexByte(s, '<')
	if open < 0 {
		return bareAddress(s, fallback)
	}
	spec, _, _ := strings.Cut(s[open+1:], ">")
	a := Address{Name: displayName(strings.TrimRight(s[:open], "< "), fallback), Address: cleanAddress(spec, fallback)}
	if a.Address == "" && strings.Contains(a.Name, "@") && !strings.Contains(a.Name, " ") {
		return Address{Address: a.Name} // "a@example.com <>"
	}
	if strings.EqualFold(a.Name, a.Address) {
		a.Name = ""
	}
	return a
}

// isPlainAddress recognises what most addresses are made of: nothing in it needs cleaning.
func isPlainAddress(s string) bool {
	at := strings.IndexByte(s, '@')
	if at <= 0 || s[len(s)-1] == '.' {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; !isLetter(c) && !isDigit(c) && c != '.' && c != '-' && c != '_' && c != '+' && c != '@' {
			return false
		}
	}
	return true
}

// bareAddress reads an address without angle brackets: "a@example.com (Name)",
// "Name a@example.com" or an encoded word that hides the whole address.
func bareAddress(s, fallback string) Address {
	if strings.Contains(s, "=?") {
		decoded := decodeHeaderText(s, fallback)
		if strings.Contains(decoded, "<") && strings.Contains(decoded, "@") {
			return parseAddress(decoded, fallback)
		}
	}
	spec := strings.TrimSpace(stripComments(s))
	if !strings.Contains(spec, "@") {
		if strings.ContainsAny(spec, " \t\"") || strings.Contains(spec, "=?") || spec == "" {
			return Address{Name: displayName(s, fallback)}
		}
		return Address{Address: cleanAddress(spec, fallback)} // local user such as MAILER-DAEMON
	}
	name := ""
	if i := strings.LastIndexAny(spec, " \t"); i >= 0 && !strings.HasPrefix(spec, `"`) {
		words := strings.Fields(spec)
		for j, word := range words {
			if strings.Contains(word, "@") {
				name = strings.Join(append(words[:j:j], words[j+1:]...), " ")
				spec = word
				break
			}
		}
	}
	if open := strings.IndexByte(s, '('); name == "" && open >= 0 {
		name = strings.TrimSuffix(strings.TrimSpace(s[open+1:]), ")")
	}
	return Address{Name: displayName(name, fallback), Address: cleanAddress(spec, fallback)}
}

// displayName decodes a phrase: quotes away, encoded words read, also inside quotes.
func displayName(s, fallback string) string {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") {
		s = s[1 : len(s)-1]
	}
	if strings.IndexByte(s, '"') >= 0 {
		s = unquotePhrase(s)
	}
	s = decodeHeaderText(s, fallback)
	for len(s) > 1 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		s = strings.TrimSpace(s[1 : len(s)-1])
	}
	return s
}

// unquotePhrase removes the quotes of each quoted string in a phrase.
func unquotePhrase(s string) string {
	if n := len(s); n > 1 && s[0] == '"' && strings.IndexAny(s[1:], `"\\`) == n-2 && s[n-1] == '"' {
		return s[1 : n-1] // by far the most
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			out = append(out, s[i])
		case s[i] != '"':
			out = append(out, s[i])
		}
	}
	return string(out)
}

// cleanAddress takes spaces, quotes around the whole, source routes and "mailto:" away.
func cleanAddress(s, fallback string) string {
	if isPlainAddress(s) {
		return s
	}
	s = decodeHeaderText(stripComments(s), fallback)
	if strings.HasPrefix(s, `"`) && strings.Contains(s, `"@`) {
		return s // a quoted local part may hold anything
	}
	s = strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '<' || r == '>' || r == '\u00a0' || r == '\u200b' {
			return -1
		}
		return r
	}, s)
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	if strings.HasPrefix(s, "@") { // RFC 822 source route
		if _, after, ok := strings.Cut(s, ":"); ok {
			s = after
		}
	}
	if n := len(s); n > 1 && (s[0] == '"' || s[0] == '\'') && s[n-1] == s[0] {
		s = s[1 : n-1]
	}
	return strings.TrimRight(s, ".,;")
}
