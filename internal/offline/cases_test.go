package offline

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// labelled is a mail of the evaluation set with the labels a person gave it. The
// word lists may be tuned on dev.jsonl, never on test.jsonl.
type labelled struct {
	ID       string
	Language desk.Language
	Type     desk.Type
	Intent   desk.Intent
	Subject  string
	Text     string
}

func readCases(t testing.TB, split string) []labelled {
	t.Helper()
	file, err := os.Open("testdata/cases/" + split + ".jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var cases []labelled
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var c labelled
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatalf("%s.jsonl: %v", split, err)
		}
		cases = append(cases, c)
	}
	return cases
}

// tally counts right and wrong answers for one class.
type tally struct{ hit, missed, wrongly float64 }

func (t tally) recall() float64    { return ratio(t.hit, t.hit+t.missed) }
func (t tally) precision() float64 { return ratio(t.hit, t.hit+t.wrongly) }
func (t tally) f1() float64        { return ratio(2*t.hit, 2*t.hit+t.missed+t.wrongly) }

func ratio(part, whole float64) float64 {
	if whole == 0 {
		return 1
	}
	return part / whole
}

// score is how the engine did on one language.
type score struct {
	cases, intents float64
	types          float64 // told from words alone
	placed         float64 // if every after-sale mail bore its order number, which settles it
	byIntent       map[desk.Intent]tally
}

func (s *score) count(want, got desk.Intent) {
	if want == got {
		w := s.byIntent[want]
		w.hit++
		s.byIntent[want] = w
		return
	}
	w, g := s.byIntent[want], s.byIntent[got]
	w.missed++
	g.wrongly++
	s.byIntent[want], s.byIntent[got] = w, g
}

// macroF1 averages over the intents that the cases have.
func (s *score) macroF1() float64 {
	sum, n := 0.0, 0.0
	for _, t := range s.byIntent {
		if t.hit+t.missed > 0 {
			sum += t.f1()
			n++
		}
	}
	return ratio(sum, n)
}

func evaluate(t testing.TB, e *Engine, cases []labelled, show bool) map[desk.Language]*score {
	t.Helper()
	scores := map[desk.Language]*score{}
	for _, c := range cases {
		labels, _, err := e.Triage(context.Background(), assist.Mail{Subject: c.Subject, Text: c.Text})
		if err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
		s := scores[c.Language]
		if s == nil {
			s = &score{byIntent: map[desk.Intent]tally{}}
			scores[c.Language] = s
		}
		s.cases++
		s.count(c.Intent, labels.Intent.Value)
		if c.Intent == labels.Intent.Value {
			s.intents++
		}
		if c.Type == labels.Type.Value {
			s.types++
		}
		if c.Type == desk.AfterSale || c.Type == labels.Type.Value {
			s.placed++
		}
		if show && (c.Intent != labels.Intent.Value || c.Type != labels.Type.Value) {
			t.Logf("%s: intent %s (%s), type %s: %s", c.ID, labels.Intent.Value, labels.Intent.Reason.Detail, labels.Type.Value, c.Text)
		}
	}
	return scores
}

func TestDevCasesForTuning(t *testing.T) {
	for language, s := range evaluate(t, newEngine(t), readCases(t, "dev"), true) {
		if accuracy := s.intents / s.cases; accuracy < 0.9 {
			t.Errorf("%s: intent accuracy %.2f", language, accuracy)
		}
	}
}

// TestTestCasesReachTheFigures prints the table of docs and holds the engine to
// its floors. It names no case, so that nobody tunes on this split by accident.
func TestTestCasesReachTheFigures(t *testing.T) {
	scores := evaluate(t, newEngine(t), readCases(t, "test"), false)
	var f1, types, placed, cases float64
	costly := tally{}
	t.Logf("%-8s %5s %9s %9s %9s %9s", "language", "cases", "accuracy", "macro-F1", "type", "refund+claim")
	for _, language := range slices.SortedFunc(maps.Keys(scores), cmp.Compare[desk.Language]) {
		s := scores[language]
		money := tally{}
		for _, intent := range []desk.Intent{desk.Refund, desk.Claim} {
			of := s.byIntent[intent]
			money.hit += of.hit
			money.missed += of.missed
			money.wrongly += of.wrongly
		}
		costly.hit, costly.missed, costly.wrongly = costly.hit+money.hit, costly.missed+money.missed, costly.wrongly+money.wrongly
		t.Logf("%-8s %5.0f %9.2f %9.2f %9.2f %9.2f", language, s.cases, s.intents/s.cases, s.macroF1(), s.types/s.cases, money.recall())
		f1, types, placed, cases = f1+s.macroF1(), types+s.types, placed+s.placed, cases+s.cases
		if s.macroF1() < 0.65 {
			t.Errorf("%s: macro-F1 %.2f, want at least 0.65", language, s.macroF1())
		}
	}
	mean := f1 / float64(len(scores))
	t.Logf("mean macro-F1 %.3f, type by words %.3f, had every after-sale mail an order number %.3f, refund and claim: recall %.3f, precision %.3f", mean, types/cases, placed/cases, costly.recall(), costly.precision())
	if mean < 0.80 {
		t.Errorf("mean macro-F1 %.3f, want at least 0.80", mean)
	}
	if types/cases < 0.94 || placed/cases < 0.97 {
		t.Errorf("type accuracy %.3f by words, want 0.94; %.3f with order numbers, want 0.97", types/cases, placed/cases)
	}
	if costly.recall() < 0.98 || costly.precision() < 0.90 {
		t.Errorf("refund and claim: recall %.3f, want 0.98; precision %.3f, want 0.90", costly.recall(), costly.precision())
	}
}
