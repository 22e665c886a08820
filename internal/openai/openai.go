// Package openai asks any server that speaks OpenAI's chat completions, such as
// Ollama, vLLM or llama.cpp.
package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/model"
)

// Backend asks one model of one server. It is safe for concurrent use.
type Backend struct {
	// Base is the address before /chat/completions, e.g. http://127.0.0.1:11434/v1.
	Base string
	// Model is the server's name for it.
	Model string
	// Key is sent as a bearer token, "" for none.
	Key    string
	Client *http.Client

	// form is the way of asking that the server takes; see forms.
	form atomic.Int32
	// whole is set once the server has refused to answer piece by piece.
	whole atomic.Bool
}

var _ model.Backend = (*Backend)(nil)

// forms are the ways to get an answer of a given shape, the strictest first. A
// server that refuses one is asked in the next from then on.
var forms = []func(*request, model.Tool){forcedTool, jsonSchema, inWords}

func forcedTool(r *request, t model.Tool) {
	r.Tools = []tool{{Type: "function", Function: function{Name: t.Name, Description: t.Description, Parameters: t.Schema}}}
	r.Choice = &choice{Type: "function"}
	r.Choice.Function.Name = t.Name
}

func jsonSchema(r *request, t model.Tool) {
	inWords(r, t) // a grammar holds the form, but the model does not see it
	r.Format = &format{Type: "json_schema"}
	r.Format.Schema.Name, r.Format.Schema.Schema, r.Format.Schema.Strict = t.Name, t.Schema, true
}

func inWords(r *request, t model.Tool) {
	r.Messages[0].Content += "\n\nHere a call of the tool means: answer with one JSON object and nothing else. " + t.Description + " Its JSON schema: " + string(t.Schema)
}

// Worst implements model.Backend. What a server of somebody's own costs, nobody
// has told: its tokens are counted, its price is not.
func (b *Backend) Worst(model.Question) int64 { return 0 }

// Ask implements model.Backend.
func (b *Backend) Ask(ctx context.Context, q model.Question) (model.Answer, error) {
	first := b.form.Load()
	for i := first; ; i++ {
		got, err := b.send(ctx, q, forms[i])
		var s *status
		if errors.As(err, &s) && s.names("stream") && q.Grows != nil && b.whole.CompareAndSwap(false, true) {
			i--
			continue
		}
		if errors.As(err, &s) && s.names("tool", "response_format", "json_schema", "schema", "grammar") && int(i) < len(forms)-1 {
			continue
		}
		if err != nil {
			return model.Answer{}, deskError(err)
		}
		b.form.CompareAndSwap(first, i)
		return got.answer(b.Model), nil
	}
}

// maxReply is the largest reply read, in bytes.
const maxReply = 4 << 20

func (b *Backend) send(ctx context.Context, q model.Question, shape func(*request, model.Tool)) (reply, error) {
	r := request{Model: b.Model, MaxTokens: q.MaxTokens, Messages: []message{{Role: "system", Content: strings.TrimSpace(q.System + "\n\n" + q.Shared)}, {Role: "user", Content: q.User}}}
	shape(&r, q.Tool)
	if q.Grows != nil && !b.whole.Load() {
		r.Stream, r.StreamOptions = true, &streamOptions{IncludeUsage: true}
	}
	body, err := json.Marshal(r)
	if err != nil {
		return reply{}, fmt.Errorf("encoding a chat request: %w", err)
	}
	h, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(b.Base, "/")+"/chat/completions", bytes.NewReader(body))
	if err != nil {
		return reply{}, fmt.Errorf("making a chat request: %w", err)
	}
	h.Header.Set("Content-Type", "application/json")
	if b.Key != "" {
		h.Header.Set("Authorization", "Bearer "+b.Key)
	}
	resp, err := b.Client.Do(h)
	if err != nil {
		return reply{}, fmt.Errorf("calling the model's server: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	limited := io.LimitReader(resp.Body, maxReply)
	if isStream(resp) {
		return readStream(limited, q)
	}
	content, err := io.ReadAll(limited)
	if err != nil {
		return reply{}, fmt.Errorf("reading the model's reply: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return reply{}, &status{resp.StatusCode, string(content)}
	}
	var got reply
	if err := json.Unmarshal(content, &got); err != nil || len(got.Choices) == 0 {
		return reply{}, errors.New("the model's server gave no chat completion")
	}
	return got, nil
}

// status is a refusal of the server.
type status struct {
	code int
	body string
}

func (s *status) Error() string { return fmt.Sprintf("the model's server answered %d", s.code) }

// names reports whether the server refused the form of the request: it names
// what it does not take.
func (s *status) names(words ...string) bool {
	if s.code != http.StatusBadRequest && s.code != http.StatusUnprocessableEntity && s.code != http.StatusNotImplemented && s.code != http.StatusInternalServerError {
		return false
	}
	body := strings.ToLower(s.body)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(body, w) })
}

// kinds are how a server's refusals look to the desk.
var kinds = map[int]struct {
	kind desk.Kind
	code string
}{
	http.StatusTooManyRequests:    {desk.Unavailable, "model_busy"},
	http.StatusServiceUnavailable: {desk.Unavailable, "model_busy"},
	http.StatusRequestTimeout:     {desk.Unavailable, "model_slow"},
	http.StatusGatewayTimeout:     {desk.Unavailable, "model_slow"},
	http.StatusUnauthorized:       {desk.Permanent, "model_denied"},
	http.StatusForbidden:          {desk.Permanent, "model_denied"},
	http.StatusNotFound:           {desk.Permanent, "model_unknown"},
	http.StatusBadRequest:         {desk.Permanent, "model_invalid"},
}

func deskError(err error) error {
	var s *status
	if errors.As(err, &s) {
		if k, ok := kinds[s.code]; ok {
			return desk.Errorf(k.kind, k.code, "asking the model: %w", err)
		}
	}
	var timeout net.Error
	if errors.Is(err, errBrokeOff) {
		return desk.Errorf(desk.Unavailable, "model_broke_off", "the model's answer broke off: %w", err)
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return desk.Errorf(desk.Unavailable, "model_slow", "the model took too long: %w", err)
	}
	return desk.Errorf(desk.Unavailable, "model_unavailable", "the model cannot be reached: %w", err)
}
