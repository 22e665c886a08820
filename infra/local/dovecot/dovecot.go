// Package dovecot runs a real Dovecot of one's own, to hold our IMAP client to a
// server that nobody here wrote: unprivileged, on free ports of the loopback
// interface, with a throw-away certificate and one account. It takes the Dovecot
// 2.3 of Debian 12 (package dovecot-imapd).
package dovecot

import (
	"bytes"
	"crypto/x509"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"text/template"
	"time"
)

// Variable asks for the tests that need Dovecot; any value but "" will do.
const Variable = "QUILLDESK_DOVECOT"

// Server is a running Dovecot.
type Server struct {
	Host         string // 127.0.0.1
	Port         int    // TLS from the first byte
	StartTLSPort int    // STARTTLS
	CAFile       string // what to trust, PEM
	User         string
	Password     string
	// Maildir is the INBOX as a maildir: a file moved into Maildir/new is a new
	// mail. Folder X is the maildir ".X" in it, its name in modified UTF-7.
	Maildir string

	dir     string
	process *exec.Cmd
	ended   chan struct{}
}

// Start runs a Dovecot until the test ends. It skips the test when Variable is
// not set, and fails it when Dovecot cannot run.
func Start(t testing.TB) *Server {
	t.Helper()
	if os.Getenv(Variable) == "" {
		t.Skipf("%s is not set: no real Dovecot to compare with", Variable)
	}
	s, err := Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Dovecot said:\n%s", s.log())
		}
		if err := s.Close(); err != nil {
			t.Errorf("stopping Dovecot: %v", err)
		}
	})
	return s
}

// Run starts a Dovecot and returns when it answers, within ten seconds.
func Run() (*Server, error) {
	s := &Server{Host: "127.0.0.1", User: "support@lumenhaus.example", Password: "lumenhaus-demo", ended: make(chan struct{})}
	owner, err := account()
	if err != nil {
		return nil, fmt.Errorf("starting Dovecot: %w", err)
	}
	// Not below a test's own folder: the paths of sockets must stay under 108 bytes.
	if s.dir, err = os.MkdirTemp("", "dovecot"); err != nil {
		return nil, fmt.Errorf("starting Dovecot: %w", err)
	}
	s.CAFile, s.Maildir = filepath.Join(s.dir, "ca.pem"), filepath.Join(s.dir, "mail")
	if err := errors.Join(s.prepare(owner), s.start(owner)); err != nil {
		return nil, errors.Join(fmt.Errorf("starting Dovecot: %w", err), os.RemoveAll(s.dir))
	}
	if err := s.await(10 * time.Second); err != nil {
		return nil, errors.Join(fmt.Errorf("starting Dovecot: %w: %s", err, s.log()), s.Close())
	}
	return s, nil
}

// Close ends Dovecot and deletes its mail.
func (s *Server) Close() error {
	err := s.process.Process.Signal(syscall.SIGTERM) // the master takes its children along
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	<-s.ended
	return errors.Join(err, os.RemoveAll(s.dir))
}

// Roots is the pool with the server's authority.
func (s *Server) Roots() (*x509.CertPool, error) {
	text, err := os.ReadFile(s.CAFile)
	if err != nil {
		return nil, fmt.Errorf("reading Dovecot's certificate: %w", err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return pool, nil
}

// Deliver puts a mail into INBOX as a delivery agent would.
func (s *Server) Deliver(raw []byte) error {
	temp, err := os.CreateTemp(s.dir, "mail")
	if err != nil {
		return fmt.Errorf("delivering: %w", err)
	}
	_, err = temp.Write(raw)
	err = errors.Join(err, temp.Chmod(0o666), temp.Close())
	if err == nil {
		name := fmt.Sprintf("%d.%s.localhost", time.Now().UnixNano(), filepath.Base(temp.Name()))
		err = os.Rename(temp.Name(), filepath.Join(s.Maildir, "new", name))
	}
	if err != nil {
		return fmt.Errorf("delivering: %w", err)
	}
	return nil
}

// account is who Dovecot runs as: whoever started it, but never root, whose mail
// Dovecot would refuse to touch.
func account() (*user.User, error) {
	if os.Geteuid() != 0 {
		return user.Current()
	}
	return user.Lookup("dovecot")
}

//go:embed dovecot.conf
var configuration string

var config = template.Must(template.New("dovecot.conf").Parse(configuration))

// prepare writes everything Dovecot reads and hands it over to the owner.
func (s *Server) prepare(owner *user.User) error {
	var err error
	if s.Port, err = freePort(); err != nil {
		return err
	}
	if s.StartTLSPort, err = freePort(); err != nil {
		return err
	}
	group, err := user.LookupGroupId(owner.Gid)
	if err != nil {
		return err
	}
	if err := writeCertificate(s.dir, s.Host); err != nil {
		return err
	}
	var text bytes.Buffer
	err = config.Execute(&text, map[string]any{"Server": s, "Dir": s.dir, "Owner": owner, "Group": group.Name})
	if err != nil {
		return err
	}
	users := fmt.Sprintf("%s:{PLAIN}%s\n", s.User, s.Password)
	if err := errors.Join(s.write("dovecot.conf", text.Bytes()), s.write("users", []byte(users))); err != nil {
		return err
	}
	for _, folder := range []string{"new", "cur", "tmp"} {
		if err := os.MkdirAll(filepath.Join(s.Maildir, folder), 0o700); err != nil {
			return err
		}
	}
	return handOver(s.dir, owner)
}

func (s *Server) write(name string, text []byte) error {
	return os.WriteFile(filepath.Join(s.dir, name), text, 0o600)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

func handOver(dir string, owner *user.User) error {
	uid, gid, err := ids(owner)
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	return filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, uid, gid))
	})
}

func ids(owner *user.User) (uid, gid int, err error) {
	uid, err = strconv.Atoi(owner.Uid)
	if err != nil {
		return 0, 0, err
	}
	gid, err = strconv.Atoi(owner.Gid)
	return uid, gid, err
}

func (s *Server) start(owner *user.User) error {
	s.process = exec.Command("/usr/sbin/dovecot", "-F", "-c", filepath.Join(s.dir, "dovecot.conf"))
	s.process.Dir = s.dir
	if os.Geteuid() == 0 {
		uid, gid, err := ids(owner)
		if err != nil {
			return err
		}
		s.process.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	var said bytes.Buffer
	s.process.Stderr = &said
	if err := s.process.Start(); err != nil {
		return err
	}
	go func() {
		_ = s.process.Wait() // how it ended is in its log
		close(s.ended)
	}()
	return nil
}

// await returns when both ports take connections.
func (s *Server) await(limit time.Duration) error {
	deadline := time.Now().Add(limit)
	for _, port := range []int{s.Port, s.StartTLSPort} {
		for {
			line, err := net.DialTimeout("tcp", net.JoinHostPort(s.Host, strconv.Itoa(port)), time.Second)
			if err == nil {
				_ = line.Close()
				break
			}
			select {
			case <-s.ended:
				return errors.New("it ended at once")
			case <-time.After(20 * time.Millisecond):
			}
			if time.Now().After(deadline) {
				return err
			}
		}
	}
	return nil
}

func (s *Server) log() []byte {
	text, err := os.ReadFile(filepath.Join(s.dir, "dovecot.log"))
	if err != nil {
		return []byte(err.Error())
	}
	return text
}
