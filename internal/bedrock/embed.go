package bedrock

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
)

// DefaultEmbedder turns texts of more than a hundred languages into vectors of
// 1,024 numbers, at most 96 texts at a time.
//
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html
const DefaultEmbedder = "cohere.embed-multilingual-v3"

// Purpose says what a text is embedded for: the model treats questions and
// answers differently.
type Purpose string

// Purposes.
const (
	ForSearching Purpose = "search_document"
	ForAsking    Purpose = "search_query"
)

// Embedder asks one embedding model of Cohere's through InvokeModel.
type Embedder struct{ backend *Backend }

// NewEmbedder returns an embedder for the model of the configuration.
func NewEmbedder(c Config) *Embedder { return &Embedder{New(c)} }

// Name is the model's id.
func (e *Embedder) Name() string { return e.backend.config.Model }

type embedRequest struct {
	Texts     []string `json:"texts"`
	InputType Purpose  `json:"input_type"`
	Truncate  string   `json:"truncate"`
}

// Embed gives a vector for each text and the tokens that are billed; 0 when the
// service did not say. Longer texts than the model reads are cut off at their end.
func (e *Embedder) Embed(ctx context.Context, texts []string, purpose Purpose) (vectors [][]float32, tokens int, err error) {
	body, err := json.Marshal(embedRequest{texts, purpose, "END"})
	if err != nil {
		return nil, 0, fmt.Errorf("encoding an embedding request: %w", err)
	}
	resp, err := e.backend.call(ctx, "invoke", body)
	if err != nil {
		return nil, 0, deskError(err)
	}
	defer func() { _ = resp.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return nil, 0, deskError(fmt.Errorf("reading embeddings: %w", err))
	}
	var got struct {
		Embeddings [][]float32 `json:"embeddings"`
	}
	if err := json.Unmarshal(content, &got); err != nil {
		return nil, 0, deskError(fmt.Errorf("reading embeddings: %w", err))
	}
	if len(got.Embeddings) != len(texts) {
		return nil, 0, deskError(fmt.Errorf("%d embeddings came for %d texts", len(got.Embeddings), len(texts)))
	}
	tokens, _ = strconv.Atoi(resp.Header.Get("X-Amzn-Bedrock-Input-Token-Count")) // absent: 0
	return got.Embeddings, tokens, nil
}
