package budget

import (
	"context"

	"github.com/quilldesk/quilldesk/internal/bedrock"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/model"
)

// Embedding is the task that vectors are counted under.
const Embedding model.Task = "embed"

// embedPrice is what a million tokens of Cohere Embed Multilingual cost in
// micro-dollars (us-east-1, 2026). Texts of other models are counted by it too.
const embedPrice = 100_000

// Embedding models.
type embedding interface {
	Name() string
	Embed(ctx context.Context, texts []string, purpose bedrock.Purpose) ([][]float32, int, error)
}

// Embedder embeds within the budget of who asks.
type Embedder struct {
	Keeper *Keeper
	Next   embedding
}

// Name is the model's id.
func (e Embedder) Name() string { return e.Next.Name() }

// Entries embeds what is searched.
func (e Embedder) Entries(ctx context.Context, org desk.OrgID, texts []string) ([][]float32, error) {
	return e.embed(ctx, org, texts, bedrock.ForSearching)
}

// Question embeds what is asked.
func (e Embedder) Question(ctx context.Context, org desk.OrgID, text string) ([]float32, error) {
	vectors, err := e.embed(ctx, org, []string{text}, bedrock.ForAsking)
	if err != nil {
		return nil, err
	}
	return vectors[0], nil
}

func (e Embedder) embed(ctx context.Context, org desk.OrgID, texts []string, purpose bedrock.Purpose) ([][]float32, error) {
	worst := 0
	for _, text := range texts {
		worst += len([]rune(text)) // no writing takes more than a token a character for long
	}
	h, err := e.Keeper.reserve(ctx, org, Embedding, cost(worst))
	if err != nil {
		return nil, err
	}
	vectors, tokens, err := e.Next.Embed(ctx, texts, purpose)
	if err != nil {
		e.Keeper.settle(ctx, h, desk.AIUse{Spent: mayHaveCost(err, h.amount)})
		return nil, err
	}
	if tokens == 0 {
		tokens = worst
	}
	e.Keeper.settle(ctx, h, desk.AIUse{Task: string(Embedding), Model: e.Name(), Calls: 1, InputTokens: int64(tokens), Spent: cost(tokens)})
	return vectors, nil
}

// cost is at least one micro-dollar: a hold of nothing is none.
func cost(tokens int) int64 { return max(1, int64(tokens)*embedPrice/1_000_000) }
