package knowledge

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

var entries = []desk.Entry{
	{ID: "ship", Topic: "How long does shipping take?", Answer: "Orders leave within 1 business day. Delivery takes 3 to 5 days."},
	{ID: "return", Topic: "How do I return an item?", Answer: "Items can be returned within 30 days of delivery."},
	{ID: "canada", Topic: "Do you ship to Canada?", Answer: "Yes, in 5 to 8 days.", Stores: []desk.Store{desk.AmazonCa}},
	{ID: "invoice", Topic: "如何取得發票？", Answer: "請告訴我們公司抬頭與統一編號。"},
	{ID: "warranty", Topic: "รับประกันสินค้ากี่ปี", Answer: "รับประกัน 2 ปี"},
}

func TestSearchFindsTheRightEntryFirst(t *testing.T) {
	x := NewIndex(entries)
	for _, c := range []struct {
		question string
		store    desk.Store
		want     desk.EntryID
	}{
		{"how long until shipping is done", "", "ship"},
		{"I want to RETURN these items", "", "return"},
		{"ship to canada?", "", "canada"},
		{"我需要發票", "", "invoice"},
		{"สินค้ารับประกันไหม", "", "warranty"},
		{"do you ship to Canada", desk.AmazonCom, "ship"}, // the Canadian entry is another store's
		{"ｒｅｔｕｒｎ", "", "return"},                          // full-width
	} {
		hits := x.Search(c.question, c.store, 3)
		if len(hits) == 0 || hits[0].Entry.ID != c.want {
			t.Errorf("%q found %+v, want %s first", c.question, hits, c.want)
		}
	}
	for _, nothing := range []string{"", "the and of", "🙂", "zzzz"} {
		if hits := x.Search(nothing, "", 3); len(hits) != 0 {
			t.Errorf("%q found %+v", nothing, hits)
		}
	}
	if hits := NewIndex(nil).Search("return", "", 3); len(hits) != 0 {
		t.Errorf("an empty base found %+v", hits)
	}
}

// shelf is a State in memory that counts how often it is read whole.
type shelf struct {
	version   int64
	entries   []desk.Entry
	questions map[string]desk.Question
	reads     int
}

func (s *shelf) KnowledgeVersion(context.Context, desk.OrgID) (int64, error) { return s.version, nil }
func (s *shelf) Entries(context.Context, desk.OrgID) ([]desk.Entry, error) {
	s.reads++
	return slices.Clone(s.entries), nil
}
func (s *shelf) PutEntry(ctx context.Context, _ desk.OrgID, e desk.Entry) (desk.Entry, error) {
	stored, errs, _ := s.PutEntries(ctx, "", []desk.Entry{e})
	return stored[0], errs[0]
}
func (s *shelf) PutEntries(_ context.Context, _ desk.OrgID, entries []desk.Entry) ([]desk.Entry, []error, error) {
	s.version++
	stored, errs := slices.Clone(entries), make([]error, len(entries))
	for i := range stored {
		at := slices.IndexFunc(s.entries, func(e desk.Entry) bool { return e.ID == stored[i].ID })
		if at < 0 && stored[i].Version > 0 || at >= 0 && s.entries[at].Version != stored[i].Version {
			errs[i] = desk.Errorf(desk.Conflict, "changed_meanwhile", "changed")
			continue
		}
		stored[i].Version++
		if at < 0 {
			s.entries = append(s.entries, stored[i])
		} else {
			s.entries[at] = stored[i]
		}
	}
	return stored, errs, nil
}
func (s *shelf) DeleteEntry(_ context.Context, _ desk.OrgID, id desk.EntryID) error {
	s.version++
	s.entries = slices.DeleteFunc(s.entries, func(e desk.Entry) bool { return e.ID == id })
	return nil
}

func (s *shelf) Questions(context.Context, desk.OrgID) ([]desk.Question, error) {
	return slices.Collect(maps.Values(s.questions)), nil
}
func (s *shelf) Question(_ context.Context, _ desk.OrgID, id string) (desk.Question, error) {
	return s.questions[id], nil
}
func (s *shelf) PutQuestion(_ context.Context, _ desk.OrgID, q desk.Question) error {
	if s.questions[q.ID].Version != q.Version {
		return desk.Errorf(desk.Conflict, "changed_meanwhile", "changed")
	}
	if s.questions == nil {
		s.questions = map[string]desk.Question{}
	}
	q.Version++
	s.questions[q.ID] = q
	return nil
}
func (s *shelf) DeleteQuestion(_ context.Context, _ desk.OrgID, id string) error {
	delete(s.questions, id)
	return nil
}

func TestTheIndexIsReadAgainOnlyAfterAChange(t *testing.T) {
	s := &shelf{version: 1, entries: entries}
	b := &Base{State: s, Now: func() time.Time { return time.Unix(0, 0) }}
	find := func(q string) []desk.Entry {
		found, err := b.Search(t.Context(), "org", q, "", 3)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	find("return")
	find("return")
	if s.reads != 1 {
		t.Errorf("the base was read %d times for two questions", s.reads)
	}
	stored, err := b.Put(t.Context(), "org", desk.Entry{Topic: " Gift wrapping ", Answer: "We wrap gifts."})
	if err != nil || stored.ID == "" || stored.Topic != "Gift wrapping" {
		t.Fatalf("%+v %v", stored, err)
	}
	if found := find("gift wrapping"); len(found) == 0 || found[0].ID != stored.ID {
		t.Errorf("a new entry was not found: %+v", found)
	}
	if err := b.Delete(t.Context(), "org", stored.ID); err != nil {
		t.Fatal(err)
	}
	if found := find("gift wrapping"); len(found) != 0 {
		t.Errorf("a deleted entry was found: %+v", found)
	}
}

func TestRelevantIsStricterThanSearch(t *testing.T) {
	b := &Base{State: &shelf{version: 1, entries: entries}, Now: time.Now}
	for mail, want := range map[string]int{
		"Hello, how do I return the item I bought?":      1,
		"The lamp arrived broken and I am disappointed.": 0,
	} {
		found, err := b.Relevant(t.Context(), "org", mail, "", 5)
		if err != nil || len(found) != want {
			t.Errorf("%q: %d entries, want %d, %v", mail, len(found), want, err)
		}
	}
}

func TestEntriesThatCannotBeKept(t *testing.T) {
	b := &Base{State: &shelf{}, Now: time.Now}
	for name, e := range map[string]desk.Entry{
		"no topic":     {Answer: "yes"},
		"blank answer": {Topic: "yes", Answer: " \n"},
		"long topic":   {Topic: strings.Repeat("長", maxTopic+1), Answer: "yes"},
		"long answer":  {Topic: "yes", Answer: strings.Repeat("長", maxAnswer+1)},
	} {
		if _, err := b.Put(t.Context(), "org", e); desk.KindOf(err) != desk.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
