package merge

import (
	"slices"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/marketplace"
)

// parted are the two conversations that one becomes: what stays, and the messages
// that were taken out. from holds those that stay, to those that went.
func parted(mv desk.Move, from, to desk.Half) desk.Settlement {
	before := from.Conversation
	rest, out := before, before
	rest.OrderNumbers, out.OrderNumbers = orders(before.OrderNumbers, from.Messages, to.Messages)
	if mv.Back && to.Merged != nil {
		out = to.Merged.Before
	} else {
		out.ID = mv.To
		if len(to.Messages) > 0 {
			out.Subject = to.Messages[0].Subject
		}
		owned(&out, to.Messages, from.Messages)
		owned(&rest, from.Messages, to.Messages)
		out.Title = marketplace.Title(out.Subject, out.Buyer.Name)
	}
	rest.Messages, out.Messages = before.Messages-len(mv.Messages), len(mv.Messages)+to.Conversation.Messages
	s := desk.Settlement{}
	for _, part := range []struct {
		c        *desk.Conversation
		messages []desk.Message
	}{{&rest, from.Messages}, {&out, to.Messages}} {
		sortedBy := part.c.LastIncoming
		part.c.Status, part.c.Clock = waits(*part.c, part.messages)
		reshape(part.c, part.messages)
		part.c.Sorted = part.c.Sorted && part.c.LastIncoming == sortedBy
	}
	if from.Suggestions != nil && from.Suggestions.For == out.LastIncoming {
		s.Suggestions = from.Suggestions
	}
	s.From, s.To, s.Terms = &rest, out, lost(before, rest)
	return s
}

// orders deals out a conversation's order numbers: those that only the messages
// taken out mention go, those mentioned by both are kept by both.
func orders(all []string, stay, out []desk.Message) (kept, gone []string) {
	mention := func(messages []desk.Message, n string) bool {
		return slices.ContainsFunc(messages, func(m desk.Message) bool { return strings.Contains(m.Subject, n) || strings.Contains(m.Text, n) })
	}
	for _, n := range all {
		went := mention(out, n)
		if went {
			gone = append(gone, n)
		}
		if !went || mention(stay, n) {
			kept = append(kept, n)
		}
	}
	return kept, gone
}

// reshape makes a conversation say what its messages, oldest first, say.
func reshape(c *desk.Conversation, messages []desk.Message) {
	c.HasAttachments, c.LastIncoming = false, ""
	for _, m := range messages {
		c.HasAttachments = c.HasAttachments || slices.ContainsFunc(m.Attachments, func(f desk.Attachment) bool { return !f.Inline })
		if m.Direction == desk.Incoming && (m.Automatic == "" || c.LastIncoming == "") {
			c.LastIncoming = m.ID
		}
		c.LastAt, c.Newest, c.Snippet = m.At, m.ID, snippet(m)
	}
}

// snippetRunes bounds a snippet.
const snippetRunes = 140

func snippet(m desk.Message) string {
	words := []rune(strings.Join(strings.Fields(m.Visible()), " "))
	return string(words[:min(len(words), snippetRunes)])
}

// waits is whether a part still awaits an answer, counted from its first unanswered
// buyer message. Where nobody had to answer the whole, nobody has to answer a part.
func waits(before desk.Conversation, messages []desk.Message) (desk.Status, desk.ResponseClock) {
	if before.Status == desk.NoReply {
		return desk.NoReply, desk.ResponseClock{}
	}
	status, clock := desk.NoReply, desk.ResponseClock{}
	for _, m := range messages {
		switch {
		case m.Answers():
			status, clock = desk.Replied, desk.ResponseClock{}
		case m.Direction == desk.Incoming && m.Automatic == "":
			status = desk.Awaiting
			if !clock.Running() && !m.Imported {
				clock = started(before, m)
			}
		}
	}
	return status, clock
}

func started(c desk.Conversation, m desk.Message) desk.ResponseClock {
	limit, target, none := marketplace.ClockFor(c.Store)
	if none || !c.Labels.Type.Value.FromBuyer() {
		return desk.ResponseClock{}
	}
	return desk.ResponseClock{Start: m.At, Due: m.At.Add(limit), Target: target}
}

// owned gives a part its own buyer where its messages come from somebody else than
// the whole's buyer, who wrote none of the others: an answer must not go to a
// stranger. Where no mail comes from the buyer's own address, as from a contact
// form, the addresses say nothing.
func owned(c *desk.Conversation, mine, others []desk.Message) {
	wrote := func(messages []desk.Message, address string) bool {
		return slices.ContainsFunc(messages, func(m desk.Message) bool { return incoming(m) && strings.EqualFold(m.From.Address, address) })
	}
	buyer, alone := writer(mine)
	told := wrote(mine, c.Buyer.Address) || wrote(others, c.Buyer.Address)
	if !alone || !told || wrote(others, buyer.Address) || strings.EqualFold(buyer.Address, c.Buyer.Address) || c.Route.Disabled != "" {
		return
	}
	buyer.Name = strings.TrimPrefix(strings.TrimSuffix(buyer.Name, " - Amazon Marketplace"), "eBay - ")
	c.Buyer, c.Route = buyer, desk.ReplyRoute{To: buyer.Address}
}

// writer is who wrote the incoming messages; alone is false when there are several or none.
func writer(messages []desk.Message) (who desk.Contact, alone bool) {
	for _, m := range messages {
		switch {
		case !incoming(m) || m.From.Address == "":
		case !alone && who == (desk.Contact{}):
			who, alone = m.From, true
		case !strings.EqualFold(m.From.Address, who.Address):
			alone = false
		}
	}
	return who, alone
}

func incoming(m desk.Message) bool { return m.Direction == desk.Incoming }
