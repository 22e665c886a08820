package language

import (
	_ "embed"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed han.txt
var hanSource string

// hanTable maps between the two Chinese scripts.
type hanTable struct {
	simplified map[rune]rune // of a traditional character
	onlySimple map[rune]bool // characters that only simplified writing has
}

// han is read from han.txt once, when the first Han text arrives (under 1 ms).
var han = sync.OnceValue(func() hanTable {
	t := hanTable{simplified: map[rune]rune{}, onlySimple: map[rune]bool{}}
	var shared []rune
	for line := range strings.Lines(hanSource) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		both := line[0] == '~'
		runes := []rune(strings.TrimPrefix(line, "~"))
		for i := 0; i+1 < len(runes); i += 2 {
			traditional, simple := runes[i], runes[i+1]
			if traditional == simple {
				continue
			}
			t.simplified[traditional] = simple
			t.onlySimple[simple] = true
			if both {
				shared = append(shared, simple)
			}
		}
	}
	for _, r := range shared {
		delete(t.onlySimple, r)
	}
	return t
})

// Simplify folds traditional Chinese characters to simplified ones, so that one
// word list serves both scripts. Other text passes unchanged.
func Simplify(text string) string {
	table := han().simplified
	return strings.Map(func(r rune) rune {
		if r < 0x3000 {
			return r
		}
		if s, ok := table[r]; ok {
			return s
		}
		return r
	}, text)
}

// japaneseOnly are characters that post-war Japanese writes and neither Chinese
// script does; japaneseWords are everyday words about orders that Chinese has not.
const japaneseOnly = "発払届込様気帰対応済続読売図広価単検験実変戻円壊週働畑峠枠栃榊辻匂鉄駅浅険剣覧拝渋収縄徴徳恵桜薬関頼遅隠仮児処伝団圧囲塩営厳歩毎独総緑縦聴観訳説釈銭録鋭闘雑霊顔駆騒髪黒齢黙歓歳歴残殻涙漢瀬焼猟産略県砕粋経絵継缶脳臓茎荘蔵蛍装訟誉賛転軽辺遥郷酔醸鉱録"

var japaneseWords = []string{
	"返品", "返金", "不良品", "注文", "領収", "荷物", "在庫", "未着", "到着", "配達", "破損", "欠品", "部品", "発送", "連絡", "至急", "対応", "住所変更",
	"送料", "料金", "見積", "保証書", "取扱", "説明書", "購入", "希望", "不具合", "初期不良", "商品未", "交換", "追跡番号", "解約", "中止", "感謝", "弊社", "貴社", "御社",
}

// eastAsian tells Japanese from the two Chinese scripts. Kana is proof; without
// it shinjitai and everyday words are weighed against Chinese characters.
func eastAsian(words []string, s scripts) Result {
	share := s.share(s.kana + s.han)
	text := strings.Join(words, " ")
	if s.kana > 0 && s.kana >= s.han/12 {
		return Result{"ja", share, "kana"}
	}
	simple, traditional, japanese := hanVotes(text)
	switch {
	case japanese > simple && japanese > traditional:
		return Result{"ja", share * 0.8, "Japanese words"}
	case traditional > simple:
		return Result{"zh-Hant", share * sure(traditional, simple), "traditional characters"}
	case simple > traditional:
		return Result{"zh-Hans", share * sure(simple, traditional), "simplified characters"}
	}
	return Result{"zh-Hans", share * 0.5, "Han characters that both scripts share"}
}

// sure is how far the votes agree.
func sure(votes, against int) float64 { return float64(votes) / float64(votes+against) }

func hanVotes(text string) (simple, traditional, japanese int) {
	table := han()
	for _, r := range text {
		if r < utf8.RuneSelf {
			continue
		}
		if table.onlySimple[r] {
			simple++
		}
		if _, ok := table.simplified[r]; ok {
			traditional++
		}
		// Shinjitai that are simplified characters too are counted there already.
		if strings.ContainsRune(japaneseOnly, r) && !table.onlySimple[r] {
			japanese += 2
		}
	}
	for _, word := range japaneseWords {
		japanese += 5 * strings.Count(text, word)
	}
	return simple, traditional, japanese
}
