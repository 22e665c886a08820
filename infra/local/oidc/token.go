package oidc

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"
)

// signingKey signs tokens with RS256.
type signingKey struct {
	signer jose.Signer
	public jose.JSONWebKey
}

func parseKey(der []byte) (signingKey, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return signingKey{}, fmt.Errorf("reading the signing key: %w", err)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return signingKey{}, fmt.Errorf("reading the signing key: it is no RSA key but %T", parsed)
	}
	id := hash(string(x509.MarshalPKCS1PublicKey(&key.PublicKey)))
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: id}}, nil)
	if err != nil {
		return signingKey{}, fmt.Errorf("using the signing key: %w", err)
	}
	return signingKey{signer, jose.JSONWebKey{Key: &key.PublicKey, KeyID: id, Algorithm: "RS256", Use: "sig"}}, nil
}

func (s *Server) jwks(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{s.keys.public}})
}

// claims common to both kinds of token.
type claims struct {
	Issuer   string `json:"iss"`
	Sub      string `json:"sub"`
	TokenUse string `json:"token_use"`
	AuthTime int64  `json:"auth_time"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	ID       string `json:"jti"`
	OriginID string `json:"origin_jti"`
}

// idClaims are those of Cognito's ID token.
//
// Source: https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html
type idClaims struct {
	claims
	Audience      string `json:"aud"`
	Username      string `json:"cognito:username"`
	Email         string `json:"email"`
	EmailVerified bool   `json:"email_verified"`
	Name          string `json:"name,omitempty"`
	Nonce         string `json:"nonce,omitempty"`
	AccessHash    string `json:"at_hash,omitempty"`
}

// accessClaims are those of Cognito's access token, which names no e-mail.
type accessClaims struct {
	claims
	ClientID string `json:"client_id"`
	Username string `json:"username"`
	Scope    string `json:"scope"`
	Version  int    `json:"version"`
}

func (s *Server) sign(claims any) (string, error) {
	token, err := jwt.Signed(s.keys.signer).Claims(claims).Serialize()
	if err != nil {
		return "", fmt.Errorf("signing a token: %w", err)
	}
	return token, nil
}

func (s *Server) claims(p Person, g grant, use string, life time.Duration) claims {
	now := s.config.Now()
	return claims{s.config.Issuer, p.Sub, use, g.AuthTime.Unix(), now.Unix(), now.Add(life).Unix(), uuid.NewString(), g.OriginID}
}

// idToken is a token of p. The username is the sub, as in a pool whose people
// sign in by e-mail address.
func (s *Server) idToken(p Person, g grant, life time.Duration, accessToken string) (string, error) {
	c := idClaims{claims: s.claims(p, g, "id", life), Audience: s.config.ClientID, Username: p.Sub,
		Email: p.Email, EmailVerified: !p.Unverified, Name: p.Name, Nonce: g.Nonce}
	if accessToken != "" {
		sum := sha256.Sum256([]byte(accessToken))
		c.AccessHash = base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
	}
	return s.sign(c)
}

// Token returns an ID token of the person with that address, good for life.
func (s *Server) Token(email string, life time.Duration) (string, error) {
	s.mu.Lock()
	p, ok := s.person(email)
	s.mu.Unlock()
	if !ok {
		return "", fmt.Errorf("minting a token: nobody has the address %s", email)
	}
	return s.idToken(p, grant{AuthTime: s.config.Now(), OriginID: uuid.NewString()}, life, "")
}

type tokens struct {
	IDToken     string `json:"id_token"`
	AccessToken string `json:"access_token"`
	// RefreshToken comes with the first tokens only; Cognito does not rotate it
	// unless told to.
	RefreshToken string `json:"refresh_token,omitempty"`
	ExpiresIn    int    `json:"expires_in"`
	TokenType    string `json:"token_type"`
}

func (s *Server) mint(p Person, g grant) (tokens, error) {
	access, err := s.sign(accessClaims{s.claims(p, g, "access", tokenLife), s.config.ClientID, p.Sub, g.Scope, 2})
	if err != nil {
		return tokens{}, err
	}
	id, err := s.idToken(p, g, tokenLife, access)
	if err != nil {
		return tokens{}, err
	}
	return tokens{IDToken: id, AccessToken: access, ExpiresIn: int(tokenLife.Seconds()), TokenType: "Bearer"}, nil
}

// maxForm is the size of a form, in bytes.
const maxForm = 64 << 10

func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if r.PostFormValue("client_id") != s.config.ClientID {
		oauthError(w, "invalid_client")
		return
	}
	switch r.PostFormValue("grant_type") {
	case "authorization_code":
		s.exchange(w, r)
	case "refresh_token":
		s.refresh(w, r)
	default:
		oauthError(w, "unsupported_grant_type")
	}
}

func oauthError(w http.ResponseWriter, code string) {
	reply(w, http.StatusBadRequest, map[string]string{"error": code})
}

// exchange gives tokens for a code. A code is good once, whatever comes of it.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	code := r.PostFormValue("code")
	g, ok := s.codes[code]
	delete(s.codes, code)
	p, known := s.person(g.Email)
	proof := subtle.ConstantTimeCompare([]byte(hash(r.PostFormValue("code_verifier"))), []byte(g.Challenge)) == 1
	if !ok || !known || !proof || !s.config.Now().Before(g.Expires) || g.RedirectURI != r.PostFormValue("redirect_uri") {
		oauthError(w, "invalid_grant")
		return
	}
	out, err := s.mint(p, g)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	out.RefreshToken = secret()
	kept := grant{Email: g.Email, Scope: g.Scope, AuthTime: g.AuthTime, OriginID: g.OriginID, Expires: s.config.Now().Add(refreshLife)}
	if err := s.change(func(st *state) { st.Refresh[hash(out.RefreshToken)] = kept }); err != nil {
		s.broken(w, r, err)
		return
	}
	reply(w, http.StatusOK, out)
}

// refresh gives new tokens for a refresh token.
func (s *Server) refresh(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.state.Refresh[hash(r.PostFormValue("refresh_token"))]
	p, known := s.person(g.Email)
	if !ok || !known || !s.config.Now().Before(g.Expires) {
		oauthError(w, "invalid_grant")
		return
	}
	out, err := s.mint(p, g)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	reply(w, http.StatusOK, out)
}

// revoke forgets a refresh token. An unknown one is a success, RFC 7009 says.
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if r.PostFormValue("client_id") != s.config.ClientID {
		oauthError(w, "invalid_client")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.change(func(st *state) { delete(st.Refresh, hash(r.PostFormValue("token"))) }); err != nil {
		s.broken(w, r, err)
	}
}

func (s *Server) broken(w http.ResponseWriter, r *http.Request, err error) {
	slog.ErrorContext(r.Context(), "sign-in failed", "path", r.URL.Path, "err", err)
	reply(w, http.StatusInternalServerError, map[string]string{"error": "server_error"})
}
