// Purge deletes unbound mailboxes and deleted conversations for good, and completes
// moves of messages that broke off.
package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/quilldesk/quilldesk/internal/merge"
	"github.com/quilldesk/quilldesk/internal/purge"
	"github.com/quilldesk/quilldesk/internal/settings"
	"github.com/quilldesk/quilldesk/internal/sqs"
)

func main() {
	f := settings.Load()
	table, queues := f.Table(), f.Queues()
	merger := &merge.Merger{State: table, Work: queues, Now: time.Now}
	purger := &purge.Purger{State: table, Objects: f.Bucket(), Finish: merger.Finish, Again: queues.PurgeLater, Now: time.Now}
	lambda.Start(func(ctx context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
		return sqs.Handle(ctx, e, purger.Purge, f.Failed), nil
	})
}
