package converse

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzPieces(f *testing.F) {
	f.Add("您的包裹已寄出。" + strings.Repeat("x", 200))
	f.Add("\xff" + strings.Repeat("\x80", 100))
	f.Fuzz(func(t *testing.T, text string) {
		parts := pieces(text)
		if strings.Join(parts, "") != text {
			t.Errorf("%q came apart as %q", text, parts)
		}
		for _, p := range parts {
			if p == "" || utf8.ValidString(text) && !utf8.ValidString(p) {
				t.Errorf("piece %q of %q", p, text)
			}
		}
	})
}
