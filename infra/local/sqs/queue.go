package sqs

import (
	"container/heap"
	"container/list"
	"time"
)

// message is what is kept in memory of a message; its body stays on disk.
type message struct {
	seq    uint64 // key in the store, unique within the queue
	record messageRecord

	ready *list.Element // place in its group's line; nil while it waits
	wait  int           // place in the queue's waiting heap; -1 while ready
	busy  bool          // handed out and not yet visible again
}

// queue is one queue in memory; the server's mutex guards it.
type queue struct {
	record   queueRecord
	messages map[uint64]*message
	waiting  waitHeap          // delayed or in flight, soonest first
	groups   map[string]*group // with messages or deliveries under way
	turns    turnHeap          // groups with a ready message, next first
	turn     uint64            // counts deliveries and new groups: orders groups by last turn
	inFlight int
	expires  time.Time // no message outlives its retention before this

	changed chan struct{} // closed and replaced when a message becomes ready
}

func newQueue(rec queueRecord) *queue {
	return &queue{record: rec, messages: map[uint64]*message{}, groups: map[string]*group{}, changed: make(chan struct{})}
}

// add takes in a message, ready or waiting by its record.
func (q *queue) add(m *message, now time.Time) {
	q.messages[m.seq] = m
	m.wait = -1
	if end := q.expiry(m); q.expires.IsZero() || end.Before(q.expires) {
		q.expires = end
	}
	if m.record.VisibleAt.After(now) {
		q.hide(m, m.record.Receives > 0)
		return
	}
	q.show(m)
}

func (q *queue) expiry(m *message) time.Time {
	return m.record.Sent.Add(q.record.Settings.retention())
}

// show puts m at the end of its group's line. A message that comes back goes
// behind its peers, so one that always fails does not block them.
func (q *queue) show(m *message) {
	g := q.group(m.record.Group)
	m.ready = g.line.PushBack(m)
	q.turns.fix(g)
	close(q.changed)
	q.changed = make(chan struct{})
}

// hide lets m wait until its VisibleAt; busy says it was handed out.
func (q *queue) hide(m *message, busy bool) {
	if busy {
		m.busy = true
		q.inFlight++
		g := q.group(m.record.Group)
		g.inFlight++
		q.turns.fix(g)
	}
	heap.Push(&q.waiting, m)
}

// leave takes m out of its line or the waiting heap.
func (q *queue) leave(m *message) {
	g := q.group(m.record.Group)
	if m.ready != nil {
		g.line.Remove(m.ready)
		m.ready = nil
	}
	if m.wait >= 0 {
		heap.Remove(&q.waiting, m.wait)
	}
	if m.busy {
		m.busy = false
		q.inFlight--
		g.inFlight--
	}
	q.turns.fix(g)
	if g.line.Len() == 0 && g.inFlight == 0 {
		delete(q.groups, g.id)
	}
}

// remove forgets m.
func (q *queue) remove(m *message) {
	q.leave(m)
	delete(q.messages, m.seq)
}

// advance makes every message visible whose time has come.
func (q *queue) advance(now time.Time) {
	for len(q.waiting) > 0 && !q.waiting[0].record.VisibleAt.After(now) {
		m := q.waiting[0]
		q.leave(m)
		q.show(m)
	}
}

// expired returns the messages past their retention. Between two messages'
// ends it costs nothing; a sweep runs at most once a second of the clock.
func (q *queue) expired(now time.Time) []*message {
	if len(q.messages) == 0 || now.Before(q.expires) {
		return nil
	}
	var old []*message
	q.expires = time.Time{}
	for _, m := range q.messages {
		end := q.expiry(m)
		if !end.After(now) {
			old = append(old, m)
		} else if q.expires.IsZero() || end.Before(q.expires) {
			q.expires = end
		}
	}
	if soonest := now.Add(time.Second); q.expires.Before(soonest) {
		q.expires = soonest
	}
	return old
}

// next takes the next ready message in fair order, or nil.
func (q *queue) next() *message {
	if len(q.turns) == 0 {
		return nil
	}
	g := q.turns[0]
	m := g.line.Front().Value.(*message)
	q.turn++
	g.lastTurn = q.turn
	q.leave(m)
	return m
}

// counts are the three approximate numbers of the queue's attributes.
func (q *queue) counts() (visible, inFlight, delayed int) {
	return len(q.messages) - len(q.waiting), q.inFlight, len(q.waiting) - q.inFlight
}

// waitHeap orders messages by the time they become visible.
type waitHeap []*message

func (h waitHeap) Len() int           { return len(h) }
func (h waitHeap) Less(i, j int) bool { return h[i].record.VisibleAt.Before(h[j].record.VisibleAt) }
func (h waitHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].wait, h[j].wait = i, j
}

func (h *waitHeap) Push(x any) {
	m := x.(*message)
	m.wait = len(*h)
	*h = append(*h, m)
}

func (h *waitHeap) Pop() any {
	old := *h
	m := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	m.wait = -1
	return m
}
