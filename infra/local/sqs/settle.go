package sqs

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"
)

// receipt names one delivery of one message.
type receipt struct {
	queue, seq uint64
	receives   int
}

func (r receipt) String() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d/%d/%d", r.queue, r.seq, r.receives))
}

func parseReceipt(handle string) (receipt, error) {
	text, err := base64.RawURLEncoding.DecodeString(handle)
	if err != nil {
		return receipt{}, invalidHandle()
	}
	var r receipt
	if _, err := fmt.Sscanf(string(text), "%d/%d/%d", &r.queue, &r.seq, &r.receives); err != nil || r.String() != handle {
		return receipt{}, invalidHandle()
	}
	return r, nil
}

// byReceipt finds the message of a receipt handle. It is nil without an error
// if the message is gone or was delivered again since: SQS calls that a
// success that may have no effect.
func (q *queue) byReceipt(handle string) (*message, error) {
	if handle == "" {
		return nil, missing("ReceiptHandle")
	}
	r, err := parseReceipt(handle)
	if err != nil {
		return nil, err
	}
	if r.queue != q.record.ID {
		return nil, invalidHandle()
	}
	m := q.messages[r.seq]
	if m == nil || m.record.Receives != r.receives {
		return nil, nil
	}
	return m, nil
}

// removeAll deletes messages from disk and memory.
func (s *Server) removeAll(q *queue, messages []*message) error {
	if len(messages) == 0 {
		return nil
	}
	err := s.store.update(func(w write) error {
		for _, m := range messages {
			if err := w.remove(q.record.ID, m.seq); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, m := range messages {
		q.remove(m)
	}
	return nil
}

type deleteMessageInput struct {
	QueueURL      string `json:"QueueUrl"`
	ReceiptHandle string
}

func (s *Server) deleteMessage(_ context.Context, in *deleteMessageInput) (*struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.byURL(in.QueueURL)
	if err != nil {
		return nil, err
	}
	m, err := q.byReceipt(in.ReceiptHandle)
	if err != nil {
		return nil, err
	}
	if m == nil {
		return &struct{}{}, nil
	}
	return &struct{}{}, s.removeAll(q, []*message{m})
}

type entryID struct {
	ID string `json:"Id"`
}

type settleBatchOutput struct {
	Successful []entryID
	Failed     []failed `json:",omitempty"`
}

// note adds the outcome of one entry.
func (o *settleBatchOutput) note(id string, err error) {
	if err != nil {
		o.Failed = append(o.Failed, failure(id, err))
		return
	}
	o.Successful = append(o.Successful, entryID{id})
}

type deleteBatchEntry struct {
	ID            string `json:"Id"`
	ReceiptHandle string
}

type deleteBatchInput struct {
	QueueURL string `json:"QueueUrl"`
	Entries  []deleteBatchEntry
}

func (s *Server) deleteMessageBatch(_ context.Context, in *deleteBatchInput) (*settleBatchOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.byURL(in.QueueURL)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.Entries, func(e deleteBatchEntry) string { return e.ID }); err != nil {
		return nil, err
	}
	out := &settleBatchOutput{Successful: []entryID{}}
	gone := map[*message]bool{}
	var messages []*message
	for _, e := range in.Entries {
		m, err := q.byReceipt(e.ReceiptHandle)
		out.note(e.ID, err)
		if m != nil && !gone[m] {
			gone[m] = true
			messages = append(messages, m)
		}
	}
	return out, s.removeAll(q, messages)
}

type visibilityEntry struct {
	ReceiptHandle     string
	VisibilityTimeout *int
}

type changeVisibilityInput struct {
	QueueURL string `json:"QueueUrl"`
	visibilityEntry
}

func (s *Server) changeMessageVisibility(_ context.Context, in *changeVisibilityInput) (*struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.byURL(in.QueueURL)
	if err != nil {
		return nil, err
	}
	return &struct{}{}, s.changeVisibility(q, in.visibilityEntry)
}

// changeVisibility restarts the visibility time of a message in flight; 0
// makes it visible at once.
func (s *Server) changeVisibility(q *queue, e visibilityEntry) error {
	if e.VisibilityTimeout == nil {
		return missing("VisibilityTimeout")
	}
	if *e.VisibilityTimeout < 0 || *e.VisibilityTimeout > maxVisibility {
		return invalid("Value %d for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be an integer between 0 and %d.",
			*e.VisibilityTimeout, maxVisibility)
	}
	if err := s.refresh(q); err != nil {
		return err
	}
	m, err := q.byReceipt(e.ReceiptHandle)
	if err != nil {
		return err
	}
	if m == nil || !m.busy {
		return notInFlight()
	}
	now := s.now()
	rec := m.record
	rec.VisibleAt = now.Add(time.Duration(*e.VisibilityTimeout) * time.Second)
	if err := s.store.update(func(w write) error { return w.put(q.record.ID, m.seq, rec) }); err != nil {
		return fmt.Errorf("changing the visibility of a message: %w", err)
	}
	q.leave(m)
	m.record = rec
	q.hide(m, true)
	q.advance(now)
	return nil
}

type visibilityBatchEntry struct {
	ID string `json:"Id"`
	visibilityEntry
}

type changeVisibilityBatchInput struct {
	QueueURL string `json:"QueueUrl"`
	Entries  []visibilityBatchEntry
}

func (s *Server) changeMessageVisibilityBatch(_ context.Context, in *changeVisibilityBatchInput) (*settleBatchOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.byURL(in.QueueURL)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.Entries, func(e visibilityBatchEntry) string { return e.ID }); err != nil {
		return nil, err
	}
	out := &settleBatchOutput{Successful: []entryID{}}
	for _, e := range in.Entries {
		out.note(e.ID, s.changeVisibility(q, e.visibilityEntry))
	}
	return out, nil
}
