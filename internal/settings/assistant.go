package settings

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/bedrock"
	"github.com/quilldesk/quilldesk/internal/budget"
	"github.com/quilldesk/quilldesk/internal/model"
	"github.com/quilldesk/quilldesk/internal/offline"
	"github.com/quilldesk/quilldesk/internal/openai"
)

// Assistant is the one that AI_MODEL names, for single tasks those that
// AI_TASK_MODELS names, and the offline engine that answers when they cannot.
func (f Function) Assistant() (assistant, fallback assist.Assistant) {
	engine, err := offline.New()
	if err != nil {
		f.Log.Error("loading the offline engine", "err", err)
		os.Exit(1)
	}
	chosen, err := parseModel(f.Get("AI_MODEL"), f.AWS.Region)
	if err != nil {
		f.Log.Error("reading AI_MODEL", "err", err)
		os.Exit(1)
	}
	single, err := parseTasks(os.Getenv("AI_TASK_MODELS"), f.AWS.Region)
	if err != nil {
		f.Log.Error("reading AI_TASK_MODELS", "err", err)
		os.Exit(1)
	}
	keeper := f.Budget()
	usual := f.assistant(chosen, engine, keeper)
	if len(single) == 0 {
		return usual, engine
	}
	each := byTask{Assistant: usual, tasks: map[model.Task]assist.Assistant{}}
	for task, choice := range single {
		each.tasks[task] = f.assistant(choice, engine, keeper)
	}
	return each, engine
}

// Budget keeps organisations within AI_MONTHLY_BUDGET.
func (f Function) Budget() *budget.Keeper {
	installed, err := parseBudget(f.Get("AI_MONTHLY_BUDGET"))
	if err != nil {
		f.Log.Error("reading AI_MONTHLY_BUDGET", "err", err)
		os.Exit(1)
	}
	return &budget.Keeper{Ledger: f.Table(), Installed: installed, Now: time.Now, Log: f.Log}
}

// parseBudget reads the template's parameter AIMonthlyBudget: US dollars, 0 for
// no limit. The result is in micro-dollars.
func parseBudget(setting string) (int64, error) {
	dollars, err := strconv.ParseFloat(setting, 64)
	if err != nil || !(dollars >= 0 && dollars <= 1e6) {
		return 0, fmt.Errorf("%q is not an amount of US dollars from 0 (no limit) to 1000000", setting)
	}
	return int64(math.Round(dollars * 1e6)), nil
}

// How long one task may take, a second try included. Claude answers in seconds;
// a small model on somebody's own machine takes its time.
const (
	bedrockLimit = 24 * time.Second
	openaiLimit  = 55 * time.Second
)

func (f Function) assistant(m modelChoice, engine *offline.Engine, keeper *budget.Keeper) assist.Assistant {
	switch m.kind {
	case "bedrock":
		endpoint, _, _ := endpoints{}.GetServiceBaseEndpoint(context.Background(), "Bedrock Runtime") // it never fails
		return &model.Assistant{
			Backend: budget.Backend{Keeper: keeper, Next: bedrock.New(bedrock.Config{
				Model: m.id, Region: f.AWS.Region, Credentials: f.AWS.Credentials, Endpoint: endpoint, Client: f.AWS.HTTPClient, Now: time.Now,
			})},
			Model: m.id, Limit: bedrockLimit, Risk: engine.Risk,
		}
	case "openai":
		return &model.Assistant{
			Backend: budget.Backend{Keeper: keeper, Next: &openai.Backend{
				Base: m.base, Model: m.id, Key: os.Getenv("AI_API_KEY"), Client: &http.Client{Timeout: openaiLimit},
			}},
			Model: m.id, Limit: openaiLimit, Risk: engine.Risk,
		}
	case "off":
		return noModel{engine}
	}
	return engine
}

// noModel is the offline engine for somebody who wants no model: the same
// answers, under the name of the setting.
type noModel struct{ *offline.Engine }

// Name is the setting.
func (noModel) Name() string { return "off" }

// modelChoice is what AI_MODEL says.
type modelChoice struct {
	kind string // bedrock, openai, offline or off
	id   string // the model's
	base string // of an OpenAI-compatible server
}

// parseModel reads the template's parameter AIModel: bedrock, bedrock:<model or
// profile id>, openai:<base URL>#<model>, offline or off.
func parseModel(setting, region string) (modelChoice, error) {
	kind, rest, more := strings.Cut(setting, ":")
	switch {
	case setting == "offline" || setting == "off":
		return modelChoice{kind: setting}, nil
	case setting == "bedrock":
		return modelChoice{kind: kind, id: bedrock.Profile(region, bedrock.DefaultModel)}, nil
	case kind == "bedrock" && more && rest != "":
		return modelChoice{kind: kind, id: rest}, nil
	case kind == "openai":
		base, id, _ := strings.Cut(rest, "#")
		u, err := url.Parse(base)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || id == "" {
			return modelChoice{}, fmt.Errorf("%q is not openai:<base URL>#<model>, such as openai:https://models.example.com/v1#qwen3", setting)
		}
		return modelChoice{kind: kind, id: id, base: strings.TrimSuffix(base, "/")}, nil
	}
	return modelChoice{}, fmt.Errorf("%q is not bedrock, bedrock:<model or profile id>, openai:<base URL>#<model>, offline or off", setting)
}
