// Package budget bounds what models cost an organisation in a month.
//
// Before a call the worst it can cost is held, afterwards it is replaced by what
// it did cost. So calls side by side never spend more together than the budget,
// and what a crash leaves held is given back after minutes. When most of the
// budget is used, only sorting goes on; when all is, rules and templates do the
// work. Mail is never held up.
package budget

import (
	"context"
	"log/slog"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/model"
)

// Ledger keeps the months. Amounts are micro-dollars.
type Ledger interface {
	Organisation(context.Context, desk.OrgID) (desk.Organisation, error)
	// HoldBudget adds an amount to what is used; Conflict when that would be more
	// than ceiling, which 0 lifts.
	HoldBudget(ctx context.Context, org desk.OrgID, month string, amount, ceiling int64, until time.Time) (desk.AIMonth, error)
	SettleBudget(ctx context.Context, org desk.OrgID, month string, held, spent int64, until time.Time) (desk.AIMonth, error)
	ReclaimBudget(ctx context.Context, org desk.OrgID, month string, amount int64, until time.Time) error
	WarnBudget(ctx context.Context, org desk.OrgID, month string, budget int64, stopped bool) (first bool, err error)
	AddUse(ctx context.Context, org desk.OrgID, month string, u desk.AIUse) error
	Spending(ctx context.Context, org desk.OrgID, month string) (desk.AIMonth, error)
}

// Keeper keeps organisations within their budgets.
type Keeper struct {
	Ledger Ledger
	// Installed is the budget of every organisation, 0 for none. One of its own can
	// only be lower.
	Installed int64
	Now       desk.Clock
	Log       *slog.Logger
}

// Shares of a budget, in percent.
const (
	nearShare  = 80 // people are told
	draftShare = 90 // everything but sorting stops
)

// Budget is the one in force for an organisation, 0 for none.
func (k *Keeper) Budget(o desk.Organisation) int64 {
	switch own := o.MonthlyBudget; {
	case own == 0:
		return k.Installed
	case k.Installed == 0:
		return own
	default:
		return min(own, k.Installed)
	}
}

// DraftsUntil is what may be used before everything but sorting stops.
func DraftsUntil(budget int64) int64 { return budget * draftShare / 100 }

// State is where a month stands.
type State string

// The states, from the best to the worst.
const (
	Unlimited     State = "unlimited"
	Within        State = "within"
	Near          State = "near"
	DraftsStopped State = "drafts_stopped"
	Spent         State = "spent"
)

// step is how close to a limit hardly any call fits below it any more: a hundredth
// of the budget, or of a tiny one what a call with a small model holds.
func step(budget int64) int64 { return max(budget/100, 1000) }

// StateOf tells where a month stands with a budget. A limit counts as reached
// when hardly a call fits below it.
func StateOf(m desk.AIMonth, budget int64) State {
	switch {
	case budget == 0:
		return Unlimited
	case settled(m) >= budget-step(budget):
		return Spent
	case settled(m) >= DraftsUntil(budget)-step(budget):
		return DraftsStopped
	case settled(m) >= budget*nearShare/100:
		return Near
	}
	return Within
}

// Month names the month of a time. Months are those of UTC, as the bill's are.
func Month(t time.Time) string { return t.UTC().Format("2006-01") }

// holdTime is how long a call can last at most, and holdSlot to what its end is
// rounded up, so that a month has few holds.
const (
	holdTime = 2 * time.Minute
	holdSlot = 5 * time.Minute
)

// hold is what one call holds.
type hold struct {
	org    desk.OrgID
	month  string
	amount int64
	budget int64
	until  time.Time
}

// reserve holds the worst a task can cost. When it does not fit the error is
// Unavailable, with the code budget_spent, or budget_held when it will fit once
// the calls under way have ended.
func (k *Keeper) reserve(ctx context.Context, org desk.OrgID, task model.Task, worst int64) (hold, error) {
	o, err := k.Ledger.Organisation(ctx, org)
	if err != nil {
		return hold{}, err
	}
	now := k.Now()
	h := hold{org: org, month: Month(now), amount: worst, budget: k.Budget(o), until: now.Add(holdTime).UTC().Truncate(holdSlot).Add(holdSlot)}
	ceiling := h.budget
	if task != model.Triage {
		ceiling = DraftsUntil(ceiling)
	}
	m, err := k.Ledger.HoldBudget(ctx, org, h.month, worst, ceiling, h.until)
	if desk.KindOf(err) == desk.Conflict {
		m, err = k.holdAgain(ctx, h, task, ceiling)
	}
	if err != nil {
		return h, err
	}
	k.watch(ctx, h, m)
	return h, nil
}

// holdAgain gives back what crashes left held and tries once more.
func (k *Keeper) holdAgain(ctx context.Context, h hold, task model.Task, ceiling int64) (desk.AIMonth, error) {
	m, err := k.Ledger.Spending(ctx, h.org, h.month)
	if err != nil {
		return m, err
	}
	if k.reclaim(ctx, h, m) {
		m, err = k.Ledger.HoldBudget(ctx, h.org, h.month, h.amount, ceiling, h.until)
		if desk.KindOf(err) != desk.Conflict {
			return m, err
		}
		if m, err = k.Ledger.Spending(ctx, h.org, h.month); err != nil {
			return m, err
		}
	}
	if settled(m)+h.amount <= ceiling {
		return m, desk.Errorf(desk.Unavailable, "budget_held", "calls under way hold the rest of the month's AI budget")
	}
	if task == model.Triage {
		k.tell(ctx, h, true, "the month's AI budget is spent: rules and templates go on", "budget_stopped")
	}
	return m, desk.Errorf(desk.Unavailable, "budget_spent", "the month's AI budget leaves nothing to %s", task)
}

// settled is what was spent for certain.
func settled(m desk.AIMonth) int64 {
	sum := m.Used
	for _, amount := range m.Held {
		sum -= amount
	}
	return sum
}

// reclaim gives back what is held beyond its time, and reports whether there was
// any.
func (k *Keeper) reclaim(ctx context.Context, h hold, m desk.AIMonth) (found bool) {
	for until, amount := range m.Held {
		if until.After(k.Now()) {
			continue
		}
		if err := k.Ledger.ReclaimBudget(ctx, h.org, h.month, amount, until); err != nil {
			k.Log.WarnContext(ctx, "held budget not given back", "org", h.org, "err", err)
			continue // the next call tries again
		}
		found = found || amount != 0
	}
	return found
}

// watch tidies holds that ended, and tells once when most of a budget is used.
func (k *Keeper) watch(ctx context.Context, h hold, m desk.AIMonth) {
	k.reclaim(ctx, h, m)
	if h.budget > 0 && settled(m) >= h.budget*nearShare/100 && m.Warned != h.budget {
		k.tell(ctx, h, false, "the month's AI budget is nearly used up", "budget_near")
	}
}

func (k *Keeper) tell(ctx context.Context, h hold, stopped bool, what, code string) {
	first, err := k.Ledger.WarnBudget(ctx, h.org, h.month, h.budget, stopped)
	if err != nil {
		k.Log.WarnContext(ctx, "budget warning not noted", "org", h.org, "err", err)
	}
	if first {
		k.Log.WarnContext(ctx, what, "code", code, "org", h.org, "month", h.month, "budget", h.budget)
	}
}

// settleLimit bounds the settling of a call whose caller has gone away.
const settleLimit = 2 * time.Second

// settle replaces a hold by what was spent and counts the call. A failure costs
// nobody their answer: the hold ends by itself.
func (k *Keeper) settle(ctx context.Context, h hold, use desk.AIUse) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleLimit)
	defer cancel()
	if h.amount > 0 {
		m, err := k.Ledger.SettleBudget(ctx, h.org, h.month, h.amount, use.Spent, h.until)
		if err != nil {
			k.Log.WarnContext(ctx, "spending not settled", "org", h.org, "month", h.month, "err", err)
		} else {
			k.watch(ctx, h, m)
		}
	}
	if use.Calls == 0 {
		return
	}
	if err := k.Ledger.AddUse(ctx, h.org, h.month, use); err != nil {
		k.Log.WarnContext(ctx, "use of a model not counted", "org", h.org, "month", h.month, "err", err)
	}
}
