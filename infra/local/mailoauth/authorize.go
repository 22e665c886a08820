package mailoauth

import (
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// challenge is the form of a PKCE S256 challenge.
var challenge = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// scopes end like this, below the address of a resource; offline_access stands alone.
var scopes = []string{"/IMAP.AccessAsUser.All", "/SMTP.Send"}

// maxForm is the size of a form, in bytes.
const maxForm = 64 << 10

// request reads an authorization request. A request that must not be answered by
// a redirect, or that is answered by one with an error, gives false.
func (s *Server) request(w http.ResponseWriter, r *http.Request) (url.Values, bool) {
	q := r.URL.Query()
	if q.Get("client_id") != s.config.ClientID || !onThisMachine(q.Get("redirect_uri")) {
		http.Error(w, "This page does not know the application or the address to go back to (AADSTS50011).", http.StatusBadRequest)
		return nil, false
	}
	if code, why := problem(q); code != "" {
		goBack(w, r, q, url.Values{"error": {code}, "error_description": {why}})
		return nil, false
	}
	return q, true
}

func onThisMachine(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.User != nil || u.Fragment != "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// problem is why a request cannot be served, or "".
func problem(q url.Values) (code, why string) {
	switch {
	case q.Get("response_type") != "code":
		return "unsupported_response_type", "AADSTS700054: only code is offered"
	case q.Get("code_challenge_method") != "S256" || !challenge.MatchString(q.Get("code_challenge")):
		return "invalid_request", "AADSTS50147: no S256 code challenge"
	}
	asked := strings.Fields(q.Get("scope"))
	for _, scope := range asked {
		if scope != "offline_access" && !strings.HasSuffix(scope, scopes[0]) && !strings.HasSuffix(scope, scopes[1]) {
			return "invalid_scope", "AADSTS70011: the scope is not valid"
		}
	}
	if len(asked) == 0 {
		return "invalid_scope", "AADSTS70011: the scope is missing"
	}
	return "", ""
}

// goBack sends the browser back to the application with an answer.
func goBack(w http.ResponseWriter, r *http.Request, q, answer url.Values) {
	target, err := url.Parse(q.Get("redirect_uri"))
	if err != nil {
		http.Error(w, "The address to go back to is not valid.", http.StatusBadRequest)
		return
	}
	answer.Set("state", q.Get("state"))
	target.RawQuery = answer.Encode()
	http.Redirect(w, r, target.String(), http.StatusFound)
}

// showPeople is the page on which somebody signs in and consents.
func (s *Server) showPeople(w http.ResponseWriter, r *http.Request) {
	if q, ok := s.request(w, r); ok {
		s.writeConsent(w, r, q)
	}
}

// decide takes the choice of a person, or the refusal, and goes back.
func (s *Server) decide(w http.ResponseWriter, r *http.Request) {
	q, ok := s.request(w, r)
	if !ok {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	p, known := s.person(r.PostFormValue("address"))
	switch {
	case !known:
		goBack(w, r, q, url.Values{"error": {"access_denied"}, "error_description": {"AADSTS65004: User declined to consent to access the app."}})
		return
	case p.NeedsAdmin:
		goBack(w, r, q, url.Values{"error": {"access_denied"}, "error_description": {"AADSTS90094: The grant requires admin permission."}})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.config.Now()
	for code, g := range s.codes {
		if !now.Before(g.Expires) {
			delete(s.codes, code)
		}
	}
	code := random(32)
	s.codes[code] = grant{
		Address: p.Address, Scope: q.Get("scope"), Expires: now.Add(codeLife), Redirect: q.Get("redirect_uri"), Challenge: q.Get("code_challenge"),
	}
	goBack(w, r, q, url.Values{"code": {code}})
}

// revoke ends the sign-ins of a person and shows what is left.
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := s.Revoke(r.PostFormValue("address")); err != nil {
		http.Error(w, "The sign-ins could not be ended.", http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
