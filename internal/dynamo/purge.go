package dynamo

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// RemoveConversation takes a conversation out of every list and counter at
// once; PurgeConversation then deletes what is left. Its thread keys stay: they
// are the tombstone that keeps deleted mail from coming back.
func (t *Table) RemoveConversation(ctx context.Context, c desk.Conversation) error {
	pk := convKey(c.Org, c.ID)
	gone := func(sk string) *types.Delete { return &types.Delete{TableName: &t.name, Key: key(pk, sk)} }
	conv := gone(convSort)
	condition := "v = :v"
	conv.ConditionExpression, conv.ExpressionAttributeValues = &condition, item{":v": num(c.Version)}
	err := t.transact(ctx,
		types.TransactWriteItem{Delete: conv},
		types.TransactWriteItem{Delete: gone(facetSort)},
		t.countWrite(c.Org, c.Mailbox, desk.Counts{c.Status: -1}))
	if err != nil {
		return err
	}
	return t.bump(ctx, c.Org)
}

// tombKey is the partition of a mailbox that remembers the thread keys of deleted
// conversations: those keys keep deleted mail from coming back, and must go with
// the mailbox.
func tombKey(org desk.OrgID, box desk.MailboxID) string {
	return "T#" + string(org) + "#" + string(box)
}

// PurgeConversation deletes everything of a conversation but the conversation
// itself, and calls files with each message before its item goes, so that a second
// run finds what a first one left. With keys its thread keys go too, and
// what says where its messages were moved; without the keys are noted for the day
// the mailbox goes.
func (t *Table) PurgeConversation(ctx context.Context, org desk.OrgID, box desk.MailboxID, id desk.ConversationID, keys bool,
	files func(desk.Message) error) error {
	items, err := t.all(ctx, query{hash: "pk", value: convKey(org, id), consistent: true})
	if err != nil {
		return err
	}
	for _, it := range items {
		sk := getS(it, "sk")
		if sk == convSort || sk == facetSort || !keys && strings.HasPrefix(sk, movedSort) {
			continue
		}
		if strings.HasPrefix(sk, messageSort) {
			if err := t.purgeMessage(ctx, org, box, it, keys, files); err != nil {
				return err
			}
		}
		if err := t.remove(ctx, getS(it, "pk"), sk); err != nil {
			return err
		}
	}
	return nil
}

func (t *Table) purgeMessage(ctx context.Context, org desk.OrgID, box desk.MailboxID, it item, keys bool, files func(desk.Message) error) error {
	m, err := readMessage(it)
	if err != nil {
		return err
	}
	if err := files(m); err != nil {
		return err
	}
	packed := getB(it, "keys")
	switch {
	case packed == nil:
		return nil
	case keys:
		return t.removeKeys(ctx, org, box, packed)
	default:
		tomb := key(tombKey(org, box), string(m.Conversation)+"#"+string(m.ID))
		tomb["keys"] = it["keys"]
		return t.put(ctx, tomb, "", nil)
	}
}

func (t *Table) removeKeys(ctx context.Context, org desk.OrgID, box desk.MailboxID, packed []byte) error {
	var claimed []string
	if err := unpack(packed, &claimed); err != nil {
		return err
	}
	for _, k := range claimed {
		if err := t.remove(ctx, claimKey(org, box, k), claimSort); err != nil {
			return err
		}
	}
	return nil
}

// PurgeTombs deletes the thread keys of a mailbox's deleted conversations, and what
// is left of those whose messages were moved.
func (t *Table) PurgeTombs(ctx context.Context, org desk.OrgID, box desk.MailboxID) error {
	q := query{hash: "pk", value: tombKey(org, box), limit: 100, consistent: true}
	for {
		items, next, err := t.query(ctx, q)
		if err != nil {
			return err
		}
		for _, it := range items {
			if err := t.purgeTomb(ctx, org, box, it); err != nil {
				return err
			}
			if err := t.remove(ctx, getS(it, "pk"), getS(it, "sk")); err != nil {
				return err
			}
		}
		if next == nil {
			return nil
		}
		q.start = next
	}
}

func (t *Table) purgeTomb(ctx context.Context, org desk.OrgID, box desk.MailboxID, it item) error {
	moved, isTrace := strings.CutSuffix(getS(it, "sk"), "#")
	if !isTrace {
		return t.removeKeys(ctx, org, box, getB(it, "keys"))
	}
	id := desk.ConversationID(moved)
	if err := t.PurgeConversation(ctx, org, box, id, true, func(desk.Message) error { return nil }); err != nil {
		return err
	}
	for _, sk := range []string{facetSort, convSort} {
		if err := t.remove(ctx, convKey(org, id), sk); err != nil {
			return err
		}
	}
	return nil
}

// InMailbox lists up to limit conversations of a mailbox, whatever their status.
func (t *Table) InMailbox(ctx context.Context, org desk.OrgID, box desk.MailboxID, limit int) ([]desk.ConversationID, error) {
	var ids []desk.ConversationID
	for _, status := range desk.Statuses {
		items, _, err := t.query(ctx, query{
			index: "box", hash: "fb", value: string(org) + "#" + string(status) + "#" + string(box), limit: int32(limit),
		})
		if err != nil {
			return nil, err
		}
		for _, it := range items {
			ids = append(ids, rowFrom(it).ID)
		}
	}
	return ids, nil
}

// RemoveFind takes the conversation out of the search for the terms.
func (t *Table) RemoveFind(ctx context.Context, c desk.Conversation, terms []string) error {
	for _, term := range terms {
		if err := t.remove(ctx, findKey(c.Org, FindTerm(term)), string(c.ID)); err != nil {
			return err
		}
	}
	return nil
}

// ForgetMailbox deletes the mailbox itself with its credentials, when nothing of it is left: at once,
// so that a mailbox that is gone is not polled and its address can be bound again.
func (t *Table) ForgetMailbox(ctx context.Context, m desk.Mailbox) error {
	if err := t.purgeQuestions(ctx, m.Org, m.ID); err != nil {
		return err
	}
	var writes []types.TransactWriteItem
	for _, sk := range []string{mailboxSort + string(m.ID), syncSort(m.ID), tokenSort(m.ID), sentSort(m.ID), "address#" + m.Address} {
		writes = append(writes, types.TransactWriteItem{Delete: &types.Delete{TableName: &t.name, Key: key(orgKey(m.Org), sk)}})
	}
	if err := t.transact(ctx, writes...); err != nil {
		return err
	}
	return t.bump(ctx, m.Org)
}
