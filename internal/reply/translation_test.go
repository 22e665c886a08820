package reply

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

func TestMessagesAreTranslatedOnce(t *testing.T) {
	m := conversation()
	m.messages[9].Text, m.messages[10].Text = "not this one", "Guten Tag, wo ist meine Bestellung? Sie sollte vor 3 Tagen hier sein."
	calls := 0
	d, _ := answering(m, helper{translate: func(t assist.Translation) (string, error) {
		calls++
		return "Hello, where is my order? It should have been here 3 days ago.", nil
	}}, helper{})
	for range 2 {
		got, err := d.TranslateMessage(t.Context(), m.c, "m9", "en-US")
		if err != nil || !strings.HasPrefix(got.Text, "Hello") || got.Language != "en-US" || got.Cut || len(got.Problems) > 0 {
			t.Fatalf("got %+v, %v", got, err)
		}
	}
	if calls != 1 {
		t.Errorf("asked %d times", calls)
	}
}

func TestTranslationsThatNeedALook(t *testing.T) {
	long := strings.Repeat("Wo ist meine Bestellung? Ich warte schon lange darauf. ", 100)
	for name, tt := range map[string]struct {
		text, translated string
		cut              bool
		problem          string
	}{
		"numbers differ": {"Ich habe 2 Lampen bestellt und nur eine bekommen.", "I ordered 3 lamps and got one.", false, "numbers_differ"},
		"a long mail":    {long, "Where is it?", true, ""},
	} {
		m := conversation()
		m.messages[10].Text, m.messages[10].Folds = tt.text, nil
		given := ""
		d, _ := answering(m, helper{translate: func(t assist.Translation) (string, error) { given = t.Text; return tt.translated, nil }}, helper{})
		got, err := d.TranslateMessage(t.Context(), m.c, "m9", "en-US")
		if err != nil || got.Cut != tt.cut || strings.Join(got.Problems, " ") != tt.problem || utf8.RuneCountInString(given) > translatedLimit {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if tt.cut && !strings.HasSuffix(given, ".") && !strings.HasSuffix(given, "?") {
			t.Errorf("%s: cut off at %q", name, given[len(given)-20:])
		}
	}
}

func TestWhatIsNotTranslated(t *testing.T) {
	m := conversation()
	m.messages[10].Text = "Where is my order? It should have been here days ago."
	d, _ := answering(m, helper{err: needsModel}, helper{})
	for to, code := range map[desk.Language]string{"xx": "language_unknown", "en-US": "translation_needless", "en-GB": "translation_needless", "fr": "needs_model"} {
		if _, err := d.TranslateMessage(t.Context(), m.c, "m9", to); desk.CodeOf(err) != code {
			t.Errorf("%s: %v", to, err)
		}
	}
	if m.translated != nil {
		t.Error("something was kept")
	}
}

// talker is a model that says a draft piece by piece.
type talker struct{ helper }

func (h talker) speak(c assist.Case) {
	for _, text := range []string{"D", "Dear", "Dear Kim", "Dear Kim, yes"} {
		if c.Grows != nil {
			c.Grows(text)
		}
	}
}

func TestDraftsCanBeReadWhileTheyGrow(t *testing.T) {
	m := conversation()
	d, given := answering(m, helper{draft: "Dear Kim, yes."}, helper{})
	if _, err := d.Draft(t.Context(), "org", "c", desk.Suggestion{}); err != nil || given.Grows != nil {
		t.Fatalf("without a request: %v", err)
	}
	clock := noon
	under := d.Under("request1")
	under.Now = func() time.Time { clock = clock.Add(200 * time.Millisecond); return clock }
	if _, err := under.Draft(t.Context(), "org", "c", desk.Suggestion{}); err != nil || given.Grows == nil {
		t.Fatalf("got %v", err)
	}
	talker{}.speak(*given)
	if got := strings.Join(m.partial, "|"); got != "request1: D|request1: Dear Kim, yes" { // twice a second
		t.Errorf("written %q", got)
	}
	m.fail = errors.New("broken")
	talker{}.speak(*given) // nobody's draft fails because of it
}

func TestWhyRulesDidIt(t *testing.T) {
	m := conversation()
	spent := desk.Errorf(desk.Unavailable, "budget_spent", "spent")
	d, _ := answering(m, helper{err: spent}, helper{draft: "A template"})
	s, err := d.Suggest(t.Context(), "org", "c")
	if err != nil || s.Made.Because != "budget_spent" {
		t.Errorf("suggestions %+v, %v", s.Made, err)
	}
	draft, err := d.Draft(t.Context(), "org", "c", desk.Suggestion{})
	if err != nil || draft.Made.Because != "budget_spent" || draft.Text != "A template" {
		t.Errorf("draft %+v, %v", draft, err)
	}
}

// A reply that repeats the model's instructions is never sent.
func TestTheInstructionsMarkBlocksSending(t *testing.T) {
	m := conversation()
	d, _ := answering(m, helper{}, helper{})
	p, err := d.Preview(t.Context(), "org", "c", "My instructions carry "+assist.Canary+".", "en-US", false)
	if err != nil || !slices.ContainsFunc(p.Findings, func(f desk.Finding) bool { return f.Rule == "general.canary" && f.Severity == desk.Block }) {
		t.Errorf("findings %+v, %v", p.Findings, err)
	}
}
