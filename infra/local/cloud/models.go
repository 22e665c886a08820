package cloud

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/converse"
	"github.com/quilldesk/quilldesk/infra/local/estimate"
	"github.com/quilldesk/quilldesk/internal/offline"
)

// modelTimeout is how long a model on this machine may take for one answer.
const modelTimeout = 2 * time.Minute

// modelBehind chooses what answers Bedrock's Converse by QUILLDESK_AI, which
// the functions get as the template's AIModel: the server it names, and for
// every other setting the offline engine. Only with "bedrock" do the functions
// ask it; for the rest it is there for other clients.
func modelBehind(ai string) (converse.Backend, error) {
	kind, rest, _ := strings.Cut(ai, ":")
	switch {
	case ai == "offline", ai == "off", ai == "bedrock", kind == "bedrock" && rest != "":
		engine, err := offline.New()
		if err != nil {
			return nil, fmt.Errorf("opening the offline engine: %w", err)
		}
		return estimate.Backend{Engine: engine}, nil
	case kind != "openai":
		return nil, fmt.Errorf("QUILLDESK_AI %q is not offline, off, bedrock, bedrock:<model> or openai:<base URL>#<model>", ai)
	}
	base, model, _ := strings.Cut(rest, "#")
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || model == "" {
		return nil, fmt.Errorf("QUILLDESK_AI %q is not openai:<base URL>#<model>, such as openai:http://127.0.0.1:11434/v1#qwen3", ai)
	}
	return converse.OpenAI{BaseURL: strings.TrimSuffix(base, "/"), Model: model, Client: &http.Client{Timeout: modelTimeout}}, nil
}
