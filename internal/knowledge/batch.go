package knowledge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// MaxBatch is how many entries one batch stores at most.
const MaxBatch = 100

// Outcome says what became of an entry of a batch.
type Outcome string

// Outcomes of a batch.
const (
	Added   Outcome = "added"
	Changed Outcome = "changed"
	Same    Outcome = "same"
	Failed  Outcome = "failed"
)

// Result is the outcome of one entry of a batch.
type Result struct {
	Outcome Outcome
	Entry   desk.Entry
	Err     error // of Failed
}

// place is what makes two entries of an import the same one.
type place struct{ category, topic, language string }

func placeOf(e desk.Entry) place {
	return place{fold(e.Category), fold(e.Topic), string(e.Language)}
}

// PutBatch stores up to MaxBatch entries and gives the outcome of each by its
// place. An entry with the category, topic and language of a stored one changes
// that one, so that a batch can be sent again without doubling anything.
func (b *Base) PutBatch(ctx context.Context, org desk.OrgID, entries []desk.Entry) ([]Result, error) {
	if len(entries) > MaxBatch {
		return nil, desk.Errorf(desk.Invalid, "batch_too_large", "a batch has at most %d entries", MaxBatch)
	}
	all, err := b.All(ctx, org)
	if err != nil {
		return nil, err
	}
	stored := make(map[place]desk.Entry, len(all))
	for _, e := range all {
		stored[placeOf(e)] = e
	}
	results := make([]Result, len(entries))
	room := maxEntries - len(all)
	var writes []desk.Entry
	var at []int
	seen := map[place]bool{}
	for i, e := range entries {
		results[i] = b.plan(e, stored, seen, room)
		switch results[i].Outcome {
		case Added:
			room--
			fallthrough
		case Changed:
			writes, at = append(writes, results[i].Entry), append(at, i)
		}
	}
	written, errs, err := b.State.PutEntries(ctx, org, writes)
	if err != nil {
		return nil, err
	}
	for j, i := range at {
		if results[i].Entry = written[j]; errs[j] != nil {
			results[i].Outcome, results[i].Err = Failed, errs[j]
		}
	}
	return results, nil
}

// plan says what is to be done with one entry of a batch.
func (b *Base) plan(e desk.Entry, stored map[place]desk.Entry, seen map[place]bool, room int) Result {
	e = tidy(e)
	if err := check(e); err != nil {
		return Result{Failed, e, err}
	}
	here := placeOf(e)
	if seen[here] {
		return Result{Failed, e, desk.Errorf(desk.Invalid, "entry_twice", "the same category, topic and language stand in the batch twice")}
	}
	seen[here] = true
	e.UpdatedAt = b.Now().UTC()
	was, known := stored[here]
	switch {
	case !known && room <= 0:
		return Result{Failed, e, tooMany()}
	case !known:
		e.ID, e.Version = importedID(here), 0
		return Result{Added, e, nil}
	case sameText(was, e):
		return Result{Same, was, nil}
	}
	e.ID, e.Version = was.ID, was.Version
	return Result{Changed, e, nil}
}

// importedID is the id of an imported entry: two imports at once make one entry.
func importedID(p place) desk.EntryID {
	sum := sha256.Sum256([]byte(p.category + "\x00" + p.topic + "\x00" + p.language))
	return desk.EntryID("i" + hex.EncodeToString(sum[:8]))
}

func sameText(a, b desk.Entry) bool {
	return a.Topic == b.Topic && a.Answer == b.Answer && a.Category == b.Category && a.Language == b.Language &&
		slices.Equal(a.Protected, b.Protected) && slices.Equal(a.Stores, b.Stores)
}

// moveSlice is how many entries one call of MoveCategory changes.
const moveSlice = 200

// MoveCategory puts the entries of a category and of all below it under another
// name, a slice at a time: left is how many are still to be moved. An empty
// target takes the category away.
func (b *Base) MoveCategory(ctx context.Context, org desk.OrgID, from, to, by string) (moved, left int, err error) {
	from, to = tidyCategory(from), tidyCategory(to)
	if from == "" {
		return 0, 0, desk.Errorf(desk.Invalid, "category_missing", "which category is to be moved?")
	}
	all, err := b.All(ctx, org)
	if err != nil {
		return 0, 0, err
	}
	if to == from || within(to, from) {
		return 0, 0, desk.Errorf(desk.Invalid, "category_into_itself", "a category cannot be moved into itself")
	}
	var writes []desk.Entry
	for _, e := range all {
		if e.Category != from && !within(e.Category, from) {
			continue
		}
		e.Category, e.UpdatedBy, e.UpdatedAt = tidyCategory(to+strings.TrimPrefix(e.Category, from)), by, b.Now().UTC()
		if err := check(e); err != nil {
			return 0, 0, err
		}
		writes = append(writes, e)
	}
	slice := writes[:min(moveSlice, len(writes))]
	_, errs, err := b.State.PutEntries(ctx, org, slice)
	if err != nil {
		return 0, 0, err
	}
	for _, failed := range errs {
		if failed != nil && desk.KindOf(failed) != desk.Conflict { // somebody edits it: it is still to be moved
			return 0, 0, failed
		}
		if failed == nil {
			moved++
		}
	}
	return moved, len(writes) - moved, nil
}

func within(category, parent string) bool { return strings.HasPrefix(category, parent+"/") }
