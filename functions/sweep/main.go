// Sweep picks up outbox messages and unbindings whose queue message was lost.
package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/settings"
)

// late is how long after its time a message counts as forgotten.
const late = 2 * time.Minute

func main() {
	f := settings.Load()
	table, queues := f.Table(), f.Queues()
	lambda.Start(func(ctx context.Context) error {
		return table.Stuck(ctx, time.Now().Add(-late),
			func(org desk.OrgID, c desk.ConversationID, m desk.MessageID) error {
				return queues.Send(ctx, desk.Job{Org: org, Conversation: c, Message: m}, 0)
			},
			func(org desk.OrgID, box desk.MailboxID) error {
				return queues.Purge(ctx, desk.Job{Org: org, Mailbox: box})
			})
	})
}
