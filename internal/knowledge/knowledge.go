// Package knowledge is the organisation's own answers: kept, searched, cited.
package knowledge

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"
	"sync"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// State is where entries and open questions are kept.
type State interface {
	KnowledgeVersion(context.Context, desk.OrgID) (int64, error)
	Entries(context.Context, desk.OrgID) ([]desk.Entry, error)
	PutEntry(context.Context, desk.OrgID, desk.Entry) (desk.Entry, error)
	// PutEntries stores entries as PutEntry does, with one change of the version
	// for all, and gives the error of each by its place.
	PutEntries(context.Context, desk.OrgID, []desk.Entry) ([]desk.Entry, []error, error)
	DeleteEntry(context.Context, desk.OrgID, desk.EntryID) error

	Questions(context.Context, desk.OrgID) ([]desk.Question, error)
	Question(context.Context, desk.OrgID, string) (desk.Question, error)
	PutQuestion(context.Context, desk.OrgID, desk.Question) error
	DeleteQuestion(context.Context, desk.OrgID, string) error
}

// Limits of one organisation and one entry.
const (
	maxEntries  = 5000
	maxTopic    = 300  // characters
	maxAnswer   = 8000 // characters
	maxCategory = 120  // characters
	maxTerms    = 50
)

// Base is the knowledge of all organisations. It keeps an index per
// organisation as long as the stored version has not changed.
type Base struct {
	State State
	// Vectors finds entries by meaning; nil when there is no model for it.
	Vectors *Vectors
	Now     desk.Clock

	mu      sync.Mutex
	indexes map[desk.OrgID]versioned
}

type versioned struct {
	version int64
	index   *Index
}

// keptIndexes bounds the organisations whose index a warm process keeps.
const keptIndexes = 50

func (b *Base) index(ctx context.Context, org desk.OrgID) (*Index, error) {
	version, err := b.State.KnowledgeVersion(ctx, org)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	known, ok := b.indexes[org]
	b.mu.Unlock()
	if ok && known.version == version {
		return known.index, nil
	}
	entries, err := b.State.Entries(ctx, org)
	if err != nil {
		return nil, err
	}
	index := NewIndex(entries)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.indexes == nil || len(b.indexes) >= keptIndexes {
		b.indexes = map[desk.OrgID]versioned{}
	}
	b.indexes[org] = versioned{version, index}
	return index, nil
}

// All lists every entry, by category and topic.
func (b *Base) All(ctx context.Context, org desk.OrgID) ([]desk.Entry, error) {
	index, err := b.index(ctx, org)
	if err != nil {
		return nil, err
	}
	return index.entries, nil
}

// pageBytes bounds a page of entries: an answer of a function has at most 6 MB.
const pageBytes = 2 << 20

// Page lists the entries from a place on, as many as one answer carries, and the
// place of the next page, 0 behind the last.
func (b *Base) Page(ctx context.Context, org desk.OrgID, from int) ([]desk.Entry, int, error) {
	all, err := b.All(ctx, org)
	if err != nil {
		return nil, 0, err
	}
	from = min(max(from, 0), len(all))
	size := 0
	for i, e := range all[from:] {
		if size += len(e.Topic) + len(e.Answer) + len(e.Category) + 300; size > pageBytes {
			return all[from : from+i], from + i, nil
		}
	}
	return all[from:], 0, nil
}

// Search finds at most k entries for a question by its words, best first.
func (b *Base) Search(ctx context.Context, org desk.OrgID, question string, store desk.Store, k int) ([]desk.Entry, error) {
	index, err := b.index(ctx, org)
	if err != nil {
		return nil, err
	}
	return entriesOf(index.Search(question, store, k)), nil
}

func entriesOf(hits []Hit) []desk.Entry {
	entries := make([]desk.Entry, len(hits))
	for i, h := range hits {
		entries[i] = h.Entry
	}
	return entries
}

// wholeTokens is the size up to which a model is shown the whole base. With fences
// and instructions that is a prompt of about 8,000 tokens, and the most with which
// 1,000 mails stay below $1.40 even when each has to write the prompt cache anew.
const wholeTokens = 6800

// Whole is every entry that holds for the store, in an order that changes only
// where an entry does, if all of them fit a prompt; else none.
func (b *Base) Whole(ctx context.Context, org desk.OrgID, store desk.Store) ([]desk.Entry, error) {
	index, err := b.index(ctx, org)
	if err != nil || index.tokens > wholeTokens {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(index.entries), func(e desk.Entry) bool { return !holds(e, store) }), nil
}

// candidates is how many hits of each kind are fused.
const candidates = 30

// Relevant finds at most k entries that are likely to answer a mail: by its
// words and, where a model is at hand, by its meaning. It never fails for want
// of the model.
func (b *Base) Relevant(ctx context.Context, org desk.OrgID, mail string, store desk.Store, k int) ([]desk.Entry, error) {
	index, err := b.index(ctx, org)
	if err != nil {
		return nil, err
	}
	asked := map[string]bool{}
	for _, t := range Terms(mail) {
		asked[t] = true
	}
	words := slices.DeleteFunc(index.Search(mail, store, candidates), func(h Hit) bool { return !index.answered(h, asked) })
	if b.Vectors == nil || len(index.entries) == 0 {
		return entriesOf(words[:min(k, len(words))]), nil
	}
	near := b.Vectors.near(ctx, org, index, mail, store, candidates)
	return entriesOf(fuse(k, words, near)), nil
}

// rankDamping is reciprocal rank fusion's usual constant.
const rankDamping = 60

// fuse joins lists of hits by reciprocal rank.
func fuse(k int, lists ...[]Hit) []Hit {
	scores, seen := map[desk.EntryID]float64{}, map[desk.EntryID]Hit{}
	for _, hits := range lists {
		for rank, h := range hits {
			scores[h.Entry.ID] += 1 / float64(rankDamping+rank+1)
			seen[h.Entry.ID] = h
		}
	}
	fused := make([]Hit, 0, len(seen))
	for id, h := range seen {
		h.Score = scores[id]
		fused = append(fused, h)
	}
	return best(fused, k)
}

// Put stores a new entry (no id) or a changed one; Conflict with the code
// "changed_meanwhile" when its version is not the stored one.
func (b *Base) Put(ctx context.Context, org desk.OrgID, e desk.Entry) (desk.Entry, error) {
	e = tidy(e)
	if err := check(e); err != nil {
		return e, err
	}
	if e.ID == "" {
		all, err := b.All(ctx, org)
		if err != nil {
			return e, err
		}
		if len(all) >= maxEntries {
			return e, tooMany()
		}
		e.ID = randomID()
	}
	e.UpdatedAt = b.Now().UTC()
	return b.State.PutEntry(ctx, org, e)
}

func tooMany() error {
	return desk.Errorf(desk.Invalid, "too_many_entries", "a knowledge base has at most %d entries", maxEntries)
}

func randomID() desk.EntryID {
	id := make([]byte, 6)
	_, _ = rand.Read(id) // never fails
	return desk.EntryID(hex.EncodeToString(id))
}

// tidy takes white space off the edges, and empty levels out of the category.
func tidy(e desk.Entry) desk.Entry {
	e.Topic, e.Answer, e.Category = strings.TrimSpace(e.Topic), strings.TrimSpace(e.Answer), tidyCategory(e.Category)
	e.Protected = slices.DeleteFunc(slices.Clone(e.Protected), func(term string) bool { return strings.TrimSpace(term) == "" })
	return e
}

func tidyCategory(path string) string {
	var levels []string
	for level := range strings.SplitSeq(path, "/") {
		if level = strings.TrimSpace(level); level != "" {
			levels = append(levels, level)
		}
	}
	return strings.Join(levels, "/")
}

func check(e desk.Entry) error {
	switch {
	case e.Topic == "" || e.Answer == "":
		return desk.Errorf(desk.Invalid, "entry_incomplete", "an entry needs a topic and an answer")
	case len([]rune(e.Topic)) > maxTopic || len([]rune(e.Answer)) > maxAnswer:
		return desk.Errorf(desk.Invalid, "entry_too_long", "a topic has at most %d characters, an answer %d", maxTopic, maxAnswer)
	case len([]rune(e.Category)) > maxCategory:
		return desk.Errorf(desk.Invalid, "category_too_long", "a category has at most %d characters", maxCategory)
	case len(e.Protected) > maxTerms:
		return desk.Errorf(desk.Invalid, "too_many_terms", "an entry has at most %d protected terms", maxTerms)
	case e.Language != "" && !slices.Contains(desk.Languages, e.Language):
		return desk.Errorf(desk.Invalid, "language_unknown", "there is no such language")
	}
	for _, s := range e.Stores {
		if !slices.ContainsFunc(desk.Stores, func(i desk.StoreInfo) bool { return i.Store == s }) {
			return desk.Errorf(desk.Invalid, "store_unknown", "there is no such store")
		}
	}
	return nil
}

// Delete removes an entry.
func (b *Base) Delete(ctx context.Context, org desk.OrgID, id desk.EntryID) error {
	return b.State.DeleteEntry(ctx, org, id)
}
