package message

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
)

// decodeUTF7 reads RFC 2152: runs of base64 encoded UTF-16 between "+" and the first character
// that is not base64. Broken runs stay as they are.
func decodeUTF7(b []byte) string {
	s := decodeUTF8(b)
	var out strings.Builder
	out.Grow(len(s))
	for {
		plus := strings.IndexByte(s, '+')
		if plus < 0 {
			out.WriteString(s)
			return out.String()
		}
		out.WriteString(s[:plus])
		s = s[plus+1:]
		end := 0
		for end < len(s) && isBase64(s[end]) {
			end++
		}
		text, ok := decodeUTF7Run(s[:end])
		switch {
		case end == 0 && strings.HasPrefix(s, "-"):
			out.WriteByte('+')
			s = s[1:]
		case !ok:
			out.WriteByte('+')
		default:
			out.WriteString(text)
			s = strings.TrimPrefix(s[end:], "-")
		}
	}
}

func decodeUTF7Run(run string) (string, bool) {
	if run == "" {
		return "", false
	}
	b, err := base64.RawStdEncoding.DecodeString(run)
	if err != nil || len(b) < 2 {
		return "", false
	}
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
	}
	return strings.ReplaceAll(string(utf16.Decode(units)), "\x00", ""), true
}

func isBase64(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}
