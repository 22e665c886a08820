package knowledge

import (
	"math"
	"sort"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Index finds entries by the words of a question: BM25 over words, and over
// pairs of characters in scripts that write no spaces. It is immutable.
type Index struct {
	entries []desk.Entry
	lengths []float64
	mean    float64
	// postings are, per term, the entries with it and how often.
	postings map[string][]posting
}

type posting struct {
	entry int
	count float64
}

// topicWeight counts a word of the topic as several of the answer.
const topicWeight = 3

// BM25's usual constants.
const (
	saturation    = 1.2
	lengthPenalty = 0.75
)

// NewIndex indexes entries.
func NewIndex(entries []desk.Entry) *Index {
	x := &Index{entries: entries, lengths: make([]float64, len(entries)), postings: map[string][]posting{}}
	total := 0.0
	for i, e := range entries {
		counts := map[string]float64{}
		for _, t := range Terms(e.Topic + " " + e.Category) {
			counts[t] += topicWeight
		}
		for _, t := range Terms(e.Answer) {
			counts[t]++
		}
		for t, n := range counts {
			x.postings[t] = append(x.postings[t], posting{i, n})
			x.lengths[i] += n
		}
		total += x.lengths[i]
	}
	if len(entries) > 0 {
		x.mean = total / float64(len(entries))
	}
	return x
}

// Hit is an entry with its score.
type Hit struct {
	Entry desk.Entry
	Score float64
}

// Search finds at most k entries for a question that hold for the store, best
// first. An empty store asks for all.
func (x *Index) Search(question string, store desk.Store, k int) []Hit {
	scores := map[int]float64{}
	for _, t := range unique(Terms(question)) {
		list := x.postings[t]
		n, all := float64(len(list)), float64(len(x.entries))
		rarity := math.Log(1 + (all-n+0.5)/(n+0.5))
		for _, p := range list {
			long := 1 - lengthPenalty + float64(lengthPenalty*x.lengths[p.entry])/x.mean
			scores[p.entry] += float64(rarity*p.count*(saturation+1)) / (p.count + float64(saturation*long))
		}
	}
	var hits []Hit
	for i, score := range scores {
		if holds(x.entries[i], store) {
			hits = append(hits, Hit{x.entries[i], score})
		}
	}
	sort.Slice(hits, func(a, b int) bool {
		if hits[a].Score != hits[b].Score {
			return hits[a].Score > hits[b].Score
		}
		return hits[a].Entry.ID < hits[b].Entry.ID
	})
	return hits[:min(k, len(hits))]
}

func holds(e desk.Entry, store desk.Store) bool {
	if store == "" || len(e.Stores) == 0 {
		return true
	}
	for _, s := range e.Stores {
		if s == store {
			return true
		}
	}
	return false
}

// Terms are what a text is found by: lower-case words without their commonest
// ending, and pairs of neighbouring characters in Han, Kana, Hangul and Thai.
func Terms(text string) []string {
	var terms []string
	var word []rune
	dense := false
	flush := func() {
		switch {
		case len(word) == 0:
		case dense && len(word) == 1:
			terms = append(terms, string(word))
		case dense:
			for i := 0; i+1 < len(word); i++ {
				terms = append(terms, string(word[i:i+2]))
			}
		case len(word) > 1 && !stop[string(word)]:
			terms = append(terms, stem(string(word)))
		}
		word = word[:0]
	}
	for _, c := range strings.ToLower(norm.NFKC.String(text)) {
		switch spaceless := unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai); {
		case !unicode.IsLetter(c) && !unicode.IsNumber(c) && !unicode.IsMark(c):
			flush()
		default:
			if spaceless != dense {
				flush()
				dense = spaceless
			}
			word = append(word, c)
		}
	}
	flush()
	return terms
}

// stem takes plural and tense endings off, crudely and alike for questions and
// entries: it only has to make "returns" meet "return".
func stem(w string) string {
	for _, ending := range []string{"ing", "ies", "ed", "es", "s", "en", "e"} {
		if len(w) > len(ending)+3 && strings.HasSuffix(w, ending) {
			return undouble(w[:len(w)-len(ending)])
		}
	}
	return w
}

// undouble lets "shipp" of "shipping" meet "ship".
func undouble(w string) string {
	if n := len(w); n > 3 && w[n-1] == w[n-2] && strings.IndexByte("bdgmnprt", w[n-1]) >= 0 {
		return w[:n-1]
	}
	return w
}

func unique(terms []string) []string {
	seen := map[string]bool{}
	var once []string
	for _, t := range terms {
		if !seen[t] {
			seen[t] = true
			once = append(once, t)
		}
	}
	return once
}

// stop are words that say nothing about the question, in the languages with spaces.
var stop = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`a an and are as at be but by can could do does for from had has have how i if in is it me my no not of on or our so
		that the their them there they this to was we were what when where which who why will with would you your hi hello please thanks thank
		der die das und ist ich sie wir mit für auf den dem ein eine nicht le la les des un une et est je vous nous pour que qui dans
		el los las una y es yo para por con mi su il lo gli di e per che non o os as um uma de do da em no na com que não yang dan di saya itu untuk
		tôi là và của có không и в на не я что с по как`) {
		m[w] = true
	}
	return m
}()
