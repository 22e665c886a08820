package merge

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

func TestAMergeTakesEverythingAlong(t *testing.T) {
	t.Parallel()
	h := build(t)
	first := h.mail("aaaa", about("112-1"))
	h.mail("bbbb", about("112-2"), by("Lee", "lee@buyers.example"))
	h.reply("bbbb")
	answer := h.reply("aaaa")
	last := h.mail("aaaa", func(m *desk.Message, _ *desk.Conversation) { m.Attachments = []desk.Attachment{{Name: "lamp.jpg"}} })
	h.findable("aaaa", "bbbb")
	_, err := h.merger.Merge(t.Context(), h.conversation("aaaa"), h.conversation("bbbb"), "", false)
	h.is("merge_differs", err)
	other := h.conversation("bbbb")
	other.Store = desk.AmazonCom
	_, err = h.merger.Merge(t.Context(), h.conversation("aaaa"), other, "", true)
	h.is("merge_store", err)

	if done := h.merge("aaaa", "bbbb"); !slices.Equal(done.Messages, []desk.MessageID{first, answer, last}) || done.Conversation != "bbbb" {
		t.Errorf("done %+v", done)
	}
	h.check()
	c := h.conversation("bbbb")
	if c.Status != desk.Awaiting || !c.Clock.Start.Equal(h.now()) || c.LastIncoming != last || c.Messages != 5 ||
		!slices.Equal(c.OrderNumbers, []string{"112-2", "112-1"}) || c.Buyer.Name != "Lee" || c.Route.To != "lee@buyers.example" {
		t.Errorf("got %+v", c)
	}
	if found, err := h.table.Find(t.Context(), h.org, "112-1", 9); err != nil || !slices.Equal(found, []desk.ConversationID{"bbbb"}) {
		t.Errorf("found %v %v", found, err)
	}
	if old := h.conversation("aaaa"); old.ID != "bbbb" {
		t.Errorf("an old link leads to %s", old.ID)
	}
	// A bounce, or an undo from a page that is behind, still finds the answer.
	m, _, err := h.table.Outgoing(t.Context(), h.org, "aaaa", answer)
	if err != nil || m.Conversation != "bbbb" || m.Origin() != "aaaa" {
		t.Errorf("got %+v %v", m, err)
	}
	h.must(h.table.Bounce(t.Context(), h.org, "aaaa", answer, "no such mailbox"))
}

func TestWhatAwaitsAnAnswerStillDoes(t *testing.T) {
	t.Parallel()
	h := build(t)
	asked := h.mail("aaaa")
	start := h.now()
	h.mail("bbbb")
	h.reply("bbbb") // after the question in aaaa, and no answer to it
	h.findable("aaaa", "bbbb")
	h.merge("aaaa", "bbbb")
	h.check()
	if c := h.conversation("bbbb"); c.Status != desk.Awaiting || !c.Clock.Start.Equal(start) {
		t.Errorf("got %s since %v, want since %s", c.Status, c.Clock.Start, asked)
	}
}

func TestLabelsSetByHandStay(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.mail("bbbb")
	h.mail("aaaa")
	for id, priority := range map[desk.ConversationID]desk.Priority{"aaaa": desk.High, "bbbb": desk.Low} {
		_, err := h.table.Change(t.Context(), h.org, id, func(c *desk.Conversation) error {
			c.Labels.Priority = desk.Set(priority, desk.ByHand, desk.ReasonHand, "somebody")
			c.Labels.Intent = desk.Set(map[desk.Priority]desk.Intent{desk.High: desk.Refund, desk.Low: desk.Thanks}[priority], desk.ByModel, "", "")
			return nil
		})
		h.must(err)
	}
	h.findable("aaaa", "bbbb")
	h.merge("aaaa", "bbbb")
	if l := h.conversation("bbbb").Labels; l.Priority.Value != desk.Low || l.Intent.Value != desk.Refund {
		t.Errorf("got %+v", l)
	}
}

func TestASplitBeginsAConversationOfItsOwn(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.mail("aaaa", about("112-1"))
	h.reply("aaaa")
	second := h.mail("aaaa", about("112-2"))
	start := h.now()
	third := h.mail("aaaa")
	_, err := h.table.Change(t.Context(), h.org, "aaaa", func(c *desk.Conversation) error {
		c.OrderNumbers = []string{"112-1", "112-2"}
		c.Sorted = true
		return nil
	})
	h.must(err)
	h.findable("aaaa")
	before := h.conversation("aaaa")
	for code, chosen := range map[string][]desk.MessageID{"split_none": {}, "split_unknown": {"nothing"}} {
		_, err := h.merger.Split(t.Context(), before, chosen, "")
		h.is(code, err)
	}
	id := h.split("aaaa", second, third)
	h.check()
	rest, out := h.conversation("aaaa"), h.conversation(id)
	if rest.Status != desk.Replied || rest.Clock.Running() || !slices.Equal(rest.OrderNumbers, []string{"112-1"}) || rest.Sorted {
		t.Errorf("stays %+v", rest)
	}
	if out.Status != desk.Awaiting || !out.Clock.Start.Equal(start) || !slices.Equal(out.OrderNumbers, []string{"112-2"}) || !out.Sorted {
		t.Errorf("out %+v", out)
	}
	if found, err := h.table.Find(t.Context(), h.org, "112-2", 9); err != nil || !slices.Equal(found, []desk.ConversationID{id}) {
		t.Errorf("found %v %v", found, err)
	}
	if len(h.sorts) != 1 || h.sorts[0].Conversation != "aaaa" {
		t.Errorf("sorts %+v", h.sorts)
	}
	_, err = h.merger.Split(t.Context(), out, []desk.MessageID{second, third}, "")
	h.is("split_all", err)
}

func TestAMessageOfSomebodyElseGoesWithItsWriter(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.mail("aaaa")
	stray := h.mail("aaaa", by("Lee", "lee@buyers.example"))
	h.findable("aaaa")
	if c := h.conversation(h.split("aaaa", stray)); c.Buyer.Name != "Lee" || c.Route.To != "lee@buyers.example" {
		t.Errorf("got %+v", c)
	}
	h.check()
}

func TestNoAnswerGoesToAStrangerAfterASplit(t *testing.T) {
	t.Parallel()
	for name, stays := range map[string]bool{"the other's message is taken out": true, "the buyer's own message is taken out": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := build(t)
			alias := func(c *desk.Conversation) { c.Store = desk.AmazonCom }
			kims := h.mail("aaaa", by("Kim - Amazon Marketplace", "kim1@marketplace.amazon.com"), func(_ *desk.Message, c *desk.Conversation) { alias(c) })
			lees := h.mail("bbbb", by("Lee - Amazon Marketplace", "lee1@marketplace.amazon.com"), func(_ *desk.Message, c *desk.Conversation) { alias(c) })
			h.findable("aaaa", "bbbb")
			h.merge("bbbb", "aaaa")
			taken, rest := lees, "kim1@marketplace.amazon.com"
			if !stays {
				taken, rest = kims, "lee1@marketplace.amazon.com"
			}
			out := h.conversation(h.split("aaaa", taken))
			if c := h.conversation("aaaa"); c.Route.To != rest || c.Buyer.Address != rest {
				t.Errorf("stays %+v, %+v", c.Buyer, c.Route)
			}
			if out.Route.To == rest || out.Buyer.Address != out.Route.To {
				t.Errorf("out %+v, %+v", out.Buyer, out.Route)
			}
			h.check()
		})
	}
}

func TestUndoBringsBothBack(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.mail("aaaa", about("112-1"))
	h.mail("bbbb", by("Lee", "lee@buyers.example"))
	h.reply("bbbb")
	h.mail("aaaa")
	h.findable("aaaa", "bbbb")
	a, b := h.conversation("aaaa"), h.conversation("bbbb")
	h.merge("aaaa", "bbbb")
	_, err := h.merger.Undo(t.Context(), h.conversation("bbbb"), "aaaa", "")
	h.must(err)
	h.check()
	if got := h.conversation("aaaa"); !same(got, a) {
		t.Errorf("aaaa is %+v, was %+v", got, a)
	}
	if got := h.conversation("bbbb"); !same(got, b) {
		t.Errorf("bbbb is %+v, was %+v", got, b)
	}
	_, err = h.merger.Undo(t.Context(), h.conversation("bbbb"), "aaaa", "")
	h.is("not_merged", err)
	h.mail("aaaa") // lives on
	h.check()
}

func TestUndoKeepsWhatCameSince(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.mail("aaaa")
	h.mail("bbbb")
	h.findable("aaaa", "bbbb")
	h.merge("aaaa", "bbbb")
	since := h.mail("bbbb")
	_, err := h.merger.Undo(t.Context(), h.conversation("bbbb"), "aaaa", "")
	h.must(err)
	h.check()
	if c := h.conversation("bbbb"); c.Newest != since || c.Messages != 2 {
		t.Errorf("got %+v", c)
	}
}

func TestWhatIsBeingSentStays(t *testing.T) {
	t.Parallel()
	h := build(t)
	asked := h.mail("aaaa")
	h.mail("bbbb")
	sending := h.outgoing("aaaa", desk.Queued)
	h.findable("aaaa", "bbbb")
	_, err := h.merger.Merge(t.Context(), h.conversation("aaaa"), h.conversation("bbbb"), "", true)
	h.is("message_sending", err)
	_, err = h.merger.Split(t.Context(), h.conversation("aaaa"), []desk.MessageID{sending}, "")
	h.is("message_sending", err)
	h.split("aaaa", asked)
	h.check()
}

func TestMailOfAnUncommittedBatchIsWaitedFor(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.mail("aaaa")
	h.mail("bbbb")
	h.findable("aaaa", "bbbb")
	h.arrive("aaaa")
	_, err := h.merger.Merge(t.Context(), h.conversation("aaaa"), h.conversation("bbbb"), "", true)
	h.is("mail_arriving", err)
	h.commit()
	h.merge("aaaa", "bbbb")
	h.check()
}

func TestAWorkerThatIsBehindFindsTheNewPlace(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.mail("aaaa")
	h.mail("bbbb")
	h.findable("aaaa", "bbbb")
	h.merge("aaaa", "bbbb")
	h.mail("aaaa") // its thread keys were looked up before the merge
	if list := h.living(); !slices.Equal(list, []desk.ConversationID{"bbbb"}) {
		t.Errorf("living %v", list)
	}
	if c := h.conversation("bbbb"); c.Messages != 3 {
		t.Errorf("%d messages", c.Messages)
	}
	// What it left behind comes back with nobody.
	_, err := h.merger.Undo(t.Context(), h.conversation("bbbb"), "aaaa", "")
	h.must(err)
	if a, b := h.conversation("aaaa"), h.conversation("bbbb"); a.Messages != 1 || b.Messages != 2 {
		t.Errorf("%d and %d messages", a.Messages, b.Messages)
	}
}

// meddling does something between the messages and the settlement of a move.
type meddling struct {
	State
	before func()
}

func (m *meddling) SettleMove(ctx context.Context, mv desk.Move, combine func(from, to desk.Half) (desk.Settlement, error)) error {
	if before := m.before; before != nil {
		m.before = nil
		before()
	}
	return m.State.SettleMove(ctx, mv, combine)
}

func TestMailThatComesDuringAMergeGoesAlong(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.mail("aaaa")
	h.mail("bbbb")
	h.findable("aaaa", "bbbb")
	h.merger.State = &meddling{State: h.table, before: func() {
		h.mail("aaaa")
		h.mail("bbbb")
	}}
	h.merge("aaaa", "bbbb")
	h.check()
	if c := h.conversation("bbbb"); c.Messages != 4 {
		t.Errorf("%d messages", c.Messages)
	}
}

func TestAMoveThatBreaksOffIsCompletedSoon(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.mail("aaaa")
	h.mail("bbbb")
	h.findable("aaaa", "bbbb")
	h.merger.State = &stopping{h.table}
	_, err := h.merger.Merge(t.Context(), h.conversation("aaaa"), h.conversation("bbbb"), "", true)
	h.is("storage", err)
	if want := (desk.Job{Org: h.org, Conversation: "aaaa"}); !slices.Equal(h.broken, []desk.Job{want}) {
		t.Fatalf("queued %+v", h.broken)
	}
	h.merger.State = h.table
	h.must(h.merger.Finish(t.Context(), h.org, "aaaa"))
	h.check()
	if c := h.conversation("bbbb"); c.Messages != 2 {
		t.Errorf("%d messages", c.Messages)
	}
}

// stopping dies before a move is settled.
type stopping struct{ State }

func (*stopping) SettleMove(context.Context, desk.Move, func(from, to desk.Half) (desk.Settlement, error)) error {
	return errCrash
}

func TestSeveralWorkersCompleteAMoveOnce(t *testing.T) {
	t.Parallel()
	h := build(t)
	for range 5 {
		h.mail("aaaa")
	}
	h.mail("bbbb")
	h.findable("aaaa", "bbbb")
	mv := h.merger.move(h.conversation("aaaa"), "bbbb", "")
	mv.Whole = true
	h.must(h.table.PlanMove(t.Context(), mv))
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			merger := &Merger{State: h.table, Work: silent{}, Now: h.now}
			if err := merger.Finish(t.Context(), h.org, "bbbb"); err != nil && desk.KindOf(err) != desk.Conflict && desk.KindOf(err) != desk.NotFound {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	h.finish()
	h.check()
	if c := h.conversation("bbbb"); c.Messages != 6 {
		t.Errorf("%d messages", c.Messages)
	}
}

// silent is a queue that nobody reads.
type silent struct{}

func (silent) Triage(context.Context, []desk.Job) error { return nil }

func (silent) PurgeLater(context.Context, desk.Job, time.Duration) error { return nil }
