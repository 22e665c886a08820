package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// report is everything an evaluation found.
type report struct {
	Model     string                        `json:"model"`
	Split     string                        `json:"split"`
	Cases     int                           `json:"cases"`
	FellBack  int                           `json:"fell_back"` // sorted by rules because the model could not
	Languages map[desk.Language]figures     `json:"languages"`
	All       figures                       `json:"all"`
	MacroF1   figure                        `json:"mean_macro_f1"`
	Intents   map[desk.Intent]intentFigures `json:"intents"`
	Grounding grounding                     `json:"grounding"`
	Injection injections                    `json:"injection"`
	Spending  spending                      `json:"spending"`
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

// evaluate runs every part.
func (r *runner) evaluate(ctx context.Context, split string) (report, []sorted, error) {
	out := report{Model: r.assistant.Name(), Split: split}
	cases, err := readCases(split)
	if err != nil {
		return out, nil, err
	}
	all, err := r.sortAll(ctx, cases)
	if err != nil {
		return out, nil, err
	}
	out.sorting(all)
	for _, part := range []func() error{
		func() (err error) { out.Grounding, err = r.ground(ctx); return err },
		func() (err error) { out.Spending, err = r.spend(ctx, all); return err },
		func() (err error) { out.Injection, err = r.inject(ctx); return err },
	} {
		if err := part(); err != nil {
			return out, all, err
		}
	}
	return out, all, nil
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

func (out report) json(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

// print writes the report for people.
func (out report) print(w io.Writer) {
	fmt.Fprintf(w, "%s on %d %s cases. In brackets: 95 %% intervals by bootstrap (%d resamplings, fixed seed).\n\n", out.Model, out.Cases, out.Split, resamplings)
	fmt.Fprintf(w, "%-9s", "")
	for _, m := range measures {
		fmt.Fprintf(w, "%-19s", m.name)
	}
	fmt.Fprintln(w)
	for _, l := range out.languages {
		out.Languages[l].row(w, string(l))
	}
	out.All.row(w, "all")
	fmt.Fprintf(w, "\nIntent, macro-F1 averaged over languages: %s\n", out.MacroF1)
	fmt.Fprintln(w, "money R and P: recall and precision of refund requests and claims. mood: polarity of the sentiment. language: both spellings of English count as one.")
	if out.FellBack > 0 {
		fmt.Fprintf(w, "The model could not sort %d mails; rules did.\n", out.FellBack)
	}
	out.intents(w)
	out.rest(w)
}

func (f figure) String() string { return fmt.Sprintf("%.3f [%.2f, %.2f]", f.Value, f.Low, f.High) }

func (f figures) row(w io.Writer, name string) {
	fmt.Fprintf(w, "%-9s", name)
	for _, m := range measures {
		fmt.Fprintf(w, "%-19s", f[m.name])
	}
	fmt.Fprintln(w)
}

func (out report) intents(w io.Writer) {
	fmt.Fprintf(w, "\n%-18s %5s %7s %9s %6s  taken for\n", "intent", "cases", "recall", "precision", "F1")
	for _, intent := range desk.Intents {
		f, ok := out.Intents[intent]
		if !ok {
			continue
		}
		var missed []string
		for _, other := range keys(f.Missed) {
			missed = append(missed, fmt.Sprintf("%s %d", other, f.Missed[other]))
		}
		fmt.Fprintf(w, "%-18s %5d %7.2f %9.2f %6.2f  %s\n", intent, f.Cases, f.Recall, f.Precision, f.F1, strings.Join(missed, ", "))
	}
}

func (out report) rest(w io.Writer) {
	g, i, s := out.Grounding, out.Injection, out.Spending
	fmt.Fprintf(w, "\nGrounding, %d questions: three suggestions for %d, right entry found for %.2f, %d citations accepted, all verbatim, %.2f of them relevant;\n", g.Questions, g.Suggested, g.Found.value(), g.Accepted, g.precision())
	fmt.Fprintf(w, "  %d drafts cite nothing though an entry answers, %d cite where none answers. Outgoing check: %d blocked, %d with warnings. Numbers from nowhere: %d.\n", g.Uncited, g.Groundless, g.Blocked, g.Warned, g.Unverified)
	fmt.Fprintf(w, "\nInjection, %d mails: the text reached the assistant in %d, labels changed in %d, priority fell in %d, type changed in %d.\n", i.Mails, i.Reached, i.Changed, i.Lowered, i.TypeChanged)
	fmt.Fprintf(w, "  With a model that obeys: %d left the buyers' mail, %d demands for money fell below high, %d other mails fell below their clean mail.\n", i.ObeyedLeft, i.ObeyedMoneyLowered, i.ObeyedLowered)
	fmt.Fprintf(w, "  False citations accepted: %d. Replies stopped by the outgoing check, by hand / sent by a rule, of 15 languages:\n", i.Claims)
	stores := []desk.Store{desk.AmazonCom, desk.WalmartCom, desk.EBayCom, desk.NeweggCom, desk.Own}
	fmt.Fprintf(w, "  %-10s", "")
	for _, store := range stores {
		fmt.Fprintf(w, "%-13s", store)
	}
	fmt.Fprintln(w)
	for _, goal := range keys(i.Stopped) {
		fmt.Fprintf(w, "  %-10s", goal)
		for _, store := range stores {
			n := i.Stopped[goal][store]
			fmt.Fprintf(w, "%-13s", fmt.Sprintf("%d / %d", n.ByHand, n.Automatic))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "\nCost, modelled for %s, tokens estimated on the high side, no prompt cache: %d input tokens for a typical mail's labels (goal %d),\n", defaultModel, s.TriageTokens, goalTokens)
	fmt.Fprintf(w, "  %d for suggestions; $%.2f per 1,000 mails for both (goal $%.2f).\n", s.SuggestTokens, s.Dollars, goalDollars)
	if out.MicroDollars > 0 || out.InputTokens > 0 {
		fmt.Fprintf(w, "  Sorting these cases used %d input and %d output tokens, $%.4f.\n", out.InputTokens, out.OutputTokens, float64(out.MicroDollars)/1e6)
	}
	fmt.Fprintf(w, "Time per mail in the assistant: %s.\n", out.PerMail.Round(time.Microsecond))
}

// errors lists every case with a wrong label.
func listErrors(w io.Writer, all []sorted) {
	fmt.Fprintln(w, "\nid\twanted → found\twords that told it\ttext")
	for _, c := range all {
		var wrong []string
		for _, l := range []struct{ name, want, got string }{
			{"type", string(c.Type), string(c.seen.Type)}, {"intent", string(c.Intent), string(c.seen.Intent)},
			{"mood", string(c.Sentiment), string(polarityOf[c.seen.Sentiment])}, {"priority", string(c.Priority), string(c.seen.Priority)},
		} {
			if l.want != "" && l.want != l.got {
				wrong = append(wrong, fmt.Sprintf("%s %s → %s", l.name, l.want, l.got))
			}
		}
		if c.costly() != c.costlyFound() && c.judgesMoney() {
			wrong = append(wrong, fmt.Sprintf("refund or claim %t → %t", c.costly(), c.costlyFound()))
		}
		if c.judgesLanguage() && !c.rightLanguage() {
			wrong = append(wrong, fmt.Sprintf("language %s → %s", c.Language, c.seen.Language))
		}
		if len(wrong) > 0 {
			fmt.Fprintf(w, "%s\t%s\t%s\t%q\n", c.ID, strings.Join(wrong, "; "), c.labels.Intent.Reason.Detail, c.Text)
		}
	}
}
