package message

import (
	"strings"
	"unicode/utf8"
)

// decodeHeaderText decodes the RFC 2047 words of an unfolded header value, also where RFC 2047
// forbids them (inside quotes, glued to text, with spaces in them). Neighbouring words of one
// charset are joined before they are decoded, for many mailers cut inside a multibyte character.
// fallback names the charset for raw 8-bit bytes, usually that of the body; it may be "".
func decodeHeaderText(s, fallback string) string {
	if isPlainHeader(s) {
		return strings.Trim(s, " ")
	}
	if !strings.Contains(s, "=?") {
		return cleanHeader(rawHeaderText(s, fallback))
	}
	var out strings.Builder
	var run []byte // undecoded bytes of the current run of words
	runCharset := ""
	flush := func() {
		if len(run) > 0 {
			text, _ := decodeCharset(run, runCharset)
			out.WriteString(text)
			run = run[:0]
		}
	}
	for s != "" {
		start := strings.Index(s, "=?")
		if start < 0 {
			break
		}
		word, ok := parseWord(s[start:])
		if !ok {
			flush()
			out.WriteString(rawHeaderText(s[:start+2], fallback))
			s = s[start+2:]
			continue
		}
		if between := s[:start]; len(run) == 0 || strings.Trim(between, " \t") != "" {
			flush()
			out.WriteString(rawHeaderText(between, fallback))
		}
		if !strings.EqualFold(word.charset, runCharset) {
			flush()
		}
		runCharset = word.charset
		run = append(run, word.bytes...)
		s = s[start+word.length:]
	}
	flush()
	out.WriteString(rawHeaderText(s, fallback))
	return cleanHeader(out.String())
}

// isPlainHeader recognises printable ASCII without an encoded word: there is nothing to decode.
func isPlainHeader(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '?' && i > 0 && s[i-1] == '=' {
			return false
		}
	}
	return true
}

type encodedWord struct {
	charset string
	bytes   []byte
	length  int
}

// maxWord bounds the search for the end of a word. RFC 2047 allows 75 characters; mailers that
// put a whole header into one word stay below this.
const maxWord = 4 << 10

// parseWord reads the encoded word that s starts with.
func parseWord(s string) (encodedWord, bool) {
	charset, rest, ok := strings.Cut(s[2:], "?")
	if !ok || charset == "" || len(charset) > 40 || len(rest) < 2 || rest[1] != '?' {
		return encodedWord{}, false
	}
	method, rest := rest[0]|0x20, rest[2:]
	end := strings.Index(rest[:min(len(rest), maxWord)], "?=")
	if end < 0 {
		return encodedWord{}, false
	}
	content := rest[:end]
	w := encodedWord{charset: charset, length: len(s) - len(rest) + end + 2}
	switch method {
	case 'b':
		w.bytes, _ = decodeBase64([]byte(content))
	case 'q':
		w.bytes, _ = appendQuotedPrintable(nil, []byte(strings.ReplaceAll(content, "_", " ")))
	default:
		return encodedWord{}, false
	}
	return w, true
}

// rawHeaderText reads what is not an encoded word: ASCII, UTF-8 (RFC 6532) or raw 8-bit text.
func rawHeaderText(s, fallback string) string {
	if strings.IndexByte(s, 0x1b) >= 0 && strings.Contains(s, "\x1b$") {
		text, _ := decodeCharset([]byte(s), "iso-2022-jp")
		return text
	}
	if utf8.ValidString(s) {
		return s
	}
	text, _ := decodeCharset([]byte(s), fallback)
	return text
}

// cleanHeader drops what no header text may carry on: NUL and other control characters.
func cleanHeader(s string) string {
	clean := true
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] == 0x7f {
			clean = false
			break
		}
	}
	if !clean {
		s = strings.Map(func(r rune) rune {
			switch {
			case r == '\t' || r == '\n' || r == '\r':
				return ' '
			case r < ' ' || r == 0x7f:
				return -1
			}
			return r
		}, s)
	}
	return strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD"))
}
