package openai

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/model"
)

const (
	called = `{"choices":[{"message":{"content":"","tool_calls":[{"id":"1","type":"function","function":{"name":"sort_mail","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":9,"completion_tokens":3}}`
	spoken = `{"choices":[{"message":{"content":"<think>{hm}</think>Sure:\n` + "```json\\n{\\\"a\\\":1}\\n```" + `"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":3}}`
)

// server plays an OpenAI-compatible server and keeps what it was asked.
type server struct {
	answer func(body map[string]any) (status int, reply string)
	seen   []map[string]any
	header http.Header
	path   string
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	content, _ := io.ReadAll(r.Body)
	var body map[string]any
	_ = json.Unmarshal(content, &body)
	s.seen, s.header, s.path = append(s.seen, body), r.Header, r.URL.Path
	status, reply := s.answer(body)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, reply)
}

func newBackend(t *testing.T, s *server) *Backend {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return &Backend{Base: srv.URL + "/v1/", Model: "small", Key: "k", Client: srv.Client()}
}

var question = model.Question{
	Task: model.Triage, System: "You sort mail.", User: "Where is it?", MaxTokens: 400,
	Tool: model.Tool{Name: "sort_mail", Description: "Files it.", Schema: json.RawMessage(`{"type":"object"}`)},
}

func wantFine(t *testing.T, got model.Answer, err error) {
	t.Helper()
	if err != nil || string(got.Input) != `{"a":1}` || got.Model != "small" || got.InputTokens != 9 || got.OutputTokens != 3 || got.Stop != model.Done {
		t.Errorf("got %+v (%s), %v", got, got.Input, err)
	}
}

func TestForcedTool(t *testing.T) {
	s := &server{answer: func(map[string]any) (int, string) { return 200, called }}
	got, err := newBackend(t, s).Ask(t.Context(), question)
	wantFine(t, got, err)
	text, _ := json.Marshal(s.seen[0])
	want := `{"max_tokens":400,"messages":[{"content":"You sort mail.","role":"system"},{"content":"Where is it?","role":"user"}],"model":"small",` +
		`"tool_choice":{"function":{"name":"sort_mail"},"type":"function"},"tools":[{"function":{"description":"Files it.","name":"sort_mail","parameters":{"type":"object"}},"type":"function"}]}`
	if string(text) != want || s.path != "/v1/chat/completions" || s.header.Get("Authorization") != "Bearer k" {
		t.Errorf("asked %s at %s", text, s.path)
	}
}

// Servers that keep a prefix by themselves keep it up to the user's message.
func TestSharedPartFollowsTheInstructions(t *testing.T) {
	s := &server{answer: func(map[string]any) (int, string) { return 200, called }}
	q := question
	q.Shared = "All we know."
	if _, err := newBackend(t, s).Ask(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	if system := s.seen[0]["messages"].([]any)[0].(map[string]any)["content"]; system != "You sort mail.\n\nAll we know." {
		t.Errorf("the system message is %q", system)
	}
}

// A server that takes neither tools nor schemas is asked in words, and from then
// on only so.
func TestFallsBackFormByForm(t *testing.T) {
	s := &server{answer: func(body map[string]any) (int, string) {
		switch {
		case body["tools"] != nil:
			return 400, `{"error":{"message":"registry/small does not support tools"}}`
		case body["response_format"] != nil:
			return 400, `{"error":"unknown field response_format"}`
		}
		return 200, spoken
	}}
	b := newBackend(t, s)
	got, err := b.Ask(t.Context(), question)
	wantFine(t, got, err)
	if len(s.seen) != 3 {
		t.Fatalf("%d requests", len(s.seen))
	}
	got, err = b.Ask(t.Context(), question)
	wantFine(t, got, err)
	system := s.seen[3]["messages"].([]any)[0].(map[string]any)["content"].(string)
	if len(s.seen) != 4 || s.seen[3]["tools"] != nil || !strings.Contains(system, `Its JSON schema: {"type":"object"}`) {
		t.Errorf("%d requests, the last %v", len(s.seen), s.seen[3])
	}
}

func TestStops(t *testing.T) {
	for name, tt := range map[string]struct {
		reply string
		stop  model.Stop
		input string
	}{
		"refusal":  {`{"choices":[{"message":{"refusal":"I can't"},"finish_reason":"stop"}]}`, model.Refused, ""},
		"filtered": {`{"choices":[{"message":{"content":"x"},"finish_reason":"content_filter"}]}`, model.Refused, "x"},
		"cut off":  {`{"choices":[{"message":{"content":"{\"a\":"},"finish_reason":"length"}]}`, model.CutOff, `{"a":`},
		"words":    {`{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}`, model.Done, "Hello"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := newBackend(t, &server{answer: func(map[string]any) (int, string) { return 200, tt.reply }}).Ask(t.Context(), question)
			if err != nil || got.Stop != tt.stop || string(got.Input) != tt.input {
				t.Errorf("got %+v (%s), %v", got, got.Input, err)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		reply  string
		kind   desk.Kind
		code   string
	}{
		"busy":      {429, "", desk.Unavailable, "model_busy"},
		"loading":   {503, "", desk.Unavailable, "model_busy"},
		"no key":    {401, "", desk.Permanent, "model_denied"},
		"no model":  {404, `{"error":"model 'small' not found"}`, desk.Permanent, "model_unknown"},
		"refused":   {400, "context too long", desk.Permanent, "model_invalid"},
		"broken":    {500, "panic", desk.Unavailable, "model_unavailable"},
		"empty":     {200, `{"choices":[]}`, desk.Unavailable, "model_unavailable"},
		"no JSON":   {200, "<html>", desk.Unavailable, "model_unavailable"},
		"no schema": {400, "tool, response_format, schema: none of it", desk.Permanent, "model_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newBackend(t, &server{answer: func(map[string]any) (int, string) { return tt.status, tt.reply }}).Ask(t.Context(), question)
			if desk.KindOf(err) != tt.kind || desk.CodeOf(err) != tt.code {
				t.Errorf("got %s %s: %v", desk.KindOf(err), desk.CodeOf(err), err)
			}
		})
	}
}

func TestServerThatIsNotThereOrSlow(t *testing.T) {
	srv := httptest.NewServer(nil)
	srv.Close()
	b := &Backend{Base: srv.URL, Model: "small", Client: http.DefaultClient}
	if _, err := b.Ask(t.Context(), question); desk.CodeOf(err) != "model_unavailable" {
		t.Errorf("not there: %v", err)
	}
	released := make(chan struct{})
	slow := newBackend(t, &server{answer: func(map[string]any) (int, string) { <-released; return 200, called }})
	t.Cleanup(func() { close(released) })
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := slow.Ask(ctx, question); desk.CodeOf(err) != "model_slow" {
		t.Errorf("slow: %v", err)
	}
}

func FuzzObjectIn(f *testing.F) {
	f.Add("</think>x{\"a\":{}}y")
	f.Add("}{")
	f.Fuzz(func(t *testing.T, text string) {
		if got := objectIn(text); !strings.Contains(text, got) {
			t.Errorf("%q from %q", got, text)
		}
	})
}
