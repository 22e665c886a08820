package mailbox

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// crashAt runs a visit that dies at one of its writes, before it is done or after.
func (d *desktop) crashAt(at int64) {
	d.Helper()
	left := new(atomic.Int64)
	left.Store((at + 1) / 2)
	d.state = crashing{d.table, left, at%2 == 0}
	_, _ = d.syncer("one").Run(d.Context(), d.box.Org, d.box.ID)
	d.state = nil
}

func (d *desktop) asides() []desk.SetAside {
	d.Helper()
	mails, _, err := d.table.Asides(d.Context(), d.box.Org, d.box.ID, "", 100)
	d.must(err)
	if n := d.sync().Aside; n != int64(len(mails)) {
		d.Errorf("the count says %d, there are %d", n, len(mails))
	}
	return mails
}

// aside is the one mail that is set aside.
func (d *desktop) aside() desk.SetAside {
	d.Helper()
	mails := d.asides()
	if len(mails) != 1 {
		d.Fatalf("%d mails are set aside: %+v, sync %+v", len(mails), mails, d.sync())
	}
	return mails[0]
}

func (d *desktop) again() (busy bool) {
	d.Helper()
	busy, err := d.syncer("one").Again(d.Context(), d.box.Org, d.box.ID, d.aside().ID)
	d.must(err)
	return busy
}

// refusing is a table that takes one mail badly.
type refusing struct {
	State
	subject string
	err     error
	tries   *atomic.Int64
}

func (r refusing) PutIncoming(ctx context.Context, org desk.OrgID, m desk.Message, keys []string) error {
	if m.Subject == r.subject {
		r.tries.Add(1)
		if r.err != nil {
			return r.err
		}
	}
	return r.State.PutIncoming(ctx, org, m, keys)
}

// Apply panics where no other error is wanted.
func (r refusing) Apply(ctx context.Context, org desk.OrgID, c desk.ConversationID, m desk.MessageID, epoch int64, change func(*desk.Conversation)) (desk.Conversation, []desk.Transition, error) {
	return r.State.Apply(ctx, org, c, m, epoch, func(c *desk.Conversation) {
		if change(c); r.err == nil && c.Subject == r.subject {
			panic("no code likes this")
		}
	})
}

func TestAMailThatCannotBeStoredIsSetAsideAndComesInWhenItIsTriedAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		err   error
		tries int64
	}{
		{"invalid", desk.Errorf(desk.Invalid, "request_invalid", "this cannot be"), 1},
		{"refused for good", desk.Errorf(desk.Permanent, "refused", "never"), 1},
		{"for a reason nobody knows", fmt.Errorf("what is this"), attempts},
		{"larger than an item can be", desk.Errorf(desk.Internal, "item_refused", "item size has exceeded the maximum"), attempts},
		{"with a panic", nil, attempts},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.fetch()
			poison := letter{id: "poison@x", from: kim, subject: "Poison", text: "skull"}.raw()
			d.account.put(inbox, noon, question(1))
			uid := d.account.put(inbox, noon, poison)
			d.account.put(inbox, noon, letter{id: "re@x", from: kim, subject: "Re: Poison", text: "and?", refs: []string{"poison@x"}}.raw())
			tries := new(atomic.Int64)
			d.state = refusing{d.table, "Poison", c.err, tries}
			d.fetch()
			if n := len(d.threads()); n != 2 || tries.Load() != c.tries || d.sync().State != desk.SyncOK || d.sync().Cursors[inbox].LastUID != 3 {
				t.Fatalf("%v after %d tries, sync %+v", subjects(d.threads()), tries.Load(), d.sync())
			}
			m := d.aside()
			if m.UID != uid || m.UIDValidity != 7 || m.Folder != inbox || m.Subject != "Poison" || m.From.Address != "kim@buyers.example" || m.Reason != "not_stored" || m.Raw != int64(len(poison)) || !m.At.Equal(noon) {
				t.Errorf("set aside %+v", m)
			}

			if d.again(); d.aside().Tries != 1 || d.aside().Trying {
				t.Errorf("tried in vain: %+v", d.aside())
			}
			d.state = nil
			if d.again(); len(d.asides()) > 0 {
				t.Errorf("still set aside: %+v", d.asides())
			}
			if n := len(d.threads()); n != 3 || d.raw.get(AsideKey(d.box.Org, d.box.ID, m.ID)) != nil {
				t.Errorf("%v", subjects(d.threads()))
			}
			for _, th := range d.threads() {
				if !th.Conversation.Clock.Running() {
					t.Errorf("%s has no clock", th.Conversation.Subject)
				}
			}
			d.consistent()
		})
	}
}

func TestAnOutageSetsNothingAside(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account.put(inbox, noon, letter{id: "p@x", from: kim, subject: "Poison", text: "x"}.raw())
	d.state = refusing{d.table, "Poison", errStorage, new(atomic.Int64)}
	for range 3 * maxTries {
		if _, err := d.syncer("one").Run(t.Context(), d.box.Org, d.box.ID); desk.CodeOf(err) != "storage" {
			t.Fatalf("error %v", err)
		}
	}
	d.state = nil
	d.fetch()
	d.only()
	if len(d.asides()) > 0 {
		t.Errorf("set aside: %+v", d.asides())
	}
}

// killer breaks the line at one mail.
func (d *desktop) killer(uid uint32, code string) {
	d.account.fail = func(step string) error {
		if step == fmt.Sprintf("fetch INBOX %d", uid) {
			return desk.Errorf(desk.Unavailable, code, "the line broke")
		}
		return nil
	}
}

func TestAMailThatKillsTheConnectionIsSetAsideAfterThreeTries(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"connection_lost", "connect_timeout", "protocol_error"} {
		for _, at := range []uint32{1, 2, 3} {
			t.Run(fmt.Sprint(code, " at ", at), func(t *testing.T) {
				t.Parallel()
				d := newDesk(t)
				for n := range 3 {
					d.account.put(inbox, noon, question(n))
				}
				d.killer(at, code)
				for try := 1; try <= 4; try++ {
					if d.fetch(); len(d.asides()) > 0 {
						break
					}
					if s := d.sync(); s.State != desk.SyncBackoff || s.Code != code || s.Cursors[inbox].LastUID != at-1 {
						t.Fatalf("try %d: %+v", try, s)
					}
					d.now = d.now.Add(time.Hour)
				}
				m := d.aside()
				if m.UID != at || m.Raw != 0 || m.Reason != code || m.Subject != "" {
					t.Errorf("set aside %+v", m)
				}
				d.fetch()
				if n := len(d.threads()); n != 2 || d.sync().State != desk.SyncOK {
					t.Errorf("%d conversations, %+v", n, d.sync())
				}
				if d.again(); d.aside().Tries != 1 || d.aside().Reason != code {
					t.Errorf("tried in vain: %+v", d.aside())
				}
				d.account.fail = nil
				d.again()
				if n := len(d.threads()); n != 3 || len(d.asides()) > 0 {
					t.Errorf("%d conversations, set aside %+v", n, d.asides())
				}
				d.consistent()
			})
		}
	}
}

// A server that breaks off at every mail is ill; its mail is not set aside by the
// hundred.
func TestAnIllServerIsNotTakenForPoisonMail(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for n := range 20 {
		d.account.put(inbox, noon, question(n))
	}
	d.account.fail = func(step string) error {
		if strings.HasPrefix(step, "fetch") {
			return desk.Errorf(desk.Unavailable, "connect_timeout", "silence")
		}
		return nil
	}
	for until := d.now.Add(6 * time.Hour); d.now.Before(until); d.now = d.now.Add(time.Minute) {
		d.fetch()
	}
	if n := len(d.asides()); n > 6 {
		t.Errorf("%d mails were set aside in six hours", n)
	}
}

func TestAMailThatIsListedAndNeverGivenIsSetAside(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for n := range 3 {
		d.account.put(inbox, noon, question(n))
	}
	d.account.folders[inbox].mails[1].withheld = true
	d.fetch()
	if m := d.aside(); m.UID != 2 || m.Reason != "not_given" {
		t.Errorf("set aside %+v", m)
	}
	if n := len(d.threads()); n != 2 || d.sync().State != desk.SyncOK {
		t.Errorf("%d conversations, %+v", n, d.sync())
	}
	d.account.folders[inbox].mails[1].withheld = false
	d.again()
	if n := len(d.threads()); n != 3 {
		t.Errorf("%d conversations", n)
	}
	d.consistent()
}

// A mail that kills the process leaves no error behind: its batch is found again
// and again.
func TestAMailThatKillsTheProcessIsSetAside(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for n := range 3 {
		d.account.put(inbox, noon, question(n))
	}
	for range 6 * maxTries {
		ctx, cancel := context.WithCancel(t.Context())
		d.account.fail = func(step string) error {
			if step == "fetch INBOX 2" {
				cancel()
				return ctx.Err()
			}
			return nil
		}
		_, _ = d.syncer("one").Run(ctx, d.box.Org, d.box.ID)
		cancel()
	}
	d.account.fail = nil
	for d.fetch() {
	}
	if m := d.aside(); m.UID != 2 || m.Reason != "breaks_off" {
		t.Errorf("set aside %+v", m)
	}
	if n := len(d.threads()); n != 2 {
		t.Errorf("%d conversations", n)
	}
}

func TestTryingAgainNeverDoubles(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account.put(inbox, noon, question(1))
	d.account.put(inbox, noon, question(2))
	d.account.folders[inbox].mails[0].withheld = true
	d.fetch()
	d.account.folders[inbox].mails[0].withheld = false
	d.account.put(inbox, noon, question(1)) // the same mail once more, as after a move
	d.fetch()
	d.again()
	if n := len(d.threads()); n != 2 || len(d.asides()) > 0 {
		t.Errorf("%v, set aside %+v", subjects(d.threads()), d.asides())
	}
	d.consistent()
}

func TestTryingAgainSurvivesACrashAtAnyWrite(t *testing.T) {
	t.Parallel()
	for at := int64(1); at <= 14; at++ {
		t.Run(fmt.Sprint("write ", at), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.account.put(inbox, noon, question(1))
			d.state = refusing{d.table, "Question 1", desk.Errorf(desk.Invalid, "no", "no"), new(atomic.Int64)}
			d.fetch()
			m := d.aside()
			left := new(atomic.Int64)
			left.Store((at + 1) / 2)
			d.state = crashing{d.table, left, at%2 == 0}
			_, _ = d.syncer("one").Again(t.Context(), d.box.Org, d.box.ID, m.ID)
			d.state = nil
			d.now = d.now.Add(time.Hour)
			d.fetch()
			for range 2 { // busy at first, when something was left behind
				_, err := d.syncer("one").Again(t.Context(), d.box.Org, d.box.ID, m.ID)
				d.must(err)
			}
			d.only()
			if len(d.asides()) > 0 || d.raw.get(AsideKey(d.box.Org, d.box.ID, m.ID)) != nil {
				t.Errorf("left: %+v", d.asides())
			}
			d.consistent()
		})
	}
}

func TestTryingAgainWaitsForTheLease(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account.put(inbox, noon, question(1))
	d.account.folders[inbox].mails[0].withheld = true
	d.fetch()
	d.must(d.table.Lease(t.Context(), d.sync(), "another", d.now.Add(time.Minute)))
	if !d.again() {
		t.Error("the lease of another worker was not respected")
	}
	d.now = d.now.Add(2 * time.Minute)
	if d.again() {
		t.Error("still busy")
	}
}

func TestTryingAgainMailThatIsGone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*folder)
		reason string
	}{
		"expunged":         {func(f *folder) { f.mails = nil }, "mail_gone"},
		"numbered anew":    {func(f *folder) { f.validity++ }, "folder_renewed"},
		"server is silent": {nil, "connect_timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.account.put(inbox, noon, question(1))
			d.account.folders[inbox].mails[0].withheld = true
			d.fetch()
			before := d.sync()
			if c.change != nil {
				c.change(d.account.folders[inbox])
			} else {
				d.account.fail = func(string) error { return desk.Errorf(desk.Unavailable, "connect_timeout", "silence") }
			}
			d.again()
			if m := d.aside(); m.Reason != c.reason || m.Tries != 1 {
				t.Errorf("%+v", m)
			}
			if s := d.sync(); s.State != before.State || s.LeaseUntil.After(d.now) {
				t.Errorf("the mailbox is changed: %+v", s)
			}
		})
	}
}

func TestNoMoreIsSetAsideThanTheMailboxMayHold(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for n := range 1000 {
		d.must(d.table.SetAside(t.Context(), desk.SetAside{ID: desk.AsideID(fmt.Sprintf("%08x", n)), Org: d.box.Org, Mailbox: d.box.ID}))
	}
	d.must(d.table.SetAside(t.Context(), desk.SetAside{ID: "00000000", Org: d.box.Org, Mailbox: d.box.ID})) // again is harmless
	d.account.put(inbox, noon, question(1))
	d.account.folders[inbox].mails[0].withheld = true
	d.fetch()
	if s := d.sync(); s.State != desk.SyncBackoff || s.Code != "aside_full" || s.Aside != 1000 || s.Cursors[inbox].LastUID != 0 {
		t.Errorf("sync %+v", s)
	}
}
