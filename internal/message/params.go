package message

import (
	"sort"
	"strconv"
	"strings"
)

// mediaType is a Content-Type or Content-Disposition: the value in lower case and its
// parameters.
type mediaType struct {
	value  string
	params params
}

// params are the parameters the reader asks for, once each. There are so few of them that a
// list costs less than a map.
type params []param

type param struct{ name, value string }

func (p params) get(name string) string {
	for i := range p {
		if p[i].name == name {
			return p[i].value
		}
	}
	return ""
}

// isRead tells the parameters the reader asks for from all others.
func isRead(name string) bool {
	switch name {
	case "boundary", "charset", "delsp", "filename", "format", "name", "report-type", "smime-type":
		return true
	}
	return false
}

// parseMediaType reads "value; name=value; …" as written by anyone: quotes missing or unbalanced,
// spaces around "=", RFC 2231 continuations and charsets, RFC 2047 words in values.
func parseMediaType(s, fallback string) mediaType {
	if s == "" {
		return mediaType{}
	}
	value, rest, _ := cutUnquoted(s, ';')
	m := mediaType{value: strings.ToLower(strings.TrimSpace(stripComments(value)))}
	if i := strings.IndexAny(m.value, " \t,"); i >= 0 {
		m.value = m.value[:i]
	}
	if rest == "" {
		return m
	}
	var pieces map[string][]paramPiece
	for rest != "" {
		var param string
		param, rest, _ = cutUnquoted(rest, ';')
		name, value, ok := strings.Cut(param, "=")
		if !ok {
			continue
		}
		name = strings.ToLower(strings.TrimSpace(name))
		value = unquote(strings.TrimSpace(value))
		if base, piece, ok := continuation(name, value); ok {
			if isRead(base) {
				if pieces == nil {
					pieces = make(map[string][]paramPiece)
				}
				pieces[base] = append(pieces[base], piece)
			}
			continue
		}
		if isRead(name) && m.params.get(name) == "" {
			m.set(name, decodeHeaderText(value, fallback))
		}
	}
	for name, list := range pieces {
		m.set(name, joinPieces(list, fallback))
	}
	return m
}

func (m *mediaType) set(name, value string) {
	for i := range m.params {
		if m.params[i].name == name {
			m.params[i].value = value
			return
		}
	}
	if m.params == nil {
		m.params = make(params, 0, 2) // a boundary or a charset, and a name
	}
	m.params = append(m.params, param{name, value})
}

// paramPiece is one section of an RFC 2231 parameter.
type paramPiece struct {
	order    int
	extended bool // percent encoded, the first section names the charset
	value    string
}

// continuation splits "filename*1*" into its base name and section.
func continuation(name, value string) (string, paramPiece, bool) {
	base, section, ok := strings.Cut(name, "*")
	if !ok || base == "" {
		return "", paramPiece{}, false
	}
	piece := paramPiece{value: value, extended: section == "" || strings.HasSuffix(section, "*")}
	piece.order, _ = strconv.Atoi(strings.TrimSuffix(section, "*"))
	return base, piece, true
}

// joinPieces decodes the charset over all sections at once: they too get cut inside characters.
func joinPieces(list []paramPiece, fallback string) string {
	sort.SliceStable(list, func(i, j int) bool { return list[i].order < list[j].order })
	charset := ""
	extended := false
	var raw []byte
	for i, piece := range list {
		value := piece.value
		if piece.extended {
			if parts := strings.SplitN(value, "'", 3); i == 0 && len(parts) == 3 {
				charset, value = parts[0], parts[2]
			}
			value = unescapePercent(value)
			extended = true
		}
		raw = append(raw, value...)
	}
	if !extended {
		return decodeHeaderText(string(raw), fallback)
	}
	text, _ := decodeCharset(raw, charset)
	return cleanHeader(text)
}

func unescapePercent(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if c, ok := hexByte(s[i+1:]); s[i] == '%' && ok {
			out = append(out, c)
			i += 2
			continue
		}
		out = append(out, s[i])
	}
	return string(out)
}

// cutUnquoted cuts s at the first sep that is not inside double quotes. An unbalanced quote
// protects nothing.
func cutUnquoted(s string, sep byte) (before, after string, found bool) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted && strings.IndexByte(s[i+1:], '"') >= 0
		case s[i] == sep && !quoted:
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// unquote takes away surrounding quotes and the escapes inside them.
func unquote(s string) string {
	if len(s) > 0 && s[0] == '"' {
		s = s[1:]
		if end := closingQuote(s); end >= 0 {
			s = s[:end]
		}
	}
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\') {
			i++
		}
		out = append(out, s[i])
	}
	return string(out)
}

// closingQuote is the index of the first unescaped quote, -1 without one.
func closingQuote(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// stripComments removes RFC 5322 comments, which may nest.
func stripComments(s string) string {
	if strings.IndexByte(s, '(') < 0 {
		return s
	}
	var out strings.Builder
	depth := 0
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' && depth == 0:
			quoted = !quoted
			out.WriteByte(c)
		case c == '(' && !quoted:
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0:
			out.WriteByte(c)
		}
	}
	return out.String()
}
