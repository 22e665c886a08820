package estimate

import (
	"cmp"
	"context"
	"slices"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/model"
)

// tasks answer in the forms of package model's tools.
var tasks = map[model.Task]func(context.Context, assist.Assistant, page) (any, error){
	model.Triage:    triage,
	model.Suggest:   suggest,
	model.Draft:     draft,
	model.Instruct:  instruct,
	model.Polish:    polish,
	model.Translate: translate,
}

func triage(ctx context.Context, engine assist.Assistant, p page) (any, error) {
	mail := p.mail()
	l, _, err := engine.Triage(ctx, mail)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"reason": cmp.Or(l.Intent.Reason.Detail, "no words that tell more"), "flags": []string{}, "orders": []string{}, "query": "",
		"type":   cmp.Or(l.Type.Value, mail.Known.Type.Value, desk.BuyerMessage),
		"intent": l.Intent.Value, "priority": l.Priority.Value,
		"mood": cmp.Or(l.Sentiment.Reason.Detail, "no words that tell more"), "sentiment": l.Sentiment.Value,
		"language": cmp.Or(l.Language.Value, "other"), "summary": cmp.Or(l.Summary, "Nothing to summarise."),
	}, nil
}

func suggest(ctx context.Context, engine assist.Assistant, p page) (any, error) {
	s, err := engine.Suggest(ctx, p.question())
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	for _, item := range s.Items {
		out[item.ID] = map[string]any{"headline": item.Headline, "stance": item.Stance, "cited": append([]desk.EntryID{}, item.Entries...)}
	}
	return out, nil
}

func draft(ctx context.Context, engine assist.Assistant, p page) (any, error) {
	d, err := engine.Draft(ctx, p.question(), p.suggestion())
	return reply(d), err
}

func instruct(ctx context.Context, engine assist.Assistant, p page) (any, error) {
	d, err := engine.Instruct(ctx, p.question(), p.block("instruction"))
	return reply(d), err
}

func polish(ctx context.Context, engine assist.Assistant, p page) (any, error) {
	d, err := engine.Polish(ctx, assist.Case{}, p.block("text"))
	return map[string]string{"text": d.Text}, err
}

func translate(ctx context.Context, engine assist.Assistant, p page) (any, error) {
	text, _, err := engine.Translate(ctx, assist.Translation{Text: p.block("text"), From: tag(p.facts["from"]), To: tag(p.facts["to"])})
	return map[string]string{"text": text}, err
}

// reply is a draft as a model hands it over: with its aliases in the text.
func reply(d desk.Draft) any {
	text := d.Text
	citations := []map[string]string{}
	ordered := slices.SortedFunc(slices.Values(d.Citations), func(a, b desk.Citation) int { return cmp.Compare(b.End, a.End) })
	for _, c := range ordered { // the last first, so that places stay right
		text = text[:c.End] + " [" + string(c.Entry) + "]" + text[c.End:]
		citations = append(citations, map[string]string{"alias": string(c.Entry), "quote": c.Quote})
	}
	return map[string]any{"text": text, "citations": citations, "missing": append([]string{}, d.Missing...)}
}
