package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/guard"
)

func decode[T any](t *testing.T, a answer) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%s: %v", a.body, err)
	}
	return v
}

func TestKnowledgeIsImportedMovedAndPaged(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	agent := s.as("agent")
	var entries []map[string]any
	for i := range 100 {
		entries = append(entries, map[string]any{"topic": fmt.Sprint("Topic ", i), "answer": strings.Repeat("x", 1000), "category": "Shipping/US"})
	}
	entries[99] = map[string]any{"topic": " ", "answer": "x"}
	batch := map[string]any{"entries": entries}
	first := decode[[]EntryResult](t, s.ok(200, agent, "POST", "/knowledge/batch", batch))
	again := decode[[]EntryResult](t, s.ok(200, agent, "POST", "/knowledge/batch", batch))
	if first[0].Outcome != "added" || again[0].Outcome != "same" || first[99].Outcome != "failed" || value(first[99].Code) != "entry_incomplete" {
		t.Errorf("%+v %+v %+v", first[0], again[0], first[99])
	}
	s.ok(200, agent, "POST", "/knowledge/categories/move", map[string]string{"from": "Shipping", "to": "Delivery"})
	page := decode[EntryPage](t, s.ok(200, s.as("viewer"), "GET", "/knowledge/pages", nil))
	if len(page.Items) != 99 || page.Next != nil || page.Items[0].Category != "Delivery/US" {
		t.Errorf("%d entries, next %v", len(page.Items), page.Next)
	}
	if a := s.call(s.as("viewer"), "POST", "/knowledge/batch", batch); a.status != 403 {
		t.Errorf("a viewer imports: %d", a.status)
	}
	if a := s.call(s.as("viewer"), "POST", "/knowledge/categories/move", map[string]string{"from": "a", "to": "b"}); a.status != 403 {
		t.Errorf("a viewer moves a category: %d", a.status)
	}
}

// Whoever may not open a mailbox sees no question that came through it, and
// cannot dismiss one.
func TestOpenQuestionsFollowMailboxAccess(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("closed", s.as("admin"))
	s.box("open")
	for _, box := range []desk.MailboxID{"closed", "open"} {
		q := desk.Question{Text: "Is the lamp from the " + string(box) + " mailbox fit for a bathroom?", Mailbox: box, Conversation: "c-" + desk.ConversationID(box)}
		if err := s.server.Knowledge.Unanswered(t.Context(), s.org(), q); err != nil {
			t.Fatal(err)
		}
	}
	mine := decode[[]OpenQuestion](t, s.ok(200, s.as("agent"), "GET", "/knowledge/questions", nil))
	if len(mine) != 1 || value(mine[0].Conversation) != "c-open" {
		t.Errorf("an agent sees %+v", mine)
	}
	all := decode[[]OpenQuestion](t, s.ok(200, s.as("admin"), "GET", "/knowledge/questions", nil))
	for _, q := range all {
		if value(q.Conversation) == "c-closed" {
			if a := s.call(s.as("agent"), "DELETE", "/knowledge/questions/"+q.Id, nil); a.status != 404 {
				t.Errorf("an agent dismisses a closed mailbox's question: %d", a.status)
			}
		}
	}
	s.ok(204, s.as("agent"), "DELETE", "/knowledge/questions/"+mine[0].Id, nil)
	if left := decode[[]OpenQuestion](t, s.ok(200, s.as("agent"), "GET", "/knowledge/questions", nil)); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}

func TestEveryRuleIsListed(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	rules := decode[[]MarketplaceRule](t, s.ok(200, s.as("viewer"), "GET", "/marketplace-rules", nil))
	if len(rules) != len(guard.AllRules()) || len(rules) < 50 {
		t.Errorf("%d rules", len(rules))
	}
	for _, r := range rules {
		if r.Source.Title == "" || r.Checked.IsZero() || !strings.HasPrefix(r.Key, string(r.Marketplace)+".") {
			t.Errorf("%+v is incomplete", r)
		}
	}
}
