package model

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestTextSoFar(t *testing.T) {
	for input, want := range map[string]string{
		``:                                  "",
		`{"te`:                              "",
		`{"text":`:                          "",
		`{"text":"Dear`:                     "Dear",
		`{"text":"a\`:                       "a",
		`{"text":"a\u00e`:                   "a",
		`{"text":"a\u00e9`:                  "aé",
		`{"text":"a\ud83d`:                  "a",
		`{"text":"a\ud83d\ude00`:            "a😀",
		"{\"text\":\"a\xc3":                 "a",
		`{"text":"a\nb","citations":[`:      "a\nb",
		`{"citations":[{"text":"no"}],"tex`: "",
		`{"missing":["x"], "text" : "yes`:   "yes",
		`{"missing":["x"`:                   "",
		`no JSON`:                           "",
	} {
		if got := textSoFar([]byte(input)); got != want {
			t.Errorf("%s: %q, want %q", input, got, want)
		}
	}
}

// Whatever the text and wherever it breaks off, what is shown is a beginning of it.
func FuzzTextSoFar(f *testing.F) {
	f.Add("Guten Tag, \"Frau\" Beispiel\n\\ 😀 é [K1]", uint(30))
	f.Fuzz(func(t *testing.T, text string, at uint) {
		text = strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\uFFFD", "")
		whole, err := json.Marshal(map[string]string{"text": text})
		if err != nil {
			t.Skip()
		}
		got := textSoFar(whole[:min(at, uint(len(whole)))])
		if !strings.HasPrefix(text, got) {
			t.Errorf("%q is no beginning of %q", got, text)
		}
		if textSoFar(whole) != text {
			t.Errorf("whole: %q, want %q", textSoFar(whole), text)
		}
	})
}
