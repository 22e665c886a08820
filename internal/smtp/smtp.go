// Package smtp hands mail to the seller's own provider, on emersion/go-smtp. It
// tells apart what was refused for good, what may be tried again, and the one
// case where nobody knows: the line broke after the text was handed over.
package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dial"
)

// Time limits of one command and of the answer to the text. RFC 5321 §4.5.3.2
// asks for ten minutes; a function has less, and what is unclear is looked up in
// the Sent folder.
const (
	commandTimeout    = 20 * time.Second
	submissionTimeout = 45 * time.Second
)

// ErrUnclear is wrapped by an error after which the mail may or may not be on its way.
var ErrUnclear = errors.New("the line broke after the text was handed over")

// Test connects and signs in, and sends nothing.
func Test(ctx context.Context, d dial.Dialer, at desk.Endpoint, who desk.Credentials) error {
	client, stop, err := connect(ctx, d, at)
	if err != nil {
		return err
	}
	defer stop()
	if err := signIn(client, who); err != nil {
		return err
	}
	_ = client.Quit() // signed in: what follows does not matter
	return nil
}

// Mail is what goes over the line. Write writes its text once, of Size bytes.
type Mail struct {
	From  string
	To    []string
	Size  int64
	Write func(io.Writer) error
}

// Send hands one mail over and returns what the server said to it. handing is
// called when everything but the text is settled. A refusal has kind Permanent
// (5xx) or Unavailable (4xx, no connection).
func Send(ctx context.Context, d dial.Dialer, at desk.Endpoint, who desk.Credentials, m Mail, handing func() error) (string, error) {
	client, stop, err := connect(ctx, d, at)
	if err != nil {
		return "", err
	}
	defer stop()
	if err := signIn(client, who); err != nil {
		return "", err
	}
	if err := client.Mail(m.From, &smtp.MailOptions{Size: m.Size}); err != nil {
		return "", explain(err, "sender_refused")
	}
	for _, rcpt := range m.To {
		if err := client.Rcpt(rcpt, nil); err != nil {
			return "", explain(err, "recipient_refused")
		}
	}
	if err := handing(); err != nil {
		return "", err
	}
	data, err := client.Data()
	if err != nil {
		return "", explain(err, "message_refused")
	}
	// A text that breaks off is no mail: the line closes without the dot that ends
	// it, and the server forgets it.
	if err := m.Write(data); err != nil {
		if desk.KindOf(err) != desk.Internal { // what was to be sent could not be read
			return "", err
		}
		return "", explain(err, "message_refused")
	}
	said, err := data.CloseWithResponse()
	if err != nil {
		var status *smtp.SMTPError
		if errors.As(err, &status) {
			return "", explain(err, "message_refused")
		}
		return "", desk.Errorf(desk.Unavailable, "unclear", "%w", errors.Join(ErrUnclear, err))
	}
	_ = client.Quit() // accepted already
	return said.StatusText, nil
}

// connect opens the line and the session; stop closes both, also when ctx ends.
func connect(ctx context.Context, d dial.Dialer, at desk.Endpoint) (*smtp.Client, func(), error) {
	ctx, cancel := dial.Ahead(ctx)
	line, err := d.Open(ctx, at)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	// A deadline in the past ends the wait at once and as what it is; closing would
	// first say good-bye, and the server's answer to that looks like its own doing.
	unhook := context.AfterFunc(ctx, func() { _ = line.SetDeadline(time.Unix(1, 0)) })
	stop := func() { unhook(); cancel(); _ = line.Close() }
	end, _ := ctx.Deadline()
	client, err := greet(capped{line, d.Patience(submissionTimeout), end}, d, at)
	if err != nil {
		stop()
		return nil, nil, greeted(err)
	}
	return client, stop, nil
}

func greet(line capped, d dial.Dialer, at desk.Endpoint) (client *smtp.Client, err error) {
	if at.Security == desk.StartTLS {
		client, err = smtp.NewClientStartTLS(line, d.Config(at))
	} else {
		client = smtp.NewClient(line)
	}
	if err != nil {
		return nil, err
	}
	client.CommandTimeout, client.SubmissionTimeout = d.Patience(commandTimeout), line.limit
	if at.Security == desk.StartTLS {
		return client, nil // has said hello before and after the upgrade
	}
	return client, client.Hello("localhost")
}

// capped bounds every wait: go-smtp writes the text without a deadline, and gives
// each command of a STARTTLS upgrade its own five minutes.
type capped struct {
	net.Conn
	limit time.Duration
	end   time.Time // of everything; zero for none
}

func (c capped) latest() time.Time {
	t := time.Now().Add(c.limit)
	if !c.end.IsZero() && c.end.Before(t) {
		return c.end
	}
	return t
}

func (c capped) SetDeadline(t time.Time) error {
	if latest := c.latest(); t.IsZero() || t.After(latest) {
		t = latest
	}
	return c.Conn.SetDeadline(t)
}

func (c capped) Write(b []byte) (int, error) {
	if err := c.Conn.SetWriteDeadline(c.latest()); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

// greeted explains a session that did not begin.
func greeted(err error) error {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, new(*smtp.SMTPError)), errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, net.ErrClosed):
		return explain(err, "protocol_error")
	case strings.Contains(err.Error(), "support STARTTLS"): // go-smtp has no error value for it
		return desk.Errorf(desk.Permanent, "tls_failed", "the server offers no STARTTLS: %w", err)
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return dial.Explain(err)
	default: // another protocol, or a server that hung up at once
		return desk.Errorf(desk.Unavailable, "protocol_error", "waiting for the greeting: %w", err)
	}
}

func signIn(client *smtp.Client, who desk.Credentials) error {
	mechanism := sasl.Client(sasl.NewPlainClient("", who.User, who.Password))
	switch {
	case who.Method == desk.XOAuth2:
		return explain(client.Auth(xoauth2{who}), "oauth_refused")
	case !client.SupportsAuth(sasl.Plain) && client.SupportsAuth(sasl.Login):
		mechanism = sasl.NewLoginClient(who.User, who.Password)
	}
	return explain(client.Auth(mechanism), "smtp_login_failed")
}

// explain gives an error its kind and code. Unknown errors are temporary.
func explain(err error, code string) error {
	var status *smtp.SMTPError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &status):
		return dial.Explain(err)
	// Microsoft: tenants made after January 2020 have SMTP AUTH off until an
	// admin enables it for the mailbox (535 5.7.139).
	case strings.Contains(status.Message, "SmtpClientAuthentication is disabled"):
		return desk.Errorf(desk.Permanent, "smtp_auth_disabled", "the server refused: %w", err)
	case limitOf(status) != "":
		return desk.Errorf(desk.Unavailable, limitOf(status), "the provider's limit is reached: %w", err)
	case status.Temporary():
		return desk.Errorf(desk.Unavailable, "smtp_busy", "the server refused for now: %w", err)
	default:
		return desk.Errorf(desk.Permanent, code, "the server refused: %w", err)
	}
}

type xoauth2 struct{ who desk.Credentials }

func (x xoauth2) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=" + x.who.User + "\x01auth=Bearer " + x.who.AccessToken + "\x01\x01"), nil
}

func (x xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }
