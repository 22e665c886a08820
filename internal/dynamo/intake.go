package dynamo

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Mail is taken in in batches. A batch is a range of UIDs that is written down
// before work starts and committed once, by moving the cursor; its number is
// the mailbox's epoch. Everything before the commit may run twice:
//
//   - a thread key is claimed once and remembers the contents seen under it, each
//     with its epoch, so a mail is known again;
//   - a conversation keeps a ledger of the messages applied in the latest epoch
//     and of the status changes they made, so a second run applies nothing twice
//     and still knows what the counters must learn;
//   - the commit moves the cursor, raises the epoch and adds to the counters in
//     one conditional write.
var ledgerAttributes = []string{"e", "em", "tr"}

func claimKey(org desk.OrgID, box desk.MailboxID, k string) string {
	return "K#" + string(org) + "#" + string(box) + "#" + k
}

const claimSort = "k"

func readClaim(k string, it item) desk.KeyClaim {
	c := desk.KeyClaim{Key: k, Conversation: desk.ConversationID(getS(it, "conv"))}
	if set, ok := it["h"].(*types.AttributeValueMemberSS); ok {
		for _, text := range set.Value {
			c.Contents = append(c.Contents, readContent(text))
		}
	}
	return c
}

func contentText(c desk.Content) string {
	return c.Hash + " " + string(c.Conversation) + " " + strconv.FormatInt(c.Epoch, 36)
}

func readContent(text string) desk.Content {
	parts := strings.SplitN(text+"  ", " ", 4)
	epoch, _ := strconv.ParseInt(parts[2], 36, 64)
	return desk.Content{Hash: parts[0], Conversation: desk.ConversationID(parts[1]), Epoch: epoch}
}

// Claims looks up to 100 thread keys up; those without a claim are absent.
func (t *Table) Claims(ctx context.Context, org desk.OrgID, box desk.MailboxID, keys []string) (map[string]desk.KeyClaim, error) {
	found := map[string]desk.KeyClaim{}
	wanted := map[string]string{}
	request := types.KeysAndAttributes{ConsistentRead: new(true)}
	for _, k := range keys {
		pk := claimKey(org, box, k)
		if _, twice := wanted[pk]; twice {
			continue
		}
		wanted[pk] = k
		request.Keys = append(request.Keys, key(pk, claimSort))
	}
	pending := map[string]types.KeysAndAttributes{t.name: request}
	for len(wanted) > 0 && len(pending) > 0 {
		out, err := t.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: pending, ReturnConsumedCapacity: t.meter()})
		if err != nil {
			return nil, failed("looking thread keys up", err)
		}
		for i := range out.ConsumedCapacity {
			t.charge(&out.ConsumedCapacity[i], false)
		}
		for _, it := range out.Responses[t.name] {
			k := wanted[getS(it, "pk")]
			found[k] = readClaim(k, it)
		}
		pending = out.UnprocessedKeys
	}
	return found, nil
}

// Claim makes a thread key lead to a conversation, or, when it leads to one
// already, adds the content to it; a content without a hash is none. Claiming
// twice changes nothing. It returns what the key says afterwards.
func (t *Table) Claim(ctx context.Context, org desk.OrgID, box desk.MailboxID, k string, c desk.Content) (desk.KeyClaim, error) {
	values := item{":c": str(string(c.Conversation))}
	expression := "SET conv = if_not_exists(conv, :c)"
	if c.Hash != "" {
		expression += " ADD h :h"
		values[":h"] = &types.AttributeValueMemberSS{Value: []string{contentText(c)}}
	}
	it, err := t.update(ctx, claimKey(org, box, k), claimSort, expression, "", values)
	if err != nil {
		return desk.KeyClaim{}, err
	}
	return readClaim(k, it), nil
}

// Apply lets a message change its conversation once: change gets the stored
// conversation, or one with only its ids set. It returns the conversation and
// every status change this epoch has made to it so far. When the message was
// applied in this epoch before, change is not called. Conflict when the epoch is
// over: a worker that lost its lease must not undo the ledger of the next one.
// *desk.Moved when the conversation was merged into another.
func (t *Table) Apply(ctx context.Context, org desk.OrgID, id desk.ConversationID, m desk.MessageID, epoch int64,
	change func(c *desk.Conversation)) (desk.Conversation, []desk.Transition, error) {
	for try := 1; ; try++ {
		before, err := t.get(ctx, convKey(org, id), convSort, true)
		if err != nil {
			return desk.Conversation{}, nil, err
		}
		c, l := desk.Conversation{ID: id, Org: org}, ledger{}
		if into := mergedInto(before); into != "" {
			return c, nil, &desk.Moved{Into: into}
		}
		if before != nil {
			if c, err = readConversation(before); err != nil {
				return c, nil, err
			}
			l = readLedger(before)
		}
		if l.epoch == epoch && slices.Contains(l.applied, string(m)) {
			return c, l.transitions, nil
		}
		if l.epoch > epoch {
			return c, nil, desk.Errorf(desk.Conflict, "changed_meanwhile", "taking a mail in: the batch was committed by another worker")
		}
		if l.epoch != epoch {
			l = ledger{epoch: epoch}
		}
		status := c.Status
		change(&c)
		l.applied = append(l.applied, string(m))
		if c.Status != status {
			l.transitions = append(l.transitions, desk.Transition{From: status, To: c.Status})
		}
		c.Version++
		it, err := convItem(c)
		if err != nil {
			return c, nil, err
		}
		l.write(it)
		condition, values := "attribute_not_exists(pk)", item(nil)
		if before != nil {
			condition, values = "v = :v", item{":v": num(c.Version - 1)}
		}
		err = t.put(ctx, it, condition, values)
		if err == nil {
			return c, l.transitions, nil
		}
		if !errors.Is(err, errCondition) || try == changeTries {
			return c, nil, err
		}
	}
}

// ledger is what the latest batch did to a conversation.
type ledger struct {
	epoch       int64
	applied     []string
	transitions []desk.Transition
}

func readLedger(it item) ledger {
	l := ledger{epoch: getN(it, "e")}
	if s := getS(it, "em"); s != "" {
		l.applied = strings.Split(s, ",")
	}
	codes := getS(it, "tr")
	for i := 0; i+1 < len(codes); i += 2 {
		l.transitions = append(l.transitions, desk.Transition{From: decode(desk.Statuses, codes[i]), To: decode(desk.Statuses, codes[i+1])})
	}
	return l
}

func (l ledger) write(it item) {
	it["e"] = num(l.epoch)
	it["em"] = str(strings.Join(l.applied, ","))
	var codes strings.Builder
	for _, tr := range l.transitions {
		codes.WriteString(code(desk.Statuses, tr.From) + code(desk.Statuses, tr.To))
	}
	if codes.Len() > 0 {
		it["tr"] = str(codes.String())
	}
}
