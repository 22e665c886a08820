package smtp_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/demomail"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dial"
	"github.com/quilldesk/quilldesk/internal/smtp"
)

// host is the demo server with an account that may submit.
type host struct {
	*demomail.Server
	at     desk.Endpoint
	dialer dial.Dialer
	who    desk.Credentials
}

func start(t *testing.T) host {
	t.Helper()
	// Only Close ends it: the end of the test's context would race with that.
	s, err := demomail.Start(context.WithoutCancel(t.Context()), demomail.Config{
		IMAPAddr: "127.0.0.1:0", SMTPAddr: "127.0.0.1:0", Dir: t.TempDir(), Now: time.Now, ReplyDelay: time.Hour, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	trust, err := os.ReadFile(s.CAPath())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(trust)
	account := s.Accounts()[0]
	return host{s, endpoint(t, s.SMTPAddr()), dial.Dialer{AllowPrivate: true, Roots: roots},
		desk.Credentials{Method: desk.Password, User: account.Address, Password: account.Password}}
}

func endpoint(t *testing.T, addr string) desk.Endpoint {
	t.Helper()
	at, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return desk.Endpoint{Host: at, Port: n, Security: desk.TLS}
}

func letter(to string) smtp.Mail {
	from := "support@lumenhaus.example"
	return carrying(from, to, letterText(to))
}

func letterText(to string) []byte {
	return []byte("From: support@lumenhaus.example\r\nTo: " + to + "\r\nSubject: Re: lamp\r\n" +
		"Message-ID: <r1@lumenhaus.example>\r\nContent-Type: text/plain\r\n\r\nHello,\r\n.\r\n.. a line of its own\r\nBye\r\n")
}

func carrying(from, to string, raw []byte) smtp.Mail {
	return smtp.Mail{From: from, To: []string{to}, Size: int64(len(raw)), Write: func(w io.Writer) error {
		_, err := w.Write(raw)
		return err
	}}
}

func wantCode(t *testing.T, err error, kind desk.Kind, code string) {
	t.Helper()
	if err == nil || desk.KindOf(err) != kind || desk.CodeOf(err) != code {
		t.Errorf("got %v (%s, %s), want kind %s, code %s", err, desk.KindOf(err), desk.CodeOf(err), kind, code)
	}
}

func TestSubmission(t *testing.T) {
	h := start(t)
	handed := 0
	send := func(m smtp.Mail) (string, error) {
		handed = 0
		return smtp.Send(t.Context(), h.dialer, h.at, h.who, m, func() error { handed++; return nil })
	}

	t.Run("arrives byte for byte", func(t *testing.T) {
		m := letter("mira@buyer.example")
		said, err := send(m)
		if err != nil || handed != 1 {
			t.Fatalf("got %q, %v, handed over %d times", said, err, handed)
		}
		got := h.Received("mira@buyer.example")
		if len(got) != 1 || !bytes.HasSuffix(got[0], letterText("mira@buyer.example")) {
			t.Errorf("the buyer has %d mails: %q", len(got), got)
		}
	})
	t.Run("no such recipient", func(t *testing.T) {
		_, err := send(letter("nosuchuser1@buyer.example"))
		wantCode(t, err, desk.Permanent, "recipient_refused")
		if handed != 0 {
			t.Error("the text was announced all the same")
		}
	})
	t.Run("greylisted, then taken", func(t *testing.T) {
		_, err := send(letter("greylist1@buyer.example"))
		wantCode(t, err, desk.Unavailable, "smtp_busy")
		if _, err := send(letter("greylist1@buyer.example")); err != nil {
			t.Errorf("the second try: %v", err)
		}
	})
	t.Run("line drops after the text", func(t *testing.T) {
		_, err := send(letter("vanish1@buyer.example"))
		if !errors.Is(err, smtp.ErrUnclear) || desk.KindOf(err) != desk.Unavailable || handed != 1 {
			t.Errorf("got %v, handed over %d times; want ErrUnclear after one", err, handed)
		}
	})
	t.Run("no answer after the text", func(t *testing.T) {
		impatient := h
		impatient.dialer.Silence = patience
		_, err := smtp.Send(t.Context(), impatient.dialer, h.at, h.who, letter("hang1@buyer.example"), func() error { return nil })
		if !errors.Is(err, smtp.ErrUnclear) {
			t.Errorf("got %v, want ErrUnclear", err)
		}
	})
	t.Run("too late to hand over", func(t *testing.T) {
		late := errors.New("somebody else has it")
		_, err := smtp.Send(t.Context(), h.dialer, h.at, h.who, letter("ole@buyer.example"), func() error { return late })
		if !errors.Is(err, late) || len(h.Received("ole@buyer.example")) > 0 {
			t.Errorf("got %v, %d mails", err, len(h.Received("ole@buyer.example")))
		}
	})
	t.Run("a text that cannot be read to its end", func(t *testing.T) {
		m := letter("una@buyer.example")
		broken := desk.Errorf(desk.Unavailable, "storage", "the bucket does not answer")
		m.Write = func(w io.Writer) error {
			if _, err := w.Write(letterText("una@buyer.example")); err != nil {
				return err
			}
			return broken
		}
		_, err := send(m)
		if !errors.Is(err, broken) || errors.Is(err, smtp.ErrUnclear) || len(h.Received("una@buyer.example")) > 0 {
			t.Errorf("got %v, %d mails", err, len(h.Received("una@buyer.example")))
		}
	})
	t.Run("the context ends", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := smtp.Send(ctx, h.dialer, h.at, h.who, letter("ida@buyer.example"), func() error { cancel(); <-ctx.Done(); return ctx.Err() })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestConnectionTest(t *testing.T) {
	h := start(t)
	t.Run("right password", func(t *testing.T) {
		if err := smtp.Test(t.Context(), h.dialer, h.at, h.who); err != nil {
			t.Error(err)
		}
	})
	t.Run("wrong password", func(t *testing.T) {
		wrong := h.who
		wrong.Password = "wrong"
		wantCode(t, smtp.Test(t.Context(), h.dialer, h.at, wrong), desk.Permanent, "smtp_login_failed")
	})
	t.Run("certificate of a stranger", func(t *testing.T) {
		wantCode(t, smtp.Test(t.Context(), dial.Dialer{AllowPrivate: true}, h.at, h.who), desk.Permanent, "certificate_untrusted")
	})
	t.Run("private address", func(t *testing.T) {
		wantCode(t, smtp.Test(t.Context(), dial.Dialer{Roots: h.dialer.Roots}, h.at, h.who), desk.Permanent, "host_refused")
	})
}

// patience of the tests with servers that stop talking: short to wait for, long
// for a busy machine that talks to itself.
const patience = time.Second

// play serves every connection with script: inside TLS, or bare for STARTTLS.
func play(t *testing.T, security desk.Security, script func(net.Conn)) (desk.Endpoint, dial.Dialer) {
	t.Helper()
	https := httptest.NewTLSServer(nil) // only for its certificate
	defer https.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	config := &tls.Config{Certificates: https.TLS.Certificates}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				if security == desk.TLS {
					secure := tls.Server(conn, config)
					if secure.Handshake() != nil {
						return
					}
					defer func() { _ = secure.Close() }()
					script(secure)
					return
				}
				script(conn)
			}()
		}
	}()
	at := endpoint(t, l.Addr().String())
	at.Security = security
	roots := x509.NewCertPool()
	roots.AddCert(https.Certificate())
	return at, dial.Dialer{AllowPrivate: true, Roots: roots, Timeout: patience, Silence: patience}
}

// anything stands for the words that a table of answers does not have.
const anything = "*"

// answers speaks SMTP by a table of what to say to a command's first word; ""
// says nothing. A word without an answer ends the connection.
func answers(greeting string, table map[string]string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = fmt.Fprint(conn, greeting)
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			word, _, _ := strings.Cut(lines.Text(), " ")
			answer, ok := table[word]
			if !ok {
				answer, ok = table[anything]
			}
			if !ok {
				return
			}
			_, _ = fmt.Fprint(conn, answer)
		}
	}
}

func TestServersThatDoNotPlayAlong(t *testing.T) {
	const hello, ready = "250-mx.example\r\n250 AUTH PLAIN\r\n", "220 mx.example\r\n"
	who := desk.Credentials{Method: desk.Password, User: "support@lumenhaus.example", Password: "secret"}
	for _, c := range []struct {
		name     string
		security desk.Security
		script   func(net.Conn)
		kind     desk.Kind
		code     string
	}{
		{"says nothing", desk.TLS, answers("", map[string]string{}), desk.Unavailable, "connect_timeout"},
		{"says nothing before STARTTLS", desk.StartTLS, answers("", map[string]string{}), desk.Unavailable, "connect_timeout"},
		{"falls silent at EHLO before STARTTLS", desk.StartTLS, answers(ready, map[string]string{"EHLO": ""}), desk.Unavailable, "connect_timeout"},
		{"falls silent in the upgrade", desk.StartTLS, answers(ready, map[string]string{
			"EHLO": "250-mx.example\r\n250 STARTTLS\r\n", "STARTTLS": "220 go ahead\r\n", anything: "",
		}), desk.Unavailable, "connect_timeout"},
		{"has no STARTTLS", desk.StartTLS, answers(ready, map[string]string{"EHLO": hello}), desk.Permanent, "tls_failed"},
		{"refuses STARTTLS", desk.StartTLS, answers(ready, map[string]string{
			"EHLO": "250-mx.example\r\n250 STARTTLS\r\n", "STARTTLS": "454 TLS not available\r\n",
		}), desk.Unavailable, "smtp_busy"},
		{"hangs up", desk.TLS, func(net.Conn) {}, desk.Unavailable, "protocol_error"},
		{"speaks IMAP", desk.TLS, answers("* OK ready\r\n", map[string]string{}), desk.Unavailable, "protocol_error"},
		{"is busy", desk.TLS, answers("421 Too many connections\r\n", map[string]string{}), desk.Unavailable, "smtp_busy"},
		{"falls silent at sign-in", desk.TLS, answers(ready, map[string]string{"EHLO": hello, "AUTH": ""}), desk.Unavailable, "connect_timeout"},
		{"drops the line at sign-in", desk.TLS, answers(ready, map[string]string{"EHLO": hello}), desk.Unavailable, "connection_lost"},
		{"has authentication off", desk.TLS, answers(ready, map[string]string{
			"EHLO": hello, "AUTH": "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant\r\n",
		}), desk.Permanent, "smtp_auth_disabled"},
		{"cannot check passwords now", desk.TLS, answers(ready, map[string]string{
			"EHLO": hello, "AUTH": "454 4.7.0 Temporary authentication failure\r\n",
		}), desk.Unavailable, "smtp_busy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			at, dialer := play(t, c.security, c.script)
			began := time.Now()
			wantCode(t, smtp.Test(t.Context(), dialer, at, who), c.kind, c.code)
			if took := time.Since(began); took > 15*patience {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// A caller with little time of its own hears of the silence before that is over.
func TestSilenceIsToldBeforeTheDeadline(t *testing.T) {
	for _, security := range []desk.Security{desk.TLS, desk.StartTLS} {
		t.Run(string(security), func(t *testing.T) {
			t.Parallel()
			at, dialer := play(t, security, answers("", nil))
			dialer.Silence = 0
			ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
			defer cancel()
			wantCode(t, smtp.Test(ctx, dialer, at, desk.Credentials{}), desk.Unavailable, "connect_timeout")
			if ctx.Err() != nil {
				t.Error("it came too late to be told")
			}
		})
	}
}

// What goes wrong before the last dot was not delivered, and is safe to try again.
func TestNothingIsUnclearBeforeTheEnd(t *testing.T) {
	to := map[string]string{
		"EHLO": "250-mx.example\r\n250 AUTH PLAIN\r\n", "AUTH": "235 in\r\n", "MAIL": "250 ok\r\n", "RCPT": "250 ok\r\n",
		"DATA": "354 go ahead\r\n", "QUIT": "221 bye\r\n",
	}
	with := func(word, answer string) map[string]string {
		table := map[string]string{}
		for w, a := range to {
			table[w] = a
		}
		table[word] = answer
		return table
	}
	who := desk.Credentials{Method: desk.Password, User: "support@lumenhaus.example", Password: "secret"}
	for _, c := range []struct {
		name  string
		table map[string]string
		kind  desk.Kind
		code  string
	}{
		{"sender refused", with("MAIL", "553 5.7.1 not yours\r\n"), desk.Permanent, "sender_refused"},
		{"too large", with("MAIL", "552 5.3.4 too big\r\n"), desk.Permanent, "sender_refused"},
		{"text not wanted now", with("DATA", "451 later\r\n"), desk.Unavailable, "smtp_busy"},
		{"text not wanted", with("DATA", "554 no\r\n"), desk.Permanent, "message_refused"},
		{"silent before the text", with("DATA", ""), desk.Unavailable, "connect_timeout"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			at, dialer := play(t, desk.TLS, answers("220 mx.example\r\n", c.table))
			_, err := smtp.Send(t.Context(), dialer, at, who, letter("mira@buyer.example"), func() error { return nil })
			wantCode(t, err, c.kind, c.code)
			if errors.Is(err, smtp.ErrUnclear) {
				t.Error("unclear, though the text was never sent")
			}
		})
	}
	t.Run("stops reading in the text", func(t *testing.T) {
		at, dialer := play(t, desk.TLS, func(conn net.Conn) {
			lines := bufio.NewScanner(conn)
			_, _ = fmt.Fprint(conn, "220 mx.example\r\n")
			for lines.Scan() {
				word, _, _ := strings.Cut(lines.Text(), " ")
				_, _ = fmt.Fprint(conn, to[word])
				if word == "DATA" {
					<-t.Context().Done()
					return
				}
			}
		})
		long := append(letterText("mira@buyer.example"), bytes.Repeat([]byte("a long mail\r\n"), 3<<20)...) // more than sockets buffer
		m := carrying("support@lumenhaus.example", "mira@buyer.example", long)
		_, err := smtp.Send(t.Context(), dialer, at, who, m, func() error { return nil })
		wantCode(t, err, desk.Unavailable, "connect_timeout")
		if errors.Is(err, smtp.ErrUnclear) {
			t.Error("unclear, though the last dot was never sent")
		}
	})
}
