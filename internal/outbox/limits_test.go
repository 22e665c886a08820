package outbox

import (
	"fmt"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
)

func TestWhenALimitLetsTheNextMailGo(t *testing.T) {
	at := noon.Add(30 * time.Minute)
	hours := func(counts map[int]int) desk.Sendings { // hours ago → messages
		var s desk.Sendings
		for ago := 30; ago >= 0; ago-- {
			if n := counts[ago]; n > 0 {
				s.Hours = append(s.Hours, desk.SentIn{From: noon.Add(-time.Duration(ago) * time.Hour), Messages: n, Recipients: 2 * n})
			}
		}
		return s
	}
	for _, c := range []struct {
		name       string
		limits     mailbox.Limits
		sent       desk.Sendings
		recipients int
		wait       time.Duration // from noon; 0 for now
		code       string
	}{
		{"no limits", mailbox.Limits{}, hours(map[int]int{0: 9999}), 1, 0, ""},
		{"one below", mailbox.Limits{DailyMessages: 500}, hours(map[int]int{3: 499}), 1, 0, ""},
		{"reached", mailbox.Limits{DailyMessages: 500}, hours(map[int]int{20: 100, 3: 400}), 1, 5 * time.Hour, DailyLimit},
		{"what is older than a day does not count", mailbox.Limits{DailyMessages: 500}, hours(map[int]int{25: 400, 3: 400}), 1, 0, ""},
		{"the last minute of an hour counts its whole day", mailbox.Limits{DailyMessages: 500}, hours(map[int]int{24: 400, 3: 100}), 1, time.Hour, DailyLimit},
		{"many recipients wait for more room", mailbox.Limits{DailyRecipients: 900}, hours(map[int]int{20: 10, 10: 400, 3: 80}), 30, 15 * time.Hour, DailyLimit},
		{"more recipients than a day has go when nothing else did", mailbox.Limits{DailyRecipients: 50}, desk.Sendings{}, 100, 0, ""},
		{"per minute", mailbox.Limits{PerMinute: 30}, desk.Sendings{Minutes: []desk.SentIn{{From: at.Add(-time.Minute), Messages: 20}, {From: at, Messages: 10}}}, 1, 31 * time.Minute, MinuteLimit},
		{"the minute before last", mailbox.Limits{PerMinute: 30}, desk.Sendings{Minutes: []desk.SentIn{{From: at.Add(-2 * time.Minute), Messages: 30}}}, 1, 0, ""},
		{"the provider's own word", mailbox.Limits{}, desk.Sendings{Until: noon.Add(2 * time.Hour), Code: DailyLimit}, 1, 2 * time.Hour, DailyLimit},
		{"its word is over", mailbox.Limits{}, desk.Sendings{Until: noon, Code: DailyLimit}, 1, 0, ""},
	} {
		until, code := wait(c.limits, c.sent, c.recipients, at)
		var want time.Time
		if c.wait > 0 {
			want = noon.Add(c.wait)
		}
		if !until.Equal(want) || code != c.code {
			t.Errorf("%s: until %v (%s), want %v (%s)", c.name, until, code, want, c.code)
		}
	}
}

func TestTheCountForgetsWhatIsOld(t *testing.T) {
	var s desk.Sendings
	for i := range 60 {
		s = counted(s, 2, noon.Add(time.Duration(i)*time.Hour))
		s = counted(s, 1, noon.Add(time.Duration(i)*time.Hour+time.Second))
	}
	if len(s.Hours) != 25 || s.Hours[0].Messages != 2 || s.Hours[0].Recipients != 3 || len(s.Minutes) != 1 {
		t.Errorf("%d hours, %d minutes, first %+v", len(s.Hours), len(s.Minutes), s.Hours[0])
	}
}

// TestAMailboxAtItsLimitWaits sends to a Gmail mailbox that has one mail of its
// day left.
func TestAMailboxAtItsLimitWaits(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(o *office) { o.box.Provider, o.box.Address = "gmail", "lumenhaus@gmail.com" })
	full := desk.Sendings{Hours: []desk.SentIn{{From: noon.Add(-3 * time.Hour), Messages: 499, Recipients: 499}}}
	if err := o.table.PutSendings(t.Context(), o.org, "box", full); err != nil {
		t.Fatal(err)
	}
	var sent []desk.Message
	for n := range 3 {
		mail := o.mail()
		mail.Request = fmt.Sprint("n", n)
		sent = append(sent, o.compose(mail))
	}
	for _, m := range sent {
		if err := o.sender().Send(t.Context(), desk.Job{Org: o.org, Conversation: m.Conversation, Message: m.ID}); err != nil {
			t.Fatal(err)
		}
	}
	if len(o.post.accepted) != 1 {
		t.Fatalf("%d mails went, want one", len(o.post.accepted))
	}
	for _, m := range sent[1:] {
		got := o.message(m.ID)
		if got.Send.State != desk.Queued || got.Send.Code != DailyLimit || !got.Send.NotAfter.Equal(noon.Add(22*time.Hour)) || got.Send.Attempts != 0 {
			t.Errorf("%s %s until %v after %d attempts", got.Send.State, got.Send.Code, got.Send.NotAfter, got.Send.Attempts)
		}
	}
	list, err := o.table.Underway(t.Context(), o.org)
	if err != nil || len(list) != 2 || list[0].Code != DailyLimit || !list[0].Due.Equal(noon.Add(22*time.Hour)) || list[0].From != "lumenhaus@gmail.com" {
		t.Errorf("outbox %+v %v", list, err)
	}
	if _, err := o.outbox().Undo(t.Context(), o.org, sent[2].Conversation, sent[2].ID); err != nil {
		t.Errorf("what waits cannot be taken back: %v", err)
	}
	o.work.take()
	o.send(sent[1].ID)
	if got := o.message(sent[1].ID); got.Send.State != desk.Sent || o.now.Before(noon.Add(22*time.Hour)) {
		t.Errorf("%s at %v", got.Send.State, o.now)
	}
}

func TestAProviderThatSaysItsLimitIsReachedIsWaitedFor(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	m := o.queued()
	began := o.now
	o.post.refuse = func() error {
		if o.now.Sub(began) < 5*time.Hour {
			return desk.Errorf(desk.Unavailable, DailyLimit, "550 5.4.5 Daily user sending limit exceeded")
		}
		return nil
	}
	if err := o.sender().Send(t.Context(), desk.Job{Org: o.org, Conversation: "conv", Message: m.ID}); err != nil {
		t.Fatal(err)
	}
	if got := o.message(m.ID); got.Send.State != desk.Queued || got.Send.Code != DailyLimit || !got.Send.NotAfter.Equal(o.now.Add(refusedFor)) {
		t.Errorf("dispatch %+v", got.Send)
	}
	other := o.mail()
	waits := o.compose(other)
	asked := 0
	refuse := o.post.refuse
	o.post.refuse = func() error { asked++; return refuse() }
	if err := o.sender().Send(t.Context(), desk.Job{Org: o.org, Conversation: waits.Conversation, Message: waits.ID}); err != nil {
		t.Fatal(err)
	}
	if got := o.message(waits.ID); asked != 0 || got.Send.Code != DailyLimit {
		t.Errorf("the provider was asked %d times for another mail of the mailbox, %s", asked, got.Send.Code)
	}
	o.work.take()
	o.send(m.ID)
	if got := o.message(m.ID); got.Send.State != desk.Sent || got.Send.Attempts != 1 {
		t.Errorf("dispatch %+v", got.Send)
	}
}

func TestAMailThatWaitsForDaysFails(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	m := o.queued()
	o.post.refuse = func() error { return desk.Errorf(desk.Unavailable, DailyLimit, "550 5.4.5") }
	for range 80 {
		if err := o.sender().Send(t.Context(), desk.Job{Org: o.org, Conversation: "conv", Message: m.ID}); err != nil {
			t.Fatal(err)
		}
		o.now = o.now.Add(time.Hour + time.Second)
	}
	if got := o.message(m.ID); got.Send.State != desk.Failed || got.Send.Code != DailyLimit || o.conversation().Status != desk.Awaiting {
		t.Errorf("dispatch %+v", got.Send)
	}
}
