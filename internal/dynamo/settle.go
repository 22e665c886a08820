package dynamo

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// mergedInto is the conversation that a conversation's item says it was merged into.
func mergedInto(it item) desk.ConversationID { return desk.ConversationID(getS(it, "to")) }

// SettleMove writes what both conversations of a move hold once its messages have
// gone: with indexes and counters, all or nothing, and once. combine decides by
// what is stored. Conflict when either changed meanwhile or more mail came: move
// that and settle again. Unavailable with "mail_arriving" while a batch that
// brought mail of From is not committed: until then it may be taken in again.
func (t *Table) SettleMove(ctx context.Context, mv desk.Move, combine func(from, to desk.Half) (desk.Settlement, error)) error {
	from, fromItem, err := t.half(ctx, mv.Org, mv.Mailbox, mv.From)
	if err != nil {
		return err
	}
	to, toItem, err := t.half(ctx, mv.Org, mv.Mailbox, mv.To)
	if err != nil {
		return err
	}
	switch {
	case from.Conversation.ID == "":
		return notFound()
	case from.Arriving:
		return desk.Errorf(desk.Unavailable, "mail_arriving", "mail of this conversation is just being taken in")
	case mv.Whole && len(from.Messages) > 0:
		return desk.Errorf(desk.Conflict, "changed_meanwhile", "more mail came: %w", errCondition)
	}
	s, err := combine(from, to)
	if err != nil {
		return err
	}
	writes, err := t.settleTo(s, to, toItem)
	if err != nil {
		return err
	}
	more, err := t.settleFrom(mv, s, from, to, fromItem)
	if err != nil {
		return err
	}
	writes = append(writes, more...)
	if s.Suggestions != nil {
		packed, err := pack(*s.Suggestions)
		if err != nil {
			return err
		}
		it := key(convKey(mv.Org, mv.To), suggestSort)
		it["z"] = raw(packed)
		writes = append(writes, t.putWrite(it, "", nil))
	}
	mv.Settled, mv.Terms = true, s.Terms
	plan, err := moveItem(mv)
	if err != nil {
		return err
	}
	writes = append(writes,
		t.putWrite(plan, "attribute_exists(pk) AND attribute_not_exists(done)", nil),
		t.countWrite(mv.Org, mv.Mailbox, counted(s, from, to)))
	if err := t.transact(ctx, writes...); err != nil {
		return err
	}
	return t.bump(ctx, mv.Org)
}

// settleTo is the conversation the messages went to, which may be new, or one that
// was merged and comes back.
func (t *Table) settleTo(s desk.Settlement, to desk.Half, before item) ([]types.TransactWriteItem, error) {
	c := s.To
	c.Version = getN(before, "v") + 1
	it, err := convItem(c)
	if err != nil {
		return nil, err
	}
	condition, values := "attribute_not_exists(pk)", item(nil)
	if before != nil {
		condition, values = "v = :v", item{":v": num(c.Version - 1)}
	}
	if to.Merged == nil {
		keepLedger(it, before)
	}
	return []types.TransactWriteItem{t.putWrite(it, condition, values), t.putWrite(facetItem(c), "", nil)}, nil
}

// settleFrom is the conversation the messages left: what remains, or the word that
// it was merged. That word keeps a version, so that a write that began before
// fails and a later one learns where to go.
func (t *Table) settleFrom(mv desk.Move, s desk.Settlement, from, to desk.Half, before item) ([]types.TransactWriteItem, error) {
	condition, values := "v = :v", item{":v": num(from.Conversation.Version)}
	if s.From != nil {
		c := *s.From
		c.Version = from.Conversation.Version + 1
		it, err := convItem(c)
		if err != nil {
			return nil, err
		}
		keepLedger(it, before)
		return []types.TransactWriteItem{t.putWrite(it, condition, values), t.putWrite(facetItem(c), "", nil)}, nil
	}
	packed, err := pack(desk.Merged{Into: mv.To, Move: mv.ID, Before: from.Conversation, Host: to.Conversation, Version: to.Conversation.Version + 1})
	if err != nil {
		return nil, err
	}
	it := key(convKey(mv.Org, mv.From), convSort)
	it["to"], it["z"], it["v"] = str(string(mv.To)), raw(packed), num(from.Conversation.Version+1)
	facet := &types.Delete{TableName: &t.name, Key: key(convKey(mv.Org, mv.From), facetSort)}
	return []types.TransactWriteItem{t.putWrite(it, condition, values), {Delete: facet}}, nil
}

func keepLedger(it, before item) {
	for _, name := range ledgerAttributes {
		if v, ok := before[name]; ok {
			it[name] = v
		}
	}
}

// counted is what the counters learn from a settlement.
func counted(s desk.Settlement, from, to desk.Half) desk.Counts {
	counts := desk.Counts{s.To.Status: 1}
	if to.Conversation.ID != "" {
		counts[to.Conversation.Status]--
	}
	counts[from.Conversation.Status]--
	if s.From != nil {
		counts[s.From.Status]++
	}
	return counts
}

// EndMove forgets a move that is settled.
func (t *Table) EndMove(ctx context.Context, mv desk.Move) error {
	if err := t.RemoveFind(ctx, desk.Conversation{ID: mv.From, Org: mv.Org}, mv.Terms); err != nil {
		return err
	}
	if mv.Whole { // deleting the host must not leave a correction of what it took in
		if err := t.DropExamples(ctx, mv.Org, func(e desk.Example) bool { return e.Conversation == mv.From }); err != nil {
			return err
		}
	}
	gone := func(id desk.ConversationID, condition string, values item) types.TransactWriteItem {
		return types.TransactWriteItem{Delete: &types.Delete{
			TableName: &t.name, Key: key(convKey(mv.Org, id), moveSort),
			ConditionExpression: &condition, ExpressionAttributeValues: values,
		}}
	}
	err := t.transact(ctx,
		gone(mv.From, "done = :one AND id = :id", item{":one": num(1), ":id": str(mv.ID)}),
		gone(mv.To, "src = :from", item{":from": str(string(mv.From))}))
	if errors.Is(err, errCondition) {
		return nil // ended by another run
	}
	return err
}
