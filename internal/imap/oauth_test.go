package imap_test

import (
	"crypto/x509"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/demomail"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dial"
	"github.com/quilldesk/quilldesk/internal/imap"
	"github.com/quilldesk/quilldesk/internal/smtp"
)

const (
	shop = "hello@birchandbrass.example"
	// goodToken is as long as Microsoft's; none of it may be cut on the way.
	tokenLength = 2400
)

var goodToken = strings.Repeat("t", tokenLength)

// Access tokens are taken by IMAP and by SMTP, and a refusal of one is told from
// a wrong password, after the error challenge that Microsoft and Google send.
func TestSigningInWithAnAccessToken(t *testing.T) {
	server, err := demomail.Start(t.Context(), demomail.Config{
		IMAPAddr: "127.0.0.1:0", SMTPAddr: "127.0.0.1:0", Dir: t.TempDir(), Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Token: func(token string) (string, bool) { return shop, token == goodToken },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	dialer := dial.Dialer{AllowPrivate: true, Roots: roots(t, server.CAPath())}
	for name, c := range map[string]struct{ user, token, code string }{
		"the right one":         {shop, goodToken, ""},
		"one that has run out":  {shop, "old", "oauth_refused"},
		"one of somebody else":  {"support@lumenhaus.example", goodToken, "oauth_refused"},
		"one that is cut short": {shop, goodToken[:tokenLength-1], "oauth_refused"},
	} {
		who := desk.Credentials{Method: desk.XOAuth2, User: c.user, AccessToken: c.token}
		t.Run("IMAP, "+name, func(t *testing.T) {
			conn, err := imap.Dial(t.Context(), dialer, endpoint(t, server.IMAPAddr()), who, "INBOX")
			if got(err) != c.code {
				t.Fatalf("%v, want %q", err, c.code)
			}
			if err != nil {
				return
			}
			defer func() { _ = conn.Close() }()
			if status, err := conn.Status("INBOX"); err != nil || status.Messages == 0 {
				t.Errorf("%+v %v", status, err)
			}
		})
		t.Run("SMTP, "+name, func(t *testing.T) {
			if err := smtp.Test(t.Context(), dialer, endpoint(t, server.SMTPAddr()), who); got(err) != c.code {
				t.Errorf("%v, want %q", err, c.code)
			}
		})
	}
}

func got(err error) string {
	if err == nil {
		return ""
	}
	return desk.CodeOf(err)
}

func roots(t *testing.T, file string) *x509.CertPool {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return pool
}
