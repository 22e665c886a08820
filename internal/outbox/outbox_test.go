package outbox

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

func TestAReplyIsQueuedAndTheConversationAnswered(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	m, err := o.outbox().Queue(t.Context(), o.org, o.reply())
	if err != nil {
		t.Fatal(err)
	}
	if m.Send.State != desk.Queued || !m.Send.NotAfter.Equal(noon.Add(UndoTime)) || m.To[0].Address != "kim@buyers.example" || m.Subject != "Re: Is it dimmable?" || m.From.Address != us {
		t.Errorf("message %+v %+v", m, m.Send)
	}
	if strings.Join(m.References, " ") != "first@buyers.example asked@buyers.example" {
		t.Errorf("references %v", m.References)
	}
	if len(o.work.delay) != 1 || o.work.delay[0] != UndoTime {
		t.Errorf("queued for %v", o.work.delay)
	}
	c := o.conversation()
	if c.Status != desk.Replied || c.Clock.Running() || c.Newest != m.ID || c.Messages != 2 || c.Assignee != "agnes@lumenhaus.example" || c.Snippet != "Yes, it dims in five steps." {
		t.Errorf("conversation %+v", c)
	}
	if stored := o.message(m.ID); !stored.Send.Reopen.Due.Equal(noon.Add(24 * time.Hour)) {
		t.Errorf("the clock is not kept: %+v", stored.Send.Reopen)
	}
}

func TestWhatCannotBeQueued(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		office func(*office)
		reply  func(*Reply)
		code   string
	}{
		{"nothing written", nil, func(r *Reply) { r.Text = " \n " }, "text_empty"},
		{"a text longer than any marketplace takes", nil, func(r *Reply) { r.Text = strings.Repeat("長い", 10001) }, "text_too_long"},
		{"no request id", nil, func(r *Reply) { r.Request = "" }, "request_missing"},
		{"no way to answer", func(o *office) { o.conv.Route = desk.ReplyRoute{Disabled: "tiktok_in_app"} }, nil, "cannot_answer"},
		{"no such conversation", nil, func(r *Reply) { r.Conversation = "other" }, "not_found"},
		{"another message than the newest was seen", nil, func(r *Reply) { r.Seen = "older" }, "new_message"},
		{"what the marketplace blocks", func(o *office) { o.conv.Store = desk.AmazonCom }, func(r *Reply) { r.Text = "Please write to us at help@lumenhaus.example instead." }, "check_blocked"},
		{"seen does not matter when sent anyway", nil, func(r *Reply) { r.Seen, r.Anyway = "older", true }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var change []func(*office)
			if c.office != nil {
				change = append(change, c.office)
			}
			o := newOffice(t, change...)
			r := o.reply()
			if c.reply != nil {
				c.reply(&r)
			}
			_, err := o.outbox().Queue(t.Context(), o.org, r)
			if c.code == "" && err == nil {
				return
			}
			if desk.CodeOf(err) != c.code {
				t.Errorf("error %v, want %q", err, c.code)
			}
			if got := o.conversation(); got.Status != desk.Awaiting || got.Messages != 1 {
				t.Errorf("conversation %+v", got)
			}
		})
	}
}

func TestWarningsPassWithAReason(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(o *office) { o.conv.Store = desk.AmazonCom })
	r := o.reply()
	r.Text = "Größe passt 🙂 Yes, it dims in five steps."
	_, err := o.outbox().Queue(t.Context(), o.org, r)
	var blocked *Blocked
	if !errors.As(err, &blocked) || desk.CodeOf(err) != "check_unconfirmed" || blocked.Text != r.Text {
		t.Fatalf("error %v", err)
	}
	r.Confirmed = map[string]string{}
	for _, f := range blocked.Findings {
		r.Confirmed[f.Rule] = " "
	}
	if _, err := o.outbox().Queue(t.Context(), o.org, r); desk.CodeOf(err) != "check_unconfirmed" {
		t.Errorf("an empty reason is none: %v", err)
	}
	for rule := range r.Confirmed {
		r.Confirmed[rule] = "the buyer wrote like this too"
	}
	m, err := o.outbox().Queue(t.Context(), o.org, r)
	if err != nil || len(o.message(m.ID).Send.Confirmed) == 0 {
		t.Errorf("%v, kept reasons %v", err, m.Send)
	}
}

func TestTheReferenceOfEBayGoesOutWithEveryReply(t *testing.T) {
	t.Parallel()
	for _, history := range []bool{false, true} {
		o := newOffice(t, func(o *office) {
			o.conv.Store, o.conv.Route.Reference, o.conv.Route.To = desk.EBayCom, "[#a05-abcdef12#]", "0123456789abcdef0123@members.ebay.com"
		})
		r := o.reply()
		r.History = history
		m, err := o.outbox().Queue(t.Context(), o.org, r)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(m.Text, "\n\nEmail reference id: [#a05-abcdef12#]\n") || strings.Contains(m.Text, "> Is the lamp") != history {
			t.Errorf("history %v: %q", history, m.Text)
		}
		if m.Visible() != r.Text {
			t.Errorf("visible is %q", m.Visible())
		}
	}
}

func TestALongTextIsKeptToItsEnd(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	r := o.reply()
	r.Language, r.Text = "ja", strings.Repeat("調光できます。", 2800)+"以上"
	m, err := o.outbox().Queue(t.Context(), o.org, r)
	if err != nil {
		t.Fatal(err)
	}
	if stored := o.message(m.ID); stored.Visible() != r.Text {
		t.Errorf("%d of %d bytes are kept", len(stored.Visible()), len(r.Text))
	}
}

func TestTheSameRequestIsQueuedOnce(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Reply){"": func(*Reply) {}, "anyway": func(r *Reply) { r.Seen, r.Anyway = "", true }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			r := o.reply()
			change(&r)
			var wait sync.WaitGroup
			ids := make([]desk.MessageID, 4)
			for i := range ids {
				wait.Go(func() {
					m, err := o.outbox().Queue(t.Context(), o.org, r)
					if err != nil {
						t.Error(err)
					}
					ids[i] = m.ID
				})
			}
			wait.Wait()
			for _, id := range ids {
				if id != ids[0] {
					t.Errorf("ids %v", ids)
				}
			}
			if c := o.conversation(); c.Messages != 2 {
				t.Errorf("%d messages", c.Messages)
			}
		})
	}
}

func TestOfTwoAgentsAtOnceOneIsTold(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var wait sync.WaitGroup
	errs := make([]error, 2)
	for i, request := range []string{"r1", "r2"} {
		wait.Go(func() {
			r := o.reply()
			r.Request = request
			_, errs[i] = o.outbox().Queue(t.Context(), o.org, r)
		})
	}
	wait.Wait()
	if (errs[0] == nil) == (errs[1] == nil) || desk.CodeOf(errors.Join(errs...)) != "answered_meanwhile" {
		t.Errorf("errors %v", errs)
	}
}

func TestANewMessageOfTheBuyerIsTold(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, _, err := o.table.Apply(t.Context(), o.org, "conv", "more", 1, func(c *desk.Conversation) {
		c.LastIncoming, c.Newest, c.LastAt = "more", "more", noon.Add(time.Minute)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.outbox().Queue(t.Context(), o.org, o.reply()); desk.CodeOf(err) != "new_message" || desk.KindOf(err) != desk.Conflict {
		t.Errorf("error %v", err)
	}
}

func TestAQueueThatIsDownLeavesTheReplyToTheSweep(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.work.fail = desk.Errorf(desk.Unavailable, "storage", "no queue")
	if _, err := o.outbox().Queue(t.Context(), o.org, o.reply()); err == nil {
		t.Fatal("no error")
	}
	o.work.fail = nil
	if _, err := o.outbox().Queue(t.Context(), o.org, o.reply()); err != nil {
		t.Fatal(err)
	}
	var stuck []desk.MessageID
	err := o.table.Stuck(t.Context(), noon.Add(time.Hour), func(org desk.OrgID, _ desk.ConversationID, m desk.MessageID) error {
		if org == o.org {
			stuck = append(stuck, m)
		}
		return nil
	}, func(desk.OrgID, desk.MailboxID) error { return nil })
	if err != nil || len(stuck) != 1 {
		t.Errorf("%v %v", stuck, err)
	}
}

func TestUndo(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	m, err := o.outbox().Queue(t.Context(), o.org, o.reply())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // twice is harmless
		if m, err := o.outbox().Undo(t.Context(), o.org, "conv", m.ID); err != nil || m.Send.State != desk.Cancelled {
			t.Fatalf("%+v %v", m.Send, err)
		}
	}
	if c := o.conversation(); c.Status != desk.Awaiting || !c.Clock.Due.Equal(noon.Add(24*time.Hour)) {
		t.Errorf("conversation under %s, clock %+v", c.Status, c.Clock)
	}
	o.now = o.now.Add(time.Minute)
	o.send(m.ID)
	if len(o.post.accepted) != 0 {
		t.Error("what was taken back was sent")
	}
}

func TestUndoOfAFollowUpLeavesNobodyWaiting(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	if _, err := o.table.Change(t.Context(), o.org, "conv", func(c *desk.Conversation) error { c.Close(desk.Replied); return nil }); err != nil {
		t.Fatal(err)
	}
	m, err := o.outbox().Queue(t.Context(), o.org, o.reply())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.outbox().Undo(t.Context(), o.org, "conv", m.ID); err != nil {
		t.Fatal(err)
	}
	if c := o.conversation(); c.Status != desk.Replied || c.Clock.Running() {
		t.Errorf("conversation under %s, clock %+v", c.Status, c.Clock)
	}
}

func TestUndoOfWhatIsOnItsWayIsTooLate(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	m := o.queued()
	o.send(m.ID)
	if _, err := o.outbox().Undo(t.Context(), o.org, "conv", m.ID); desk.CodeOf(err) != "too_late" {
		t.Errorf("error %v", err)
	}
	if _, err := o.outbox().Undo(t.Context(), o.org, "conv", "o0000000000000x"); desk.KindOf(err) != desk.NotFound {
		t.Errorf("error %v", err)
	}
}
