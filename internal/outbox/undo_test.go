package outbox

import (
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/smtp"
)

// TestWhatCameBackGoesOutUnderAnotherMessageID is about servers that drop a mail
// whose Message-ID they have seen.
func TestWhatCameBackGoesOutUnderAnotherMessageID(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	m := o.queued()
	o.send(m.ID)
	first := parsed(o.post.accepted[0]).MessageID
	bounce := func(id string) {
		t.Helper()
		c, named, ok := mailbox.OwnID([]byte("secret"), id)
		if !ok {
			t.Fatalf("%s is not ours", id)
		}
		if err := o.table.Bounce(t.Context(), o.org, c, named, "550 mailbox full"); err != nil {
			t.Fatal(err)
		}
	}
	bounce(first)
	if got := o.message(m.ID); got.Send.State != desk.Bounced || o.conversation().Status != desk.Awaiting {
		t.Fatalf("dispatch %+v", got.Send)
	}
	if _, err := o.outbox().Retry(t.Context(), o.org, "conv", m.ID); err != nil {
		t.Fatal(err)
	}
	bounce(first) // told twice, while the second is on its way
	o.now = o.now.Add(UndoTime)
	o.send(m.ID)
	if len(o.post.accepted) != 2 || len(o.post.sent) != 2 {
		t.Fatalf("%d deliveries, %d copies: %+v", len(o.post.accepted), len(o.post.sent), o.message(m.ID).Send)
	}
	second := parsed(o.post.accepted[1]).MessageID
	if second == first || o.message(m.ID).HeaderID != second {
		t.Errorf("the second went out as %s", second)
	}
	bounce(second)
	if got := o.message(m.ID); got.Send.State != desk.Bounced {
		t.Errorf("the second bounce: %+v", got.Send)
	}
}

func TestWhatIsUnclearKeepsItsMessageIDAndCanBeSettledByHand(t *testing.T) {
	t.Parallel()
	for name, arrived := range map[string]bool{"it did arrive": true, "it did not": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			m := o.queued()
			o.post.swallow = func() error {
				o.post.swallow = nil
				return desk.Errorf(desk.Unavailable, "unclear", "%w", smtp.ErrUnclear)
			}
			o.send(m.ID)
			if got := o.message(m.ID); got.Send.State != desk.Unclear {
				t.Fatalf("dispatch %+v", got.Send)
			}
			if _, err := o.outbox().Undo(t.Context(), o.org, "conv", m.ID); desk.CodeOf(err) != "too_late" {
				t.Errorf("what may have arrived was taken back: %v", err)
			}
			settle := o.outbox().Retry
			if arrived {
				settle = o.outbox().Arrived
			}
			if _, err := settle(t.Context(), o.org, "conv", m.ID); err != nil {
				t.Fatal(err)
			}
			o.now = o.now.Add(UndoTime)
			o.send(m.ID)
			got := o.message(m.ID)
			if got.Send.State != desk.Sent || !got.Send.Copied || len(o.post.sent) != 1 || o.conversation().Status != desk.Replied {
				t.Errorf("dispatch %+v, copies %v", got.Send, o.post.sent)
			}
			if want := map[bool]int{true: 1, false: 2}[arrived]; len(o.post.accepted) != want {
				t.Errorf("%d deliveries, want %d", len(o.post.accepted), want)
			}
			for _, raw := range o.post.accepted {
				if parsed(raw).MessageID != got.HeaderID {
					t.Errorf("%s went out beside %s", parsed(raw).MessageID, got.HeaderID)
				}
			}
			if _, err := o.outbox().Arrived(t.Context(), o.org, "conv", m.ID); desk.CodeOf(err) != "not_unclear" {
				t.Errorf("settling it twice: %v", err)
			}
		})
	}
}
