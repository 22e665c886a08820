package api

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

func TestWhatAnOrganisationTellsTheModel(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.ok(201, s.owner, "POST", "/organisation", map[string]string{"name": "Lumenhaus", "language": "zh-Hant"})
	var session Session
	change := map[string]any{
		"language": "zh-Hans", "knowledgeLanguage": "de", "tone": " brisk ", "storeFacts": []map[string]string{{"store": "ebay.com", "facts": "Open 9 to 5."}, {"store": "amazon.com", "facts": " "}},
	}
	s.ok(200, s.owner, "GET", "/session", nil).into(t, &session)
	if session.Organisation.Language != ZhHant {
		t.Errorf("created with %+v", session.Organisation)
	}
	s.ok(200, s.owner, "PATCH", "/organisation", change).into(t, &session)
	o := session.Organisation
	if o.Language != ZhHans || value(o.KnowledgeLanguage) != "de" || o.Tone != "brisk" || len(o.StoreFacts) != 1 || o.StoreFacts[0].Facts != "Open 9 to 5." || o.Name != "Lumenhaus" {
		t.Errorf("changed to %+v", o)
	}
	for name, wrong := range map[string]map[string]any{
		"language_unknown": {"language": "fr"},
		"tone_long":        {"tone": strings.Repeat("語", 301)},
		"facts_long":       {"storeFacts": []map[string]string{{"store": "ebay.com", "facts": strings.Repeat("x", 1001)}}},
	} {
		if a := s.call(s.owner, "PATCH", "/organisation", wrong); a.status != 422 || a.code() != name {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

func TestSpendingAndBudget(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	ctx := t.Context()
	use := desk.AIUse{Task: "draft", Model: "us.anthropic.claude-haiku-5-5", Calls: 2, InputTokens: 900, OutputTokens: 100, Spent: 4_600_000}
	if _, err := s.server.Table.HoldBudget(ctx, s.org(), "2026-11", 4_600_000, 0, noon); err != nil {
		t.Fatal(err)
	}
	if err := s.server.Table.AddUse(ctx, s.org(), "2026-11", use); err != nil {
		t.Fatal(err)
	}
	if _, err := s.server.Table.SettleBudget(ctx, s.org(), "2026-11", 4_600_000, 4_600_000, noon); err != nil {
		t.Fatal(err)
	}
	var got Spending
	s.ok(200, s.as("viewer"), "GET", "/spending", nil).into(t, &got)
	if got.Month != "2026-11" || got.Spent != 4_600_000 || value(got.Budget) != 10_000_000 || got.State != "within" || len(got.Tasks) != 1 || got.Tasks[0].Calls != 2 || got.Own != nil {
		t.Errorf("spending %+v", got)
	}
	s.ok(200, s.owner, "PUT", "/spending", map[string]any{"monthlyMicroDollars": 5_000_000}).into(t, &got)
	if value(got.Budget) != 5_000_000 || value(got.Own) != 5_000_000 || value(got.DraftsUntil) != 4_500_000 || got.State != "drafts_stopped" {
		t.Errorf("with an own budget %+v", got)
	}
	got = Spending{}
	s.ok(200, s.owner, "PUT", "/spending", map[string]any{}).into(t, &got)
	if value(got.Budget) != 10_000_000 || got.Own != nil {
		t.Errorf("lifted %+v", got)
	}
	s.ok(200, s.owner, "GET", "/spending?month=2026-10", nil).into(t, &got)
	if got.Spent != 0 || len(got.Tasks) != 0 {
		t.Errorf("another month %+v", got)
	}
	for want, a := range map[string]answer{
		"not_owner":       s.call(s.as("admin"), "PUT", "/spending", map[string]any{"monthlyMicroDollars": 20_000}),
		"not_manager":     s.call(s.as("agent"), "PUT", "/spending", map[string]any{"monthlyMicroDollars": 20_000}),
		"budget_large":    s.call(s.owner, "PUT", "/spending", map[string]any{"monthlyMicroDollars": 10_000_001}),
		"budget_small":    s.call(s.owner, "PUT", "/spending", map[string]any{"monthlyMicroDollars": 0}),
		"request_invalid": s.call(s.owner, "GET", "/spending?month=ai%23", nil),
	} {
		if a.code() != want {
			t.Errorf("%s: %d %s", want, a.status, a.body)
		}
	}
}

func TestCorrectionsBecomeExamples(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("box1")
	s.mail("box1", "c1", func(c *desk.Conversation, m *desk.Message) {
		m.Text = "I am Kim Larsen, order 112-1234567-7654321. Money back please."
		c.Labels.Intent = desk.Set(desk.Return, desk.ByModel, "", "")
	})
	for range 2 { // the second changes nothing
		s.ok(200, s.as("agent"), "PATCH", "/conversations/c1/labels", map[string]string{"intent": "refund"})
	}
	kept, err := s.server.Table.Examples(t.Context(), s.org())
	if err != nil || len(kept) != 1 || kept[0].Labels[0] != (desk.Corrected{Label: "intent", Value: "refund"}) || kept[0].Mailbox != "box1" {
		t.Fatalf("kept %+v, %v", kept, err)
	}
	for _, private := range []string{"Kim", "Larsen", "112"} {
		if strings.Contains(kept[0].Text, private) {
			t.Errorf("%q is in %q", private, kept[0].Text)
		}
	}
}

// interpreter is a model that translates and nothing else.
type interpreter struct{ assist.Assistant }

func (interpreter) Translate(context.Context, assist.Translation) (string, desk.Provenance, error) {
	return "Is the lamp dimmable?", desk.Provenance{Source: desk.ByModel, Model: "m"}, nil
}

func TestTranslatingAMessage(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("box1")
	s.box("box2", s.owner)
	german := func(_ *desk.Conversation, m *desk.Message) {
		m.Text = "Guten Tag, ist die Lampe dimmbar und wann wird sie geliefert?"
	}
	s.mail("box1", "c1", german)
	s.mail("box2", "c2", german)
	to := map[string]string{"to": "en-US"}
	if a := s.call(s.as("agent"), "POST", "/conversations/c1/messages/m-c1/translation", to); a.status != 503 || a.code() != "needs_model" {
		t.Errorf("without a model: %d %s", a.status, a.body)
	}
	s.server.Replies.Assistant = interpreter{}
	var got MessageTranslation
	s.ok(200, s.as("agent"), "POST", "/conversations/c1/messages/m-c1/translation", to).into(t, &got)
	if got.Text != "Is the lamp dimmable?" || got.Language != "en-US" || got.Problems == nil || got.Made.Source != "model" {
		t.Errorf("got %+v", got)
	}
	for path, status := range map[string]int{"c2/messages/m-c2": 404, "c1/messages/nobody": 404, "nobody/messages/m-c1": 404} {
		if a := s.call(s.as("agent"), "POST", "/conversations/"+path+"/translation", to); a.status != status {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	var detail ConversationDetail
	s.ok(200, s.owner, "GET", "/conversations/c1", nil).into(t, &detail)
	if value(detail.Messages[0].Language) != "de" {
		t.Errorf("language %v", detail.Messages[0].Language)
	}
}

func TestReadingADraftUnderWay(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("box1")
	s.box("box2", s.owner)
	s.mail("box1", "c1")
	s.mail("box2", "c2")
	for _, c := range []desk.ConversationID{"c1", "c2"} {
		if err := s.server.Table.PutPartial(t.Context(), s.org(), c, "request-1", "Dear Kim", noon.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	var got PartialDraft
	for request, want := range map[string]string{"request-1": "Dear Kim", "request-2": ""} {
		if s.ok(200, s.as("agent"), "GET", "/conversations/c1/draft/"+request, nil).into(t, &got); got.Text != want {
			t.Errorf("%s: %q", request, got.Text)
		}
	}
	for who, path := range map[string]string{"viewer": "c1", "agent": "c2"} {
		if a := s.call(s.as(who), "GET", "/conversations/"+path+"/draft/request-1", nil); a.status < 400 {
			t.Errorf("%s reads %s: %s", who, path, a.body)
		}
	}
}
