package cloud

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/converse"
)

// modelTimeout is how long a model on this machine may take for one answer.
const modelTimeout = 2 * time.Minute

// modelBehind chooses what answers Bedrock's Converse by QUILLDESK_AI, which
// the functions get as the template's AIModel. Where no model is configured they
// use the product's own rules and never ask.
func modelBehind(ai string) (converse.Backend, error) {
	kind, rest, _ := strings.Cut(ai, ":")
	switch {
	case ai == "offline" || ai == "off":
		return noModel{}, nil
	case kind != "openai":
		return nil, fmt.Errorf("QUILLDESK_AI %q is not offline, off or openai:<base URL>#<model>; Bedrock needs AWS", ai)
	}
	base, model, _ := strings.Cut(rest, "#")
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || model == "" {
		return nil, fmt.Errorf("QUILLDESK_AI %q is not openai:<base URL>#<model>, such as openai:http://127.0.0.1:11434/v1#qwen3", ai)
	}
	return converse.OpenAI{BaseURL: strings.TrimSuffix(base, "/"), Model: model, Client: &http.Client{Timeout: modelTimeout}}, nil
}

// noModel answers as Bedrock does for a model that does not exist.
type noModel struct{}

func (noModel) Converse(context.Context, converse.Request) (converse.Response, error) {
	return converse.Response{}, &converse.Error{
		Status: http.StatusNotFound, Type: "ResourceNotFoundException",
		Message: "No model is configured on this machine. Start with QUILLDESK_AI=openai:<base URL>#<model>.",
	}
}
