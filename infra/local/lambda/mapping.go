package lambda

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Limits of an SQS event source mapping.
const (
	longestPoll = 20 * time.Second // of one receive
	receiveMax  = 10               // messages per receive, delete and release
	retryPause  = time.Second      // after a receive that failed
)

// Queue is what a mapping needs of SQS.
type Queue interface {
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessageBatch(context.Context, *sqs.DeleteMessageBatchInput, ...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error)
	ChangeMessageVisibilityBatch(context.Context, *sqs.ChangeMessageVisibilityBatchInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error)
}

// Invoker runs a function; *Function is one.
type Invoker interface {
	Invoke(ctx context.Context, payload []byte) (Result, error)
}

// Mapping feeds a queue to a function as an SQS event source mapping does:
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html. What a function
// does not finish becomes visible again after the queue's visibility time-out
// and ends in its dead-letter queue after maxReceiveCount.
type Mapping struct {
	Queue     Queue
	QueueURL  string
	QueueARN  string
	Region    string
	Function  Invoker
	BatchSize int
	// Window is how long a batch may wait for more messages.
	Window time.Duration
	// MaxConcurrency is how many batches run at once. Messages are received only
	// when one more may run, so none wastes its visibility time-out waiting.
	MaxConcurrency int
	// PartialFailures is ReportBatchItemFailures.
	PartialFailures bool
	Log             *slog.Logger
	Now             func() time.Time
}

// Run feeds the function until ctx ends and every batch under way is done.
func (m *Mapping) Run(ctx context.Context) {
	slots := make(chan struct{}, m.MaxConcurrency)
	var batches sync.WaitGroup
	defer batches.Wait()
	var left []types.Message // received, but too large for the batch before
	for {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			m.release(context.WithoutCancel(ctx), left)
			return
		}
		var batch []types.Message
		batch, left = m.collect(ctx, left)
		if ctx.Err() != nil {
			m.release(context.WithoutCancel(ctx), append(batch, left...))
			return
		}
		if len(batch) == 0 {
			<-slots
			continue
		}
		batches.Go(func() {
			defer func() { <-slots }()
			m.process(context.WithoutCancel(ctx), batch)
		})
	}
}

// collect gathers a batch: it ends when it is full by count or by size, or when
// the window since its first message has passed.
func (m *Mapping) collect(ctx context.Context, left []types.Message) (batch, rest []types.Message) {
	batch, rest = m.fit(nil, left)
	var end time.Time
	if len(batch) > 0 {
		end = m.Now().Add(m.Window)
	}
	for len(rest) == 0 && len(batch) < m.BatchSize {
		wait := longestPoll
		if !end.IsZero() {
			wait = min(end.Sub(m.Now()), longestPoll)
			if wait <= 0 {
				break
			}
		}
		received, err := m.receive(ctx, m.BatchSize-len(batch), wait)
		if err != nil {
			m.pause(ctx, err)
			break
		}
		if len(batch) == 0 && len(received) == 0 {
			break
		}
		if len(batch) == 0 {
			end = m.Now().Add(m.Window)
		}
		batch, rest = m.fit(batch, received)
	}
	return batch, rest
}

// fit appends messages to a batch as long as the event stays within Lambda's
// request limit and returns those that no longer fit.
func (m *Mapping) fit(batch, more []types.Message) (full, rest []types.Message) {
	const envelope = 2048 // bytes a record adds around its body, generously
	size := 0
	for i := range batch {
		size += escapedSize(batch[i]) + envelope
	}
	for i := range more {
		size += escapedSize(more[i]) + envelope
		if len(batch) > 0 && (size > MaxRequest || len(batch) == m.BatchSize) {
			return batch, more[i:]
		}
		batch = append(batch, more[i])
	}
	return batch, nil
}

// escapedSize is the size of a body as a JSON string.
func escapedSize(msg types.Message) int {
	text, _ := json.Marshal(aws.ToString(msg.Body)) // strings always marshal
	return len(text)
}

// receive polls for up to wait. SQS counts in seconds, so less than one is slept.
func (m *Mapping) receive(ctx context.Context, most int, wait time.Duration) ([]types.Message, error) {
	if wait < time.Second {
		sleep(ctx, wait)
		wait = 0
	}
	out, err := m.Queue.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl:                    &m.QueueURL,
		MaxNumberOfMessages:         int32(min(most, receiveMax)),
		WaitTimeSeconds:             int32(wait / time.Second),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		MessageAttributeNames:       []string{"All"},
	})
	if err != nil {
		return nil, fmt.Errorf("receiving from %s: %w", m.QueueARN, err)
	}
	return out.Messages, nil
}

// pause keeps a failing queue from being asked without end.
func (m *Mapping) pause(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	m.Log.Error("event source mapping", "err", err)
	sleep(ctx, retryPause)
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// process runs the function on a batch and deletes what it finished.
func (m *Mapping) process(ctx context.Context, batch []types.Message) {
	event, err := json.Marshal(m.event(batch))
	if err != nil {
		m.Log.Error("event source mapping", "err", fmt.Errorf("building an event: %w", err))
		return
	}
	result, err := m.Function.Invoke(ctx, event)
	if err != nil {
		m.Log.Error("event source mapping", "queue", m.QueueARN, "err", err)
		return
	}
	if result.FunctionError != "" {
		return // in the function's log; the whole batch comes again
	}
	done := batch
	if m.PartialFailures {
		done = succeeded(batch, result.Payload)
	}
	if err := m.remove(ctx, done); err != nil {
		m.Log.Error("event source mapping", "queue", m.QueueARN, "err", err)
	}
}

// succeeded reads a partial batch response. Whatever AWS calls invalid, an id
// that is not in the batch included, fails the whole batch.
func succeeded(batch []types.Message, response []byte) []types.Message {
	var report *struct {
		Failures []struct {
			ID *string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if len(response) > 0 && json.Unmarshal(response, &report) != nil {
		return nil
	}
	if report == nil || len(report.Failures) == 0 {
		return batch
	}
	failed := map[string]bool{}
	for _, failure := range report.Failures {
		failed[aws.ToString(failure.ID)] = true
	}
	var done []types.Message
	for _, msg := range batch {
		if failed[*msg.MessageId] {
			delete(failed, *msg.MessageId)
		} else {
			done = append(done, msg)
		}
	}
	if len(failed) > 0 {
		return nil
	}
	return done
}

func (m *Mapping) remove(ctx context.Context, done []types.Message) error {
	for len(done) > 0 {
		n := min(len(done), receiveMax)
		entries := make([]types.DeleteMessageBatchRequestEntry, n)
		for i, msg := range done[:n] {
			entries[i] = types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: msg.ReceiptHandle}
		}
		out, err := m.Queue.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &m.QueueURL, Entries: entries})
		if err != nil {
			return fmt.Errorf("deleting finished messages: %w", err)
		}
		for _, failed := range out.Failed {
			return fmt.Errorf("deleting a finished message: %s: %s", aws.ToString(failed.Code), aws.ToString(failed.Message))
		}
		done = done[n:]
	}
	return nil
}

// release makes messages visible at once that were received and then not used.
func (m *Mapping) release(ctx context.Context, unused []types.Message) {
	for len(unused) > 0 {
		n := min(len(unused), receiveMax)
		entries := make([]types.ChangeMessageVisibilityBatchRequestEntry, n)
		for i, msg := range unused[:n] {
			entries[i] = types.ChangeMessageVisibilityBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), ReceiptHandle: msg.ReceiptHandle, VisibilityTimeout: 0,
			}
		}
		if _, err := m.Queue.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &m.QueueURL, Entries: entries}); err != nil {
			m.Log.Warn("event source mapping", "err", fmt.Errorf("giving messages back: %w", err))
			return // they reappear after their visibility time-out
		}
		unused = unused[n:]
	}
}
