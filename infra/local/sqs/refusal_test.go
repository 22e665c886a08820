package sqs_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

func asAPI(err error, e *smithy.APIError) bool { return errors.As(err, e) }

func TestRefusals(t *testing.T) {
	b := newBench(t)
	url := b.queue("q", nil)
	create := func(name string, attributes map[string]string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := b.CreateQueue(ctx, &awssqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
			return err
		}
	}
	send := func(in awssqs.SendMessageInput) func(context.Context) error {
		return func(ctx context.Context) error {
			in.QueueUrl = url
			_, err := b.SendMessage(ctx, &in)
			return err
		}
	}
	batch := func(entries ...types.SendMessageBatchRequestEntry) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := b.SendMessageBatch(ctx, &awssqs.SendMessageBatchInput{QueueUrl: url, Entries: entries})
			return err
		}
	}
	entry := func(id, body string) types.SendMessageBatchRequestEntry {
		return types.SendMessageBatchRequestEntry{Id: &id, MessageBody: &body}
	}
	tests := []struct {
		name string
		call func(context.Context) error
		code string
	}{
		{"FIFO queue", create("q.fifo", nil), "AWS.SimpleQueueService.UnsupportedOperation"},
		{"bad queue name", create("a b", nil), "InvalidParameterValue"},
		{"same queue with other attributes", create("q", map[string]string{"VisibilityTimeout": "31"}), "QueueAlreadyExists"},
		{"unknown attribute", create("x", map[string]string{"Policy": "{}"}), "InvalidAttributeName"},
		{"attribute out of range", create("x", map[string]string{"DelaySeconds": "901"}), "InvalidAttributeValue"},
		{"dead-letter queue that does not exist", create("x", map[string]string{
			"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:none","maxReceiveCount":"3"}`,
		}), "InvalidAttributeValue"},
		{"empty body", send(awssqs.SendMessageInput{MessageBody: aws.String("")}), "InvalidParameterValue"},
		{"control character", send(awssqs.SendMessageInput{MessageBody: aws.String("\x00")}), "InvalidMessageContents"},
		{"delay too long", send(awssqs.SendMessageInput{MessageBody: aws.String("x"), DelaySeconds: 901}), "InvalidParameterValue"},
		{"more than 1 MiB", send(awssqs.SendMessageInput{MessageBody: aws.String(strings.Repeat("x", 1<<20+1))}), "InvalidParameterValue"},
		{"deduplication without FIFO", send(awssqs.SendMessageInput{MessageBody: aws.String("x"), MessageDeduplicationId: aws.String("1")}), "SerializationException"},
		{"attribute without value", send(awssqs.SendMessageInput{MessageBody: aws.String("x"), MessageAttributes: map[string]types.MessageAttributeValue{
			"a": {DataType: aws.String("String")},
		}}), "InvalidParameterValue"},
		{"empty batch", batch([]types.SendMessageBatchRequestEntry{}...), "AWS.SimpleQueueService.EmptyBatchRequest"},
		{"batch with an id twice", batch(entry("a", "1"), entry("a", "2")), "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"},
		{"batch id of wrong form", batch(entry("a b", "1")), "AWS.SimpleQueueService.InvalidBatchEntryId"},
		{"batch of more than 1 MiB", batch(entry("a", strings.Repeat("x", 600<<10)), entry("b", strings.Repeat("x", 600<<10))), "AWS.SimpleQueueService.BatchRequestTooLong"},
		{"eleven in a batch", batch(slices.Repeat([]types.SendMessageBatchRequestEntry{entry("a", "x")}, 11)...), "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"},
		{"eleven at once", func(ctx context.Context) error {
			_, err := b.ReceiveMessage(ctx, &awssqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 11})
			return err
		}, "InvalidParameterValue"},
		{"receipt handle of no queue", func(ctx context.Context) error {
			_, err := b.DeleteMessage(ctx, &awssqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: aws.String("bogus")})
			return err
		}, "ReceiptHandleIsInvalid"},
		{"queue that does not exist", func(ctx context.Context) error {
			_, err := b.GetQueueUrl(ctx, &awssqs.GetQueueUrlInput{QueueName: aws.String("none")})
			return err
		}, "AWS.SimpleQueueService.NonExistentQueue"},
		{"operation that is not offered", func(ctx context.Context) error {
			_, err := b.TagQueue(ctx, &awssqs.TagQueueInput{QueueUrl: url, Tags: map[string]string{"a": "b"}})
			return err
		}, "UnknownOperationException"},
		{"redrive of a queue that is no dead-letter queue", func(ctx context.Context) error {
			_, err := b.StartMessageMoveTask(ctx, &awssqs.StartMessageMoveTaskInput{SourceArn: aws.String(b.attribute(url, "QueueArn"))})
			return err
		}, "InvalidParameterValue"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantCode(t, tt.call(t.Context()), tt.code) })
	}
	if got := b.attribute(url, "ApproximateNumberOfMessages"); got != "0" {
		t.Errorf("%s messages arrived by refused calls", got)
	}
}

func TestDeadLetterQueueChoosesItsSources(t *testing.T) {
	b := newBench(t)
	dlq := b.queue("dead", map[string]string{"RedriveAllowPolicy": `{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:000000000000:friend"]}`})
	b.queue("friend", b.redrive(dlq, 3))
	_, err := b.CreateQueue(t.Context(), &awssqs.CreateQueueInput{QueueName: aws.String("stranger"), Attributes: b.redrive(dlq, 3)})
	wantCode(t, err, "InvalidAttributeValue")
}

func TestQueueListPages(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"other", "q-1", "q-2", "q-3"} {
		b.queue(name, nil)
	}
	var names []string
	pages := awssqs.NewListQueuesPaginator(b.Client, &awssqs.ListQueuesInput{QueueNamePrefix: aws.String("q-"), MaxResults: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, url := range page.QueueUrls {
			names = append(names, url[strings.LastIndexByte(url, '/')+1:])
		}
	}
	if !slices.Equal(names, []string{"q-1", "q-2", "q-3"}) {
		t.Errorf("listed %q", names)
	}
}

func TestDeletedQueueIsGone(t *testing.T) {
	b := newBench(t)
	url := b.queue("q", nil)
	b.send(url, "one", "")
	if _, err := b.DeleteQueue(t.Context(), &awssqs.DeleteQueueInput{QueueUrl: url}); err != nil {
		t.Fatal(err)
	}
	_, err := b.ReceiveMessage(t.Context(), &awssqs.ReceiveMessageInput{QueueUrl: url})
	wantCode(t, err, "AWS.SimpleQueueService.NonExistentQueue")
	wantBodies(t, b.receive(b.queue("q", nil), 1))
}
