package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/guard"
	"github.com/quilldesk/quilldesk/internal/knowledge"
	"github.com/quilldesk/quilldesk/internal/outbox"
)

// question is a mail with the entry that answers it, "" for none.
type question struct {
	Language desk.Language `json:"language"`
	Text     string        `json:"text"`
	Entry    desk.EntryID  `json:"entry,omitempty"`
}

func readLines[T any](name string) ([]T, error) {
	data, err := caseFiles.ReadFile("cases/" + name)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	var out []T
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		var v T
		if err := unmarshalStrict(lines.Bytes(), &v); err != nil {
			return nil, fmt.Errorf("reading %s, line %d: %w", name, len(out)+1, err)
		}
		out = append(out, v)
	}
	return out, nil
}

// shelf is a small knowledge base in memory.
type shelf struct {
	knowledge.State // what writes is never called
	entries         []desk.Entry
}

func (shelf) KnowledgeVersion(context.Context, desk.OrgID) (int64, error) { return 1, nil }
func (s shelf) Entries(context.Context, desk.OrgID) ([]desk.Entry, error) { return s.entries, nil }

func openShelf() (*knowledge.Base, error) {
	entries, err := shelfEntries()
	return &knowledge.Base{State: shelf{entries: entries}}, err
}

// fillShelf repeats the entries, one by one, as long as all are shown whole.
func fillShelf(ctx context.Context) (*knowledge.Base, error) {
	entries, err := shelfEntries()
	if err != nil {
		return nil, err
	}
	var full *knowledge.Base
	var all []desk.Entry
	for i := 0; ; i++ {
		e := entries[i%len(entries)]
		e.ID = desk.EntryID(fmt.Sprint(e.ID, i))
		all = append(all, e)
		larger := &knowledge.Base{State: shelf{entries: slices.Clone(all)}}
		whole, err := larger.Whole(ctx, org, desk.AmazonCom)
		if err != nil || len(whole) == 0 {
			return full, err
		}
		full = larger
	}
}

func shelfEntries() ([]desk.Entry, error) {
	lines, err := readLines[struct {
		ID       desk.EntryID  `json:"id"`
		Language desk.Language `json:"language"`
		Topic    string        `json:"topic"`
		Answer   string        `json:"answer"`
	}]("knowledge.jsonl")
	if err != nil {
		return nil, err
	}
	var entries []desk.Entry
	for _, l := range lines {
		entries = append(entries, desk.Entry{ID: l.ID, Language: l.Language, Topic: l.Topic, Answer: l.Answer})
	}
	return entries, nil
}

// org is the organisation whose mail this is.
const org desk.OrgID = "eval"

// look puts into a case what the base has for it, as package reply does.
func look(ctx context.Context, base *knowledge.Base, k *assist.Case, text string) (err error) {
	if k.Whole, err = base.Whole(ctx, org, k.Mail.Store); err != nil {
		return err
	}
	k.Entries, err = base.Relevant(ctx, org, text, k.Mail.Store, entriesShown)
	return err
}

// grounding is how drafts rest on the knowledge base.
type grounding struct {
	Questions, Suggested int // three suggestions each
	Found                share
	// Accepted citations are verbatim by construction; Relevant are those of the
	// labelled entry. Uncited are questions with an entry whose draft cites none,
	// Groundless those without an entry whose draft cites one.
	Accepted, Relevant    int
	Uncited, Groundless   int
	Blocked, Warned       int // drafts that the outgoing check stops or warns of
	Unverified, NotSorted int
}

func (g grounding) precision() float64 { return ratio(g.Relevant, g.Accepted) }

// ground takes every question through search, suggestions, a draft and the
// outgoing check.
func (r *runner) ground(ctx context.Context) (grounding, error) {
	base, err := openShelf()
	if err != nil {
		return grounding{}, err
	}
	questions, err := readLines[question]("questions.jsonl")
	if err != nil {
		return grounding{}, err
	}
	var g grounding
	for _, q := range questions {
		if err := r.groundOne(ctx, base, q, &g); err != nil {
			return g, fmt.Errorf("question %q: %w", q.Text, err)
		}
	}
	return g, nil
}

// entriesShown is how many entries are looked for, as in package reply.
const entriesShown = 5

func (r *runner) groundOne(ctx context.Context, base *knowledge.Base, q question, g *grounding) error {
	k := assist.Case{Mail: assist.Mail{Text: q.Text, Store: desk.AmazonCom}, Language: q.Language}
	if r.script != nil {
		r.script.expect(mailCase{Type: desk.PreSale, Language: q.Language}, nil)
	}
	labels, _, err := r.assistant.Triage(ctx, k.Mail)
	if err != nil {
		return err
	}
	k.Labels = labels
	if err := look(ctx, base, &k, q.Text+"\n"+labels.Query); err != nil {
		return err
	}
	offered, err := r.assistant.Suggest(ctx, k)
	if err != nil {
		return err
	}
	g.Questions++
	if len(offered.Items) == 3 {
		g.Suggested++
	}
	if q.Entry != "" {
		g.Found.count(slices.ContainsFunc(k.Entries, func(e desk.Entry) bool { return e.ID == q.Entry }))
	}
	d, err := r.assistant.Draft(ctx, k, offered.Items[0])
	if err != nil {
		return err
	}
	g.draft(q, k, d)
	return nil
}

func (g *grounding) draft(q question, k assist.Case, d desk.Draft) {
	g.Unverified += len(d.Unverified)
	for _, c := range d.Citations {
		i := slices.IndexFunc(k.Base(), func(e desk.Entry) bool { return e.ID == c.Entry && strings.Contains(e.Answer, c.Quote) })
		if i < 0 {
			continue // never: the assistants accept verbatim quotes only
		}
		g.Accepted++
		if c.Entry == q.Entry {
			g.Relevant++
		}
	}
	switch {
	case q.Entry != "" && len(d.Citations) == 0:
		g.Uncited++
	case q.Entry == "" && len(d.Citations) > 0:
		g.Groundless++
	}
	c := desk.Conversation{Store: k.Mail.Store, Subject: "Question"}
	found := guard.Check(outbox.Answer{Conversation: c, Text: d.Text, Language: k.Language}.Outgoing())
	switch {
	case slices.ContainsFunc(found, func(f desk.Finding) bool { return f.Severity == desk.Block }):
		g.Blocked++
	case len(found) > 0:
		g.Warned++
	}
}
