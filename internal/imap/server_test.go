package imap_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/demomail"
	"github.com/quilldesk/quilldesk/infra/local/dovecot"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dial"
	"github.com/quilldesk/quilldesk/internal/imap"
)

// server is a mail server that the client is held to, with one account.
type server struct {
	at      desk.Endpoint
	upgrade *desk.Endpoint // for STARTTLS, where it is offered
	roots   *x509.CertPool
	who     desk.Credentials
	deliver func(raw []byte) error // into INBOX
}

// against runs a test on the demo server, and on Dovecot when it is asked for.
func against(t *testing.T, test func(*testing.T, server)) {
	t.Run("demo", func(t *testing.T) { test(t, demo(t)) })
	t.Run("dovecot", func(t *testing.T) { test(t, real(t)) })
}

func demo(t *testing.T) server {
	t.Helper()
	// Only Close ends it: the end of the test's context would race with that.
	s, err := demomail.Start(context.WithoutCancel(t.Context()), demomail.Config{
		IMAPAddr: "127.0.0.1:0", SMTPAddr: "127.0.0.1:0", Dir: t.TempDir(), Now: time.Now, Log: slog.New(slog.DiscardHandler),
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
	return server{
		at: endpoint(t, s.IMAPAddr()), roots: roots,
		who:     desk.Credentials{Method: desk.Password, User: account.Address, Password: account.Password},
		deliver: func(raw []byte) error { return s.Deliver(account.Address, raw) },
	}
}

func real(t *testing.T) server {
	t.Helper()
	s := dovecot.Start(t)
	roots, err := s.Roots()
	if err != nil {
		t.Fatal(err)
	}
	return server{
		at:      desk.Endpoint{Host: s.Host, Port: s.Port, Security: desk.TLS},
		upgrade: &desk.Endpoint{Host: s.Host, Port: s.StartTLSPort, Security: desk.StartTLS}, roots: roots,
		who:     desk.Credentials{Method: desk.Password, User: s.User, Password: s.Password},
		deliver: s.Deliver,
	}
}

func endpoint(t *testing.T, addr string) desk.Endpoint {
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

func (s server) dialer() dial.Dialer { return dial.Dialer{AllowPrivate: true, Roots: s.roots} }

func (s server) dial(t *testing.T) *imap.Conn {
	t.Helper()
	c, err := imap.Dial(t.Context(), s.dialer(), s.at, s.who)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// mail is an invented mail with an id of its own.
func mail(id string, size int) []byte {
	text := fmt.Sprintf("From: Mira <mira@buyer.example>\r\nTo: support@lumenhaus.example\r\nSubject: Wo ist meine Lampe?\r\n"+
		"Message-ID: <%s>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHallo,\r\n", id)
	line := strings.Repeat("Lampe ", 12) + "\r\n"
	return []byte(text + strings.Repeat(line, size/len(line)))
}

func wantCode(t *testing.T, err error, kind desk.Kind, code string) {
	t.Helper()
	if err == nil || desk.KindOf(err) != kind || desk.CodeOf(err) != code {
		t.Errorf("got %v (%s, %s), want kind %s, code %s", err, desk.KindOf(err), desk.CodeOf(err), kind, code)
	}
}

func TestSignIn(t *testing.T) {
	against(t, func(t *testing.T, s server) {
		t.Run("right password", func(t *testing.T) { s.dial(t) })
		t.Run("wrong password", func(t *testing.T) {
			wrong := s.who
			wrong.Password = "wrong"
			_, err := imap.Dial(t.Context(), s.dialer(), s.at, wrong)
			wantCode(t, err, desk.Permanent, "login_failed")
		})
		t.Run("certificate of a stranger", func(t *testing.T) {
			_, err := imap.Dial(t.Context(), dial.Dialer{AllowPrivate: true}, s.at, s.who)
			wantCode(t, err, desk.Permanent, "certificate_untrusted")
		})
		t.Run("private address", func(t *testing.T) {
			_, err := imap.Dial(t.Context(), dial.Dialer{Roots: s.roots}, s.at, s.who)
			wantCode(t, err, desk.Permanent, "host_refused")
		})
		t.Run("upgraded to TLS", func(t *testing.T) {
			if s.upgrade == nil {
				t.Skip("the server offers no STARTTLS")
			}
			s.at = *s.upgrade
			if _, err := s.dial(t).Open("INBOX"); err != nil {
				t.Error(err)
			}
			_, err := imap.Dial(t.Context(), dial.Dialer{AllowPrivate: true}, s.at, s.who)
			wantCode(t, err, desk.Permanent, "certificate_untrusted")
		})
	})
}

func TestFoldersTellTheirRoles(t *testing.T) {
	against(t, func(t *testing.T, s server) {
		folders, err := s.dial(t).Folders()
		if err != nil {
			t.Fatal(err)
		}
		for name, role := range map[string]string{"INBOX": "inbox", "Sent": "sent", "Drafts": "drafts", "Junk": "junk", "Trash": "trash", "售后存档": ""} {
			want := desk.Folder{Name: name, Role: role, Selectable: true}
			if !slices.Contains(folders, want) {
				t.Errorf("no %+v in %+v", want, folders)
			}
		}
	})
}

func TestReadingByCursor(t *testing.T) {
	against(t, func(t *testing.T, s server) {
		c := s.dial(t)
		before, err := c.Status("INBOX")
		if err != nil {
			t.Fatal(err)
		}
		last := before.UIDNext - 1
		mails := [][]byte{mail("one@buyer.example", 0), mail("two@buyer.example", 2<<20), mail("three@buyer.example", 500)}
		for _, raw := range mails {
			if err := s.deliver(raw); err != nil {
				t.Fatal(err)
			}
		}

		t.Run("status sees them without opening", func(t *testing.T) {
			now, err := c.Status("INBOX")
			if err != nil || now.UIDNext != last+4 || now.UIDValidity != before.UIDValidity || now.Messages != before.Messages+3 {
				t.Errorf("got %+v, %v after %+v", now, err, before)
			}
		})
		opened, err := c.Open("INBOX")
		if err != nil || opened.UIDNext != last+4 || opened.UIDValidity != before.UIDValidity {
			t.Fatalf("opened %+v, %v", opened, err)
		}
		t.Run("sizes after the cursor", func(t *testing.T) {
			_, sizes, err := c.Sizes("INBOX", last)
			if err != nil || len(sizes) != 3 {
				t.Fatalf("got %+v, %v, want three", sizes, err)
			}
			for i, m := range sizes {
				if m.UID != last+uint32(i)+1 || m.Size != int64(len(mails[i])) || time.Since(m.At) > time.Hour {
					t.Errorf("mail %d is %+v, want UID %d and %d bytes", i, m, last+uint32(i)+1, len(mails[i]))
				}
			}
		})
		t.Run("no sizes after the last", func(t *testing.T) {
			if _, sizes, err := c.Sizes("INBOX", last+3); err != nil || len(sizes) > 0 {
				t.Errorf("got %+v, %v", sizes, err)
			}
		})
		t.Run("fetched byte for byte", func(t *testing.T) {
			var got []desk.FetchedMail
			err := c.Fetch(t.Context(), last, last+2, 50<<20, func(m desk.FetchedMail) error { got = append(got, m); return nil })
			if err != nil || len(got) != 2 {
				t.Fatalf("got %d mails, %v", len(got), err)
			}
			for i, m := range got {
				if m.UID != last+uint32(i)+1 || m.Size != int64(len(mails[i])) || !bytes.Equal(m.Raw, mails[i]) || m.Deleted {
					t.Errorf("mail %d: UID %d, size %d, %d bytes", i, m.UID, m.Size, len(m.Raw))
				}
			}
		})
		t.Run("in pieces", func(t *testing.T) {
			whole := make([]byte, len(mails[1])+100)
			for at := 0; ; {
				n, err := c.Piece(t.Context(), last+2, int64(at), whole[at:min(at+300_000, len(whole))])
				if err != nil {
					t.Fatal(err)
				}
				if at += n; n < 300_000 {
					whole = whole[:at]
					break
				}
			}
			if !bytes.Equal(whole, mails[1]) {
				t.Errorf("%d bytes, want %d", len(whole), len(mails[1]))
			}
			_, err := c.Piece(t.Context(), last+1000, 0, make([]byte, 10))
			wantCode(t, err, desk.NotFound, "mail_gone")
		})
		t.Run("cut at the limit", func(t *testing.T) {
			err := c.Fetch(t.Context(), last+1, last+2, 1000, func(m desk.FetchedMail) error {
				if m.Size != int64(len(mails[1])) || !bytes.Equal(m.Raw, mails[1][:1000]) {
					t.Errorf("size %d, %d bytes", m.Size, len(m.Raw))
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		t.Run("reading marks nothing as read", func(t *testing.T) {
			if now, err := s.dial(t).Status("INBOX"); err != nil || now.UIDNext != last+4 {
				t.Errorf("got %+v, %v", now, err)
			}
		})
		t.Run("folder that is not there", func(t *testing.T) {
			_, err := c.Open("Nowhere")
			wantCode(t, err, desk.Permanent, "folder_missing")
			_, err = c.Status("Nowhere")
			wantCode(t, err, desk.Permanent, "folder_missing")
		})
	})
}

// A caller that gives up in the middle of an answer must get away, though the
// client still holds mails that nobody takes.
func TestGivingUpInTheMiddle(t *testing.T) {
	against(t, func(t *testing.T, s server) {
		for i := range 5 {
			if err := s.deliver(mail(fmt.Sprintf("m%d@buyer.example", i), 100<<10)); err != nil {
				t.Fatal(err)
			}
		}
		t.Run("the caller fails", func(t *testing.T) {
			c := s.dial(t)
			if _, err := c.Open("INBOX"); err != nil {
				t.Fatal(err)
			}
			stop := errors.New("bucket is away")
			seen := 0
			err := c.Fetch(t.Context(), 0, 1<<31, 50<<20, func(desk.FetchedMail) error { seen++; return stop })
			if !errors.Is(err, stop) || seen != 1 {
				t.Errorf("got %v after %d mails", err, seen)
			}
			closes(t, c)
		})
		t.Run("the context ends", func(t *testing.T) {
			c := s.dial(t)
			if _, err := c.Open("INBOX"); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			err := c.Fetch(ctx, 0, 1<<31, 50<<20, func(desk.FetchedMail) error { cancel(); return nil })
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			closes(t, c)
		})
		t.Run("the context of the connection ends", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			c, err := imap.Dial(ctx, s.dialer(), s.at, s.who)
			if err != nil {
				t.Fatal(err)
			}
			cancel()
			for err == nil { // the line is closed in the background
				_, err = c.Status("INBOX")
			}
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			closes(t, c)
		})
	})
}

func closes(t *testing.T, c *imap.Conn) {
	t.Helper()
	closed := make(chan struct{})
	go func() { _ = c.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Fatal("Close hangs")
	}
}

func TestCopyInSent(t *testing.T) {
	against(t, func(t *testing.T, s server) {
		c := s.dial(t)
		at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
		find := func(id string) bool {
			t.Helper()
			found, err := c.Find(t.Context(), "Sent", id)
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		if find("reply.1@lumenhaus.example") {
			t.Error("found before it is there")
		}
		for _, size := range []int{100, 3 << 20} { // with and without waiting for the server's go-ahead
			id := fmt.Sprintf("reply.%d@lumenhaus.example", size)
			if err := c.Append("Sent", int64(len(mail(id, size))), writes(mail(id, size)), at); err != nil {
				t.Fatal(err)
			}
			if !find(id) {
				t.Errorf("%d bytes were appended and are not found", size)
			}
		}
		if find("reply@lumenhaus.example") {
			t.Error("found by a part of its id")
		}
		if _, err := c.Open("Sent"); err != nil {
			t.Fatal(err)
		}
		_, sizes, err := c.Sizes("Sent", 0)
		if err != nil || len(sizes) < 2 || !sizes[len(sizes)-1].At.Equal(at) {
			t.Errorf("got %+v, %v, want the time of sending", sizes, err)
		}
	})
}

// The answer to a refused APPEND comes before or after the mail, by its size.
func writes(raw []byte) func(io.Writer) error {
	return func(w io.Writer) error { _, err := w.Write(raw); return err }
}

func TestAMailThatCannotBeReadIsNotAppended(t *testing.T) {
	against(t, func(t *testing.T, s server) {
		c := s.dial(t)
		broken := errors.New("the bucket does not answer")
		half := func(w io.Writer) error {
			if _, err := w.Write(mail("half@lumenhaus.example", 2000)[:1000]); err != nil {
				return err
			}
			return broken
		}
		if err := c.Append("Sent", 2000, half, time.Now()); !errors.Is(err, broken) {
			t.Errorf("error %v", err)
		}
		again := s.dial(t)
		if found, err := again.Find(t.Context(), "Sent", "half@lumenhaus.example"); err != nil || found {
			t.Errorf("half a mail is in the folder: %v %v", found, err)
		}
		closes(t, again)
	})
}

func TestAppendToAMissingFolder(t *testing.T) {
	against(t, func(t *testing.T, s server) {
		for _, size := range []int{100, 1 << 20} {
			c := s.dial(t)
			wantCode(t, c.Append("Nowhere", int64(len(mail("x@lumenhaus.example", size))), writes(mail("x@lumenhaus.example", size)), time.Now()), desk.Permanent, "append_failed")
			_, _ = c.Status("INBOX") // fails or not, but comes back
			closes(t, c)
		}
	})
}
