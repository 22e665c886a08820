// Package imap reads mailboxes over IMAP, on emersion/go-imap, with what real
// providers need: an ID where Coremail insists, only the few FETCH items that
// every server sends well formed, and a time limit on every silence.
package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dial"
)

// silence is how long a server may say nothing while it is waited for, unless
// the dialer says otherwise.
const silence = 30 * time.Second

// Conn is one signed-in connection. It is used by one goroutine at a time.
type Conn struct {
	client   *imapclient.Client
	line     *line
	patience time.Duration
	dog      *time.Timer           // cuts the line when it is not fed in time
	cause    atomic.Pointer[error] // why the line was cut from here, if it was
	unhook   func()                // from the context
	answers  map[string]answer     // to what was asked while signing in
	plain    bool
	selected string
	opened   desk.FolderStatus
}

// answer is what the server said to a STATUS.
type answer struct {
	status desk.FolderStatus
	err    error
}

// Dial connects, signs in and asks how some folders stand, all in one flight
// behind the greeting: the first Status of such a folder costs no round trip.
// The connection ends with ctx, or shortly before its deadline (dial.Ahead).
// Errors carry the page's codes: login_failed, oauth_refused, oauth_only,
// imap_disabled, rate_limited, protocol_error and those of package dial.
func Dial(ctx context.Context, d dial.Dialer, at desk.Endpoint, who desk.Credentials, ask ...string) (*Conn, error) {
	ctx, cancel := dial.Ahead(ctx)
	socket, err := d.Open(ctx, at)
	if err != nil {
		cancel()
		return nil, err
	}
	c := &Conn{line: &line{Conn: socket, upgrades: at.Security == desk.StartTLS}, patience: d.Patience(silence), answers: map[string]answer{}}
	c.dog = time.AfterFunc(c.patience, func() {
		c.cut(desk.Errorf(desk.Unavailable, "connect_timeout", "the server said nothing for %s", c.patience))
	})
	stop := context.AfterFunc(ctx, func() { c.cut(dial.Explain(context.Cause(ctx))) })
	c.unhook = func() { stop(); cancel() }
	defer c.rest()
	if err := c.open(at, d.Config(at), who, ask); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Conn) open(at desk.Endpoint, config *tls.Config, who desk.Credentials, ask []string) (err error) {
	options := &imapclient.Options{TLSConfig: config}
	if at.Security == desk.StartTLS {
		client, err := imapclient.NewStartTLS(c.line, options)
		if err != nil {
			return c.explain(err, "tls_failed")
		}
		c.client = client
	} else {
		c.client = imapclient.New(c.line, options)
	}
	if err := c.client.WaitGreeting(); err != nil {
		return c.greeted(err)
	}
	c.feed()
	hello := readGreeting(c.line.greeting())
	if who.Method == desk.XOAuth2 {
		c.line.flow(true) // SASL is a conversation: nothing can be sent ahead of its end
		if err := c.explain(c.authenticate(xoauth2{who}), "oauth_refused"); err != nil {
			return err
		}
		c.line.flow(false)
		return c.introduced(c.inquire(at.Host, hello, ask))
	}
	return c.signIn(at.Host, hello, who, ask)
}

// authenticate gives up when the line is gone: a server that refuses without
// waiting for the answer to its challenge leaves go-imap v2 beta 8 waiting forever.
func (c *Conn) authenticate(mechanism sasl.Client) error {
	done := make(chan error, 1)
	go func() { done <- c.client.Authenticate(mechanism) }()
	select {
	case err := <-done:
		return err
	case <-c.client.Closed():
	}
	select {
	case err := <-done:
		return err
	default:
		return io.ErrUnexpectedEOF
	}
}

// greeted explains a greeting that was none: whatever listens there speaks
// another protocol, or hung up at once.
func (c *Conn) greeted(err error) error {
	if c.cause.Load() != nil || errors.As(err, new(*imap.Error)) {
		return c.explain(err, "protocol_error")
	}
	return desk.Errorf(desk.Unavailable, "protocol_error", "waiting for the greeting: %w", err)
}

// signIn sends LOGIN, ID and the questions about folders in one flight.
func (c *Conn) signIn(host string, hello greeting, who desk.Credentials, ask []string) error {
	// Only LOGINDISABLED means "no passwords": NetEase lists just XOAUTH2 and
	// still takes LOGIN (2026).
	if hello.caps.Has(imap.CapLoginDisabled) {
		return errOAuthOnly()
	}
	// What needs a literal waits for the server's go-ahead in between.
	c.line.flow(!quotable(who.User) || !quotable(who.Password))
	login := c.client.Login(who.User, who.Password)
	asked := c.inquire(host, hello, ask)
	c.line.flush()
	if err := c.explain(login.Wait(), "login_failed"); err != nil {
		return c.refused(hello, err)
	}
	return c.introduced(asked)
}

func errOAuthOnly() error {
	return desk.Errorf(desk.Permanent, "oauth_only", "the server takes no passwords")
}

// refused tells a server that takes no passwords from a wrong one, where the
// greeting did not say it (Microsoft, 2026).
func (c *Conn) refused(hello greeting, err error) error {
	if desk.CodeOf(err) != "login_failed" || hello.caps != nil {
		return err
	}
	c.feed()
	c.line.flow(true)
	if c.client.Caps().Has(imap.CapLoginDisabled) {
		return errOAuthOnly()
	}
	return err
}

// quotable reports whether a string can go over the line in quotes: go-imap
// sends others as literals.
func quotable(s string) bool {
	return len(s) <= 4096 && !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII || r == 0 || r == '\r' || r == '\n' })
}

// asked are the questions sent behind the login.
type asked struct {
	id       *imapclient.IDCommand // nil when the server is not told who we are
	statuses []question
}

type question struct {
	folder string
	cmd    *imapclient.StatusCommand
}

// inquire sends ID and the questions about folders, and waits for nothing.
// Coremail (163, 126, yeah, enterprise) requires ID after login on every
// connection or it answers SELECT with "Unsafe Login".
func (c *Conn) inquire(host string, hello greeting, ask []string) (a asked) {
	if hello.wantsID(host) {
		a.id = c.client.ID(&imap.IDData{Name: "Quilldesk", Version: "1", Vendor: "Quilldesk"})
	}
	for _, folder := range ask {
		a.statuses = append(a.statuses, question{folder, c.client.Status(folder, &statusItems)})
	}
	return a
}

// introduced waits for the answers. Servers that know no ID stay usable, and so
// do those that refuse to talk about a folder.
func (c *Conn) introduced(a asked) error {
	c.line.flush()
	if a.id != nil {
		c.feed()
		if _, err := a.id.Wait(); err != nil && !errors.As(err, new(*imap.Error)) {
			return c.explain(err, "protocol_error")
		}
	}
	for _, q := range a.statuses {
		c.feed()
		status, err := c.stands(q.cmd)
		if err != nil && c.cause.Load() != nil {
			return err
		}
		c.answers[q.folder] = answer{status, err}
	}
	return nil
}

// ask is the beginning of every command: from now on the line is open and the
// server is waited for.
func (c *Conn) ask() {
	c.feed()
	c.line.flow(true)
}

// feed starts or restarts the watchdog: the server is waited for from now on.
func (c *Conn) feed() { c.dog.Reset(c.patience) }

// rest ends a command: nothing is expected of the server. What go-imap asks of
// its own accord (CAPABILITY after a login whose answer has none) goes out with
// the next command and costs no round trip.
func (c *Conn) rest() {
	c.dog.Stop()
	c.line.flow(false)
}

// cut closes the line for a reason of ours, which every error then tells.
func (c *Conn) cut(cause error) {
	c.cause.CompareAndSwap(nil, &cause)
	_ = c.line.Close()
}

// Close ends the connection without ceremony: LOGOUT would cost a round trip.
func (c *Conn) Close() error {
	c.unhook()
	c.rest()
	if c.client != nil {
		return c.client.Close()
	}
	return c.line.Close()
}

// limits are phrases of servers that want to be left alone for a while.
var limits = []string{"too many", "frequency", "rate limit", "try again later", "temporarily", "[limit]", "[inuse]", "[unavailable]", "bandwidth"}

// explain gives an error its kind and code. A NO or BAD becomes code, unless its
// words say something more useful; a line that broke is explained by the BYE
// before, where there was one.
func (c *Conn) explain(err error, code string) error {
	if err == nil {
		return nil
	}
	if cause := c.cause.Load(); cause != nil {
		return *cause
	}
	var status *imap.Error
	if errors.As(err, &status) {
		return refusal("["+string(status.Code)+"] "+status.Text, desk.Permanent, code, err)
	}
	if words, ok := c.line.bye(); ok {
		return refusal(words, desk.Unavailable, "connection_lost", fmt.Errorf("%s: %w", words, err))
	}
	explained := dial.Explain(err)
	if desk.CodeOf(explained) == "connection_lost" && !c.line.broken() {
		return desk.Errorf(desk.Unavailable, "protocol_error", "reading an answer: %w", err)
	}
	return explained
}

// refusal is what a server's words mean; kind and code when they say nothing special.
func refusal(words string, kind desk.Kind, code string, err error) error {
	said := strings.ToLower(words)
	switch {
	case strings.Contains(said, "unsafe login"):
		return desk.Errorf(desk.Permanent, "unsafe_login", "the server refused: %w", err)
	case strings.Contains(said, "imap") && (strings.Contains(said, "disabled") || strings.Contains(said, "not enabled") || strings.Contains(said, "not open")):
		return desk.Errorf(desk.Permanent, "imap_disabled", "the server refused: %w", err)
	}
	for _, phrase := range limits {
		if strings.Contains(said, phrase) {
			return desk.Errorf(desk.Unavailable, "rate_limited", "the server refused: %w", err)
		}
	}
	return desk.Errorf(kind, code, "the server refused: %w", err)
}

// xoauth2 is Google's and Microsoft's token mechanism; the answer to an error
// challenge is an empty line, after which the server says NO.
type xoauth2 struct{ who desk.Credentials }

var _ sasl.Client = xoauth2{}

func (x xoauth2) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=" + x.who.User + "\x01auth=Bearer " + x.who.AccessToken + "\x01\x01"), nil
}

func (x xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }
