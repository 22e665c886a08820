package merge

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// crashing dies now and then, before or after it has done what it was asked for.
type crashing struct {
	State
	random *rand.Rand
	chance float64
}

var errCrash = desk.Errorf(desk.Unavailable, "storage", "crashed")

func (c *crashing) dies(do func() error) error {
	if c.random.Float64() >= c.chance {
		return do()
	}
	if c.random.IntN(2) == 0 {
		if err := do(); err != nil {
			return err
		}
	}
	return errCrash
}

func (c *crashing) PlanMove(ctx context.Context, mv desk.Move) error {
	return c.dies(func() error { return c.State.PlanMove(ctx, mv) })
}

// MoveMessages also dies between two messages.
func (c *crashing) MoveMessages(ctx context.Context, mv desk.Move) error {
	return c.dies(func() error {
		if len(mv.Messages) > 1 && c.random.Float64() < c.chance {
			mv.Messages = mv.Messages[:1]
			if err := c.State.MoveMessages(ctx, mv); err != nil {
				return err
			}
			return errCrash
		}
		return c.State.MoveMessages(ctx, mv)
	})
}

func (c *crashing) SettleMove(ctx context.Context, mv desk.Move, combine func(from, to desk.Half) (desk.Settlement, error)) error {
	return c.dies(func() error { return c.State.SettleMove(ctx, mv, combine) })
}

func (c *crashing) PutFind(ctx context.Context, conv desk.Conversation, terms []string) error {
	return c.dies(func() error { return c.State.PutFind(ctx, conv, terms) })
}

func (c *crashing) EndMove(ctx context.Context, mv desk.Move) error {
	return c.dies(func() error { return c.State.EndMove(ctx, mv) })
}

// Whatever is merged, split and undone, and wherever it breaks off, while mail
// comes and answers go: no message is lost or there twice, each is found where it
// is, and the counters are exact.
func TestNothingIsLostOrDoubled(t *testing.T) {
	t.Parallel()
	seeds := 6
	if testing.Short() {
		seeds = 3
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(uint64(seed), 7))
			h := build(t)
			for n := range 4 {
				h.findable(h.place(h.mail(desk.ConversationID(fmt.Sprintf("conv%04d", n)), about(fmt.Sprint("112-", n)))))
			}
			h.merger.State = &crashing{State: h.table, random: random, chance: 0.15}
			for range 40 {
				h.step(random)
			}
			h.merger.State = h.table
			h.finish()
			h.check()
		})
	}
}

func (h *house) place(m desk.MessageID) desk.ConversationID {
	h.Helper()
	id, err := h.table.Place(h.Context(), h.org, h.began[m], m)
	h.must(err)
	return id
}

// finish is the sweep: it completes every move that broke off.
func (h *house) finish() {
	h.Helper()
	var pending []desk.ConversationID
	h.must(h.table.UnfinishedMoves(h.Context(), h.now().Add(time.Hour), func(org desk.OrgID, id desk.ConversationID) error {
		if org == h.org {
			pending = append(pending, id)
		}
		return nil
	}))
	for _, id := range pending {
		h.must(h.merger.Finish(h.Context(), h.org, id))
	}
}

// step does something; what breaks off or is refused stays as it is.
func (h *house) step(random *rand.Rand) {
	h.Helper()
	living := h.living()
	one := func() desk.ConversationID { return living[random.IntN(len(living))] }
	ctx := h.Context()
	switch random.IntN(6) {
	case 0:
		h.findable(h.place(h.mail(desk.ConversationID(fmt.Sprintf("new%05d", h.count)))))
	case 1, 2:
		h.mail(one())
	case 3:
		h.reply(one())
	case 4:
		from, into := h.conversation(one()), h.conversation(one())
		done, err := h.merger.Merge(ctx, from, into, "", true)
		if err == nil && random.IntN(3) == 0 {
			_, _ = h.merger.Undo(ctx, h.conversation(done.Conversation), from.ID, "")
		}
	case 5:
		from := h.conversation(one())
		half, err := h.table.HalfOf(ctx, h.org, box, from.ID)
		h.must(err)
		var chosen []desk.MessageID
		for _, m := range half.Messages {
			if random.IntN(2) == 0 {
				chosen = append(chosen, m.ID)
			}
		}
		_, _ = h.merger.Split(ctx, from, chosen, "")
	}
}

// What is merged and split again is what it was, for whatever it was.
func TestAMergeUndoneRestores(t *testing.T) {
	t.Parallel()
	h := build(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 3 {
		h.findable(h.place(h.mail(desk.ConversationID(fmt.Sprintf("conv%04d", h.count)))))
	}
	for range 10 {
		living := h.living()
		a, b := living[random.IntN(len(living))], living[random.IntN(len(living))]
		if random.IntN(2) == 0 {
			h.mail(a)
		} else {
			h.reply(a)
		}
		if a == b {
			continue
		}
		before := []desk.Conversation{h.conversation(a), h.conversation(b)}
		h.merge(a, b)
		_, err := h.merger.Undo(t.Context(), h.conversation(b), a, "")
		h.must(err)
		if !same(h.conversation(a), before[0]) || !same(h.conversation(b), before[1]) {
			t.Errorf("%s and %s are not what they were", a, b)
		}
		h.check()
	}
}
