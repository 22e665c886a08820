package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/knowledge"
	"github.com/quilldesk/quilldesk/internal/model"
)

// defaultModel is whose prices are shown when nothing real was asked: Haiku 5.5
// bound to a geography, a tenth dearer than the global profile.
const defaultModel = "us.anthropic.claude-haiku-5-5"

// toolPreamble is what Claude is told about calling one forced tool, in tokens,
// beyond what we write (Anthropic gives 313 to 346 for its recent models).
const toolPreamble = 350

// The goals: tokens of one triage question that no cache serves, and dollars for
// 1,000 mails with suggestions for those that a buyer wrote.
const (
	goalTokens  = 1900
	goalDollars = 1.40
)

// meter is a model that weighs questions and answers with something typical.
type meter struct {
	asked []model.Question
	bill  []model.Answer
}

// typical are answers of the usual length.
var typical = map[model.Task]string{
	model.Triage: `{"reason":"buyer says the parcel has not moved for six days","type":"after_sale","intent":"where_is_my_order","flags":[],"priority":"medium","mood":"worried, polite","sentiment":"negative","language":"de","summary":"The buyer asks where the parcel is; tracking has not moved for six days.","query":"parcel late, tracking does not move"}`,
	model.Suggest: `{"s1":{"headline":"Explain the delivery time and offer to ask the carrier","stance":"resolve","cited":["K1"]},` +
		`"s2":{"headline":"Ask for the address to check with the carrier","stance":"ask","cited":[]},"s3":{"headline":"Say politely that a refund is too early","stance":"decline","cited":["K1"]}}`,
}

func (m *meter) Ask(_ context.Context, q model.Question) (model.Answer, error) {
	a := model.Answer{
		Input: json.RawMessage(typical[q.Task]), Model: defaultModel, Stop: model.Done,
		InputTokens:  toolPreamble + model.Tokens(q.System) + model.Tokens(q.Tool.Description) + model.Tokens(string(q.Tool.Schema)) + model.Tokens(q.User),
		OutputTokens: model.Tokens(typical[q.Task]),
	}
	a.MicroDollars = model.Cost(defaultModel, a)
	m.asked, m.bill = append(m.asked, q), append(m.bill, a)
	return a, nil
}

func (m *meter) Worst(q model.Question) int64 { return model.Worst(defaultModel, q) }

// spending is what sorting and suggesting cost, modelled: the real questions of
// the real cases, tokens by model.Tokens (on the high side), no prompt cache at
// all, since a prefix this short is below what the models cache.
type spending struct {
	Mails, Suggested int
	// TriageTokens is the median of a question's input, SuggestTokens likewise.
	TriageTokens, SuggestTokens int
	Dollars                     float64 // per 1,000 mails
}

func (r *runner) spend(ctx context.Context, all []sorted) (spending, error) {
	base, err := openShelf()
	if err != nil {
		return spending{}, err
	}
	m := &meter{}
	a := r.ask(m, defaultModel)
	var s spending
	for _, c := range all {
		if c.mail.Automatic != "" {
			continue // never asked about
		}
		s.Mails++
		if _, _, err := a.Triage(ctx, c.mail); err != nil {
			return s, fmt.Errorf("weighing the triage of %s: %w", c.ID, err)
		}
		if !c.seen.Type.FromBuyer() {
			continue
		}
		s.Suggested++
		if err := suggest(ctx, a, base, c); err != nil {
			return s, fmt.Errorf("weighing the suggestions for %s: %w", c.ID, err)
		}
	}
	s.TriageTokens, s.SuggestTokens = m.median(model.Triage), m.median(model.Suggest)
	total := int64(0)
	for _, b := range m.bill {
		total += b.MicroDollars
	}
	s.Dollars = float64(total) / 1e6 / float64(max(s.Mails, 1)) * 1000
	return s, nil
}

func suggest(ctx context.Context, a assist.Assistant, base *knowledge.Base, c sorted) error {
	k := assist.Case{Mail: c.mail, Labels: c.labels, OrderNumbers: c.mail.OrderNumbers, Language: c.Language, Buyer: c.Name}
	var err error
	if k.Entries, err = base.Relevant(ctx, desk.OrgID("eval"), c.mail.Subject+"\n"+c.mail.Text, c.mail.Store, entriesShown); err != nil {
		return err
	}
	_, err = a.Suggest(ctx, k)
	return err
}

func (m *meter) median(t model.Task) int {
	var tokens []int
	for i, q := range m.asked {
		if q.Task == t {
			tokens = append(tokens, m.bill[i].InputTokens)
		}
	}
	if len(tokens) == 0 {
		return 0
	}
	slices.Sort(tokens)
	return tokens[len(tokens)/2]
}
