package dynamodb

import (
	"bytes"
	"cmp"
	"math/big"
	"strings"
	"testing"
)

func TestNumberSum(t *testing.T) {
	cases := []struct{ a, b, want string }{
		{"1", "2", "3"},
		{"0.1", "0.2", "0.3"},
		{"1e125", "-1e125", "0"},
		{"99999999999999999999999999999999999999", "-1", "99999999999999999999999999999999999998"},
		{"5", "-5.5", "-0.5"},
		{"1e-130", "1e-130", "0." + string(bytes.Repeat([]byte("0"), 129)) + "2"},
	}
	for _, c := range cases {
		a, b := mustParse(t, c.a), mustParse(t, c.b)
		got, err := a.sum(b)
		if err != nil || got.String() != c.want {
			t.Errorf("%s + %s = %s, %v; want %s", c.a, c.b, got, err, c.want)
		}
	}
}

func mustParse(t *testing.T, text string) number {
	t.Helper()
	n, err := parseNumber(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func FuzzNumber(f *testing.F) {
	for _, seed := range []string{"0", "-1", "10", "1.50", "1e-130", "9.9e125", "-0.001", "1E+3", ".5", "+5."} {
		f.Add(seed, "2")
		f.Add(seed, "-0.0015")
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		a, err := parseNumber(first)
		if err != nil {
			return
		}
		if again, err := parseNumber(a.String()); err != nil || again != a {
			t.Fatalf("%q reads as %s, which reads as %s, %v", first, a, again, err)
		}
		b, err := parseNumber(second)
		if err != nil {
			return
		}
		want := rational(t, a).Cmp(rational(t, b))
		if got := a.compare(b); got != want {
			t.Errorf("%s compares to %s as %d, want %d", a, b, got, want)
		}
		if got := bytes.Compare(a.appendKey(nil), b.appendKey(nil)); got != want {
			t.Errorf("the key of %s compares to that of %s as %d, want %d", a, b, got, want)
		}
		if total, err := a.sum(b); err == nil && rational(t, total).Cmp(new(big.Rat).Add(rational(t, a), rational(t, b))) != 0 {
			t.Errorf("%s + %s = %s", a, b, total)
		}
	})
}

func rational(t *testing.T, n number) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(n.String())
	if !ok {
		t.Fatalf("%s is no number", n)
	}
	return r
}

func FuzzTextKeyKeepsOrder(f *testing.F) {
	f.Add("", "\x00")
	f.Add("a", "a\x00")
	f.Add("a\x00\x01", "a\x00\xff")
	f.Add("a\xff", "b")
	f.Fuzz(func(t *testing.T, a, b string) {
		keyA, keyB := stringValue(a).appendKey(nil), stringValue(b).appendKey(nil)
		if got, want := bytes.Compare(keyA, keyB), cmp.Compare(a, b); got != want {
			t.Errorf("keys compare as %d, texts as %d", got, want)
		}
		if a != b && bytes.HasPrefix(keyA, keyB) {
			t.Error("one key begins with the other: keys do not end themselves")
		}
		term := keyTerm{operator: "begins_with", values: []value{stringValue(b)}}
		start := partition(stringValue("p"))
		found := term.within(start).contains(append(start, keyA...))
		if want := strings.HasPrefix(a, b); found != want {
			t.Errorf("begins_with finds it: %t, want %t", found, want)
		}
	})
}
