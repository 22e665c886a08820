package api

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/quilldesk/quilldesk/internal/budget"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// deskLanguages are what agents can read.
var deskLanguages = []desk.Language{"en", "zh-Hant", "zh-Hans"}

func deskLanguage(o desk.Organisation) DeskLanguage {
	if slices.Contains(deskLanguages, o.Language) {
		return DeskLanguage(o.Language)
	}
	return En
}

// storeFacts are the facts of each store, in the order the page shows stores.
func storeFacts(o desk.Organisation) []StoreFacts {
	all := []StoreFacts{}
	for _, s := range desk.Stores {
		if facts := o.Facts[s.Store]; facts != "" {
			all = append(all, StoreFacts{Store: string(s.Store), Facts: facts})
		}
	}
	return all
}

// Lengths of what an organisation tells the model, in characters.
const (
	maxTone  = 300
	maxFacts = 1000
)

// assistance changes what an organisation tells whoever helps with words.
func assistance(o *desk.Organisation, in *ChangeOrganisationJSONRequestBody) error {
	if in.Language != nil {
		if o.Language = desk.Language(*in.Language); !slices.Contains(deskLanguages, o.Language) {
			return desk.Errorf(desk.Invalid, "language_unknown", "there is no such language")
		}
	}
	if in.KnowledgeLanguage != nil {
		if o.KnowledgeLanguage = desk.Language(*in.KnowledgeLanguage); !inOrEmpty(desk.Languages, o.KnowledgeLanguage) {
			return desk.Errorf(desk.Invalid, "language_unknown", "there is no such language")
		}
	}
	if in.Tone != nil {
		if o.Tone = strings.TrimSpace(*in.Tone); utf8.RuneCountInString(o.Tone) > maxTone {
			return desk.Errorf(desk.Invalid, "tone_long", "the tone is longer than %d characters", maxTone)
		}
	}
	if in.StoreFacts == nil {
		return nil
	}
	o.Facts = map[desk.Store]string{}
	for _, f := range *in.StoreFacts {
		facts := strings.TrimSpace(f.Facts)
		if _, ok := desk.Store(f.Store).Info(); !ok || utf8.RuneCountInString(facts) > maxFacts {
			return desk.Errorf(desk.Invalid, "facts_long", "there is no such store, or its facts are longer than %d characters", maxFacts)
		}
		if facts != "" {
			o.Facts[desk.Store(f.Store)] = facts
		}
	}
	return nil
}

// GetSpending tells what the models cost in a month, this one unless another is
// named.
func (s *Server) GetSpending(ctx context.Context, r GetSpendingRequestObject) (GetSpendingResponseObject, error) {
	caller, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	o, err := s.Table.Organisation(ctx, caller.Org)
	if err != nil {
		return nil, err
	}
	month := value(r.Params.Month)
	if month == "" {
		month = budget.Month(s.Now())
	} else if _, err := time.Parse("2006-01", month); err != nil {
		return nil, desk.Errorf(desk.Invalid, "request_invalid", "a month is written as 2026-11")
	}
	out, err := s.spending(ctx, o, month)
	return GetSpending200JSONResponse(out), err
}

// SetBudget sets the organisation's own limit, or lifts it.
func (s *Server) SetBudget(ctx context.Context, r SetBudgetRequestObject) (SetBudgetResponseObject, error) {
	caller, err := s.manager(ctx)
	if err != nil {
		return nil, err
	}
	if caller.Member.Role != desk.Owner {
		return nil, desk.Errorf(desk.Denied, "not_owner", "only the owner can set the budget")
	}
	own := value(r.Body.MonthlyMicroDollars)
	if r.Body.MonthlyMicroDollars != nil && own < leastBudget {
		return nil, desk.Errorf(desk.Invalid, "budget_small", "a budget is at least one cent")
	}
	if limit := s.Budget.Installed; limit > 0 && own > limit {
		return nil, desk.Errorf(desk.Invalid, "budget_large", "the budget is more than this installation allows")
	}
	o, err := s.Table.Organisation(ctx, caller.Org)
	if err != nil {
		return nil, err
	}
	o.MonthlyBudget = own
	if err := s.Table.ChangeOrganisation(ctx, o); err != nil {
		return nil, err
	}
	out, err := s.spending(ctx, o, budget.Month(s.Now()))
	return SetBudget200JSONResponse(out), err
}

// leastBudget is a cent.
const leastBudget = 10_000

func (s *Server) spending(ctx context.Context, o desk.Organisation, month string) (Spending, error) {
	m, err := s.Table.Spending(ctx, o.ID, month)
	if err != nil {
		return Spending{}, err
	}
	limit := s.Budget.Budget(o)
	slices.SortFunc(m.Uses, func(a, b desk.AIUse) int {
		return cmp.Or(cmp.Compare(b.Spent, a.Spent), cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Task+a.Model, b.Task+b.Model))
	})
	return Spending{
		Month: month, Spent: m.Used, Budget: ptr(limit), Own: ptr(o.MonthlyBudget), Installed: ptr(s.Budget.Installed),
		DraftsUntil: ptr(budget.DraftsUntil(limit)), State: SpendingState(budget.StateOf(m, limit)),
		Tasks: list(m.Uses, func(u desk.AIUse) TaskSpending {
			return TaskSpending{
				Task: TaskSpendingTask(u.Task), Model: u.Model, Calls: u.Calls, InputTokens: u.InputTokens, OutputTokens: u.OutputTokens, MicroDollars: u.Spent,
			}
		}),
	}, nil
}
