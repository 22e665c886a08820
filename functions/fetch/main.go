// Fetch takes in what is new in one mailbox.
package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/imap"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/settings"
	"github.com/quilldesk/quilldesk/internal/sqs"
)

// busyWait is how long a mail to be tried again lets another worker finish.
const busyWait = 10 * time.Second

func main() {
	f := settings.Load()
	table, dialer, queues := f.Table(), f.Dialer(), f.Queues()
	syncer := &mailbox.Syncer{
		State: table, Vault: f.Tokens(table), Raw: f.Bucket(), Work: queues, Now: time.Now, Log: f.Log, Worker: settings.Worker(),
		Dial: func(ctx context.Context, at desk.Endpoint, who desk.Credentials, ask ...string) (mailbox.Server, error) {
			return imap.Dial(ctx, dialer, at, who, ask...)
		},
	}
	fetch := func(ctx context.Context, job desk.Job) error {
		if job.Aside != "" {
			busy, err := syncer.Again(ctx, job.Org, job.Mailbox, job.Aside)
			if err != nil || !busy {
				return err
			}
			return queues.FetchLater(ctx, job, busyWait)
		}
		more, err := syncer.Run(ctx, job.Org, job.Mailbox)
		if err != nil || !more {
			return err
		}
		return queues.Fetch(ctx, job)
	}
	lambda.Start(func(ctx context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
		return sqs.Handle(ctx, e, fetch, f.Failed), nil
	})
}
