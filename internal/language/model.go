package language

import (
	_ "embed"
	"math"
	"slices"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// otherLanguage stands for Latin-script languages that are none of the fifteen.
const otherLanguage desk.Language = "other"

// classes are the answers of the Latin model, in the order of its weights.
// English is one class here; spelling tells its two forms apart.
var classes = [...]desk.Language{"en-US", "fr", "de", "es", "it", "pt", "vi", "ms", "id", otherLanguage}

const (
	buckets  = 1 << 15 // hashed features
	maxGram  = 5       // longest character n-gram
	maxRunes = 24      // longer words are cut
	maxWords = 150     // more words do not change the answer
)

// weights holds one signed byte per bucket and class, bucket first. The unit is
// 1/weightScale.
//
//go:embed model.bin
var weights string

const weightScale = 48

// score returns one logit per class. Evidence is divided by the square root of
// the number of features, so that long texts grow surer but not without bound.
func score(words []string) [len(classes)]float64 {
	var sums [len(classes)]int
	n := 0
	for _, word := range words[:min(len(words), maxWords)] {
		eachFeature(word, func(bucket uint32) {
			n++
			row := weights[int(bucket)*len(classes):][:len(classes)]
			for c := range sums {
				sums[c] += int(int8(row[c]))
			}
		})
	}
	var out [len(classes)]float64
	if n == 0 {
		return out
	}
	unit := weightScale * math.Sqrt(float64(n))
	for c, sum := range sums {
		out[c] = float64(sum) / unit
	}
	return out
}

// eachFeature calls emit for the word and for each of its n-grams of 1 to
// maxGram runes, its edges included.
func eachFeature(word string, emit func(bucket uint32)) {
	var padded [maxRunes + 2]rune
	padded[0] = '^'
	n := 1
	for _, r := range word {
		if n > maxRunes {
			break
		}
		padded[n] = r
		n++
	}
	padded[n] = '$'
	runes := padded[:n+1]
	emit(hash(runes, 7))
	for start := range runes {
		for size := 1; size <= maxGram && start+size <= len(runes); size++ {
			if size == 1 && (start == 0 || start == n) {
				continue
			}
			emit(hash(runes[start:start+size], 0))
		}
	}
}

// hash is FNV-1a over code points; seed keeps whole words apart from n-grams.
func hash(runes []rune, seed uint32) uint32 {
	h := uint32(2166136261) ^ seed
	for _, r := range runes {
		h = (h ^ uint32(r)) * 16777619
	}
	return (h ^ h>>15) % buckets
}

// telling names up to three words that speak most for the winner against the
// runner-up.
func telling(words []string, best, second int) string {
	type vote struct {
		word   string
		weight float64
	}
	var votes []vote
	seen := map[string]bool{}
	for _, word := range words[:min(len(words), maxWords)] {
		if seen[word] {
			continue
		}
		seen[word] = true
		s := score([]string{word})
		if w := s[best] - s[second]; w > 0 {
			votes = append(votes, vote{word, w})
		}
	}
	slices.SortStableFunc(votes, func(a, b vote) int {
		switch {
		case a.weight > b.weight:
			return -1
		case a.weight < b.weight:
			return 1
		}
		return 0
	})
	names := make([]string, 0, 3)
	for _, v := range votes[:min(3, len(votes))] {
		names = append(names, v.word)
	}
	return strings.Join(names, ", ")
}
