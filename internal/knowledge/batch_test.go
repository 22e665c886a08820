package knowledge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func newBase(entries ...desk.Entry) (*Base, *shelf) {
	s := &shelf{version: 1, entries: entries}
	return &Base{State: s, Now: func() time.Time { return noon }}, s
}

func outcomes(results []Result) (out []Outcome) {
	for _, r := range results {
		out = append(out, r.Outcome)
	}
	return out
}

func TestABatchSentAgainDoublesNothing(t *testing.T) {
	b, s := newBase(desk.Entry{ID: "old", Category: "Shipping", Topic: "How long?", Answer: "3 days", Language: "en-US", Version: 4})
	batch := []desk.Entry{
		{Category: " Shipping / Canada ", Topic: "Do you ship to Canada?", Answer: "Yes"},
		{Category: "shipping", Topic: "how long", Answer: "5 days", Language: "en-US"},
		{Topic: "No answer"},
		{Category: "Shipping/Canada", Topic: "Do you ship to Canada?", Answer: "No"},
		{Topic: "Where?", Answer: "Here", Stores: []desk.Store{"moon"}},
	}
	results, err := b.PutBatch(t.Context(), "org", batch)
	if want := []Outcome{Added, Changed, Failed, Failed, Failed}; err != nil || !slices.Equal(outcomes(results), want) {
		t.Fatalf("%v %v", outcomes(results), err)
	}
	for i, code := range map[int]string{2: "entry_incomplete", 3: "entry_twice", 4: "store_unknown"} {
		if got := desk.CodeOf(results[i].Err); got != code {
			t.Errorf("entry %d: %s, want %s", i, got, code)
		}
	}
	again, err := b.PutBatch(t.Context(), "org", batch[:2])
	if err != nil || !slices.Equal(outcomes(again), []Outcome{Same, Same}) || len(s.entries) != 2 {
		t.Errorf("%v, %d entries, %v", outcomes(again), len(s.entries), err)
	}
	if s.entries[0].ID != "old" || s.entries[0].Answer != "5 days" || s.entries[1].Category != "Shipping/Canada" {
		t.Errorf("%+v", s.entries)
	}
	if _, err := b.PutBatch(t.Context(), "org", make([]desk.Entry, MaxBatch+1)); desk.CodeOf(err) != "batch_too_large" {
		t.Error(err)
	}
}

func TestACategoryMovesWithAllBelowIt(t *testing.T) {
	var entries []desk.Entry
	for i := range moveSlice + 5 {
		entries = append(entries, desk.Entry{ID: desk.EntryID(fmt.Sprint("e", i)), Category: "Shipping/US", Topic: fmt.Sprint(i), Answer: "a", Version: 1})
	}
	entries = append(entries, desk.Entry{ID: "x", Category: "Shippings", Topic: "t", Answer: "a", Version: 1})
	b, s := newBase(entries...)
	moved, left, err := b.MoveCategory(t.Context(), "org", "Shipping", "Delivery", "kim@example.com")
	if err != nil || moved != moveSlice || left != 5 {
		t.Fatalf("%d %d %v", moved, left, err)
	}
	if moved, left, err = b.MoveCategory(t.Context(), "org", "Shipping", "Delivery", "kim@example.com"); err != nil || moved != 5 || left != 0 {
		t.Fatalf("%d %d %v", moved, left, err)
	}
	for _, e := range s.entries {
		if e.Category != "Delivery/US" && e.ID != "x" || e.ID == "x" && e.Category != "Shippings" {
			t.Errorf("%s is in %q", e.ID, e.Category)
		}
	}
	if _, _, err := b.MoveCategory(t.Context(), "org", "Delivery", "Delivery/Old", ""); desk.CodeOf(err) != "category_into_itself" {
		t.Error(err)
	}
}

func TestAlikeQuestionsCountAsOne(t *testing.T) {
	b, _ := newBase()
	ask := func(box desk.MailboxID, c, text string) {
		t.Helper()
		if err := b.Unanswered(t.Context(), "org", desk.Question{Text: text, Mailbox: box, Conversation: desk.ConversationID(c)}); err != nil {
			t.Fatal(err)
		}
	}
	ask("a", "c1", "Is the lamp suitable for a damp bathroom? Order 114-5550123-7770456, dana@example.com")
	ask("a", "c1", "Is the lamp suitable for a damp bathroom?")
	ask("a", "c2", "is this LAMP suitable for damp bathrooms")
	ask("a", "c3", "Does the tent have a carrying bag?")
	ask("b", "c4", "Is the lamp suitable for a damp bathroom?")
	ask("a", "c5", "  \n 🙂")
	all, err := b.Questions(t.Context(), "org", []desk.MailboxID{"a"})
	if err != nil || len(all) != 2 || all[0].Count != 2 || all[0].Conversation != "c2" || all[1].Count != 1 {
		t.Fatalf("%+v %v", all, err)
	}
	if strings.ContainsAny(all[0].Text, "@0123456789") {
		t.Errorf("%q says who asked", all[0].Text)
	}
	if err := b.Dismiss(t.Context(), "org", all[0].ID, []desk.MailboxID{"b"}); desk.KindOf(err) != desk.NotFound {
		t.Errorf("a closed mailbox's question was dismissed: %v", err)
	}
	if err := b.Dismiss(t.Context(), "org", all[0].ID, []desk.MailboxID{"a"}); err != nil {
		t.Fatal(err)
	}
	if all, _ = b.Questions(t.Context(), "org", []desk.MailboxID{"a"}); len(all) != 1 {
		t.Errorf("%d questions are left", len(all))
	}
}

func TestOpenQuestionsStayWithinTheirSlots(t *testing.T) {
	b, s := newBase()
	for i := range 3000 {
		text := fmt.Sprintf("word%d thing%d other%d matter%d", i, i*7, i*13, i*29)
		if err := b.Unanswered(t.Context(), "org", desk.Question{Text: text, Mailbox: "a", Conversation: desk.ConversationID(fmt.Sprint(i))}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.questions); n > questionSlots || n < questionSlots*9/10 {
		t.Errorf("%d questions are kept, want up to %d", n, questionSlots)
	}
}

// sense embeds a text by which of a few words it has.
type sense struct {
	calls int
	fail  error
}

var senses = []string{"bath", "damp", "tent", "rain", "gift"}

func (s *sense) Name() string { return "sense" }
func (s *sense) Entries(_ context.Context, _ desk.OrgID, texts []string) ([][]float32, error) {
	s.calls++
	var out [][]float32
	for _, text := range texts {
		v := make([]float32, len(senses))
		for i, word := range senses {
			if strings.Contains(strings.ToLower(text), word) {
				v[i] = 1
			}
		}
		if strings.Contains(text, "wet room") {
			v[0] = 1
		}
		out = append(out, v)
	}
	return out, s.fail
}
func (s *sense) Question(ctx context.Context, org desk.OrgID, text string) ([]float32, error) {
	v, err := s.Entries(ctx, org, []string{text})
	return v[0], err
}

type bucket map[string][]byte

func (b bucket) Keys(_ context.Context, prefix string) (keys []string, err error) {
	for key := range b {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}
func (b bucket) Get(_ context.Context, key string) ([]byte, error) {
	if data, ok := b[key]; ok {
		return data, nil
	}
	return nil, desk.Errorf(desk.NotFound, "original_gone", "gone")
}
func (b bucket) Put(_ context.Context, key string, data []byte) error { b[key] = data; return nil }

func TestMeaningFindsWhatWordsMiss(t *testing.T) {
	b, s := newBase(
		desk.Entry{ID: "bath", Topic: "Use in a bath", Answer: "Yes.", Version: 1},
		desk.Entry{ID: "tent", Topic: "Is the tent tight in rain?", Answer: "Yes.", Version: 1},
	)
	model, objects := &sense{}, bucket{}
	log := slog.New(slog.DiscardHandler)
	b.Vectors = &Vectors{Embedder: model, Objects: objects, Log: log}
	find := func(q string) []desk.EntryID {
		found, err := b.Relevant(t.Context(), "org", q, "", 3)
		if err != nil {
			t.Fatal(err)
		}
		var ids []desk.EntryID
		for _, e := range found {
			ids = append(ids, e.ID)
		}
		return ids
	}
	if got := find("may I hang it in a wet room?"); !slices.Equal(got, []desk.EntryID{"bath"}) {
		t.Errorf("found %v", got)
	}
	find("wet room")
	if model.calls != 3 || len(objects) != 1 {
		t.Errorf("%d calls, %d objects: entries are embedded once, each question once", model.calls, len(objects))
	}
	// Another process reads the snapshot instead of asking the model again.
	b.Vectors = &Vectors{Embedder: model, Objects: objects, Log: log}
	find("wet room")
	if model.calls != 4 {
		t.Errorf("the stored vectors were made again: %d calls", model.calls)
	}
	s.entries[0].Topic, s.entries[0].Version = "Use outdoors", 2
	s.version++
	if got := find("wet room"); len(got) != 0 {
		t.Errorf("a changed entry was found by its old vector: %v", got)
	}
	model.fail = errors.New("throttled")
	if got := find("tent in the rain"); !slices.Equal(got, []desk.EntryID{"tent"}) {
		t.Errorf("without the model: %v", got)
	}
}

func TestABrokenSnapshotCountsAsNone(t *testing.T) {
	whole := snapshot{map[desk.EntryID]vector{"a": quantised([]float32{0.5, -1}, 3)}}.bytes("m")
	if got := readSnapshot(whole, "m"); len(got.vectors) != 1 || got.vectors["a"].version != 3 {
		t.Errorf("%+v", got)
	}
	for name, data := range map[string][]byte{"none": nil, "other form": []byte("vectors 9\n"), "cut": whole[:len(whole)-1]} {
		if got := readSnapshot(data, "m"); len(got.vectors) != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := readSnapshot(whole, "other"); len(got.vectors) != 0 {
		t.Errorf("vectors of another model: %+v", got)
	}
}

func TestQuantisedVectorsKeepTheirDirection(t *testing.T) {
	full := []float32{0.31, -0.02, 0.7, 0.11}
	if got := quantised(full, 1).cosine(full); math.Abs(got-1) > 1e-3 {
		t.Errorf("cosine with itself %f", got)
	}
	if got := quantised(full, 1).cosine(full[:3]); got != 0 {
		t.Errorf("another length: %f", got)
	}
}

func TestASmallBaseIsShownWhole(t *testing.T) {
	b, s := newBase(desk.Entry{ID: "2", Category: "B", Topic: "t", Answer: "a"}, desk.Entry{ID: "1", Category: "A", Topic: "t", Answer: "a"},
		desk.Entry{ID: "3", Category: "A", Topic: "u", Answer: "a", Stores: []desk.Store{desk.AmazonCa}})
	whole, err := b.Whole(t.Context(), "org", desk.AmazonCom)
	if err != nil || len(whole) != 2 || whole[0].ID != "1" || whole[1].ID != "2" {
		t.Errorf("%+v %v", whole, err)
	}
	for i := range 200 {
		s.entries = append(s.entries, desk.Entry{ID: desk.EntryID(fmt.Sprint("l", i)), Topic: "t", Answer: strings.Repeat("word ", 60)})
	}
	s.version++
	if whole, err = b.Whole(t.Context(), "org", ""); err != nil || whole != nil {
		t.Errorf("%d entries of a large base, %v", len(whole), err)
	}
}

func FuzzSnapshot(f *testing.F) {
	f.Add(snapshot{map[desk.EntryID]vector{"a": quantised([]float32{1}, 1)}}.bytes("m"))
	f.Fuzz(func(t *testing.T, data []byte) { readSnapshot(data, "m") })
}

func FuzzTerms(f *testing.F) {
	f.Add("退貨運費 ค่าส่ง Rücksendung")
	f.Fuzz(func(t *testing.T, text string) {
		for _, term := range Terms(text) {
			if term == "" {
				t.Errorf("%q has an empty term", text)
			}
		}
	})
}

func BenchmarkSearch5000(b *testing.B) {
	var entries []desk.Entry
	for i, e := range slices.Repeat(readLines[desk.Entry](b, "testdata/base.zh-Hant.jsonl"), 25) {
		e.ID = desk.EntryID(fmt.Sprint(i))
		entries = append(entries, e)
	}
	x := NewIndex(entries)
	b.Run("search", func(b *testing.B) {
		for b.Loop() {
			x.Search("我買的是背包，結果寄來帳篷", "", 3)
		}
	})
	b.Run("index", func(b *testing.B) {
		for b.Loop() {
			NewIndex(entries)
		}
	})
}
