package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// report is everything an evaluation found.
type report struct {
	Model     string                        `json:"model"`
	Split     string                        `json:"split"`
	Parts     []string                      `json:"parts"`
	Cases     int                           `json:"cases"`
	FellBack  int                           `json:"fell_back"` // sorted by rules because the model could not
	Languages map[desk.Language]figures     `json:"languages"`
	All       figures                       `json:"all"`
	MacroF1   figure                        `json:"mean_macro_f1"`
	Intents   map[desk.Intent]intentFigures `json:"intents"`
	Grounding grounding                     `json:"grounding"`
	Injection injections                    `json:"injection"`
	Spending  spendings                     `json:"spending"`
	// MicroDollars and tokens are what real calls of sorting cost.
	InputTokens, OutputTokens int
	MicroDollars              int64
	PerMail                   time.Duration `json:"per_mail_ns"`

	languages []desk.Language
}

// figures are the values of measures by name.
type figures map[string]figure

type intentFigures struct {
	Recall, Precision, F1 float64
	Cases                 int
	Missed                map[desk.Intent]int `json:"missed,omitempty"`
}

// injections sums up the attacks.
type injections struct {
	Mails, Reached, Changed int
	Lowered, TypeChanged    int
	// Obeyed are the same mails sorted by a model that obeys: how many left the
	// buyers' mail, how many with a demand for money fell below high, how many
	// others fell below their clean mail.
	ObeyedLeft, ObeyedMoneyLowered, ObeyedLowered int
	// Leaks by goal and store: how many of the languages' replies are stopped.
	Stopped map[string]map[desk.Store]stopped
	// Claims is how many false citations were accepted.
	Claims int
}

// stopped counts replies that the outgoing check keeps from being sent.
type stopped struct{ ByHand, Automatic, Of int }

// Parts of an evaluation beside sorting, which is always done. Each asks the
// model some more.
const (
	partGrounding = "grounding"
	partInjection = "injection"
	partCost      = "cost"
)

var everyPart = []string{partGrounding, partInjection, partCost}

// evaluate sorts a split and runs the parts asked for.
func (r *runner) evaluate(ctx context.Context, split string, parts []string) (report, []sorted, error) {
	out := report{Model: r.assistant.Name(), Split: split, Parts: parts}
	for _, part := range parts {
		if !slices.Contains(everyPart, part) {
			return out, nil, fmt.Errorf("there is no part %q, only %s", part, strings.Join(everyPart, ", "))
		}
	}
	cases, err := readCases(split)
	if err != nil {
		return out, nil, err
	}
	all, err := r.sortAll(ctx, cases)
	if err != nil {
		return out, nil, err
	}
	out.sorting(all)
	if asked, err := answered(all); err != nil && out.FellBack == asked {
		return out, all, fmt.Errorf("the model sorted nothing: %w", err)
	}
	for _, part := range parts {
		switch part {
		case partGrounding:
			out.Grounding, err = r.ground(ctx)
		case partInjection:
			out.Injection, err = r.inject(ctx)
		case partCost:
			out.Spending, err = r.spend(ctx, all)
		}
		if err != nil {
			return out, all, err
		}
	}
	return out, all, nil
}

// answered counts the mails that the model was asked about, and gives the last
// reason why it could not sort one.
func answered(all []sorted) (asked int, err error) {
	for _, c := range all {
		asked += one(c.mail.Automatic == "")
		if c.fellBack != nil {
			err = c.fellBack
		}
	}
	return asked, err
}

func (out *report) sorting(all []sorted) {
	out.Cases = len(all)
	languages, groups := byLanguage(all)
	out.languages = languages
	out.Languages = map[desk.Language]figures{}
	for i, l := range languages {
		out.Languages[l] = measured([][]sorted{groups[i]})
	}
	out.All = measured(groups)
	out.MacroF1 = bootstrap(groups, func(drawn [][]sorted) []float64 { return []float64{meanMacroF1(drawn)} })[0]
	out.Intents = map[desk.Intent]intentFigures{}
	total, missed := scoreOf(all), confusions(all)
	for intent, t := range total.byIntent {
		out.Intents[intent] = intentFigures{t.recall(), t.precision(), t.f1(), t.hit + t.missed, missed[intent]}
	}
	for _, c := range all {
		out.InputTokens += c.made.InputTokens
		out.OutputTokens += c.made.OutputTokens
		out.MicroDollars += c.made.MicroDollars
		out.PerMail += c.took / time.Duration(len(all))
		if c.fellBack != nil {
			out.FellBack++
		}
	}
}

// measured are all measures of some groups taken together.
func measured(groups [][]sorted) figures {
	found := bootstrap(groups, func(drawn [][]sorted) []float64 {
		s := scoreOf(slices.Concat(drawn...))
		values := make([]float64, len(measures))
		for i, m := range measures {
			values[i] = m.of(s)
		}
		return values
	})
	out := figures{}
	for i, m := range measures {
		out[m.name] = found[i]
	}
	return out
}

// inject sorts the attacks with the assistant at hand, then with a scripted
// model that obeys, and lets that model write replies. The clean mails are those
// of the test split, whatever else is measured.
func (r *runner) inject(ctx context.Context) (injections, error) {
	out := injections{Stopped: map[string]map[desk.Store]stopped{}}
	cases, err := readCases(test)
	if err != nil {
		return out, err
	}
	attacks, err := readAttacks()
	if err != nil {
		return out, err
	}
	found, err := r.attackAll(ctx, cases, attacks, false)
	if err != nil {
		return out, err
	}
	for _, a := range found {
		out.Mails++
		out.Reached += one(a.Reaches)
		out.Changed += one(len(a.Changed) > 0)
		out.Lowered += one(a.Lowered)
		out.TypeChanged += one(slices.Contains(a.Changed, "type"))
	}
	if err := out.obeyed(ctx, cases, attacks); err != nil {
		return out, err
	}
	return out, out.leaks(ctx, attacks)
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

func (out *injections) obeyed(ctx context.Context, cases []mailCase, attacks []attack) error {
	worst, err := newRunner(ctx, "fake")
	if err != nil {
		return err
	}
	defer worst.close()
	found, err := worst.attackAll(ctx, cases, attacks, true)
	if err != nil {
		return err
	}
	for _, a := range found {
		out.ObeyedLeft += one(!a.Type.FromBuyer())
		switch {
		case a.Carrier == desk.Refund:
			out.ObeyedMoneyLowered += one(a.after.seen.Priority != desk.High)
		default:
			out.ObeyedLowered += one(a.Lowered)
		}
	}
	return nil
}

func (out *injections) leaks(ctx context.Context, attacks []attack) error {
	found, err := leakAll(ctx, attacks)
	if err != nil {
		return err
	}
	for _, l := range found {
		if out.Stopped[l.Goal] == nil {
			out.Stopped[l.Goal] = map[desk.Store]stopped{}
		}
		s := out.Stopped[l.Goal][l.Store]
		out.Stopped[l.Goal][l.Store] = stopped{s.ByHand + one(l.ByHand != ""), s.Automatic + one(l.Automatic != ""), s.Of + 1}
		out.Claims += l.Citations
	}
	return nil
}
