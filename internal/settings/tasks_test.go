package settings

import (
	"context"
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/model"
)

func TestTaskModels(t *testing.T) {
	got, err := parseTasks("draft=bedrock:us.anthropic.claude-sonnet-4-5-v1:0, triage=bedrock:amazon.nova-micro-v1:0,polish=offline", "us-east-1")
	want := map[model.Task]modelChoice{
		model.Draft:  {kind: "bedrock", id: "us.anthropic.claude-sonnet-4-5-v1:0"},
		model.Triage: {kind: "bedrock", id: "amazon.nova-micro-v1:0"},
		model.Polish: {kind: "offline"},
	}
	if err != nil || len(got) != len(want) {
		t.Fatalf("got %+v, %v", got, err)
	}
	for task, choice := range want {
		if got[task] != choice {
			t.Errorf("%s: %+v", task, got[task])
		}
	}
	if none, err := parseTasks(" ", "us-east-1"); err != nil || len(none) != 0 {
		t.Errorf("empty: %v, %v", none, err)
	}
}

func TestWrongTaskModelsAreNamed(t *testing.T) {
	for setting, names := range map[string]string{
		"draft":                       `"draft" is not task=model`,
		"answer=bedrock":              `"answer" is no task: they are triage, suggest`,
		"draft=claude":                `model of task draft: "claude" is not bedrock`,
		"draft=bedrock,draft=bedrock": "task draft is named twice",
		"draft=bedrock,":              `"" is not task=model`,
	} {
		if _, err := parseTasks(setting, "us-east-1"); err == nil || !strings.Contains(err.Error(), names) {
			t.Errorf("%s: %v", setting, err)
		}
	}
}

func TestBudgetSetting(t *testing.T) {
	for setting, want := range map[string]int64{"0": 0, "10": 10_000_000, "0.25": 250_000} {
		if got, err := parseBudget(setting); err != nil || got != want {
			t.Errorf("%s: %d, %v", setting, got, err)
		}
	}
	for _, setting := range []string{"", "-1", "ten", "NaN", "1e9"} {
		if _, err := parseBudget(setting); err == nil || !strings.Contains(err.Error(), `"`+setting+`"`) {
			t.Errorf("%q: %v", setting, err)
		}
	}
}

// titled is an assistant with a name and nothing else.
type titled struct {
	assist.Assistant
	name string
}

func (a titled) Name() string { return a.name }

func TestNameShown(t *testing.T) {
	for want, b := range map[string]byTask{
		"usual":   {titled{name: "usual"}, map[model.Task]assist.Assistant{model.Draft: titled{name: "other"}}},
		"other":   {titled{name: "offline"}, map[model.Task]assist.Assistant{model.Triage: titled{name: "off"}, model.Draft: titled{name: "other"}}},
		"offline": {titled{name: "offline"}, map[model.Task]assist.Assistant{model.Triage: titled{name: "off"}}},
	} {
		if got := b.Name(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// called notes which tasks it was given.
type called struct {
	assist.Assistant
	tasks *[]string
}

func (c called) note(task string) { *c.tasks = append(*c.tasks, task) }

func (c called) Triage(context.Context, assist.Mail) (l desk.Labels, p desk.Provenance, err error) {
	c.note("triage")
	return l, p, nil
}

func (c called) Suggest(context.Context, assist.Case) (s desk.Suggestions, err error) {
	c.note("suggest")
	return s, nil
}

func (c called) Draft(context.Context, assist.Case, desk.Suggestion) (d desk.Draft, err error) {
	c.note("draft")
	return d, nil
}

func (c called) Instruct(context.Context, assist.Case, string) (d desk.Draft, err error) {
	c.note("instruct")
	return d, nil
}

func (c called) Polish(context.Context, assist.Case, string) (d desk.Draft, err error) {
	c.note("polish")
	return d, nil
}

func (c called) Translate(context.Context, assist.Translation) (text string, p desk.Provenance, err error) {
	c.note("translate")
	return "", p, nil
}

// Each task goes to its own model, and the others to the usual one.
func TestTasksGoToTheirModels(t *testing.T) {
	for _, own := range model.Tasks {
		var usual, single []string
		b := byTask{Assistant: called{tasks: &usual}, tasks: map[model.Task]assist.Assistant{own: called{tasks: &single}}}
		_, _, _ = b.Triage(t.Context(), assist.Mail{})
		_, _ = b.Suggest(t.Context(), assist.Case{})
		_, _ = b.Draft(t.Context(), assist.Case{}, desk.Suggestion{})
		_, _ = b.Instruct(t.Context(), assist.Case{}, "")
		_, _ = b.Polish(t.Context(), assist.Case{}, "")
		_, _, _ = b.Translate(t.Context(), assist.Translation{})
		if len(single) != 1 || single[0] != string(own) || len(usual) != len(model.Tasks)-1 {
			t.Errorf("%s: own %v, usual %v", own, single, usual)
		}
	}
}
