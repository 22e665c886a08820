package converse

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// maxReply is the largest reply of a server read, in bytes.
const maxReply = 8 << 20

// OpenAI answers by a server that speaks OpenAI's chat completions, such as
// Ollama, llama.cpp or vLLM.
//
// A forced tool becomes a response format with the tool's schema: servers of
// small models hold to a format by grammar, but many ignore tool_choice
// (Ollama, 2026). The model's own parameters of a request mean nothing to
// another model and are left out.
type OpenAI struct {
	// BaseURL ends before /chat/completions, such as http://127.0.0.1:11434/v1.
	BaseURL string
	Model   string
	Client  *http.Client
}

type chatRequest struct {
	Model          string          `json:"model"`
	Messages       []chatMessage   `json:"messages"`
	MaxTokens      *int            `json:"max_tokens,omitempty"`
	Temperature    *float64        `json:"temperature,omitempty"`
	TopP           *float64        `json:"top_p,omitempty"`
	Stop           []string        `json:"stop,omitempty"`
	Tools          []chatTool      `json:"tools,omitempty"`
	ToolChoice     string          `json:"tool_choice,omitempty"`
	ResponseFormat *responseFormat `json:"response_format,omitempty"`
}

type chatMessage struct {
	Role       string     `json:"role"`
	Content    string     `json:"content"`
	Refusal    string     `json:"refusal,omitempty"`
	ToolCalls  []toolCall `json:"tool_calls,omitempty"`
	ToolCallID string     `json:"tool_call_id,omitempty"`
}

type toolCall struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name string `json:"name"`
		// Arguments is a JSON document in a string.
		Arguments string `json:"arguments"`
	} `json:"function"`
}

type chatTool struct {
	Type     string       `json:"type"`
	Function chatFunction `json:"function"`
}

type chatFunction struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters"`
}

type responseFormat struct {
	Type       string     `json:"type"`
	JSONSchema jsonSchema `json:"json_schema"`
}

type jsonSchema struct {
	Name   string          `json:"name"`
	Schema json.RawMessage `json:"schema"`
}

type chatReply struct {
	Choices []struct {
		Message      chatMessage `json:"message"`
		FinishReason string      `json:"finish_reason"`
	} `json:"choices"`
	Usage struct {
		PromptTokens     int `json:"prompt_tokens"`
		CompletionTokens int `json:"completion_tokens"`
	} `json:"usage"`
}

// Converse implements Backend.
func (o OpenAI) Converse(ctx context.Context, req Request) (Response, error) {
	body, err := json.Marshal(o.translate(req))
	if err != nil {
		return Response{}, fmt.Errorf("encoding the chat request: %w", err)
	}
	reply, err := o.call(ctx, body)
	if err != nil {
		return Response{}, err
	}
	return reply.response(req.ForcedTool())
}

func (o OpenAI) translate(req Request) chatRequest {
	c := req.InferenceConfig
	out := chatRequest{Model: o.Model, MaxTokens: c.MaxTokens, Temperature: c.Temperature, TopP: c.TopP, Stop: c.StopSequences}
	system := systemText(req)
	if tool := req.ForcedTool(); tool != nil {
		// The server constrains the form, but does not show it to the model.
		system += "\n\nAnswer with one JSON object and nothing else. " + tool.Description + "\nIts JSON schema: " + string(tool.Schema.JSON)
		out.ResponseFormat = &responseFormat{"json_schema", jsonSchema{tool.Name, tool.Schema.JSON}}
	} else {
		out.Tools, out.ToolChoice = chatTools(req.ToolConfig)
	}
	if f := req.OutputConfig; f != nil && f.TextFormat.Type == "json_schema" {
		s := f.TextFormat.Structure.JSONSchema
		out.ResponseFormat = &responseFormat{"json_schema", jsonSchema{s.Name, json.RawMessage(s.Schema)}}
	}
	if system = strings.TrimSpace(system); system != "" {
		out.Messages = append(out.Messages, chatMessage{Role: "system", Content: system})
	}
	for _, m := range req.Messages {
		out.Messages = append(out.Messages, chatMessages(m)...)
	}
	return out
}

func systemText(req Request) string {
	var texts []string
	for _, b := range req.System {
		if b.Text != nil {
			texts = append(texts, *b.Text)
		}
	}
	return strings.Join(texts, "\n\n")
}

// chatTools are the tools a model may choose from, and whether it must.
func chatTools(c *ToolConfig) (tools []chatTool, choice string) {
	if c == nil {
		return nil, ""
	}
	for _, t := range c.Tools {
		if t.Spec != nil {
			tools = append(tools, chatTool{"function", chatFunction{t.Spec.Name, t.Spec.Description, t.Spec.Schema.JSON}})
		}
	}
	if c.Choice != nil && c.Choice.Any != nil {
		return tools, "required"
	}
	return tools, ""
}

// chatMessages are the messages of one turn: its texts and tool calls are one
// message, every tool result is one of its own.
func chatMessages(m Message) []chatMessage {
	var out []chatMessage
	turn := chatMessage{Role: m.Role}
	var texts []string
	for _, b := range m.Content {
		switch {
		case b.Text != nil:
			texts = append(texts, *b.Text)
		case b.ToolUse != nil:
			call := toolCall{ID: b.ToolUse.ID, Type: "function"}
			call.Function.Name, call.Function.Arguments = b.ToolUse.Name, string(b.ToolUse.Input)
			turn.ToolCalls = append(turn.ToolCalls, call)
		case b.ToolResult != nil:
			out = append(out, chatMessage{Role: "tool", ToolCallID: b.ToolResult.ID, Content: resultText(b.ToolResult)})
		}
	}
	turn.Content = strings.Join(texts, "\n\n")
	if len(texts) > 0 || len(turn.ToolCalls) > 0 {
		out = append(out, turn)
	}
	return out
}

func resultText(r *ToolResult) string {
	var texts []string
	for _, c := range r.Content {
		if c.Text != nil {
			texts = append(texts, *c.Text)
		} else {
			texts = append(texts, string(c.JSON))
		}
	}
	return strings.Join(texts, "\n")
}

func (o OpenAI) call(ctx context.Context, body []byte) (chatReply, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(o.BaseURL, "/")+"/chat/completions", bytes.NewReader(body))
	if err != nil {
		return chatReply{}, fmt.Errorf("making the chat request: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := o.Client.Do(r)
	if err != nil {
		return chatReply{}, connectionError(err)
	}
	defer func() { _ = resp.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return chatReply{}, connectionError(err)
	}
	if resp.StatusCode != http.StatusOK {
		return chatReply{}, statusError(resp.StatusCode, content)
	}
	var reply chatReply
	if err := json.Unmarshal(content, &reply); err != nil || len(reply.Choices) == 0 {
		return chatReply{}, &Error{http.StatusFailedDependency, "ModelErrorException", "The model's server gave no answer that can be read."}
	}
	return reply, nil
}

// connectionError tells a slow server from one that is not there.
func connectionError(err error) error {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return ErrTimedOut
	}
	return &Error{http.StatusServiceUnavailable, "ServiceUnavailableException", "The model's server cannot be reached: " + err.Error()}
}

func statusError(status int, content []byte) error {
	message := fmt.Sprintf("The model's server answered %d: %.300s", status, content)
	switch {
	case status == http.StatusTooManyRequests:
		return ErrThrottled
	case status == http.StatusNotFound:
		return &Error{http.StatusNotFound, "ResourceNotFoundException", message}
	case status == http.StatusServiceUnavailable:
		return ErrNotReady
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return &Error{http.StatusForbidden, "AccessDeniedException", message}
	case status < 500:
		return invalid("%s", message)
	}
	return &Error{http.StatusFailedDependency, "ModelErrorException", message}
}

// stopReasons are Bedrock's names of OpenAI's finish reasons.
var stopReasons = map[string]string{"length": StopMaxTokens, "content_filter": StopFiltered, "tool_calls": StopToolUse}

// response is the reply as Converse gives it. An answer to a forced tool that
// is no JSON object is given as text, as a model that did not call the tool.
func (r chatReply) response(forced *ToolSpec) (Response, error) {
	choice := r.Choices[0]
	out := Response{StopReason: StopEndTurn, Usage: Usage{InputTokens: r.Usage.PromptTokens, OutputTokens: r.Usage.CompletionTokens}}
	if reason, ok := stopReasons[choice.FinishReason]; ok {
		out.StopReason = reason
	}
	text := choice.Message.Content
	if choice.Message.Refusal != "" {
		text, out.StopReason = choice.Message.Refusal, StopFiltered
	}
	var object map[string]json.RawMessage
	if forced != nil && json.Unmarshal([]byte(text), &object) == nil {
		out.Content = []ContentBlock{{ToolUse: &ToolUse{ID: "tooluse_0", Name: forced.Name, Input: json.RawMessage(text)}}}
		out.StopReason = StopToolUse
		return out, nil
	}
	if text != "" {
		out.Content = []ContentBlock{{Text: &text}}
	}
	for _, call := range choice.Message.ToolCalls {
		if !json.Valid([]byte(call.Function.Arguments)) {
			return Response{}, &Error{http.StatusFailedDependency, "ModelErrorException", "Model produced invalid sequence as part of ToolUse."}
		}
		out.Content = append(out.Content, ContentBlock{ToolUse: &ToolUse{ID: call.ID, Name: call.Function.Name, Input: json.RawMessage(call.Function.Arguments)}})
	}
	return out, nil
}
