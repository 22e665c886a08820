// Triage sorts incoming mail.
package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/quilldesk/quilldesk/internal/settings"
	"github.com/quilldesk/quilldesk/internal/sqs"
	"github.com/quilldesk/quilldesk/internal/triage"
)

func main() {
	f := settings.Load()
	assistant, fallback := f.Assistant()
	sorter := &triage.Sorter{State: f.Table(), Work: f.Queues(), Assistant: assistant, Fallback: fallback, Now: time.Now, Log: f.Log}
	lambda.Start(func(ctx context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
		return sqs.Handle(ctx, e, sorter.Sort, f.Failed), nil
	})
}
