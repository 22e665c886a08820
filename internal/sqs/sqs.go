// Package sqs carries work between the functions: ids only, one message group
// per organisation so that a busy one cannot hold up the others.
package sqs

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Queues are the addresses of the work queues; a function knows those it uses.
type Queues struct {
	Client                      *sqs.Client
	FetchURL, TriageURL         string
	DraftURL, SendURL, PurgeURL string
	ExportURL                   string
}

// maxDelay is the longest an SQS message can wait before it is first seen.
const maxDelay = 15 * time.Minute

// Fetch asks for a mailbox to be looked at.
func (q Queues) Fetch(ctx context.Context, jobs ...desk.Job) error {
	return q.send(ctx, q.FetchURL, 0, jobs)
}

// FetchLater asks for a mailbox to be looked at after a delay, at most 15 minutes.
func (q Queues) FetchLater(ctx context.Context, job desk.Job, delay time.Duration) error {
	return q.send(ctx, q.FetchURL, delay, []desk.Job{job})
}

// Triage asks for messages to be sorted.
func (q Queues) Triage(ctx context.Context, jobs []desk.Job) error {
	return q.send(ctx, q.TriageURL, 0, jobs)
}

// Draft asks for suggestions.
func (q Queues) Draft(ctx context.Context, job desk.Job) error {
	return q.send(ctx, q.DraftURL, 0, []desk.Job{job})
}

// Send asks for an outbox message to be sent after a delay, at most 15 minutes:
// a longer wait is queued again by the sender when it comes early.
func (q Queues) Send(ctx context.Context, job desk.Job, delay time.Duration) error {
	return q.send(ctx, q.SendURL, delay, []desk.Job{job})
}

// Purge asks for everything of a mailbox to be deleted.
func (q Queues) Purge(ctx context.Context, job desk.Job) error {
	return q.send(ctx, q.PurgeURL, 0, []desk.Job{job})
}

// PurgeLater asks for that after a delay, at most 15 minutes.
func (q Queues) PurgeLater(ctx context.Context, job desk.Job, delay time.Duration) error {
	return q.send(ctx, q.PurgeURL, delay, []desk.Job{job})
}

// Export asks for a mailbox to be written into files.
func (q Queues) Export(ctx context.Context, job desk.Job) error {
	return q.send(ctx, q.ExportURL, 0, []desk.Job{job})
}

const batch = 10

func (q Queues) send(ctx context.Context, url string, delay time.Duration, jobs []desk.Job) error {
	// Rounded up: a message that comes early only has to be queued again.
	seconds := int32((min(max(delay, 0), maxDelay) + time.Second - 1) / time.Second)
	for len(jobs) > 0 {
		n := min(len(jobs), batch)
		entries := make([]types.SendMessageBatchRequestEntry, n)
		for i, job := range jobs[:n] {
			body, err := json.Marshal(job)
			if err != nil {
				return desk.Errorf(desk.Internal, "internal", "queueing work: %w", err)
			}
			entries[i] = types.SendMessageBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(string(body)), DelaySeconds: seconds,
				MessageGroupId: aws.String(string(job.Org)),
			}
		}
		out, err := q.Client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: entries})
		if err != nil {
			return desk.Errorf(desk.Unavailable, "storage", "queueing work: %w", err)
		}
		if len(out.Failed) > 0 {
			return desk.Errorf(desk.Unavailable, "storage", "queueing work: %d of %d messages refused: %s", len(out.Failed), n, aws.ToString(out.Failed[0].Code))
		}
		jobs = jobs[n:]
	}
	return nil
}

// Handle runs do on every message of a batch and reports those that failed, so
// that only they come again. A body that is no job fails until it is a dead letter.
func Handle(ctx context.Context, e events.SQSEvent, do func(context.Context, desk.Job) error, failed func(desk.Job, error)) events.SQSEventResponse {
	var r events.SQSEventResponse
	for _, m := range e.Records {
		var job desk.Job
		err := json.Unmarshal([]byte(m.Body), &job)
		if err == nil {
			err = do(ctx, job)
		}
		if err != nil {
			failed(job, err)
			r.BatchItemFailures = append(r.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return r
}
