package dynamo

import (
	"context"
	"errors"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// escalating bounds how many conversations are raised at once.
const escalating = 8

// errCalm ends a change that is not needed any more.
var errCalm = desk.Errorf(desk.Conflict, "not_pressing", "the clock does not press any more")

// Escalate raises the priority of every conversation whose response clock is
// about to run out, and returns how many. Doing it twice changes nothing.
func (t *Table) Escalate(ctx context.Context, now time.Time) (raised int, err error) {
	items, err := t.all(ctx, query{
		index: "work", hash: "wk", value: workClock, rangeKey: "due", from: "0", to: millis(now.Add(desk.EscalateBefore)),
	})
	if err != nil {
		return 0, err
	}
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(escalating)
	done := make([]bool, len(items))
	for i, it := range items {
		org, id, _ := strings.Cut(strings.TrimPrefix(getS(it, "pk"), "C#"), "#")
		group.Go(func() error {
			_, err := t.Change(gctx, desk.OrgID(org), desk.ConversationID(id), func(c *desk.Conversation) error {
				if !c.Escalate(now) {
					return errCalm
				}
				return nil
			})
			done[i] = err == nil
			if errors.Is(err, errCalm) || desk.KindOf(err) == desk.NotFound {
				return nil
			}
			return err
		})
	}
	err = group.Wait()
	for _, ok := range done {
		if ok {
			raised++
		}
	}
	return raised, err
}
