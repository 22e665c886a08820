package sqs

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

const (
	maxVisibility = 43_200 // seconds, 12 hours
	maxWait       = 20     // seconds
	maxInFlight   = 120_000
)

type receiveMessageInput struct {
	QueueURL string `json:"QueueUrl"`
	// AttributeNames is the former name of MessageSystemAttributeNames.
	AttributeNames              []string
	MessageSystemAttributeNames []string
	MessageAttributeNames       []string
	MaxNumberOfMessages         *int
	VisibilityTimeout           *int
	WaitTimeSeconds             *int
}

type received struct {
	MessageID     string `json:"MessageId"`
	ReceiptHandle string
	Body          string
	MD5OfBody     string
	MD5OfAttrs    string                    `json:"MD5OfMessageAttributes,omitempty"`
	Attributes    map[string]string         `json:",omitempty"`
	MessageAttrs  map[string]attributeValue `json:"MessageAttributes,omitempty"`
}

type receiveMessageOutput struct {
	Messages []received `json:",omitempty"`
}

// limits of a receive after defaults of the queue were filled in.
type receiveLimits struct {
	count      int
	visibility time.Duration
	wait       time.Duration
}

func (in *receiveMessageInput) limits(st settings) (receiveLimits, error) {
	number := func(name string, given *int, initial, low, high int) (int, error) {
		if given == nil {
			return initial, nil
		}
		if *given < low || *given > high {
			return 0, invalid("Value %d for parameter %s is invalid. Reason: Must be between %d and %d, if provided.", *given, name, low, high)
		}
		return *given, nil
	}
	count, err := number("MaxNumberOfMessages", in.MaxNumberOfMessages, 1, 1, maxBatch)
	if err != nil {
		return receiveLimits{}, err
	}
	visibility, err := number("VisibilityTimeout", in.VisibilityTimeout, st.number("VisibilityTimeout"), 0, maxVisibility)
	if err != nil {
		return receiveLimits{}, err
	}
	wait, err := number("WaitTimeSeconds", in.WaitTimeSeconds, st.number("ReceiveMessageWaitTimeSeconds"), 0, maxWait)
	if err != nil {
		return receiveLimits{}, err
	}
	return receiveLimits{count, time.Duration(visibility) * time.Second, time.Duration(wait) * time.Second}, nil
}

// receiveMessage hands out messages; with a wait time it returns as soon as
// there is one.
func (s *Server) receiveMessage(ctx context.Context, in *receiveMessageInput) (*receiveMessageOutput, error) {
	if err := checkSystemNames(in); err != nil {
		return nil, err
	}
	var end time.Time
	for {
		got, again, err := s.tryReceive(in)
		if err != nil || len(got) > 0 {
			return &receiveMessageOutput{got}, err
		}
		if end.IsZero() {
			end = time.Now().Add(again.wait)
		}
		left := time.Until(end)
		if left <= 0 {
			return &receiveMessageOutput{}, nil
		}
		if !pause(ctx, again.changed, min(left, again.due)) {
			return nil, fmt.Errorf("waiting for a message: %w", ctx.Err())
		}
	}
}

// lookAgain says when an empty receive is worth repeating.
type lookAgain struct {
	wait    time.Duration   // how long the caller waits in all
	changed <-chan struct{} // a message became ready
	due     time.Duration   // until the next hidden message becomes visible
}

// pause waits for a change or until due; false means the caller went away.
func pause(ctx context.Context, changed <-chan struct{}, due time.Duration) bool {
	timer := time.NewTimer(due)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	case <-ctx.Done():
		return false
	}
	return true
}

func (s *Server) tryReceive(in *receiveMessageInput) ([]received, lookAgain, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.byURL(in.QueueURL)
	if err != nil {
		return nil, lookAgain{}, err
	}
	limits, err := in.limits(q.record.Settings)
	if err != nil {
		return nil, lookAgain{}, err
	}
	if err := s.refresh(q); err != nil {
		return nil, lookAgain{}, err
	}
	if q.inFlight >= maxInFlight {
		return nil, lookAgain{}, withQuery("com.amazonaws.sqs#OverLimit", "OverLimit", "Too many messages in flight.")
	}
	got, err := s.deliver(q, limits, in)
	if err != nil {
		return nil, lookAgain{}, err
	}
	again := lookAgain{wait: limits.wait, changed: q.changed, due: maxWait * time.Second}
	if len(q.waiting) > 0 {
		again.due = max(q.waiting[0].record.VisibleAt.Sub(s.now()), time.Millisecond)
	}
	return got, again, nil
}

// refresh drops expired messages of q and shows those that are due.
func (s *Server) refresh(q *queue) error {
	now := s.now()
	if old := q.expired(now); len(old) > 0 {
		if err := s.removeAll(q, old); err != nil {
			q.expires = now // try again at the next call
			return fmt.Errorf("dropping expired messages of %s: %w", q.record.Name, err)
		}
	}
	q.advance(now)
	return nil
}

// deliver takes up to limits.count messages out of q and hides them. If the
// store fails they stay hidden until their visibility ends, like messages
// whose receiver died.
func (s *Server) deliver(q *queue, limits receiveLimits, in *receiveMessageInput) ([]received, error) {
	if len(q.turns) == 0 {
		return nil, nil
	}
	now := s.now()
	picked, dead := s.pick(q, limits, now)
	var out []received
	err := s.store.update(func(w write) error {
		for _, m := range picked {
			if err := w.put(q.record.ID, m.seq, m.record); err != nil {
				return err
			}
			r, err := present(q, m, w.body(q.record.ID, m.seq), in)
			if err != nil {
				return err
			}
			out = append(out, r)
		}
		return dead.store(w)
	})
	if err != nil {
		dead.putBack()
		return nil, fmt.Errorf("delivering from %s: %w", q.record.Name, err)
	}
	dead.done(now)
	return out, nil
}

// pick takes up to limits.count messages off the line of q and hides them.
// Messages that were received as often as the redrive policy allows do not
// count: they are to go to the dead-letter queue, at the same moment SQS moves
// them.
func (s *Server) pick(q *queue, limits receiveLimits, now time.Time) (picked []*message, dead *transfer) {
	policy, ok := q.record.Settings.redrive()
	target, err := s.byARN(policy.Target)
	ok = ok && err == nil // a deleted dead-letter queue takes nothing
	dead = giveUp(q, target, s.arn(q.record.Name))
	for len(picked) < limits.count {
		m := q.next()
		if m == nil {
			break
		}
		if ok && m.record.Receives >= policy.max() {
			dead.messages = append(dead.messages, m)
			continue
		}
		m.deliver(now, limits.visibility)
		q.hide(m, true)
		picked = append(picked, m)
	}
	return picked, dead
}

func (m *message) deliver(now time.Time, visibility time.Duration) {
	m.record.Receives++
	m.record.VisibleAt = now.Add(visibility)
	if m.record.FirstReceived.IsZero() {
		m.record.FirstReceived = now
	}
}

// systemAttributes are the names a receiver can ask for and their values; ""
// leaves one out.
var systemAttributes = map[string]func(q *queue, m *message, b *bodyRecord) string{
	"SenderId":                func(*queue, *message, *bodyRecord) string { return account },
	"SentTimestamp":           func(_ *queue, m *message, _ *bodyRecord) string { return millis(m.record.Sent) },
	"ApproximateReceiveCount": func(_ *queue, m *message, _ *bodyRecord) string { return strconv.Itoa(m.record.Receives) },
	"ApproximateFirstReceiveTimestamp": func(_ *queue, m *message, _ *bodyRecord) string {
		return millis(m.record.FirstReceived)
	},
	"MessageGroupId":           func(_ *queue, m *message, _ *bodyRecord) string { return m.record.Group },
	"DeadLetterQueueSourceArn": func(_ *queue, m *message, _ *bodyRecord) string { return m.record.Source },
	traceHeader:                func(_ *queue, _ *message, b *bodyRecord) string { return b.Trace },
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// fifoAttributes are names only FIFO queues fill; asking for them is fine.
var fifoAttributes = []string{"All", "MessageDeduplicationId", "SequenceNumber"}

func checkSystemNames(in *receiveMessageInput) error {
	for _, name := range slices.Concat(in.AttributeNames, in.MessageSystemAttributeNames) {
		if _, ok := systemAttributes[name]; !ok && !slices.Contains(fifoAttributes, name) {
			return invalidAttributeName(name)
		}
	}
	return nil
}

// present is m as the receiver sees it.
func present(q *queue, m *message, stored []byte, in *receiveMessageInput) (received, error) {
	var b bodyRecord
	if err := json.Unmarshal(stored, &b); err != nil {
		return received{}, fmt.Errorf("reading message %s: %w", m.record.ID, err)
	}
	attrs := choose(b.Attributes, in.MessageAttributeNames)
	r := received{
		MessageID:     m.record.ID,
		ReceiptHandle: receipt{q.record.ID, m.seq, m.record.Receives}.String(),
		Body:          b.Body,
		MD5OfBody:     md5Hex([]byte(b.Body)),
		MD5OfAttrs:    md5Attributes(attrs),
		MessageAttrs:  attrs,
		Attributes:    map[string]string{},
	}
	names := slices.Concat(in.AttributeNames, in.MessageSystemAttributeNames)
	for name, value := range systemAttributes {
		if v := value(q, m, &b); v != "" && (slices.Contains(names, name) || slices.Contains(names, "All")) {
			r.Attributes[name] = v
		}
	}
	return r, nil
}
