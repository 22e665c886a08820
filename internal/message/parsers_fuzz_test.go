package message

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// Each parser by itself, with its seeds in testdata/fuzz. FuzzRead reaches them
// all, but seldom with anything they accept.

func assertClean(t *testing.T, what, s string) {
	t.Helper()
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		t.Fatalf("%s is not clean UTF-8: %q", what, s)
	}
}

func FuzzAddresses(f *testing.F) {
	f.Fuzz(func(t *testing.T, value, charset string) {
		const limit = 5
		list, _ := parseAddresses(value, charset, limit)
		if len(list) > limit {
			t.Fatalf("%d addresses of at most %d", len(list), limit)
		}
		for _, a := range list {
			assertClean(t, "name", a.Name)
			assertClean(t, "address", a.Address)
			if strings.ContainsAny(a.Address+a.Name, "\r\n") {
				t.Fatalf("a line end in %+v", a)
			}
		}
	})
}

func FuzzDate(f *testing.F) {
	f.Fuzz(func(t *testing.T, value string) {
		at := parseDate(value)
		if at.IsZero() {
			return
		}
		if year := at.Year(); year < 1900 || year > 9999 {
			t.Fatalf("%q is in the year %d", value, year)
		}
		if again := parseDate(at.Format(time.RFC1123Z)); !again.Equal(at) {
			t.Fatalf("%q is %v, written and read again %v", value, at, again)
		}
	})
}

func FuzzHeaderText(f *testing.F) {
	f.Fuzz(func(t *testing.T, value, charset string) {
		text := decodeHeaderText(value, charset)
		assertClean(t, "text", text)
		if strings.ContainsAny(text, "\r\n") {
			t.Fatalf("a line end in %q", text)
		}
	})
}

func FuzzMediaType(f *testing.F) {
	f.Fuzz(func(t *testing.T, value, charset string) {
		m := parseMediaType(value, charset)
		for _, p := range m.params {
			assertClean(t, "parameter "+p.name, p.value)
		}
	})
}

func FuzzCharset(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte, label string) {
		text, _ := decodeCharset(body, label)
		if !utf8.ValidString(text) {
			t.Fatalf("%q in %q becomes %q", body, label, text)
		}
	})
}

func FuzzTransfer(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte, encoding string) {
		out, _ := decodeTransfer(body, encoding)
		if len(out) > len(body)+2 {
			t.Fatalf("%d bytes become %d", len(body), len(out))
		}
	})
}

func FuzzStatuses(f *testing.F) {
	f.Fuzz(func(t *testing.T, part []byte) {
		b, _ := parseStatuses(part, "")
		if b == nil {
			return
		}
		assertClean(t, "diagnostic", b.Diagnostic)
		assertClean(t, "status", b.Status)
		for _, r := range b.Recipients {
			assertClean(t, "recipient", r)
		}
	})
}

func FuzzIDs(f *testing.F) {
	f.Fuzz(func(t *testing.T, value string) {
		for _, id := range append(appendIDs(nil, value), firstID(value)) {
			if strings.ContainsAny(id, "<> \t\r\n") && strings.Contains(value, "<") {
				t.Fatalf("id %q of %q", id, value)
			}
		}
	})
}
