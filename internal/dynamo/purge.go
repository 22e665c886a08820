package dynamo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
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

// PurgeConversation deletes every item of a removed conversation and calls raw
// with each incoming message before its item goes, so that a second run finds
// what a first one left. With keys its thread keys go too.
func (t *Table) PurgeConversation(ctx context.Context, org desk.OrgID, box desk.MailboxID, id desk.ConversationID, keys bool,
	raw func(desk.MessageID) error) error {
	items, err := t.all(ctx, query{hash: "pk", value: convKey(org, id), consistent: true})
	if err != nil {
		return err
	}
	for _, it := range items {
		if getB(it, "z") != nil && len(getS(it, "sk")) > len(messageSort) {
			m, err := readMessage(it)
			if err != nil {
				return err
			}
			if m.Send == nil {
				if err := raw(m.ID); err != nil {
					return err
				}
			}
		}
		if packed := getB(it, "keys"); keys && packed != nil {
			var claimed []string
			if err := unpack(packed, &claimed); err != nil {
				return err
			}
			for _, k := range claimed {
				if err := t.remove(ctx, claimKey(org, box, k), claimSort); err != nil {
					return err
				}
			}
		}
		if err := t.remove(ctx, getS(it, "pk"), getS(it, "sk")); err != nil {
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

// ForgetMailbox deletes the mailbox itself, when nothing of it is left.
func (t *Table) ForgetMailbox(ctx context.Context, m desk.Mailbox) error {
	var writes []types.WriteRequest
	for _, sk := range []string{mailboxSort + string(m.ID), syncSort(m.ID), "address#" + m.Address} {
		writes = append(writes, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: key(orgKey(m.Org), sk)}})
	}
	out, err := t.client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{t.name: writes}})
	if err != nil {
		return failed("deleting a mailbox", err)
	}
	if len(out.UnprocessedItems) > 0 {
		return desk.Errorf(desk.Unavailable, "storage", "deleting a mailbox: not all items were deleted")
	}
	return t.bump(ctx, m.Org)
}
