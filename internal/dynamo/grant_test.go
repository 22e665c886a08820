package dynamo

import (
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

const (
	owner = "owner@lumenhaus.example"
	admin = "admin@lumenhaus.example"
)

func TestASignInIsFinishedOnceAndByWhoBeganIt(t *testing.T) {
	table, _ := open(t)
	want := desk.SignIn{State: "state", Org: org, Member: owner, Provider: "microsoft", Verifier: "verifier", Until: noon.Add(time.Minute)}
	if err := table.PutSignIn(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		org           desk.OrgID
		member, state string
	}{
		"another member": {org, admin, "state"}, "another organisation": {"otherorg", owner, "state"}, "another state": {org, owner, "guess"},
	} {
		if _, err := table.TakeSignIn(t.Context(), c.org, c.member, c.state); desk.CodeOf(err) != "oauth_expired" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := table.TakeSignIn(t.Context(), org, owner, "state"); err != nil || got != want {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := table.TakeSignIn(t.Context(), org, owner, "state"); desk.CodeOf(err) != "oauth_expired" {
		t.Errorf("a second time: %v", err)
	}
	want.Until = noon
	if err := table.PutSignIn(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if _, err := table.TakeSignIn(t.Context(), org, owner, "state"); desk.CodeOf(err) != "oauth_expired" {
		t.Errorf("after its time: %v", err)
	}
}

func granted(t *testing.T, table *Table, id string) desk.Mailbox {
	t.Helper()
	if err := table.PutGrant(t.Context(), desk.Grant{ID: id, Org: org, Member: owner, Provider: "microsoft", Until: noon.Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	return desk.Mailbox{ID: desk.MailboxID("box" + id), Org: org, Address: id + "@lumenhaus.example", OAuth: "microsoft", CreatedAt: noon}
}

func TestAGrantBindsOneMailbox(t *testing.T) {
	table, _ := open(t)
	m := granted(t, table, "one")
	if _, err := table.Grant(t.Context(), org, admin, "one"); desk.CodeOf(err) != "oauth_expired" {
		t.Errorf("another member reads it: %v", err)
	}
	if g, err := table.Grant(t.Context(), org, owner, "one"); err != nil || g.Provider != "microsoft" {
		t.Errorf("%+v %v", g, err)
	}
	if err := table.AddGranted(t.Context(), m, desk.Sync{Org: org, Mailbox: m.ID}, []byte("sealed"), "one"); err != nil {
		t.Fatal(err)
	}
	tokens, err := table.Tokens(t.Context(), org, m.ID)
	if err != nil || string(tokens.Sealed) != "sealed" || tokens.Version != 1 || tokens.Ended != "" {
		t.Errorf("%+v %v", tokens, err)
	}
	if _, err := table.Grant(t.Context(), org, owner, "one"); desk.CodeOf(err) != "oauth_expired" {
		t.Errorf("used and still there: %v", err)
	}
	second := m
	second.ID, second.Address = "boxtwo", "two@lumenhaus.example"
	if err := table.AddGranted(t.Context(), second, desk.Sync{Org: org, Mailbox: second.ID}, []byte("sealed"), "one"); desk.KindOf(err) != desk.Conflict {
		t.Errorf("bound twice with one grant: %v", err)
	}
	if _, err := table.Mailbox(t.Context(), org, second.ID); desk.KindOf(err) != desk.NotFound {
		t.Errorf("half of it was stored: %v", err)
	}
}

func TestTokensAreReplacedByOneAtATime(t *testing.T) {
	table, _ := open(t)
	m := granted(t, table, "lease")
	if err := table.AddGranted(t.Context(), m, desk.Sync{Org: org, Mailbox: m.ID}, []byte("first"), "lease"); err != nil {
		t.Fatal(err)
	}
	until := noon.Add(20 * time.Second)
	if err := table.LeaseTokens(t.Context(), org, m.ID, 1, until); err != nil {
		t.Fatal(err)
	}
	if err := table.LeaseTokens(t.Context(), org, m.ID, 1, until); desk.KindOf(err) != desk.Conflict {
		t.Errorf("a second lease: %v", err)
	}
	if err := table.StoreTokens(t.Context(), org, m.ID, 1, []byte("second")); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"a late one stores": table.StoreTokens(t.Context(), org, m.ID, 1, []byte("late")),
		"a late one ends":   table.EndTokens(t.Context(), org, m.ID, 1, "oauth_revoked"),
		"a late one leases": table.LeaseTokens(t.Context(), org, m.ID, 1, until),
	} {
		if desk.KindOf(err) != desk.Conflict {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := table.Tokens(t.Context(), org, m.ID); err != nil || string(got.Sealed) != "second" || got.Version != 2 || !got.LeaseUntil.IsZero() {
		t.Errorf("%+v %v", got, err)
	}
	if err := table.EndTokens(t.Context(), org, m.ID, 2, "oauth_revoked"); err != nil {
		t.Fatal(err)
	}
	if got, err := table.Tokens(t.Context(), org, m.ID); err != nil || got.Ended != "oauth_revoked" {
		t.Errorf("%+v %v", got, err)
	}
	if err := table.StoreTokens(t.Context(), org, m.ID, 2, []byte("third")); err != nil {
		t.Fatal(err)
	}
	if got, err := table.Tokens(t.Context(), org, m.ID); err != nil || got.Ended != "" {
		t.Errorf("signed in again: %+v %v", got, err)
	}
}

func TestUnbindingForgetsTheTokens(t *testing.T) {
	table, _ := open(t)
	m := granted(t, table, "gone")
	if err := table.AddGranted(t.Context(), m, desk.Sync{Org: org, Mailbox: m.ID}, []byte("sealed"), "gone"); err != nil {
		t.Fatal(err)
	}
	if err := table.ForgetMailbox(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if _, err := table.Tokens(t.Context(), org, m.ID); desk.KindOf(err) != desk.NotFound {
		t.Errorf("tokens are left: %v", err)
	}
	// A refresh that was under way must not bring them back.
	if err := table.StoreTokens(t.Context(), org, m.ID, 1, []byte("late")); desk.KindOf(err) != desk.Conflict {
		t.Errorf("stored after unbinding: %v", err)
	}
}

// What an idle OAuth mailbox costs beyond one with a password.
func TestCostOfTokens(t *testing.T) {
	table, meter := open(t)
	m := granted(t, table, "cost")
	sealed := make([]byte, 5500)
	if err := table.AddGranted(t.Context(), m, desk.Sync{Org: org, Mailbox: m.ID}, sealed, "cost"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what  string
		limit float64
		do    func() error
	}{
		{"reading 5.5 KB of tokens", 2, func() error { _, err := table.Tokens(t.Context(), org, m.ID); return err }},
		{"leasing them", 6, func() error { return table.LeaseTokens(t.Context(), org, m.ID, 1, noon.Add(time.Second)) }},
		{"replacing them", 6, func() error { return table.StoreTokens(t.Context(), org, m.ID, 1, sealed) }},
		{"listing mailboxes, without them", 0.5, func() error { _, err := table.Mailboxes(t.Context(), org); return err }},
	} {
		if got := meter.units(t, c.do); got > c.limit {
			t.Errorf("%s costs %.1f units, more than %.1f", c.what, got, c.limit)
		}
	}
}
