// Package estimate answers Converse requests by the product's offline engine, so
// that the path to Bedrock can be tried on one machine without a model. It reads
// the questions of package model and answers in their forms; anything else gets a
// line of text.
package estimate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/quilldesk/quilldesk/infra/local/converse"
	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/model"
)

// Backend is a converse.Backend without a model. It is safe for concurrent use.
type Backend struct{ Engine assist.Assistant }

var _ converse.Backend = Backend{}

// Converse implements converse.Backend. The request's metadata names the task.
func (b Backend) Converse(ctx context.Context, req converse.Request) (converse.Response, error) {
	asked := lastText(req)
	tool := req.ForcedTool()
	if tool == nil {
		return b.talk(ctx, req, asked)
	}
	answer, ok := tasks[model.Task(req.RequestMetadata["task"])]
	if !ok {
		return converse.Response{}, refuse(http.StatusBadRequest, "ValidationException", "The offline engine answers a tool only for the tasks of Quilldesk; requestMetadata.task names none of them.")
	}
	p := read(asked)
	for _, s := range req.System {
		if s.Text != nil {
			p.take(read(*s.Text))
		}
	}
	input, err := answer(ctx, b.Engine, p)
	if err != nil {
		return converse.Response{}, failed(err)
	}
	content, err := json.Marshal(input)
	if err != nil {
		return converse.Response{}, fmt.Errorf("encoding the offline engine's answer: %w", err)
	}
	use := &converse.ToolUse{ID: "tooluse_offline", Name: tool.Name, Input: content}
	return respond(req, converse.ContentBlock{ToolUse: use}, converse.StopToolUse, string(content)), nil
}

// talk says in a line what the engine makes of the last message.
func (b Backend) talk(ctx context.Context, req converse.Request, asked string) (converse.Response, error) {
	labels, _, err := b.Engine.Triage(ctx, assist.Mail{Text: asked})
	if err != nil {
		return converse.Response{}, failed(err)
	}
	language := labels.Language.Value
	if language == "" {
		language = "unknown"
	}
	text := fmt.Sprintf("offline engine: language %s, intent %s, sentiment %s, priority %s. No language model is connected.",
		language, labels.Intent.Value, labels.Sentiment.Value, labels.Priority.Value)
	return respond(req, converse.ContentBlock{Text: &text}, converse.StopEndTurn, text), nil
}

// lastText is the text of the last message from the user.
func lastText(req converse.Request) string {
	for _, m := range slices.Backward(req.Messages) {
		var texts []string
		for _, block := range m.Content {
			if block.Text != nil {
				texts = append(texts, *block.Text)
			}
		}
		if m.Role == "user" && len(texts) > 0 {
			return strings.Join(texts, "\n\n")
		}
	}
	return ""
}

func respond(req converse.Request, block converse.ContentBlock, stop, answer string) converse.Response {
	usage := converse.Usage{InputTokens: model.Tokens(lastText(req)), OutputTokens: model.Tokens(answer)}
	for _, s := range req.System {
		if s.Text != nil {
			usage.InputTokens += model.Tokens(*s.Text)
		}
	}
	return converse.Response{Content: []converse.ContentBlock{block}, StopReason: stop, Usage: usage}
}

func refuse(status int, kind, message string) error {
	return &converse.Error{Status: status, Type: kind, Message: message}
}

// failed tells what only a model can do from what was asked wrongly.
func failed(err error) error {
	var e *desk.Error
	switch {
	case errors.As(err, &e) && e.Kind == desk.Invalid:
		return refuse(http.StatusBadRequest, "ValidationException", "The offline engine cannot take this: "+e.Message+".")
	case errors.As(err, &e):
		return refuse(http.StatusFailedDependency, "ModelErrorException", "The offline engine cannot do this: "+e.Message+".")
	}
	return err
}
