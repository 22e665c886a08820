package merge

import (
	"cmp"
	"slices"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/triage"
)

// Differ reports whether two conversations have different buyers, or are about
// different orders.
func Differ(a, b desk.Conversation) bool {
	buyers := a.Buyer.Address != "" && b.Buyer.Address != "" && !strings.EqualFold(a.Buyer.Address, b.Buyer.Address)
	orders := len(a.OrderNumbers) > 0 && len(b.OrderNumbers) > 0 && !slices.ContainsFunc(a.OrderNumbers, func(n string) bool {
		return slices.Contains(b.OrderNumbers, n)
	})
	return buyers || orders
}

// settlement is what both conversations hold once the messages have gone.
func settlement(mv desk.Move, from, to desk.Half) desk.Settlement {
	if mv.Whole {
		return merged(mv, from, to)
	}
	if mv.Back && to.Merged != nil && to.Merged.Version == from.Conversation.Version {
		host := to.Merged.Host // nothing happened since: both are what they were
		return desk.Settlement{From: &host, To: to.Merged.Before, Terms: lost(from.Conversation, host)}
	}
	return parted(mv, from, to)
}

// lost are the terms under which a conversation was found and is not any more.
func lost(before, after desk.Conversation) []string {
	kept := triage.Terms(after)
	return slices.DeleteFunc(triage.Terms(before), func(term string) bool { return slices.Contains(kept, term) })
}

// maxOrders is how many order numbers a conversation keeps, as intake does.
const maxOrders = 10

// merged is a conversation that took another one in. What was awaiting an answer
// in either still does, counted from the earlier of the two clocks.
func merged(mv desk.Move, from, to desk.Half) desk.Settlement {
	a, c := from.Conversation, to.Conversation
	s := desk.Settlement{Terms: triage.Terms(a)}
	if c.ID == "" { // deleted while it was merged: what was moved stays
		a.ID = mv.To
		s.To = a
		return s
	}
	c.Messages += a.Messages
	c.HasAttachments = c.HasAttachments || a.HasAttachments
	c.Suspicious = c.Suspicious || a.Suspicious
	c.Assignee = cmp.Or(c.Assignee, a.Assignee)
	c.OrderNumbers = slices.Clone(c.OrderNumbers)
	for _, n := range a.OrderNumbers {
		if !slices.Contains(c.OrderNumbers, n) && len(c.OrderNumbers) < maxOrders {
			c.OrderNumbers = append(c.OrderNumbers, n)
		}
	}
	if place(to.Messages, a.LastIncoming) > place(to.Messages, c.LastIncoming) {
		c.LastIncoming, c.Sorted = a.LastIncoming, a.Sorted
		c.Labels = heir(c.Labels, a.Labels)
		if strings.EqualFold(a.Buyer.Address, c.Buyer.Address) && (a.Route.To != "" || a.Route.Disabled != "") {
			c.Route = a.Route // of another buyer it would take the answer away from the one who is named
		}
		s.Suggestions = from.Suggestions
	} else {
		c.Labels = heir(c.Labels, a.Labels.Merge(c.Labels))
	}
	newer := place(to.Messages, a.Newest) > place(to.Messages, c.Newest)
	switch {
	case a.Status == desk.Awaiting || c.Status == desk.Awaiting:
		c.Status, c.Clock = desk.Awaiting, earlier(a.Clock, c.Clock)
	case newer:
		c.Status = a.Status
	}
	if newer {
		c.LastAt, c.Newest, c.Snippet = a.LastAt, a.Newest, a.Snippet
	}
	s.To = c
	return s
}

// place is where a message stands among others, -1 when it does not.
func place(messages []desk.Message, id desk.MessageID) int {
	return slices.IndexFunc(messages, func(m desk.Message) bool { return m.ID == id })
}

// heir lays labels over a conversation's own; what a person set on it stays.
func heir(own, next desk.Labels) desk.Labels {
	l := own.Merge(next)
	l.Type = byHand(own.Type, l.Type)
	l.Category = byHand(own.Category, l.Category)
	l.Intent = byHand(own.Intent, l.Intent)
	l.Priority = byHand(own.Priority, l.Priority)
	l.Sentiment = byHand(own.Sentiment, l.Sentiment)
	l.Language = byHand(own.Language, l.Language)
	return l
}

func byHand[T ~string](own, next desk.Label[T]) desk.Label[T] {
	if own.Source == desk.ByHand {
		return own
	}
	return next
}

func earlier(a, b desk.ResponseClock) desk.ResponseClock {
	if !b.Running() || a.Running() && a.Start.Before(b.Start) {
		return a
	}
	return b
}
