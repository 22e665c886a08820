package dynamo

import (
	"context"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Entries of the knowledge base have a partition of their own; a version item
// beside them tells readers cheaply whether their copy is still good.
func knowledgeKey(org desk.OrgID) string { return "B#" + string(org) }

const (
	entrySort   = "e#"
	versionSort = "version"
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
	if err := t.put(ctx, it, condition, values); err != nil {
		return e, err
	}
	return e, t.bumpKnowledge(ctx, org)
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
