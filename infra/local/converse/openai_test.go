package converse_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/document"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"github.com/quilldesk/quilldesk/infra/local/converse"
)

// chatServer plays an OpenAI-compatible server that gives one reply.
type chatServer struct {
	status int
	reply  string
	path   string
	seen   map[string]any
}

func (c *chatServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.path, c.seen = r.URL.Path, nil
	_ = json.Unmarshal(body, &c.seen)
	w.WriteHeader(c.status)
	_, _ = io.WriteString(w, c.reply)
}

func newOpenAI(t *testing.T, reply string) (*chatServer, *bedrockruntime.Client) {
	t.Helper()
	chat := &chatServer{status: 200, reply: reply}
	srv := httptest.NewServer(chat)
	t.Cleanup(srv.Close)
	return chat, newClient(t, converse.OpenAI{BaseURL: srv.URL + "/v1/", Model: "small", Client: srv.Client()})
}

func wantJSON(t *testing.T, got any, want string) {
	t.Helper()
	var parsed any
	if err := json.Unmarshal([]byte(want), &parsed); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, parsed) {
		text, _ := json.Marshal(got)
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

func TestForcedToolBecomesAResponseFormat(t *testing.T) {
	chat, client := newOpenAI(t, `{"choices":[{"message":{"role":"assistant","content":"{\"s1\":{}}\n"},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":3}}`)
	out, err := client.Converse(t.Context(), suggest())
	if err != nil {
		t.Fatal(err)
	}
	if got := flat(t, out); got != `give_suggestions {"s1":{}}` || out.StopReason != types.StopReasonToolUse || *out.Usage.TotalTokens != 15 {
		t.Errorf("got %s, %s, %+v", got, out.StopReason, out.Usage)
	}
	if chat.path != "/v1/chat/completions" {
		t.Errorf("path %s", chat.path)
	}
	schema := `{"properties":{"s1":{"type":"object"}},"type":"object"}`
	wantJSON(t, any(chat.seen), `{"model":"small","max_tokens":900,
		"messages":[
			{"role":"system","content":"You help agents.\n\nAnswer with one JSON object and nothing else. Gives three.\nIts JSON schema: {\"properties\":{\"s1\":{\"type\":\"object\"}},\"type\":\"object\"}"},
			{"role":"user","content":"Where is my parcel?"}],
		"response_format":{"type":"json_schema","json_schema":{"name":"give_suggestions","schema":`+schema+`}}}`)
}

func TestAnswerThatIsNoJSONIsText(t *testing.T) {
	_, client := newOpenAI(t, `{"choices":[{"message":{"content":"Sure! {"},"finish_reason":"length"}]}`)
	out, err := client.Converse(t.Context(), suggest())
	if err != nil || flat(t, out) != "Sure! {" || out.StopReason != types.StopReasonMaxTokens {
		t.Errorf("got %+v, %v", out, err)
	}
}

func TestFreeToolsAndTheirResults(t *testing.T) {
	chat, client := newOpenAI(t, `{"choices":[{"message":{"content":"","tool_calls":[{"id":"c2","type":"function","function":{"name":"give_suggestions","arguments":"{\"q\":1}"}}]},"finish_reason":"tool_calls"}]}`)
	in := suggest()
	in.System = nil
	in.ToolConfig.ToolChoice = &types.ToolChoiceMemberAny{}
	in.Messages = append(in.Messages,
		types.Message{Role: types.ConversationRoleAssistant, Content: []types.ContentBlock{&types.ContentBlockMemberToolUse{Value: types.ToolUseBlock{
			ToolUseId: aws.String("c1"), Name: aws.String("give_suggestions"), Input: document.NewLazyDocument(map[string]any{"q": 0}),
		}}}},
		types.Message{Role: types.ConversationRoleUser, Content: []types.ContentBlock{
			&types.ContentBlockMemberToolResult{Value: types.ToolResultBlock{ToolUseId: aws.String("c1"), Content: []types.ToolResultContentBlock{
				&types.ToolResultContentBlockMemberText{Value: "nothing found"},
			}}},
			&types.ContentBlockMemberText{Value: "Try again."},
		}})
	out, err := client.Converse(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if got := flat(t, out); got != `give_suggestions {"q":1}` {
		t.Errorf("got %s", got)
	}
	wantJSON(t, chat.seen["messages"], `[{"role":"user","content":"Where is my parcel?"},
		{"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"give_suggestions","arguments":"{\"q\":0}"}}]},
		{"role":"tool","content":"nothing found","tool_call_id":"c1"},
		{"role":"user","content":"Try again."}]`)
	wantJSON(t, chat.seen["tool_choice"], `"required"`)
}

func TestFailuresOfTheServer(t *testing.T) {
	tests := []struct {
		name   string
		status int
		reply  string
		want   int
		code   string
	}{
		{"too many requests", 429, "", 429, "ThrottlingException"},
		{"still loading", 503, "", 429, "ModelNotReadyException"},
		{"no such model", 404, `{"error":"model 'small' not found"}`, 404, "ResourceNotFoundException"},
		{"refused", 400, "bad", 400, "ValidationException"},
		{"no key", 401, "", 403, "AccessDeniedException"},
		{"broken", 500, "", 424, "ModelErrorException"},
		{"no answer", 200, `{"choices":[]}`, 424, "ModelErrorException"},
		{"no JSON", 200, `<html>`, 424, "ModelErrorException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			chat, client := newOpenAI(t, tt.reply)
			chat.status = tt.status
			_, err := client.Converse(t.Context(), text())
			wantError(t, err, tt.want, tt.code)
		})
	}
	t.Run("not running", func(t *testing.T) {
		srv := httptest.NewServer(nil)
		srv.Close()
		_, err := newClient(t, converse.OpenAI{BaseURL: srv.URL, Model: "m", Client: http.DefaultClient}).Converse(t.Context(), text())
		wantError(t, err, 503, "ServiceUnavailableException")
	})
	t.Run("too slow", func(t *testing.T) {
		srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // only then does the server notice that the caller left
			<-r.Context().Done()
		}))
		t.Cleanup(srv.Close)
		_, err := newClient(t, converse.OpenAI{BaseURL: srv.URL, Model: "m", Client: &http.Client{Timeout: 20 * time.Millisecond}}).Converse(t.Context(), text())
		wantError(t, err, 408, "ModelTimeoutException")
	})
}
