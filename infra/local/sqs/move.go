package sqs

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
)

// transfer moves messages that are out of every line and heap of from to the
// queue to.
type transfer struct {
	from, to *queue
	messages []*message
	// arrive makes the record a message has in its new queue.
	arrive func(messageRecord) messageRecord
	moved  []*message
}

// giveUp is the transfer of undeliverable messages to a dead-letter queue.
// They keep their identity and their age, so retention goes on counting.
func giveUp(from, to *queue, source string) *transfer {
	return &transfer{from: from, to: to, arrive: func(rec messageRecord) messageRecord {
		return messageRecord{ID: rec.ID, Group: rec.Group, Sent: rec.Sent, Source: source}
	}}
}

// redrive is the transfer out of a dead-letter queue: the messages are new
// ones, with new identity and age.
func redrive(from, to *queue, now time.Time) *transfer {
	return &transfer{from: from, to: to, arrive: func(rec messageRecord) messageRecord {
		return messageRecord{ID: uuid.NewString(), Group: rec.Group, Sent: now}
	}}
}

// store writes the move.
func (t *transfer) store(w write) error {
	for _, m := range t.messages {
		rec := t.arrive(m.record)
		seq, err := w.add(t.to.record.ID, rec, w.body(t.from.record.ID, m.seq))
		if err != nil {
			return err
		}
		if err := w.remove(t.from.record.ID, m.seq); err != nil {
			return err
		}
		t.moved = append(t.moved, &message{seq: seq, record: rec})
	}
	return nil
}

// done follows a stored move in memory.
func (t *transfer) done(now time.Time) {
	for _, m := range t.messages {
		delete(t.from.messages, m.seq)
	}
	for _, m := range t.moved {
		t.to.add(m, now)
	}
}

// putBack undoes a move that could not be stored.
func (t *transfer) putBack() {
	for _, m := range t.messages {
		t.from.show(m)
	}
}

// maxMoves is how many past move tasks a queue remembers, as SQS does.
const maxMoves = 10

// moveTask is a finished redrive; on one machine it ends within its call.
type moveTask struct {
	Handle      string
	Destination string
	Moved       int64
	Started     time.Time
}

type startMoveInput struct {
	SourceArn      string
	DestinationArn string
}

type startMoveOutput struct {
	TaskHandle string
}

// startMessageMoveTask moves the visible messages of a dead-letter queue to
// the destination or else each to the queue it came from. A limit of messages
// per second is not offered.
func (s *Server) startMessageMoveTask(_ context.Context, in *startMoveInput) (*startMoveOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, err := s.byARN(in.SourceArn)
	if err != nil {
		return nil, noResource("The resource that you specified for the SourceArn parameter doesn't exist.")
	}
	if !s.isDeadLetterQueue(in.SourceArn) {
		return nil, invalid("Source queue must be configured as a Dead Letter Queue.")
	}
	if err := s.refresh(from); err != nil {
		return nil, err
	}
	moves, err := s.planMoves(from, in.DestinationArn)
	if err != nil {
		return nil, err
	}
	return s.carryOut(from, in.DestinationArn, moves)
}

func (s *Server) isDeadLetterQueue(arn string) bool {
	for _, q := range s.queues {
		if p, ok := q.record.Settings.redrive(); ok && p.Target == arn {
			return true
		}
	}
	return false
}

// planMoves sorts the visible messages of from by destination. Messages whose
// origin is gone stay where they are.
func (s *Server) planMoves(from *queue, destination string) ([]*transfer, error) {
	if destination != "" {
		if _, err := s.byARN(destination); err != nil {
			return nil, noResource("The resource that you specified for the DestinationArn parameter doesn't exist.")
		}
	}
	now := s.now()
	byQueue := map[*queue]*transfer{}
	var moves []*transfer
	for _, m := range from.visible() {
		arn := destination
		if arn == "" {
			arn = m.record.Source
		}
		to, err := s.byARN(arn)
		if err != nil {
			continue
		}
		if byQueue[to] == nil {
			byQueue[to] = redrive(from, to, now)
			moves = append(moves, byQueue[to])
		}
		byQueue[to].messages = append(byQueue[to].messages, m)
	}
	return moves, nil
}

// visible are the ready messages in sending order.
func (q *queue) visible() []*message {
	var out []*message
	for _, m := range q.messages {
		if m.ready != nil {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b *message) int { return int(int64(a.seq) - int64(b.seq)) })
	return out
}

func (s *Server) carryOut(from *queue, destination string, moves []*transfer) (*startMoveOutput, error) {
	now := s.now()
	task := moveTask{Handle: uuid.NewString(), Destination: destination, Started: now}
	for _, t := range moves {
		task.Moved += int64(len(t.messages))
	}
	rec := from.record
	rec.Moves = slices.Insert(slices.Clone(rec.Moves), 0, task)
	rec.Moves = rec.Moves[:min(len(rec.Moves), maxMoves)]
	err := s.store.update(func(w write) error {
		for _, t := range moves {
			if err := t.store(w); err != nil {
				return err
			}
		}
		return w.putQueue(rec)
	})
	if err != nil {
		return nil, err
	}
	from.record = rec
	for _, t := range moves {
		for _, m := range t.messages {
			from.leave(m)
		}
		t.done(now)
	}
	return &startMoveOutput{task.Handle}, nil
}

type listMovesInput struct {
	SourceArn  string
	MaxResults *int
}

type moveResult struct {
	Status                           string
	SourceArn                        string
	DestinationArn                   string `json:",omitempty"`
	ApproximateNumberOfMessagesMoved int64
	StartedTimestamp                 int64
}

type listMovesOutput struct {
	Results []moveResult
}

func (s *Server) listMessageMoveTasks(_ context.Context, in *listMovesInput) (*listMovesOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.byARN(in.SourceArn)
	if err != nil {
		return nil, noResource("The resource that you specified for the SourceArn parameter doesn't exist.")
	}
	count := 1
	if in.MaxResults != nil {
		count = *in.MaxResults
	}
	if count < 1 || count > maxMoves {
		return nil, invalid("MaxResults must be from 1 to %d.", maxMoves)
	}
	out := &listMovesOutput{Results: []moveResult{}}
	for _, t := range q.record.Moves[:min(count, len(q.record.Moves))] {
		out.Results = append(out.Results, moveResult{"COMPLETED", in.SourceArn, t.Destination, t.Moved, t.Started.UnixMilli()})
	}
	return out, nil
}
