package dynamo

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Work that must not be forgotten, by the hash key of the index work.
const (
	workSend  = "send"
	workPurge = "purge"
	workClock = "clock"
)

// outgoingItem is an outgoing message's item; it stands in the index work until
// its sending has ended one way or the other.
func outgoingItem(org desk.OrgID, m desk.Message, version int64) (item, error) {
	it, err := messageItem(org, m, nil)
	if err != nil {
		return nil, err
	}
	it["v"] = num(version)
	switch m.Send.State {
	case desk.Queued:
		it["wk"], it["due"] = str(workSend), str(millis(m.Send.NotAfter))
	case desk.Sending:
		it["wk"], it["due"] = str(workSend), str(millis(m.Send.LeaseUntil))
	}
	inOutbox(it, org, m)
	return it, nil
}

// Queue stores an outgoing message and lets change work on its conversation,
// and on the message, in the same transaction.
func (t *Table) Queue(ctx context.Context, org desk.OrgID, m *desk.Message, change func(*desk.Conversation) error) error {
	here := func(c *desk.Conversation) error {
		if c.ID != m.Conversation {
			return desk.Errorf(desk.Conflict, "changed_meanwhile", "the conversation was merged into another")
		}
		return change(c)
	}
	_, err := t.changeWith(ctx, org, m.Conversation, here, func(desk.Conversation) ([]types.TransactWriteItem, error) {
		it, err := outgoingItem(org, *m, 1)
		return []types.TransactWriteItem{t.putWrite(it, "attribute_not_exists(pk)", nil)}, err
	})
	return err
}

// Outgoing finds an outgoing message of a conversation by its id, wherever it was
// moved since, with the version to name when it is stored again.
func (t *Table) Outgoing(ctx context.Context, org desk.OrgID, conversation desk.ConversationID, id desk.MessageID) (desk.Message, int64, error) {
	none := desk.Errorf(desk.NotFound, "not_found", "there is no such message")
	at, ok := desk.OutgoingAt(id)
	if !ok {
		return desk.Message{}, 0, none
	}
	it, err := t.get(ctx, convKey(org, conversation), messageSort+millis(at)+"#"+string(id), true)
	if err != nil {
		return desk.Message{}, 0, err
	}
	if it == nil {
		place, err := t.Place(ctx, org, conversation, id)
		if err != nil || place == conversation {
			return desk.Message{}, 0, cmp.Or(err, error(none))
		}
		return t.Outgoing(ctx, org, place, id)
	}
	m, err := readMessage(it)
	if err == nil && m.Send == nil {
		err = none
	}
	return m, getN(it, "v"), err
}

// PutOutgoing stores an outgoing message anew if it is still at that version.
func (t *Table) PutOutgoing(ctx context.Context, org desk.OrgID, m desk.Message, version int64) error {
	it, err := outgoingItem(org, m, version+1)
	if err != nil {
		return err
	}
	return t.put(ctx, it, "v = :v", item{":v": num(version)})
}

// PutOutgoingWith is PutOutgoing together with a change of the conversation.
func (t *Table) PutOutgoingWith(ctx context.Context, org desk.OrgID, m desk.Message, version int64, change func(*desk.Conversation) error) error {
	it, err := outgoingItem(org, m, version+1)
	if err != nil {
		return err
	}
	_, err = t.changeWith(ctx, org, m.Conversation, change, func(desk.Conversation) ([]types.TransactWriteItem, error) {
		return []types.TransactWriteItem{t.putWrite(it, "v = :v", item{":v": num(version)})}, nil
	})
	return err
}

// Stuck calls found for every outgoing message and every unbinding whose time
// has passed: work whose queue message was lost.
func (t *Table) Stuck(ctx context.Context, before time.Time, send func(desk.OrgID, desk.ConversationID, desk.MessageID) error,
	purge func(desk.OrgID, desk.MailboxID) error) error {
	for _, work := range []string{workSend, workPurge} {
		items, err := t.all(ctx, query{index: "work", hash: "wk", value: work, rangeKey: "due", from: "0", to: millis(before)})
		if err != nil {
			return err
		}
		for _, it := range items {
			pk, sk := getS(it, "pk"), getS(it, "sk")
			if work == workPurge {
				err = purge(desk.OrgID(strings.TrimPrefix(pk, "O#")), desk.MailboxID(strings.TrimPrefix(sk, mailboxSort)))
			} else if parts := strings.Split(pk+"#"+sk, "#"); len(parts) == 6 {
				err = send(desk.OrgID(parts[1]), desk.ConversationID(parts[2]), desk.MessageID(parts[5]))
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Bounce fails a sent message: the conversation waits for an answer again, its
// clock as it was before. A bounce told twice changes nothing, nor does one of a
// round before the last: id ends with "-" and the round where that is known.
func (t *Table) Bounce(ctx context.Context, org desk.OrgID, c desk.ConversationID, id desk.MessageID, detail string) error {
	id, round, known := id.Round()
	m, version, err := t.Outgoing(ctx, org, c, id)
	if err != nil || m.Send.State == desk.Bounced || m.Send.State == desk.Cancelled {
		return err
	}
	if known && round != m.Send.Round || !known && m.Send.Round > 0 && m.Send.State != desk.Sent {
		return nil
	}
	m.Send.State, m.Send.Code, m.Send.Detail, m.Send.NotAfter = desk.Bounced, "bounced", detail, t.now().UTC()
	return t.PutOutgoingWith(ctx, org, m, version, func(c *desk.Conversation) error {
		c.Reopen(m.Send.Reopen)
		return nil
	})
}
