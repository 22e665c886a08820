package model

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

const (
	suggestTokens = 500
	headlineLimit = 120 // characters
)

type offered struct {
	Headline string      `json:"headline"`
	Stance   desk.Stance `json:"stance"`
	Cited    []string    `json:"cited"`
}

// offers is the answer: exactly three, by name. A fourth has no place in it.
type offers struct {
	S1 *offered `json:"s1"`
	S2 *offered `json:"s2"`
	S3 *offered `json:"s3"`
}

// Suggest offers three ways to answer.
func (a *Assistant) Suggest(ctx context.Context, c assist.Case) (desk.Suggestions, error) {
	m := newMasks(c.OrderNumbers...)
	p, shown := casePage(c, m)
	q := Question{Org: c.Org, Task: Suggest, Shared: p.shared(), User: p.String(), Tool: suggestTool(len(shown)), MaxTokens: suggestTokens}
	out := desk.Suggestions{For: c.Message}
	tries := 0
	var err error
	out.Made, err = a.ask(ctx, q, func(input json.RawMessage) (err error) {
		var o offers
		if err := decode(input, &o); err != nil {
			return err
		}
		if out.Items, err = o.suggestions(c, shown, m); err != nil {
			return err
		}
		tries++
		return invented(out.Items, tries == 1 || len(c.Entries) == 0 && !grounded(out.Items))
	})
	out.Grounded = grounded(out.Items)
	return out, err
}

// grounded reports whether a suggestion rests on an entry.
func grounded(items []desk.Suggestion) bool {
	return slices.ContainsFunc(items, func(s desk.Suggestion) bool { return len(s.Entries) > 0 })
}

// invented is a flaw that names the numbers of headlines that stand nowhere. They
// are let through, marked, when the model was told once and the knowledge base has
// something to say, by search or by a citation; without that a headline states no facts at all.
func invented(items []desk.Suggestion, strict bool) error {
	for _, s := range items {
		if strict && len(s.Unverified) > 0 {
			return flaw{what: s.ID + ": headline has a number that is neither in the mail nor in an entry it cites"}
		}
	}
	return nil
}

// suggestions checks the three.
func (o offers) suggestions(c assist.Case, shown []desk.Entry, m *masks) ([]desk.Suggestion, error) {
	var items []desk.Suggestion
	for i, s := range []*offered{o.S1, o.S2, o.S3} {
		id := fmt.Sprintf("s%d", i+1)
		if s == nil {
			return nil, flaw{what: id + " is missing"}
		}
		item, err := s.suggestion(id, c, shown, m)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(items, func(other desk.Suggestion) bool { return other.Headline == item.Headline }) {
			return nil, flaw{what: id + " is the same as another"}
		}
		items = append(items, item)
	}
	return items, nil
}

var stances = []desk.Stance{desk.Resolve, desk.Ask, desk.Decline}

// suggestion checks one, and notes the numbers of its headline that stand neither
// in the mail, the order or the store's facts nor in an entry it cites.
func (s offered) suggestion(id string, c assist.Case, shown []desk.Entry, m *masks) (desk.Suggestion, error) {
	item := desk.Suggestion{ID: id, Headline: shorten(m.quote(line(s.Headline)), headlineLimit), Stance: s.Stance}
	known := facts(c)
	for _, name := range s.Cited {
		if e, ok := cited(name, shown); ok && !slices.Contains(item.Entries, e.ID) {
			item.Entries = append(item.Entries, e.ID)
			known = append(known, e.Answer)
		}
	}
	switch {
	case item.Headline == "" || m.strange(item.Headline):
		return item, flaw{what: id + " has no usable headline"}
	case !slices.Contains(stances, s.Stance):
		return item, flaw{what: id + ": stance is not one of the values allowed"}
	}
	item.Unverified = unknownNumbers(item.Headline, known)
	return item, nil
}

// cited is the entry shown under an alias; false for an alias never given.
func cited(name string, shown []desk.Entry) (desk.Entry, bool) {
	for i, e := range shown {
		if alias(i) == name {
			return e, true
		}
	}
	return desk.Entry{}, false
}

// facts are the texts a reply may take numbers from, entries apart.
func facts(c assist.Case) []string {
	known := append([]string{c.Mail.Subject, c.Mail.Text, c.Facts}, c.OrderNumbers...)
	for _, turn := range c.History {
		known = append(known, turn.Text)
	}
	return known
}
