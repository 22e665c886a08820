package bedrock

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream/eventstreamapi"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/quilldesk/quilldesk/infra/local/converse"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/model"
)

const reply1 = `{"text":"Guten Tag, wir sehen sofort nach und melden uns. [K1]","citations":[{"alias":"K1","quote":"we look at once"}],"missing":[]}`

func writing(grows func([]byte)) model.Question {
	return model.Question{
		Task: model.Draft, System: "Write.", User: "Mail.", MaxTokens: 300, Grows: grows,
		Tool: model.Tool{Name: "write_reply", Description: "Hands it over.", Schema: json.RawMessage(`{"type":"object","properties":{}}`)},
	}
}

func faking(t *testing.T, modes ...converse.Mode) (*Backend, *converse.Fake) {
	t.Helper()
	fake := converse.NewFake(map[string]string{"draft": reply1})
	fake.Script("draft", modes...)
	srv := httptest.NewServer(converse.New(fake, time.Now).Handler())
	t.Cleanup(srv.Close)
	b := New(Config{
		Model: "us.anthropic.claude-haiku-5-5", Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		Endpoint: srv.URL, Client: srv.Client(), Now: time.Now,
	})
	b.pause = time.Millisecond
	return b, fake
}

// Every mode gives the same answer, or the same failure, piece by piece and whole.
func TestModesWholeAndStreamed(t *testing.T) {
	for mode, code := range map[converse.Mode]string{
		converse.Fine: "", converse.MalformedJSON: "", converse.UnknownAlias: "", converse.InjectedText: "", converse.Refusal: "",
		converse.Throttled: "model_busy", converse.NotReady: "model_busy", converse.TimedOut: "model_slow", converse.Slow: "model_slow",
	} {
		t.Run(string(mode), func(t *testing.T) {
			b, _ := faking(t, mode)
			ask := func(q model.Question) (model.Answer, string) {
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				if mode == converse.Slow {
					ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
				}
				defer cancel()
				answer, err := b.Ask(ctx, q)
				if err != nil {
					return answer, desk.CodeOf(err)
				}
				return answer, ""
			}
			var seen [][]byte
			streamed, streamedCode := ask(writing(func(input []byte) { seen = append(seen, bytes.Clone(input)) }))
			whole, wholeCode := ask(writing(nil))
			if streamedCode != code || wholeCode != code {
				t.Fatalf("streamed %s, whole %s, want %s", streamedCode, wholeCode, code)
			}
			if string(streamed.Input) != string(whole.Input) || streamed.Stop != whole.Stop || streamed.OutputTokens != whole.OutputTokens || streamed.MicroDollars != whole.MicroDollars {
				t.Errorf("streamed %+v, whole %+v", streamed, whole)
			}
			for _, input := range seen {
				if !bytes.HasPrefix(streamed.Input, input) {
					t.Errorf("saw %s", input)
				}
			}
			if mode == converse.Fine && (len(seen) < 2 || string(streamed.Input) != reply1) {
				t.Errorf("saw %d pieces of %s", len(seen), streamed.Input)
			}
		})
	}
}

func TestAStreamThatBreaksOffIsNotAskedForAgain(t *testing.T) {
	b, fake := faking(t, converse.BrokenOff)
	last := ""
	_, err := b.Ask(t.Context(), writing(func(input []byte) { last = string(input) }))
	if desk.CodeOf(err) != "model_broke_off" || desk.KindOf(err) != desk.Unavailable || len(fake.Requests()) != 1 {
		t.Errorf("asked %d times, %v", len(fake.Requests()), err)
	}
	if last == "" || !strings.HasPrefix(reply1, last) {
		t.Errorf("saw %s", last)
	}
}

// A model that does not stream is asked for whole answers from then on.
func TestAModelWithoutStreams(t *testing.T) {
	calls := map[string]int{}
	fake := converse.New(converse.NewFake(map[string]string{"draft": reply1}), time.Now).Handler()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		operation := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		calls[operation]++
		if operation == "converse-stream" {
			w.Header().Set("X-Amzn-Errortype", "ValidationException")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"message":"This model doesn't support streaming."}`))
			return
		}
		fake.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	b := New(Config{Model: "deepseek.v3", Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""), Endpoint: srv.URL, Client: srv.Client(), Now: time.Now})
	for range 2 {
		if _, err := b.Ask(t.Context(), writing(func([]byte) { t.Error("it grew") })); err != nil {
			t.Fatal(err)
		}
	}
	if calls["converse-stream"] != 1 || calls["converse"] != 2 {
		t.Errorf("calls %v", calls)
	}
}

func told(kind, name, payload string) eventstream.Message {
	m := eventstream.Message{Payload: []byte(payload)}
	m.Headers.Set(eventstreamapi.MessageTypeHeader, eventstream.StringValue(kind))
	header := map[string]string{"event": eventstreamapi.EventTypeHeader, "exception": eventstreamapi.ExceptionTypeHeader, "error": eventstreamapi.ErrorCodeHeader}[kind]
	m.Headers.Set(header, eventstream.StringValue(name))
	return m
}

func encoded(t testing.TB, messages ...eventstream.Message) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, m := range messages {
		if err := eventstream.NewEncoder().Encode(&b, m); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func TestFailuresWithinAStream(t *testing.T) {
	start := told("event", "contentBlockStart", `{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"write_reply"}}}`)
	for name, stream := range map[string][]byte{
		"an exception": encoded(t, start, told("exception", "throttlingException", `{"message":"slow down"}`)),
		"an error":     encoded(t, told("error", "InternalFailure", ``)),
		"no JSON":      encoded(t, told("event", "contentBlockDelta", `{`)),
		"no end":       encoded(t, start),
		"nothing":      nil,
		"noise":        []byte("this is no event stream, however long it is"),
	} {
		_, err := readStream(bytes.NewReader(stream), writing(func([]byte) {}))
		if desk.CodeOf(deskError(err)) != "model_broke_off" || passing(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzStream(f *testing.F) {
	f.Add(encoded(f, told("event", "contentBlockStart", `{"start":{"toolUse":{"name":"write_reply"}}}`),
		told("event", "contentBlockDelta", `{"delta":{"toolUse":{"input":"{}"}}}`), told("event", "metadata", `{"usage":{"inputTokens":1}}`)))
	f.Add(encoded(f, told("exception", "", `{}`)))
	f.Fuzz(func(_ *testing.T, stream []byte) {
		if got, err := readStream(bytes.NewReader(stream), writing(func([]byte) {})); err == nil {
			_, _ = got.answer("m", "write_reply")
		}
	})
}
