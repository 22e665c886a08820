package oidc

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/jsonfile"
)

// state is what outlives the process.
type state struct {
	// Key is the signing key, PKCS #8.
	Key []byte
	// Changes are people added since the start, or nil for people removed, by
	// e-mail address in lower case.
	Changes map[string]*Person
	// Refresh are the refresh tokens that are good, by their hash.
	Refresh map[string]grant
}

// grant is a sign-in on its way to tokens, or the base of new ones.
type grant struct {
	Email       string
	Scope       string
	AuthTime    time.Time
	Expires     time.Time
	OriginID    string // of all tokens of one sign-in
	Nonce       string `json:",omitempty"`
	RedirectURI string `json:",omitempty"`
	Challenge   string `json:",omitempty"`
}

func openState(path string) (state, error) {
	st := state{Changes: map[string]*Person{}, Refresh: map[string]grant{}}
	if err := jsonfile.Read(path, &st); err != nil {
		return state{}, err
	}
	if st.Key != nil {
		return st, nil
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return state{}, fmt.Errorf("making the signing key: %w", err)
	}
	if st.Key, err = x509.MarshalPKCS8PrivateKey(key); err != nil {
		return state{}, fmt.Errorf("encoding the signing key: %w", err)
	}
	return st, jsonfile.Write(path, st)
}

// change applies f to a copy of the state and takes it once it is on disk;
// s.mu is held.
func (s *Server) change(f func(*state)) error {
	next := state{s.state.Key, maps.Clone(s.state.Changes), maps.Clone(s.state.Refresh)}
	now := s.config.Now()
	maps.DeleteFunc(next.Refresh, func(_ string, g grant) bool { return !now.Before(g.Expires) })
	f(&next)
	if err := jsonfile.Write(s.config.StateFile, next); err != nil {
		return err
	}
	s.state = next
	return nil
}

// people are those who can sign in, the demo people first; s.mu is held.
func (s *Server) people() []Person {
	var out []Person
	for _, p := range s.config.People {
		if _, changed := s.state.Changes[strings.ToLower(p.Email)]; !changed {
			out = append(out, p)
		}
	}
	for _, email := range slices.Sorted(maps.Keys(s.state.Changes)) {
		if p := s.state.Changes[email]; p != nil {
			out = append(out, *p)
		}
	}
	return out
}

// person finds somebody by e-mail address or sub; s.mu is held.
func (s *Server) person(name string) (Person, bool) {
	all := s.people()
	i := slices.IndexFunc(all, func(p Person) bool { return strings.EqualFold(p.Email, name) || p.Sub == name })
	if i < 0 {
		return Person{}, false
	}
	return all[i], true
}

// secret is a random code or token of 256 bits.
func secret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// hash is the base64url form of a SHA-256, as PKCE writes it.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
