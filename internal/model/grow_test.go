package model_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/quilldesk/quilldesk/infra/local/converse"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// What an agent sees while a draft is written is always a beginning of what the
// model writes, without marks, and with masked values put back.
func TestDraftGrows(t *testing.T) {
	a, _ := newAssistant(t)
	c := question
	var seen []string
	c.Grows = func(text string) { seen = append(seen, text) }
	d, err := a.Draft(t.Context(), c, desk.Suggestion{Stance: desk.Resolve})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) < 3 {
		t.Fatalf("seen %q", seen)
	}
	for i, text := range seen {
		if !strings.HasPrefix(d.Text, text) || strings.ContainsAny(text, "[⟦\uFFFD") || i > 0 && len(text) < len(seen[i-1]) {
			t.Errorf("seen %q", text)
		}
	}
	if last := seen[len(seen)-1]; !strings.Contains(last, "anna@example.com") {
		t.Errorf("at last %q", last)
	}
}

func TestBrokenStreamKeepsWhatWasSeen(t *testing.T) {
	a, fake := newAssistant(t)
	fake.Script("draft", converse.BrokenOff)
	c := question
	last := ""
	c.Grows = func(text string) { last = text }
	if _, err := a.Draft(t.Context(), c, desk.Suggestion{Stance: desk.Resolve}); desk.CodeOf(err) != "model_broke_off" {
		t.Errorf("got %v", err)
	}
	if !strings.HasPrefix(last, "Guten Tag") || len(fake.Requests()) != 1 {
		t.Errorf("saw %q, asked %d times", last, len(fake.Requests()))
	}
}

// The first answer is too long for eBay and is asked for again; the second is cut
// after a sentence.
func TestLongDraftIsCutAfterASentence(t *testing.T) {
	a, fake := newAssistant(t)
	c := question
	c.MaxCharacters = 70
	d, err := a.Draft(t.Context(), c, desk.Suggestion{Stance: desk.Resolve})
	if err != nil {
		t.Fatal(err)
	}
	if want := "Guten Tag Frau Beispiel,\n\nIhr Paket braucht bis zu 14 Tage.\nLumenhaus"; d.Text != want || !d.Cut || utf8.RuneCountInString(d.Text) > 70 {
		t.Errorf("draft %q, cut %v", d.Text, d.Cut)
	}
	if asked := fake.Requests(); len(asked) != 2 || !strings.Contains(*asked[0].Messages[0].Content[0].Text, "at most: 60 characters") ||
		!strings.Contains(*asked[1].Messages[0].Content[0].Text, "text is longer than 60 characters") {
		t.Errorf("%d requests", len(asked))
	}
}

func TestExamplesStandBehindThePrefixAndAreFew(t *testing.T) {
	a, fake := newAssistant(t)
	with := mail
	with.Reader, with.Knowledge = "zh-Hans", "de"
	for range 6 {
		with.Examples = append(with.Examples, desk.Example{
			Text: "I waited three weeks, cancel it " + strings.Repeat("word ", 30), Labels: []desk.Corrected{{Label: "intent", Value: "cancel"}, {Label: "priority", Value: "high"}},
		})
	}
	if _, _, err := a.Triage(t.Context(), mail); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.Triage(t.Context(), with); err != nil {
		t.Fatal(err)
	}
	plain, shown := fake.Requests()[0], fake.Requests()[1]
	if *plain.System[0].Text != *shown.System[0].Text {
		t.Error("examples change the cached prefix")
	}
	user := *shown.Messages[0].Content[0].Text
	if n := strings.Count(user, "an agent corrected it to: intent cancel, priority high"); n < 2 || n > 4 {
		t.Errorf("%d examples in\n%s", n, user)
	}
	if !strings.Contains(user, "agents read: Chinese in simplified characters") || !strings.Contains(user, "knowledge base in: German") {
		t.Errorf("the model saw\n%s", user)
	}
}
