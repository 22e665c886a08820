package marketplace

import (
	_ "embed"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/quilldesk/quilldesk/internal/desk"
)

//go:embed data/stage.tsv
var stageData string

type stagePhrase struct {
	kind    desk.Type
	phrase  string // as written, for the reason
	pattern string
}

// stagePhrases tell mail before a purchase from mail after one, in file order.
var stagePhrases = readStages(stageData)

func readStages(data string) []stagePhrase {
	kinds := map[string]desk.Type{"after": desk.AfterSale, "before": desk.PreSale}
	var out []stagePhrase
	for line := range strings.Lines(data) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if kind, ok := kinds[fields[0]]; ok && len(fields) == 3 {
			out = append(out, stagePhrase{kind, fields[2], wordsOnly(fields[2])})
		}
	}
	return out
}

// stageOf sorts a buyer's message: an order number means after the sale, else
// words decide. An item that the marketplace names without an order means before
// the sale; without any of these it is just a buyer's message.
func stageOf(orders, items []string, text string) desk.Label[desk.Type] {
	if len(orders) > 0 {
		return desk.Set(desk.AfterSale, desk.ByRule, desk.ReasonOrder, orders[0])
	}
	plain := wordsOnly(text)
	for _, p := range stagePhrases {
		if strings.Contains(plain, p.pattern) {
			return desk.Set(p.kind, desk.ByEstimate, desk.ReasonWords, p.phrase)
		}
	}
	if len(items) > 0 {
		return desk.Set(desk.PreSale, desk.ByEstimate, desk.ReasonMarketplace, items[0])
	}
	return desk.Set(desk.BuyerMessage, desk.ByEstimate, desk.ReasonDefault, "")
}

// wordsOnly lowers the letters and puts every word between spaces, so that a
// phrase matches whole words only. Characters of scripts written without spaces
// stand as they are, so that their phrases match inside a sentence.
func wordsOnly(s string) string {
	var b strings.Builder
	inWord := false
	for _, r := range strings.ToLower(norm.NFKC.String(s)) {
		unspaced := unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
		isWord := !unspaced && unicode.In(r, unicode.Letter, unicode.Digit, unicode.Mark)
		if isWord != inWord {
			b.WriteByte(' ')
			inWord = isWord
		}
		if isWord || unspaced {
			b.WriteRune(r)
		}
	}
	if inWord {
		b.WriteByte(' ')
	}
	return b.String()
}
