package bedrock

import (
	"encoding/json"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/model"
)

// request is the part of a Converse request that is used here. Temperature and
// top_p are never sent: Claude models of the fifth generation refuse them.
type request struct {
	System          []block           `json:"system"`
	Messages        []message         `json:"messages"`
	Inference       inference         `json:"inferenceConfig"`
	Tools           tools             `json:"toolConfig"`
	Additional      *additional       `json:"additionalModelRequestFields,omitempty"`
	RequestMetadata map[string]string `json:"requestMetadata,omitempty"`
}

type message struct {
	Role    string  `json:"role"`
	Content []block `json:"content"`
}

// block is one of its members.
type block struct {
	Text       *string     `json:"text,omitempty"`
	CachePoint *cachePoint `json:"cachePoint,omitempty"`
	ToolUse    *toolUse    `json:"toolUse,omitempty"`
}

type cachePoint struct {
	Type string `json:"type"`
}

type toolUse struct {
	Name  string          `json:"name"`
	Input json.RawMessage `json:"input"`
}

type inference struct {
	MaxTokens int `json:"maxTokens"`
}

type tools struct {
	Tools  []toolEntry `json:"tools"`
	Choice *choice     `json:"toolChoice,omitempty"`
}

type toolEntry struct {
	Spec toolSpec `json:"toolSpec"`
}

type toolSpec struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Strict      bool   `json:"strict,omitempty"`
	Schema      struct {
		JSON json.RawMessage `json:"json"`
	} `json:"inputSchema"`
}

// choice is one of its members; none leaves it to the model.
type choice struct {
	Any  *struct{}   `json:"any,omitempty"`
	Tool *toolChoice `json:"tool,omitempty"`
}

type toolChoice struct {
	Name string `json:"name"`
}

// additional are the model's own parameters.
type additional struct {
	Thinking thinking `json:"thinking"`
}

type thinking struct {
	Type string `json:"type"`
}

// newRequest writes a question with the fields that the model takes.
func newRequest(q model.Question, able capabilities) request {
	r := request{
		System:    []block{{Text: &q.System}},
		Messages:  []message{{Role: "user", Content: []block{{Text: &q.User}}}},
		Inference: inference{q.MaxTokens},
	}
	if q.Shared != "" { // a block without text is refused
		r.System = append(r.System, block{Text: &q.Shared})
	}
	spec := toolSpec{Name: q.Tool.Name, Description: q.Tool.Description, Strict: able.has(strictField)}
	spec.Schema.JSON = q.Tool.Schema
	r.Tools.Tools = []toolEntry{{spec}}
	switch {
	case able.has(toolChoiceField):
		r.Tools.Choice = &choice{Tool: &toolChoice{q.Tool.Name}}
	case able.has(anyToolField):
		r.Tools.Choice = &choice{Any: &struct{}{}}
	}
	if able.has(cachePointField) {
		r.System = append(r.System, block{CachePoint: &cachePoint{"default"}})
	}
	if able.has(thinkingField) {
		r.Additional = &additional{thinking{"disabled"}}
	}
	if able.has(metadataField) {
		r.RequestMetadata = map[string]string{"task": string(q.Task)}
	}
	return r
}

// reply is the part of a Converse reply that is used here.
type reply struct {
	Output struct {
		Message message `json:"message"`
	} `json:"output"`
	StopReason string `json:"stopReason"`
	Usage      usage  `json:"usage"`
}

type usage struct {
	Input      int `json:"inputTokens"`
	Output     int `json:"outputTokens"`
	CacheRead  int `json:"cacheReadInputTokens"`
	CacheWrite int `json:"cacheWriteInputTokens"`
}

// stops are Bedrock's stop reasons that mean more than the end.
var stops = map[string]model.Stop{
	"max_tokens": model.CutOff, "model_context_window_exceeded": model.CutOff,
	"refusal": model.Refused, "content_filtered": model.Refused, "guardrail_intervened": model.Refused,
}

// answer is the input of the tool, or what the model said instead.
func (r reply) answer(id, tool string) (model.Answer, error) {
	a := model.Answer{
		Model: id, Stop: model.Done, InputTokens: r.Usage.Input, OutputTokens: r.Usage.Output,
		CacheReadTokens: r.Usage.CacheRead, CacheWriteTokens: r.Usage.CacheWrite,
	}
	if stop, ok := stops[r.StopReason]; ok {
		a.Stop = stop
	}
	a.MicroDollars = model.Cost(id, a)
	var said []string
	for _, b := range r.Output.Message.Content {
		if b.ToolUse != nil && b.ToolUse.Name == tool {
			a.Input = b.ToolUse.Input
			return a, nil
		}
		if b.Text != nil {
			said = append(said, *b.Text)
		}
	}
	a.Input = json.RawMessage(strings.Join(said, "\n"))
	if len(a.Input) == 0 && a.Stop == model.Done {
		return a, desk.Errorf(desk.Unavailable, "model_nonsense", "the model's reply is empty")
	}
	return a, nil
}
