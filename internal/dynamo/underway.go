package dynamo

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Outgoing messages that are not settled stand in the index due as well, under
// this hash: the outbox of an organisation in one query. The index work, which
// holds those under way, is for finding what was forgotten in all of them.
func outboxKey(org desk.OrgID) string { return string(org) + "#out" }

// outboxKept is how long a message that failed stays in the list of the outbox.
const outboxKept = 14 * 24 * time.Hour

// maxOutbox bounds the list.
const maxOutbox = 200

// inOutbox gives an outgoing message's item its place in the outbox: until when it
// waits, or when it failed.
func inOutbox(it item, org desk.OrgID, m desk.Message) {
	switch m.Send.State {
	case desk.Queued, desk.Sending: // has its due time
	case desk.Failed, desk.Bounced, desk.Unclear:
		it["due"] = str(millis(m.Send.NotAfter))
	default:
		return
	}
	to, n := "", len(m.To)+len(m.Cc)+len(m.Bcc)
	if len(m.To) > 0 {
		to = m.To[0].Address
	}
	it["fd"] = str(outboxKey(org))
	it["at"] = str(millis(m.At))
	it["row"] = str(strings.Join([]string{
		string(m.Send.State), clean(cut(m.Send.Code, 30)), cut(m.Send.By, 60), cut(m.From.Address, 80), cut(to, 80), strconv.Itoa(n), clean(cut(m.Subject, 90)),
	}, fieldEnd))
}

// Underway lists the outgoing messages of an organisation that are not settled,
// those first that have waited longest; at most 200, and of those that failed
// only what failed in the last fourteen days.
func (t *Table) Underway(ctx context.Context, org desk.OrgID) ([]desk.Underway, error) {
	items, _, err := t.query(ctx, query{
		index: "due", hash: "fd", value: outboxKey(org), rangeKey: "due",
		from: millis(t.now().Add(-outboxKept)), to: millis(t.now().Add(365 * 24 * time.Hour)), limit: maxOutbox,
	})
	if err != nil {
		return nil, err
	}
	list := make([]desk.Underway, 0, len(items))
	for _, it := range items {
		f := strings.Split(getS(it, "row"), fieldEnd)
		key := strings.Split(getS(it, "pk")+"#"+getS(it, "sk"), "#")
		if len(f) < 7 || len(key) != 6 {
			continue
		}
		n, _ := strconv.Atoi(f[5])
		list = append(list, desk.Underway{
			Conversation: desk.ConversationID(key[2]), Message: desk.MessageID(key[5]), State: desk.SendState(f[0]), Code: f[1], By: f[2],
			From: f[3], To: f[4], Recipients: n, Subject: f[6], Due: fromMillis(getS(it, "due")), At: fromMillis(getS(it, "at")),
		})
	}
	return list, nil
}

// QueueNew stores a conversation that begins with a mail of ours, and the mail, in
// one transaction; Conflict when it is there already.
func (t *Table) QueueNew(ctx context.Context, c desk.Conversation, m desk.Message) error {
	conv, err := convItem(c)
	if err != nil {
		return err
	}
	out, err := outgoingItem(c.Org, m, 1)
	if err != nil {
		return err
	}
	err = t.transact(ctx,
		t.putWrite(conv, "attribute_not_exists(pk)", nil),
		t.putWrite(facetItem(c), "", nil),
		t.putWrite(out, "attribute_not_exists(pk)", nil),
		t.countWrite(c.Org, c.Mailbox, desk.Counts{c.Status: 1}))
	if err != nil {
		return err
	}
	return t.bump(ctx, c.Org)
}
