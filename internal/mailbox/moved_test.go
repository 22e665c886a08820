package mailbox

import (
	"context"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dynamo"
	"github.com/quilldesk/quilldesk/internal/merge"
)

// unsorted is a queue that nobody reads.
type unsorted struct{}

func (unsorted) Triage(context.Context, []desk.Job) error { return nil }

func (unsorted) PurgeLater(context.Context, desk.Job, time.Duration) error { return nil }

func (d *desktop) merger() *merge.Merger {
	return &merge.Merger{State: d.table, Work: unsorted{}, Now: func() time.Time { return d.now }}
}

// two are conversations of two buyers, the first of them answered.
func (d *desktop) two() (kims, anas desk.Conversation, own desk.Message) {
	d.Helper()
	kims = d.conversation(letter{id: "q@x", from: kim, subject: "order #10023", text: "Where?"})
	own = d.answered(kims)
	own.Send.Copied = true
	d.must(d.table.PutOutgoing(d.Context(), d.box.Org, own, 1))
	d.now = d.now.Add(time.Minute)
	d.account.put(inbox, d.now, letter{id: "a@x", from: "Ana <ana@buyers.example>", subject: "Lamp", text: "Dimmable?"}.raw())
	d.fetch()
	for _, th := range d.threads() {
		if th.Conversation.ID != kims.ID {
			anas = th.Conversation
		}
	}
	kims, err := d.table.Conversation(d.Context(), d.box.Org, kims.ID)
	d.must(err)
	return kims, anas, own
}

// thread is the conversation with that id, and no other.
func (d *desktop) thread(id desk.ConversationID) dynamo.Thread {
	d.Helper()
	th, err := d.table.Thread(d.Context(), d.box.Org, id)
	d.must(err)
	if th.Conversation.ID != id {
		d.Fatalf("%s is %s", id, th.Conversation.ID)
	}
	return th
}

func TestMailFollowsAMergedConversation(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]func(own desk.Message) letter{
		"that answers our message": func(own desk.Message) letter {
			return letter{id: "n@x", from: kim, subject: "Re: it", text: "Thanks", refs: []string{own.HeaderID}}
		},
		"that answers a message of the buyer": func(desk.Message) letter {
			return letter{id: "n@x", from: kim, subject: "Re: it", text: "Hello?", refs: []string{"q@x"}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			kims, anas, own := d.two()
			_, err := d.merger().Merge(t.Context(), kims, anas, "", true)
			d.must(err)
			d.account.put(inbox, d.now, next(own).raw())
			d.fetch()
			if th := d.thread(anas.ID); len(th.Messages) != 4 || th.Conversation.Status != desk.Awaiting {
				t.Errorf("%+v", th.Conversation)
			}
			d.only()
			d.consistent()
		})
	}
}

func TestABounceFindsAMessageThatWasMoved(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	kims, anas, own := d.two()
	_, err := d.merger().Merge(t.Context(), kims, anas, "", true)
	d.must(err)
	d.account.put(inbox, d.now, bounceOf(own.HeaderID, "failed"))
	d.fetch()
	m, _, err := d.table.Outgoing(t.Context(), d.box.Org, kims.ID, own.ID)
	d.must(err)
	if m.Send.State != desk.Bounced || m.Conversation != anas.ID || len(d.thread(anas.ID).Messages) != 4 {
		t.Errorf("%+v in %s", m.Send, m.Conversation)
	}
	d.consistent()
}

func TestMailFollowsAMessageThatWasSplitOff(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	kims, _, own := d.two()
	done, err := d.merger().Split(t.Context(), kims, []desk.MessageID{own.ID}, "")
	d.must(err)
	d.account.put(inbox, d.now, letter{id: "n@x", from: kim, subject: "Re: it", text: "Thanks", refs: []string{own.HeaderID}}.raw())
	d.account.put(inbox, d.now, letter{id: "o@x", from: kim, subject: "Re: it", text: "Hello?", refs: []string{"q@x"}}.raw())
	d.fetch()
	if th := d.thread(done.Conversation); len(th.Messages) != 2 {
		t.Errorf("split off: %d messages", len(th.Messages))
	}
	if th := d.thread(kims.ID); len(th.Messages) != 2 {
		t.Errorf("stays: %d messages", len(th.Messages))
	}
	d.consistent()
}

func TestABuyerOfAMergedConversationKeepsAPlaceInIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	kims, anas, own := d.two()
	_, err := d.merger().Merge(t.Context(), kims, anas, "", true)
	d.must(err)
	stranger := letter{id: "s@x", from: "Mallory <mallory@elsewhere.example>", subject: "Re: it", text: "Let me in", refs: []string{own.HeaderID}}
	d.account.put(inbox, d.now, stranger.raw())
	d.fetch()
	if th := d.thread(anas.ID); len(th.Messages) != 3 || len(d.threads()) != 2 {
		t.Errorf("a stranger came in: %d messages", len(th.Messages))
	}
}

// However a conversation is deleted, alone, in bulk, after a merge or a split: its
// mail does not come back when it is read again, nor when the server renumbers it.
func TestNothingDeletedComesBackAfterAMove(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(d *desktop, kims, anas desk.Conversation, own desk.Message) []desk.ConversationID{
		"both deleted": func(_ *desktop, kims, anas desk.Conversation, _ desk.Message) []desk.ConversationID {
			return []desk.ConversationID{kims.ID, anas.ID}
		},
		"merged, then deleted": func(d *desktop, kims, anas desk.Conversation, _ desk.Message) []desk.ConversationID {
			_, err := d.merger().Merge(d.Context(), kims, anas, "", true)
			d.must(err)
			return []desk.ConversationID{anas.ID}
		},
		"split, then both deleted": func(d *desktop, kims, anas desk.Conversation, own desk.Message) []desk.ConversationID {
			done, err := d.merger().Split(d.Context(), kims, []desk.MessageID{own.ID}, "")
			d.must(err)
			return []desk.ConversationID{done.Conversation, kims.ID, anas.ID}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			kims, anas, own := d.two()
			for _, id := range move(d, kims, anas, own) {
				c := d.thread(id).Conversation
				d.must(d.table.RemoveConversation(t.Context(), c))
				d.must(d.table.PurgeConversation(t.Context(), d.box.Org, d.box.ID, id, false, func(desk.Message) error { return nil }))
			}
			d.fetch()
			f := d.account.folders[inbox]
			d.account.folders[inbox] = &folder{validity: 8, last: f.last, mails: f.mails}
			d.fetch()
			if threads := d.threads(); len(threads) != 0 {
				t.Errorf("%v", subjects(threads))
			}
			// What is new comes in, also when it answers what was deleted.
			d.account.put(inbox, d.now, letter{id: "n@x", from: kim, subject: "Re: it", text: "Hello?", refs: []string{own.HeaderID, "q@x"}}.raw())
			d.fetch()
			if th := d.only(); len(th.Messages) != 1 {
				t.Errorf("%d messages", len(th.Messages))
			}
			d.consistent()
		})
	}
}
