package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Authorizer is a JWT authorizer: it takes RS256 tokens of one issuer, made for
// one of the audiences, whose keys it reads from the issuer's discovery
// document at the first request.
type Authorizer struct {
	Issuer   string
	Audience []string
	// Source says where the token is: "$request.header.Name" or
	// "$request.querystring.name".
	Source string
	Client *http.Client
	Now    func() time.Time

	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier
}

// refusal is a failed authorisation with the challenge of RFC 6750.
type refusal struct {
	status    int
	challenge string
}

func (e *refusal) Error() string { return e.challenge }

func unauthorized(why string) error {
	return &refusal{http.StatusUnauthorized, fmt.Sprintf(`Bearer scope="" error="invalid_token" error_description=%q`, why)}
}

var errNoToken = &refusal{http.StatusUnauthorized, "Bearer"}

func refuse(w http.ResponseWriter, err error) {
	var r *refusal
	if !errors.As(err, &r) {
		message(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	w.Header().Set("Www-Authenticate", r.challenge)
	message(w, r.status, http.StatusText(r.status))
}

// authorize checks the request's token and returns its claims as a function
// sees them. Open routes have none.
func (a *API) authorize(to route, r *http.Request) (claims map[string]string, scopes []string, err error) {
	if to.Authorizer == nil {
		return nil, nil, nil
	}
	token, err := to.Authorizer.verify(r)
	if err != nil {
		return nil, nil, err
	}
	granted := strings.Fields(stringOf(token["scope"]))
	if len(to.Scopes) > 0 {
		if !slices.ContainsFunc(to.Scopes, func(s string) bool { return slices.Contains(granted, s) }) {
			return nil, nil, &refusal{http.StatusForbidden,
				fmt.Sprintf(`Bearer scope=%q error="insufficient_scope"`, strings.Join(to.Scopes, " "))}
		}
		scopes = granted
	}
	claims = map[string]string{}
	for name, value := range token {
		claims[name] = stringOf(value)
	}
	return claims, scopes, nil
}

// verify returns the claims of a valid token.
func (z *Authorizer) verify(r *http.Request) (map[string]any, error) {
	raw := z.token(r)
	if raw == "" {
		return nil, errNoToken
	}
	verifier, err := z.ready(r.Context())
	if err != nil {
		return nil, unauthorized("OIDC discovery endpoint communication error")
	}
	token, err := verifier.Verify(r.Context(), raw)
	if expired := (*oidc.TokenExpiredError)(nil); errors.As(err, &expired) {
		return nil, unauthorized("the token has expired")
	}
	if err != nil {
		return nil, unauthorized("the token is not valid")
	}
	var claims map[string]any
	if err := decodeNumbers(token, &claims); err != nil {
		return nil, unauthorized("the token is not valid")
	}
	if !z.meant(claims) {
		return nil, unauthorized("the token does not have a valid audience")
	}
	if token.IssuedAt.After(z.Now()) {
		return nil, unauthorized("the token was issued in the future")
	}
	return claims, nil
}

func decodeNumbers(token *oidc.IDToken, claims *map[string]any) error {
	var raw json.RawMessage
	if err := token.Claims(&raw); err != nil {
		return err
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber() // so that exp stays 1893456000 and does not become 1.893456e+09
	return dec.Decode(claims)
}

// meant checks aud, or client_id in its absence, as Cognito's access tokens
// have it.
func (z *Authorizer) meant(claims map[string]any) bool {
	var audience []string
	switch aud := claims["aud"].(type) {
	case string:
		audience = []string{aud}
	case []any:
		for _, item := range aud {
			audience = append(audience, stringOf(item))
		}
	default:
		audience = []string{stringOf(claims["client_id"])}
	}
	return slices.ContainsFunc(audience, func(a string) bool { return slices.Contains(z.Audience, a) })
}

// token finds the token, with or without the word Bearer before it.
func (z *Authorizer) token(r *http.Request) string {
	value := ""
	if name, ok := strings.CutPrefix(z.Source, "$request.header."); ok {
		value = r.Header.Get(name)
	} else if name, ok := strings.CutPrefix(z.Source, "$request.querystring."); ok {
		value = r.URL.Query().Get(name)
	}
	if len(value) > 7 && strings.EqualFold(value[:7], "Bearer ") {
		value = value[7:]
	}
	return strings.TrimSpace(value)
}

// ready reads the issuer's discovery document once; a failure is tried again
// with the next request.
func (z *Authorizer) ready(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.verifier != nil {
		return z.verifier, nil
	}
	provider, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), z.Client), z.Issuer)
	if err != nil {
		return nil, fmt.Errorf("reading the issuer's configuration: %w", err)
	}
	z.verifier = provider.Verifier(&oidc.Config{
		SkipClientIDCheck:    true, // meant checks it, client_id included
		SupportedSigningAlgs: []string{oidc.RS256},
		Now:                  z.Now,
	})
	return z.verifier, nil
}

// stringOf gives a claim as an HTTP API does: lists as "[a b]", the rest as in JSON.
func stringOf(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = stringOf(item)
		}
		return "[" + strings.Join(parts, " ") + "]"
	default:
		text, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return string(text)
	}
}
