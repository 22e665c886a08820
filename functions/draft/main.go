// Draft prepares suggestions for mail that awaits a reply.
package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/quilldesk/quilldesk/internal/reply"
	"github.com/quilldesk/quilldesk/internal/settings"
	"github.com/quilldesk/quilldesk/internal/sqs"
)

func main() {
	f := settings.Load()
	table := f.Table()
	assistant, fallback := f.Assistant()
	replies := &reply.Desk{
		State: table, Knowledge: f.Knowledge(), Assistant: assistant, Fallback: fallback, Now: time.Now, Log: f.Log,
	}
	lambda.Start(func(ctx context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
		return sqs.Handle(ctx, e, replies.Prepare, f.Failed), nil
	})
}
