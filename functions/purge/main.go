// Purge deletes unbound mailboxes and deleted conversations for good.
package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/quilldesk/quilldesk/internal/purge"
	"github.com/quilldesk/quilldesk/internal/settings"
	"github.com/quilldesk/quilldesk/internal/sqs"
)

func main() {
	f := settings.Load()
	purger := &purge.Purger{State: f.Table(), Objects: f.Bucket(), Again: f.Queues().PurgeLater, Now: time.Now}
	lambda.Start(func(ctx context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
		return sqs.Handle(ctx, e, purger.Purge, f.Failed), nil
	})
}
