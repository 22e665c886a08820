package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/dovecot"
)

// hugeMail is about the largest that is taken in whole.
const hugeMail = 49 << 20

// memory measures what the fetch function's process takes beyond its usual while
// it reads one mail of 50 MB: the built product on a real Dovecot, peak resident
// memory as Linux counts it.
func memory(ctx context.Context, r *report) error {
	server, err := dovecot.Run()
	if err != nil {
		return err
	}
	defer func() { _ = server.Close() }()
	if _, _, err := deliver(server, 20); err != nil {
		return err
	}
	p, err := startProduct(ctx, server)
	if err != nil {
		return err
	}
	defer p.stop()
	if err := p.bind(ctx, server); err != nil {
		return err
	}
	before, err := p.settled(ctx, 1)
	if err != nil {
		return err
	}
	usual, err := p.peak("FetchFunction")
	if err != nil {
		return err
	}
	line := strings.Repeat("The lamp is broken, see below. ", 2) + "\r\n"
	raw := "From: Ana <ana@huge.example>\r\nTo: " + server.User + "\r\nSubject: Huge\r\nMessage-ID: <huge@huge.example>\r\n\r\n" + strings.Repeat(line, hugeMail/len(line))
	if err := server.Deliver([]byte(raw)); err != nil {
		return err
	}
	if _, err := p.settled(ctx, before+1); err != nil {
		return err
	}
	most, err := p.peak("FetchFunction")
	if err != nil {
		return err
	}
	r.add(figure{Name: "memory of fetch, as usual", Value: usual, Unit: "MB", Note: "peak resident"})
	r.add(figure{Name: "memory of fetch for a mail of 50 MB, over the usual", Value: most - usual, Unit: "MB", Goal: "≤ 64"})
	return nil
}

// product is the built product, run for one measurement.
type product struct {
	process *exec.Cmd
	dir     string
	api     string
	smtp    string
	token   string
}

func startProduct(ctx context.Context, server *dovecot.Server) (*product, error) {
	dir, err := os.MkdirTemp(inMemory(), "quilldesk-bench-")
	if err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	environment := append(os.Environ(), "QUILLDESK_ADDR="+l.Addr().String(), "QUILLDESK_DATA="+dir, "SSL_CERT_FILE="+server.CAFile)
	if err := l.Close(); err != nil {
		return nil, err
	}
	p := &product{process: exec.CommandContext(ctx, "bin/quilldesk"), dir: dir}
	p.process.Env = environment
	out, err := p.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.process.Start(); err != nil {
		return nil, fmt.Errorf("starting the product (make build makes it): %w", err)
	}
	said := bufio.NewReader(out)
	if first, err := said.ReadString('\n'); err != nil || !strings.Contains(first, "ready") {
		p.stop()
		return nil, fmt.Errorf("the product is not ready: %q %w", first, err)
	}
	go func() { _, _ = io.Copy(io.Discard, said) }()
	ask := exec.CommandContext(ctx, "bin/quilldesk", "services")
	ask.Env = environment
	text, err := ask.Output()
	var services struct {
		Endpoints struct{ API, SMTP string }
		People    []struct{ Token string }
	}
	if err = errors.Join(err, json.Unmarshal(text, &services)); err != nil {
		p.stop()
		return nil, err
	}
	p.api, p.smtp, p.token = services.Endpoints.API+"/api", services.Endpoints.SMTP, services.People[0].Token
	return p, nil
}

func (p *product) stop() {
	_ = p.process.Process.Signal(os.Interrupt)
	_ = p.process.Wait()
	_ = os.RemoveAll(p.dir)
}

func (p *product) call(ctx context.Context, method, path string, in, out any) error {
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, p.api+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode >= 300 {
		said, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("%s %s: %d %s", method, path, resp.StatusCode, said)
	}
	return json.NewDecoder(resp.Body).Decode(out)
}

const benchAddress = "bench@lumenhaus.example"

func (p *product) bind(ctx context.Context, server *dovecot.Server) error {
	host, port, err := net.SplitHostPort(p.smtp)
	if err != nil {
		return err
	}
	smtpPort, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	at := func(host string, port int) map[string]any {
		return map[string]any{"host": host, "port": port, "security": "tls"}
	}
	var box struct{ ID string }
	return p.call(ctx, http.MethodPost, "/mailboxes", map[string]any{
		"address": benchAddress, "user": server.User, "password": server.Password, "importDays": 365,
		"imap": at(server.Host, server.Port), "smtp": at(host, smtpPort),
	}, &box)
}

// settled waits until the mailbox is read and holds at least so many
// conversations, and returns how many.
func (p *product) settled(ctx context.Context, least int) (int, error) {
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); time.Sleep(time.Second) {
		var boxes []struct {
			Address, State string
			Counts         struct{ All int }
		}
		if err := p.call(ctx, http.MethodGet, "/mailboxes", nil, &boxes); err != nil {
			return 0, err
		}
		for _, b := range boxes {
			if b.Address == benchAddress && b.State == "ok" && b.Counts.All >= least {
				return b.Counts.All, nil
			}
		}
	}
	return 0, errors.New("the mailbox was not read within three minutes")
}

// peak is the most resident memory that any process of a function has had, in MB.
func (p *product) peak(function string) (most float64, err error) {
	statuses, err := filepath.Glob("/proc/[0-9]*/status")
	if err != nil {
		return 0, err
	}
	parent := strconv.Itoa(p.process.Process.Pid)
	for _, name := range statuses {
		program, err := os.Readlink(filepath.Join(filepath.Dir(name), "exe"))
		if err != nil || !strings.HasSuffix(program, function+"/bootstrap") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			continue // ended meanwhile
		}
		fields := map[string]string{}
		for line := range strings.Lines(string(text)) {
			key, value, _ := strings.Cut(line, ":")
			fields[key] = strings.TrimSpace(value)
		}
		kilobytes, _, _ := strings.Cut(fields["VmHWM"], " ")
		if n, err := strconv.ParseFloat(kilobytes, 64); err == nil && fields["PPid"] == parent {
			most = max(most, n/1000)
		}
	}
	if most == 0 {
		return 0, fmt.Errorf("no process of %s is running", function)
	}
	return most, nil
}
