package sqs

import (
	"container/heap"
	"container/list"
)

// group is the messages that share a MessageGroupId. Messages without one
// share the group "".
type group struct {
	id       string
	line     *list.List // of *message, ready to be received
	inFlight int
	lastTurn uint64
	place    int // in the turn heap; -1 while nothing is ready
}

func (q *queue) group(id string) *group {
	g := q.groups[id]
	if g == nil {
		// A newcomer starts behind the groups that were just served, so that
		// many small groups still take turns.
		q.turn++
		g = &group{id: id, line: list.New(), lastTurn: q.turn, place: -1}
		q.groups[id] = g
	}
	return g
}

// turnHeap orders the groups that have a ready message: fewest deliveries
// under way first, then the one served longest ago. A group that floods the
// queue so gets no more than its share while another has work, which is what
// fair queues promise.
//
// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
type turnHeap []*group

// fix puts g where it belongs after its line or its deliveries changed.
func (h *turnHeap) fix(g *group) {
	switch ready := g.line.Len() > 0; {
	case ready && g.place < 0:
		heap.Push(h, g)
	case ready:
		heap.Fix(h, g.place)
	case g.place >= 0:
		heap.Remove(h, g.place)
	}
}

func (h turnHeap) Len() int { return len(h) }

func (h turnHeap) Less(i, j int) bool {
	if h[i].inFlight != h[j].inFlight {
		return h[i].inFlight < h[j].inFlight
	}
	return h[i].lastTurn < h[j].lastTurn
}

func (h turnHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

func (h *turnHeap) Push(x any) {
	g := x.(*group)
	g.place = len(*h)
	*h = append(*h, g)
}

func (h *turnHeap) Pop() any {
	old := *h
	g := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	g.place = -1
	return g
}
