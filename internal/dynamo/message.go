package dynamo

import (
	"cmp"
	"context"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// bodyBytes bounds the text kept in a message's item: under about 8 KB packed
// an item is cheaper than an object of its own. The rest is in the raw mail.
const bodyBytes = 24 << 10

func messageSortKey(m desk.Message) string { return messageSort + millis(m.At) + "#" + string(m.ID) }

// messageItem is a message's item. keys are the thread keys it claimed, kept so
// that unbinding can delete them.
func messageItem(org desk.OrgID, m desk.Message, keys []string) (item, error) {
	if m.Send == nil && len(m.Text) > bodyBytes { // of what we send nothing is left out
		m.Text = cut(m.Text, bodyBytes)
		m.Folds = foldsWithin(m.Folds, len(m.Text))
		m.Warnings = append(m.Warnings, "text_in_original")
	}
	packed, err := pack(m)
	if err != nil {
		return nil, err
	}
	it := key(convKey(org, m.Conversation), messageSortKey(m))
	it["z"] = raw(packed)
	if len(keys) > 0 {
		packedKeys, err := pack(keys)
		if err != nil {
			return nil, err
		}
		it["keys"] = raw(packedKeys)
	}
	return it, nil
}

func foldsWithin(folds []desk.Fold, n int) []desk.Fold {
	var kept []desk.Fold
	for _, f := range folds {
		if f.Start < n {
			f.End = min(f.End, n)
			kept = append(kept, f)
		}
	}
	return kept
}

func readMessage(it item) (m desk.Message, err error) {
	err = unpack(getB(it, "z"), &m)
	return m, err
}

// PutIncoming stores an incoming message; storing it again changes nothing.
func (t *Table) PutIncoming(ctx context.Context, org desk.OrgID, m desk.Message, keys []string) error {
	it, err := messageItem(org, m, keys)
	if err != nil {
		return err
	}
	return t.put(ctx, it, "", nil)
}

// Message reads one message of a conversation by its id, wherever it was moved
// since; the newest are found in one read.
func (t *Table) Message(ctx context.Context, org desk.OrgID, c desk.ConversationID, id desk.MessageID) (desk.Message, error) {
	q := query{hash: "pk", value: convKey(org, c), rangeKey: "sk", prefix: messageSort, backwards: true, limit: newestMessages, consistent: true}
	for {
		items, next, err := t.query(ctx, q)
		if err != nil {
			return desk.Message{}, err
		}
		for _, it := range items {
			if strings.HasSuffix(getS(it, "sk"), "#"+string(id)) {
				return readMessage(it)
			}
		}
		if next == nil {
			break
		}
		q.start = next
	}
	place, err := t.Place(ctx, org, c, id)
	if err == nil && place != c {
		return t.Message(ctx, org, place, id)
	}
	return desk.Message{}, cmp.Or(err, error(desk.Errorf(desk.NotFound, "not_found", "there is no such message")))
}

const newestMessages = 30

// Messages reads the newest messages of a conversation, oldest first: as many
// as a thread is ever judged by.
func (t *Table) Messages(ctx context.Context, org desk.OrgID, c desk.ConversationID) ([]desk.Message, error) {
	items, _, err := t.query(ctx, query{
		hash: "pk", value: convKey(org, c), rangeKey: "sk", prefix: messageSort, backwards: true, limit: newestMessages, consistent: true,
	})
	if err != nil {
		return nil, err
	}
	messages := make([]desk.Message, len(items))
	for i, it := range items {
		if messages[len(items)-1-i], err = readMessage(it); err != nil {
			return nil, err
		}
	}
	return messages, nil
}
