package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/quilldesk/quilldesk/infra/local/dovecot"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dial"
	"github.com/quilldesk/quilldesk/internal/imap"
)

// account is a mailbox and where it is reached, which may be by way of a proxy.
type account struct {
	*dovecot.Server
	port   int
	dialer dial.Dialer
}

func newAccount(server *dovecot.Server) (account, error) {
	roots, err := server.Roots()
	return account{server, server.Port, dial.Dialer{AllowPrivate: true, Roots: roots}}, err
}

// dial signs in as the product does.
func (a account) dial(ctx context.Context) (*imap.Conn, error) {
	return imap.Dial(ctx, a.dialer, a.endpoint(), a.credentials())
}

func (a account) endpoint() desk.Endpoint {
	return desk.Endpoint{Host: a.Host, Port: a.port, Security: desk.TLS}
}

func (a account) credentials() desk.Credentials {
	return desk.Credentials{Method: desk.Password, User: a.User, Password: a.Password, Secret: []byte("secret")}
}

// imapflow reads the account with Node's imapflow and returns how many mails it saw.
func (a account) imapflow(ctx context.Context, what string) (int, error) {
	from, err := filepath.Abs("web/package.json")
	if err != nil {
		return 0, err
	}
	out, err := exec.CommandContext(ctx, "node", "infra/local/bench/imapflow.mjs", what, a.Host, strconv.Itoa(a.port), a.User, a.Password, from).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("imapflow: %w: %s", err, bytes.TrimSpace(out))
	}
	return strconv.Atoi(strings.TrimSpace(string(out)))
}

// errNoMbsync is said once per part of the benchmark.
var errNoMbsync = errors.New("mbsync is not there (Debian package isync): left out")

// mbsync brings a maildir in dir up to date with the account's INBOX.
func (a account) mbsync(ctx context.Context, dir string) error {
	program, err := exec.LookPath("mbsync")
	if err != nil {
		return errNoMbsync
	}
	config := filepath.Join(dir, "mbsyncrc")
	text := fmt.Sprintf(`IMAPAccount bench
Host %s
Port %d
User %s
Pass %s
SSLType IMAPS
CertificateFile %s

IMAPStore far
Account bench

MaildirStore near
Path %s/
Inbox %s/INBOX

Channel bench
Far :far:
Near :near:
Patterns INBOX
Sync Pull
Create Near
SyncState *
`, "localhost", a.port, a.User, a.Password, a.CAFile, dir, dir)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, program, "-q", "-c", config, "bench").CombinedOutput(); err != nil {
		return fmt.Errorf("mbsync: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}
