package bedrock_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/quilldesk/quilldesk/infra/local/converse"
	"github.com/quilldesk/quilldesk/internal/bedrock"
	"github.com/quilldesk/quilldesk/internal/desk"
)

func newEmbedder(t *testing.T, model string, handler http.Handler) *bedrock.Embedder {
	t.Helper()
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	return bedrock.NewEmbedder(bedrock.Config{
		Model: model, Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""), Endpoint: srv.URL, Client: srv.Client(), Now: time.Now,
	})
}

func TestEmbed(t *testing.T) {
	e := newEmbedder(t, bedrock.DefaultEmbedder, converse.New(nil, time.Now).Handler())
	vectors, tokens, err := e.Embed(t.Context(), []string{"the lamp", "a tent", "The LAMP"}, bedrock.ForSearching)
	if err != nil || len(vectors) != 3 || tokens != 6 {
		t.Fatalf("%d vectors, %d tokens, %v", len(vectors), tokens, err)
	}
	same, other := 0, 0
	for i := range vectors[0] {
		if vectors[0][i] != vectors[2][i] {
			same++
		}
		if vectors[0][i] != vectors[1][i] {
			other++
		}
	}
	if same != 0 || other == 0 {
		t.Errorf("%d and %d numbers differ", same, other)
	}
}

func TestEmbedFailures(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		kind   desk.Kind
	}{
		"throttled":       {429, `{"__type":"ThrottlingException"}`, desk.Unavailable},
		"denied":          {403, `{"__type":"AccessDeniedException"}`, desk.Permanent},
		"no JSON":         {200, "<html>", desk.Unavailable},
		"too few vectors": {200, `{"embeddings":[]}`, desk.Unavailable},
	} {
		e := newEmbedder(t, "cohere.embed-multilingual-v3", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.body))
		}))
		if _, _, err := e.Embed(t.Context(), []string{"x"}, bedrock.ForAsking); desk.KindOf(err) != c.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
}
