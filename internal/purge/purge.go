// Package purge deletes for good: one conversation, or a mailbox with everything
// that came through it. It works in slices and can be interrupted anywhere.
package purge

import (
	"context"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/triage"
)

// State is where conversations are kept.
type State interface {
	Mailbox(context.Context, desk.OrgID, desk.MailboxID) (desk.Mailbox, error)
	Conversation(context.Context, desk.OrgID, desk.ConversationID) (desk.Conversation, error)
	InMailbox(ctx context.Context, org desk.OrgID, box desk.MailboxID, limit int) ([]desk.ConversationID, error)
	RemoveConversation(context.Context, desk.Conversation) error
	RemoveFind(ctx context.Context, c desk.Conversation, terms []string) error
	PurgeConversation(ctx context.Context, org desk.OrgID, box desk.MailboxID, id desk.ConversationID, keys bool, raw func(desk.MessageID) error) error
	ForgetMailbox(context.Context, desk.Mailbox) error
}

// Objects is the bucket.
type Objects interface {
	Delete(ctx context.Context, key string) error
	Keys(ctx context.Context, prefix string) ([]string, error)
}

// Purger deletes.
type Purger struct {
	State   State
	Objects Objects
	Again   func(context.Context, desk.Job) error
	Now     desk.Clock
}

// slice is how many conversations are deleted between two looks at the clock,
// spare the time kept back to hand the rest over.
const (
	slice = 50
	spare = 20 * time.Second
)

// Purge does as much of a job as the deadline allows and queues the rest again.
func (p *Purger) Purge(ctx context.Context, job desk.Job) error {
	if job.Conversation != "" {
		return p.conversation(ctx, job.Org, job.Mailbox, job.Conversation, false)
	}
	box, err := p.State.Mailbox(ctx, job.Org, job.Mailbox)
	if desk.KindOf(err) == desk.NotFound {
		return nil // done by an earlier run
	}
	if err != nil || !box.Purging {
		return err
	}
	for {
		ids, err := p.State.InMailbox(ctx, box.Org, box.ID, slice)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			break
		}
		for _, id := range ids {
			if err := p.conversation(ctx, box.Org, box.ID, id, true); err != nil {
				return err
			}
		}
		if deadline, ok := ctx.Deadline(); ok && deadline.Sub(p.Now()) < spare {
			return p.Again(ctx, job)
		}
	}
	if err := p.objects(ctx, mailbox.RawKey(box.Org, box.ID, "")); err != nil {
		return err
	}
	return p.State.ForgetMailbox(ctx, box)
}

// conversation deletes one conversation's raw mail, items and search terms, and,
// when its whole mailbox goes, first takes it out of the lists.
func (p *Purger) conversation(ctx context.Context, org desk.OrgID, box desk.MailboxID, id desk.ConversationID, whole bool) error {
	c, err := p.State.Conversation(ctx, org, id)
	if err == nil && whole {
		if err := p.State.RemoveFind(ctx, c, triage.Terms(c)); err != nil {
			return err
		}
		if err := p.State.RemoveConversation(ctx, c); err != nil {
			return err
		}
	} else if err != nil && desk.KindOf(err) != desk.NotFound {
		return err
	} else if err == nil {
		return nil // it has come back to life with new mail since it was deleted
	}
	return p.State.PurgeConversation(ctx, org, box, id, whole, func(m desk.MessageID) error {
		return p.Objects.Delete(ctx, mailbox.RawKey(org, box, m))
	})
}

func (p *Purger) objects(ctx context.Context, prefix string) error {
	for {
		keys, err := p.Objects.Keys(ctx, prefix)
		if err != nil || len(keys) == 0 {
			return err
		}
		for _, key := range keys {
			if err := p.Objects.Delete(ctx, key); err != nil {
				return err
			}
		}
	}
}
