package outbox

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/demomail"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dial"
	"github.com/quilldesk/quilldesk/internal/imap"
	"github.com/quilldesk/quilldesk/internal/smtp"
)

type open map[string]desk.Credentials

func (o open) Open(_ context.Context, _ desk.OrgID, _ desk.MailboxID, sealed []byte) (desk.Credentials, error) {
	return o[string(sealed)], nil
}

func demoEndpoint(t *testing.T, addr string) desk.Endpoint {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return desk.Endpoint{Host: host, Port: n, Security: desk.TLS}
}

// demoServer starts mail servers of a demo, and how to reach them.
func demoServer(t *testing.T) (*demomail.Server, dial.Dialer) {
	t.Helper()
	server, err := demomail.Start(t.Context(), demomail.Config{
		IMAPAddr: "127.0.0.1:0", SMTPAddr: "127.0.0.1:0", Dir: t.TempDir(), Now: time.Now, ReplyDelay: time.Hour, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	trust, err := os.ReadFile(server.CAPath())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(trust)
	return server, dial.Dialer{AllowPrivate: true, Roots: roots}
}

// TestAgainstTheDemoServers sends through real SMTP and IMAP, to recipients whose
// servers misbehave, from an account whose provider keeps sent mail and one whose
// does not.
func TestAgainstTheDemoServers(t *testing.T) {
	t.Parallel()
	server, dialer := demoServer(t)
	imapAt, smtpAt := demoEndpoint(t, server.IMAPAddr()), demoEndpoint(t, server.SMTPAddr())
	for _, account := range server.Accounts()[:2] {
		for _, c := range []struct {
			to    string
			state desk.SendState // where the provider does not keep sent mail
			saved desk.SendState // where it does
			mails int
		}{
			{"kim-" + account.Role + "@buyers.example", desk.Sent, desk.Sent, 1},
			{"greylist-" + account.Role + "@buyers.example", desk.Sent, desk.Sent, 1},
			{"nosuchuser@buyers.example", desk.Failed, desk.Failed, 0},
			{"vanish-" + account.Role + "@buyers.example", desk.Unclear, desk.Sent, 1},
			{"hang-" + account.Role + "@buyers.example", desk.Unclear, desk.Sent, 1},
		} {
			t.Run(account.Role+" to "+c.to, func(t *testing.T) {
				o := newOffice(t, func(o *office) {
					o.conv.Route.To, o.conv.Buyer.Address = c.to, c.to
					o.box.Address, o.box.IMAP, o.box.SMTP, o.box.AppendSent, o.box.Sealed = account.Address, imapAt, smtpAt, !account.KeepsSent, []byte(account.Address)
				})
				sender := o.sender()
				sender.Vault = open{account.Address: {Method: desk.Password, User: account.Address, Password: account.Password, Secret: []byte("secret")}}
				sender.Submit = func(ctx context.Context, at desk.Endpoint, who desk.Credentials, m smtp.Mail, handing func() error) (string, error) {
					return smtp.Send(ctx, dialer, at, who, m, handing)
				}
				sender.Dial = func(ctx context.Context, at desk.Endpoint, who desk.Credentials) (SentFolder, error) {
					return imap.Dial(ctx, dialer, at, who)
				}
				m := o.queued()
				for range 6 {
					ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond) // a function's time is bounded
					err := sender.Send(ctx, desk.Job{Org: o.org, Conversation: "conv", Message: m.ID})
					cancel()
					wait, again := o.work.take()
					if err == nil && !again {
						break
					}
					o.now = o.now.Add(max(wait, sendLease+time.Second))
				}
				want := c.state
				if account.KeepsSent {
					want = c.saved
				}
				got := o.message(m.ID)
				if got.Send.State != want {
					t.Errorf("%s (%s: %s), want %s", got.Send.State, got.Send.Code, got.Send.Detail, want)
				}
				if want == desk.Sent && !got.Send.Copied {
					t.Error("no copy in Sent")
				}
				if n := len(server.Received(c.to)); n != c.mails {
					t.Errorf("the buyer has %d mails, want %d", n, c.mails)
				}
			})
		}
	}
}
