// Package e2e drives the built product from outside, as its API's users do.
package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/dovecot"
)

// product is a running Quilldesk with an own data folder.
type product struct {
	t     *testing.T
	api   string
	token string
	smtp  string
	at    map[string]string // what `services` prints of endpoints
}

type services struct {
	Endpoints map[string]string
	People    []struct{ Role, Token string }
}

const root = "../../.."

// start runs the built product until the test ends.
func start(t *testing.T, env ...string) *product {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root, "bin/quilldesk")); err != nil {
		t.Skip("bin/quilldesk is missing: run make build first")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	environment := append(append(os.Environ(), "QUILLDESK_ADDR="+addr, "QUILLDESK_DATA="+t.TempDir()), env...)
	cmd := exec.Command("bin/quilldesk")
	cmd.Dir, cmd.Env, cmd.Stderr = root, environment, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the product ended with %v", err)
		}
	})
	line := make([]byte, 200)
	if n, err := out.Read(line); err != nil || !strings.Contains(string(line[:n]), "ready") {
		t.Fatalf("not ready: %s %v", line[:n], err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	ask := exec.Command("bin/quilldesk", "services")
	ask.Dir, ask.Env = root, environment
	text, err := ask.Output()
	if err != nil {
		t.Fatal(err)
	}
	var s services
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return &product{t: t, api: s.Endpoints["api"] + "/api", smtp: s.Endpoints["smtp"], at: s.Endpoints, token: s.People[0].Token}
}

// call sends one request and decodes the answer into out.
func (p *product) call(method, path string, in, out any) int {
	p.t.Helper()
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			p.t.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.api+path, body)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			p.t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, text)
		}
	}
	return resp.StatusCode
}

// eventually asks until done says yes.
func (p *product) eventually(what string, done func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; {
		if done() {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("not within a minute: %s", what)
		}
		<-time.After(200 * time.Millisecond) // real processes: nothing to wait on but time
	}
}

func endpoint(t *testing.T, addr string) map[string]any {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"host": host, "port": n, "security": "tls"}
}

// strangers are mails that nobody here wrote: the test data of a public mail
// library, as it comes with the module.
func strangers(t *testing.T) map[string][]byte {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/jhillyerd/enmime/v2").Output()
	if err != nil {
		t.Fatal(err)
	}
	mails := map[string][]byte{}
	for _, folder := range []string{"mail", "low-quality"} {
		files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "testdata", folder, "*.raw"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			mails[filepath.Base(f)] = raw
		}
	}
	if len(mails) < 40 {
		t.Fatalf("only %d mails of strangers found", len(mails))
	}
	return mails
}

type page struct {
	Items []struct{ ID, Subject, Mailbox string }
	Next  string
}

// TestRealMailboxOfStrangers binds a real Dovecot whose mail nobody here wrote
// and finds every mail in the inbox, readable, each once.
func TestRealMailboxOfStrangers(t *testing.T) {
	server := dovecot.Start(t)
	mails := strangers(t)
	for name, raw := range mails {
		if err := server.Deliver(raw); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	p := start(t, "SSL_CERT_FILE="+server.CAFile)

	binding := map[string]any{
		"address": "dovecot@lumenhaus.example", "user": server.User, "password": "wrong", "importDays": 365,
		"imap": endpoint(t, net.JoinHostPort(server.Host, fmt.Sprint(server.Port))), "smtp": endpoint(t, p.smtp),
	}
	var problem struct {
		Code string
		Test struct {
			Steps []struct {
				Step string
				OK   bool
				Code string
			}
		}
	}
	if status := p.call("POST", "/mailboxes", binding, &problem); status != http.StatusUnprocessableEntity || problem.Code != "mailbox_test_failed" {
		t.Fatalf("a wrong password: %d %+v", status, problem)
	}
	if last := problem.Test.Steps[len(problem.Test.Steps)-1]; last.Step != "login" || last.Code != "login_failed" {
		t.Errorf("a wrong password failed at %+v", last)
	}
	binding["password"] = server.Password
	var box struct{ ID string }
	if status := p.call("POST", "/mailboxes", binding, &box); status != http.StatusCreated {
		t.Fatalf("binding: %d", status)
	}

	var boxes []struct {
		ID, State, Code string
		Counts          struct{ All int }
	}
	p.eventually("the mailbox is read", func() bool {
		p.call("GET", "/mailboxes", nil, &boxes)
		for _, b := range boxes {
			if b.ID == box.ID {
				return b.State == "ok" && b.Counts.All > 0
			}
		}
		return false
	})
	messages, conversations := 0, 0
	for cursor := ""; ; {
		var got page
		p.call("GET", "/conversations?tab=all&limit=100&mailbox="+box.ID+"&cursor="+cursor, nil, &got)
		for _, item := range got.Items {
			conversations++
			var detail struct {
				Messages []struct{ ID, Text string }
			}
			if status := p.call("GET", "/conversations/"+item.ID, nil, &detail); status != http.StatusOK {
				t.Errorf("%s: %d", item.Subject, status)
			}
			messages += len(detail.Messages)
			for _, m := range detail.Messages {
				if status := p.call("GET", "/conversations/"+item.ID+"/messages/"+m.ID+"/html", nil, nil); status != http.StatusOK {
					t.Errorf("the original of %q: %d", item.Subject, status)
				}
			}
		}
		if cursor = got.Next; cursor == "" {
			break
		}
	}
	different := distinct(mails)
	t.Logf("%d mails, %d of them different, became %d messages in %d conversations", len(mails), different, messages, conversations)
	if messages != different {
		t.Errorf("%d messages of %d different mails", messages, different)
	}

	if status := p.call("DELETE", "/mailboxes/"+box.ID+"?confirm=dovecot@lumenhaus.example", nil, nil); status != http.StatusAccepted {
		t.Fatalf("unbinding: %d", status)
	}
	p.eventually("the mailbox is gone with everything that came through it", func() bool {
		p.call("GET", "/mailboxes", nil, &boxes)
		for _, b := range boxes {
			if b.ID == box.ID {
				return false
			}
		}
		var left page
		p.call("GET", "/conversations?tab=all&mailbox="+box.ID, nil, &left)
		return len(left.Items) == 0
	})
}

// distinct counts mails that differ in more than what servers add.
func distinct(mails map[string][]byte) int {
	seen := map[string]bool{}
	for _, raw := range mails {
		seen[string(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")))] = true
	}
	return len(seen)
}
