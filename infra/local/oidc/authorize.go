package oidc

import (
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// scopes are what a client may ask for.
var scopes = []string{"openid", "email", "profile"}

// challenge is the form of a PKCE S256 challenge.
var challenge = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// request reads an authorization request. A request that must not be answered
// by a redirect, or that is answered by one with an error, gives false.
func (s *Server) request(w http.ResponseWriter, r *http.Request) (url.Values, bool) {
	q := r.URL.Query()
	if q.Get("client_id") != s.config.ClientID || !s.allows(q.Get("redirect_uri")) {
		// RFC 6749, section 4.1.2.1: never redirect to an address that is not
		// registered.
		http.Error(w, "This sign-in page does not know the client or the address to go back to.", http.StatusBadRequest)
		return nil, false
	}
	if code := problem(q); code != "" {
		goBack(w, r, q, url.Values{"error": {code}})
		return nil, false
	}
	return q, true
}

// problem is the OAuth error code of a request that cannot be served, or "".
func problem(q url.Values) string {
	switch {
	case q.Get("response_type") != "code":
		return "unsupported_response_type"
	case q.Get("code_challenge_method") != "S256" || !challenge.MatchString(q.Get("code_challenge")):
		return "invalid_request"
	case q.Get("prompt") == "none":
		return "login_required" // nobody stays signed in here
	}
	asked := strings.Fields(q.Get("scope"))
	unknown := slices.ContainsFunc(asked, func(scope string) bool { return !slices.Contains(scopes, scope) })
	if unknown || !slices.Contains(asked, "openid") {
		return "invalid_scope"
	}
	return ""
}

// goBack sends the browser back to the client with an answer.
func goBack(w http.ResponseWriter, r *http.Request, q, answer url.Values) {
	target, err := url.Parse(q.Get("redirect_uri"))
	if err != nil {
		http.Error(w, "The address to go back to is not valid.", http.StatusBadRequest)
		return
	}
	params := target.Query()
	for name, values := range answer {
		params[name] = values
	}
	if q.Has("state") {
		params.Set("state", q.Get("state"))
	}
	target.RawQuery = params.Encode()
	http.Redirect(w, r, target.String(), http.StatusFound)
}

// showPeople is the sign-in page.
func (s *Server) showPeople(w http.ResponseWriter, r *http.Request) {
	q, ok := s.request(w, r)
	if !ok {
		return
	}
	s.mu.Lock()
	people := s.people()
	s.mu.Unlock()
	if err := writePage(w, r, q, people); err != nil {
		slog.ErrorContext(r.Context(), "sign-in page failed", "err", err)
	}
}

// signIn takes the choice of a person and goes back with a code.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	q, ok := s.request(w, r)
	if !ok {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.person(r.PostFormValue("email"))
	if !ok {
		goBack(w, r, q, url.Values{"error": {"access_denied"}})
		return
	}
	now := s.config.Now()
	for code, g := range s.codes {
		if !now.Before(g.Expires) {
			delete(s.codes, code)
		}
	}
	code := secret()
	s.codes[code] = grant{
		Email: p.Email, Scope: q.Get("scope"), AuthTime: now, Expires: now.Add(codeLife), OriginID: uuid.NewString(),
		Nonce: q.Get("nonce"), RedirectURI: q.Get("redirect_uri"), Challenge: q.Get("code_challenge"),
	}
	goBack(w, r, q, url.Values{"code": {code}})
}

// logout is Cognito's: client_id and logout_uri, no other way. Nobody stays
// signed in here, so all there is to do is to go back.
//
// Source: https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != s.config.ClientID || !s.allows(q.Get("logout_uri")) {
		http.Error(w, "Signing out needs client_id and a registered logout_uri.", http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, q.Get("logout_uri"), http.StatusFound)
}
