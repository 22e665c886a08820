package dynamo

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Withdraw takes back what an unfinished batch left of a mail: its message and
// that its thread key knows it. A mail that had got into its conversation stays;
// then the conversation is returned with the status changes of the epoch. Thread
// keys that lead to the conversation stay too.
func (t *Table) Withdraw(ctx context.Context, org desk.OrgID, box desk.MailboxID, m desk.BatchMail, epoch int64) (desk.ConversationID, []desk.Transition, error) {
	claims, err := t.Claims(ctx, org, box, []string{m.Key})
	if err != nil {
		return "", nil, err
	}
	content, begun := claims[m.Key].Seen(string(m.ID))
	if !begun || content.Epoch != epoch {
		return "", nil, nil
	}
	id := content.Conversation
	it, err := t.get(ctx, convKey(org, id), convSort, true)
	if err != nil {
		return "", nil, err
	}
	if l := readLedger(it); l.epoch == epoch && slices.Contains(l.applied, string(m.ID)) {
		return id, l.transitions, nil
	}
	if err := t.removeMessage(ctx, org, id, m.ID); err != nil {
		return "", nil, err
	}
	_, err = t.update(ctx, claimKey(org, box, m.Key), claimSort, "DELETE h :h", "",
		item{":h": &types.AttributeValueMemberSS{Value: []string{contentText(content)}}})
	return "", nil, err
}

// removeMessage deletes a message's item, wherever in its conversation it stands.
func (t *Table) removeMessage(ctx context.Context, org desk.OrgID, c desk.ConversationID, id desk.MessageID) error {
	items, err := t.all(ctx, query{hash: "pk", value: convKey(org, c), rangeKey: "sk", prefix: messageSort, consistent: true})
	if err != nil {
		return err
	}
	for _, it := range items {
		if sk := getS(it, "sk"); strings.HasSuffix(sk, "#"+string(id)) {
			if err := t.remove(ctx, getS(it, "pk"), sk); err != nil {
				return err
			}
		}
	}
	return nil
}
