package openai

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/model"
)

func watched(seen *[]string) model.Question {
	q := question
	q.Grows = func(input []byte) { *seen = append(*seen, string(input)) }
	return q
}

// events answers every request with a stream.
func events(t *testing.T, lines ...string) *Backend {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		for _, line := range lines {
			_, _ = io.WriteString(w, line+"\n\n")
		}
	}))
	t.Cleanup(srv.Close)
	return &Backend{Base: srv.URL, Model: "small", Client: srv.Client()}
}

const usageAtLast = `data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}`

func TestStreams(t *testing.T) {
	for name, lines := range map[string][]string{
		"a call in pieces": {
			`data: {"choices":[{"delta":{"role":"assistant","tool_calls":[{"index":0,"function":{"name":"sort_mail","arguments":""}}]}}]}`,
			`: a comment`, `data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]}}]}`,
			`data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]}`,
			`data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}`, usageAtLast, `data: [DONE]`,
		},
		"words around it": {
			`data: {"choices":[{"delta":{"content":"<think>{maybe"}}]}`, `data: {"choices":[{"delta":{"content":"}</think>Here: {\"a\""}}]}`,
			`data: {"choices":[{"delta":{"content":":1}"},"finish_reason":"stop"}]}`, usageAtLast,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []string
			got, err := events(t, lines...).Ask(t.Context(), watched(&seen))
			wantFine(t, got, err)
			if seen = slices.DeleteFunc(slices.Compact(seen), func(s string) bool { return s == "" }); !slices.Equal(seen, []string{`{"a"`, `{"a":1}`}) {
				t.Errorf("saw %q", seen)
			}
		})
	}
}

func TestAStreamThatBreaksOff(t *testing.T) {
	for name, lines := range map[string][]string{
		"in the middle": {`data: {"choices":[{"delta":{"content":"{\"a\""}}]}`},
		"no JSON":       {`data: {"choices":`},
		"nothing":       nil,
	} {
		var seen []string
		if _, err := events(t, lines...).Ask(t.Context(), watched(&seen)); desk.CodeOf(err) != "model_broke_off" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Servers that know no streams give the whole answer, or say that they do not.
func TestServersWithoutStreams(t *testing.T) {
	var seen []string
	s := &server{answer: func(map[string]any) (int, string) { return 200, called }}
	got, err := newBackend(t, s).Ask(t.Context(), watched(&seen))
	wantFine(t, got, err)

	s = &server{answer: func(body map[string]any) (int, string) {
		if body["stream"] == true {
			return http.StatusBadRequest, `{"error":"stream is not supported"}`
		}
		return 200, called
	}}
	b := newBackend(t, s)
	for range 2 {
		got, err = b.Ask(t.Context(), watched(&seen))
		wantFine(t, got, err)
	}
	if len(s.seen) != 3 || len(seen) != 0 {
		t.Errorf("asked %d times, saw %q", len(s.seen), seen)
	}
}

func FuzzStream(f *testing.F) {
	f.Add("data: {\"choices\":[{\"delta\":{\"content\":\"{}\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n")
	f.Add("data:{\"choices\":[{\"delta\":{\"tool_calls\":[{}]}}]}\n")
	f.Fuzz(func(_ *testing.T, stream string) {
		q := question
		q.Grows = func([]byte) {}
		if got, err := readStream(strings.NewReader(stream), q); err == nil {
			_ = got.answer("small")
		}
	})
}
