// Package demomail is the mail server of the one-machine product: IMAP and SMTP with TLS on
// loopback, mailboxes full of invented marketplace mail, and buyers who answer.
//
// It plays both ends: the seller's mail host, which accepts what an authenticated seller sends,
// and the marketplaces behind it, which deliver, filter or bounce as the real ones do (see
// market.go). Everything a buyer gets can be read in the buyers account.
package demomail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-smtp"

	"github.com/quilldesk/quilldesk/infra/local/demomail/imapdisk"
)

// Host is the authserv-id and HELO name of the demo's mail host.
const Host = "mx.lumenhaus.example"

// Config says where the server listens and how lively it is. Every field but Seed, Arrivals,
// ReplyDelay, Held and Token is needed.
type Config struct {
	IMAPAddr   string // host:port on loopback, implicit TLS; port 0 picks one
	SMTPAddr   string // as IMAPAddr
	Dir        string // certificates and mail; survives a restart and a crash
	Seed       uint64 // of the buyers' choices
	Now        func() time.Time
	Arrivals   time.Duration // a new mail about this often, 0 for none
	ReplyDelay time.Duration // how long a buyer thinks before answering
	Held       time.Duration // mail of a fresh demo that is younger waits for DeliverRecent
	// Token, when set, is whose mailbox an access token opens; then XOAUTH2 is offered.
	Token func(token string) (address string, ok bool)
	Log   *slog.Logger
}

// Server is a running demo mail server.
type Server struct {
	closing  sync.Once
	config   Config
	log      *slog.Logger
	caPath   string
	accounts *accounts
	buyers   *buyers
	imap     *imapserver.Server
	smtp     *smtp.Server
	host     *submission
	sockets  []net.Listener
	imapAddr string
	smtpAddr string
	stop     context.CancelFunc
	running  sync.WaitGroup
}

// Start opens or seeds the state in config.Dir and serves until Close or the end of ctx.
func Start(ctx context.Context, config Config) (*Server, error) {
	certificate, caPath, err := loopbackCertificate(filepath.Join(config.Dir, "tls"), config.Now)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(config.Dir, "mail")
	if err := seedOnce(dir, config); err != nil {
		return nil, err
	}
	accounts, err := openAccounts(dir, config.Now)
	if err != nil {
		return nil, err
	}
	s := &Server{config: config, log: config.Log, caPath: caPath, accounts: accounts}
	s.buyers, err = openBuyers(filepath.Join(dir, "state.json"), accounts, config)
	if err == nil {
		err = s.listen(&tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	}
	if err != nil {
		return nil, errors.Join(err, accounts.close())
	}
	ctx, s.stop = context.WithCancel(ctx)
	s.running.Go(func() { s.serve(ctx, "imap", s.imap.Serve, s.sockets[0]) })
	s.running.Go(func() { s.serve(ctx, "smtp", s.smtp.Serve, s.sockets[1]) })
	s.running.Go(func() { s.buyers.run(ctx) })
	context.AfterFunc(ctx, s.closeServers)
	return s, nil
}

func (s *Server) listen(config *tls.Config) error {
	imapListener, err := listenLoopback(s.config.IMAPAddr, config)
	if err != nil {
		return fmt.Errorf("listening for IMAP: %w", err)
	}
	smtpListener, err := listenLoopback(s.config.SMTPAddr, config)
	if err != nil {
		return fmt.Errorf("listening for SMTP: %w", errors.Join(err, imapListener.Close()))
	}
	s.sockets = []net.Listener{imapListener, smtpListener}
	s.imapAddr, s.smtpAddr = imapListener.Addr().String(), smtpListener.Addr().String()
	s.imap = imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &imapSession{imapdisk.NewSession(s.accounts.login), s}, nil, nil
		},
		Caps:   imapdisk.Capabilities(),
		Logger: connectionLog{s.log, "imap"},
	})
	s.host = &submission{server: s, seen: map[string]bool{}}
	s.smtp = newSMTP(s.host, s.log)
	return nil
}

func (s *Server) serve(ctx context.Context, protocol string, serve func(net.Listener) error, l net.Listener) {
	if err := serve(l); err != nil && ctx.Err() == nil {
		s.log.Error("demo mail server stopped", "protocol", protocol, "error", err)
	}
}

// listenLoopback refuses any other interface: the passwords are no secret.
func listenLoopback(addr string, config *tls.Config) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if host == "" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("%s is not a loopback address", addr)
	}
	return tls.Listen("tcp", net.JoinHostPort(host, port), config)
}

// IMAPAddr is host:port of the IMAP server.
func (s *Server) IMAPAddr() string { return s.imapAddr }

// SMTPAddr is host:port of the SMTP server.
func (s *Server) SMTPAddr() string { return s.smtpAddr }

// CAPath is a PEM file with the certificate authority to trust, as for SSL_CERT_FILE.
func (s *Server) CAPath() string { return s.caPath }

// Accounts returns the mailboxes that can be bound.
func (s *Server) Accounts() []Account { return append([]Account(nil), demoAccounts...) }

// Deliver puts a mail into an account's INBOX as it is.
func (s *Server) Deliver(account string, raw []byte) error {
	return s.accounts.deliver(account, raw, "")
}

// HoldsRecent reports whether mail waits for DeliverRecent.
func (s *Server) HoldsRecent() bool { return s.buyers.holds() }

// DeliverRecent delivers the mail of a fresh demo that was held back, at its own age: what comes
// after a mailbox was bound is new mail, what lay there before is history. A second call does
// nothing.
func (s *Server) DeliverRecent() error { return s.buyers.deliverHeld() }

// Received returns what was delivered to a buyer's address, oldest first, with Return-Path,
// Delivered-To and Received on top of what was sent. It is for tests: a mailbox that cannot be
// read is logged and looks empty.
func (s *Server) Received(address string) [][]byte {
	mails, err := s.accounts.received(address)
	if err != nil {
		s.log.Error("demo mail not read", "error", err)
	}
	return mails
}

// Close ends all connections and returns when nothing is written any more.
func (s *Server) Close() error {
	s.stop()
	s.closeServers()
	s.running.Wait()
	s.host.finish()
	return s.accounts.close()
}

// closeServers runs once, whether Close or the end of the context comes first: the libraries
// do not take a second close well. The sockets go before them, as a library does not know of
// one that it does not serve yet.
func (s *Server) closeServers() {
	s.closing.Do(func() {
		for _, socket := range s.sockets {
			socket.Close()
		}
		s.smtp.Close()
		s.imap.Close()
	})
}

// connectionLog passes what the protocol libraries have to say to slog.
type connectionLog struct {
	log      *slog.Logger
	protocol string
}

func (l connectionLog) Printf(format string, args ...any) {
	l.log.Debug(fmt.Sprintf(format, args...), "protocol", l.protocol)
}

func (l connectionLog) Println(args ...any) {
	l.log.Debug(fmt.Sprintln(args...), "protocol", l.protocol)
}
