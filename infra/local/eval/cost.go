package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/quilldesk/quilldesk/internal/assist"
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

// cacheMinimum is the shortest prefix that the default model is taken to cache, in
// tokens, as Anthropic gives it for Haiku 4.5.
const cacheMinimum = 4096

// meter is a model that weighs questions and answers with something typical. Of
// prefixes that are long enough it keeps those it has seen, or none when it is
// forgetful: then each is written to the cache in vain.
type meter struct {
	forgetful bool
	kept      map[string]bool
	asked     []model.Question
	bill      []model.Answer
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
		InputTokens: model.Tokens(q.User), OutputTokens: model.Tokens(typical[q.Task]),
	}
	prefix := q.System + q.Shared + q.Tool.Description + string(q.Tool.Schema)
	switch tokens := toolPreamble + model.Tokens(prefix); {
	case tokens < cacheMinimum:
		a.InputTokens += tokens
	case m.kept[prefix] && !m.forgetful:
		a.CacheReadTokens = tokens
	default:
		a.CacheWriteTokens = tokens
		m.kept[prefix] = true
	}
	a.MicroDollars = model.Cost(defaultModel, a)
	m.asked, m.bill = append(m.asked, q), append(m.bill, a)
	return a, nil
}

func (m *meter) Worst(q model.Question) int64 { return model.Worst(defaultModel, q) }

// spending is what sorting and suggesting cost, modelled: the real questions of
// the real cases, tokens by model.Tokens (on the high side), list prices.
type spending struct {
	Mails, Suggested int
	// TriageTokens is the median of a question's input, SuggestTokens likewise.
	TriageTokens, SuggestTokens int
	Dollars                     float64 // per 1,000 mails
}

// spendings are what mails cost with knowledge bases of several sizes.
type spendings struct {
	// Small is with the base of this evaluation, too short a prefix for any cache.
	Small spending
	// Full is with the largest base that is shown whole, for mails that come within
	// the cache's minutes of each other: one question of a task writes the prefix,
	// at 1.25 times the price of input, and all others read it, at a tenth.
	Full spending
	// Apart is the same when they do not: every question writes it.
	Apart spending
}

func (r *runner) spend(ctx context.Context, all []sorted) (spendings, error) {
	var s spendings
	small, err := openShelf()
	if err != nil {
		return s, err
	}
	full, err := fillShelf(ctx)
	if err != nil {
		return s, err
	}
	for _, one := range []struct {
		of   *spending
		base *knowledge.Base
		m    *meter
	}{
		{&s.Small, small, &meter{}},
		{&s.Full, full, &meter{}},
		{&s.Apart, full, &meter{forgetful: true}},
	} {
		one.m.kept = map[string]bool{}
		if *one.of, err = r.spendWith(ctx, all, one.base, one.m); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (r *runner) spendWith(ctx context.Context, all []sorted, base *knowledge.Base, m *meter) (spending, error) {
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
	if err := look(ctx, base, &k, c.mail.Subject+"\n"+c.mail.Text); err != nil {
		return err
	}
	_, err := a.Suggest(ctx, k)
	return err
}

func (m *meter) median(t model.Task) int {
	var tokens []int
	for i, q := range m.asked {
		if q.Task == t {
			b := m.bill[i]
			tokens = append(tokens, b.InputTokens+b.CacheReadTokens+b.CacheWriteTokens)
		}
	}
	if len(tokens) == 0 {
		return 0
	}
	slices.Sort(tokens)
	return tokens[len(tokens)/2]
}
