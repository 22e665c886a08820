package dynamo

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// What models cost an organisation in a month stands in its partition:
//
//	ai#<month>           used, and held until a time in an attribute of that time
//	ai#<month>#<model>   calls, tokens and cost of each task with that model
//
// Months are kept for good: they are a few hundred bytes.
const (
	spendingSort = "ai#"
	heldName     = "h" // and the seconds at which the hold ends
)

// HoldBudget adds an amount to what is used in a month unless that would be more than
// ceiling; Conflict when it would. The amount is given back by SettleBudget, or by
// ReclaimBudget once its time has passed. A ceiling of 0 is none. An amount held twice
// because an answer was lost on its way is given back in the same manner.
func (t *Table) HoldBudget(ctx context.Context, org desk.OrgID, month string, amount, ceiling int64, until time.Time) (desk.AIMonth, error) {
	values := item{":a": num(amount)}
	condition := ""
	if ceiling > 0 {
		if amount > ceiling {
			return desk.AIMonth{}, failed("holding an amount", errCondition)
		}
		condition = "attribute_not_exists(used) OR used <= :r"
		values[":r"] = num(ceiling - amount)
	}
	it, err := t.update(ctx, orgKey(org), spendingSort+month, "ADD used :a, "+heldAt(until)+" :a", condition, values)
	return readMonth(it), err
}

func heldAt(until time.Time) string { return heldName + strconv.FormatInt(until.Unix(), 10) }

// SettleBudget replaces an amount held by what was spent. Of a hold that was reclaimed
// only what was spent is added.
func (t *Table) SettleBudget(ctx context.Context, org desk.OrgID, month string, held, spent int64, until time.Time) (desk.AIMonth, error) {
	name := heldAt(until)
	it, err := t.update(ctx, orgKey(org), spendingSort+month, "ADD used :d, "+name+" :b", "attribute_exists("+name+")",
		item{":d": num(spent - held), ":b": num(-held)})
	if errors.Is(err, errCondition) {
		it, err = t.update(ctx, orgKey(org), spendingSort+month, "ADD used :s", "", item{":s": num(spent)})
	}
	return readMonth(it), err
}

// ReclaimBudget gives back what is still held although its time has passed: a crash
// left it. It does nothing when somebody else was faster.
func (t *Table) ReclaimBudget(ctx context.Context, org desk.OrgID, month string, amount int64, until time.Time) error {
	name := heldAt(until)
	_, err := t.update(ctx, orgKey(org), spendingSort+month, "ADD used :b REMOVE "+name, name+" = :a", item{":a": num(amount), ":b": num(-amount)})
	if errors.Is(err, errCondition) {
		return nil
	}
	return err
}

// WarnBudget notes that people were told that a budget is nearly used up, or with
// stopped that it is spent; first is true for one caller only.
func (t *Table) WarnBudget(ctx context.Context, org desk.OrgID, month string, budget int64, stopped bool) (first bool, err error) {
	name := "warned"
	if stopped {
		name = "stopped"
	}
	_, err = t.update(ctx, orgKey(org), spendingSort+month, "SET "+name+" = :b", "attribute_not_exists("+name+") OR "+name+" <> :b", item{":b": num(budget)})
	if errors.Is(err, errCondition) {
		return false, nil
	}
	return err == nil, err
}

// AddUse counts what a call cost by its task and model, for people to see.
func (t *Table) AddUse(ctx context.Context, org desk.OrgID, month string, u desk.AIUse) error {
	_, err := t.update(ctx, orgKey(org), spendingSort+month+"#"+u.Model,
		"ADD "+u.Task+"_n :n, "+u.Task+"_i :i, "+u.Task+"_o :o, "+u.Task+"_c :c", "", item{
			":n": num(u.Calls), ":i": num(u.InputTokens), ":o": num(u.OutputTokens), ":c": num(u.Spent),
		})
	return err
}

// Spending reads a month; one in which no model was asked is all zero.
func (t *Table) Spending(ctx context.Context, org desk.OrgID, month string) (desk.AIMonth, error) {
	items, err := t.all(ctx, query{hash: "pk", value: orgKey(org), rangeKey: "sk", prefix: spendingSort + month, consistent: true})
	if err != nil {
		return desk.AIMonth{}, err
	}
	var m desk.AIMonth
	for _, it := range items {
		if model, ok := strings.CutPrefix(getS(it, "sk"), spendingSort+month+"#"); ok {
			m.Uses = append(m.Uses, readUses(it, model)...)
			continue
		}
		uses := m.Uses
		m = readMonth(it)
		m.Uses = uses
	}
	return m, nil
}

func readMonth(it item) desk.AIMonth {
	m := desk.AIMonth{Used: getN(it, "used"), Warned: getN(it, "warned"), Stopped: getN(it, "stopped"), Held: map[time.Time]int64{}}
	for name := range it {
		if seconds, ok := strings.CutPrefix(name, heldName); ok {
			if at, err := strconv.ParseInt(seconds, 10, 64); err == nil {
				m.Held[time.Unix(at, 0).UTC()] = getN(it, name)
			}
		}
	}
	return m
}

// readUses reads the tasks of one model: attributes such as draft_n.
func readUses(it item, model string) []desk.AIUse {
	var uses []desk.AIUse
	for name := range it {
		if task, ok := strings.CutSuffix(name, "_n"); ok {
			uses = append(uses, desk.AIUse{
				Task: task, Model: model, Calls: getN(it, name), InputTokens: getN(it, task+"_i"), OutputTokens: getN(it, task+"_o"), Spent: getN(it, task+"_c"),
			})
		}
	}
	return uses
}
