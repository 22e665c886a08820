package openai

import (
	"encoding/json"
	"strings"

	"github.com/quilldesk/quilldesk/internal/model"
)

type request struct {
	Model     string    `json:"model"`
	Messages  []message `json:"messages"`
	MaxTokens int       `json:"max_tokens"`
	Tools     []tool    `json:"tools,omitempty"`
	Choice    *choice   `json:"tool_choice,omitempty"`
	Format    *format   `json:"response_format,omitempty"`
	Stream    bool      `json:"stream,omitempty"`

	StreamOptions *streamOptions `json:"stream_options,omitempty"`
}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type tool struct {
	Type     string   `json:"type"`
	Function function `json:"function"`
}

type function struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Parameters  json.RawMessage `json:"parameters"`
}

type choice struct {
	Type     string `json:"type"`
	Function struct {
		Name string `json:"name"`
	} `json:"function"`
}

type format struct {
	Type   string `json:"type"`
	Schema struct {
		Name   string          `json:"name"`
		Strict bool            `json:"strict"`
		Schema json.RawMessage `json:"schema"`
	} `json:"json_schema"`
}

type reply struct {
	Choices []alternative `json:"choices"`
	Usage   usage         `json:"usage"`
}

// alternative is an answer; one is asked for.
type alternative struct {
	Message      said   `json:"message"`
	FinishReason string `json:"finish_reason"`
}

type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
}

// said is a message of the model, or of a stream one piece of it.
type said struct {
	Content string `json:"content"`
	Refusal string `json:"refusal"`
	Calls   []call `json:"tool_calls"`
}

type call struct {
	Function struct {
		// Arguments is a JSON document in a string.
		Arguments string `json:"arguments"`
	} `json:"function"`
}

// answer is the tool's input wherever the model put it: servers that do not know
// tool_choice let models write JSON as text (Ollama, 2026).
func (r reply) answer(id string) model.Answer {
	c := r.Choices[0]
	a := model.Answer{Model: id, Stop: model.Done, InputTokens: r.Usage.Prompt, OutputTokens: r.Usage.Completion}
	switch {
	case c.FinishReason == "content_filter" || c.Message.Refusal != "":
		a.Stop = model.Refused
	case c.FinishReason == "length":
		a.Stop = model.CutOff
	}
	if len(c.Message.Calls) > 0 {
		a.Input = json.RawMessage(c.Message.Calls[0].Function.Arguments)
	} else {
		a.Input = json.RawMessage(objectIn(c.Message.Content))
	}
	return a
}

// objectIn is the JSON object in a text: behind a model's thoughts, in a code
// block, between words. A text without one is returned as it is.
func objectIn(text string) string {
	if i := strings.LastIndex(text, "</think>"); i >= 0 {
		text = text[i+len("</think>"):]
	}
	start, end := strings.IndexByte(text, '{'), strings.LastIndexByte(text, '}')
	if start < 0 || end < start {
		return text
	}
	return text[start : end+1]
}
