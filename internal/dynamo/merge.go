package dynamo

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// A message changes its conversation in ordered steps, each of which can run twice:
//
//  1. the move is written down in both partitions, so that a conversation takes
//     part in one move at a time and a sweep finds what a crash left;
//  2. thread keys lead to the new conversation;
//  3. each message goes in a transaction of its own, which leaves a pointer: nobody
//     ever sees it twice or not at all;
//  4. one transaction, conditional on the versions of both conversations, writes
//     what they hold now with indexes and counters, and happens once;
//  5. search terms, and the end of the move.
//
// Its items, beside those of conversation.go:
//
//	C#org#from  move      the move; in work until it is over
//	C#org#to    move      which conversation's move it takes part in
//	C#org#from  to#msg    where a message went that was here
//	C#org#from  conv      with `to`: merged into that one; it is in no list
//	T#org#box   conv#     the conversation has pointers, which go with the mailbox
const (
	moveSort  = "move"
	movedSort = "to#"
	workMove  = "move"
)

// moveTime is how long a move may take before a sweep completes it.
const moveTime = 2 * time.Minute

// hops bounds how many moves of one message or conversation are followed.
const hops = 16

func moveItem(mv desk.Move) (item, error) {
	packed, err := pack(mv)
	if err != nil {
		return nil, err
	}
	it := key(convKey(mv.Org, mv.From), moveSort)
	it["z"], it["id"] = raw(packed), str(mv.ID)
	it["wk"], it["due"] = str(workMove), str(millis(mv.Begun.Add(moveTime)))
	if mv.Settled {
		it["done"] = num(1)
	}
	return it, nil
}

// PlanMove writes a move down before it begins; Conflict with "moving" while one
// of its conversations takes part in another.
func (t *Table) PlanMove(ctx context.Context, mv desk.Move) error {
	it, err := moveItem(mv)
	if err != nil {
		return err
	}
	partner := key(convKey(mv.Org, mv.To), moveSort)
	partner["src"] = str(string(mv.From))
	err = t.transact(ctx,
		t.putWrite(it, "attribute_not_exists(pk)", nil),
		t.putWrite(partner, "attribute_not_exists(pk)", nil),
		t.putWrite(traceItem(mv, mv.From), "", nil),
		t.putWrite(traceItem(mv, mv.To), "", nil))
	if errors.Is(err, errCondition) {
		return desk.Errorf(desk.Conflict, "moving", "another move of this conversation is under way: %w", err)
	}
	return err
}

func traceItem(mv desk.Move, id desk.ConversationID) item {
	return key(tombKey(mv.Org, mv.Mailbox), string(id)+"#")
}

// UnfinishedMove finds the move a conversation takes part in, if there is one.
func (t *Table) UnfinishedMove(ctx context.Context, org desk.OrgID, id desk.ConversationID) (mv desk.Move, found bool, err error) {
	it, err := t.get(ctx, convKey(org, id), moveSort, true)
	if err == nil && getS(it, "src") != "" {
		it, err = t.get(ctx, convKey(org, desk.ConversationID(getS(it, "src"))), moveSort, true)
	}
	if err != nil || it == nil {
		return mv, false, err
	}
	return mv, true, unpack(getB(it, "z"), &mv)
}

// UnfinishedMoves calls found for every move whose time has passed.
func (t *Table) UnfinishedMoves(ctx context.Context, before time.Time, found func(desk.OrgID, desk.ConversationID) error) error {
	items, err := t.all(ctx, query{index: "work", hash: "wk", value: workMove, rangeKey: "due", from: "0", to: millis(before)})
	if err != nil {
		return err
	}
	for _, it := range items {
		org, id, _ := strings.Cut(strings.TrimPrefix(getS(it, "pk"), "C#"), "#")
		if err := found(desk.OrgID(org), desk.ConversationID(id)); err != nil {
			return err
		}
	}
	return nil
}

// MoveMessages moves every message of the move that has not gone yet, with the
// thread keys that follow it. Unavailable with "message_sending" while one of
// them is being sent.
func (t *Table) MoveMessages(ctx context.Context, mv desk.Move) error {
	here, err := t.messageItems(ctx, mv.Org, mv.From)
	if err != nil {
		return err
	}
	there, err := t.messageItems(ctx, mv.Org, mv.To)
	if err != nil {
		return err
	}
	goes := func(it item) bool { return mv.Whole || slices.Contains(mv.Messages, messageIn(it)) }
	if mv.Back { // what mail on its way left behind when its conversation was merged
		for _, it := range there {
			if !goes(it) {
				if err := t.remove(ctx, getS(it, "pk"), getS(it, "sk")); err != nil {
					return err
				}
			}
		}
	}
	keys, err := following(slices.Concat(here, there), goes)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := t.repoint(ctx, mv, k); err != nil {
			return err
		}
	}
	for _, it := range here {
		if !goes(it) {
			continue
		}
		if err := t.moveTranslations(ctx, mv, messageIn(it)); err != nil {
			return err
		}
		if err := t.moveMessage(ctx, mv, it); err != nil {
			return err
		}
	}
	return nil
}

// moveTranslations moves what a message was translated into, before it goes itself.
func (t *Table) moveTranslations(ctx context.Context, mv desk.Move, id desk.MessageID) error {
	items, err := t.all(ctx, query{hash: "pk", value: convKey(mv.Org, mv.From), rangeKey: "sk", prefix: translationSort + string(id) + "#", consistent: true})
	if err != nil {
		return err
	}
	for _, it := range items {
		moved := maps.Clone(it)
		moved["pk"] = str(convKey(mv.Org, mv.To))
		if err := t.put(ctx, moved, "", nil); err != nil {
			return err
		}
		if err := t.remove(ctx, getS(it, "pk"), getS(it, "sk")); err != nil {
			return err
		}
	}
	return nil
}

func (t *Table) messageItems(ctx context.Context, org desk.OrgID, id desk.ConversationID) ([]item, error) {
	return t.all(ctx, query{hash: "pk", value: convKey(org, id), rangeKey: "sk", prefix: messageSort, consistent: true})
}

// messageIn is the id of the message that an item holds or points to.
func messageIn(it item) desk.MessageID {
	sk := getS(it, "sk")
	return desk.MessageID(sk[strings.LastIndexByte(sk, '#')+1:])
}

// following are the thread keys that go with the messages: a key that several
// messages carry stays with the newest of them.
func following(messages []item, goes func(item) bool) ([]string, error) {
	slices.SortFunc(messages, func(a, b item) int { return strings.Compare(getS(a, "sk"), getS(b, "sk")) })
	follows := map[string]bool{}
	for _, it := range messages {
		packed := getB(it, "keys")
		if packed == nil {
			continue
		}
		var keys []string
		if err := unpack(packed, &keys); err != nil {
			return nil, err
		}
		for _, k := range keys {
			follows[k] = goes(it)
		}
	}
	maps.DeleteFunc(follows, func(_ string, follow bool) bool { return !follow })
	return slices.Sorted(maps.Keys(follows)), nil
}

// repoint makes a thread key lead to the new conversation, if it leads to the old one.
func (t *Table) repoint(ctx context.Context, mv desk.Move, k string) error {
	_, err := t.update(ctx, claimKey(mv.Org, mv.Mailbox, k), claimSort, "SET conv = :to", "conv = :from",
		item{":to": str(string(mv.To)), ":from": str(string(mv.From))})
	if errors.Is(err, errCondition) {
		return nil
	}
	return err
}

func (t *Table) moveMessage(ctx context.Context, mv desk.Move, it item) error {
	m, err := readMessage(it)
	if err != nil {
		return err
	}
	if m.Send != nil && m.Send.State == desk.Sending {
		return desk.Errorf(desk.Unavailable, "message_sending", "one of the messages is just being sent")
	}
	id := messageIn(it)
	m.Conversation = mv.To
	if m.Send != nil && m.Send.Origin == "" {
		m.Send.Origin = mv.From
	}
	moved := maps.Clone(it)
	packed, err := pack(m)
	if err != nil {
		return err
	}
	moved["pk"], moved["z"] = str(convKey(mv.Org, mv.To)), raw(packed)
	gone := &types.Delete{TableName: &t.name, Key: key(getS(it, "pk"), getS(it, "sk"))}
	condition := "attribute_exists(pk)"
	if v, ok := it["v"]; ok {
		moved["v"] = num(getN(it, "v") + 1)
		condition, gone.ExpressionAttributeValues = "v = :v", item{":v": v}
	}
	gone.ConditionExpression = &condition
	pointer := key(convKey(mv.Org, mv.From), movedSort+string(id))
	pointer["to"], pointer["id"] = str(string(mv.To)), str(mv.ID)
	return t.transact(ctx,
		t.putWrite(moved, "", nil),
		types.TransactWriteItem{Delete: gone},
		t.putWrite(pointer, "", nil),
		types.TransactWriteItem{Delete: &types.Delete{TableName: &t.name, Key: key(convKey(mv.Org, mv.To), movedSort+string(id))}})
}

// Place is the conversation in which a message is now that was once in c. A
// message that enters a conversation takes its pointer there away, so that every
// way ends.
func (t *Table) Place(ctx context.Context, org desk.OrgID, c desk.ConversationID, m desk.MessageID) (desk.ConversationID, error) {
	m, _, _ = m.Round()
	for range hops {
		it, err := t.get(ctx, convKey(org, c), movedSort+string(m), true)
		if err != nil {
			return "", err
		}
		if it == nil {
			break
		}
		c = desk.ConversationID(getS(it, "to"))
	}
	return c, nil
}

// MovedBy lists the messages that a move took from one conversation into another
// and that are still there.
func (t *Table) MovedBy(ctx context.Context, org desk.OrgID, move string, from, into desk.ConversationID) ([]desk.MessageID, error) {
	pointers, err := t.all(ctx, query{hash: "pk", value: convKey(org, from), rangeKey: "sk", prefix: movedSort, consistent: true})
	if err != nil {
		return nil, err
	}
	there, err := t.messageItems(ctx, org, into)
	if err != nil {
		return nil, err
	}
	var ids []desk.MessageID
	for _, it := range there {
		id := messageIn(it)
		if slices.ContainsFunc(pointers, func(p item) bool { return messageIn(p) == id && getS(p, "id") == move }) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// HalfOf reads one conversation of a move as it is stored, without following where it
// was merged into.
func (t *Table) HalfOf(ctx context.Context, org desk.OrgID, box desk.MailboxID, id desk.ConversationID) (desk.Half, error) {
	h, _, err := t.half(ctx, org, box, id)
	return h, err
}

func (t *Table) half(ctx context.Context, org desk.OrgID, box desk.MailboxID, id desk.ConversationID) (h desk.Half, conv item, err error) {
	items, err := t.all(ctx, query{hash: "pk", value: convKey(org, id), consistent: true})
	if err != nil {
		return h, nil, err
	}
	for _, it := range items {
		switch sk := getS(it, "sk"); {
		case sk == convSort && mergedInto(it) != "":
			conv, h.Merged = it, new(desk.Merged)
			err = unpack(getB(it, "z"), h.Merged)
		case sk == convSort:
			conv = it
			h.Conversation, err = readConversation(it)
		case strings.HasPrefix(sk, messageSort):
			var m desk.Message
			m, err = readMessage(it)
			h.Messages = append(h.Messages, m)
		case sk == suggestSort:
			h.Suggestions = new(desk.Suggestions)
			err = unpack(getB(it, "z"), h.Suggestions)
		}
		if err != nil {
			return h, nil, err
		}
	}
	if _, ledger := conv["e"]; ledger {
		sync, err := t.Sync(ctx, org, box)
		if err != nil {
			return h, nil, err
		}
		h.Arriving = getN(conv, "e") >= sync.Epoch
	}
	return h, conv, nil
}
