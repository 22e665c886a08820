package budget

import (
	"context"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/model"
)

// Backend asks another backend within the budget of who asks.
type Backend struct {
	Next   model.Backend
	Keeper *Keeper
}

var _ model.Backend = Backend{}

// Worst implements model.Backend.
func (b Backend) Worst(q model.Question) int64 { return b.Next.Worst(q) }

// Ask implements model.Backend; Unavailable with the code budget_spent when the
// question might cost more than is left. What a model that costs nothing does is
// only counted.
func (b Backend) Ask(ctx context.Context, q model.Question) (model.Answer, error) {
	h := hold{org: q.Org, month: Month(b.Keeper.Now())}
	if worst := b.Next.Worst(q); worst > 0 {
		var err error
		if h, err = b.Keeper.reserve(ctx, q.Org, q.Task, worst); err != nil {
			return model.Answer{}, err
		}
	}
	answer, err := b.Next.Ask(ctx, q)
	if err != nil {
		b.Keeper.settle(ctx, h, desk.AIUse{Spent: mayHaveCost(err, h.amount)})
		return answer, err
	}
	b.Keeper.settle(ctx, h, desk.AIUse{
		Task: string(q.Task), Model: answer.Model, Calls: 1, OutputTokens: int64(answer.OutputTokens), Spent: answer.MicroDollars,
		InputTokens: int64(answer.InputTokens + answer.CacheReadTokens + answer.CacheWriteTokens),
	})
	return answer, nil
}

// mayHaveCost is what a failed call may be billed: all of it when the model had
// begun to answer, nothing when it was refused or not reached.
func mayHaveCost(err error, worst int64) int64 {
	switch desk.CodeOf(err) {
	case "model_broke_off", "model_slow":
		return worst
	}
	return 0
}
