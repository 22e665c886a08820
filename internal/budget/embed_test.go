package budget_test

import (
	"context"
	"errors"
	"testing"

	"github.com/quilldesk/quilldesk/internal/bedrock"
	"github.com/quilldesk/quilldesk/internal/budget"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// vectors embeds everything alike and says how many tokens that took.
type vectors struct {
	tokens int
	fail   error
}

func (vectors) Name() string { return bedrock.DefaultEmbedder }
func (v vectors) Embed(_ context.Context, texts []string, _ bedrock.Purpose) ([][]float32, int, error) {
	return make([][]float32, len(texts)), v.tokens, v.fail
}

func TestEmbeddingsCountAgainstTheBudget(t *testing.T) {
	i := install(t, 0)
	e := budget.Embedder{Keeper: i.keeper, Next: vectors{tokens: 5000}}
	if _, err := e.Question(t.Context(), org, "where is my parcel"); err != nil {
		t.Fatal(err)
	}
	if used := i.month(t).Used; used != 500 {
		t.Errorf("5,000 tokens at $0.10 a million used %d micro-dollars, want 500", used)
	}
}

func TestEmbeddingsStopWithTheBudget(t *testing.T) {
	i := install(t, 100)
	e := budget.Embedder{Keeper: i.keeper, Next: vectors{}}
	if _, err := e.Entries(t.Context(), org, []string{string(make([]byte, 10_000))}); desk.KindOf(err) != desk.Unavailable {
		t.Errorf("1,000 micro-dollars of 100: %v", err)
	}
}

func TestAFailedEmbeddingGivesItsHoldBack(t *testing.T) {
	i := install(t, 0)
	refused := desk.Errorf(desk.Permanent, "model_denied", "denied: %w", errors.New("403"))
	e := budget.Embedder{Keeper: i.keeper, Next: vectors{fail: refused}}
	if _, err := e.Question(t.Context(), org, "where is my parcel"); !errors.Is(err, refused) {
		t.Fatal(err)
	}
	if used := i.month(t).Used; used != 0 {
		t.Errorf("a refused call used %d", used)
	}
}
