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
	lines, err := readLines[struct {
		ID       desk.EntryID  `json:"id"`
		Language desk.Language `json:"language"`
		Topic    string        `json:"topic"`
		Answer   string        `json:"answer"`
	}]("knowledge.jsonl")
	if err != nil {
		return nil, err
	}
	var s shelf
	for _, l := range lines {
		s.entries = append(s.entries, desk.Entry{ID: l.ID, Language: l.Language, Topic: l.Topic, Answer: l.Answer})
	}
	return &knowledge.Base{State: s}, nil
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

// entriesShown is how many entries an answer is written from, as in package reply.
const entriesShown = 8

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
	if k.Entries, err = base.Relevant(ctx, "eval", q.Text+"\n"+labels.Query, k.Mail.Store, entriesShown); err != nil {
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
		i := slices.IndexFunc(k.Entries, func(e desk.Entry) bool { return e.ID == c.Entry && strings.Contains(e.Answer, c.Quote) })
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
	found := guard.Check(outbox.Outgoing(c, desk.Mailbox{}, desk.Organisation{}, d.Text, outbox.ReplySubject(c.Subject), k.Language))
	switch {
	case slices.ContainsFunc(found, func(f desk.Finding) bool { return f.Severity == desk.Block }):
		g.Blocked++
	case len(found) > 0:
		g.Warned++
	}
}
