package dynamo

import (
	"context"
	"strings"
	"sync"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Entries of the knowledge base have a partition of their own; a version item
// beside them tells readers cheaply whether their copy is still good.
func knowledgeKey(org desk.OrgID) string { return "B#" + string(org) }

const (
	entrySort    = "e#"
	questionSort = "q#"
	versionSort  = "version"
)

// KnowledgeVersion changes with every change of the knowledge base.
func (t *Table) KnowledgeVersion(ctx context.Context, org desk.OrgID) (int64, error) {
	it, err := t.get(ctx, knowledgeKey(org), versionSort, true)
	if err != nil {
		return 0, err
	}
	return getN(it, "n"), nil
}

// Entries reads the whole knowledge base, at most a few megabytes.
func (t *Table) Entries(ctx context.Context, org desk.OrgID) ([]desk.Entry, error) {
	items, err := t.all(ctx, query{hash: "pk", value: knowledgeKey(org), rangeKey: "sk", prefix: entrySort, consistent: true})
	if err != nil {
		return nil, err
	}
	entries := make([]desk.Entry, len(items))
	for i, it := range items {
		if err := unpack(getB(it, "z"), &entries[i]); err != nil {
			return nil, err
		}
		entries[i].Version = getN(it, "v")
	}
	return entries, nil
}

// PutEntry stores an entry: a new one at version 0, else the version that was
// read; Conflict when it changed since. It returns the entry as stored.
func (t *Table) PutEntry(ctx context.Context, org desk.OrgID, e desk.Entry) (desk.Entry, error) {
	e, err := t.writeEntry(ctx, org, e)
	if err != nil {
		return e, err
	}
	return e, t.bumpKnowledge(ctx, org)
}

func (t *Table) writeEntry(ctx context.Context, org desk.OrgID, e desk.Entry) (desk.Entry, error) {
	condition, values := "attribute_not_exists(pk)", item(nil)
	if e.Version > 0 {
		condition, values = "v = :v", item{":v": num(e.Version)}
	}
	e.Version++
	packed, err := pack(e)
	if err != nil {
		return e, err
	}
	it := key(knowledgeKey(org), entrySort+string(e.ID))
	it["z"], it["v"] = raw(packed), num(e.Version)
	return e, t.put(ctx, it, condition, values)
}

// entryWriters is how many entries of a batch are written at once.
const entryWriters = 8

// PutEntries stores entries as PutEntry does and gives the error of each by its
// place. The version changes once, and also when there is nothing to store: a
// batch that was cut off before and is sent again then shows what it stored.
func (t *Table) PutEntries(ctx context.Context, org desk.OrgID, entries []desk.Entry) ([]desk.Entry, []error, error) {
	stored, errs := make([]desk.Entry, len(entries)), make([]error, len(entries))
	var work sync.WaitGroup
	free := make(chan struct{}, entryWriters)
	for i, e := range entries {
		free <- struct{}{}
		work.Go(func() {
			stored[i], errs[i] = t.writeEntry(ctx, org, e)
			<-free
		})
	}
	work.Wait()
	return stored, errs, t.bumpKnowledge(ctx, org)
}

// DeleteEntry removes an entry; removing it again is fine.
func (t *Table) DeleteEntry(ctx context.Context, org desk.OrgID, id desk.EntryID) error {
	if err := t.remove(ctx, knowledgeKey(org), entrySort+string(id)); err != nil {
		return err
	}
	return t.bumpKnowledge(ctx, org)
}

func (t *Table) bumpKnowledge(ctx context.Context, org desk.OrgID) error {
	_, err := t.update(ctx, knowledgeKey(org), versionSort, "ADD n :one", "", item{":one": num(1)})
	return err
}

// Questions reads the questions that had no answer, at most five hundred.
func (t *Table) Questions(ctx context.Context, org desk.OrgID) ([]desk.Question, error) {
	items, err := t.all(ctx, query{hash: "pk", value: knowledgeKey(org), rangeKey: "sk", prefix: questionSort})
	if err != nil {
		return nil, err
	}
	questions := make([]desk.Question, len(items))
	for i, it := range items {
		if questions[i], err = readQuestion(it); err != nil {
			return nil, err
		}
	}
	return questions, nil
}

// Question reads one question; an empty one when there is none.
func (t *Table) Question(ctx context.Context, org desk.OrgID, id string) (desk.Question, error) {
	it, err := t.get(ctx, knowledgeKey(org), questionSort+id, false)
	if err != nil || it == nil {
		return desk.Question{ID: id}, err
	}
	return readQuestion(it)
}

func readQuestion(it item) (q desk.Question, err error) {
	err = unpack(getB(it, "z"), &q)
	q.ID, q.Version = strings.TrimPrefix(getS(it, "sk"), questionSort), getN(it, "v")
	return q, err
}

// PutQuestion stores a question in its place; Conflict when it changed since it
// was read.
func (t *Table) PutQuestion(ctx context.Context, org desk.OrgID, q desk.Question) error {
	condition, values := "attribute_not_exists(pk)", item(nil)
	if q.Version > 0 {
		condition, values = "v = :v", item{":v": num(q.Version)}
	}
	packed, err := pack(q)
	if err != nil {
		return err
	}
	it := key(knowledgeKey(org), questionSort+q.ID)
	it["z"], it["v"] = raw(packed), num(q.Version+1)
	return t.put(ctx, it, condition, values)
}

// DeleteQuestion removes a question; removing it again is fine.
func (t *Table) DeleteQuestion(ctx context.Context, org desk.OrgID, id string) error {
	return t.remove(ctx, knowledgeKey(org), questionSort+id)
}

// purgeQuestions removes the questions that came through a mailbox.
func (t *Table) purgeQuestions(ctx context.Context, org desk.OrgID, box desk.MailboxID) error {
	questions, err := t.Questions(ctx, org)
	if err != nil {
		return err
	}
	for _, q := range questions {
		if q.Mailbox != box {
			continue
		}
		if err := t.DeleteQuestion(ctx, org, q.ID); err != nil {
			return err
		}
	}
	return nil
}
