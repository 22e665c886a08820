// Package oauth signs mailboxes in at their providers by OAuth 2.0: the
// authorization code flow with PKCE (RFC 6749, RFC 7636), and new tokens in time
// for as long as the provider gives them.
package oauth

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Provider is where mailboxes sign in, and as which application.
type Provider struct {
	ID           string // microsoft or google
	ClientID     string
	ClientSecret string // "" for a public client
	authorize    string
	token        string
	scope        string
	// extra are parameters of the authorization request beyond the standard's.
	extra map[string]string
}

// Providers are those that are configured, by id.
type Providers map[string]Provider

// Application is how we are registered at a provider. Without ID it is not offered.
type Application struct{ ID, Secret, Authority string }

// NewProviders are the providers that have an application. resource is the one
// that Microsoft's mail scopes belong to, such as https://outlook.office.com.
func NewProviders(microsoft Application, resource string, google Application) Providers {
	all := Providers{}
	if microsoft.ID != "" {
		all["microsoft"] = newMicrosoft(microsoft, resource)
	}
	if google.ID != "" {
		all["google"] = newGoogle(google)
	}
	return all
}

// newMicrosoft takes the endpoints from the authority's address: every cloud and
// tenant of Microsoft's has them in the same place, so nothing has to be fetched
// that could fail or be stale.
//
// Source: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow (2026)
func newMicrosoft(a Application, resource string) Provider {
	authority, resource := strings.TrimRight(a.Authority, "/"), strings.TrimRight(resource, "/")
	return Provider{
		ID: "microsoft", ClientID: a.ID, ClientSecret: a.Secret,
		authorize: authority + "/oauth2/v2.0/authorize", token: authority + "/oauth2/v2.0/token",
		scope: resource + "/IMAP.AccessAsUser.All " + resource + "/SMTP.Send offline_access",
		// Without it whoever is signed in to Microsoft already is taken unasked.
		extra: map[string]string{"prompt": "select_account"},
	}
}

// googleAuthority is the one whose tokens come from another host.
const googleAuthority = "https://accounts.google.com"

func newGoogle(a Application) Provider {
	authority := strings.TrimRight(a.Authority, "/")
	token := authority + "/oauth2/v3/token"
	if authority == googleAuthority {
		token = "https://www.googleapis.com/oauth2/v3/token"
	}
	return Provider{
		ID: "google", ClientID: a.ID, ClientSecret: a.Secret, authorize: authority + "/o/oauth2/auth", token: token,
		scope: "https://mail.google.com/",
		// Google gives a refresh token only for these two.
		extra: map[string]string{"access_type": "offline", "prompt": "consent"},
	}
}

// page is the address where a person signs in.
func (p Provider) page(s desk.SignIn) string {
	challenge := sha256.Sum256([]byte(s.Verifier))
	q := url.Values{
		"client_id": {p.ClientID}, "response_type": {"code"}, "response_mode": {"query"}, "redirect_uri": {s.Redirect}, "scope": {p.scope},
		"state": {s.State}, "code_challenge_method": {"S256"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])},
	}
	if s.Address != "" {
		q.Set("login_hint", s.Address)
	}
	for name, value := range p.extra {
		q.Set(name, value)
	}
	return p.authorize + "?" + q.Encode()
}
