package reply

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// memory is a state with one conversation.
type memory struct {
	c        desk.Conversation
	messages []desk.Message
	stored   *desk.Suggestions
	entries  []desk.Entry
	whole    []desk.Entry
	asked    []string // questions recorded
	fail     error

	partial    []string
	translated *desk.Translated
}

func (m *memory) Conversation(_ context.Context, _ desk.OrgID, id desk.ConversationID) (desk.Conversation, error) {
	if id != m.c.ID {
		return desk.Conversation{}, desk.Errorf(desk.NotFound, "not_found", "gone")
	}
	return m.c, m.fail
}

func (m *memory) Messages(context.Context, desk.OrgID, desk.ConversationID) ([]desk.Message, error) {
	return m.messages, nil
}

func (m *memory) Organisation(context.Context, desk.OrgID) (desk.Organisation, error) {
	return desk.Organisation{Signature: "Lumenhaus customer care"}, nil
}

func (m *memory) Mailbox(context.Context, desk.OrgID, desk.MailboxID) (desk.Mailbox, error) {
	return desk.Mailbox{Name: "Lumenhaus", Address: "support@lumenhaus.example"}, nil
}

func (m *memory) PutSuggestions(_ context.Context, _ desk.OrgID, _ desk.ConversationID, s desk.Suggestions) error {
	m.stored = &s
	return nil
}

func (m *memory) Message(_ context.Context, _ desk.OrgID, _ desk.ConversationID, id desk.MessageID) (desk.Message, error) {
	for _, one := range m.messages {
		if one.ID == id {
			return one, nil
		}
	}
	return desk.Message{}, desk.Errorf(desk.NotFound, "not_found", "gone")
}

func (m *memory) PutPartial(_ context.Context, _ desk.OrgID, _ desk.ConversationID, request, text string, _ time.Time) error {
	m.partial = append(m.partial, request+": "+text)
	return m.fail
}

func (m *memory) Translation(_ context.Context, _ desk.OrgID, _ desk.ConversationID, _ desk.MessageID, _ desk.Language) (desk.Translated, error) {
	if m.translated == nil {
		return desk.Translated{}, desk.Errorf(desk.NotFound, "not_found", "none")
	}
	return *m.translated, nil
}

func (m *memory) PutTranslation(_ context.Context, _ desk.OrgID, _ desk.ConversationID, _ desk.MessageID, t desk.Translated) error {
	m.translated = &t
	return nil
}

func (m *memory) Unanswered(_ context.Context, _ desk.OrgID, q desk.Question) error {
	m.asked = append(m.asked, q.Text)
	return nil
}

func (m *memory) Whole(context.Context, desk.OrgID, desk.Store) ([]desk.Entry, error) {
	return m.whole, nil
}

func (m *memory) Relevant(context.Context, desk.OrgID, string, desk.Store, int) ([]desk.Entry, error) {
	return m.entries, nil
}

// helper is a scripted assistant that notes what it was given.
type helper struct {
	assist.Assistant
	err       error
	draft     string
	translate func(assist.Translation) (string, error)
	given     *assist.Case
}

func (h helper) Suggest(_ context.Context, c assist.Case) (desk.Suggestions, error) {
	*h.given = c
	return desk.Suggestions{Items: make([]desk.Suggestion, 3), Made: desk.Provenance{Model: h.draft}}, h.err
}

func (h helper) Draft(_ context.Context, c assist.Case, _ desk.Suggestion) (desk.Draft, error) {
	*h.given = c
	return desk.Draft{Text: h.draft}, h.err
}

func (h helper) Instruct(_ context.Context, c assist.Case, _ string) (desk.Draft, error) {
	*h.given = c
	return desk.Draft{Text: h.draft}, h.err
}

func (h helper) Polish(_ context.Context, c assist.Case, _ string) (desk.Draft, error) {
	*h.given = c
	return desk.Draft{Text: h.draft}, h.err
}

func (h helper) Translate(_ context.Context, t assist.Translation) (string, desk.Provenance, error) {
	if h.err != nil {
		return "", desk.Provenance{}, h.err
	}
	text, err := h.translate(t)
	return text, desk.Provenance{}, err
}

func conversation() *memory {
	m := &memory{
		c: desk.Conversation{
			ID: "c", Org: "org", Status: desk.Awaiting, LastIncoming: "m9", Store: desk.Own, Subject: "Order 112-1234567-7654321",
			OrderNumbers: []string{"112-1234567-7654321"}, Buyer: desk.Contact{Name: "Kim"}, Route: desk.ReplyRoute{To: "kim@buyers.example"},
			Labels: desk.Labels{Language: desk.Set(desk.Language("de"), desk.ByEstimate, "", "")},
		},
		entries: []desk.Entry{{ID: "e", Topic: "Returns", Answer: "Within 30 days.", Protected: []string{"Halo"}}},
	}
	for i := range 9 {
		m.messages = append(m.messages, desk.Message{ID: desk.MessageID(fmt.Sprint("m", i)), Direction: desk.Incoming, Text: fmt.Sprint("older ", i)})
	}
	m.messages = append(m.messages,
		desk.Message{ID: "undone", Direction: desk.Outgoing, Text: "never sent", Send: &desk.Dispatch{State: desk.Cancelled}},
		desk.Message{ID: "m9", Direction: desk.Incoming, At: noon, From: desk.Contact{Name: "Kim"}, Subject: "Order", Text: "Where is it?\n> old", Folds: []desk.Fold{{Start: 13, End: 18, Kind: "quoted"}}},
	)
	return m
}

func answering(m *memory, assistant, fallback helper) (*Desk, *assist.Case) {
	given := &assist.Case{}
	assistant.given, fallback.given = given, given
	return &Desk{State: m, Knowledge: m, Assistant: assistant, Fallback: fallback, Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler)}, given
}

var busy = desk.Errorf(desk.Unavailable, "throttled", "later")
var needsModel = desk.Errorf(desk.Unavailable, "needs_model", "no model")

func TestWhatTheAssistantIsGiven(t *testing.T) {
	d, given := answering(conversation(), helper{}, helper{})
	if _, err := d.Suggest(t.Context(), "org", "c"); err != nil {
		t.Fatal(err)
	}
	if given.Mail.Text != "Where is it?" || given.Language != "de" || given.Signature != "Lumenhaus customer care" || len(given.Entries) != 1 || given.Message != "m9" {
		t.Errorf("given %+v", given)
	}
	if len(given.History) != historyShown || given.History[historyShown-1].Text != "older 8" {
		t.Errorf("history %+v", given.History)
	}
}

func TestSuggestionsAreStoredForTheNewestMessage(t *testing.T) {
	for name, c := range map[string]struct {
		assistant, fallback helper
		made                string
		fails               bool
	}{
		"by the model":           {helper{draft: "model"}, helper{}, "model", false},
		"by rules when it fails": {helper{err: busy}, helper{draft: "rules"}, "rules", false},
		"by nobody":              {helper{err: busy}, helper{err: needsModel}, "", true},
	} {
		m := conversation()
		d, _ := answering(m, c.assistant, c.fallback)
		_, err := d.Suggest(t.Context(), "org", "c")
		if (err != nil) != c.fails || (m.stored == nil) != c.fails {
			t.Errorf("%s: %v, stored %v", name, err, m.stored)
		}
		if m.stored != nil && (m.stored.For != "m9" || !m.stored.At.Equal(noon) || m.stored.Made.Model != c.made) {
			t.Errorf("%s: stored %+v", name, m.stored)
		}
	}
}

func TestPreparing(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*memory)
		job    desk.Job
		stored bool
	}{
		"the newest message":     {func(*memory) {}, desk.Job{Conversation: "c", Message: "m9"}, true},
		"an older message":       {func(*memory) {}, desk.Job{Conversation: "c", Message: "m1"}, false},
		"what is answered":       {func(m *memory) { m.c.Status = desk.Replied }, desk.Job{Conversation: "c", Message: "m9"}, false},
		"a deleted conversation": {func(*memory) {}, desk.Job{Conversation: "gone", Message: "m9"}, false},
	} {
		m := conversation()
		c.change(m)
		d, _ := answering(m, helper{}, helper{})
		if err := d.Prepare(t.Context(), c.job); err != nil || (m.stored != nil) != c.stored {
			t.Errorf("%s: %v, stored %v", name, err, m.stored)
		}
	}
	m := conversation()
	m.fail = errors.New("broken")
	d, _ := answering(m, helper{}, helper{})
	if err := d.Prepare(t.Context(), desk.Job{Conversation: "c", Message: "m9"}); err == nil {
		t.Error("a failure of the state is swallowed")
	}
}

func TestDraftsNameWhatIsFoundNowhere(t *testing.T) {
	d, _ := answering(conversation(), helper{draft: "Order 112-1234567-7654321: return it within 30 days or 45 days, refund $12.50."}, helper{})
	draft, err := d.Draft(t.Context(), "org", "c", desk.Suggestion{})
	if err != nil || strings.Join(draft.Unverified, "|") != "45|12.50" {
		t.Errorf("%v %q", err, draft.Unverified)
	}
	draft, err = d.Polish(t.Context(), "org", "c", "we give you 45 days")
	if err != nil || strings.Join(draft.Unverified, "|") != "12.50" {
		t.Errorf("polishing: %v %q", err, draft.Unverified)
	}
	draft, err = d.Instruct(t.Context(), "org", "c", "refund 12.50 and give 45 days")
	if err != nil || len(draft.Unverified) != 0 {
		t.Errorf("instructing: %v %q", err, draft.Unverified)
	}
}

func TestDraftsFallBackAndInstructionsDoNot(t *testing.T) {
	d, _ := answering(conversation(), helper{err: busy}, helper{draft: "By rules."})
	if draft, err := d.Draft(t.Context(), "org", "c", desk.Suggestion{}); err != nil || draft.Text != "By rules." {
		t.Errorf("%q %v", draft.Text, err)
	}
	for name, do := range map[string]func() (desk.Draft, error){
		"instruct": func() (desk.Draft, error) { return d.Instruct(t.Context(), "org", "c", "be nice") },
		"polish":   func() (desk.Draft, error) { return d.Polish(t.Context(), "org", "c", "hi") },
	} {
		if _, err := do(); desk.CodeOf(err) != "throttled" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

const english = "Thank you for your message. Your order will arrive on Monday, it was sent 3 days ago."

func TestPreview(t *testing.T) {
	toGerman := func(text string) func(assist.Translation) (string, error) {
		return func(assist.Translation) (string, error) { return text, nil }
	}
	for _, c := range []struct {
		name                string
		assistant, fallback helper
		to                  desk.Language
		text, problems      string
		translated          bool
	}{
		{"in its own language", helper{}, helper{}, "en-US", english, "", false},
		{"British is English", helper{}, helper{}, "en-GB", english, "", false},
		{"translated", helper{translate: toGerman("Danke. Ihre Bestellung kommt am Montag, sie ging vor 3 Tagen los.")}, helper{}, "de",
			"Danke. Ihre Bestellung kommt am Montag, sie ging vor 3 Tagen los.", "", true},
		{"another number in the translation", helper{translate: toGerman("Sie ging vor 4 Tagen los.")}, helper{}, "de", "Sie ging vor 4 Tagen los.", "numbers_differ", true},
		{"no model at all", helper{err: needsModel}, helper{}, "de", english, "translation_needs_model", false},
		{"the model is busy and rules cannot", helper{err: busy}, helper{err: needsModel}, "de", english, "translation_failed", false},
		{"both fail", helper{err: busy}, helper{err: busy}, "de", english, "translation_failed", false},
		{"the model is busy and rules can", helper{err: busy}, helper{translate: toGerman("Vor 3 Tagen.")}, "de", "Vor 3 Tagen.", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, _ := answering(conversation(), c.assistant, c.fallback)
			p, err := d.Preview(t.Context(), "org", "c", english, c.to, false)
			if err != nil || p.Text != c.text || strings.Join(p.Problems, " ") != c.problems || p.Translated != c.translated || p.Appended != "" {
				t.Errorf("%v %+v", err, p)
			}
			if p.To != "kim@buyers.example" || p.Subject != "Re: Order 112-1234567-7654321" || p.From.Address != "support@lumenhaus.example" {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestPreviewProtectsNumbersAndTerms(t *testing.T) {
	var got assist.Translation
	d, _ := answering(conversation(), helper{translate: func(t assist.Translation) (string, error) { got = t; return t.Text, nil }}, helper{})
	if _, err := d.Preview(t.Context(), "org", "c", english, "fr", true); err != nil {
		t.Fatal(err)
	}
	if strings.Join(got.Protected, "|") != "112-1234567-7654321|Halo" || got.To != "fr" || got.From != "en-US" {
		t.Errorf("%+v", got)
	}
}

func TestPreviewShowsFindingsAmountsAndHistory(t *testing.T) {
	m := conversation()
	m.c.Store = desk.AmazonCom
	d, _ := answering(m, helper{}, helper{})
	p, err := d.Preview(t.Context(), "org", "c", "We refund $12.50 today. Write to help@lumenhaus.example.", "en-US", true)
	if err != nil || len(p.Findings) == 0 || strings.Join(p.Amounts, "|") != "$12.50" || !strings.Contains(p.Appended, "> Where is it?") {
		t.Errorf("%v %+v", err, p)
	}
	if _, err := d.Preview(t.Context(), "org", "c", "Hello", "klingon", false); desk.CodeOf(err) != "language_unknown" {
		t.Errorf("error %v", err)
	}
}

func TestNumbersAreTheSameInEveryScript(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"It costs $1,234.56.", "Es kostet 1.234,56 $.", true},
		{"It costs $1,234.56.", "Cela coûte 1\u202f234,56 $.", true},
		{"It costs 1,234 rubles", "Это стоит 1\u00a0234 рубля", true},
		{"within 30 days", "３０日以内", true},
		{"within 30 days", "ภายใน ๓๐ วัน", true},
		{"order 112-1234567-7654321", "订单112-1234567-7654321", true},
		{"on 11/22/2026", "am 22.11.2026", false}, // a person looks
		{"within 30 days", "within 31 days", false},
		{"30 and 30", "30", false},
		{"none", "keine", true},
	} {
		if got := sameNumbers(c.a, c.b); got != c.same {
			t.Errorf("%q and %q: %v", c.a, c.b, got)
		}
	}
}

func FuzzNumbers(f *testing.F) {
	f.Add("1.234,56 ๓๐ ３０")
	f.Fuzz(func(t *testing.T, text string) {
		if !sameNumbers(text, text) {
			t.Error(text)
		}
		verified(desk.Draft{Text: text}, assist.Case{})
		amounts(text)
	})
}
