package imap_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dial"
	"github.com/quilldesk/quilldesk/internal/imap"
)

// patience of the tests with servers that stop talking: short to wait for, long
// for a busy machine that talks to itself.
const patience = time.Second

// play serves every connection with script, inside TLS.
func play(t *testing.T, script func(net.Conn)) (desk.Endpoint, dial.Dialer) {
	t.Helper()
	https := httptest.NewTLSServer(nil) // only for its certificate
	defer https.Close()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: https.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	serve(t, l, func(conn net.Conn) {
		if conn.(*tls.Conn).Handshake() == nil {
			script(conn)
		}
	})
	roots := x509.NewCertPool()
	roots.AddCert(https.Certificate())
	return endpoint(t, l.Addr().String()), dial.Dialer{AllowPrivate: true, Roots: roots, Silence: patience}
}

func serve(t *testing.T, l net.Listener, script func(net.Conn)) {
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				script(conn)
			}()
		}
	}()
}

// silent takes the connection and says nothing until the client hangs up.
func silent(conn net.Conn) { _, _ = conn.Read(make([]byte, 1<<16)); _, _ = conn.Read(make([]byte, 1)) }

// answering speaks just enough IMAP; special answers a command by its word, "%s"
// standing for the tag, and ends the connection when it returns false.
func answering(special map[string]func(conn net.Conn, tag string) bool) func(net.Conn) {
	usual := map[string]string{
		"LOGIN":   "%[1]s OK [CAPABILITY IMAP4rev1] in\r\n",
		"EXAMINE": "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] \r\n* OK [UIDNEXT 2] \r\n%[1]s OK [READ-ONLY] open\r\n",
	}
	return func(conn net.Conn) {
		_, _ = fmt.Fprint(conn, "* OK [CAPABILITY IMAP4rev1] ready\r\n")
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			tag, command, _ := strings.Cut(lines.Text(), " ")
			word, _, _ := strings.Cut(strings.TrimPrefix(command, "UID "), " ")
			if answer, ok := special[word]; ok {
				if !answer(conn, tag) {
					return
				}
				continue
			}
			_, _ = fmt.Fprintf(conn, usual[word], tag)
		}
	}
}

var anybody = desk.Credentials{Method: desk.Password, User: "support@lumenhaus.example", Password: "secret"}

func TestServersThatDoNotPlayAlong(t *testing.T) {
	say := func(text string) func(net.Conn, string) bool {
		return func(conn net.Conn, tag string) bool { _, _ = fmt.Fprintf(conn, text, tag); return true }
	}
	for _, c := range []struct {
		name   string
		script func(net.Conn)
		kind   desk.Kind
		code   string
	}{
		{"says nothing", silent, desk.Unavailable, "connect_timeout"},
		{"hangs up", func(net.Conn) {}, desk.Unavailable, "protocol_error"},
		{"speaks SMTP", func(conn net.Conn) { _, _ = fmt.Fprint(conn, "220 mx.example ESMTP\r\n"); silent(conn) }, desk.Unavailable, "protocol_error"},
		{"is busy", func(conn net.Conn) { _, _ = fmt.Fprint(conn, "* BYE Too many connections\r\n"); silent(conn) }, desk.Unavailable, "rate_limited"},
		{"falls silent at login", answering(map[string]func(net.Conn, string) bool{
			"LOGIN": func(net.Conn, string) bool { return true },
		}), desk.Unavailable, "connect_timeout"},
		{"drops the line at login", answering(map[string]func(net.Conn, string) bool{
			"LOGIN": func(net.Conn, string) bool { return false },
		}), desk.Unavailable, "connection_lost"},
		{"refuses the password", answering(map[string]func(net.Conn, string) bool{
			"LOGIN": say("%s NO [AUTHENTICATIONFAILED] Invalid credentials\r\n"),
		}), desk.Permanent, "login_failed"},
		{"has IMAP off", answering(map[string]func(net.Conn, string) bool{
			"LOGIN": say("%s NO [ALERT] Your account is not enabled for IMAP use.\r\n"),
		}), desk.Permanent, "imap_disabled"},
		{"limits sign-ins", answering(map[string]func(net.Conn, string) bool{
			"LOGIN": say("%s NO [LIMIT] LOGIN Rate limit hit\r\n"),
		}), desk.Unavailable, "rate_limited"},
		{"takes no passwords", func(conn net.Conn) {
			_, _ = fmt.Fprint(conn, "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2] ready\r\n")
			silent(conn)
		}, desk.Permanent, "oauth_only"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			at, dialer := play(t, c.script)
			began := time.Now()
			_, err := imap.Dial(t.Context(), dialer, at, anybody)
			wantCode(t, err, c.kind, c.code)
			if took := time.Since(began); took > 15*patience {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// A caller with little time of its own hears of the silence before that is over.
func TestSilenceIsToldBeforeTheDeadline(t *testing.T) {
	t.Parallel()
	at, dialer := play(t, silent)
	dialer.Silence = 0
	ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
	defer cancel()
	_, err := imap.Dial(ctx, dialer, at, anybody)
	wantCode(t, err, desk.Unavailable, "connect_timeout")
	if ctx.Err() != nil {
		t.Error("it came too late to be told")
	}
}

func TestNoServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := endpoint(t, l.Addr().String())
	dialer := dial.Dialer{AllowPrivate: true, Timeout: patience, Silence: patience}

	t.Run("takes the connection, no handshake", func(t *testing.T) {
		_, err := imap.Dial(t.Context(), dialer, at, anybody)
		wantCode(t, err, desk.Unavailable, "connect_timeout")
	})
	t.Run("takes the connection, no greeting before STARTTLS", func(t *testing.T) {
		bare := at
		bare.Security = desk.StartTLS
		_, err := imap.Dial(t.Context(), dialer, bare, anybody)
		wantCode(t, err, desk.Unavailable, "connect_timeout")
	})
	_ = l.Close()
	t.Run("port closed", func(t *testing.T) {
		_, err := imap.Dial(t.Context(), dialer, at, anybody)
		wantCode(t, err, desk.Unavailable, "connect_refused")
	})
	t.Run("no TLS on the port", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		serve(t, l, answering(nil))
		_, err = imap.Dial(t.Context(), dialer, endpoint(t, l.Addr().String()), anybody)
		wantCode(t, err, desk.Permanent, "tls_failed")
	})
	t.Run("no STARTTLS on the port", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		serve(t, l, answering(map[string]func(net.Conn, string) bool{
			"STARTTLS": func(conn net.Conn, tag string) bool { _, _ = fmt.Fprintf(conn, "%s BAD unknown\r\n", tag); return true },
		}))
		bare := endpoint(t, l.Addr().String())
		bare.Security = desk.StartTLS
		_, err = imap.Dial(t.Context(), dialer, bare, anybody)
		wantCode(t, err, desk.Permanent, "tls_failed")
	})
}

// fetching plays a server whose answer to FETCH is rest.
func fetching(t *testing.T, rest func(conn net.Conn, tag string) bool) *imap.Conn {
	t.Helper()
	at, dialer := play(t, answering(map[string]func(net.Conn, string) bool{"FETCH": rest}))
	c, err := imap.Dial(t.Context(), dialer, at, anybody)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Open("INBOX"); err != nil {
		t.Fatal(err)
	}
	return c
}

const head = "* 1 FETCH (UID 1 FLAGS () INTERNALDATE \"04-Mar-2026 05:06:07 +0000\" RFC822.SIZE 1000 BODY[] {1000}\r\n"

func TestLineBreaksInAMail(t *testing.T) {
	for _, c := range []struct {
		name string
		rest func(net.Conn, string) bool
		code string
	}{
		{"dropped in the text", func(conn net.Conn, _ string) bool { _, _ = fmt.Fprint(conn, head+"only this"); return false }, "connection_lost"},
		{"silent in the text", func(conn net.Conn, _ string) bool { _, _ = fmt.Fprint(conn, head+"only this"); return true }, "connect_timeout"},
		{"dropped before the text", func(net.Conn, string) bool { return false }, "connection_lost"},
		{"dropped after the text", func(conn net.Conn, _ string) bool {
			_, _ = fmt.Fprint(conn, head+strings.Repeat("x", 1000))
			return false
		}, "connection_lost"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			conn := fetching(t, c.rest)
			err := conn.Fetch(t.Context(), 0, 1, 1<<20, func(m desk.FetchedMail) error {
				if len(m.Raw) != 1000 {
					t.Errorf("half a mail was handed over: %d bytes", len(m.Raw))
				}
				return nil
			})
			wantCode(t, err, desk.Unavailable, c.code)
			closes(t, conn)
		})
	}
}

// Slow is not silent: a mail may take longer than the patience as a whole, and so
// may what is done with it.
func TestSlowIsNotSilent(t *testing.T) {
	t.Parallel()
	conn := fetching(t, func(conn net.Conn, tag string) bool {
		_, _ = fmt.Fprint(conn, head)
		for range 10 {
			time.Sleep(patience / 8)
			_, _ = fmt.Fprint(conn, strings.Repeat("x", 100))
		}
		_, _ = fmt.Fprintf(conn, ")\r\n%s OK done\r\n", tag)
		return true
	})
	taken := 0
	err := conn.Fetch(t.Context(), 0, 1, 1<<20, func(m desk.FetchedMail) error {
		time.Sleep(patience + patience/4)
		taken += len(m.Raw)
		return nil
	})
	if err != nil || taken != 1000 {
		t.Errorf("got %d bytes, %v", taken, err)
	}
	closes(t, conn)
}
