// Sweep picks up outbox messages, unbindings, moves and exports that were lost, and
// raises the priority of conversations whose response clock is about to run out.
package main

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/settings"
)

// late is how long after its time a message counts as forgotten.
const late = 2 * time.Minute

// sortedAtOnce is how many mails are put to the model again in one run: a model
// that is just back is not buried.
const sortedAtOnce = 500

func main() {
	f := settings.Load()
	table, queues := f.Table(), f.Queues()
	lambda.Start(func(ctx context.Context) error {
		raised, err := table.Escalate(ctx, time.Now())
		if raised > 0 {
			f.Log.InfoContext(ctx, "priorities raised by the clock", "conversations", raised)
		}
		stuck := table.Stuck(ctx, time.Now().Add(-late),
			func(org desk.OrgID, c desk.ConversationID, m desk.MessageID) error {
				return queues.Send(ctx, desk.Job{Org: org, Conversation: c, Message: m}, 0)
			},
			func(org desk.OrgID, box desk.MailboxID) error {
				return queues.Purge(ctx, desk.Job{Org: org, Mailbox: box})
			})
		moves := table.UnfinishedMoves(ctx, time.Now().Add(-late), func(org desk.OrgID, c desk.ConversationID) error {
			return queues.Purge(ctx, desk.Job{Org: org, Conversation: c})
		})
		exports := table.UnfinishedExports(ctx, time.Now().Add(-late), func(org desk.OrgID, box desk.MailboxID) error {
			return queues.Export(ctx, desk.Job{Org: org, Mailbox: box})
		})
		due, unread := table.DueAgain(ctx, time.Now(), sortedAtOnce)
		return errors.Join(err, stuck, moves, exports, unread, queues.Triage(ctx, due))
	})
}
