package model

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/language"
)

const (
	draftTokens   = 1200
	draftLimit    = 6000 // characters; marketplaces take less, and say so in their check
	missingLimit  = 5
	questionLimit = 120 // characters
)

// written is the answer to a question for a reply.
type written struct {
	Text      string    `json:"text"`
	Citations []claimed `json:"citations"`
	Missing   []string  `json:"missing"`
	cut       bool
}

// Draft writes the reply of a suggestion.
func (a *Assistant) Draft(ctx context.Context, c assist.Case, s desk.Suggestion) (desk.Draft, error) {
	return a.write(ctx, Draft, c, func(p *page, m *masks, shown []desk.Entry) {
		p.fact("stance", string(s.Stance))
		p.fact("rests on", strings.Join(aliasesOf(s.Entries, shown), ", "))
		p.data("suggestion", m.hide(line(s.Headline)))
	})
}

// Instruct writes a reply after the agent's own words.
func (a *Assistant) Instruct(ctx context.Context, c assist.Case, instruction string) (desk.Draft, error) {
	return a.write(ctx, Instruct, c, func(p *page, m *masks, _ []desk.Entry) {
		p.WriteString("Follow the agent's instruction:\n")
		p.data("instruction", m.hide(trim(clean(instruction), mailTokens)))
	})
}

// aliasesOf are the aliases under which entries are shown, in the order of the ids.
func aliasesOf(ids []desk.EntryID, shown []desk.Entry) []string {
	var names []string
	for _, id := range ids {
		if i := slices.IndexFunc(shown, func(e desk.Entry) bool { return e.ID == id }); i >= 0 {
			names = append(names, alias(i))
		}
	}
	return names
}

// write asks for a reply; lead adds what it is to be like.
func (a *Assistant) write(ctx context.Context, task Task, c assist.Case, lead func(*page, *masks, []desk.Entry)) (desk.Draft, error) {
	m := newMasks(c.OrderNumbers...)
	p, shown := casePage(c, m)
	lead(p, m, shown)
	room := roomFor(c)
	p.fact("at most", fmt.Sprintf("%d characters", room))
	q := Question{Org: c.Org, Task: task, Shared: p.shared(), User: p.String(), Tool: draftTool(len(shown)), MaxTokens: draftTokens, Grows: growing(c, p, m)}
	var draft desk.Draft
	tries := 0
	made, err := a.ask(ctx, q, func(input json.RawMessage) error {
		var w written
		if err := decode(input, &w); err != nil {
			return err
		}
		if p.repeated(w.Text) || strings.Contains(w.Text, assist.Canary) || m.strange(w.Text) {
			return flaw{what: "text has a fence, the instructions' mark or a token that was not given"}
		}
		tries++
		if w.Text, w.cut = fitted(w.Text, room); w.cut && tries == 1 {
			return flaw{what: fmt.Sprintf("text is longer than %d characters", room)}
		}
		draft = w.draft(c, shown, m)
		return usable(draft.Text)
	})
	if err != nil {
		return desk.Draft{}, err
	}
	draft.Made = made
	return draft, nil
}

// roomFor is how many characters a reply may have before its signature.
func roomFor(c assist.Case) int {
	if c.MaxCharacters == 0 {
		return draftLimit
	}
	return max(c.MaxCharacters-utf8.RuneCountInString(c.Signature)-1, 1)
}

// fitted is a text of at most so many characters, cut after a sentence where it is
// too long. The marks of entries, which nobody sends, count for nothing.
func fitted(text string, room int) (fit string, cut bool) {
	plain, _ := unmark(text)
	if utf8.RuneCountInString(plain) <= room {
		return text, false
	}
	end := 0
	for _, s := range sentences(text) {
		before, _ := unmark(text[:s[1]])
		if utf8.RuneCountInString(before) > room {
			break
		}
		end = s[1]
	}
	if end == 0 { // one endless sentence
		return shorten(plain, room), true
	}
	return text[:end], true
}

// usable refuses a text that nobody could send.
func usable(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return flaw{what: "text is empty"}
	case len([]rune(text)) > draftLimit:
		return flaw{what: "text is too long"}
	}
	return nil
}

func (w written) draft(c assist.Case, shown []desk.Entry, m *masks) desk.Draft {
	text, places := unmark(clean(w.Text))
	text, places = restoreAt(text, places, m)
	d := desk.Draft{
		Text: text, Language: c.Language, Citations: citations(w.Citations, shown, text, places),
		Missing: []string{}, Unverified: []string{}, Cut: w.cut,
	}
	d.Text = signed(d.Text, c.Signature)
	for _, question := range w.Missing {
		if question = shorten(m.quote(line(question)), questionLimit); question != "" && len(d.Missing) < missingLimit {
			d.Missing = append(d.Missing, question)
		}
	}
	return d
}

// restoreAt puts masked values back and moves the places along.
func restoreAt(text string, places map[string]int, m *masks) (string, map[string]int) {
	moved := map[string]int{}
	for name, at := range places {
		moved[name] = len(m.quote(text[:at]))
	}
	return m.quote(text), moved
}

// signed puts the organisation's signature under a reply.
func signed(text, signature string) string {
	signature = strings.TrimSpace(signature)
	if signature == "" || strings.HasSuffix(text, signature) {
		return text
	}
	return text + "\n" + signature
}

// Polish improves hand-written text in its own language. Its numbers must be the
// same afterwards.
func (a *Assistant) Polish(ctx context.Context, c assist.Case, text string) (desk.Draft, error) {
	if usable(text) != nil {
		return desk.Draft{}, desk.Errorf(desk.Invalid, "text", "the text to polish is empty or too long")
	}
	p, m := newPage(), newExactMasks(nil)
	masked := m.hide(text)
	p.data("text", masked)
	q := Question{Org: c.Org, Task: Polish, User: p.String(), Tool: textTool(), MaxTokens: answerTokens(masked)}
	polished := ""
	made, err := a.ask(ctx, q, func(input json.RawMessage) (err error) {
		polished, err = m.readExact(input, masked)
		if err != nil {
			return err
		}
		if err := sameNumbers(text, polished); err != nil {
			return err
		}
		return usable(polished)
	})
	if err != nil {
		return desk.Draft{}, err
	}
	return desk.Draft{
		Text: polished, Language: language.Identify(polished).Language, Citations: []desk.Citation{}, Missing: []string{}, Unverified: []string{}, Made: made,
	}, nil
}
