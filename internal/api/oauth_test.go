package api

import (
	"net/url"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/oauth"
)

const callback = "https://desk.lumenhaus.example/oauth/callback"

// signingSite is a site with Microsoft's sign-in set up.
func signingSite(t *testing.T) *site {
	t.Helper()
	s := newSite(t).staffed()
	s.server.SignIns.Providers = oauth.NewProviders(oauth.Application{ID: "app", Authority: "https://login.microsoftonline.com/common"}, "https://outlook.office.com", oauth.Application{})
	return s
}

func signIn(provider, mailbox string) map[string]string {
	return map[string]string{"provider": provider, "address": "kim@lumenhaus.example", "redirect": callback, "mailbox": mailbox}
}

func TestOnlyManagersSignMailboxesIn(t *testing.T) {
	s := signingSite(t)
	for role, want := range map[string]int{"owner": 200, "admin": 200, "agent": 403, "viewer": 403} {
		s.ok(want, s.as(role), "POST", "/mailboxes/oauth", signIn("microsoft", ""))
	}
	s.ok(403, s.as("agent"), "POST", "/mailboxes/oauth/finish", map[string]string{"state": "state", "code": "code"})
}

func TestTheSessionTellsWhichSignInsAreSetUp(t *testing.T) {
	s := signingSite(t)
	var session struct{ OAuth []string }
	s.ok(200, s.owner, "GET", "/session", nil).into(t, &session)
	if len(session.OAuth) != 1 || session.OAuth[0] != "microsoft" {
		t.Errorf("%v", session.OAuth)
	}
}

func TestASignInThatCannotBeginIsNamed(t *testing.T) {
	s := signingSite(t)
	s.box("box1")
	org := s.org()
	google := desk.Mailbox{ID: "box2", Org: org, Address: "kim@gmail.com", OAuth: "google", CreatedAt: noon}
	if err := s.server.Table.AddMailbox(t.Context(), google, desk.Sync{Org: org, Mailbox: google.ID, State: desk.SyncOK}); err != nil {
		t.Fatal(err)
	}
	elsewhere := signIn("microsoft", "")
	elsewhere["redirect"] = "https://desk.lumenhaus.example/elsewhere"
	for name, c := range map[string]struct {
		body map[string]string
		code string
	}{
		"a provider that is not set up":      {signIn("google", ""), "oauth_not_configured"},
		"a mailbox with a password":          {signIn("microsoft", "box1"), "request_invalid"},
		"a mailbox that signs in elsewhere":  {signIn("microsoft", "box2"), "request_invalid"},
		"a mailbox of another organisation":  {signIn("microsoft", "stranger"), "not_found"},
		"an address to come back to, beyond": {elsewhere, "redirect_invalid"},
		"no address":                         {map[string]string{"provider": "microsoft", "redirect": callback, "address": "kim"}, "address_invalid"},
	} {
		if got := s.call(s.owner, "POST", "/mailboxes/oauth", c.body); got.code() != c.code {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

func TestTheProvidersRefusalIsNamedOnce(t *testing.T) {
	s := signingSite(t)
	var begun struct{ URL string }
	s.ok(200, s.owner, "POST", "/mailboxes/oauth", signIn("microsoft", "")).into(t, &begun)
	page, err := url.Parse(begun.URL)
	if err != nil || page.Host != "login.microsoftonline.com" {
		t.Fatalf("%s %v", begun.URL, err)
	}
	refusal := map[string]string{"state": page.Query().Get("state"), "error": "access_denied", "description": "AADSTS90094: The grant requires admin permission."}
	if got := s.call(s.as("admin"), "POST", "/mailboxes/oauth/finish", refusal); got.code() != "oauth_expired" {
		t.Errorf("finished by another member: %s", got.body)
	}
	if got := s.ok(422, s.owner, "POST", "/mailboxes/oauth/finish", refusal); got.code() != "admin_consent" {
		t.Errorf("%s", got.body)
	}
	if got := s.ok(404, s.owner, "POST", "/mailboxes/oauth/finish", refusal); got.code() != "oauth_expired" {
		t.Errorf("a second time: %s", got.body)
	}
}

func TestAGrantThatIsNotThereBindsNothing(t *testing.T) {
	s := signingSite(t)
	server := map[string]any{"host": "outlook.office365.com", "port": 993, "security": "tls"}
	binding := map[string]any{"address": "kim@lumenhaus.example", "user": "", "imap": server, "smtp": server, "grant": "guess"}
	for _, path := range []string{"/mailboxes/test", "/mailboxes"} {
		if got := s.call(s.owner, "POST", path, binding); got.code() != "oauth_expired" {
			t.Errorf("%s: %s", path, got.body)
		}
	}
}
