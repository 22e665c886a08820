package outbox

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/smtp"
)

func TestSending(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	m := o.queued()
	o.send(m.ID)
	sent := o.message(m.ID)
	if sent.Send.State != desk.Sent || !sent.Send.Copied || sent.Send.Attempts != 1 || sent.Send.Handing || sent.Send.SentAt.IsZero() {
		t.Errorf("dispatch %+v", sent.Send)
	}
	if len(o.post.accepted) != 1 || len(o.post.sent) != 1 {
		t.Fatalf("%d deliveries, %d copies", len(o.post.accepted), len(o.post.sent))
	}
	mail := parsed(o.post.accepted[0])
	c, id, ok := mailbox.OwnID([]byte("secret"), mail.MessageID)
	if !ok || c != "conv" || id != m.ID || sent.HeaderID != mail.MessageID {
		t.Errorf("the Message-ID %s is not ours", mail.MessageID)
	}
	if strings.Join(mail.References, " ") != "first@buyers.example asked@buyers.example" || mail.InReplyTo[0] != "asked@buyers.example" {
		t.Errorf("references %v", mail.References)
	}
	o.send(m.ID) // the job once more
	if len(o.post.accepted) != 1 || len(o.post.sent) != 1 {
		t.Errorf("%d deliveries, %d copies after another job", len(o.post.accepted), len(o.post.sent))
	}
}

func TestAJobThatComesEarlyWaits(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	m, err := o.outbox().Queue(t.Context(), o.org, o.reply())
	if err != nil {
		t.Fatal(err)
	}
	o.work.take()
	o.now = o.now.Add(4 * time.Second)
	if err := o.sender().Send(t.Context(), desk.Job{Org: o.org, Conversation: "conv", Message: m.ID}); err != nil {
		t.Fatal(err)
	}
	if wait, _ := o.work.take(); wait != 6*time.Second || len(o.post.accepted) != 0 {
		t.Errorf("waits %v, %d deliveries", wait, len(o.post.accepted))
	}
}

func TestATemporaryErrorIsTriedAgainAndThenSeen(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	m := o.queued()
	began := o.now
	o.post.refuse = func() error { return desk.Errorf(desk.Unavailable, "smtp_busy", "451 try later") }
	o.send(m.ID)
	got := o.message(m.ID)
	if got.Send.State != desk.Failed || got.Send.Attempts != maxAttempts || got.Send.Code != "smtp_busy" {
		t.Errorf("dispatch %+v", got.Send)
	}
	if took := o.now.Sub(began); took < 3*time.Hour || took > 6*time.Hour {
		t.Errorf("it took %v", took)
	}
	if c := o.conversation(); c.Status != desk.Awaiting || !c.Clock.Running() {
		t.Errorf("conversation under %s", c.Status)
	}
	o.post.refuse = nil
	if _, err := o.outbox().Retry(t.Context(), o.org, "conv", m.ID); err != nil {
		t.Fatal(err)
	}
	if c := o.conversation(); c.Status != desk.Replied {
		t.Errorf("conversation under %s", c.Status)
	}
	o.send(m.ID)
	if got := o.message(m.ID); got.Send.State != desk.Sent || len(o.post.accepted) != 1 {
		t.Errorf("dispatch %+v", got.Send)
	}
	if _, err := o.outbox().Retry(t.Context(), o.org, "conv", m.ID); desk.CodeOf(err) != "not_failed" {
		t.Errorf("sending again what was sent: %v", err)
	}
}

func TestGreylistingIsOneMoreTry(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	m := o.queued()
	tries := 0
	o.post.refuse = func() error {
		if tries++; tries == 1 {
			return desk.Errorf(desk.Unavailable, "smtp_busy", "451 greylisted")
		}
		return nil
	}
	o.send(m.ID)
	if got := o.message(m.ID); got.Send.State != desk.Sent || got.Send.Attempts != 2 || got.Send.Code != "accepted" {
		t.Errorf("dispatch %+v", got.Send)
	}
}

func TestAFinalNoIsFinal(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	m := o.queued()
	o.post.refuse = func() error { return desk.Errorf(desk.Permanent, "recipient_refused", "550 no such user") }
	o.send(m.ID)
	if got := o.message(m.ID); got.Send.State != desk.Failed || got.Send.Attempts != 1 || got.Send.Code != "recipient_refused" {
		t.Errorf("dispatch %+v", got.Send)
	}
	if c := o.conversation(); c.Status != desk.Awaiting || !c.Clock.Running() {
		t.Errorf("conversation under %s", c.Status)
	}
}

func TestAnUnclearDelivery(t *testing.T) {
	t.Parallel()
	unclear := func() error { return desk.Errorf(desk.Unavailable, "unclear", "%w", smtp.ErrUnclear) }
	for _, c := range []struct {
		name   string
		saves  bool // the provider keeps a copy itself
		loses  bool // the first mail never arrived
		folder func(string) error
		state  desk.SendState
		tries  int
	}{
		{"we keep the copies, so nobody knows", false, false, nil, desk.Unclear, 1},
		{"found in Sent: it went out", true, false, nil, desk.Sent, 2},
		{"not in Sent: it did not", true, true, nil, desk.Sent, 3},
		{"Sent cannot be read", true, false, func(string) error { return desk.Errorf(desk.Unavailable, "connect_refused", "no") }, desk.Unclear, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, func(o *office) { o.box.AppendSent = !c.saves })
			m := o.queued()
			o.post.saves, o.post.folder = c.saves, c.folder
			o.post.swallow = func() error {
				o.post.swallow = nil
				if c.loses {
					o.post.accepted, o.post.sent = nil, nil
				}
				return unclear()
			}
			o.send(m.ID)
			got := o.message(m.ID)
			if got.Send.State != c.state || len(o.post.accepted) != 1 || got.Send.Attempts != c.tries {
				t.Errorf("dispatch %+v, %d deliveries", got.Send, len(o.post.accepted))
			}
			if waits := o.conversation().Status == desk.Awaiting; waits != (c.state == desk.Unclear) {
				t.Errorf("the conversation stands under %s", o.conversation().Status)
			}
		})
	}
}

// TestACrashAtAnyPointDeliversOnce kills the sender at each of its writes, before
// and after, and around the submission, then runs it again.
func TestACrashAtAnyPointDeliversOnce(t *testing.T) {
	t.Parallel()
	for _, saves := range []bool{false, true} {
		for _, after := range []bool{false, true} {
			for write := int64(1); write <= 4; write++ {
				t.Run(fmt.Sprintf("write %d, after=%v, saves=%v", write, after, saves), func(t *testing.T) {
					t.Parallel()
					o := newOffice(t, func(o *office) { o.box.AppendSent = !saves })
					o.post.saves = saves
					m := o.queued()
					left := new(atomic.Int64)
					left.Store(write)
					o.state = crashing{o.table, left, after}
					_ = o.sender().Send(t.Context(), desk.Job{Org: o.org, Conversation: "conv", Message: m.ID})
					o.state = nil
					o.work.take()
					o.now = o.now.Add(sendLease + time.Second)
					o.send(m.ID)
					got := o.message(m.ID)
					once := got.Send.State == desk.Sent && len(o.post.accepted) == 1 && len(o.post.sent) == 1
					asked := got.Send.State == desk.Unclear && len(o.post.accepted) <= 1 && o.conversation().Status == desk.Awaiting
					if !once && (!asked || saves) {
						t.Errorf("%s: %d deliveries, %d copies", got.Send.State, len(o.post.accepted), len(o.post.sent))
					}
				})
			}
		}
	}
}

func TestACopyThatFailsIsTriedAgainAndSendsNothing(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"dial", "find", "append", "appended"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			m := o.queued()
			failures := 0
			o.post.folder = func(s string) error {
				if s == step && failures < 2 {
					failures++
					return desk.Errorf(desk.Unavailable, "connection_lost", "the line broke")
				}
				return nil
			}
			o.send(m.ID)
			if got := o.message(m.ID); got.Send.State != desk.Sent || !got.Send.Copied || len(o.post.accepted) != 1 || len(o.post.sent) != 1 {
				t.Errorf("dispatch %+v, %d deliveries, %d copies", got.Send, len(o.post.accepted), len(o.post.sent))
			}
		})
	}
}

func TestTwoSendersAtOnceDeliverOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	m := o.queued()
	o.post.refuse = func() error {
		o.post.refuse = nil
		return o.sender().Send(t.Context(), desk.Job{Org: o.org, Conversation: "conv", Message: m.ID})
	}
	o.send(m.ID)
	if got := o.message(m.ID); got.Send.State != desk.Sent || len(o.post.accepted) != 1 {
		t.Errorf("dispatch %+v, %d deliveries", got.Send, len(o.post.accepted))
	}
}

func TestADeletedConversationIsNotAnswered(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	m := o.queued()
	if err := o.table.RemoveConversation(t.Context(), o.conversation()); err != nil {
		t.Fatal(err)
	}
	o.send(m.ID)
	if len(o.post.accepted) != 0 {
		t.Error("it was sent")
	}
}

// lockedVault is that of a mailbox whose owner has to sign in again.
type lockedVault struct{}

func (lockedVault) Open(context.Context, desk.OrgID, desk.MailboxID, []byte) (desk.Credentials, error) {
	return desk.Credentials{}, desk.Errorf(desk.Permanent, "oauth_revoked", "the provider ended the sign-in")
}

func TestAMailboxThatHasToSignInAgainFailsItsRepliesVisibly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handing bool
		want    desk.SendState
	}{"not yet handed over": {false, desk.Failed}, "died while handing over": {true, desk.Unclear}} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			m := o.queued()
			if c.handing {
				dying, version, err := o.State().Outgoing(t.Context(), o.org, "conv", m.ID)
				if err != nil {
					t.Fatal(err)
				}
				dying.Send.State, dying.Send.Handing = desk.Sending, true
				if err := o.State().PutOutgoing(t.Context(), o.org, dying, version); err != nil {
					t.Fatal(err)
				}
			}
			sender := o.sender()
			sender.Vault = lockedVault{}
			if err := sender.Send(t.Context(), desk.Job{Org: o.org, Conversation: "conv", Message: m.ID}); err != nil {
				t.Fatal(err)
			}
			if got := o.message(m.ID).Send; got.State != c.want || got.Code != "oauth_revoked" || len(o.post.accepted) != 0 {
				t.Errorf("%+v, %d deliveries", got, len(o.post.accepted))
			}
		})
	}
}
