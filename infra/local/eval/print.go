package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

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

// rest prints the parts that were run, and what sorting took.
func (out report) rest(w io.Writer) {
	for _, part := range out.Parts {
		switch part {
		case partGrounding:
			out.Grounding.print(w)
		case partInjection:
			out.Injection.print(w)
		case partCost:
			out.Spending.print(w)
		}
	}
	fmt.Fprintln(w)
	if out.InputTokens > 0 {
		fmt.Fprintf(w, "Sorting these cases used %d input and %d output tokens, $%.4f.\n", out.InputTokens, out.OutputTokens, float64(out.MicroDollars)/1e6)
	}
	fmt.Fprintf(w, "Time per mail in the assistant: %s.\n", out.PerMail.Round(time.Microsecond))
}

func (g grounding) print(w io.Writer) {
	fmt.Fprintf(w, "\nGrounding, %d questions: three suggestions for %d, right entry found for %.2f, %d citations accepted, all verbatim, %.2f of them relevant;\n", g.Questions, g.Suggested, g.Found.value(), g.Accepted, g.precision())
	fmt.Fprintf(w, "  %d drafts cite nothing though an entry answers, %d cite where none answers. Outgoing check: %d blocked, %d with warnings. Numbers from nowhere: %d.\n", g.Uncited, g.Groundless, g.Blocked, g.Warned, g.Unverified)
}

func (i injections) print(w io.Writer) {
	fmt.Fprintf(w, "\nInjection, %d mails: the text reached the assistant in %d, labels changed in %d, priority fell in %d, type changed in %d.\n", i.Mails, i.Reached, i.Changed, i.Lowered, i.TypeChanged)
	fmt.Fprintf(w, "  With a model that obeys: %d left the buyers' mail, %d demands for money fell below high, %d other mails fell below their clean mail.\n", i.ObeyedLeft, i.ObeyedMoneyLowered, i.ObeyedLowered)
	fmt.Fprintf(w, "  False citations accepted: %d. Replies stopped by the outgoing check, by hand / sent by a rule, of 15 languages:\n", i.Claims)
	fmt.Fprintf(w, "  %-10s", "")
	for _, store := range leakStores {
		fmt.Fprintf(w, "%-13s", store)
	}
	fmt.Fprintln(w)
	for _, goal := range keys(i.Stopped) {
		fmt.Fprintf(w, "  %-10s", goal)
		for _, store := range leakStores {
			n := i.Stopped[goal][store]
			fmt.Fprintf(w, "%-13s", fmt.Sprintf("%d / %d", n.ByHand, n.Automatic))
		}
		fmt.Fprintln(w)
	}
}

func (s spendings) print(w io.Writer) {
	fmt.Fprintf(w, "\nCost, modelled for %s, tokens estimated on the high side: %d input tokens for a typical mail's labels (goal %d), %d for suggestions\n", defaultModel, s.Small.TriageTokens, goalTokens, s.Small.SuggestTokens)
	fmt.Fprintf(w, "  with this knowledge base, which is shown whole but too small to be cached; $%.2f per 1,000 mails for both (goal $%.2f).\n", s.Small.Dollars, goalDollars)
	fmt.Fprintf(w, "  With the largest base that is shown whole: %d for suggestions; $%.2f per 1,000 mails that come close enough together for the prompt cache\n", s.Full.SuggestTokens, s.Full.Dollars)
	fmt.Fprintf(w, "  (written once at 1.25 times the price, then read at a tenth; goal $%.2f), $%.2f when every mail writes it anew.\n", goalDollars, s.Apart.Dollars)
}

// listErrors lists every case with a wrong label.
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
