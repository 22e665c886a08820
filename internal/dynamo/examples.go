package dynamo

import (
	"context"
	"errors"
	"slices"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// The newest corrections by hand of an organisation are one item in its
// partition: sorting reads all of them, for half a unit.
const examplesSort = "examples"

// examplesKept is how many are kept.
const examplesKept = 20

// Examples reads an organisation's corrections, the newest first.
func (t *Table) Examples(ctx context.Context, org desk.OrgID) ([]desk.Example, error) {
	all, _, err := t.examples(ctx, org, false)
	return all, err
}

func (t *Table) examples(ctx context.Context, org desk.OrgID, consistent bool) (all []desk.Example, version int64, err error) {
	it, err := t.get(ctx, orgKey(org), examplesSort, consistent)
	if err != nil || it == nil {
		return nil, 0, err
	}
	err = unpack(getB(it, "z"), &all)
	return all, getN(it, "v"), err
}

// AddExample keeps a correction; one of the same conversation gives way to it,
// and so do the oldest over the limit.
func (t *Table) AddExample(ctx context.Context, org desk.OrgID, e desk.Example) error {
	return t.changeExamples(ctx, org, func(all []desk.Example) []desk.Example {
		all = slices.DeleteFunc(all, func(old desk.Example) bool { return old.Conversation == e.Conversation })
		all = slices.Insert(all, 0, e)
		return all[:min(len(all), examplesKept)]
	})
}

// DropExamples deletes the corrections that gone picks: those of a conversation
// or a mailbox that is deleted.
func (t *Table) DropExamples(ctx context.Context, org desk.OrgID, gone func(desk.Example) bool) error {
	return t.changeExamples(ctx, org, func(all []desk.Example) []desk.Example { return slices.DeleteFunc(all, gone) })
}

// changeExamples writes the list back when change makes it another one.
func (t *Table) changeExamples(ctx context.Context, org desk.OrgID, change func([]desk.Example) []desk.Example) error {
	for try := 1; ; try++ {
		before, version, err := t.examples(ctx, org, true)
		if err != nil {
			return err
		}
		after := change(slices.Clone(before))
		if len(after) == len(before) && (len(after) == 0 || after[0].At.Equal(before[0].At)) {
			return nil
		}
		packed, err := pack(after)
		if err != nil {
			return err
		}
		it := key(orgKey(org), examplesSort)
		it["z"], it["v"] = raw(packed), num(version+1)
		err = t.put(ctx, it, "attribute_not_exists(v) OR v = :v", item{":v": num(version)})
		if !errors.Is(err, errCondition) || try == changeTries {
			return err
		}
	}
}
