package oauth

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

func TestFailuresHaveARemedy(t *testing.T) {
	for _, c := range []struct {
		name  string
		in    failure
		doing phase
		code  string
	}{
		{"a revoked refresh token", failure{Error: "invalid_grant", Numbers: []int{50173}}, onRefresh, "oauth_revoked"},
		{"ninety days without use", failure{Error: "invalid_grant", Numbers: []int{700082}}, onRefresh, "oauth_revoked"},
		{"a refusal without a number", failure{Error: "invalid_grant"}, onRefresh, "oauth_revoked"},
		{"Google's Workspace session ended", failure{Error: "invalid_grant", Suberror: "invalid_rapt"}, onRefresh, "oauth_revoked"},
		{"a second factor is wanted again", failure{Error: "interaction_required", Numbers: []int{50076}}, onRefresh, "oauth_revoked"},
		{"consent was withdrawn", failure{Error: "invalid_grant", Suberror: "consent_required", Numbers: []int{65001}}, onRefresh, "oauth_consent"},
		{"consent, by name only", failure{Error: "consent_required"}, onPage, "oauth_consent"},
		{"consent, by suberror only", failure{Error: "invalid_grant", Suberror: "consent_required"}, onRefresh, "oauth_consent"},
		{"an administrator has to consent", failure{Error: "access_denied", Description: "AADSTS90094: The grant requires admin permission."}, onPage, "admin_consent"},
		{"an administrator was asked", failure{Error: "access_denied", Description: "AADSTS90095: An admin consent request may be sent."}, onPage, "admin_consent"},
		{"Google's administrator", failure{Error: "admin_policy_enforced"}, onPage, "admin_consent"},
		{"declined", failure{Error: "access_denied", Description: "AADSTS65004: User declined to consent"}, onPage, "oauth_declined"},
		{"declined at Google", failure{Error: "access_denied"}, onPage, "oauth_declined"},
		{"conditional access", failure{Error: "invalid_grant", Numbers: []int{53003}}, onRefresh, "oauth_policy"},
		{"nobody assigned the account", failure{Error: "invalid_grant", Description: "AADSTS50105: not assigned"}, onPage, "oauth_policy"},
		{"an account of another tenant", failure{Error: "interaction_required", Numbers: []int{50020}}, onExchange, "oauth_account"},
		{"a code used twice", failure{Error: "invalid_grant", Numbers: []int{54005}}, onExchange, "oauth_expired"},
		{"a code without a number", failure{Error: "invalid_grant"}, onExchange, "oauth_expired"},
		{"a wrong secret", failure{Error: "invalid_client", Numbers: []int{7000215}}, onRefresh, "oauth_misconfigured"},
		{"a secret past its end", failure{Error: "invalid_client", Description: "AADSTS7000222: expired"}, onRefresh, "oauth_misconfigured"},
		{"an unknown application", failure{Error: "unauthorized_client", Numbers: []int{700016}}, onExchange, "oauth_misconfigured"},
		{"an address that is not registered", failure{Error: "invalid_request", Numbers: []int{50011}}, onPage, "oauth_misconfigured"},
		{"a server in trouble", failure{Error: "temporarily_unavailable"}, onRefresh, "oauth_unavailable"},
		{"a new name", failure{Error: "something_else"}, onRefresh, "oauth_unavailable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.in.explain(c.doing)
			if desk.CodeOf(err) != c.code || desk.KindOf(err) != remedies[c.code] || remedies[c.code] == "" {
				t.Errorf("%v: %s, want %s", err, desk.CodeOf(err), c.code)
			}
		})
	}
}

func TestTheProvidersWordsStayOut(t *testing.T) {
	err := failure{Error: "Kim <kim@lumenhaus.example>", Description: "AADSTS50020: User account 'kim@lumenhaus.example' from tenant Lumenhaus"}.explain(onPage)
	if strings.Contains(err.Error(), "kim") || !strings.Contains(err.Error(), "AADSTS50020") {
		t.Error(err)
	}
}

func TestEveryReasonHasAKind(t *testing.T) {
	for n, code := range numbers {
		if remedies[code] == "" {
			t.Errorf("AADSTS%d gives %s", n, code)
		}
	}
	for name, code := range names {
		if remedies[code] == "" {
			t.Errorf("%s gives %s", name, code)
		}
	}
}

func TestHowLongATokenIsGood(t *testing.T) {
	for text, want := range map[string]time.Duration{
		`3599`: 3599 * time.Second, `"3599"`: 3599 * time.Second, `0`: usualLife, `-1`: usualLife, `null`: usualLife, `1e99`: usualLife, `99999999999`: longestLife,
	} {
		var a answer
		if err := json.Unmarshal([]byte(`{"expires_in":`+text+`}`), &a); err != nil {
			t.Fatal(err)
		}
		if got := a.expires(noon).Sub(noon); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func idToken(claims string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".sig"
}

func TestWhoSignedIn(t *testing.T) {
	for name, c := range map[string]struct{ token, want string }{
		"Google":                    {idToken(`{"email":"Kim@Lumenhaus.example"}`), kim},
		"Microsoft":                 {idToken(`{"preferred_username":"kim@lumenhaus.example"}`), kim},
		"a name that is no address": {idToken(`{"preferred_username":"+15550100"}`), ""},
		"none":                      {"", ""},
		"no token":                  {"a.b", ""},
		"no claims":                 {"a.!.c", ""},
	} {
		if got := (answer{IDToken: c.token}).address(); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func FuzzAddress(f *testing.F) {
	f.Add(idToken(`{"email":"kim@lumenhaus.example"}`))
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		if got := (answer{IDToken: token}).address(); got != "" && (!strings.Contains(got, "@") || len(got) > 300) {
			t.Errorf("%q", got)
		}
	})
}

func FuzzFailure(f *testing.F) {
	f.Add("invalid_grant", "AADSTS50173: revoked")
	f.Fuzz(func(t *testing.T, name, description string) {
		err := failure{Error: name, Description: description}.explain(onRefresh)
		if remedies[desk.CodeOf(err)] == "" || len(err.Error()) > 400 {
			t.Errorf("%v", err)
		}
	})
}
