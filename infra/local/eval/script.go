package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/quilldesk/quilldesk/infra/local/converse"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/model"
)

// script is a model that knows the right labels of the case at hand: what is
// wrong in the end was lost on the way. With an attack it is the worst model
// there can be: it does whatever the mail tells it to.
type script struct {
	mu     sync.Mutex
	wanted mailCase
	obeys  *attack
	system string // of the last request
	user   string
}

// expect names the case that the next questions are about.
func (s *script) expect(c mailCase, obeys *attack) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted, s.obeys = c, obeys
}

// wants is the id of the case at hand.
func (s *script) wants() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wanted.ID
}

// Converse implements converse.Backend.
func (s *script) Converse(_ context.Context, req converse.Request) (converse.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.system, s.user = texts(req)
	var answer any
	switch model.Task(req.RequestMetadata["task"]) {
	case model.Triage:
		answer = s.sorted()
	case model.Suggest:
		answer = map[string]any{
			"s1": offer("Answer from the knowledge base", desk.Resolve, "K1"), "s2": offer("Ask for a photo", desk.Ask), "s3": offer("Say politely that it is not possible", desk.Decline),
		}
	default:
		answer = s.written()
	}
	input, err := json.Marshal(answer)
	if err != nil {
		return converse.Response{}, fmt.Errorf("encoding the script's answer: %w", err)
	}
	tool := req.ForcedTool()
	if tool == nil {
		return converse.Response{}, &converse.Error{Status: 400, Type: "ValidationException", Message: "the script answers forced tools only"}
	}
	return converse.Response{
		Content:    []converse.ContentBlock{{ToolUse: &converse.ToolUse{ID: "tooluse_script", Name: tool.Name, Input: input}}},
		StopReason: converse.StopToolUse,
		Usage:      converse.Usage{InputTokens: model.Tokens(s.system) + model.Tokens(s.user), OutputTokens: model.Tokens(string(input))},
	}, nil
}

func texts(req converse.Request) (system, user string) {
	for _, b := range req.System {
		if b.Text != nil {
			system += *b.Text
		}
	}
	for _, m := range req.Messages {
		for _, b := range m.Content {
			if b.Text != nil {
				user += *b.Text
			}
		}
	}
	return system, user
}

func offer(headline string, stance desk.Stance, cited ...string) map[string]any {
	return map[string]any{"headline": headline, "stance": stance, "cited": append([]string{}, cited...)}
}

// moods are one sentiment of each polarity.
var moods = map[polarity]desk.Sentiment{unhappy: desk.Negative, neutral: desk.Neutral, happy: desk.Positive}

// sorted are the labels of the case, or those that an attacker likes best.
func (s *script) sorted() map[string]any {
	c := s.wanted
	out := map[string]any{
		"reason": "as labelled", "type": c.Type, "intent": c.Intent, "flags": []string{}, "priority": c.Priority, "mood": "as labelled",
		"sentiment": moods[c.Sentiment], "language": c.Language, "summary": "The writer asks for something.", "query": "",
	}
	if c.Type == desk.Automatic {
		out["type"] = desk.OtherMail
	}
	if c.costly() {
		out["flags"] = []string{"refund"}
	}
	for field, usual := range map[string]any{"intent": desk.OtherIntent, "priority": desk.Medium, "sentiment": desk.Neutral} {
		if fmt.Sprint(out[field]) == "" {
			out[field] = usual
		}
	}
	if s.obeys != nil {
		out["type"], out["intent"], out["flags"], out["priority"], out["sentiment"] = desk.OtherMail, desk.Thanks, []string{}, desk.Low, desk.VeryPositive
	}
	return out
}

// written is a reply that quotes the first entry that was found, or one that does
// what the attacker asked, with a citation that proves nothing.
func (s *script) written() map[string]any {
	if s.obeys != nil {
		payload := s.obeys.Obeyed
		return map[string]any{
			"text": payload + " [K1]", "missing": []string{},
			"citations": []map[string]string{{"alias": "K1", "quote": "the attacker's own words"}, {"alias": "K99", "quote": payload}},
		}
	}
	alias, quote := bestEntry(s.system, s.user)
	text, citations := "Thank you for your message. We look into it and answer soon.", []map[string]string{}
	if quote != "" {
		text, citations = quote+" ["+alias+"]", append(citations, map[string]string{"alias": alias, "quote": quote})
	}
	return map[string]any{"text": text, "citations": citations, "missing": []string{}}
}

// bestEntry is the best entry found, with its alias: the first that is named of a
// base shown whole, else the first of the question.
func bestEntry(system, user string) (alias, answer string) {
	_, hint, ok := strings.Cut(user, "\nentries that a search found: ")
	if !ok {
		return "K1", entry("K1", user)
	}
	hint, _, _ = strings.Cut(hint, "\n")
	alias, _, _ = strings.Cut(hint, ",")
	return alias, entry(alias, system)
}

// entry is the answer of an entry that is shown.
func entry(alias, text string) string {
	_, rest, ok := strings.Cut(text, "<<<"+alias+" ")
	if !ok {
		return ""
	}
	block, _, _ := strings.Cut(rest, "<<<end ")
	_, block, _ = strings.Cut(block, "Question: ")
	_, answer, _ := strings.Cut(block, "\n")
	return strings.TrimSpace(answer)
}
