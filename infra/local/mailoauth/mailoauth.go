// Package mailoauth is an OAuth server for mailboxes that behaves as Microsoft's
// does: an authorization page with demo people, codes bound to PKCE, short-lived
// access tokens of Microsoft's size, and refresh tokens that are replaced at every
// use. It is stricter in one thing: a spent refresh token is refused, so that
// losing one shows.
//
// There are no passwords: whoever reaches the page may be anybody on it, so it
// belongs on a loopback address.
//
// Sources: RFC 6749, RFC 7636,
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow (2026)
package mailoauth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/jsonfile"
)

// DefaultTokenLife is little more than the five minutes at which Quilldesk gets
// new tokens, so that their renewal, and its refusal, can be watched.
const DefaultTokenLife = 5*time.Minute + 20*time.Second

const (
	codeLife = time.Minute
	// Sizes of the random part of tokens, in bytes: together they are over the
	// 4 KB that KMS encrypts at once, as Microsoft's are.
	accessBytes, refreshBytes = 1700, 1400
)

// Config describes a server.
type Config struct {
	ClientID string
	People   []Person
	// StateFile keeps what was granted.
	StateFile string
	TokenLife time.Duration // of access tokens; DefaultTokenLife when zero
	Now       func() time.Time
}

// Person is somebody with a mailbox who can sign in.
type Person struct {
	Address, Name string
	// NeedsAdmin is set where the organisation lets only an administrator consent.
	NeedsAdmin bool
}

// Server is an OAuth server. It is safe for concurrent use.
type Server struct {
	config Config

	mu    sync.Mutex
	state state
	codes map[string]grant // under way, by code
}

// state is what outlives the process. Tokens are known by their hashes.
type state struct {
	Access  map[string]grant
	Refresh map[string]grant
	// Asked counts requests to the token endpoint.
	Asked int
}

// grant is what a code or token stands for.
type grant struct {
	Address   string
	Scope     string
	Expires   time.Time `json:",omitzero"`
	Redirect  string    `json:",omitempty"`
	Challenge string    `json:",omitempty"`
}

// Open starts a server with the state it had before.
func Open(c Config) (*Server, error) {
	if c.TokenLife == 0 {
		c.TokenLife = DefaultTokenLife
	}
	s := &Server{config: c, state: state{Access: map[string]grant{}, Refresh: map[string]grant{}}, codes: map[string]grant{}}
	return s, jsonfile.Read(c.StateFile, &s.state)
}

// Handler serves the authority "/common" and the page that ends sign-ins.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /common/oauth2/v2.0/authorize", s.showPeople)
	mux.HandleFunc("POST /common/oauth2/v2.0/authorize", s.decide)
	mux.HandleFunc("POST /common/oauth2/v2.0/token", s.token)
	mux.HandleFunc("GET /{$}", s.showGranted)
	mux.HandleFunc("POST /revoke", s.revoke)
	return mux
}

// Address is whose mailbox an access token opens.
func (s *Server) Address(token string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.state.Access[hash(token)]
	return g.Address, ok && s.config.Now().Before(g.Expires)
}

// Revoke ends a person's sign-ins. Access tokens live on to their end, as
// Microsoft's do.
func (s *Server) Revoke(address string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.change(func(st *state) {
		maps.DeleteFunc(st.Refresh, func(_ string, g grant) bool { return strings.EqualFold(g.Address, address) })
	})
}

// Asked is how often the token endpoint was asked.
func (s *Server) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.Asked
}

func (s *Server) person(address string) (Person, bool) {
	i := slices.IndexFunc(s.config.People, func(p Person) bool { return strings.EqualFold(p.Address, address) })
	if i < 0 {
		return Person{}, false
	}
	return s.config.People[i], true
}

// change applies f to a copy of the state and takes it once it is on disk; s.mu
// is held.
func (s *Server) change(f func(*state)) error {
	next := state{maps.Clone(s.state.Access), maps.Clone(s.state.Refresh), s.state.Asked}
	now := s.config.Now()
	maps.DeleteFunc(next.Access, func(_ string, g grant) bool { return !now.Before(g.Expires) })
	f(&next)
	if err := jsonfile.Write(s.config.StateFile, next); err != nil {
		return err
	}
	s.state = next
	return nil
}

// random is a code or token of n random bytes.
func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// hash is the base64url form of a SHA-256, as PKCE writes it.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
