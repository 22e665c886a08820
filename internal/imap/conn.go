// Package imap reads mailboxes over IMAP, on emersion/go-imap, with what real
// providers need: an ID where Coremail insists, only the few FETCH items that
// every server sends well formed, and a time limit on every silence.
package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"time"

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
	line     net.Conn
	patience time.Duration
	dog      *time.Timer           // cuts the line when it is not fed in time
	cause    atomic.Pointer[error] // why the line was cut from here, if it was
	unhook   func()                // from the context
	selected string
	opened   desk.FolderStatus
}

// Dial connects and signs in. The connection ends with ctx, or shortly before its
// deadline (dial.Ahead). Errors carry the
// page's codes: login_failed, oauth_only, imap_disabled, rate_limited,
// protocol_error and those of package dial.
func Dial(ctx context.Context, d dial.Dialer, at desk.Endpoint, who desk.Credentials) (*Conn, error) {
	ctx, cancel := dial.Ahead(ctx)
	line, err := d.Open(ctx, at)
	if err != nil {
		cancel()
		return nil, err
	}
	c := &Conn{line: line, patience: d.Patience(silence)}
	c.dog = time.AfterFunc(c.patience, func() {
		c.cut(desk.Errorf(desk.Unavailable, "connect_timeout", "the server said nothing for %s", c.patience))
	})
	stop := context.AfterFunc(ctx, func() { c.cut(dial.Explain(context.Cause(ctx))) })
	c.unhook = func() { stop(); cancel() }
	defer c.rest()
	if err := c.open(at, d.Config(at), who); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Conn) open(at desk.Endpoint, config *tls.Config, who desk.Credentials) (err error) {
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
	if err := c.signIn(who); err != nil {
		return err
	}
	return c.introduce()
}

// greeted explains a greeting that was none: whatever listens there speaks
// another protocol, or hung up at once.
func (c *Conn) greeted(err error) error {
	if c.cause.Load() != nil || errors.As(err, new(*imap.Error)) {
		return c.explain(err, "protocol_error")
	}
	return desk.Errorf(desk.Unavailable, "protocol_error", "waiting for the greeting: %w", err)
}

func (c *Conn) signIn(who desk.Credentials) error {
	if who.Method == desk.XOAuth2 {
		return c.explain(c.client.Authenticate(xoauth2{who}), "login_failed")
	}
	// Only LOGINDISABLED means "no passwords": NetEase lists just XOAUTH2 and
	// still takes LOGIN (2026).
	if c.client.Caps().Has(imap.CapLoginDisabled) {
		return desk.Errorf(desk.Permanent, "oauth_only", "the server takes no passwords")
	}
	return c.explain(c.client.Login(who.User, who.Password).Wait(), "login_failed")
}

// introduce sends ID, which Coremail (163, 126, yeah, enterprise) requires after
// login on every connection or it answers SELECT with "Unsafe Login". Servers
// that do not know the command stay usable.
func (c *Conn) introduce() error {
	if !c.client.Caps().Has(imap.CapID) {
		return nil
	}
	c.feed()
	_, err := c.client.ID(&imap.IDData{Name: "Quilldesk", Version: "1", Vendor: "Quilldesk"}).Wait()
	var status *imap.Error
	if err == nil || errors.As(err, &status) {
		return nil
	}
	return c.explain(err, "protocol_error")
}

// feed starts or restarts the watchdog: the server is waited for from now on.
func (c *Conn) feed() { c.dog.Reset(c.patience) }

// rest stops the watchdog: nothing is expected of the server.
func (c *Conn) rest() { c.dog.Stop() }

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
// words say something more useful.
func (c *Conn) explain(err error, code string) error {
	if err == nil {
		return nil
	}
	if cause := c.cause.Load(); cause != nil {
		return *cause
	}
	var status *imap.Error
	if !errors.As(err, &status) {
		return dial.Explain(err)
	}
	said := strings.ToLower("[" + string(status.Code) + "] " + status.Text)
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
	return desk.Errorf(desk.Permanent, code, "the server refused: %w", err)
}

// xoauth2 is Google's and Microsoft's token mechanism; the answer to an error
// challenge is an empty line, after which the server says NO.
type xoauth2 struct{ who desk.Credentials }

var _ sasl.Client = xoauth2{}

func (x xoauth2) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=" + x.who.User + "\x01auth=Bearer " + x.who.AccessToken + "\x01\x01"), nil
}

func (x xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }
