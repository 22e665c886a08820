package bedrock

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/document"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/model"
)

const fine = `{"output":{"message":{"role":"assistant","content":[{"text":"Here."},{"toolUse":{"toolUseId":"1","name":"sort_mail","input":{"a":1}}}]}},
	"stopReason":"tool_use","usage":{"inputTokens":10,"outputTokens":5,"totalTokens":115,"cacheReadInputTokens":100,"cacheWriteInputTokens":7}}`

// service is a Bedrock that answers as the test says and keeps the requests.
type service struct {
	answer   func(n int, body map[string]any) (status int, code, reply string)
	requests []*http.Request
	bodies   []string
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	content, _ := io.ReadAll(r.Body)
	s.requests, s.bodies = append(s.requests, r), append(s.bodies, string(content))
	var body map[string]any
	_ = json.Unmarshal(content, &body)
	status, code, reply := s.answer(len(s.bodies), body)
	if code != "" {
		w.Header().Set("X-Amzn-Errortype", code+":http://internal.amazon.com/")
		text, _ := json.Marshal(map[string]string{"message": reply})
		reply = string(text)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, reply)
}

func always(status int, code, reply string) func(int, map[string]any) (int, string, string) {
	return func(int, map[string]any) (int, string, string) { return status, code, reply }
}

var signedAt = time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)

func newBackend(t *testing.T, id string, s *service) *Backend {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	b := New(Config{
		Model: id, Region: "eu-west-1", Endpoint: srv.URL + "/", Client: srv.Client(), Now: func() time.Time { return signedAt },
		Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", "session"),
	})
	b.pause = time.Millisecond
	return b
}

var question = model.Question{
	Task: model.Triage, System: "You sort mail.", User: "Where is it?", MaxTokens: 400,
	Tool: model.Tool{Name: "sort_mail", Description: "Files it.", Schema: json.RawMessage(`{"type":"object","properties":{"a":{"type":"number"}}}`)},
}

func TestAnswer(t *testing.T) {
	s := &service{answer: always(200, "", fine)}
	got, err := newBackend(t, "eu.anthropic.claude-haiku-5-5", s).Ask(t.Context(), question)
	want := model.Answer{
		Input: json.RawMessage(`{"a":1}`), Model: "eu.anthropic.claude-haiku-5-5", Stop: model.Done,
		InputTokens: 10, OutputTokens: 5, CacheReadTokens: 100, CacheWriteTokens: 7, MicroDollars: 6,
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// What we send is what the SDK's client would send: path, body and signature.
func TestRequestIsTheSDKs(t *testing.T) {
	for _, id := range []string{"amazon.nova-micro-v1:0", "arn:aws:bedrock:eu-west-1:000000000000:inference-profile/eu.anthropic.claude-haiku-5-5"} {
		s := &service{answer: always(200, "", fine)}
		b := newBackend(t, id, s)
		b.able = capabilities{toolChoiceField, cachePointField, thinkingField, metadataField}
		if _, err := b.Ask(t.Context(), question); err != nil {
			t.Fatal(err)
		}
		client := bedrockruntime.New(bedrockruntime.Options{
			BaseEndpoint: &b.endpoint, Region: "eu-west-1", Credentials: b.config.Credentials, Retryer: aws.NopRetryer{}, HTTPClient: b.config.Client,
		})
		if _, err := client.Converse(t.Context(), sdkInput(t, id)); err != nil {
			t.Fatal(err)
		}
		ours, theirs := s.requests[0], s.requests[1]
		if ours.URL.EscapedPath() != theirs.URL.EscapedPath() || ours.Method != theirs.Method || ours.Header.Get("Content-Type") != theirs.Header.Get("Content-Type") {
			t.Errorf("%s %s, the SDK sends %s %s", ours.Method, ours.URL.EscapedPath(), theirs.Method, theirs.URL.EscapedPath())
		}
		var a, b2 any
		if json.Unmarshal([]byte(s.bodies[0]), &a) != nil || json.Unmarshal([]byte(s.bodies[1]), &b2) != nil || !reflect.DeepEqual(a, b2) {
			t.Errorf("body %s\nthe SDK sends %s", s.bodies[0], s.bodies[1])
		}
		for i, r := range s.requests {
			if want := signature(t, r, s.bodies[i], "secret", "eu-west-1"); !strings.HasSuffix(r.Header.Get("Authorization"), "Signature="+want) {
				t.Errorf("request %d of %s is not signed right: %s", i, id, r.Header.Get("Authorization"))
			}
		}
		if ours.Header.Get("X-Amz-Security-Token") != "session" {
			t.Error("no session token")
		}
	}
}

// What an organisation's questions share stands before the cache point, and is no
// block at all where there is none: Bedrock refuses empty text.
func TestSharedPartIsCached(t *testing.T) {
	for shared, want := range map[string]string{
		"":             `[{"text":"You sort mail."},{"cachePoint":{"type":"default"}}]`,
		"All we know.": `[{"text":"You sort mail."},{"text":"All we know."},{"cachePoint":{"type":"default"}}]`,
	} {
		q := question
		q.Shared = shared
		got, err := json.Marshal(newRequest(q, fifth).System)
		if err != nil || string(got) != want {
			t.Errorf("%q: %s, %v", shared, got, err)
		}
		if model.Worst("m", q) < model.Worst("m", question) || shared != "" && model.Worst("m", q) == model.Worst("m", question) {
			t.Errorf("%q costs at worst %d, nothing %d", shared, model.Worst("m", q), model.Worst("m", question))
		}
	}
}

func sdkInput(t *testing.T, id string) *bedrockruntime.ConverseInput {
	t.Helper()
	var schema map[string]any
	if err := json.Unmarshal(question.Tool.Schema, &schema); err != nil {
		t.Fatal(err)
	}
	return &bedrockruntime.ConverseInput{
		ModelId: &id,
		System: []types.SystemContentBlock{
			&types.SystemContentBlockMemberText{Value: question.System},
			&types.SystemContentBlockMemberCachePoint{Value: types.CachePointBlock{Type: types.CachePointTypeDefault}},
		},
		Messages: []types.Message{{Role: types.ConversationRoleUser, Content: []types.ContentBlock{&types.ContentBlockMemberText{Value: question.User}}}},
		ToolConfig: &types.ToolConfiguration{
			Tools: []types.Tool{&types.ToolMemberToolSpec{Value: types.ToolSpecification{
				Name: &question.Tool.Name, Description: &question.Tool.Description, InputSchema: &types.ToolInputSchemaMemberJson{Value: document.NewLazyDocument(schema)},
			}}},
			ToolChoice: &types.ToolChoiceMemberTool{Value: types.SpecificToolChoice{Name: &question.Tool.Name}},
		},
		InferenceConfig:              &types.InferenceConfiguration{MaxTokens: aws.Int32(400)},
		AdditionalModelRequestFields: document.NewLazyDocument(map[string]any{"thinking": map[string]any{"type": "disabled"}}),
		RequestMetadata:              map[string]string{"task": "triage"},
	}
}

// signature computes version 4 of AWS's signature of a request anew.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
func signature(t *testing.T, r *http.Request, body, secret, region string) string {
	t.Helper()
	_, rest, _ := strings.Cut(r.Header.Get("Authorization"), "SignedHeaders=")
	names, _, _ := strings.Cut(rest, ",")
	var canonical strings.Builder
	segments := strings.Split(r.URL.EscapedPath(), "/")
	for i := range segments {
		segments[i] = url.PathEscape(segments[i])
	}
	canonical.WriteString(r.Method + "\n" + strings.Join(segments, "/") + "\n\n")
	for name := range strings.SplitSeq(names, ";") {
		value := r.Header.Get(name)
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = r.Header.Get("Content-Length")
		}
		canonical.WriteString(name + ":" + strings.TrimSpace(value) + "\n")
	}
	canonical.WriteString("\n" + names + "\n" + hash(body))
	at := r.Header.Get("X-Amz-Date")
	scope := at[:8] + "/" + region + "/bedrock/aws4_request"
	key := []byte("AWS4" + secret)
	for _, part := range []string{at[:8], region, "bedrock", "aws4_request", "AWS4-HMAC-SHA256\n" + at + "\n" + scope + "\n" + hash(canonical.String())} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return hex.EncodeToString(key)
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func TestFieldThatIsRefusedIsLeftOutFromThenOn(t *testing.T) {
	for _, tt := range []struct {
		name, id, message string
		refused           func(map[string]any) bool
		field             field
	}{
		{"thinking", "us.anthropic.claude-sonnet-5-5", "Malformed input request: #: extraneous key [thinking] is not permitted, please reformat your input and try again.",
			func(b map[string]any) bool { return b["additionalModelRequestFields"] != nil }, thinkingField},
		{"cache point", "us.anthropic.claude-haiku-5-5", "The model you selected does not support cachePoint in system.",
			func(b map[string]any) bool { return len(b["system"].([]any)) > 1 }, cachePointField},
		{"tool choice", "us.anthropic.claude-opus-5", "Thinking may not be enabled when tool_choice forces tool use.",
			func(b map[string]any) bool { return b["toolConfig"].(map[string]any)["toolChoice"] != nil }, toolChoiceField},
		{"tool by name, any tool instead", "meta.llama5-70b", "This model doesn't support the toolConfig.toolChoice.tool field. Remove toolConfig.toolChoice.tool and try again.",
			func(b map[string]any) bool {
				choice, _ := b["toolConfig"].(map[string]any)["toolChoice"].(map[string]any)
				return choice["tool"] != nil
			}, toolChoiceField},
		{"metadata", "amazon.nova-micro-v1:0", "requestMetadata is not supported for this model.",
			func(b map[string]any) bool { return b["requestMetadata"] != nil }, metadataField},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &service{answer: func(_ int, body map[string]any) (int, string, string) {
				if tt.refused(body) {
					return 400, "ValidationException", tt.message
				}
				return 200, "", fine
			}}
			b := newBackend(t, tt.id, s)
			for range 2 {
				if _, err := b.Ask(t.Context(), question); err != nil {
					t.Fatal(err)
				}
			}
			if len(s.bodies) != 3 || b.able.has(tt.field) {
				t.Errorf("%d requests, able %v", len(s.bodies), b.able)
			}
		})
	}
}

// A refusal that leaving the field out does not cure teaches nothing.
func TestWrongLessonIsNotLearnt(t *testing.T) {
	s := &service{answer: always(400, "ValidationException", "cachePoint or not, this is invalid")}
	b := newBackend(t, "us.anthropic.claude-haiku-5-5", s)
	_, err := b.Ask(t.Context(), question)
	if desk.CodeOf(err) != "model_invalid" || desk.KindOf(err) != desk.Permanent || len(s.bodies) != 2 || !b.able.has(cachePointField) {
		t.Errorf("got %v after %d requests, able %v", err, len(s.bodies), b.able)
	}
}

func TestFailures(t *testing.T) {
	for _, tt := range []struct {
		status int
		aws    string
		kind   desk.Kind
		code   string
		calls  int
	}{
		{429, "ThrottlingException", desk.Unavailable, "model_busy", 2},
		{429, "ModelNotReadyException", desk.Unavailable, "model_busy", 2},
		{408, "ModelTimeoutException", desk.Unavailable, "model_slow", 2},
		{503, "ServiceUnavailableException", desk.Unavailable, "model_busy", 2},
		{500, "InternalServerException", desk.Unavailable, "model_unavailable", 2},
		{424, "ModelErrorException", desk.Unavailable, "model_unavailable", 1},
		{403, "AccessDeniedException", desk.Permanent, "model_denied", 1},
		{404, "ResourceNotFoundException", desk.Permanent, "model_unknown", 1},
		{400, "ValidationException", desk.Permanent, "model_invalid", 1},
		{418, "NewException", desk.Unavailable, "model_unavailable", 1},
	} {
		t.Run(tt.aws, func(t *testing.T) {
			s := &service{answer: always(tt.status, tt.aws, "why")}
			_, err := newBackend(t, "us.anthropic.claude-haiku-5-5", s).Ask(t.Context(), question)
			if desk.KindOf(err) != tt.kind || desk.CodeOf(err) != tt.code || len(s.bodies) != tt.calls {
				t.Errorf("got %s %s (%v) after %d calls", desk.KindOf(err), desk.CodeOf(err), err, len(s.bodies))
			}
		})
	}
}

func TestUnusualReplies(t *testing.T) {
	message := func(stop, content string) string {
		return `{"output":{"message":{"role":"assistant","content":[` + content + `]}},"stopReason":"` + stop + `","usage":{}}`
	}
	for _, tt := range []struct {
		name, reply string
		stop        model.Stop
		input, code string
	}{
		{"refusal", message("refusal", ""), model.Refused, "", ""},
		{"filtered", message("content_filtered", `{"text":"no"}`), model.Refused, "no", ""},
		{"cut off", message("max_tokens", `{"text":"{\"a\":"}`), model.CutOff, `{"a":`, ""},
		{"words", message("end_turn", `{"text":"I"},{"text":"think"}`), model.Done, "I\nthink", ""},
		{"thoughts before the tool", message("tool_use", `{"reasoningContent":{}},{"toolUse":{"toolUseId":"1","name":"sort_mail","input":{}}}`), model.Done, "{}", ""},
		{"nothing", message("end_turn", ""), "", "", "model_nonsense"},
		{"no JSON", "<html>", "", "", "model_unavailable"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := newBackend(t, "m", &service{answer: always(200, "", tt.reply)}).Ask(t.Context(), question)
			if tt.code != "" {
				if desk.CodeOf(err) != tt.code {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || got.Stop != tt.stop || string(got.Input) != tt.input {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestSlowModelEndsWithTheCaller(t *testing.T) {
	s := &service{}
	released := make(chan struct{})
	s.answer = func(int, map[string]any) (int, string, string) { <-released; return 200, "", fine }
	b := newBackend(t, "m", s)
	t.Cleanup(func() { close(released) })
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err := b.Ask(ctx, question)
	if desk.CodeOf(err) != "model_slow" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestProfile(t *testing.T) {
	for region, want := range map[string]string{
		"us-east-1": "us.m", "us-gov-west-1": "us-gov.m", "eu-central-1": "eu.m", "ap-northeast-1": "jp.m", "ap-northeast-3": "jp.m",
		"ap-southeast-2": "au.m", "ap-southeast-4": "au.m", "ap-southeast-1": "global.m", "ca-central-1": "global.m", "sa-east-1": "global.m",
	} {
		if got := Profile(region, "m"); got != want {
			t.Errorf("%s: %s, want %s", region, got, want)
		}
	}
}

func TestCapabilitiesByFamily(t *testing.T) {
	for id, want := range map[string]capabilities{
		"global.anthropic.claude-haiku-5-5":             {toolChoiceField, cachePointField, thinkingField, metadataField, strictField},
		"us.anthropic.claude-fable-5-1":                 {cachePointField, thinkingField, metadataField},
		"eu.anthropic.claude-sonnet-4-6":                {toolChoiceField, cachePointField, metadataField},
		"anthropic.claude-3-haiku-20240307-v1:0":        {toolChoiceField, metadataField},
		"arn:aws:bedrock:us-east-1:1:x/us.amazon.nova-": {toolChoiceField, cachePointField, metadataField},
		"deepseek.v3": {toolChoiceField, anyToolField, metadataField},
	} {
		if got := capabilitiesOf(id); !slices.Equal(got, append(want, streamField)) {
			t.Errorf("%s: %v", id, got)
		}
	}
}

func FuzzReply(f *testing.F) {
	f.Add(fine)
	f.Add(`{"output":{"message":{"content":[{}]}},"stopReason":"end_turn"}`)
	f.Fuzz(func(t *testing.T, content string) {
		var r reply
		if json.Unmarshal([]byte(content), &r) == nil {
			_, _ = r.answer("m", "sort_mail")
		}
	})
}
