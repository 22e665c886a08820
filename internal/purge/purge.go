// Package purge deletes for good: one conversation, or a mailbox with everything
// that came through it. It works in slices and can be interrupted anywhere.
package purge

import (
	"context"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/outbox"
	"github.com/quilldesk/quilldesk/internal/triage"
)

// State is where conversations are kept.
type State interface {
	Mailbox(context.Context, desk.OrgID, desk.MailboxID) (desk.Mailbox, error)
	Sync(context.Context, desk.OrgID, desk.MailboxID) (desk.Sync, error)
	Lease(ctx context.Context, s desk.Sync, by string, until time.Time) error
	Conversation(context.Context, desk.OrgID, desk.ConversationID) (desk.Conversation, error)
	InMailbox(ctx context.Context, org desk.OrgID, box desk.MailboxID, limit int) ([]desk.ConversationID, error)
	RemoveConversation(context.Context, desk.Conversation) error
	RemoveFind(ctx context.Context, c desk.Conversation, terms []string) error
	PurgeConversation(ctx context.Context, org desk.OrgID, box desk.MailboxID, id desk.ConversationID, keys bool, files func(desk.Message) error) error
	PurgeTombs(context.Context, desk.OrgID, desk.MailboxID) error
	PurgeAsides(context.Context, desk.OrgID, desk.MailboxID) error
	ForgetExport(context.Context, desk.OrgID, desk.MailboxID) error
	ForgetMailbox(context.Context, desk.Mailbox) error
	// DropExamples deletes the corrections by hand that gone picks.
	DropExamples(ctx context.Context, org desk.OrgID, gone func(desk.Example) bool) error
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
	// Finish completes the move of messages that a conversation takes part in.
	Finish func(context.Context, desk.OrgID, desk.ConversationID) error
	// Again queues a job once more, after a while.
	Again func(ctx context.Context, job desk.Job, wait time.Duration) error
	Now   desk.Clock
}

const (
	// slice is how many conversations are deleted between two looks at the clock,
	// spare the time kept back to hand the rest over.
	slice = 50
	spare = 20 * time.Second
	// holdTime keeps fetchers out of the mailbox, longer than a run can last.
	holdTime = 15 * time.Minute
	// wait is how long to let a fetcher finish that has the mailbox.
	wait = 10 * time.Second
)

// Purge does as much of a job as the deadline allows and queues the rest again.
func (p *Purger) Purge(ctx context.Context, job desk.Job) error {
	if job.Conversation != "" {
		return p.deleted(ctx, job)
	}
	box, err := p.State.Mailbox(ctx, job.Org, job.Mailbox)
	if desk.KindOf(err) == desk.NotFound {
		return nil // done by an earlier run
	}
	if err != nil || !box.Purging {
		return err
	}
	err = p.hold(ctx, box)
	if desk.CodeOf(err) == "busy" {
		return p.Again(ctx, job, wait)
	}
	if err != nil {
		return err
	}
	if err := p.State.ForgetExport(ctx, box.Org, box.ID); err != nil { // one that runs stops
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
			if err := p.conversation(ctx, box, id); err != nil {
				return err
			}
		}
		if deadline, ok := ctx.Deadline(); ok && deadline.Sub(p.Now()) < spare {
			return p.Again(ctx, job, 0)
		}
	}
	if err := p.orphans(ctx, box); err != nil {
		return err
	}
	// What a sender that died left, and the exports.
	for _, prefix := range []string{outbox.KeptPrefix(box.Org, box.ID), desk.ExportPrefix(box.Org, box.ID)} {
		if err := p.empty(ctx, prefix); err != nil {
			return err
		}
	}
	if err := p.State.PurgeAsides(ctx, box.Org, box.ID); err != nil {
		return err
	}
	if err := p.State.PurgeTombs(ctx, box.Org, box.ID); err != nil {
		return err
	}
	if err := p.State.DropExamples(ctx, box.Org, func(e desk.Example) bool { return e.Mailbox == box.ID }); err != nil {
		return err
	}
	return p.State.ForgetMailbox(ctx, box)
}

// deleted deletes what is left of a conversation that somebody deleted. Its
// thread keys stay, so that its mail does not come back. A move of messages that
// broke off in it is completed first.
func (p *Purger) deleted(ctx context.Context, job desk.Job) error {
	if err := p.Finish(ctx, job.Org, job.Conversation); err != nil || job.Mailbox == "" {
		return err // without a mailbox there was only the move to complete
	}
	_, err := p.State.Conversation(ctx, job.Org, job.Conversation)
	if desk.KindOf(err) != desk.NotFound {
		return err // without an error it has come back to life with new mail
	}
	if err := p.State.DropExamples(ctx, job.Org, func(e desk.Example) bool { return e.Conversation == job.Conversation }); err != nil {
		return err
	}
	return p.State.PurgeConversation(ctx, job.Org, job.Mailbox, job.Conversation, false, p.files(ctx, job.Org, job.Mailbox))
}

// hold takes the mailbox's lease, so that nobody brings mail in behind us;
// Unavailable while a fetcher has it.
func (p *Purger) hold(ctx context.Context, box desk.Mailbox) error {
	sync, err := p.State.Sync(ctx, box.Org, box.ID)
	if err != nil {
		return err
	}
	err = p.State.Lease(ctx, sync, "purge", p.Now().Add(holdTime))
	if desk.KindOf(err) == desk.Conflict {
		return desk.Errorf(desk.Unavailable, "busy", "the mailbox is being fetched: %w", err)
	}
	return err
}

// conversation deletes a conversation with everything that leads to it. The
// conversation itself goes last: it is how a second run finds the rest.
func (p *Purger) conversation(ctx context.Context, box desk.Mailbox, id desk.ConversationID) error {
	c, err := p.State.Conversation(ctx, box.Org, id)
	if desk.KindOf(err) == desk.NotFound {
		return nil // the list was a moment behind
	}
	if err != nil || c.ID != id { // or it was merged a moment ago
		return err
	}
	if err := p.State.RemoveFind(ctx, c, triage.Terms(c)); err != nil {
		return err
	}
	if err := p.State.PurgeConversation(ctx, box.Org, box.ID, id, true, p.files(ctx, box.Org, box.ID)); err != nil {
		return err
	}
	return p.State.RemoveConversation(ctx, c)
}

// files deletes what a message has in the bucket: its raw mail, or the files it
// was sent with.
func (p *Purger) files(ctx context.Context, org desk.OrgID, box desk.MailboxID) func(desk.Message) error {
	return func(m desk.Message) error {
		if m.Send == nil {
			return p.Objects.Delete(ctx, mailbox.RawKey(org, box, m.ID))
		}
		for _, f := range m.Attachments {
			for _, key := range outbox.Pieces(f) {
				if err := p.Objects.Delete(ctx, key); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// empty deletes every object below a prefix.
func (p *Purger) empty(ctx context.Context, prefix string) error {
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

// orphans deletes raw mail that belongs to no conversation, and what a fetcher
// that died may have stored of it.
func (p *Purger) orphans(ctx context.Context, box desk.Mailbox) error {
	prefix := mailbox.RawKey(box.Org, box.ID, "")
	for {
		keys, err := p.Objects.Keys(ctx, prefix)
		if err != nil || len(keys) == 0 {
			return err
		}
		for _, key := range keys {
			id := mailbox.ConversationID(box.ID, desk.MessageID(strings.TrimPrefix(key, prefix)))
			if err := p.State.PurgeConversation(ctx, box.Org, box.ID, id, true, p.files(ctx, box.Org, box.ID)); err != nil {
				return err
			}
			if err := p.Objects.Delete(ctx, key); err != nil {
				return err
			}
		}
	}
}
