package access

import (
	"context"
	"fmt"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
)

type people map[string]desk.Member

var boxes = []desk.Mailbox{
	{ID: "open", Org: "org"},
	{ID: "closed", Org: "org", Members: []string{"mei@lumenhaus.example"}},
}

func (p people) Person(_ context.Context, email string) (desk.OrgID, desk.Member, error) {
	m, ok := p[email]
	if !ok {
		return "", desk.Member{}, desk.Errorf(desk.NotFound, "no_organisation", "a stranger")
	}
	return "org", m, nil
}

func (people) Mailboxes(context.Context, desk.OrgID) ([]desk.Mailbox, error) { return boxes, nil }

func TestWhoMayDoWhat(t *testing.T) {
	all := people{}
	for _, role := range []desk.Role{desk.Owner, desk.Admin, desk.Agent, desk.Viewer} {
		for _, name := range []string{"mei", "noor"} {
			email := fmt.Sprintf("%s-%s@lumenhaus.example", name, role)
			if name == "mei" {
				boxes[1].Members = append(boxes[1].Members, email)
			}
			all[email] = desk.Member{Email: email, Role: role}
		}
	}
	for _, c := range []struct {
		role                  desk.Role
		name                  string
		sees, writes, manages bool
	}{
		{desk.Owner, "mei", true, true, true},
		{desk.Owner, "noor", true, true, true}, // so that nobody can lock the organisation out
		{desk.Admin, "mei", true, true, true},
		{desk.Admin, "noor", false, true, true},
		{desk.Agent, "mei", true, true, false},
		{desk.Agent, "noor", false, true, false},
		{desk.Viewer, "mei", true, false, false},
		{desk.Viewer, "noor", false, false, false},
	} {
		t.Run(fmt.Sprintf("%s %s", c.name, c.role), func(t *testing.T) {
			caller, err := Identify(t.Context(), all, fmt.Sprintf("%s-%s@lumenhaus.example", c.name, c.role))
			if err != nil || caller.Org != "org" {
				t.Fatal(err)
			}
			_, err = caller.Box("closed")
			seen := caller.See(desk.Conversation{Mailbox: "closed"})
			if (err == nil) != c.sees || (seen == nil) != c.sees || !c.sees && (desk.KindOf(err) != desk.NotFound || desk.KindOf(seen) != desk.NotFound) {
				t.Errorf("the closed mailbox: %v, its mail: %v", err, seen)
			}
			if open := caller.Open(); (open == nil) != c.sees || !c.sees && fmt.Sprint(open) != "[open]" {
				t.Errorf("open are %v", open)
			}
			if err := caller.See(desk.Conversation{Mailbox: "open"}); err != nil {
				t.Errorf("the open mailbox: %v", err)
			}
			if err := caller.Write(); (err == nil) != c.writes || err != nil && desk.KindOf(err) != desk.Denied {
				t.Errorf("writing: %v", err)
			}
			if err := caller.Manage(); (err == nil) != c.manages || err != nil && desk.KindOf(err) != desk.Denied {
				t.Errorf("managing: %v", err)
			}
		})
	}
}

func TestAStrangerIsNobody(t *testing.T) {
	caller, err := Identify(t.Context(), people{}, "eve@elsewhere.example")
	if desk.CodeOf(err) != "no_organisation" || caller.Org != "" || caller.Boxes != nil {
		t.Errorf("%+v %v", caller, err)
	}
	if caller.Write() == nil || caller.Manage() == nil || caller.See(desk.Conversation{}) == nil {
		t.Error("nobody may do something")
	}
}

func TestWithEveryMailboxClosedNothingIsOpen(t *testing.T) {
	if open := (Caller{}).Open(); open == nil || len(open) != 0 {
		t.Errorf("open is %#v, which means everything", open)
	}
}
