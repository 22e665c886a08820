package offline

import (
	"slices"
	"strings"
	"testing"
)

func asTyped(text string) []string { return []string{text} }

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          string // what is found, "" for nothing
	}{
		{"refund", "a Refund, please", "refund"},
		{"refund", "refunded", ""},
		{"refund*", "refunded", "refunded"},
		{"refund", "prerefund", ""},
		{"*fund", "refund", "fund"},
		{"money back", "money-back", "money back"},
		{"money back", "money, back", ""},
		{"don't ship", "don’t  ship", "don t ship"},
		{"where is (my|the) (order|parcel)", "Where is the parcel?", "where is the parcel"},
		{"not (yet |)arrived", "not arrived", "not arrived"},
		{"not (yet|) arrived", "not yet arrived", "not yet arrived"},
		{"works (well|)", "works", "works"},
		{"ordered … got", "ordered a red one but got blue", "ordered a red one but got"},
		{"ordered … got", "ordered. I got", ""},
		{"ordered … got", "ordered and forgotten", ""},
		{"ordered … got", "ordered " + strings.Repeat("very ", 20) + "got", ""},
		{"a (b (c|d)|e)", "a b d", "a b d"},
		{"rembourse", "remboursé", "rembourse"},
		{"退款", "我要退 款！", "退款"},
		{"退(货|款)", "我要退貨", "退货"},
		{"ケーブル", "ｹｰﾌﾞﾙ", "ケーフ\u3099ル"},
		{"ไม่(ได้|)รับ", "ยังไม่ได้รับ", "ไม่ได้รับ"},
		{"strasse", "Straße", "strasse"},
	} {
		p, err := compile(c.pattern, dropAccents, asTyped)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		if got := firstMatch(p, fold(c.text, dropAccents).text); got != c.want {
			t.Errorf("%q in %q: %q, want %q", c.pattern, c.text, got, c.want)
		}
	}
}

// firstMatch tries a pattern at every place, as the automaton would.
func firstMatch(p pattern, text string) string {
	for at := range text {
		if !p.openStart && !wordStarts(text, at) {
			continue
		}
		if end, _, ok := p.match(text, at); ok {
			return text[at:end]
		}
	}
	return ""
}

func TestMalformedPatterns(t *testing.T) {
	for _, text := range []string{"", "…", "*", "(a|b", "a)b", "a|b", "(|a)", "(a|)", "!"} {
		if p, err := compile(text, dropAccents, asTyped); err == nil {
			t.Errorf("%q compiled to %+v", text, p)
		}
	}
}

func TestAccentsCountInVietnamese(t *testing.T) {
	p, err := compile("vỡ", keepAccents, asTyped)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{"bị vỡ": true, "vợ tôi": false, "vo": false} {
		if got := firstMatch(p, fold(text, keepAccents).text) != ""; got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestFoldKeepsTheWayBack(t *testing.T) {
	f := fold("Où est ＭＡ Straße?", dropAccents)
	i := strings.Index(f.text, "ma strasse")
	if got := f.original(i, i+len("ma strasse")); got != "ＭＡ Straße" {
		t.Errorf("original %q", got)
	}
}

func TestAutomatonFindsOverlappingWords(t *testing.T) {
	words := []string{"he", "she", "his", "hers", "e"}
	var got []string
	newAutomaton(words).scan("ushers", func(word, end int) {
		got = append(got, words[word])
	})
	if want := []string{"she", "he", "e", "hers"}; !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}

func FuzzCompile(f *testing.F) {
	for _, text := range []string{"a (b|c)* … d", "((((", "*…*", "退(货|款)"} {
		f.Add(text, "some a b d text")
	}
	f.Fuzz(func(t *testing.T, text, mail string) {
		p, err := compile(text, dropAccents, asTyped)
		if err != nil || len(text) > 60 {
			return
		}
		firstMatch(p, fold(mail, dropAccents).text)
	})
}
