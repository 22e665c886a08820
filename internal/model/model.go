// Package model is an assist.Assistant that asks a language model.
//
// It writes the questions, keeps what the model need not see from it, and holds
// every answer to account: labels come from closed sets, citations must be
// verbatim, numbers must survive. Who answers is behind the small interface
// Backend; package bedrock and package openai implement it.
//
// Mail is data. It stands between fences that are new for each question, no
// tool with an effect is behind the model, and a person sends what it wrote.
package model

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// Task names what a question is about; fakes and bills go by it.
type Task string

const (
	Triage    Task = "triage"
	Suggest   Task = "suggest"
	Draft     Task = "draft"
	Instruct  Task = "instruct"
	Polish    Task = "polish"
	Translate Task = "translate"
)

// Tasks lists every task.
var Tasks = []Task{Triage, Suggest, Draft, Instruct, Polish, Translate}

// Question is one call of a model.
type Question struct {
	Org  desk.OrgID // who pays
	Task Task
	// System is the same for every question of a task: a prefix worth caching.
	System string
	// Shared follows System and is the same for many questions of an organisation:
	// its whole knowledge base, or "". It belongs to the prefix worth caching.
	Shared string
	User   string
	// Tool is the one the model has to call.
	Tool Tool
	// MaxTokens bounds the answer; quotas reserve it.
	MaxTokens int
	// Grows, when set, is called with all of the tool's input so far whenever more
	// has come. A backend that gets answers whole never calls it.
	Grows func(input []byte)
}

// Tool is the form of an answer: the model fills in its input.
type Tool struct {
	Name, Description string
	Schema            json.RawMessage
}

// Stop says why a model ended.
type Stop string

const (
	Done    Stop = "done"
	CutOff  Stop = "cut_off" // at MaxTokens
	Refused Stop = "refused" // by the model or a filter before it
)

// Answer is what came back. Input is the tool's input, or the model's text when
// it called no tool; it may be no JSON at all.
type Answer struct {
	Input json.RawMessage
	Model string // the id that answered, for provenance and price
	Stop  Stop
	// InputTokens are those neither read from nor written to the prompt cache.
	InputTokens, CacheReadTokens, CacheWriteTokens, OutputTokens int
	// MicroDollars is its price, 0 from a server whose price nobody told.
	MicroDollars int64
}

// Backend asks a model. Errors are of package desk's kinds: Unavailable when it
// is worth trying later, Permanent when the settings are wrong.
type Backend interface {
	Ask(context.Context, Question) (Answer, error)
	// Worst is the most that asking can cost, in micro-dollars.
	Worst(Question) int64
}

// Assistant asks a model for labels, suggestions and texts. It is safe for
// concurrent use if its backend is.
type Assistant struct {
	Backend Backend
	// Model is the id shown as the assistant's name.
	Model string
	// Limit bounds one task, a second try included.
	Limit time.Duration
	// Risk finds by rules what a mail asks for or threatens with, as names of
	// flags. Mail cannot talk rules out of it: priority never falls below them.
	Risk func(text string) []string
}

var _ assist.Assistant = (*Assistant)(nil)

// Name is the model's id.
func (a *Assistant) Name() string { return a.Model }

// reserve is left of a caller's deadline for falling back to rules.
const reserve = 3 * time.Second

// within bounds a task by the limit and by what the caller's deadline leaves.
func (a *Assistant) within(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := a.Limit
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline)-reserve)
	}
	return context.WithTimeout(ctx, limit)
}

// flaw is why an answer cannot be used. Its detail is for the model alone: it can
// hold numbers of the mail, which have no place in a log.
type flaw struct{ what, detail string }

func (f flaw) Error() string { return f.what }

// advice is the flaw in words that the model can act on.
func advice(found error) string {
	var f flaw
	if errors.As(found, &f) && f.detail != "" {
		return f.what + ": " + f.detail
	}
	return found.Error()
}

// ask puts a question under its task's prompt and has read take in the answer. When read finds a flaw
// the model gets one chance to mend it.
func (a *Assistant) ask(ctx context.Context, q Question, read func(json.RawMessage) error) (desk.Provenance, error) {
	ctx, cancel := a.within(ctx)
	defer cancel()
	prompt := promptOf(q.Task)
	made := desk.Provenance{Source: desk.ByModel, Model: a.Model, Prompt: prompt.name}
	q.System = prompt.text
	user := q.User
	var found error
	for range 2 {
		answer, err := a.Backend.Ask(ctx, q)
		if err != nil {
			return made, fmt.Errorf("asking %s to %s: %w", a.Model, q.Task, err)
		}
		bill(&made, answer)
		if answer.Stop == Refused {
			return made, desk.Errorf(desk.Unavailable, "model_refused", "%s refused to %s", a.Model, q.Task)
		}
		if found = take(answer, read); found == nil {
			return made, nil
		}
		q.User = user + "\n\nYour last answer cannot be used: " + advice(found) + ". Call the tool again with everything right."
	}
	if errors.Is(found, errWords) {
		return made, desk.Errorf(desk.Unavailable, "model_refused", "%s answered in words instead of the tool to %s", a.Model, q.Task)
	}
	return made, desk.Errorf(desk.Unavailable, "model_nonsense", "%s gave no usable answer to %s: %w", a.Model, q.Task, found)
}

var errWords = flaw{what: "it is not a call of the tool"}

// take hands an answer to read unless its form is wrong already.
func take(answer Answer, read func(json.RawMessage) error) error {
	input := bytes.TrimSpace(answer.Input)
	switch {
	case answer.Stop == CutOff:
		return flaw{what: "it is too long; say less"}
	case !bytes.HasPrefix(input, []byte("{")):
		return errWords
	case !json.Valid(input):
		return flaw{what: "it is not valid JSON"}
	}
	return read(json.RawMessage(input))
}

// bill adds an answer's tokens and cost.
func bill(made *desk.Provenance, answer Answer) {
	if answer.Model != "" {
		made.Model = answer.Model
	}
	made.InputTokens += answer.InputTokens + answer.CacheReadTokens + answer.CacheWriteTokens
	made.OutputTokens += answer.OutputTokens
	made.MicroDollars += answer.MicroDollars
}

// decode reads a tool's input. Fields nobody asked for, a fourth suggestion
// among them, are left aside.
func decode(input json.RawMessage, into any) error {
	if err := json.Unmarshal(input, into); err != nil {
		return flaw{what: "a field is missing or of the wrong type"}
	}
	return nil
}
