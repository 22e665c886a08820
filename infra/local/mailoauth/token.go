package mailoauth

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// token is the token endpoint.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Asked++
	if r.PostFormValue("client_id") != s.config.ClientID {
		refuse(w, "unauthorized_client", 700016, "Application not found.")
		return
	}
	switch r.PostFormValue("grant_type") {
	case "authorization_code":
		s.exchange(w, r)
	case "refresh_token":
		s.refresh(w, r)
	default:
		refuse(w, "unsupported_grant_type", 70003, "The grant type is not supported.")
	}
}

// exchange gives tokens for a code. A code is good once, whatever comes of it.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request) {
	code := r.PostFormValue("code")
	g, ok := s.codes[code]
	delete(s.codes, code)
	proof := subtle.ConstantTimeCompare([]byte(hash(r.PostFormValue("code_verifier"))), []byte(g.Challenge)) == 1
	switch {
	case !ok, !s.config.Now().Before(g.Expires):
		refuse(w, "invalid_grant", 70008, "The code has expired or was used.")
	case !proof:
		refuse(w, "invalid_grant", 50148, "The code verifier does not match.")
	case g.Redirect != r.PostFormValue("redirect_uri"):
		refuse(w, "invalid_grant", 500112, "The redirect address does not match.")
	default:
		s.issue(w, g, "")
	}
}

// refresh gives new tokens for a refresh token, which is spent by that.
func (s *Server) refresh(w http.ResponseWriter, r *http.Request) {
	spent := hash(r.PostFormValue("refresh_token"))
	g, ok := s.state.Refresh[spent]
	if !ok {
		refuse(w, "invalid_grant", 50173, "The grant was revoked, or the token was used before.")
		return
	}
	s.issue(w, g, spent)
}

// issue answers with a new pair of tokens in the place of a spent one.
func (s *Server) issue(w http.ResponseWriter, g grant, spent string) {
	access, refresh := random(accessBytes), ""
	fresh := grant{Address: g.Address, Scope: g.Scope}
	err := s.change(func(st *state) {
		delete(st.Refresh, spent)
		if strings.Contains(g.Scope, "offline_access") {
			refresh = random(refreshBytes)
			st.Refresh[hash(refresh)] = fresh
		}
		fresh.Expires = s.config.Now().Add(s.config.TokenLife)
		st.Access[hash(access)] = fresh
	})
	if err != nil {
		reply(w, http.StatusInternalServerError, map[string]any{"error": "server_error"})
		return
	}
	reply(w, http.StatusOK, map[string]any{
		"token_type": "Bearer", "scope": strings.ReplaceAll(g.Scope, " offline_access", ""), "expires_in": int(s.config.TokenLife.Seconds()),
		"access_token": access, "refresh_token": refresh,
	})
}

// refuse answers as Microsoft does, with the number in the text too.
func refuse(w http.ResponseWriter, code string, number int, why string) {
	reply(w, http.StatusBadRequest, map[string]any{
		"error": code, "error_description": fmt.Sprintf("AADSTS%d: %s", number, why), "error_codes": []int{number},
	})
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the caller may be gone
}
