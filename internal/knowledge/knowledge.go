// Package knowledge is the organisation's own answers: kept, searched, cited.
package knowledge

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strings"
	"sync"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// State is where entries are kept.
type State interface {
	KnowledgeVersion(context.Context, desk.OrgID) (int64, error)
	Entries(context.Context, desk.OrgID) ([]desk.Entry, error)
	PutEntry(context.Context, desk.OrgID, desk.Entry) (desk.Entry, error)
	DeleteEntry(context.Context, desk.OrgID, desk.EntryID) error
}

// Limits of one organisation and one entry.
const (
	maxEntries = 5000
	maxTopic   = 300  // characters
	maxAnswer  = 8000 // characters
)

// Base is the knowledge of all organisations. It keeps an index per
// organisation as long as the stored version has not changed.
type Base struct {
	State State
	Now   desk.Clock

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

// All lists every entry, by category and topic as they were stored.
func (b *Base) All(ctx context.Context, org desk.OrgID) ([]desk.Entry, error) {
	index, err := b.index(ctx, org)
	if err != nil {
		return nil, err
	}
	return index.entries, nil
}

// Search finds at most k entries for a question, best first.
func (b *Base) Search(ctx context.Context, org desk.OrgID, question string, store desk.Store, k int) ([]desk.Entry, error) {
	index, err := b.index(ctx, org)
	if err != nil {
		return nil, err
	}
	hits := index.Search(question, store, k)
	entries := make([]desk.Entry, len(hits))
	for i, h := range hits {
		entries[i] = h.Entry
	}
	return entries, nil
}

// answers is the share of a question's terms that an entry must know before it
// counts as an answer: a shared everyday word is none.
const answers = 0.34

// Relevant finds at most k entries that are likely to answer a mail.
func (b *Base) Relevant(ctx context.Context, org desk.OrgID, mail string, store desk.Store, k int) ([]desk.Entry, error) {
	index, err := b.index(ctx, org)
	if err != nil {
		return nil, err
	}
	asked := unique(Terms(mail))
	var entries []desk.Entry
	for _, h := range index.Search(mail, store, k) {
		topic := unique(Terms(h.Entry.Topic))
		if shared(topic, asked) >= max(1, answers*float64(len(topic))) {
			entries = append(entries, h.Entry)
		}
	}
	return entries, nil
}

func shared(a, b []string) float64 {
	in := map[string]bool{}
	for _, t := range b {
		in[t] = true
	}
	n := 0.0
	for _, t := range a {
		if in[t] {
			n++
		}
	}
	return n
}

// Put stores a new entry (no id) or a changed one; Conflict with the code
// "changed_meanwhile" when its version is not the stored one.
func (b *Base) Put(ctx context.Context, org desk.OrgID, e desk.Entry) (desk.Entry, error) {
	e.Topic, e.Answer, e.Category = strings.TrimSpace(e.Topic), strings.TrimSpace(e.Answer), strings.Trim(strings.TrimSpace(e.Category), "/")
	switch {
	case e.Topic == "" || e.Answer == "":
		return e, desk.Errorf(desk.Invalid, "entry_incomplete", "an entry needs a topic and an answer")
	case len([]rune(e.Topic)) > maxTopic || len([]rune(e.Answer)) > maxAnswer:
		return e, desk.Errorf(desk.Invalid, "entry_too_long", "a topic has at most %d characters, an answer %d", maxTopic, maxAnswer)
	}
	if e.ID == "" {
		all, err := b.All(ctx, org)
		if err != nil {
			return e, err
		}
		if len(all) >= maxEntries {
			return e, desk.Errorf(desk.Invalid, "too_many_entries", "a knowledge base has at most %d entries", maxEntries)
		}
		id := make([]byte, 6)
		_, _ = rand.Read(id) // never fails
		e.ID = desk.EntryID(hex.EncodeToString(id))
	}
	e.UpdatedAt = b.Now().UTC()
	return b.State.PutEntry(ctx, org, e)
}

// Delete removes an entry.
func (b *Base) Delete(ctx context.Context, org desk.OrgID, id desk.EntryID) error {
	return b.State.DeleteEntry(ctx, org, id)
}
