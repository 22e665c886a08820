package main

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
)

func newTestRunner(t testing.TB, model string) *runner {
	t.Helper()
	r, err := newRunner(t.Context(), model)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	return r
}

func sortSplit(t testing.TB, r *runner, split string) []sorted {
	t.Helper()
	cases, err := readCases(split)
	if err != nil {
		t.Fatal(err)
	}
	all, err := r.sortAll(t.Context(), cases)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestOfflineFigures holds the engine to the figures of docs/evaluation.md. It
// names no case, so that nobody tunes on this split by accident.
func TestOfflineFigures(t *testing.T) {
	all := sortSplit(t, newTestRunner(t, "offline"), test)
	languages, groups := byLanguage(all)
	s := scoreOf(all)
	mean := meanMacroF1(groups)
	t.Logf("type %.3f, money recall %.3f and precision %.3f, mean macro-F1 %.3f, mood %.3f, language %.3f",
		s.types.value(), s.money.recall(), s.money.precision(), mean, s.moods.value(), s.written.value())
	for _, f := range []struct {
		name       string
		got, floor float64
	}{
		{"type", s.types.value(), 0.97}, {"refund and claim recall", s.money.recall(), 0.98}, {"refund and claim precision", s.money.precision(), 0.90},
		{"mean macro-F1 of intents", mean, 0.80}, {"polarity of the sentiment", s.moods.value(), 0.80}, {"language of mails", s.written.value(), 0.98},
	} {
		if f.got < f.floor {
			t.Errorf("%s: %.3f is under %.2f", f.name, f.got, f.floor)
		}
	}
	for i, l := range languages {
		if f1 := scoreOf(groups[i]).macroF1(); f1 < 0.65 {
			t.Errorf("%s: macro-F1 %.3f is under 0.65", l, f1)
		}
	}
}

// TestPlainMailsWrittenAfterTheTuning holds what the lists do with everyday words
// that nobody tuned them to.
func TestPlainMailsWrittenAfterTheTuning(t *testing.T) {
	all := sortSplit(t, newTestRunner(t, "offline"), plain)
	_, groups := byLanguage(all)
	s, mean := scoreOf(all), meanMacroF1(groups)
	t.Logf("money recall %.3f and precision %.3f, mean macro-F1 %.3f", s.money.recall(), s.money.precision(), mean)
	if mean < 0.90 || s.money.recall() < 0.90 || s.money.precision() < 0.90 {
		t.Errorf("money recall %.3f, precision %.3f, mean macro-F1 %.3f: each wants 0.90", s.money.recall(), s.money.precision(), mean)
	}
}

// TestEveryLanguageHasCasesOfEveryIntent holds the test split to its size.
func TestEveryLanguageHasCasesOfEveryIntent(t *testing.T) {
	cases, err := readCases(test)
	if err != nil {
		t.Fatal(err)
	}
	count := map[desk.Language]int{}
	has := map[desk.Language]map[desk.Intent]bool{}
	for _, c := range cases {
		count[c.Language]++
		if has[c.Language] == nil {
			has[c.Language] = map[desk.Intent]bool{}
		}
		has[c.Language][c.Intent] = true
	}
	for _, l := range desk.Languages {
		if count[l] < 30 {
			t.Errorf("%s: %d cases, want at least 30", l, count[l])
		}
		for _, intent := range desk.Intents {
			if !has[l][intent] {
				t.Errorf("%s has no case of %s", l, intent)
			}
		}
	}
}

func TestNoTestCaseIsADevCase(t *testing.T) {
	known := map[string]string{}
	for _, split := range []string{test, plain, check} {
		cases, err := readCases(split)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			known[c.Text] = c.ID
		}
	}
	cases, err := readCases(dev)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if id, ok := known[c.Text]; ok {
			t.Errorf("%s says the same as %s", c.ID, id)
		}
	}
}

// TestDevCasesForTuning shows every miss with -v.
func TestDevCasesForTuning(t *testing.T) {
	all := sortSplit(t, newTestRunner(t, "offline"), dev)
	var misses bytes.Buffer
	listErrors(&misses, all)
	t.Log(misses.String())
	if got := scoreOf(all).intents.value(); got < 0.93 {
		t.Errorf("intent accuracy %.3f is under 0.93", got)
	}
}

// TestNothingIsLostOnTheWay asks a scripted model that knows the labels: request,
// masks, schema and validation must hand them through.
func TestNothingIsLostOnTheWay(t *testing.T) {
	r := newTestRunner(t, "fake")
	cases, err := readCases(test)
	if err != nil {
		t.Fatal(err)
	}
	cases = slices.DeleteFunc(cases, func(c mailCase) bool { return !c.Type.FromBuyer() || c.Intent == "" })
	all, err := r.sortAll(t.Context(), cases)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.fellBack != nil || c.seen.Intent != c.Intent || c.seen.Type != c.Type || c.costlyFound() != c.costly() && c.costly() {
			t.Errorf("%s: intent %s, type %s, want %s and %s (%v)", c.ID, c.seen.Intent, c.seen.Type, c.Intent, c.Type, c.fellBack)
		}
	}
}

func TestGroundingOfTheOfflineEngine(t *testing.T) {
	g, err := newTestRunner(t, "offline").ground(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if g.Suggested != g.Questions {
		t.Errorf("three suggestions for %d of %d questions", g.Suggested, g.Questions)
	}
	if g.Accepted == 0 || g.precision() < 0.9 {
		t.Errorf("%d citations, %.2f of them relevant", g.Accepted, g.precision())
	}
	if g.Blocked > 0 || g.Unverified > 0 {
		t.Errorf("%d drafts blocked, %d numbers from nowhere", g.Blocked, g.Unverified)
	}
}

func TestATypicalMailCostsWhatWeSay(t *testing.T) {
	r := newTestRunner(t, "offline")
	s, err := r.spend(t.Context(), sortSplit(t, r, plain))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", s)
	if s.Small.TriageTokens > goalTokens || max(s.Small.Dollars, s.Full.Dollars, s.Apart.Dollars) > goalDollars {
		t.Errorf("%d tokens, goal %d; $%.2f, with the largest whole base $%.2f, never cached $%.2f, goal $%.2f", s.Small.TriageTokens, goalTokens, s.Small.Dollars, s.Full.Dollars, s.Apart.Dollars, goalDollars)
	}
	if s.Full.SuggestTokens < 8000 || s.Apart.Dollars <= s.Full.Dollars {
		t.Errorf("%d tokens for suggestions are no whole base, or its cache saves nothing: $%.2f, without $%.2f", s.Full.SuggestTokens, s.Full.Dollars, s.Apart.Dollars)
	}
}

func TestCommand(t *testing.T) {
	if err := run(context.Background(), []string{"-model", "crystal ball"}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "crystal ball") {
		t.Errorf("a model that does not exist: %v", err)
	}
	if err := run(context.Background(), []string{"-split", "holiday"}, &bytes.Buffer{}); err == nil {
		t.Error("a split that does not exist was read")
	}
	if err := run(context.Background(), []string{"-model", "openai:http://127.0.0.1:1/v1#nobody", "-split", plain}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "sorted nothing") {
		t.Errorf("a model that is not there: %v", err)
	}
	if err := run(context.Background(), []string{"-split", check, "-parts", "telepathy"}, &bytes.Buffer{}); err == nil {
		t.Error("a part that does not exist was run")
	}
	var out bytes.Buffer
	if err := run(context.Background(), []string{"-split", check, "-parts", "grounding", "-json"}, &out); err != nil {
		t.Fatal(err)
	}
	var r struct {
		Cases     int
		Languages map[desk.Language]json.RawMessage
		MacroF1   figure `json:"mean_macro_f1"`
		Grounding grounding
	}
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if r.Cases == 0 || len(r.Languages) != len(desk.Languages) || r.MacroF1.Low > r.MacroF1.Value || r.MacroF1.High < r.MacroF1.Value || r.Grounding.Questions == 0 {
		t.Errorf("report %+v", r.MacroF1)
	}
}

func TestBootstrapIsTheSameInEveryRun(t *testing.T) {
	groups := [][]sorted{sortSplit(t, newTestRunner(t, "offline"), check)}
	mean := func(drawn [][]sorted) []float64 { return []float64{meanMacroF1(drawn)} }
	first := bootstrap(groups, mean)
	if again := bootstrap(groups, mean); first[0] != again[0] {
		t.Errorf("%v, then %v", first, again)
	}
	if first[0].Low >= first[0].High {
		t.Errorf("interval %v", first)
	}
}

func TestMalformedCases(t *testing.T) {
	fine := mailCase{ID: "x", Language: "de", Type: desk.AfterSale, Text: "Hallo"}
	if err := fine.check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*mailCase){
		"no text":   func(c *mailCase) { c.Text = "" },
		"language":  func(c *mailCase) { c.Language = "tlh" },
		"type":      func(c *mailCase) { c.Type = "love_letter" },
		"intent":    func(c *mailCase) { c.Intent = "chat" },
		"priority":  func(c *mailCase) { c.Priority = "urgent" },
		"sentiment": func(c *mailCase) { c.Sentiment = "meh" },
	} {
		c := fine
		if spoil(&c); c.check() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := unmarshalStrict([]byte(`{"id":"x","colour":"red"}`), &mailCase{}); err == nil {
		t.Error("a field that does not exist was accepted")
	}
}
