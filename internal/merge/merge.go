// Package merge moves messages between conversations by hand: it merges two, takes
// some out into one of their own, and undoes a merge. Every step can run twice, and
// whoever finds a move that was interrupted completes it.
package merge

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"slices"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/triage"
)

// State is where conversations are kept.
type State interface {
	Conversation(context.Context, desk.OrgID, desk.ConversationID) (desk.Conversation, error)
	HalfOf(context.Context, desk.OrgID, desk.MailboxID, desk.ConversationID) (desk.Half, error)
	MovedBy(ctx context.Context, org desk.OrgID, move string, from, into desk.ConversationID) ([]desk.MessageID, error)
	UnfinishedMove(context.Context, desk.OrgID, desk.ConversationID) (desk.Move, bool, error)
	PlanMove(context.Context, desk.Move) error
	MoveMessages(context.Context, desk.Move) error
	SettleMove(ctx context.Context, mv desk.Move, combine func(from, to desk.Half) (desk.Settlement, error)) error
	PutFind(ctx context.Context, c desk.Conversation, terms []string) error
	EndMove(context.Context, desk.Move) error
}

// WorkQueue carries conversations whose newest mail changed to triage, and moves
// that broke off to the function that completes them.
type WorkQueue interface {
	Triage(ctx context.Context, jobs []desk.Job) error
	PurgeLater(ctx context.Context, job desk.Job, delay time.Duration) error
}

// Merger moves messages.
type Merger struct {
	State State
	Work  WorkQueue
	Now   desk.Clock
}

// Done is what came of a move.
type Done struct {
	Conversation desk.ConversationID // where the messages are now
	Messages     []desk.MessageID    // those that went, oldest first
}

// Merge moves every message of from into another conversation and ends from.
// Errors: Invalid with "merge_self", "merge_mailbox" or "merge_store"; Conflict with
// "merge_differs" unless anyway when buyers or orders differ, with
// "message_sending" while a message of from is being sent; Unavailable with
// "mail_arriving" while new mail of from is being taken in.
func (m *Merger) Merge(ctx context.Context, from, into desk.Conversation, by string, anyway bool) (Done, error) {
	switch {
	case from.ID == into.ID:
		return Done{}, desk.Errorf(desk.Invalid, "merge_self", "a conversation cannot be merged with itself")
	case from.Org != into.Org || from.Mailbox != into.Mailbox:
		return Done{}, desk.Errorf(desk.Invalid, "merge_mailbox", "only conversations of one mailbox can be merged")
	case from.Store != into.Store: // an answer can go to one marketplace only
		return Done{}, desk.Errorf(desk.Invalid, "merge_store", "only conversations of one store can be merged")
	case !anyway && Differ(from, into):
		return Done{}, desk.Errorf(desk.Conflict, "merge_differs", "the conversations have different buyers or orders")
	}
	half, err := m.ready(ctx, from, nil)
	if err != nil {
		return Done{}, err
	}
	mv := m.move(from, into.ID, by)
	mv.Whole = true
	return Done{into.ID, ids(half.Messages)}, m.begin(ctx, mv)
}

// Split takes messages out of a conversation into one of their own. Errors: Invalid
// with "split_none", "split_all" or "split_unknown"; the others as of Merge.
func (m *Merger) Split(ctx context.Context, from desk.Conversation, messages []desk.MessageID, by string) (Done, error) {
	messages = slices.Compact(slices.Sorted(slices.Values(messages)))
	half, err := m.ready(ctx, from, messages)
	if err != nil {
		return Done{}, err
	}
	stay := slices.DeleteFunc(ids(half.Messages), func(id desk.MessageID) bool { return slices.Contains(messages, id) })
	switch {
	case len(messages) == 0:
		return Done{}, desk.Errorf(desk.Invalid, "split_none", "no message was chosen")
	case len(stay)+len(messages) != len(half.Messages):
		return Done{}, desk.Errorf(desk.Invalid, "split_unknown", "one of the messages is not in this conversation")
	case len(stay) == 0:
		return Done{}, desk.Errorf(desk.Invalid, "split_all", "a conversation keeps at least one message")
	}
	mv := m.move(from, newID(), by)
	mv.Messages = messages
	return Done{mv.To, messages}, m.begin(ctx, mv)
}

// Undo takes a merged conversation out of the one it was merged into. When nothing
// happened to that one since, both are as they were before. NotFound when it was
// not merged into it.
func (m *Merger) Undo(ctx context.Context, host desk.Conversation, merged desk.ConversationID, by string) (Done, error) {
	gone, err := m.State.HalfOf(ctx, host.Org, host.Mailbox, merged)
	if err != nil {
		return Done{}, err
	}
	if gone.Merged == nil || gone.Merged.Into != host.ID {
		return Done{}, desk.Errorf(desk.NotFound, "not_merged", "this conversation was not merged into that one")
	}
	messages, err := m.State.MovedBy(ctx, host.Org, gone.Merged.Move, merged, host.ID)
	if err != nil {
		return Done{}, err
	}
	half, err := m.ready(ctx, host, messages)
	if err != nil {
		return Done{}, err
	}
	if len(messages) == 0 || len(messages) == len(half.Messages) {
		return Done{}, desk.Errorf(desk.Conflict, "undo_late", "the messages were moved on since")
	}
	mv := m.move(host, merged, by)
	mv.Messages, mv.Back = messages, true
	return Done{merged, messages}, m.begin(ctx, mv)
}

func (m *Merger) move(from desk.Conversation, to desk.ConversationID, by string) desk.Move {
	return desk.Move{ID: string(newID()), Org: from.Org, Mailbox: from.Mailbox, From: from.ID, To: to, By: by, Begun: m.Now().UTC().Truncate(time.Millisecond)}
}

// ready reads a conversation whose messages, or some of them, are to be moved, and
// checks that they can be.
func (m *Merger) ready(ctx context.Context, from desk.Conversation, messages []desk.MessageID) (desk.Half, error) {
	half, err := m.State.HalfOf(ctx, from.Org, from.Mailbox, from.ID)
	if err != nil {
		return half, err
	}
	if half.Arriving {
		return half, desk.Errorf(desk.Unavailable, "mail_arriving", "mail of this conversation is just being taken in")
	}
	for _, one := range half.Messages {
		if (messages == nil || slices.Contains(messages, one.ID)) && one.UnderWay(m.Now()) {
			return half, desk.Errorf(desk.Conflict, "message_sending", "one of the messages is just being sent")
		}
	}
	return half, nil
}

func ids(messages []desk.Message) []desk.MessageID {
	list := make([]desk.MessageID, len(messages))
	for i, one := range messages {
		list[i] = one.ID
	}
	return list
}

func newID() desk.ConversationID {
	random := make([]byte, 10)
	_, _ = rand.Read(random) // never fails
	return desk.ConversationID(strings.ToLower(base32.StdEncoding.EncodeToString(random)))
}

// begin writes a move down and does it. A move that a crash left in one of the
// conversations is completed first.
func (m *Merger) begin(ctx context.Context, mv desk.Move) error {
	err := m.State.PlanMove(ctx, mv)
	if desk.CodeOf(err) == "moving" {
		for _, id := range []desk.ConversationID{mv.From, mv.To} {
			if err := m.Finish(ctx, mv.Org, id); err != nil {
				return err
			}
		}
		return err // what was asked for was decided by what is over now
	}
	if err != nil {
		return err
	}
	if err = m.patiently(ctx, mv); err != nil {
		// Whoever asked is told; what has begun is completed all the same, by a sweep
		// if this is lost.
		_ = m.Work.PurgeLater(context.WithoutCancel(ctx), desk.Job{Org: mv.Org, Conversation: mv.From}, completeAfter)
	}
	return err
}

const (
	// patience is how often a move that has begun waits for mail that is just being
	// taken in or sent, and pause for how long.
	patience = 5
	pause    = time.Second
	// completeAfter is when a move that broke off is gone on with.
	completeAfter = 20 * time.Second
)

// patiently completes a move and lets mail that is on its way arrive or leave.
func (m *Merger) patiently(ctx context.Context, mv desk.Move) error {
	for try := 1; ; try++ {
		err := m.complete(ctx, mv)
		if code := desk.CodeOf(err); err == nil || code != "mail_arriving" && code != "message_sending" || try == patience {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// Finish completes the move that a conversation takes part in, if there is one.
func (m *Merger) Finish(ctx context.Context, org desk.OrgID, id desk.ConversationID) error {
	mv, found, err := m.State.UnfinishedMove(ctx, org, id)
	if err != nil || !found {
		return err
	}
	return m.complete(ctx, mv)
}

// settleTries bounds how often a move is settled again because mail came meanwhile.
const settleTries = 10

func (m *Merger) complete(ctx context.Context, mv desk.Move) error {
	for try := 1; !mv.Settled; try++ {
		err := m.State.MoveMessages(ctx, mv)
		if err == nil {
			err = m.State.SettleMove(ctx, mv, func(from, to desk.Half) (desk.Settlement, error) { return settlement(mv, from, to), nil })
		}
		if err != nil && (desk.KindOf(err) != desk.Conflict || try == settleTries) {
			return err
		}
		again, found, err := m.State.UnfinishedMove(ctx, mv.Org, mv.From)
		if err != nil || !found || again.ID != mv.ID {
			return err // ended by another run
		}
		mv = again
	}
	return m.end(ctx, mv)
}

// end lets both conversations be found under what they hold now, and sorted where
// their newest mail is another one.
func (m *Merger) end(ctx context.Context, mv desk.Move) error {
	var jobs []desk.Job
	for _, id := range []desk.ConversationID{mv.To, mv.From} {
		c, err := m.State.Conversation(ctx, mv.Org, id)
		if desk.KindOf(err) == desk.NotFound || err == nil && c.ID != id {
			continue // deleted meanwhile, or merged
		}
		if err != nil {
			return err
		}
		if err := m.State.PutFind(ctx, c, triage.Terms(c)); err != nil {
			return err
		}
		if !c.Sorted && c.LastIncoming != "" {
			jobs = append(jobs, desk.Job{Org: c.Org, Conversation: c.ID, Message: c.LastIncoming})
		}
	}
	if len(jobs) > 0 {
		if err := m.Work.Triage(ctx, jobs); err != nil {
			return err
		}
	}
	return m.State.EndMove(ctx, mv)
}
