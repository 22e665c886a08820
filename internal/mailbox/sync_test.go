package mailbox

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/message"
)

func question(n int) []byte {
	return letter{id: fmt.Sprintf("q%d@buyers.example", n), from: fmt.Sprintf("Buyer %d <b%d@buyers.example>", n, n), subject: fmt.Sprint("Question ", n), text: "Is the lamp dimmable?"}.raw()
}

func TestNewMailIsInTheInboxBeforeAnyModelSawIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fetch()
	d.account.put(inbox, noon, letter{id: "a@buyers.example", from: kim, subject: "Where is order #10023?", text: "It is late.\n\n-- \nKim"}.raw())
	d.fetch()
	th := d.only()
	c, m := th.Conversation, th.Messages[0]
	if c.Status != desk.Awaiting || c.Sorted || c.Buyer.Address != "kim@buyers.example" || c.Store != desk.Own || c.Snippet != "It is late." {
		t.Errorf("conversation %+v", c)
	}
	if !c.Clock.Running() || !c.Clock.Start.Equal(noon) || c.Clock.Due.Sub(noon) != 24*time.Hour || !c.Clock.Target {
		t.Errorf("clock %+v", c.Clock)
	}
	if len(m.Folds) != 1 || m.Folds[0].Kind != "signature" || m.HeaderID != "a@buyers.example" || m.Imported {
		t.Errorf("message %+v", m)
	}
	if job, ok := d.work.jobs[m.ID]; !ok || job.Conversation != c.ID {
		t.Errorf("triage was not asked: %+v", d.work.jobs)
	}
	d.consistent()
}

func TestAnIdlePollWritesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account.put(inbox, noon, question(1))
	d.fetch()
	d.units.Store(0)
	d.account.steps = nil
	for range 3 {
		d.now = d.now.Add(time.Minute)
		d.fetch()
	}
	if n := d.units.Load(); n != 0 {
		t.Errorf("%d writes", n)
	}
	if got, want := strings.Join(d.account.steps, ", "), strings.Join(strings.Split(strings.Repeat("dial,status INBOX,status Sent,", 3), ",")[:9], ", "); got != want {
		t.Errorf("steps %s, want %s", got, want)
	}
}

func TestTheProofOfACheckIsWrittenHourlyAndTheTierWhenItChanges(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account.put(inbox, noon, question(1))
	d.fetch()
	d.units.Store(0)
	d.now = d.now.Add(59 * time.Minute)
	d.fetch()
	if n := d.units.Load(); n != 0 {
		t.Errorf("%d writes after 59 minutes", n)
	}
	d.now = d.now.Add(2 * time.Minute) // an hour has passed: also the busy tier is over
	d.fetch()
	if n := d.units.Load(); n != 1 || !d.sync().CheckedAt.Equal(d.now) {
		t.Errorf("%d writes after an hour, checked at %v", n, d.sync().CheckedAt)
	}
}

func TestAServerWithoutUIDNEXTIsReadByItsList(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account.folders[inbox].hideNext = true
	d.account.put(inbox, noon, question(1))
	d.fetch()
	d.fetch()
	d.account.put(inbox, noon, question(2))
	d.fetch()
	if n := len(d.threads()); n != 2 {
		t.Errorf("%d conversations", n)
	}
	d.consistent()
}

func TestTheCursorMovesOnlyPastWhatIsKept(t *testing.T) {
	t.Parallel()
	for step, kept := range map[string]int{"dial": 0, "status INBOX": 0, "open INBOX": 0, "sizes INBOX": 0, "fetch INBOX 1": 0, "fetch INBOX 2": 1, "fetch INBOX 3": 2} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			for n := range 3 {
				d.account.put(inbox, noon, question(n))
			}
			d.account.fail = func(s string) error {
				if s == step {
					return desk.Errorf(desk.Unavailable, "connection_lost", "the line broke")
				}
				return nil
			}
			d.fetch()
			s := d.sync()
			if s.State != desk.SyncBackoff || s.Code != "connection_lost" || !s.NextTry.Equal(d.now.Add(time.Minute)) || s.LeaseUntil.After(d.now) {
				t.Errorf("sync %+v", s)
			}
			if s.Cursors[inbox].LastUID != uint32(kept) {
				t.Errorf("the cursor is at %d", s.Cursors[inbox].LastUID)
			}
			d.account.fail = nil
			d.fetch() // too early
			if n := len(d.threads()); n != kept {
				t.Errorf("%d conversations before the back-off is over", n)
			}
			d.now = d.now.Add(time.Minute)
			d.fetch()
			if s := d.sync(); s.State != desk.SyncOK || s.Failures != 0 || s.Cursors[inbox].LastUID != 3 || len(d.threads()) != 3 {
				t.Errorf("sync %+v, %d conversations", s, len(d.threads()))
			}
			d.consistent()
		})
	}
}

func TestBackoffDoublesToAnHourAndSaysWhy(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account.fail = func(string) error {
		return desk.Errorf(desk.Permanent, "login_failed", "the server refused: %s", strings.Repeat("é", 200))
	}
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		d.fetch()
		s := d.sync()
		if s.State != desk.SyncNeedsAuth || s.Code != "login_failed" || len(s.Detail) > 200 || s.NextTry.Sub(d.now) != want*time.Minute {
			t.Errorf("failure %d: %v %s %s, next try in %v", i+1, s.State, s.Code, s.Detail, s.NextTry.Sub(d.now))
		}
		d.now = s.NextTry
	}
}

func TestFailuresOfOurOwnStorageGoBackToTheQueue(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account.put(inbox, noon, question(1))
	d.raw.fail = func(string) error { return errStorage }
	if _, err := d.syncer("one").Run(t.Context(), d.box.Org, d.box.ID); desk.CodeOf(err) != "storage" {
		t.Errorf("error %v", err)
	}
	if s := d.sync(); s.State == desk.SyncBackoff {
		t.Error("the mailbox is blamed")
	}
	d.raw.fail = nil
	d.fetch() // by the same worker: its own lease does not stop it
	d.only()
	d.consistent()
}

func TestOneWorkerAtATime(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account.put(inbox, noon, question(1))
	second := make(chan error, 1)
	d.account.fail = func(step string) error {
		if step == "fetch INBOX 1" {
			d.account.mu.Lock()
			d.account.fail = nil
			d.account.mu.Unlock()
			more, err := d.syncer("two").Run(context.Background(), d.box.Org, d.box.ID)
			if more {
				err = fmt.Errorf("the second worker sees more to do")
			}
			second <- err
		}
		return nil
	}
	d.fetch()
	if err := <-second; err != nil {
		t.Error(err)
	}
	d.only()
	d.consistent()
}

// A worker that was thought dead goes on after another has done its batch: it
// must change nothing any more.
func TestAWorkerThatLostItsLeaseChangesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fetch()
	d.account.put(inbox, noon, letter{id: "1@buyers.example", from: kim, subject: "Lamp", text: "One"}.raw())
	d.state = slow{d.table, func() {
		d.state = nil
		d.now = d.now.Add(leaseTime + time.Second)
		d.fetch()
		d.account.put(inbox, d.now, letter{id: "2@buyers.example", from: kim, subject: "Re: Lamp", text: "Two", refs: []string{"1@buyers.example"}}.raw())
		d.fetch()
	}, new(atomic.Bool)}
	if more, err := d.syncer("slow").Run(t.Context(), d.box.Org, d.box.ID); more || err != nil {
		t.Errorf("more %v, error %v", more, err)
	}
	if th := d.only(); len(th.Messages) != 2 {
		t.Errorf("%d messages", len(th.Messages))
	}
	d.consistent()
}

// slow lets others work before the first Apply.
type slow struct {
	State
	others func()
	done   *atomic.Bool
}

func (s slow) Apply(ctx context.Context, org desk.OrgID, id desk.ConversationID, m desk.MessageID, epoch int64,
	change func(*desk.Conversation)) (desk.Conversation, []desk.Transition, error) {
	if !s.done.Swap(true) {
		s.others()
	}
	return s.State.Apply(ctx, org, id, m, epoch, change)
}

func TestNearTheDeadlineTheCursorStandsWhereItIsTrue(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.now = time.Now()
	for n := range 250 {
		d.account.put(inbox, d.now, question(n))
	}
	ctx, cancel := context.WithTimeout(t.Context(), spare-time.Second)
	defer cancel()
	more, err := d.syncer("one").Run(ctx, d.box.Org, d.box.ID)
	if err != nil || !more {
		t.Fatalf("more %v, error %v", more, err)
	}
	s := d.sync()
	if s.Cursors[inbox].LastUID != 100 || s.State != desk.SyncRunning || s.Pending != nil || s.Counts[desk.Awaiting] != 100 {
		t.Errorf("sync %+v", s)
	}
	d.fetch()
	if n := len(d.threads()); n != 250 {
		t.Errorf("%d conversations", n)
	}
	d.consistent()
}

func TestTheImportStartsNoClocksAndKeepsToItsWindow(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account.put(inbox, noon.AddDate(0, 0, -40), letter{id: "old@x", from: kim, subject: "Too old", text: "x"}.raw())
	d.account.put(inbox, noon.AddDate(0, 0, -2), letter{id: "2@x", from: kim, subject: "Imported", text: "x"}.raw())
	d.account.put(inbox, noon.AddDate(0, 0, -40), letter{id: "moved@x", from: kim, subject: "Old, moved here lately", text: "x"}.raw())
	d.account.put(inbox, noon.AddDate(0, 0, -1), letter{id: "3@x", from: "Ana <ana@buyers.example>", subject: "Imported too", text: "x"}.raw())
	d.fetch()
	d.account.put(inbox, noon, letter{id: "4@x", from: "Bo <bo@buyers.example>", subject: "New", text: "x"}.raw())
	d.fetch()
	threads := d.threads()
	if got := fmt.Sprint(subjects(threads)); got != "[Imported (1) Imported too (1) New (1)]" {
		t.Fatal(got)
	}
	for _, th := range threads {
		isNew := th.Conversation.Subject == "New"
		if th.Conversation.Clock.Running() != isNew || th.Messages[0].Imported == isNew || th.Conversation.Status != desk.Awaiting {
			t.Errorf("%s: clock %v, imported %v, %s", th.Conversation.Subject, th.Conversation.Clock, th.Messages[0].Imported, th.Conversation.Status)
		}
	}
	d.consistent()
}

func TestAnotherUIDVALIDITYNeitherDoublesNorLosesMail(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account.put(inbox, noon, question(1))
	d.account.put(inbox, noon, letter{id: "-", from: kim, subject: "No Message-ID", text: "x"}.raw())
	d.fetch()
	again := d.account.folders[inbox].mails
	d.account.folders[inbox] = &folder{validity: 8}
	d.account.put(inbox, noon, letter{id: "new@x", from: "Ana <ana@buyers.example>", subject: "New", text: "x"}.raw())
	for _, m := range again {
		d.account.put(inbox, m.at, m.raw)
	}
	d.fetch()
	threads := d.threads()
	if len(threads) != 3 || d.sync().Cursors[inbox] != (desk.Cursor{UIDValidity: 8, LastUID: 3}) {
		t.Fatalf("%v, cursor %+v", subjects(threads), d.sync().Cursors)
	}
	for _, th := range threads {
		if (th.Conversation.Subject == "New") != th.Conversation.Clock.Running() {
			t.Errorf("%s: clock %+v", th.Conversation.Subject, th.Conversation.Clock)
		}
	}
	d.consistent()
}

func TestAMissingSentFolderStopsNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	delete(d.account.folders, sent)
	d.account.put(inbox, noon, question(1))
	d.fetch()
	if s := d.sync(); s.State != desk.SyncOK || len(d.threads()) != 1 {
		t.Errorf("sync %+v", s)
	}
}

func TestAMissingFolderIsNamedAndTheOthersAreRead(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(box *desk.Mailbox) { box.Folders = []string{"Gone", inbox} })
	d.account.put(inbox, noon, question(1))
	d.fetch()
	if s := d.sync(); s.State != desk.SyncBackoff || s.Code != "folder_missing" || len(d.threads()) != 1 {
		t.Errorf("sync %+v, %d conversations", s, len(d.threads()))
	}
}

func TestMailThatWasDeletedOrExpungedIsPassedBy(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for n := range 4 {
		d.account.put(inbox, noon, question(n))
	}
	f := d.account.folders[inbox]
	f.mails[1].deleted = true
	f.mails = f.mails[:3] // the last is expunged; UIDNEXT still counts it
	d.fetch()
	if n := len(d.threads()); n != 2 {
		t.Errorf("%d conversations", n)
	}
	d.consistent()
}

func TestPoisonMailLandsVisiblyAndBlocksNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	monster := letter{
		id: strings.Repeat("i", 5000) + "@x", from: "\"" + strings.Repeat("n", 5000) + "\" <" + strings.Repeat("a", 4000) + "@buyers.example>",
		subject: strings.Repeat("order #100234 ", 2000), text: "hello", refs: []string{strings.Repeat("r", 9000)},
		head: []string{"Cc: " + strings.Repeat("Some Body <some.body@buyers.example>, ", 3000) + "x@buyers.example"},
	}
	d.account.put(inbox, noon, []byte("PANIC"))
	d.account.put(inbox, noon, []byte{0, 0xff, 0xfe, '\r', '\n'})
	d.account.put(inbox, noon, monster.raw())
	d.account.put(inbox, noon, question(1))
	s := d.syncer("one")
	s.Parse = func(raw []byte) *message.Message {
		if string(raw) == "PANIC" {
			panic("no parser likes this")
		}
		return message.Read(raw, message.Limits{})
	}
	if _, err := s.Run(t.Context(), d.box.Org, d.box.ID); err != nil {
		t.Fatal(err)
	}
	threads := d.threads()
	if len(threads) != 4 || d.sync().State != desk.SyncOK {
		t.Fatalf("%d conversations, sync %+v", len(threads), d.sync())
	}
	unreadable := 0
	for _, th := range threads {
		if fmt.Sprint(th.Messages[0].Warnings) == "[unreadable]" {
			unreadable++
			if th.Conversation.Status != desk.Awaiting {
				t.Errorf("poison mail stands under %s", th.Conversation.Status)
			}
		}
	}
	if unreadable != 1 {
		t.Errorf("%d mails are marked as unreadable", unreadable)
	}
	d.consistent()
}

// TestACrashAtAnyWriteLosesAndDoublesNothing kills a visit at every write, before
// and after it is done, and lets another worker or the same one go on.
func TestACrashAtAnyWriteLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	source := rand.New(rand.NewPCG(2026, 11))
	for round := range 40 {
		after, same, at := round%2 == 0, round%4 < 2, 1+source.Int64N(45)
		mails, messages, conversations := jumble(source)
		t.Run(fmt.Sprintf("write %d of %d mails, after=%v, same=%v", at, len(mails), after, same), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.fetch()
			for _, raw := range mails {
				d.account.put(inbox, noon, raw)
			}
			left := new(atomic.Int64)
			left.Store(at)
			d.state = crashing{d.table, left, after}
			_, err := d.syncer("one").Run(t.Context(), d.box.Org, d.box.ID)
			d.state = nil
			if err != nil && !same {
				d.now = d.now.Add(leaseTime + time.Second)
				if _, err := d.syncer("two").Run(t.Context(), d.box.Org, d.box.ID); err != nil {
					t.Fatal(err)
				}
			}
			d.fetch()
			got := 0
			for _, th := range d.threads() {
				got += len(th.Messages)
			}
			if n := len(d.threads()); n != conversations || got != messages {
				t.Errorf("%d messages in %d conversations, want %d in %d", got, n, messages, conversations)
			}
			if n := len(d.work.messages()); n != messages {
				t.Errorf("%d messages queued for triage, want %d", n, messages)
			}
			d.consistent()
		})
	}
}

// jumble is a batch of mail with threads, doubles and reused Message-IDs, and how
// many messages and conversations it makes.
func jumble(source *rand.Rand) (mails [][]byte, messages, conversations int) {
	for n := range 3 + source.IntN(4) {
		from := fmt.Sprintf("Buyer %d <b%d@buyers.example>", n, n)
		first := letter{id: fmt.Sprintf("j%d@x", n), from: from, subject: "Lamp", text: fmt.Sprint("first ", n)}
		mails, messages, conversations = append(mails, first.raw()), messages+1, conversations+1
		for i := range source.IntN(3) {
			more := letter{id: fmt.Sprintf("j%d.%d@x", n, i), from: from, subject: "Re: Lamp", text: fmt.Sprint("more ", i), refs: []string{first.id}}
			mails, messages = append(mails, more.raw()), messages+1
		}
		if source.IntN(3) == 0 { // delivered twice
			mails = append(mails, first.raw())
		}
		if source.IntN(3) == 0 { // another mail with the same Message-ID
			reused := letter{id: first.id, from: fmt.Sprintf("Other %d <o%d@buyers.example>", n, n), subject: "Chair", text: "not the same"}
			mails, messages, conversations = append(mails, reused.raw()), messages+1, conversations+1
		}
	}
	return mails, messages, conversations
}
