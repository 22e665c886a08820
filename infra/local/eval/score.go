package main

import (
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// tally counts right and wrong answers of one class.
type tally struct{ hit, missed, wrongly int }

func (t tally) recall() float64    { return ratio(t.hit, t.hit+t.missed) }
func (t tally) precision() float64 { return ratio(t.hit, t.hit+t.wrongly) }
func (t tally) f1() float64        { return ratio(2*t.hit, 2*t.hit+t.missed+t.wrongly) }

// ratio is 1 where there was nothing to get wrong.
func ratio(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// share counts how often something was right.
type share struct{ right, of int }

func (s *share) count(right bool) {
	s.of++
	if right {
		s.right++
	}
}

func (s share) value() float64 { return ratio(s.right, s.of) }

// score is how a set of cases was sorted.
type score struct {
	Cases                                  int
	types, intents, moods, written, urgent share
	money                                  tally
	byIntent                               map[desk.Intent]tally
}

// scoreOf counts the labels that the cases judge.
func scoreOf(all []sorted) score {
	s := score{Cases: len(all), byIntent: map[desk.Intent]tally{}}
	for _, c := range all {
		s.count(c)
	}
	return s
}

func (s *score) count(c sorted) {
	s.types.count(c.seen.Type == c.Type)
	if c.judgesLanguage() {
		s.written.count(c.rightLanguage())
	}
	if c.Intent != "" {
		s.countIntent(c.Intent, c.seen.Intent)
	}
	if c.Sentiment != "" {
		s.moods.count(polarityOf[c.seen.Sentiment] == c.Sentiment)
	}
	if c.Priority != "" {
		s.urgent.count(c.seen.Priority == c.Priority)
	}
	if c.judgesMoney() {
		s.countMoney(c.costly(), c.costlyFound())
	}
}

func (s *score) countIntent(want, got desk.Intent) {
	s.intents.count(want == got)
	w := s.byIntent[want]
	if want == got {
		w.hit++
		s.byIntent[want] = w
		return
	}
	w.missed++
	s.byIntent[want] = w
	g := s.byIntent[got]
	g.wrongly++
	s.byIntent[got] = g
}

func (s *score) countMoney(want, got bool) {
	switch {
	case want && got:
		s.money.hit++
	case want:
		s.money.missed++
	case got:
		s.money.wrongly++
	}
}

// macroF1 averages over the intents that the cases have.
func (s score) macroF1() float64 {
	sum, n := 0.0, 0
	for _, intent := range desk.Intents { // a fixed order: sums of fractions depend on it
		if t := s.byIntent[intent]; t.hit+t.missed > 0 {
			sum += t.f1()
			n++
		}
	}
	if n == 0 {
		return 1
	}
	return sum / float64(n)
}

// judgesMoney leaves out mail that no person wrote.
func (c mailCase) judgesMoney() bool { return c.Type.FromBuyer() || c.Type == desk.OtherMail }

// judgesLanguage leaves out what a marketplace writes around a buyer's words, in
// its own language.
func (c mailCase) judgesLanguage() bool {
	return c.Type != desk.Notification && c.Type != desk.AmazonQA
}

// rightLanguage counts the two spellings of English as one: few mails have a
// word that tells them apart. Package language measures the spelling.
func (c sorted) rightLanguage() bool {
	return english(c.seen.Language) == english(c.Language)
}

func english(l desk.Language) desk.Language {
	if l == "en-GB" {
		return "en-US"
	}
	return l
}

// figure is a value with the interval in which 95 of 100 resamplings fall.
type figure struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

const resamplings = 1000

// seed makes the intervals the same in every run.
const seed = 20261120

// bootstrap resamples the cases of each group by themselves and gives the
// interval of each value that measure finds.
func bootstrap(groups [][]sorted, measure func([][]sorted) []float64) []figure {
	random := rand.New(rand.NewPCG(seed, uint64(len(groups))))
	drawn := make([][]sorted, len(groups))
	for i, g := range groups {
		drawn[i] = make([]sorted, len(g))
	}
	whole := measure(groups)
	found := make([][]float64, len(whole))
	for range resamplings {
		for i, g := range groups {
			for j := range drawn[i] {
				drawn[i][j] = g[random.IntN(len(g))]
			}
		}
		for i, v := range measure(drawn) {
			found[i] = append(found[i], v)
		}
	}
	out := make([]figure, len(whole))
	for i, values := range found {
		slices.Sort(values)
		out[i] = figure{whole[i], values[resamplings*25/1000], values[resamplings*975/1000-1]}
	}
	return out
}

// byLanguage groups cases in the order of desk.Languages.
func byLanguage(all []sorted) (languages []desk.Language, groups [][]sorted) {
	grouped := map[desk.Language][]sorted{}
	for _, s := range all {
		grouped[s.Language] = append(grouped[s.Language], s)
	}
	for _, l := range desk.Languages {
		if g := grouped[l]; len(g) > 0 {
			languages, groups = append(languages, l), append(groups, g)
		}
	}
	return languages, groups
}

// measures are what is told of sorting, in the order of the table.
var measures = []struct {
	name string
	of   func(score) float64
}{
	{"type", func(s score) float64 { return s.types.value() }},
	{"intent F1", score.macroF1},
	{"money R", func(s score) float64 { return s.money.recall() }},
	{"money P", func(s score) float64 { return s.money.precision() }},
	{"mood", func(s score) float64 { return s.moods.value() }},
	{"priority", func(s score) float64 { return s.urgent.value() }},
	{"language", func(s score) float64 { return s.written.value() }},
}

// meanMacroF1 is the average of the languages' macro-F1.
func meanMacroF1(groups [][]sorted) float64 {
	sum := 0.0
	for _, g := range groups {
		sum += scoreOf(g).macroF1()
	}
	return sum / float64(len(groups))
}

// confusions lists pairs of wanted and found intents by how often they happened.
func confusions(all []sorted) map[desk.Intent]map[desk.Intent]int {
	out := map[desk.Intent]map[desk.Intent]int{}
	for _, c := range all {
		if c.Intent == "" || c.Intent == c.seen.Intent {
			continue
		}
		if out[c.Intent] == nil {
			out[c.Intent] = map[desk.Intent]int{}
		}
		out[c.Intent][c.seen.Intent]++
	}
	return out
}

func keys[K interface{ ~string }, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
