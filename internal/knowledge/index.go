package knowledge

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Index finds entries by the words of a question: BM25 over Terms. It is immutable.
type Index struct {
	entries []desk.Entry // by category, topic and id
	lengths []float64
	mean    float64
	// topics are, per entry, the terms of its topic, each once.
	topics [][]string
	// postings are, per term, the entries with it and how often.
	postings map[string][]posting
	// tokens is what all entries together take in a prompt.
	tokens int
}

type posting struct {
	entry int
	count float64
}

// topicWeight counts a word of the topic as several of the answer.
const topicWeight = 3

// BM25's constants. Entries are short, so length says little.
const (
	saturation    = 2
	lengthPenalty = 0.4
)

// Weights of the terms that are no words of the text itself.
const (
	pieceWeight   = 0.15
	subjectWeight = 5
)

// NewIndex indexes entries.
func NewIndex(entries []desk.Entry) *Index {
	sorted := slices.Clone(entries)
	slices.SortFunc(sorted, byPlace)
	x := &Index{entries: sorted, lengths: make([]float64, len(sorted)), topics: make([][]string, len(sorted)), postings: map[string][]posting{}}
	total := 0.0
	for i, e := range sorted {
		x.add(i, e)
		total += x.lengths[i]
		x.tokens += tokens(e)
	}
	if len(sorted) > 0 {
		x.mean = total / float64(len(sorted))
	}
	return x
}

// byPlace is the order entries are listed in and given to a model: it changes
// only where an entry does, so that a provider's prompt cache keeps the rest.
func byPlace(a, b desk.Entry) int {
	return cmp.Or(cmp.Compare(a.Category, b.Category), cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.ID, b.ID))
}

func (x *Index) add(i int, e desk.Entry) {
	counts := map[string]float64{}
	topic := Terms(e.Topic)
	for _, t := range append(Terms(e.Category), topic...) {
		counts[t] += topicWeight
	}
	for _, t := range Terms(e.Answer) {
		counts[t]++
	}
	for t, n := range counts {
		x.postings[t] = append(x.postings[t], posting{i, n})
		if weight(t) == 1 {
			x.lengths[i] += n
		}
	}
	x.topics[i] = slices.DeleteFunc(unique(topic), func(t string) bool { return t[0] == '+' })
}

func weight(term string) float64 {
	switch term[0] {
	case '+':
		return pieceWeight
	case '~':
		return subjectWeight
	}
	return 1
}

// Hit is an entry with its score.
type Hit struct {
	Entry desk.Entry
	Score float64
	at    int // its place in the index
}

// Search finds at most k entries for a question that hold for the store, best
// first. An empty store asks for all.
func (x *Index) Search(question string, store desk.Store, k int) []Hit {
	scores := map[int]float64{}
	for _, t := range unique(Terms(question)) {
		list := x.postings[t]
		n, all := float64(len(list)), float64(len(x.entries))
		rarity := weight(t) * math.Log(1+(all-n+0.5)/(n+0.5))
		for _, p := range list {
			long := 1 - lengthPenalty + float64(lengthPenalty*x.lengths[p.entry])/x.mean
			scores[p.entry] += float64(rarity*p.count*(saturation+1)) / (p.count + float64(saturation*long))
		}
	}
	var hits []Hit
	for i, score := range scores {
		if holds(x.entries[i], store) {
			hits = append(hits, Hit{x.entries[i], score, i})
		}
	}
	return best(hits, k)
}

func best(hits []Hit, k int) []Hit {
	slices.SortFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Entry.ID, b.Entry.ID))
	})
	return hits[:min(k, len(hits))]
}

func holds(e desk.Entry, store desk.Store) bool {
	return store == "" || len(e.Stores) == 0 || slices.Contains(e.Stores, store)
}

// answers is the share of a topic's terms that a mail must hold before the entry
// counts as an answer: a shared everyday word is none.
const answers = 0.34

// answered reports whether a mail with these terms asks for the topic of a hit.
func (x *Index) answered(h Hit, asked map[string]bool) bool {
	shared := 0.0
	for _, t := range x.topics[h.at] {
		if asked[t] {
			shared++
		}
	}
	return shared >= max(1, answers*float64(len(x.topics[h.at])))
}

// tokens is what an entry takes in a prompt, by the usual rule of thumb: four
// bytes of Latin script a token, one token a character elsewhere. It is meant
// for the choice between all entries and some, not for a bill.
func tokens(e desk.Entry) int {
	text := e.Topic + e.Answer
	others := 0
	for _, r := range text {
		if r >= 0x250 {
			others++
		}
	}
	latin := strings.Map(func(r rune) rune {
		if r >= 0x250 {
			return -1
		}
		return r
	}, text)
	return others + len(latin)/4 + 12 // the fence around it
}
