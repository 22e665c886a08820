package cloud

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// ports remembers which port each service has, because addresses outlive a
// restart: bound mailboxes carry the demo mail server's.
type ports struct {
	path string
	byID map[string]int
}

func openPorts(dir string) (*ports, error) {
	p := &ports{path: filepath.Join(dir, "ports.json"), byID: map[string]int{}}
	text, err := os.ReadFile(p.path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the ports: %w", err)
	}
	if err := json.Unmarshal(text, &p.byID); err != nil {
		return nil, fmt.Errorf("reading %s: %w", p.path, err)
	}
	return p, nil
}

// Ports are chosen below the range from which systems take those of outgoing
// connections (32768 on Linux), which could be in use at the next start.
const lowestPort, highestPort, portTries = 20000, 32000, 50

// choose settles the port of a service that opens it later, and makes sure now
// that it can.
func (p *ports) choose(id string) error {
	l, err := p.listen(id)
	if err != nil {
		return err
	}
	return l.Close()
}

// listen opens the port of a service, choosing one at the first start.
func (p *ports) listen(id string) (net.Listener, error) {
	if port := p.byID[id]; port != 0 {
		l, err := net.Listen("tcp", address(port))
		if err != nil {
			return nil, fmt.Errorf("port %d, which %s has in this data folder, cannot be opened (%w); "+
				"end the program that holds it, or delete %s to choose new ports", port, id, err, p.path)
		}
		return l, nil
	}
	for range portTries {
		port := lowestPort + rand.IntN(highestPort-lowestPort)
		if slices.Contains(slices.Collect(maps.Values(p.byID)), port) {
			continue
		}
		if l, err := net.Listen("tcp", address(port)); err == nil {
			p.byID[id] = port
			return l, nil
		}
	}
	return nil, fmt.Errorf("no free port for %s between %d and %d", id, lowestPort, highestPort)
}

func (p *ports) address(id string) string { return address(p.byID[id]) }

func (p *ports) url(id string) string { return "http://" + address(p.byID[id]) }

func (p *ports) save() error { return writeJSON(p.path, p.byID) }

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// listenFront opens the address people use.
func listenFront(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("QUILLDESK_ADDR %q is not host:port", addr)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("QUILLDESK_ADDR %q is not on this machine; demo people sign in without a password, so use 127.0.0.1", addr)
	}
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is already in use; end the program that holds it, or set QUILLDESK_ADDR to another address such as 127.0.0.1:8421", addr)
	}
	if err != nil {
		return nil, fmt.Errorf("opening QUILLDESK_ADDR %s: %w", addr, err)
	}
	return l, nil
}

// writeJSON replaces a file in one step, readable by its owner only.
func writeJSON(path string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
