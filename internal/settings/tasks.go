package settings

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/model"
)

// parseTasks reads the template's parameter AITaskModels: task=model pairs with
// commas between, where a model is written as in AIModel. "" is none.
func parseTasks(setting, region string) (map[model.Task]modelChoice, error) {
	chosen := map[model.Task]modelChoice{}
	if strings.TrimSpace(setting) == "" {
		return chosen, nil
	}
	for pair := range strings.SplitSeq(setting, ",") {
		name, written, ok := strings.Cut(strings.TrimSpace(pair), "=")
		task := model.Task(strings.TrimSpace(name))
		if !ok {
			return nil, fmt.Errorf("%q is not task=model, such as draft=bedrock:us.anthropic.claude-sonnet-5-5", pair)
		}
		if !slices.Contains(model.Tasks, task) {
			return nil, fmt.Errorf("%q is no task: they are %s", task, joined(model.Tasks))
		}
		if _, twice := chosen[task]; twice {
			return nil, fmt.Errorf("task %s is named twice", task)
		}
		m, err := parseModel(strings.TrimSpace(written), region)
		if err != nil {
			return nil, fmt.Errorf("model of task %s: %w", task, err)
		}
		chosen[task] = m
	}
	return chosen, nil
}

func joined(tasks []model.Task) string {
	names := make([]string, len(tasks))
	for i, t := range tasks {
		names[i] = string(t)
	}
	return strings.Join(names, ", ")
}

// byTask is an assistant that leaves single tasks to others.
type byTask struct {
	assist.Assistant
	tasks map[model.Task]assist.Assistant
}

func (b byTask) to(t model.Task) assist.Assistant {
	if other, ok := b.tasks[t]; ok {
		return other
	}
	return b.Assistant
}

// Name is the usual model's, or where there is none that of the first task that
// has one: the page then offers what needs a model.
func (b byTask) Name() string {
	if usual := b.Assistant.Name(); usual != "offline" && usual != "off" {
		return usual
	}
	for _, t := range model.Tasks {
		if name := b.to(t).Name(); name != "offline" && name != "off" {
			return name
		}
	}
	return b.Assistant.Name()
}

// Triage implements assist.Assistant, as the methods below do.
func (b byTask) Triage(ctx context.Context, m assist.Mail) (desk.Labels, desk.Provenance, error) {
	return b.to(model.Triage).Triage(ctx, m)
}

// Suggest offers three ways to answer.
func (b byTask) Suggest(ctx context.Context, c assist.Case) (desk.Suggestions, error) {
	return b.to(model.Suggest).Suggest(ctx, c)
}

// Draft writes the reply of a suggestion.
func (b byTask) Draft(ctx context.Context, c assist.Case, s desk.Suggestion) (desk.Draft, error) {
	return b.to(model.Draft).Draft(ctx, c, s)
}

// Instruct writes a reply after the agent's own words.
func (b byTask) Instruct(ctx context.Context, c assist.Case, instruction string) (desk.Draft, error) {
	return b.to(model.Instruct).Instruct(ctx, c, instruction)
}

// Polish improves hand-written text.
func (b byTask) Polish(ctx context.Context, c assist.Case, text string) (desk.Draft, error) {
	return b.to(model.Polish).Polish(ctx, c, text)
}

// Translate renders a text in another language.
func (b byTask) Translate(ctx context.Context, t assist.Translation) (string, desk.Provenance, error) {
	return b.to(model.Translate).Translate(ctx, t)
}
