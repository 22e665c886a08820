package oauth

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// State is where sign-ins under way and what they gave are kept.
type State interface {
	PutSignIn(context.Context, desk.SignIn) error
	TakeSignIn(ctx context.Context, org desk.OrgID, member, state string) (desk.SignIn, error)
	PutGrant(context.Context, desk.Grant) error
	Grant(ctx context.Context, org desk.OrgID, member, id string) (desk.Grant, error)
	Tokens(context.Context, desk.OrgID, desk.MailboxID) (desk.Tokens, error)
	StoreTokens(ctx context.Context, org desk.OrgID, box desk.MailboxID, version int64, sealed []byte) error
}

// Vault seals and opens credentials.
type Vault interface {
	Seal(context.Context, desk.OrgID, desk.MailboxID, desk.Credentials) ([]byte, error)
	Open(context.Context, desk.OrgID, desk.MailboxID, []byte) (desk.Credentials, error)
}

// Flow takes a person to a provider and back with tokens.
type Flow struct {
	State     State
	Vault     Vault
	Providers Providers
	Client    *http.Client
	Now       desk.Clock
}

const (
	// signInTime is how long a person may take at the provider.
	signInTime = 10 * time.Minute
	// grantTime is how long they may then take to bind the mailbox; never longer
	// than the access token is good for.
	grantTime = 30 * time.Minute
	// callbackPath is the page's address that a provider sends the browser back to.
	callbackPath = "/oauth/callback"
)

// Start begins a sign-in and returns the address to open. s needs the
// organisation, the member, the provider, the address to suggest and where to
// come back to. Invalid with code oauth_not_configured for a provider that is not
// set up, and with redirect_invalid for an address that cannot be the page's.
func (f *Flow) Start(ctx context.Context, s desk.SignIn) (string, error) {
	p, ok := f.Providers[s.Provider]
	if !ok {
		return "", desk.Errorf(desk.Invalid, "oauth_not_configured", "no application is registered for this provider")
	}
	if !isCallback(s.Redirect) {
		return "", desk.Errorf(desk.Invalid, "redirect_invalid", "the address to come back to is not this page's %s", callbackPath)
	}
	s.State, s.Verifier, s.Until = secret(), secret(), f.Now().Add(signInTime).UTC()
	if err := f.State.PutSignIn(ctx, s); err != nil {
		return "", err
	}
	return p.page(s), nil
}

// isCallback checks the form of an address; that it is ours is for the provider
// to check, where it is registered.
func isCallback(address string) bool {
	u, err := url.Parse(address)
	if err != nil || len(address) > 300 || u.Host == "" || u.User != nil || u.Path != callbackPath || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// secret is a state or verifier of 256 bits, 43 characters.
func secret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// Answer is what the browser brought back: a code, or an error.
type Answer struct{ State, Code, Error, Description string }

// Finish ends a sign-in: it says what it was for, with the tokens and, where the
// provider tells, the address they are for. It works once, whatever comes of it.
func (f *Flow) Finish(ctx context.Context, org desk.OrgID, member string, a Answer) (desk.SignIn, desk.Credentials, error) {
	s, err := f.State.TakeSignIn(ctx, org, member, a.State)
	if err != nil {
		return s, desk.Credentials{}, err
	}
	if a.Error != "" {
		return s, desk.Credentials{}, failure{Error: a.Error, Description: a.Description}.explain(onPage)
	}
	p, ok := f.Providers[s.Provider]
	if !ok || a.Code == "" {
		return s, desk.Credentials{}, desk.Errorf(desk.Invalid, "oauth_expired", "the sign-in brought no code")
	}
	asked := f.Now()
	got, err := p.exchange(ctx, f.Client, a.Code, s)
	if err != nil {
		return s, desk.Credentials{}, err
	}
	if got.RefreshToken == "" {
		return s, desk.Credentials{}, desk.Errorf(desk.Permanent, "oauth_consent", "the provider gave no refresh token")
	}
	return s, desk.Credentials{
		Method: desk.XOAuth2, User: got.address(), Provider: s.Provider, AccessToken: got.AccessToken, RefreshToken: got.RefreshToken, ExpiresAt: got.expires(asked),
	}, nil
}

// grantBox stands for the mailbox that a grant does not have yet.
func grantBox(id string) desk.MailboxID { return desk.MailboxID("grant " + id) }

// Keep stores the tokens of a sign-in until its member binds a mailbox with them.
func (f *Flow) Keep(ctx context.Context, s desk.SignIn, c desk.Credentials) (desk.Grant, error) {
	g := desk.Grant{ID: secret(), Org: s.Org, Member: s.Member, Provider: s.Provider, Address: c.User, Until: f.Now().Add(grantTime).UTC()}
	if c.ExpiresAt.Before(g.Until) {
		g.Until = c.ExpiresAt
	}
	var err error
	if g.Sealed, err = f.Vault.Seal(ctx, g.Org, grantBox(g.ID), c); err != nil {
		return g, err
	}
	return g, f.State.PutGrant(ctx, g)
}

// Granted opens a grant for its member.
func (f *Flow) Granted(ctx context.Context, org desk.OrgID, member, id string) (desk.Credentials, error) {
	g, err := f.State.Grant(ctx, org, member, id)
	if err != nil {
		return desk.Credentials{}, err
	}
	return f.Vault.Open(ctx, org, grantBox(id), g.Sealed)
}

// storeTries is how often Renew writes against a refresh that is under way.
const storeTries = 3

// Renew gives a bound mailbox the tokens of a new sign-in.
func (f *Flow) Renew(ctx context.Context, org desk.OrgID, box desk.MailboxID, c desk.Credentials) error {
	sealed, err := f.Vault.Seal(ctx, org, box, c)
	if err != nil {
		return err
	}
	for range storeTries {
		var have desk.Tokens
		if have, err = f.State.Tokens(ctx, org, box); err != nil {
			return err
		}
		if err = f.State.StoreTokens(ctx, org, box, have.Version, sealed); desk.KindOf(err) != desk.Conflict {
			return err
		}
	}
	return err
}
