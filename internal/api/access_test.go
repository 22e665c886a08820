package api

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
)

func TestTheFirstSignInCreatesTheOrganisation(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var session Session
	s.ok(200, s.owner, "GET", "/session", nil).into(t, &session)
	if session.Organisation != nil || !value(session.CanCreateOrganisation) || len(session.Stores) != len(desk.Stores) || session.Ai.Mode != AIStatusModeOffline {
		t.Errorf("session %+v", session)
	}
	if a := s.call("eve@elsewhere.example", "POST", "/organisation", map[string]string{"name": "Eve"}); a.status != 403 || a.code() != "may_not_create" {
		t.Errorf("a stranger: %d %s", a.status, a.body)
	}
	if a := s.call(s.owner, "POST", "/organisation", map[string]string{"name": "  "}); a.status != 422 || a.code() != "name_missing" {
		t.Errorf("no name: %d %s", a.status, a.body)
	}
	s.ok(201, s.owner, "POST", "/organisation", map[string]string{"name": " Lumenhaus "}).into(t, &session)
	if session.Organisation == nil || session.Organisation.Name != "Lumenhaus" || session.Member.Role != Owner {
		t.Errorf("session %+v", session)
	}
	if a := s.call(s.owner, "POST", "/organisation", map[string]string{"name": "Again"}); a.status != 409 || a.code() != "has_organisation" {
		t.Errorf("twice: %d %s", a.status, a.body)
	}
}

func TestWithoutAVerifiedAddressNobodyGetsIn(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	for _, who := range []string{"", "unverified@lumenhaus.example"} {
		for _, path := range []string{"/session", "/pulse", "/conversations", "/mailboxes", "/knowledge", "/members"} {
			if a := s.call(who, "GET", path, nil); a.status != 403 || a.code() != "no_email" {
				t.Errorf("%q reads %s: %d %s", who, path, a.status, a.body)
			}
		}
	}
}

// TestRoles tries every route as everybody.
func TestRoles(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("box1")
	s.mail("box1", "c1")
	ranks := map[string]int{"viewer": 1, "agent": 2, "admin": 3}
	for _, c := range []struct {
		least        string
		method, path string
		body         any
	}{
		{"viewer", "GET", "/pulse", nil},
		{"viewer", "GET", "/conversations", nil},
		{"viewer", "GET", "/conversations/c1", nil},
		{"viewer", "GET", "/members", nil},
		{"viewer", "GET", "/mailboxes", nil},
		{"viewer", "GET", "/knowledge", nil},
		{"viewer", "PUT", "/conversations/c1/presence", map[string]bool{"writing": false}},
		{"agent", "POST", "/conversations/bulk", map[string]any{"ids": []string{"c1"}, "action": "reopen"}},
		{"agent", "PATCH", "/conversations/c1/labels", map[string]string{"priority": "high"}},
		{"agent", "POST", "/conversations/c1/suggestions", nil},
		{"agent", "POST", "/conversations/c1/draft", map[string]string{"kind": "suggestion", "suggestion": "s1"}},
		{"agent", "POST", "/conversations/c1/preview", map[string]any{"text": "Yes.", "language": "en-US", "history": false}},
		{"agent", "POST", "/conversations/c1/reply", map[string]any{"requestId": "request-1", "text": "Yes, it is dimmable in five steps.", "language": "en-US", "history": false}},
		{"agent", "POST", "/mailboxes/box1/sync", nil},
		{"agent", "POST", "/knowledge", map[string]string{"topic": "Dimming", "answer": "In five steps."}},
		{"admin", "PATCH", "/organisation", map[string]string{"signature": "Lumenhaus"}},
		{"admin", "PUT", "/members", map[string]string{"email": "new@lumenhaus.example", "role": "agent"}},
		{"admin", "DELETE", "/members/nobody@lumenhaus.example", nil},
		{"admin", "POST", "/mailboxes/recognise", map[string]string{"address": "kim@gmail.com"}},
		{"admin", "POST", "/mailboxes/test", binding("x@lumenhaus.example")},
		{"admin", "PATCH", "/mailboxes/box1", map[string]string{"name": "Lumenhaus"}},
		{"admin", "DELETE", "/mailboxes/box1?confirm=wrong", nil},
	} {
		for _, role := range []string{"viewer", "agent", "admin"} {
			a := s.call(s.as(role), c.method, c.path, c.body)
			denied := a.status == 403 && (a.code() == "viewer" || a.code() == "not_manager")
			if denied != (ranks[role] < ranks[c.least]) || a.status >= 500 || a.status == 405 {
				t.Errorf("%s %s by %s: %d %s", c.method, c.path, role, a.status, a.body)
			}
		}
		if a := s.call("eve@elsewhere.example", c.method, c.path, c.body); a.status != 404 || a.code() != "no_organisation" {
			t.Errorf("%s %s by a stranger: %d %s", c.method, c.path, a.status, a.body)
		}
	}
}

func binding(address string) map[string]any {
	server := map[string]any{"host": "mail.lumenhaus.example", "port": 993, "security": "tls"}
	return map[string]any{"address": address, "imap": server, "smtp": server, "user": address, "password": "secret"}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	for _, c := range []struct {
		name, method, path string
		body               any
		status             int
		code               string
	}{
		{"a second owner", "PUT", "/members", map[string]string{"email": "x@lumenhaus.example", "role": "owner"}, 403, "one_owner"},
		{"the owner as an agent", "PUT", "/members", map[string]string{"email": s.owner, "role": "agent"}, 403, "one_owner"},
		{"an unknown role", "PUT", "/members", map[string]string{"email": "x@lumenhaus.example", "role": "god"}, 403, "one_owner"},
		{"no address", "PUT", "/members", map[string]string{"email": "nobody", "role": "agent"}, 422, "address_invalid"},
		{"an endless address", "PUT", "/members", map[string]string{"email": strings.Repeat("a", 3000) + "@lumenhaus.example", "role": "agent"}, 422, "address_invalid"},
		{"removing the owner", "DELETE", "/members/" + s.owner, nil, 403, "one_owner"},
		{"removing nobody", "DELETE", "/members/nobody@lumenhaus.example", nil, 404, "not_found"},
	} {
		if a := s.call(s.as("admin"), c.method, c.path, c.body); a.status != c.status || a.code() != c.code {
			t.Errorf("%s: %d %s", c.name, a.status, a.body)
		}
	}
	if got := fmt.Sprint(s.work.invited); got != fmt.Sprint([]string{s.as("admin"), s.as("agent"), s.as("viewer")}) {
		t.Errorf("invited %s", got)
	}
	other := newSite(t).staffed()
	if a := other.call(other.owner, "PUT", "/members", map[string]string{"email": s.as("agent"), "role": "agent"}); a.status != 409 || a.code() != "in_other_organisation" {
		t.Errorf("a member of another organisation: %d %s", a.status, a.body)
	}
	s.ok(204, s.owner, "DELETE", "/members/"+s.as("agent"), nil)
	if a := s.call(s.as("agent"), "GET", "/conversations", nil); a.code() != "no_organisation" {
		t.Errorf("who was removed still reads: %d %s", a.status, a.body)
	}
}

func TestAClosedMailboxShowsNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("open")
	s.box("closed", s.as("admin"))
	s.mail("open", "c1")
	s.mail("closed", "c2")
	for role, sees := range map[string]bool{"owner": true, "admin": true, "agent": false, "viewer": false} {
		who, want := s.as(role), 1
		if sees {
			want = 2
		}
		for _, path := range []string{"/conversations", "/conversations?tab=all", "/conversations?store=own", "/conversations?overdue=true", "/conversations?q=kim", "/conversations?q=kim@buyers.example", "/conversations?language=en-US", "/mailboxes"} {
			var page struct{ Items []struct{ Id string } }
			a := s.ok(200, who, "GET", path, nil)
			if path == "/mailboxes" {
				a.into(t, &page.Items)
			} else {
				a.into(t, &page)
			}
			if len(page.Items) != want {
				t.Errorf("%s sees %d at %s, want %d", role, len(page.Items), path, want)
			}
		}
		for _, path := range []string{"/conversations?mailbox=closed", "/conversations?q=112-1234567-c2"} {
			var page ConversationPage
			s.ok(200, who, "GET", path, nil).into(t, &page)
			if (len(page.Items) == 1) != sees {
				t.Errorf("%s sees %d at %s", role, len(page.Items), path)
			}
		}
		var thread ConversationDetail
		s.ok(200, who, "GET", "/conversations/c1", nil).into(t, &thread)
		if (len(thread.Others) == 1) != sees {
			t.Errorf("%s sees %d other conversations of the buyer", role, len(thread.Others))
		}
		if a := s.call(who, "GET", "/conversations/c2", nil); (a.status == 200) != sees || !sees && a.code() != "not_found" {
			t.Errorf("%s opens it: %d", role, a.status)
		}
	}
	agent := s.as("agent")
	for _, c := range []struct{ method, path string }{
		{"PATCH", "/conversations/c2/labels"}, {"POST", "/conversations/c2/suggestions"}, {"GET", "/conversations/c2/messages/m-c2/html"},
		{"GET", "/conversations/c2/messages/m-c2/attachments/0"}, {"POST", "/mailboxes/closed/sync"},
	} {
		if a := s.call(agent, c.method, c.path, map[string]string{}); a.status != 404 {
			t.Errorf("%s %s: %d %s", c.method, c.path, a.status, a.body)
		}
	}
	var results []BulkResult
	s.ok(200, agent, "POST", "/conversations/bulk", map[string]any{"ids": []string{"c1", "c2"}, "action": "no_reply"}).into(t, &results)
	if !results[0].Ok || results[1].Ok || value(results[1].Code) != "not_found" {
		t.Errorf("bulk %+v", results)
	}
	s.ok(200, s.owner, "PUT", "/members", map[string]string{"email": "other-" + s.owner, "role": "admin"})
	for method, path := range map[string]string{"PATCH": "/mailboxes/closed", "DELETE": "/mailboxes/closed?confirm=closed@lumenhaus.example"} {
		if a := s.call("other-"+s.owner, method, path, map[string]any{"members": []string{}}); a.status != 404 {
			t.Errorf("an admin who has no access changes it: %s %d %s", method, a.status, a.body)
		}
	}
}

func TestAnotherOrganisationIsInvisible(t *testing.T) {
	t.Parallel()
	s, other := newSite(t).staffed(), newSite(t).staffed()
	s.box("box1")
	s.mail("box1", "shared")
	for _, path := range []string{"/conversations/shared", "/conversations/shared/messages/m-shared/html"} {
		if a := other.call(other.owner, "GET", path, nil); a.status != 404 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	var page ConversationPage
	other.ok(200, other.owner, "GET", "/conversations?q=kim", nil).into(t, &page)
	if len(page.Items) != 0 {
		t.Errorf("search finds %+v", page.Items)
	}
	var mine ConversationPage
	s.mail("box1", "more")
	s.ok(200, s.owner, "GET", "/conversations?limit=1", nil).into(t, &mine)
	if mine.Next == nil {
		t.Fatal("no cursor")
	}
	if a := other.call(other.owner, "GET", "/conversations?limit=1&cursor="+*mine.Next, nil); a.status != 422 || a.code() != "cursor" {
		t.Errorf("a foreign cursor: %d %s", a.status, a.body)
	}
}
