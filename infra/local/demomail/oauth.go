package demomail

import (
	"bytes"
	"strings"

	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/quilldesk/quilldesk/infra/local/demomail/imapdisk"
)

// xoauth2 is the mechanism of Google and Microsoft for access tokens.
const xoauth2 = "XOAUTH2"

// signedIn is the account that an access token opens; the name in the exchange
// must be the token's.
func (s *Server) signedIn(user, token string) (Account, bool) {
	if s.config.Token == nil {
		return Account{}, false
	}
	address, ok := s.config.Token(token)
	if !ok || !strings.EqualFold(address, user) {
		return Account{}, false
	}
	return accountFor(address)
}

// mechanisms are what AUTH offers beside those given.
func (s *Server) mechanisms(usual ...string) []string {
	if s.config.Token == nil {
		return usual
	}
	return append(usual, xoauth2)
}

// tokenServer is the server's side of XOAUTH2. A wrong token is answered as
// Microsoft does: first with a challenge that tells the error, and with a refusal
// once the client has answered that.
type tokenServer struct {
	open    func(user, token string) error
	refused error
}

// errorChallenge is what clients get for a wrong token.
var errorChallenge = []byte(`{"status":"401","schemes":"bearer","scope":"https://outlook.office.com/"}`)

func (t *tokenServer) Next(response []byte) (challenge []byte, done bool, err error) {
	switch {
	case t.refused != nil:
		return nil, true, t.refused
	case response == nil: // no initial response
		return []byte{}, false, nil
	}
	user, token := readToken(response)
	if t.refused = t.open(user, token); t.refused != nil {
		return errorChallenge, false, nil
	}
	return nil, true, nil
}

// readToken takes "user=…^Aauth=Bearer …^A^A" apart.
func readToken(response []byte) (user, token string) {
	for field := range bytes.SplitSeq(response, []byte{1}) {
		name, value, _ := strings.Cut(string(field), "=")
		switch strings.ToLower(name) {
		case "user":
			user = value
		case "auth":
			if kind, rest, _ := strings.Cut(value, " "); strings.EqualFold(kind, "Bearer") {
				token = rest
			}
		}
	}
	return user, token
}

// imapSession takes access tokens beside passwords.
type imapSession struct {
	*imapdisk.Session
	server *Server
}

var _ imapserver.SessionSASL = (*imapSession)(nil)

func (s *imapSession) AuthenticateMechanisms() []string { return s.server.mechanisms(sasl.Plain) }

func (s *imapSession) Authenticate(mechanism string) (sasl.Server, error) {
	if mechanism != xoauth2 {
		return sasl.NewPlainServer(func(_, user, password string) error { return s.Login(user, password) }), nil
	}
	return &tokenServer{open: func(user, token string) error {
		account, ok := s.server.signedIn(user, token)
		if !ok {
			return imapserver.ErrAuthFailed
		}
		s.SignIn(s.server.accounts.byAddress[account.Address])
		return nil
	}}, nil
}

// token is XOAUTH2 for submission.
func (s *submissionSession) token() sasl.Server {
	return &tokenServer{open: func(user, token string) error {
		account, ok := s.host.server.signedIn(user, token)
		if !ok {
			return smtp.ErrAuthFailed
		}
		s.account = &account
		return nil
	}}
}
