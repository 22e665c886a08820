package knowledge

import (
	"context"
	"encoding/binary"
	"log/slog"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Embedder turns texts into vectors of one length, at most MaxTexts at a time.
type Embedder interface {
	// Name is the model's id: vectors of different models cannot be compared.
	Name() string
	Entries(ctx context.Context, org desk.OrgID, texts []string) ([][]float32, error)
	Question(ctx context.Context, org desk.OrgID, text string) ([]float32, error)
}

// Objects keeps the snapshots of vectors.
type Objects interface {
	// Keys lists what there is: without the right to list, a missing object looks
	// like a forbidden one.
	Keys(ctx context.Context, prefix string) ([]string, error)
	Get(ctx context.Context, key string) ([]byte, error)
	Put(ctx context.Context, key string, data []byte) error
}

// MaxTexts is how many texts one call embeds at most (Cohere's limit, 2026).
const MaxTexts = 96

// callsPerRequest bounds the embedding done within one request: a base that was
// just imported is embedded over the next few, and found by words meanwhile.
const callsPerRequest = 3

// vectorLimit bounds what a request spends on vectors.
const vectorLimit = 6 * time.Second

// Vectors finds entries by meaning. An organisation's vectors are one object,
// read whole; they are made for new and changed entries when they are next used.
type Vectors struct {
	Embedder Embedder
	Objects  Objects
	Log      *slog.Logger

	mu        sync.Mutex
	snapshots map[desk.OrgID]snapshot
}

// near finds the entries nearest to a question. On any failure it finds none:
// the words are enough to go on.
func (v *Vectors) near(ctx context.Context, org desk.OrgID, x *Index, question string, store desk.Store, k int) []Hit {
	ctx, cancel := context.WithTimeout(ctx, vectorLimit)
	defer cancel()
	known, err := v.snapshot(ctx, org, x)
	if err != nil {
		v.Log.WarnContext(ctx, "knowledge found by words only: no vectors", "org", org, "code", desk.CodeOf(err), "err", err)
		return nil
	}
	asked, err := v.Embedder.Question(ctx, org, cutRunes(question, questionRunes))
	if err != nil {
		v.Log.WarnContext(ctx, "knowledge found by words only: the question was not embedded", "org", org, "code", desk.CodeOf(err), "err", err)
		return nil
	}
	var hits []Hit
	for i, e := range x.entries {
		vector, ok := known.vectors[e.ID]
		if !ok || vector.version != e.Version || !holds(e, store) {
			continue
		}
		if score := vector.cosine(asked); score >= nearEnough {
			hits = append(hits, Hit{e, score, i})
		}
	}
	return best(hits, k)
}

const (
	// questionRunes and answerRunes are what of a text is embedded, in
	// characters: the model reads 512 tokens.
	questionRunes = 1200
	answerRunes   = 800
	// nearEnough is the cosine below which an entry is about something else. It
	// was not measured against the model: words alone decide the tests.
	nearEnough = 0.4
)

// snapshot is the stored vectors with those of changed entries made anew.
func (v *Vectors) snapshot(ctx context.Context, org desk.OrgID, x *Index) (snapshot, error) {
	v.mu.Lock()
	s, ok := v.snapshots[org]
	v.mu.Unlock()
	if !ok {
		var err error
		if s, err = v.stored(ctx, org); err != nil {
			return s, err
		}
	}
	fresh, err := v.embed(ctx, org, x, s)
	if len(fresh) > 0 {
		s = s.with(fresh, x)
		if err := v.Objects.Put(ctx, vectorKey(org), s.bytes(v.Embedder.Name())); err != nil {
			v.Log.WarnContext(ctx, "vectors not stored", "org", org, "err", err)
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.snapshots == nil || len(v.snapshots) >= keptIndexes {
		v.snapshots = map[desk.OrgID]snapshot{}
	}
	v.snapshots[org] = s
	if len(s.vectors) > 0 {
		err = nil // what is there serves; the rest is tried again
	}
	return s, err
}

// stored reads the snapshot; an empty one when there is none.
func (v *Vectors) stored(ctx context.Context, org desk.OrgID) (snapshot, error) {
	key := vectorKey(org)
	keys, err := v.Objects.Keys(ctx, key)
	if err != nil || !slices.Contains(keys, key) {
		return readSnapshot(nil, ""), err
	}
	data, err := v.Objects.Get(ctx, key)
	return readSnapshot(data, v.Embedder.Name()), err
}

func vectorKey(org desk.OrgID) string { return "knowledge/" + string(org) + "/vectors" }

// embed makes the vectors of entries that have none at their version, as many as
// one request may.
func (v *Vectors) embed(ctx context.Context, org desk.OrgID, x *Index, s snapshot) (map[desk.EntryID]vector, error) {
	var changed []desk.Entry
	for _, e := range x.entries {
		if known, ok := s.vectors[e.ID]; !ok || known.version != e.Version {
			changed = append(changed, e)
		}
	}
	changed = changed[:min(len(changed), callsPerRequest*MaxTexts)]
	made := map[desk.EntryID]vector{}
	for batch := range slices.Chunk(changed, MaxTexts) {
		texts := make([]string, len(batch))
		for i, e := range batch {
			texts[i] = e.Topic + "\n" + cutRunes(e.Answer, answerRunes)
		}
		vectors, err := v.Embedder.Entries(ctx, org, texts)
		if err != nil {
			return made, err
		}
		for i, e := range batch {
			made[e.ID] = quantised(vectors[i], e.Version)
		}
	}
	return made, nil
}

// vector is an entry's direction in steps of 1/127 of its largest component.
type vector struct {
	version int64
	parts   []int8
}

func quantised(full []float32, version int64) vector {
	largest := float32(0)
	for _, f := range full {
		largest = max(largest, f, -f)
	}
	v := vector{version: version, parts: make([]int8, len(full))}
	for i, f := range full {
		if largest > 0 {
			v.parts[i] = int8(math.Round(float64(f / largest * 127)))
		}
	}
	return v
}

// cosine compares the direction of v with another; 0 when the lengths differ.
func (v vector) cosine(with []float32) float64 {
	if len(v.parts) != len(with) {
		return 0
	}
	var dot, own, other float32
	for i, p := range v.parts {
		f := float32(p)
		dot += f * with[i]
		own += f * f
		other += with[i] * with[i]
	}
	if own == 0 || other == 0 {
		return 0
	}
	return float64(dot) / math.Sqrt(float64(own)*float64(other))
}

// snapshot is the vectors of one organisation.
type snapshot struct{ vectors map[desk.EntryID]vector }

// with adds vectors, and leaves those of entries out that are gone.
func (s snapshot) with(fresh map[desk.EntryID]vector, x *Index) snapshot {
	out := snapshot{make(map[desk.EntryID]vector, len(x.entries))}
	for _, e := range x.entries {
		if v, ok := fresh[e.ID]; ok {
			out.vectors[e.ID] = v
		} else if v, ok := s.vectors[e.ID]; ok {
			out.vectors[e.ID] = v
		}
	}
	return out
}

// snapshotForm begins a snapshot: another form is another first line.
const snapshotForm = "vectors 1\n"

// bytes is a snapshot as it is stored: its form, the model, then per entry the id,
// the version and the components, each with its length before it.
func (s snapshot) bytes(model string) []byte {
	out := appendText([]byte(snapshotForm), model)
	for id, v := range s.vectors {
		out = appendText(out, string(id))
		out = binary.AppendVarint(out, v.version)
		out = binary.AppendUvarint(out, uint64(len(v.parts)))
		for _, p := range v.parts {
			out = append(out, byte(p))
		}
	}
	return out
}

func appendText(out []byte, s string) []byte {
	return append(binary.AppendUvarint(out, uint64(len(s))), s...)
}

// readSnapshot reads what is stored. One of another model or form, or one that is
// broken, counts as none: it is made again.
func readSnapshot(data []byte, model string) snapshot {
	s := snapshot{map[desk.EntryID]vector{}}
	r := reader{rest: data}
	if string(r.take(uint64(len(snapshotForm)))) != snapshotForm || string(r.take(r.length())) != model {
		return s
	}
	for len(r.rest) > 0 {
		id := desk.EntryID(r.take(r.length()))
		version, n := binary.Varint(r.rest)
		r.take(uint64(max(n, 0)))
		raw := r.take(r.length())
		if r.broken || n <= 0 {
			return snapshot{map[desk.EntryID]vector{}}
		}
		parts := make([]int8, len(raw))
		for i, b := range raw {
			parts[i] = int8(b)
		}
		s.vectors[id] = vector{version, parts}
	}
	return s
}

// reader takes lengths and bytes off a snapshot.
type reader struct {
	rest   []byte
	broken bool
}

func (r *reader) length() uint64 {
	value, n := binary.Uvarint(r.rest)
	r.take(uint64(max(n, 0)))
	r.broken = r.broken || n <= 0
	return value
}

func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.broken, r.rest = true, nil
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}
