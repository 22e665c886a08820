package converse

import (
	"encoding/json"
	"slices"
)

// Request is a Converse request. The JSON names are the API's.
type Request struct {
	// ModelID is a model or inference profile, by ID or ARN.
	ModelID         string            `json:"-"`
	System          []SystemBlock     `json:"system"`
	Messages        []Message         `json:"messages"`
	ToolConfig      *ToolConfig       `json:"toolConfig"`
	InferenceConfig InferenceConfig   `json:"inferenceConfig"`
	OutputConfig    *OutputConfig     `json:"outputConfig"`
	RequestMetadata map[string]string `json:"requestMetadata"`
	// AdditionalFields are the model's own parameters, such as "thinking".
	AdditionalFields json.RawMessage `json:"additionalModelRequestFields"`
}

// SystemBlock is one block of the system prompt: a text or a cache point.
type SystemBlock struct {
	Text       *string     `json:"text"`
	CachePoint *CachePoint `json:"cachePoint"`
}

// CachePoint marks the end of a prefix worth caching.
type CachePoint struct {
	Type string `json:"type"`
	TTL  string `json:"ttl"`
}

// Message is one turn of the user or the assistant.
type Message struct {
	Role    string         `json:"role"`
	Content []ContentBlock `json:"content"`
}

// ContentBlock is one of its members.
type ContentBlock struct {
	Text       *string     `json:"text,omitempty"`
	ToolUse    *ToolUse    `json:"toolUse,omitempty"`
	ToolResult *ToolResult `json:"toolResult,omitempty"`
	CachePoint *CachePoint `json:"cachePoint,omitempty"`
}

// ToolUse is the model's call of a tool.
type ToolUse struct {
	ID    string          `json:"toolUseId"`
	Name  string          `json:"name"`
	Input json.RawMessage `json:"input"`
}

// ToolResult is what a tool gave back.
type ToolResult struct {
	ID      string              `json:"toolUseId"`
	Content []ToolResultContent `json:"content"`
	Status  string              `json:"status,omitempty"`
}

// ToolResultContent is one of its members.
type ToolResultContent struct {
	Text *string         `json:"text,omitempty"`
	JSON json.RawMessage `json:"json,omitempty"`
}

// ToolConfig are the tools and how the model is to choose among them.
type ToolConfig struct {
	Tools  []Tool      `json:"tools"`
	Choice *ToolChoice `json:"toolChoice"`
}

// Tool is a tool, or a cache point after the tools before it.
type Tool struct {
	Spec       *ToolSpec   `json:"toolSpec"`
	CachePoint *CachePoint `json:"cachePoint"`
}

// ToolSpec describes a tool.
type ToolSpec struct {
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Schema      InputSchema `json:"inputSchema"`
	Strict      bool        `json:"strict"`
}

// InputSchema holds the JSON schema of a tool's input.
type InputSchema struct {
	JSON json.RawMessage `json:"json"`
}

// ToolChoice is one of its members; none is Auto.
type ToolChoice struct {
	Auto *struct{} `json:"auto"`
	Any  *struct{} `json:"any"`
	Tool *struct {
		Name string `json:"name"`
	} `json:"tool"`
}

// InferenceConfig are limits and sampling; nil leaves one to the model.
type InferenceConfig struct {
	MaxTokens     *int     `json:"maxTokens"`
	Temperature   *float64 `json:"temperature"`
	TopP          *float64 `json:"topP"`
	StopSequences []string `json:"stopSequences"`
}

// OutputConfig asks for an answer in a form.
type OutputConfig struct {
	TextFormat struct {
		Type      string `json:"type"`
		Structure struct {
			JSONSchema struct {
				Name        string `json:"name"`
				Description string `json:"description"`
				// Schema is a JSON document in a string.
				Schema string `json:"schema"`
			} `json:"jsonSchema"`
		} `json:"structure"`
	} `json:"textFormat"`
}

// Stop reasons.
const (
	StopEndTurn   = "end_turn"
	StopToolUse   = "tool_use"
	StopMaxTokens = "max_tokens"
	StopFiltered  = "content_filtered"
)

// Response is the model's answer.
type Response struct {
	Content    []ContentBlock
	StopReason string
	Usage      Usage
	// BrokenOff ends a stream in its middle.
	BrokenOff bool
}

// Usage counts tokens.
type Usage struct {
	InputTokens  int `json:"inputTokens"`
	OutputTokens int `json:"outputTokens"`
	TotalTokens  int `json:"totalTokens"`
}

func (u Usage) withTotal() Usage {
	u.TotalTokens = u.InputTokens + u.OutputTokens
	return u
}

type metrics struct {
	LatencyMs int64 `json:"latencyMs"`
}

// ForcedTool is the tool the model has to call, or nil if it is free.
func (r Request) ForcedTool() *ToolSpec {
	if r.ToolConfig == nil || r.ToolConfig.Choice == nil || r.ToolConfig.Choice.Tool == nil {
		return nil
	}
	return r.tool(r.ToolConfig.Choice.Tool.Name)
}

func (r Request) tool(name string) *ToolSpec {
	for _, t := range r.ToolConfig.Tools {
		if t.Spec != nil && t.Spec.Name == name {
			return t.Spec
		}
	}
	return nil
}

// check refuses what Bedrock's validation refuses for every model.
func (r Request) check() error {
	if len(r.Messages) == 0 || r.Messages[0].Role != "user" {
		return invalid("A conversation must start with a user message. Try again with a conversation that starts with a user message.")
	}
	for _, m := range r.Messages {
		if !slices.Contains([]string{"user", "assistant"}, m.Role) || len(m.Content) == 0 {
			return invalid("The content field of a message is empty, or its role is neither user nor assistant.")
		}
		if slices.ContainsFunc(m.Content, func(b ContentBlock) bool { return b.Text != nil && *b.Text == "" }) {
			return invalid("The text field in the ContentBlock object is blank. Add text to the text field, and try again.")
		}
	}
	if n := r.InferenceConfig.MaxTokens; n != nil && *n < 1 {
		return invalid("Value '%d' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater than or equal to 1", *n)
	}
	if r.ToolConfig == nil {
		return nil
	}
	if c := r.ToolConfig.Choice; len(r.ToolConfig.Tools) == 0 || c != nil && c.Tool != nil && r.tool(c.Tool.Name) == nil {
		return invalid("The toolConfig names no tools, or its toolChoice names one that is not among them.")
	}
	return nil
}
