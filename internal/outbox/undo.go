package outbox

import (
	"context"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Undo takes a mail back that is queued, or that did not get through; Conflict
// with "too_late" once it is on its way or may be.
func (o *Outbox) Undo(ctx context.Context, org desk.OrgID, c desk.ConversationID, id desk.MessageID) (desk.Message, error) {
	m, version, err := o.State.Outgoing(ctx, org, c, id)
	if err != nil || m.Send.State == desk.Cancelled {
		return m, err
	}
	late := desk.Errorf(desk.Conflict, "too_late", "the mail is on its way")
	waiting := m.Send.State == desk.Queued
	if !waiting && m.Send.State != desk.Failed && m.Send.State != desk.Bounced {
		return m, late
	}
	m.Send.State = desk.Cancelled
	change := func(c *desk.Conversation) error {
		if c.Newest == m.ID && m.Send.Was != desk.Awaiting {
			c.Close(before(m)) // nobody waited before, and nobody wrote since
			return nil
		}
		if waiting { // else it waits already
			c.Reopen(m.Send.Reopen)
		}
		return nil
	}
	err = o.State.PutOutgoingWith(ctx, org, m, version, change)
	if desk.KindOf(err) == desk.Conflict {
		return m, late
	}
	return m, err
}

// before is the tab a conversation goes back to; one that began with the mail
// waits for nobody.
func before(m desk.Message) desk.Status {
	if m.Send.Was == "" {
		return desk.NoReply
	}
	return m.Send.Was
}

// Retry queues a failed or unclear mail again, and one that waits at once. What
// came back goes out under a new Message-ID: some servers drop one they have
// seen. What is unclear keeps its own, by which the two could be told to be one.
func (o *Outbox) Retry(ctx context.Context, org desk.OrgID, c desk.ConversationID, id desk.MessageID) (desk.Message, error) {
	m, version, err := o.State.Outgoing(ctx, org, c, id)
	if err != nil {
		return m, err
	}
	switch m.Send.State {
	case desk.Bounced:
		m.Send.Round++
	case desk.Failed, desk.Unclear:
	default:
		return m, desk.Errorf(desk.Conflict, "not_failed", "only a mail that failed can be sent again")
	}
	m.Send.State, m.Send.Attempts, m.Send.Handing, m.Send.Copied = desk.Queued, 0, false, false
	m.Send.Code, m.Send.Detail = "", ""
	m.Send.NotAfter = o.Now().Add(UndoTime)
	err = o.State.PutOutgoingWith(ctx, org, m, version, func(c *desk.Conversation) error {
		c.Close(desk.Replied)
		return nil
	})
	if err != nil {
		return m, err
	}
	return m, o.Work.Send(ctx, job(org, m), UndoTime)
}

// Arrived settles an unclear mail by a person's word: it did reach its recipient.
// What is left is the copy in Sent.
func (o *Outbox) Arrived(ctx context.Context, org desk.OrgID, c desk.ConversationID, id desk.MessageID) (desk.Message, error) {
	m, version, err := o.State.Outgoing(ctx, org, c, id)
	if err != nil {
		return m, err
	}
	if m.Send.State != desk.Unclear {
		return m, desk.Errorf(desk.Conflict, "not_unclear", "only of a mail that is unclear somebody can say that it arrived")
	}
	m.Send.State, m.Send.SentAt, m.Send.Code, m.Send.Detail = desk.Sent, o.Now().UTC(), "by_hand", ""
	err = o.State.PutOutgoingWith(ctx, org, m, version, func(c *desk.Conversation) error {
		if c.Newest == m.ID {
			c.Close(desk.Replied)
		}
		return nil
	})
	if err != nil {
		return m, err
	}
	return m, o.Work.Send(ctx, job(org, m), 0)
}
