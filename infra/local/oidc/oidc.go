// Package oidc is the sign-in of one machine: an OpenID Connect issuer with a
// page of demo people, tokens in the shape of Amazon Cognito's, and the part of
// Cognito's admin API by which people are invited and removed.
//
// It offers the authorization code flow with PKCE (S256, required), refresh
// tokens, revocation and Cognito's sign-out. There are no passwords: whoever
// reaches the page may be anybody on it, so it belongs on a loopback address.
//
// Sources: OpenID Connect Core 1.0, RFC 7636 (PKCE), RFC 7009 (revocation),
// https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html
package oidc

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	codeLife    = time.Minute
	tokenLife   = time.Hour
	refreshLife = 30 * 24 * time.Hour
)

// Config describes an issuer.
type Config struct {
	// Issuer is the address of the issuer, such as
	// http://127.0.0.1:8421/local_pool; its last part is the user pool's ID.
	Issuer   string
	ClientID string
	// RedirectURIs are allowed as they are; one on a loopback address allows
	// every path of its origin.
	RedirectURIs []string
	// People can sign in from the start.
	People []Person
	// StateFile keeps the signing key, refresh tokens and invited people.
	StateFile string
	Now       func() time.Time
}

// Person is somebody who can sign in.
type Person struct {
	Sub   string
	Email string
	Name  string
	// Role is shown on the sign-in page: owner, admin, agent or viewer.
	Role string
	// Unverified is set for an address nobody vouched for.
	Unverified bool
}

// Server is an issuer. It is safe for concurrent use.
type Server struct {
	config Config
	keys   signingKey

	mu    sync.Mutex
	state state
	codes map[string]grant // codes under way, by code
}

// Open starts an issuer with the state it had before.
func Open(c Config) (*Server, error) {
	if _, err := url.Parse(c.Issuer); err != nil {
		return nil, fmt.Errorf("issuer address: %w", err)
	}
	st, err := openState(c.StateFile)
	if err != nil {
		return nil, err
	}
	keys, err := parseKey(st.Key)
	if err != nil {
		return nil, err
	}
	return &Server{config: c, keys: keys, state: st, codes: map[string]grant{}}, nil
}

// Close ends the issuer. Its state is on disk since it changed.
func (s *Server) Close() error { return nil }

// Handler serves the issuer below its path and Cognito's admin API at the root.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	prefix := s.path()
	mux.Handle(prefix+"/.well-known/openid-configuration", public("GET", s.discovery))
	mux.Handle(prefix+"/.well-known/jwks.json", public("GET", s.jwks))
	mux.Handle(prefix+"/oauth2/token", public("POST", s.token))
	mux.Handle(prefix+"/oauth2/revoke", public("POST", s.revoke))
	mux.HandleFunc("GET "+prefix+"/oauth2/authorize", s.showPeople)
	mux.HandleFunc("POST "+prefix+"/oauth2/authorize", s.signIn)
	mux.HandleFunc("GET "+prefix+"/logout", s.logout)
	mux.Handle("POST /{$}", s.admin())
	return mux
}

// path is the path of the issuer, without a slash at the end.
func (s *Server) path() string {
	u, _ := url.Parse(s.config.Issuer) // Open has seen that it parses
	return strings.TrimSuffix(u.Path, "/")
}

func (s *Server) poolID() string { return path.Base(s.path()) }

// public lets pages of any origin call an endpoint that needs no cookie, as
// Cognito does for these.
func public(method string, f http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		switch r.Method {
		case http.MethodOptions:
			w.Header().Set("Access-Control-Allow-Methods", method)
			w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
			w.Header().Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
		case method:
			f(w, r)
		default:
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	})
}

func reply(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, `{"error":"server_error"}`, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller may be gone
}

func (s *Server) discovery(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]any{
		"issuer":                                s.config.Issuer,
		"authorization_endpoint":                s.config.Issuer + "/oauth2/authorize",
		"token_endpoint":                        s.config.Issuer + "/oauth2/token",
		"revocation_endpoint":                   s.config.Issuer + "/oauth2/revoke",
		"end_session_endpoint":                  s.config.Issuer + "/logout",
		"jwks_uri":                              s.config.Issuer + "/.well-known/jwks.json",
		"response_types_supported":              []string{"code"},
		"grant_types_supported":                 []string{"authorization_code", "refresh_token"},
		"code_challenge_methods_supported":      []string{"S256"},
		"scopes_supported":                      scopes,
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"token_endpoint_auth_methods_supported": []string{"none"},
	})
}

// allows says whether the issuer may send a browser to address.
func (s *Server) allows(address string) bool {
	if slices.Contains(s.config.RedirectURIs, address) {
		return true
	}
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Fragment != "" {
		return false
	}
	return slices.ContainsFunc(s.config.RedirectURIs, func(known string) bool {
		k, err := url.Parse(known)
		return err == nil && loopback(k) && k.Scheme == u.Scheme && k.Host == u.Host
	})
}

func loopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
