package model

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAnonymous(t *testing.T) {
	for text, want := range map[string]string{
		"Hello, I am Anna Beispiel, write to anna@example.com or +49 30 1234567.": "Hello, I am …, write to … or ….",
		"Order 112-1234567-7654321 never came, tracking 1Z999AA10123456784":       "Order … never came, tracking …",
		"Please send it to\n12 Elm Street\nSpringfield\nThanks":                   "Please send it to … Springfield Thanks",
		"Bitte an Musterstraße 5, Berlin\nDanke":                                  "… Danke",
		"請寄到台北市大安區和平東路100號,謝謝。我是陳柏宇":                                              "…,謝謝。我是…",
		"see https://example.com/x?y=1 for 2 photos":                              "see … for 2 photos",
		"ANNA wants 30 days":                    "… wants 30 days",
		"Hannah keeps her name, nobody gave it": "Hannah keeps her name, nobody gave it",
		"zero\u200bwidth":                       "zerowidth",
	} {
		if got := Anonymous(text, "Anna Beispiel", "陳柏宇", ""); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := Anonymous(strings.Repeat("long words ", 90)); utf8.RuneCountInString(got) > anonymousLimit {
		t.Errorf("%d characters", utf8.RuneCountInString(got))
	}
}

func FuzzAnonymous(f *testing.F) {
	f.Add("Kim, order 112-1234567-7654321, kim@example.com", "Kim")
	f.Fuzz(func(t *testing.T, text, name string) {
		if got := Anonymous(text, name); utf8.RuneCountInString(got) > anonymousLimit || strings.Contains(got, "112-1234567") {
			t.Errorf("%q", got)
		}
	})
}
