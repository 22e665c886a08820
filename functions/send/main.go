// Send brings outbox messages to the seller's SMTP server.
package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/imap"
	"github.com/quilldesk/quilldesk/internal/outbox"
	"github.com/quilldesk/quilldesk/internal/settings"
	"github.com/quilldesk/quilldesk/internal/smtp"
	"github.com/quilldesk/quilldesk/internal/sqs"
)

func main() {
	f := settings.Load()
	table, dialer := f.Table(), f.Dialer()
	sender := &outbox.Sender{
		State: table, Files: f.Bucket(), Work: f.Queues(), Vault: f.Tokens(table), Now: time.Now, Log: f.Log,
		Submit: func(ctx context.Context, at desk.Endpoint, who desk.Credentials, m smtp.Mail, handing func() error) (string, error) {
			return smtp.Send(ctx, dialer, at, who, m, handing)
		},
		Dial: func(ctx context.Context, at desk.Endpoint, who desk.Credentials) (outbox.SentFolder, error) {
			return imap.Dial(ctx, dialer, at, who)
		},
	}
	lambda.Start(func(ctx context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
		return sqs.Handle(ctx, e, sender.Send, f.Failed), nil
	})
}
