package imap

import (
	"strings"
	"testing"
)

// FuzzFirstWords reads what a server says before anything is asked.
func FuzzFirstWords(f *testing.F) {
	f.Fuzz(func(t *testing.T, first string) {
		g := readGreeting(first)
		for name := range g.caps {
			if strings.ContainsAny(string(name), " \t]") {
				t.Fatalf("capability %q of %q", name, first)
			}
		}
		_ = g.wantsID("imap.example.com")
	})
}

// FuzzLastWords reads what a server said when it hung up.
func FuzzLastWords(f *testing.F) {
	f.Fuzz(func(t *testing.T, said string) {
		l := &line{last: []byte(said)}
		words, ok := l.bye()
		if ok && strings.Contains(words, "\n") || ok && !strings.Contains(said, "* BYE ") {
			t.Fatalf("%q of %q", words, said)
		}
	})
}
