package oauth

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

func TestASignInGivesTokens(t *testing.T) {
	w := newWorld(t)
	page := w.start(desk.SignIn{Address: kim})
	q, err := url.Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "quilldesk", "redirect_uri": callback, "code_challenge_method": "S256", "login_hint": kim,
		"scope": "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
	} {
		if got := q.Query().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if len(q.Query().Get("state")) != 43 || len(q.Query().Get("code_challenge")) != 43 {
		t.Errorf("%s", page)
	}
	back := w.choose(page, kim)
	c, err := w.finish(back)
	if err != nil || c.RefreshToken == "" || !c.ExpiresAt.Equal(noon.Add(tokenFor)) || c.Provider != "microsoft" {
		t.Fatalf("%+v %v", c, err)
	}
	if address, ok := w.provider.Address(c.AccessToken); !ok || address != kim {
		t.Errorf("the token is for %q, good %v", address, ok)
	}
	if _, err := w.finish(back); desk.CodeOf(err) != "oauth_expired" {
		t.Errorf("finished twice: %v", err)
	}
}

func TestWhatTheProviderRefusesIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(*world) Answer
		code string
	}{
		"declined":                      {func(w *world) Answer { return w.choose(w.start(desk.SignIn{}), "") }, "oauth_declined"},
		"only an administrator may":     {func(w *world) Answer { return w.choose(w.start(desk.SignIn{}), "locked@lumenhaus.example") }, "admin_consent"},
		"a state that nobody gave out":  {func(*world) Answer { return Answer{State: "guess", Code: "code"} }, "oauth_expired"},
		"a code of another sign-in":     {func(w *world) Answer { return other(w) }, "oauth_expired"},
		"a code that was made up":       {func(w *world) Answer { return made(w, "made-up") }, "oauth_expired"},
		"no code":                       {func(w *world) Answer { return made(w, "") }, "oauth_expired"},
		"after ten minutes and a bit":   {func(w *world) Answer { return late(w) }, "oauth_expired"},
		"the provider is out of order":  {func(w *world) Answer { return down(w, 503) }, "oauth_unavailable"},
		"the provider wants fewer asks": {func(w *world) Answer { return down(w, 429) }, "oauth_unavailable"},
		"a page in place of an answer":  {func(w *world) Answer { return down(w, 200) }, "oauth_unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if _, err := w.finish(c.do(w)); desk.CodeOf(err) != c.code {
				t.Errorf("%v, want %s", err, c.code)
			}
		})
	}
}

// other is a good code under the state of another sign-in: PKCE refuses it.
func other(w *world) Answer {
	a := w.choose(w.start(desk.SignIn{}), kim)
	a.State = w.choose(w.start(desk.SignIn{}), kim).State
	return a
}

func made(w *world, code string) Answer {
	a := w.choose(w.start(desk.SignIn{}), kim)
	a.Code = code
	return a
}

func late(w *world) Answer {
	a := w.choose(w.start(desk.SignIn{}), kim)
	w.clock.pass(signInTime + time.Second)
	return a
}

func down(w *world, status int64) Answer {
	a := w.choose(w.start(desk.SignIn{}), kim)
	w.broken.Store(status)
	return a
}

func TestOnlyThePagesOwnAddressIsComeBackTo(t *testing.T) {
	for address, want := range map[string]bool{
		"https://desk.lumenhaus.example/oauth/callback": true, "http://127.0.0.1:8420/oauth/callback": true, "http://localhost/oauth/callback": true,
		"": false, "/oauth/callback": false, "http://desk.lumenhaus.example/oauth/callback": false, "https://desk.lumenhaus.example/oauth/callback/": false,
		"https://desk.lumenhaus.example/elsewhere": false, "https://desk.lumenhaus.example/oauth/callback?next=x": false,
		"https://me@desk.lumenhaus.example/oauth/callback": false, "javascript:/oauth/callback": false, "https:///oauth/callback": false,
		"https://desk.lumenhaus.example/oauth/callback#x": false, "https://" + strings.Repeat("a", 300) + "/oauth/callback": false,
	} {
		if got := isCallback(address); got != want {
			t.Errorf("%q: %v", address, got)
		}
	}
	w := newWorld(t)
	_, err := w.flow.Start(t.Context(), desk.SignIn{Org: w.org, Provider: "microsoft", Redirect: "https://desk.lumenhaus.example/elsewhere"})
	if desk.CodeOf(err) != "redirect_invalid" {
		t.Error(err)
	}
	if _, err = w.flow.Start(t.Context(), desk.SignIn{Org: w.org, Provider: "google", Redirect: callback}); desk.CodeOf(err) != "oauth_not_configured" {
		t.Error(err)
	}
}

func TestAGrantIsForItsMemberAndNotForLong(t *testing.T) {
	w := newWorld(t)
	c := w.signIn()
	g, err := w.flow.Keep(t.Context(), desk.SignIn{Org: w.org, Member: "owner@lumenhaus.example", Provider: "microsoft"}, c)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := w.flow.Granted(t.Context(), w.org, g.Member, g.ID); err != nil || got.AccessToken != c.AccessToken {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := w.flow.Granted(t.Context(), w.org, "admin@lumenhaus.example", g.ID); desk.CodeOf(err) != "oauth_expired" {
		t.Errorf("another member: %v", err)
	}
	w.clock.pass(grantTime)
	if _, err := w.flow.Granted(t.Context(), w.org, g.Member, g.ID); desk.CodeOf(err) != "oauth_expired" {
		t.Errorf("after its time: %v", err)
	}
}

func TestEndpointsOfAuthorities(t *testing.T) {
	for _, c := range []struct {
		microsoft, google               string
		page, token, googlePage, gToken string
	}{
		{
			"https://login.microsoftonline.com/common", "https://accounts.google.com",
			"https://login.microsoftonline.com/common/oauth2/v2.0/authorize", "https://login.microsoftonline.com/common/oauth2/v2.0/token",
			"https://accounts.google.com/o/oauth2/auth", "https://www.googleapis.com/oauth2/v3/token",
		}, {
			"https://login.microsoftonline.us/tenant/", "http://127.0.0.1:1/",
			"https://login.microsoftonline.us/tenant/oauth2/v2.0/authorize", "https://login.microsoftonline.us/tenant/oauth2/v2.0/token",
			"http://127.0.0.1:1/o/oauth2/auth", "http://127.0.0.1:1/oauth2/v3/token",
		},
	} {
		all := NewProviders(Application{"a", "", c.microsoft}, "https://outlook.office.com/", Application{"b", "secret", c.google})
		m, g := all["microsoft"], all["google"]
		if m.authorize != c.page || m.token != c.token || g.authorize != c.googlePage || g.token != c.gToken {
			t.Errorf("%+v %+v", m, g)
		}
		if !strings.HasPrefix(m.scope, "https://outlook.office.com/IMAP") || g.extra["access_type"] != "offline" || g.extra["prompt"] != "consent" {
			t.Errorf("%+v %+v", m, g)
		}
	}
	if all := NewProviders(Application{}, "", Application{}); len(all) != 0 {
		t.Errorf("offered without an application: %+v", all)
	}
}
