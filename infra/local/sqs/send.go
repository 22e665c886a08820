package sqs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/google/uuid"

	"github.com/quilldesk/quilldesk/infra/local/awsjson"
)

const (
	maxMessage    = 1 << 20 // bytes of a message and of a whole batch; 256 KiB before August 2025
	maxBatch      = 10
	maxAttributes = 10
	maxDelay      = 900 // seconds
)

// groupID is the form of a MessageGroupId.
var groupID = regexp.MustCompile("^[A-Za-z0-9!-/:-@\\[-`{-~]{1,128}$")

// outgoing is a message as the caller gives it, alone or in a batch.
type outgoing struct {
	Body             *string `json:"MessageBody"`
	DelaySeconds     *int
	Group            string                    `json:"MessageGroupId"`
	Attributes       map[string]attributeValue `json:"MessageAttributes"`
	SystemAttributes map[string]attributeValue `json:"MessageSystemAttributes"`
}

// size counts as the limit does: body and attribute names, types and values.
func (o *outgoing) size() int {
	n := 0
	if o.Body != nil {
		n = len(*o.Body)
	}
	for name, v := range o.Attributes {
		n += len(name) + len(v.DataType) + len(v.bytes())
	}
	return n
}

// check returns what is wrong with the message for a queue with settings st.
func (o *outgoing) check(st settings) error {
	if o.Body == nil {
		return missing("MessageBody")
	}
	if *o.Body == "" {
		return invalid("The request must contain a message body of at least one character.")
	}
	if !validText(*o.Body) {
		return withQuery("com.amazonaws.sqs#InvalidMessageContents", "InvalidMessageContents",
			"Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF")
	}
	if limit := st.number("MaximumMessageSize"); o.size() > limit {
		return invalid("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", limit)
	}
	if o.DelaySeconds != nil && (*o.DelaySeconds < 0 || *o.DelaySeconds > maxDelay) {
		return invalid("Value %d for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= %d.", *o.DelaySeconds, maxDelay)
	}
	if o.Group != "" && !groupID.MatchString(o.Group) {
		return invalid("MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.")
	}
	return checkAttributes(o.Attributes, o.SystemAttributes)
}

// sent is the reply for one message.
type sent struct {
	MessageID   string `json:"MessageId"`
	MD5OfBody   string `json:"MD5OfMessageBody"`
	MD5OfAttrs  string `json:"MD5OfMessageAttributes,omitempty"`
	MD5OfSystem string `json:"MD5OfMessageSystemAttributes,omitempty"`
}

func (o *outgoing) reply(id string) sent {
	return sent{id, md5Hex([]byte(*o.Body)), md5Attributes(o.Attributes), md5Attributes(o.SystemAttributes)}
}

type sendMessageInput struct {
	QueueURL string `json:"QueueUrl"`
	outgoing
}

func (s *Server) sendMessage(_ context.Context, in *sendMessageInput) (*sent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.byURL(in.QueueURL)
	if err != nil {
		return nil, err
	}
	if err := in.check(q.record.Settings); err != nil {
		return nil, err
	}
	replies, err := s.keep(q, []*outgoing{&in.outgoing})
	if err != nil {
		return nil, err
	}
	return &replies[0], nil
}

// keep stores checked messages and shows them to receivers; s.mu is held.
func (s *Server) keep(q *queue, all []*outgoing) ([]sent, error) {
	now := s.now()
	replies := make([]sent, len(all))
	messages := make([]*message, len(all))
	err := s.store.update(func(w write) error {
		for i, o := range all {
			rec := messageRecord{ID: uuid.NewString(), Group: o.Group, Sent: now, VisibleAt: now.Add(o.delay(q.record.Settings))}
			body, err := json.Marshal(bodyRecord{*o.Body, o.Attributes, o.SystemAttributes[traceHeader].StringValue})
			if err != nil {
				return fmt.Errorf("encoding a message: %w", err)
			}
			seq, err := w.add(q.record.ID, rec, body)
			if err != nil {
				return fmt.Errorf("storing a message: %w", err)
			}
			messages[i] = &message{seq: seq, record: rec}
			replies[i] = o.reply(rec.ID)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, m := range messages {
		q.add(m, now)
	}
	return replies, nil
}

func (o *outgoing) delay(st settings) time.Duration {
	if o.DelaySeconds == nil {
		return st.seconds("DelaySeconds")
	}
	return time.Duration(*o.DelaySeconds) * time.Second
}

type sendBatchEntry struct {
	ID string `json:"Id"`
	outgoing
}

type sendMessageBatchInput struct {
	QueueURL string `json:"QueueUrl"`
	Entries  []sendBatchEntry
}

type sentEntry struct {
	ID string `json:"Id"`
	sent
}

// failed is one entry of a batch that was refused.
type failed struct {
	ID          string `json:"Id"`
	Code        string
	Message     string
	SenderFault bool
}

func failure(id string, err error) failed {
	var e *awsjson.Error
	if !errors.As(err, &e) {
		return failed{id, "InternalError", "internal failure", false}
	}
	return failed{id, e.QueryCode, e.Message, true}
}

type sendMessageBatchOutput struct {
	Successful []sentEntry
	Failed     []failed `json:",omitempty"`
}

func (s *Server) sendMessageBatch(_ context.Context, in *sendMessageBatchInput) (*sendMessageBatchOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.byURL(in.QueueURL)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.Entries, func(e sendBatchEntry) string { return e.ID }); err != nil {
		return nil, err
	}
	total := 0
	out := &sendMessageBatchOutput{Successful: []sentEntry{}}
	var fine []*outgoing
	for i := range in.Entries {
		e := &in.Entries[i]
		total += e.size()
		if err := e.check(q.record.Settings); err != nil {
			out.Failed = append(out.Failed, failure(e.ID, err))
			continue
		}
		fine = append(fine, &e.outgoing)
		out.Successful = append(out.Successful, sentEntry{ID: e.ID})
	}
	if total > maxMessage {
		return nil, withQuery("com.amazonaws.sqs#BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong",
			"Batch requests cannot be longer than %d bytes. You have sent %d bytes.", maxMessage, total)
	}
	replies, err := s.keep(q, fine)
	if err != nil {
		return nil, err
	}
	for i, r := range replies {
		out.Successful[i].sent = r
	}
	return out, nil
}

var batchID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// checkBatch returns what is wrong with a batch as a whole.
func checkBatch[E any](entries []E, id func(E) string) error {
	if len(entries) == 0 {
		return withQuery("com.amazonaws.sqs#EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest",
			"There should be at least one entry in the request.")
	}
	if len(entries) > maxBatch {
		return withQuery("com.amazonaws.sqs#TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
			"Maximum number of entries per request are %d. You have sent %d.", maxBatch, len(entries))
	}
	seen := map[string]bool{}
	for _, e := range entries {
		if !batchID.MatchString(id(e)) {
			return withQuery("com.amazonaws.sqs#InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId",
				"A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")
		}
		if seen[id(e)] {
			return withQuery("com.amazonaws.sqs#BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
				"Id %s repeated.", id(e))
		}
		seen[id(e)] = true
	}
	return nil
}
