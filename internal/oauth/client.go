package oauth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

const (
	// tokenTime is how long a token endpoint may take; with the connection test
	// behind it a request of the API must stay below 29 s.
	tokenTime = 8 * time.Second
	// maxAnswer is the largest answer read, in bytes; Microsoft's are about 5 KB.
	maxAnswer = 256 << 10
	// usualLife is how long an access token is good for where the answer does not
	// say; longestLife bounds what it may say.
	usualLife, longestLife = time.Hour, 24 * time.Hour
)

// NewClient is an HTTP client for token endpoints. It follows no redirects:
// secrets go where they were sent to and nowhere else.
func NewClient() *http.Client {
	return &http.Client{Timeout: tokenTime, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// answer is a token endpoint's, good or bad.
type answer struct {
	AccessToken  string      `json:"access_token"`
	RefreshToken string      `json:"refresh_token"`
	ExpiresIn    json.Number `json:"expires_in"` // seconds; some quote it
	IDToken      string      `json:"id_token"`
	failure
}

// exchange turns a code into tokens.
func (p Provider) exchange(ctx context.Context, client *http.Client, code string, s desk.SignIn) (answer, error) {
	return p.ask(ctx, client, onExchange, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {s.Redirect}, "code_verifier": {s.Verifier},
	})
}

// refresh turns a refresh token into new tokens; the answer holds the next
// refresh token, or none when the old one stays.
func (p Provider) refresh(ctx context.Context, client *http.Client, token string) (answer, error) {
	return p.ask(ctx, client, onRefresh, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
}

func (p Provider) ask(ctx context.Context, client *http.Client, doing phase, form url.Values) (a answer, err error) {
	form.Set("client_id", p.ClientID)
	if p.ClientSecret != "" {
		form.Set("client_secret", p.ClientSecret)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.token, strings.NewReader(form.Encode()))
	if err != nil {
		return a, desk.Errorf(desk.Unavailable, "oauth_misconfigured", "asking for tokens: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	w, err := client.Do(r)
	if err != nil {
		return a, desk.Errorf(desk.Unavailable, "oauth_unavailable", "asking for tokens: %w", withoutAddress(err))
	}
	defer func() { _ = w.Body.Close() }()
	return read(w, doing)
}

// withoutAddress takes the address off an error of net/http.
func withoutAddress(err error) error {
	var where *url.Error
	if errors.As(err, &where) {
		return where.Err
	}
	return err
}

func read(w *http.Response, doing phase) (a answer, err error) {
	body, err := io.ReadAll(io.LimitReader(w.Body, maxAnswer))
	if err != nil {
		return a, desk.Errorf(desk.Unavailable, "oauth_unavailable", "reading tokens: %w", err)
	}
	err = json.Unmarshal(body, &a)
	switch {
	case w.StatusCode == http.StatusTooManyRequests, w.StatusCode >= http.StatusInternalServerError:
		return answer{}, desk.Errorf(desk.Unavailable, "oauth_unavailable", "the provider answered with status %d", w.StatusCode)
	case err == nil && a.Error != "":
		return answer{}, a.explain(doing)
	case err != nil || w.StatusCode != http.StatusOK || a.AccessToken == "":
		return answer{}, desk.Errorf(desk.Unavailable, "oauth_unavailable", "the provider answered with status %d and no token", w.StatusCode)
	}
	return a, nil
}

// expires is when the access token is good no longer, counted from when it was
// asked for.
func (a answer) expires(asked time.Time) time.Time {
	seconds, err := a.ExpiresIn.Int64()
	life := usualLife
	if err == nil && seconds > 0 {
		life = time.Duration(min(seconds, int64(longestLife/time.Second))) * time.Second
	}
	return asked.Add(life).UTC()
}

// address is who signed in, where the answer tells: providers that were asked for
// mail only often say nothing. The ID token comes straight from the provider over
// TLS, so its signature need not be checked (OpenID Connect Core §3.1.3.7).
func (a answer) address() string {
	parts := strings.Split(a.IDToken, ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return ""
	}
	var claims struct {
		Email    string `json:"email"`
		Username string `json:"preferred_username"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return ""
	}
	for _, name := range []string{claims.Email, claims.Username} {
		if strings.Contains(name, "@") && len(name) <= 254 {
			return strings.ToLower(name)
		}
	}
	return ""
}
