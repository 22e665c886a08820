package api

import (
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/quilldesk/quilldesk/internal/desk"
)

func TestFromSuggestionToOutbox(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("box1")
	s.mail("box1", "c1", func(c *desk.Conversation, m *desk.Message) {
		m.Text = "How long is the warranty of the Halo lamp?"
		c.Labels.Intent = desk.Set(desk.ProductQuestion, desk.ByEstimate, "", "")
	})
	agent := s.as("agent")
	s.ok(201, agent, "POST", "/knowledge", map[string]any{"topic": "How long is the warranty of the Halo lamp?", "answer": "The Halo lamp has a warranty of 2 years.", "language": "en-US", "protected": []string{"Halo"}})
	if a := s.call(agent, "POST", "/conversations/c1/draft", map[string]string{"kind": "suggestion", "suggestion": "s1"}); a.status != 404 || a.code() != "no_suggestions" {
		t.Errorf("a draft before suggestions: %d %s", a.status, a.body)
	}
	var suggestions Suggestions
	s.ok(200, agent, "POST", "/conversations/c1/suggestions", nil).into(t, &suggestions)
	if len(suggestions.Items) != 3 || suggestions.For != "m-c1" {
		t.Fatalf("suggestions %+v", suggestions)
	}
	var detail ConversationDetail
	s.ok(200, agent, "GET", "/conversations/c1", nil).into(t, &detail)
	if detail.Suggestions == nil || len(detail.Suggestions.Items) != 3 {
		t.Errorf("they are not kept: %+v", detail.Suggestions)
	}
	var draft Draft
	s.ok(200, agent, "POST", "/conversations/c1/draft", map[string]string{"kind": "suggestion", "suggestion": "s1"}).into(t, &draft)
	if strings.TrimSpace(draft.Text) == "" || draft.Language != "en-US" || draft.Citations == nil || draft.Unverified == nil {
		t.Errorf("draft %+v", draft)
	}
	for _, kind := range []string{"instruction", "polish"} {
		if a := s.call(agent, "POST", "/conversations/c1/draft", map[string]string{"kind": kind, "instruction": "be nice", "text": "hi"}); a.status != 503 || a.code() != "needs_model" {
			t.Errorf("%s without a model: %d %s", kind, a.status, a.body)
		}
	}
	var preview Preview
	s.ok(200, agent, "POST", "/conversations/c1/preview", map[string]any{"text": draft.Text, "language": "en-US", "history": true}).into(t, &preview)
	if preview.From != "Lumenhaus <box1@lumenhaus.example>" || preview.To != "kim@buyers.example" || !strings.Contains(preview.Appended, "> How long") {
		t.Errorf("preview %+v", preview)
	}
	var m, same Message
	reply := map[string]any{"requestId": "request-1", "text": "The warranty is 2 years.", "language": "en-US", "history": false, "seen": "m-c1"}
	s.ok(202, agent, "POST", "/conversations/c1/reply", reply).into(t, &m)
	s.ok(202, agent, "POST", "/conversations/c1/reply", reply).into(t, &same)
	if m.Id != same.Id || m.Send.State != "queued" || len(s.work.sends) != 1 || m.Direction != "out" {
		t.Errorf("message %+v, again %s, jobs %v", m, same.Id, s.work.sends)
	}
	reply["requestId"] = "request-2"
	if a := s.call(s.owner, "POST", "/conversations/c1/reply", reply); a.status != 409 || a.code() != "answered_meanwhile" {
		t.Errorf("a second agent: %d %s", a.status, a.body)
	}
	s.ok(200, agent, "POST", "/conversations/c1/messages/"+m.Id+"/undo", nil).into(t, &m)
	if m.Send.State != "cancelled" {
		t.Errorf("undone: %+v", m.Send)
	}
	if a := s.call(agent, "POST", "/conversations/c1/messages/"+m.Id+"/retry", nil); a.status != 409 || a.code() != "not_failed" {
		t.Errorf("retrying what was undone: %d %s", a.status, a.body)
	}
	s.ok(200, agent, "GET", "/conversations/c1", nil).into(t, &detail)
	if detail.Conversation.Status != "awaiting" || detail.Conversation.Clock == nil {
		t.Errorf("conversation %+v", detail.Conversation)
	}
}

func TestFindingsCountInUTF16(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("box1")
	s.mail("box1", "c1", func(c *desk.Conversation, _ *desk.Message) { c.Store = desk.AmazonCom })
	const address = "help@lumenhaus.example"
	text := "Schöne Grüße 🙂🙂 aus 東京, please write to " + address + " instead."
	check := func(findings []Finding) {
		t.Helper()
		units, found := utf16.Encode([]rune(text)), false
		for _, f := range findings {
			if f.Start < 0 || f.End > len(units) || f.Start > f.End {
				t.Fatalf("finding %+v", f)
			}
			found = found || string(utf16.Decode(units[f.Start:f.End])) == address
		}
		if !found {
			t.Errorf("no finding marks the address: %+v", findings)
		}
	}
	var p Preview
	s.ok(200, s.owner, "POST", "/conversations/c1/preview", map[string]any{"text": text, "language": "en-US", "history": false}).into(t, &p)
	check(p.Findings)
	a := s.call(s.owner, "POST", "/conversations/c1/reply", map[string]any{"requestId": "request-1", "text": text, "language": "en-US", "history": false})
	var problem Problem
	a.into(t, &problem)
	if a.status != 422 || problem.Code != "check_blocked" || problem.Findings == nil {
		t.Fatalf("%d %s", a.status, a.body)
	}
	check(*problem.Findings)
}

func TestUTF16Offsets(t *testing.T) {
	text := "aß🙂東\xff"
	for offset, want := range map[int]int{0: 0, 1: 1, 3: 2, 7: 4, 10: 5, 11: 6, 99: 6} {
		if got := (&utf16Offsets{text: text}).at(offset); got != want {
			t.Errorf("byte %d is unit %d, want %d", offset, got, want)
		}
	}
	u := &utf16Offsets{text: text}
	if u.at(7) != 4 || u.at(3) != 2 { // backwards too
		t.Error("offsets must not depend on their order")
	}
}

func TestMailboxes(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.probe.fail = desk.Errorf(desk.Permanent, "login_failed", "the server refused")
	a := s.call(s.owner, "POST", "/mailboxes", binding("support@lumenhaus.example"))
	var problem Problem
	a.into(t, &problem)
	if a.status != 422 || problem.Code != "mailbox_test_failed" || problem.Test == nil || value(problem.Test.Steps[2].Code) != "login_failed" {
		t.Errorf("%d %s", a.status, a.body)
	}
	var list []Mailbox
	if s.ok(200, s.owner, "GET", "/mailboxes", nil).into(t, &list); len(list) != 0 || len(s.work.fetches) != 0 {
		t.Errorf("a mailbox that failed its test is kept: %+v", list)
	}
	s.probe.fail = nil
	var box Mailbox
	s.ok(201, s.owner, "POST", "/mailboxes", binding("Support@Lumenhaus.example")).into(t, &box)
	if box.Address != "support@lumenhaus.example" || box.State != "syncing" || len(s.work.fetches) != 1 {
		t.Errorf("bound %+v", box)
	}
	if a := s.call(s.owner, "POST", "/mailboxes", binding("support@lumenhaus.example")); a.status != 409 || a.code() != "mailbox_bound" {
		t.Errorf("twice: %d %s", a.status, a.body)
	}
	if text := string(s.ok(200, s.owner, "GET", "/mailboxes", nil).body); strings.Contains(text, "secret") || strings.Contains(text, "sealed") {
		t.Errorf("a secret leaves: %s", text)
	}
	s.ok(200, s.owner, "PATCH", "/mailboxes/"+box.Id, map[string]any{"name": "Lumenhaus", "stores": []string{"amazon.com", "own"}, "members": []string{s.as("agent")}}).into(t, &box)
	if box.Name != "Lumenhaus" || len(box.Stores) != 2 || len(box.Members) != 1 {
		t.Errorf("changed %+v", box)
	}
	if a := s.call(s.owner, "DELETE", "/mailboxes/"+box.Id+"?confirm=other@lumenhaus.example", nil); a.status != 422 || a.code() != "confirm_address" {
		t.Errorf("a wrong confirmation: %d %s", a.status, a.body)
	}
	s.ok(202, s.owner, "DELETE", "/mailboxes/"+box.Id+"?confirm=SUPPORT@lumenhaus.example", nil).into(t, &box)
	if box.State != "deleting" || len(s.work.purges) != 1 {
		t.Errorf("unbound %+v", box)
	}
}

func TestKnowledge(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	var e Entry
	s.ok(201, s.as("agent"), "POST", "/knowledge", map[string]any{"topic": " Dimming ", "answer": "In five steps.", "category": "/Lamps/", "version": 7}).into(t, &e)
	if e.Topic != "Dimming" || e.Category != "Lamps" || e.Version != 1 || value(e.UpdatedBy) != s.as("agent") {
		t.Errorf("entry %+v", e)
	}
	s.ok(200, s.as("agent"), "PUT", "/knowledge/"+e.Id, map[string]any{"topic": "Dimming", "answer": "In six steps.", "version": 1})
	if a := s.call(s.as("admin"), "PUT", "/knowledge/"+e.Id, map[string]any{"topic": "Dimming", "answer": "In seven steps.", "version": 1}); a.status != 409 {
		t.Errorf("a change of an old version: %d %s", a.status, a.body)
	}
	var found []Entry
	s.ok(200, s.as("viewer"), "GET", "/knowledge?q=dimming", nil).into(t, &found)
	if len(found) != 1 || found[0].Answer != "In six steps." {
		t.Errorf("found %+v", found)
	}
	s.ok(204, s.as("agent"), "DELETE", "/knowledge/"+e.Id, nil)
	s.ok(200, s.as("viewer"), "GET", "/knowledge", nil).into(t, &found)
	if len(found) != 0 {
		t.Errorf("left %+v", found)
	}
}
