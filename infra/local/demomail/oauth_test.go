package demomail

import (
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-smtp"
)

// bearer is the client's side of XOAUTH2; it notes the error challenge.
type bearer struct {
	user, token string
	challenge   string
}

func (b *bearer) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=" + b.user + "\x01auth=Bearer " + b.token + "\x01\x01"), nil
}

func (b *bearer) Next(challenge []byte) ([]byte, error) {
	b.challenge = string(challenge)
	return []byte{}, nil
}

// longToken is about as long as Microsoft's.
var longToken = strings.Repeat("t", 2300)

func withTokens(c *Config) {
	c.Token = func(token string) (string, bool) { return shop, token == longToken }
}

func TestAccessTokensOpenTheirMailbox(t *testing.T) {
	s := start(t, t.TempDir(), withTokens)
	for name, c := range map[string]struct {
		user, token string
		ok          bool
	}{
		"the right token":             {shop, longToken, true},
		"a wrong token":               {shop, "wrong", false},
		"a token of another mailbox":  {seller, longToken, false},
		"no token":                    {shop, "", false},
		"a name that is no mailbox's": {"nobody@birchandbrass.example", longToken, false},
	} {
		t.Run("IMAP, "+name, func(t *testing.T) {
			client, err := imapclient.DialTLS(s.IMAPAddr(), &imapclient.Options{TLSConfig: trusting(t, s)})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			if !client.Caps().Has(imap.AuthCap("XOAUTH2")) || client.Caps().Has(imap.CapLoginDisabled) {
				t.Errorf("offers %v", client.Caps())
			}
			b := &bearer{user: c.user, token: c.token}
			err = client.Authenticate(b)
			checkBearer(t, b, err, c.ok)
			if !c.ok {
				return
			}
			if data, err := client.Select("INBOX", nil).Wait(); err != nil || data.NumMessages == 0 {
				t.Errorf("%+v %v", data, err)
			}
		})
		t.Run("SMTP, "+name, func(t *testing.T) {
			client, err := smtp.DialTLS(s.SMTPAddr(), trusting(t, s))
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			if !client.SupportsAuth("XOAUTH2") {
				t.Error("XOAUTH2 is not offered")
			}
			b := &bearer{user: c.user, token: c.token}
			err = client.Auth(b)
			checkBearer(t, b, err, c.ok)
			if err := client.Mail(shop, nil); (err == nil) != c.ok {
				t.Errorf("MAIL after it: %v", err)
			}
		})
	}
}

// A wrong token gets the challenge that tells the error, then the refusal.
func checkBearer(t *testing.T, b *bearer, err error, ok bool) {
	t.Helper()
	if (err == nil) != ok || (b.challenge == "") != ok {
		t.Errorf("%v, challenge %q", err, b.challenge)
	}
}

func TestWithoutAnIssuerNoTokensAreTaken(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	client, err := imapclient.DialTLS(s.IMAPAddr(), &imapclient.Options{TLSConfig: trusting(t, s)})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if client.Caps().Has(imap.AuthCap("XOAUTH2")) {
		t.Error("XOAUTH2 is offered")
	}
	if err := client.Authenticate(&bearer{user: shop, token: longToken}); err == nil {
		t.Error("taken all the same")
	}
	if err := client.Login(shop, password(t, shop)).Wait(); err != nil {
		t.Errorf("the password: %v", err)
	}
}

func FuzzReadToken(f *testing.F) {
	f.Add("user=kim@lumenhaus.example\x01auth=Bearer token\x01\x01")
	f.Add("\x01\x01=")
	f.Fuzz(func(t *testing.T, response string) {
		user, token := readToken([]byte(response))
		if strings.ContainsRune(user+token, 1) {
			t.Errorf("%q %q", user, token)
		}
	})
}
