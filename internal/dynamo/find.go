package dynamo

import (
	"context"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Find items lead from an order number, a buyer's address or a word of the
// buyer's name to conversations.
func findKey(org desk.OrgID, term string) string { return "F#" + string(org) + "#" + term }

// FindTerm is how a term is stored and asked for.
func FindTerm(s string) string {
	return cut(strings.ToLower(strings.TrimSpace(norm.NFKC.String(s))), 120)
}

// PutFind makes the conversation findable under the terms.
func (t *Table) PutFind(ctx context.Context, c desk.Conversation, terms []string) error {
	for _, term := range terms {
		it := key(findKey(c.Org, FindTerm(term)), string(c.ID))
		if err := t.put(ctx, it, "", nil); err != nil {
			return err
		}
	}
	return nil
}

// Find lists conversations under a term, at most limit.
func (t *Table) Find(ctx context.Context, org desk.OrgID, term string, limit int) ([]desk.ConversationID, error) {
	items, _, err := t.query(ctx, query{hash: "pk", value: findKey(org, FindTerm(term)), limit: int32(limit)})
	if err != nil {
		return nil, err
	}
	ids := make([]desk.ConversationID, len(items))
	for i, it := range items {
		ids[i] = desk.ConversationID(getS(it, "sk"))
	}
	return ids, nil
}

// Rows reads the rows of conversations by their ids, in that order; those that
// are gone are left out.
func (t *Table) Rows(ctx context.Context, org desk.OrgID, ids []desk.ConversationID) ([]Row, error) {
	var rows []Row
	for _, id := range ids {
		it, err := t.get(ctx, convKey(org, id), convSort, false)
		if err != nil {
			return nil, err
		}
		if it != nil && mergedInto(it) == "" {
			rows = append(rows, rowFrom(it))
		}
	}
	return rows, nil
}
