package demomail

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// maxSubmission is the largest mail the host takes, in bytes.
const maxSubmission = 50 << 20

func newSMTP(host *submission, log *slog.Logger) *smtp.Server {
	server := smtp.NewServer(host)
	server.Domain = Host
	server.MaxMessageBytes = maxSubmission
	server.MaxRecipients = 100
	server.MaxLineLength = 12288         // access tokens are long: RFC 4954 §4
	server.ReadTimeout = 5 * time.Minute // RFC 5321 §4.5.3.2.7
	server.WriteTimeout = time.Minute
	server.ErrorLog = connectionLog{log, "smtp"}
	return server
}

// submission is the seller's outgoing mail host.
type submission struct {
	server *Server

	mu   sync.Mutex
	seen map[string]bool // recipients that were greylisted once

	writing  sync.RWMutex // held for reading while a mail is being routed
	finished bool
}

// finish waits for the mail being routed and takes no more.
func (b *submission) finish() {
	b.writing.Lock()
	defer b.writing.Unlock()
	b.finished = true
}

func (b *submission) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &submissionSession{host: b, conn: c}, nil
}

// greylisted is true the first time a recipient is named.
func (b *submission) greylisted(to string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := !b.seen[to]
	b.seen[to] = true
	return first
}

type submissionSession struct {
	host    *submission
	conn    *smtp.Conn
	account *Account // nil until AUTH
	from    string
	to      []string
}

func (s *submissionSession) AuthMechanisms() []string {
	return s.host.server.mechanisms(sasl.Plain, sasl.Login)
}

func (s *submissionSession) Auth(mechanism string) (sasl.Server, error) {
	switch mechanism {
	case sasl.Login:
		return &loginServer{check: s.check}, nil
	case xoauth2:
		return s.token(), nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error { return s.check(user, password) }), nil
}

func (s *submissionSession) check(user, password string) error {
	account, ok := authenticate(user, password)
	if !ok {
		return smtp.ErrAuthFailed
	}
	s.account = &account
	return nil
}

func (s *submissionSession) Reset()        { s.from, s.to = "", nil }
func (s *submissionSession) Logout() error { return nil }

func (s *submissionSession) Mail(from string, _ *smtp.MailOptions) error {
	if s.account == nil {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return nil
}

// Rcpt answers for the recipients this host knows to be bad, which includes the addresses of
// TikTok Shop: those take no mail at all.
func (s *submissionSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.account == nil {
		return smtp.ErrAuthRequired
	}
	local, domain, _ := strings.Cut(strings.ToLower(to), "@")
	switch {
	case strings.HasPrefix(local, "nosuchuser"):
		return refusal(550, smtp.EnhancedCode{5, 1, 1}, "No such user here")
	case domain == "shop.tiktok.com":
		return refusal(550, smtp.EnhancedCode{5, 7, 1}, "This address does not accept mail")
	case strings.HasPrefix(local, "toofast") && s.host.greylisted(to):
		return refusal(432, smtp.EnhancedCode{4, 3, 2}, "Concurrent connections limit exceeded") // as Microsoft says it
	case strings.HasPrefix(local, "greylist") && s.host.greylisted(to):
		return refusal(451, smtp.EnhancedCode{4, 7, 1}, "Greylisted, please try again later")
	}
	s.to = append(s.to, to)
	return nil
}

func refusal(code int, enhanced smtp.EnhancedCode, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: text}
}

var errVanished = errors.New("demo: closed the connection on purpose")

func (s *submissionSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("reading submitted mail: %w", err)
	}
	if err := s.host.accept(*s.account, s.from, s.to, raw); err != nil {
		s.host.server.log.Error("demo mail not routed", "error", err)
		return refusal(451, smtp.EnhancedCode{4, 3, 0}, "Local error, please try again later")
	}
	return s.misbehave()
}

// accept routes a mail to all its recipients.
func (b *submission) accept(sender Account, from string, to []string, raw []byte) error {
	b.writing.RLock()
	defer b.writing.RUnlock()
	if b.finished {
		return errors.New("shutting down")
	}
	if sender.KeepsSent {
		if err := b.server.accounts.keepSent(sender, raw); err != nil {
			return err
		}
	}
	for _, recipient := range to {
		if err := b.server.route(sender, from, recipient, raw); err != nil {
			return err
		}
	}
	return nil
}

// misbehave plays a host that takes the mail and is not heard of again: the sender cannot know
// whether it went out. It did. "vanish…" closes the connection, "hang…" says nothing until the
// client gives up or the server closes.
func (s *submissionSession) misbehave() error {
	for _, to := range s.to {
		switch {
		case strings.HasPrefix(to, "vanish"):
			s.conn.Close()
			return errVanished
		case strings.HasPrefix(to, "hang"):
			var gone [1]byte
			s.conn.Conn().Read(gone[:]) // returns when either side closes
			return errVanished
		}
	}
	return nil
}

// loginServer is the LOGIN mechanism, which go-sasl has for clients only.
type loginServer struct {
	check func(user, password string) error
	step  int
	user  string
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if l.step == 0 && response == nil { // no initial response
		l.step = 1
		return []byte("Username:"), false, nil
	}
	if l.step < 2 {
		l.step, l.user = 2, string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}
