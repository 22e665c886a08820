package dynamo

import (
	"context"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// What models leave in a conversation's partition:
//
//	g#<request>           a draft while it is being written, until the item's ttl
//	t#<message>#<language> a message's translation
//	again#<message>       a mail that a model is to sort again, in the index work
const (
	growingSort     = "g#"
	translationSort = "t#"
	againSort       = "again#"
	workTriage      = "triage"
)

// PutPartial keeps what a draft says so far, until a time.
func (t *Table) PutPartial(ctx context.Context, org desk.OrgID, c desk.ConversationID, request, text string, until time.Time) error {
	packed, err := pack(text)
	if err != nil {
		return err
	}
	it := key(convKey(org, c), growingSort+request)
	it["z"], it["ttl"] = raw(packed), num(until.Unix())
	return t.put(ctx, it, "", nil)
}

// Partial reads what a draft says so far, "" for none.
func (t *Table) Partial(ctx context.Context, org desk.OrgID, c desk.ConversationID, request string) (text string, err error) {
	it, err := t.get(ctx, convKey(org, c), growingSort+request, true)
	if err != nil || it == nil || getN(it, "ttl") <= t.now().Unix() {
		return "", err
	}
	err = unpack(getB(it, "z"), &text)
	return text, err
}

func translationKey(m desk.MessageID, to desk.Language) string {
	return translationSort + string(m) + "#" + string(to)
}

// PutTranslation keeps a message's translation as long as its conversation.
func (t *Table) PutTranslation(ctx context.Context, org desk.OrgID, c desk.ConversationID, m desk.MessageID, tr desk.Translated) error {
	packed, err := pack(tr)
	if err != nil {
		return err
	}
	it := key(convKey(org, c), translationKey(m, tr.Language))
	it["z"] = raw(packed)
	return t.put(ctx, it, "", nil)
}

// Translation reads a message's translation; NotFound without one.
func (t *Table) Translation(ctx context.Context, org desk.OrgID, c desk.ConversationID, m desk.MessageID, to desk.Language) (tr desk.Translated, err error) {
	it, err := t.get(ctx, convKey(org, c), translationKey(m, to), false)
	if err != nil {
		return tr, err
	}
	if it == nil {
		return tr, notFound()
	}
	err = unpack(getB(it, "z"), &tr)
	return tr, err
}

// Unsorted reads what is noted of a mail that a model is to sort again; false
// when nothing is.
func (t *Table) Unsorted(ctx context.Context, org desk.OrgID, c desk.ConversationID, m desk.MessageID) (desk.Again, bool, error) {
	it, err := t.get(ctx, convKey(org, c), againSort+string(m), true)
	if err != nil || it == nil {
		return desk.Again{}, false, err
	}
	return desk.Again{Since: time.Unix(getN(it, "since"), 0).UTC(), Tries: int(getN(it, "n"))}, true, nil
}

// SortAgain notes that a model is to sort a mail again at a time.
func (t *Table) SortAgain(ctx context.Context, org desk.OrgID, c desk.ConversationID, m desk.MessageID, a desk.Again, due time.Time) error {
	it := key(convKey(org, c), againSort+string(m))
	it["wk"], it["due"] = str(workTriage), str(millis(due))
	it["since"], it["n"] = num(a.Since.Unix()), num(a.Tries)
	return t.put(ctx, it, "", nil)
}

// SortedAgain takes the note away.
func (t *Table) SortedAgain(ctx context.Context, org desk.OrgID, c desk.ConversationID, m desk.MessageID) error {
	return t.remove(ctx, convKey(org, c), againSort+string(m))
}

// DueAgain lists up to limit mails that a model is to sort again by now, the
// longest overdue first.
func (t *Table) DueAgain(ctx context.Context, now time.Time, limit int) ([]desk.Job, error) {
	items, _, err := t.query(ctx, query{index: "work", hash: "wk", value: workTriage, rangeKey: "due", from: "0", to: millis(now), limit: int32(limit)})
	if err != nil {
		return nil, err
	}
	jobs := make([]desk.Job, 0, len(items))
	for _, it := range items {
		message, ok := strings.CutPrefix(getS(it, "sk"), againSort)
		parts := strings.Split(getS(it, "pk"), "#")
		if ok && len(parts) == 3 {
			jobs = append(jobs, desk.Job{Org: desk.OrgID(parts[1]), Conversation: desk.ConversationID(parts[2]), Message: desk.MessageID(message), Again: true})
		}
	}
	return jobs, nil
}
