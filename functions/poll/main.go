// Poll asks, every minute, for each mailbox that is due to be fetched.
package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/settings"
)

func main() {
	f := settings.Load()
	table, queues := f.Table(), f.Queues()
	lambda.Start(func(ctx context.Context) error {
		var due []desk.Job
		err := table.Due(ctx, time.Now(), func(org desk.OrgID, box desk.MailboxID) error {
			due = append(due, desk.Job{Org: org, Mailbox: box})
			if len(due) < 1000 {
				return nil
			}
			err := queues.Fetch(ctx, due...)
			due = nil
			return err
		})
		if err != nil {
			return err
		}
		return queues.Fetch(ctx, due...)
	})
}
