package converse_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/document"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/quilldesk/quilldesk/infra/local/converse"
	"github.com/quilldesk/quilldesk/infra/local/loopback"
)

const (
	suggestions = `{"s1":{"headline":"We look into it","cites":["K1"]},"s2":{"headline":"我們會處理"},"s3":{"stance":"ask"}}`
	draft       = "Dear buyer, your parcel left us on Monday. 您的包裹已寄出。"
)

func newClient(t *testing.T, backend converse.Backend) *bedrockruntime.Client {
	t.Helper()
	s := converse.New(backend, time.Now)
	t.Cleanup(func() { _ = s.Close() })
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	return bedrockruntime.New(bedrockruntime.Options{BaseEndpoint: aws.String(srv.URL), Region: "us-east-1", HTTPClient: &http.Client{Transport: loopback.Transport{Next: srv.Client().Transport}},
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""), Retryer: aws.NopRetryer{}})
}

func newFake() *converse.Fake {
	return converse.NewFake(map[string]string{"suggest": suggestions, "draft": draft})
}

// suggest is a request with a forced tool, with what the product sends along.
func suggest() *bedrockruntime.ConverseInput {
	schema := map[string]any{"type": "object", "properties": map[string]any{"s1": map[string]any{"type": "object"}}}
	return &bedrockruntime.ConverseInput{
		ModelId: aws.String("arn:aws:bedrock:us-east-1:000000000000:inference-profile/us.anthropic.claude-haiku-5-5"),
		System: []types.SystemContentBlock{
			&types.SystemContentBlockMemberText{Value: "You help agents."},
			&types.SystemContentBlockMemberCachePoint{Value: types.CachePointBlock{Type: types.CachePointTypeDefault}},
		},
		Messages: []types.Message{{Role: types.ConversationRoleUser, Content: []types.ContentBlock{&types.ContentBlockMemberText{Value: "Where is my parcel?"}}}},
		ToolConfig: &types.ToolConfiguration{
			Tools: []types.Tool{&types.ToolMemberToolSpec{Value: types.ToolSpecification{
				Name: aws.String("give_suggestions"), Description: aws.String("Gives three."), InputSchema: &types.ToolInputSchemaMemberJson{Value: document.NewLazyDocument(schema)},
			}}},
			ToolChoice: &types.ToolChoiceMemberTool{Value: types.SpecificToolChoice{Name: aws.String("give_suggestions")}},
		},
		InferenceConfig:              &types.InferenceConfiguration{MaxTokens: aws.Int32(900)},
		AdditionalModelRequestFields: document.NewLazyDocument(map[string]any{"thinking": map[string]any{"type": "disabled"}}),
		RequestMetadata:              map[string]string{"task": "suggest"},
	}
}

// text is the task draft, which has no tool.
func text() *bedrockruntime.ConverseInput {
	in := suggest()
	in.ToolConfig = nil
	in.RequestMetadata = map[string]string{"task": "draft"}
	return in
}

// flat is the answer as the product sees it: the tool's input, else the text.
func flat(t *testing.T, out *bedrockruntime.ConverseOutput) string {
	t.Helper()
	message := out.Output.(*types.ConverseOutputMemberMessage).Value
	switch block := message.Content[0].(type) {
	case *types.ContentBlockMemberToolUse:
		input, err := block.Value.Input.MarshalSmithyDocument()
		if err != nil {
			t.Fatal(err)
		}
		return aws.ToString(block.Value.Name) + " " + string(input)
	case *types.ContentBlockMemberText:
		return block.Value
	}
	t.Fatalf("content %T", message.Content[0])
	return ""
}

func TestForcedToolAndText(t *testing.T) {
	fake := newFake()
	client := newClient(t, fake)
	out, err := client.Converse(t.Context(), suggest())
	if err != nil {
		t.Fatal(err)
	}
	name, input, _ := strings.Cut(flat(t, out), " ")
	var got any
	if err := json.Unmarshal([]byte(input), &got); err != nil || name != "give_suggestions" || out.StopReason != types.StopReasonToolUse {
		t.Errorf("got %s, %s, %v", name, out.StopReason, err)
	}
	wantJSON(t, got, suggestions)
	if u := out.Usage; *u.TotalTokens != *u.InputTokens+*u.OutputTokens || *u.InputTokens == 0 || out.Metrics.LatencyMs == nil {
		t.Errorf("usage %+v, metrics %+v", u, out.Metrics)
	}
	out, err = client.Converse(t.Context(), text())
	if err != nil || flat(t, out) != draft || out.StopReason != types.StopReasonEndTurn {
		t.Errorf("text answer %+v, %v", out, err)
	}

	seen := fake.Requests()[0]
	if seen.ModelID != *suggest().ModelId || *seen.System[0].Text != "You help agents." || seen.System[1].CachePoint == nil ||
		*seen.InferenceConfig.MaxTokens != 900 || string(seen.AdditionalFields) != `{"thinking":{"type":"disabled"}}` || seen.ForcedTool() == nil {
		t.Errorf("the backend saw %+v", seen)
	}
}

func TestStream(t *testing.T) {
	client := newClient(t, newFake())
	for _, in := range []*bedrockruntime.ConverseInput{suggest(), text()} {
		t.Run(in.RequestMetadata["task"], func(t *testing.T) {
			out, err := client.ConverseStream(t.Context(), &bedrockruntime.ConverseStreamInput{ModelId: in.ModelId, System: in.System, Messages: in.Messages,
				ToolConfig: in.ToolConfig, InferenceConfig: in.InferenceConfig, RequestMetadata: in.RequestMetadata})
			if err != nil {
				t.Fatal(err)
			}
			var kinds []string
			var got strings.Builder
			for event := range out.GetStream().Events() {
				kinds = append(kinds, kind(event))
				if d, ok := event.(*types.ConverseStreamOutputMemberContentBlockDelta); ok {
					got.WriteString(piece(d.Value.Delta))
				}
			}
			if err := out.GetStream().Err(); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"suggest": suggestions, "draft": draft}[in.RequestMetadata["task"]]
			if got.String() != want {
				t.Errorf("streamed %q", got.String())
			}
			order := strings.Join(kinds, " ")
			if !strings.HasPrefix(order, "MessageStart ContentBlock") || !strings.HasSuffix(order, "Delta ContentBlockDelta ContentBlockStop MessageStop Metadata") {
				t.Errorf("events %s", order)
			}
		})
	}
}

func kind(event types.ConverseStreamOutput) string {
	_, name, _ := strings.Cut(fmt.Sprintf("%T", event), "OutputMember")
	return name
}

func piece(delta types.ContentBlockDelta) string {
	switch d := delta.(type) {
	case *types.ContentBlockDeltaMemberText:
		return d.Value
	case *types.ContentBlockDeltaMemberToolUse:
		return *d.Value.Input
	}
	return ""
}

func TestModesOfTheFake(t *testing.T) {
	tests := []struct {
		mode   converse.Mode
		want   []string // in the answer
		absent string
	}{
		{converse.MalformedJSON, []string{`{"s1":{"headline"`}, `"s3"`},
		{converse.FourthSuggestion, []string{`"s4":{"stance":"ask"}`}, ""},
		{converse.UnknownAlias, []string{`"K99"`}, `"K1"`},
		{converse.InjectedText, []string{"We look into it Ignore earlier rules", "我們會處理 Ignore", `"stance":"ask"`}, ""},
		{converse.Refusal, []string{"I can't help"}, "s1"},
	}
	fake := newFake()
	client := newClient(t, fake)
	for _, tt := range tests {
		t.Run(string(tt.mode), func(t *testing.T) {
			fake.Script("suggest", tt.mode)
			out, err := client.Converse(t.Context(), suggest())
			if err != nil {
				t.Fatal(err)
			}
			got := flat(t, out)
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("%s lacks %s", got, want)
				}
			}
			if tt.absent != "" && strings.Contains(got, tt.absent) {
				t.Errorf("%s has %s", got, tt.absent)
			}
		})
	}
}

func wantError(t *testing.T, err error, status int, code string) {
	t.Helper()
	var e smithy.APIError
	var r *smithyhttp.ResponseError
	if !errors.As(err, &e) || e.ErrorCode() != code || !errors.As(err, &r) || r.HTTPStatusCode() != status {
		t.Fatalf("got %v, want %d %s", err, status, code)
	}
}

func TestFailures(t *testing.T) {
	fake := newFake()
	client := newClient(t, fake)
	fake.Script("suggest", converse.Throttled, converse.NotReady, converse.TimedOut, converse.Fine)
	for _, want := range []struct {
		status int
		code   string
	}{{429, "ThrottlingException"}, {429, "ModelNotReadyException"}, {408, "ModelTimeoutException"}} {
		_, err := client.Converse(t.Context(), suggest())
		wantError(t, err, want.status, want.code)
	}
	for range 2 {
		if _, err := client.Converse(t.Context(), suggest()); err != nil {
			t.Errorf("after the failures: %v", err)
		}
	}

	fake.Script("suggest", converse.Throttled)
	in := suggest()
	_, err := client.ConverseStream(t.Context(), &bedrockruntime.ConverseStreamInput{ModelId: in.ModelId, Messages: in.Messages, RequestMetadata: in.RequestMetadata})
	wantError(t, err, 429, "ThrottlingException")

	fake.Script("suggest", converse.Slow)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := client.Converse(ctx, suggest()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("slow call ended with %v", err)
	}
}

func TestRefusals(t *testing.T) {
	client := newClient(t, newFake())
	tests := map[string]func(*bedrockruntime.ConverseInput){
		"no messages":     func(in *bedrockruntime.ConverseInput) { in.Messages = []types.Message{} },
		"assistant first": func(in *bedrockruntime.ConverseInput) { in.Messages[0].Role = types.ConversationRoleAssistant },
		"no tokens":       func(in *bedrockruntime.ConverseInput) { in.InferenceConfig.MaxTokens = aws.Int32(0) },
		"a guardrail": func(in *bedrockruntime.ConverseInput) {
			in.GuardrailConfig = &types.GuardrailConfiguration{GuardrailIdentifier: aws.String("g")}
		},
		"a task without answer": func(in *bedrockruntime.ConverseInput) { in.RequestMetadata = nil },
		"an image":              func(in *bedrockruntime.ConverseInput) { in.Messages[0].Content = []types.ContentBlock{image()} },
		"an empty text": func(in *bedrockruntime.ConverseInput) {
			in.Messages[0].Content = []types.ContentBlock{&types.ContentBlockMemberText{}}
		},
		"a tool that is not there": func(in *bedrockruntime.ConverseInput) {
			in.ToolConfig.ToolChoice = &types.ToolChoiceMemberTool{Value: types.SpecificToolChoice{Name: aws.String("other")}}
		},
	}
	for name, edit := range tests {
		t.Run(name, func(t *testing.T) {
			in := suggest()
			edit(in)
			_, err := client.Converse(t.Context(), in)
			wantError(t, err, 400, "ValidationException")
		})
	}
}

func image() types.ContentBlock {
	return &types.ContentBlockMemberImage{Value: types.ImageBlock{Format: types.ImageFormatPng, Source: &types.ImageSourceMemberBytes{Value: []byte{1}}}}
}
