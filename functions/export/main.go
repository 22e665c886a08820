// Export writes a mailbox into files to take along.
package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/quilldesk/quilldesk/internal/export"
	"github.com/quilldesk/quilldesk/internal/settings"
	"github.com/quilldesk/quilldesk/internal/sqs"
)

func main() {
	f := settings.Load()
	exporter := &export.Exporter{
		State: f.Table(), Objects: f.Bucket(), Open: f.Vault().Open, Again: f.Queues().Export, Now: time.Now, Log: f.Log,
	}
	lambda.Start(func(ctx context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
		return sqs.Handle(ctx, e, exporter.Export, f.Failed), nil
	})
}
