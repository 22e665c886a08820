package model

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// Sizes of a triage question and its answer. A typical mail costs about 1,500
// input tokens, prompt and form included.
const (
	mailTokens   = 1200
	triageTokens = 400 // of the answer
)

// Lengths of what agents read, in characters.
const (
	summaryLimit = 160
	reasonLimit  = 120
	queryLimit   = 80
)

// sorted is the answer to a triage question.
type sorted struct {
	Reason    string         `json:"reason"`
	Type      desk.Type      `json:"type"`
	Intent    desk.Intent    `json:"intent"`
	Flags     []string       `json:"flags"`
	Orders    []string       `json:"orders"`
	Priority  desk.Priority  `json:"priority"`
	Mood      string         `json:"mood"`
	Sentiment desk.Sentiment `json:"sentiment"`
	Language  desk.Language  `json:"language"`
	Summary   string         `json:"summary"`
	Query     string         `json:"query"`
}

// Triage labels a mail by one call. A type that the marketplace's own form tells
// stays; a buyer's message stays a buyer's.
func (a *Assistant) Triage(ctx context.Context, mail assist.Mail) (desk.Labels, desk.Provenance, error) {
	m := newMasks(mail.OrderNumbers...)
	q := Question{Org: mail.Org, Task: Triage, User: triagePage(mail, m), Tool: triageTool(), MaxTokens: triageTokens}
	var s sorted
	made, err := a.ask(ctx, q, func(input json.RawMessage) error {
		s = sorted{}
		if err := decode(input, &s); err != nil {
			return err
		}
		return s.check(m)
	})
	if err != nil {
		return desk.Labels{}, made, err
	}
	return s.labels(mail, m, a.risks(mail)), made, nil
}

func triagePage(mail assist.Mail, m *masks) string {
	p := newPage()
	p.fact("store", string(mail.Store))
	p.fact("type, told by the marketplace", string(told(mail.Known.Type)))
	p.fact("order numbers", strings.Join(mail.OrderNumbers, ", "))
	p.fact("agents read", read(mail.Reader))
	p.fact("knowledge base in", read(mail.Knowledge))
	examples(p, mail.Examples)
	p.data("mail", mailText(mail, m, mailTokens))
	return p.String()
}

// Examples shown of corrections by hand, and their tokens together.
const (
	exampleLimit  = 4
	exampleTokens = 300
)

// examples shows what agents corrected in mail like this. They stand behind the
// cached prefix, and their text is data like any mail.
func examples(p *page, all []desk.Example) {
	tokens := 0
	for i, e := range all[:min(len(all), exampleLimit)] {
		var labels []string
		for _, l := range e.Labels {
			labels = append(labels, l.Label+" "+l.Value)
		}
		filed := strings.Join(labels, ", ")
		if tokens += Tokens(e.Text) + Tokens(filed) + exampleFrame; tokens > exampleTokens {
			return
		}
		p.data(fmt.Sprintf("example %d", i+1), e.Text)
		p.fact("an agent corrected it to", filed)
	}
}

// exampleFrame is what the fences and the line around an example take.
const exampleFrame = 30

// mailText is a mail's subject and text as the model may see them.
func mailText(mail assist.Mail, m *masks, tokens int) string {
	subject := "Subject: " + shorten(line(mail.Subject), 200)
	return m.hide(subject + "\n\n" + trim(clean(mail.Text), tokens))
}

// check holds every label to its set.
func (s sorted) check(m *masks) error {
	closed := []struct {
		field string
		ok    bool
	}{
		{"type", slices.Contains(types(), s.Type)},
		{"intent", slices.Contains(desk.Intents, s.Intent)},
		{"priority", slices.Contains(desk.Priorities, s.Priority)},
		{"sentiment", slices.Contains(desk.Sentiments, s.Sentiment)},
		{"language", slices.Contains(languageTags(), string(s.Language))},
		{"flags", !slices.ContainsFunc(s.Flags, func(f string) bool { return !slices.Contains(flags, f) })},
	}
	for _, c := range closed {
		if !c.ok {
			return flaw{what: c.field + " is not one of the values allowed"}
		}
	}
	if line(s.Summary) == "" || m.strange(s.Summary) {
		return flaw{what: "summary is empty or has a token that was not given"}
	}
	return nil
}

func (s sorted) labels(mail assist.Mail, m *masks, risks []string) desk.Labels {
	reason := shorten(m.quote(line(s.Reason)), reasonLimit)
	l := desk.Labels{
		Intent:    desk.Set(s.Intent, desk.ByModel, desk.ReasonModel, reason),
		Sentiment: desk.Set(s.Sentiment, desk.ByModel, desk.ReasonModel, shorten(m.quote(line(s.Mood)), reasonLimit)),
		Priority:  s.priority(risks, reason),
		Summary:   shorten(m.quote(line(s.Summary)), summaryLimit),
		Query:     shorten(line(token.ReplaceAllString(s.Query, "")), queryLimit),
		Orders:    s.orders(mail, m),
	}
	if s.Language != noLanguage {
		l.Language = desk.Set(s.Language, desk.ByModel, desk.ReasonModel, names[s.Language])
	}
	if mayBe(s.Type, mail.Known.Type) {
		l.Type = desk.Set(s.Type, desk.ByModel, desk.ReasonModel, reason)
		l.Category = desk.Set(desk.Category(s.Type), desk.ByModel, desk.ReasonModel, reason)
	}
	return l
}

// ordersLimit is how many order numbers are taken from one mail.
const ordersLimit = 5

// orders are the order numbers that really stand in the mail, beyond those that
// are known.
func (s sorted) orders(mail assist.Mail, m *masks) []string {
	var found []string
	for _, o := range s.Orders {
		o = line(m.restore(o))
		known := slices.Contains(mail.OrderNumbers, o) || slices.Contains(found, o)
		if !known && len(found) < ordersLimit && isOrder(o) && strings.Contains(mail.Subject+"\n"+mail.Text, o) {
			found = append(found, o)
		}
	}
	return found
}

// isOrder takes what could be an order's number in any shop.
func isOrder(o string) bool {
	return len(o) >= 5 && len(o) <= 30 && len(digits(o)) >= 4 && !strings.ContainsAny(o, "@ ")
}

// told is what is known of a mail's type beyond guesses: the type itself from a
// form of the marketplace or from a person, or only that a buyer wrote.
func told(known desk.Label[desk.Type]) desk.Type {
	switch {
	case firm(known):
		return known.Value
	case known.Value.FromBuyer():
		return desk.BuyerMessage
	}
	return ""
}

func firm(known desk.Label[desk.Type]) bool {
	return known.Value != "" && !desk.ByModel.Over(known.Source)
}

// mayBe reports whether a mail can be of type t: what is firm stays, and a buyer
// cannot talk a mail out of the buyers' mail.
func mayBe(t desk.Type, known desk.Label[desk.Type]) bool {
	return !firm(known) && (told(known) == "" || t.FromBuyer())
}

// grave are flags whose mail is of high priority, whatever else is said.
var grave = []string{"claim", "chargeback", "legal", "safety", "self_harm", "refund"}

// priority is the model's unless the intent, a flag, the rules or the mood make
// it high.
func (s sorted) priority(risks []string, reason string) desk.Label[desk.Priority] {
	if s.Intent == desk.Refund || s.Intent == desk.Claim {
		return desk.Set(desk.High, desk.ByModel, desk.ReasonIntent, string(s.Intent))
	}
	for _, g := range grave {
		if slices.Contains(s.Flags, g) || slices.Contains(risks, g) {
			return desk.Set(desk.High, desk.ByModel, desk.ReasonIntent, g)
		}
	}
	if s.Sentiment == desk.VeryNegative {
		return desk.Set(desk.High, desk.ByModel, desk.ReasonSentiment, string(s.Sentiment))
	}
	return desk.Set(s.Priority, desk.ByModel, desk.ReasonModel, reason)
}

// risks is what rules find in a mail from a person; notices of the marketplace
// speak of refunds and claims that are settled.
func (a *Assistant) risks(mail assist.Mail) []string {
	if a.Risk == nil || firm(mail.Known.Type) && !mail.Known.Type.Value.FromBuyer() {
		return nil
	}
	return a.Risk(mail.Subject + "\n\n" + mail.Text)
}
