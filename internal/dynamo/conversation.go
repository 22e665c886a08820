package dynamo

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// A conversation's partition holds, by sort key:
//
//	conv              the conversation, with the keys of the indexes inbox and box
//	facet             its place in the filter indexes, written once it is sorted
//	m#<millis>#<id>   its messages, oldest first
//	s                 the suggestions for its newest message
//	p#<email>         who has it open, until the item's ttl
const (
	convSort     = "conv"
	facetSort    = "facet"
	messageSort  = "m#"
	suggestSort  = "s"
	presenceSort = "p#"
)

func notFound() error {
	return desk.Errorf(desk.NotFound, "not_found", "there is no such conversation")
}

// convItem is the conversation's item without the ledger of its last batch.
func convItem(c desk.Conversation) (item, error) {
	packed, err := pack(c)
	if err != nil {
		return nil, err
	}
	it := key(convKey(c.Org, c.ID), convSort)
	it["ib"] = str(string(c.Org) + "#" + string(c.Status))
	it["fb"] = str(string(c.Org) + "#" + string(c.Status) + "#" + string(c.Mailbox))
	it["at"] = str(millis(c.LastAt))
	it["row"] = str(rowOf(c).pack())
	it["c"] = raw(packed)
	it["v"] = num(c.Version)
	return it, nil
}

// facetItem is the conversation's entry in the filter indexes.
func facetItem(c desk.Conversation) item {
	prefix := string(c.Org) + "#" + string(c.Status) + "#"
	l := c.Labels
	it := key(convKey(c.Org, c.ID), facetSort)
	it["v"] = num(c.Version)
	it["at"] = str(millis(c.LastAt))
	it["row"] = str(rowOf(c).pack())
	it["fk"] = str(prefix + string(l.Category.Value))
	it["fs"] = str(prefix + string(c.Store))
	it["fm"] = str(prefix + string(l.Priority.Value) + "#" + string(l.Sentiment.Value))
	it["fl"] = str(prefix + string(l.Language.Value))
	if c.Assignee != "" {
		it["fa"] = str(prefix + c.Assignee)
	}
	if c.Clock.Running() && c.Status == desk.Awaiting {
		it["fd"] = str(string(c.Org))
		it["due"] = str(millis(c.Clock.Due))
	}
	if c.MayEscalate() {
		it["wk"] = str(workClock)
	}
	return it
}

func readConversation(it item) (c desk.Conversation, err error) {
	err = unpack(getB(it, "c"), &c)
	c.Version = getN(it, "v")
	return c, err
}

// Conversation reads one conversation, or the one it was merged into; NotFound
// without one.
func (t *Table) Conversation(ctx context.Context, org desk.OrgID, id desk.ConversationID) (desk.Conversation, error) {
	it, err := t.conversation(ctx, org, id)
	if err != nil {
		return desk.Conversation{}, err
	}
	return readConversation(it)
}

// conversation is the item of a conversation, wherever it was merged into.
func (t *Table) conversation(ctx context.Context, org desk.OrgID, id desk.ConversationID) (item, error) {
	for range hops {
		it, err := t.get(ctx, convKey(org, id), convSort, true)
		if err != nil {
			return nil, err
		}
		if it == nil {
			break
		}
		into := mergedInto(it)
		if into == "" {
			return it, nil
		}
		id = into
	}
	return nil, notFound()
}

// changeTries bounds how often a change is done again after somebody else's.
const changeTries = 6

// Change reads a conversation, lets change work on it and writes it back with
// its place in the filter indexes and the counters. A change of status is written
// all or nothing. When somebody else writes in between it starts over, so change must only depend on
// what it is given. An error of change is returned as it is.
func (t *Table) Change(ctx context.Context, org desk.OrgID, id desk.ConversationID, change func(*desk.Conversation) error) (desk.Conversation, error) {
	return t.changeWith(ctx, org, id, change, nil)
}

// changeWith is Change with further writes in the same transaction.
func (t *Table) changeWith(ctx context.Context, org desk.OrgID, id desk.ConversationID, change func(*desk.Conversation) error,
	also func(desk.Conversation) ([]types.TransactWriteItem, error)) (desk.Conversation, error) {
	for try := 1; ; try++ {
		before, err := t.conversation(ctx, org, id)
		if err != nil {
			return desk.Conversation{}, err
		}
		c, err := readConversation(before)
		if err != nil {
			return c, err
		}
		status := c.Status
		if err := change(&c); err != nil {
			return c, err
		}
		c.Version++
		it, err := convItem(c)
		if err != nil {
			return c, err
		}
		keepLedger(it, before)
		if c.Status == status && also == nil {
			err = t.changeInOrder(ctx, it, c)
		} else {
			err = t.changeTogether(ctx, it, c, status, also)
		}
		if err == nil {
			return c, t.bump(ctx, org)
		}
		if !errors.Is(err, errCondition) || try == changeTries {
			return c, err
		}
	}
}

// changeInOrder writes the conversation and then its place in the filter indexes.
// Between the two only a filter can lag behind; the next change, or the same one
// done again, catches it up. It costs half of a transaction.
func (t *Table) changeInOrder(ctx context.Context, it item, c desk.Conversation) error {
	if err := t.put(ctx, it, "v = :v", item{":v": num(c.Version - 1)}); err != nil {
		return err
	}
	err := t.put(ctx, facetItem(c), "attribute_not_exists(v) OR v < :v", item{":v": num(c.Version)})
	if errors.Is(err, errCondition) {
		return nil // a later change has been here
	}
	return err
}

// changeTogether writes a change that moves the conversation between tabs, or
// comes with further writes: conversation, filter indexes and counters at once.
func (t *Table) changeTogether(ctx context.Context, it item, c desk.Conversation, was desk.Status,
	also func(desk.Conversation) ([]types.TransactWriteItem, error)) error {
	writes := []types.TransactWriteItem{
		t.putWrite(it, "v = :v", item{":v": num(c.Version - 1)}),
		t.putWrite(facetItem(c), "", nil),
	}
	if c.Status != was {
		writes = append(writes, t.countWrite(c.Org, c.Mailbox, desk.Counts{was: -1, c.Status: 1}))
	}
	if also != nil {
		more, err := also(c)
		if err != nil {
			return err
		}
		writes = append(writes, more...)
	}
	return t.transact(ctx, writes...)
}

func (t *Table) putWrite(it item, condition string, values item) types.TransactWriteItem {
	put := &types.Put{TableName: &t.name, Item: it}
	if condition != "" {
		put.ConditionExpression, put.ExpressionAttributeValues = &condition, values
	}
	return types.TransactWriteItem{Put: put}
}

// Thread is everything of one conversation.
type Thread struct {
	Conversation desk.Conversation
	Messages     []desk.Message // oldest first
	Suggestions  *desk.Suggestions
	Presence     []Presence
}

// Thread reads a conversation, or the one it was merged into, with all that hangs
// on it, in one query.
func (t *Table) Thread(ctx context.Context, org desk.OrgID, id desk.ConversationID) (Thread, error) {
	var th Thread
	items, err := t.all(ctx, query{hash: "pk", value: convKey(org, id), consistent: true})
	if err != nil {
		return th, err
	}
	found := false
	for _, it := range items {
		switch sk := getS(it, "sk"); {
		case sk == convSort && mergedInto(it) != "":
			return t.Thread(ctx, org, mergedInto(it))
		case sk == convSort:
			found = true
			th.Conversation, err = readConversation(it)
		case strings.HasPrefix(sk, messageSort):
			var m desk.Message
			m, err = readMessage(it)
			th.Messages = append(th.Messages, m)
		case sk == suggestSort:
			th.Suggestions = new(desk.Suggestions)
			err = unpack(getB(it, "z"), th.Suggestions)
		case strings.HasPrefix(sk, presenceSort):
			if getN(it, "ttl") > t.now().Unix() {
				th.Presence = append(th.Presence, readPresence(it))
			}
		}
		if err != nil {
			return th, err
		}
	}
	if !found {
		return th, notFound()
	}
	return th, nil
}

// PutSuggestions stores the suggestions for the conversation's newest message.
func (t *Table) PutSuggestions(ctx context.Context, org desk.OrgID, id desk.ConversationID, s desk.Suggestions) error {
	packed, err := pack(s)
	if err != nil {
		return err
	}
	it := key(convKey(org, id), suggestSort)
	it["z"] = raw(packed)
	return t.put(ctx, it, "", nil)
}
