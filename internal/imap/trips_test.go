package imap_test

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/imap"
)

// wire counts what passes between a client and a server: bytes, and how often the
// client speaks again after the server has: a round trip each, whatever the line.
type wire struct {
	mu      sync.Mutex
	flights int
	bytes   int
	client  bool // spoke last
}

func (w *wire) passed(fromClient bool, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if fromClient && !w.client {
		w.flights++
	}
	w.client, w.bytes = fromClient, w.bytes+n
}

// trips are the round trips so far, the TCP handshake among them.
func (w *wire) trips() (trips, bytes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return 1 + w.flights, w.bytes
}

// between puts a counting proxy in front of a server.
func between(t *testing.T, server desk.Endpoint) (desk.Endpoint, *wire) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{}
	serve(t, l, func(client net.Conn) {
		behind, err := net.Dial("tcp", net.JoinHostPort(server.Host, strconv.Itoa(server.Port)))
		if err != nil {
			return
		}
		defer func() { _ = behind.Close() }()
		go func() { w.carry(behind, client, true); _ = behind.Close() }()
		w.carry(client, behind, false)
	})
	at := endpoint(t, l.Addr().String())
	return at, w
}

func (w *wire) carry(to io.Writer, from io.Reader, fromClient bool) {
	piece := make([]byte, 64<<10)
	for {
		n, err := from.Read(piece)
		if n > 0 {
			w.passed(fromClient, n)
			if _, err := to.Write(piece[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// maxTrips is the goal of 4.3 round trips: TCP, TLS 1.3, the greeting, and
// everything else in one flight.
const maxTrips = 4

// maxIdleBytes is what two folders take, certificates included; one folder takes
// the 2.6 KB of the goal.
const maxIdleBytes = 2750

// polls is how often a poll is made: a busy machine can cut a flight in two, so the
// one with the fewest round trips counts.
const polls = 5

func idle(t *testing.T, s server, folders ...string) {
	t.Helper()
	at, w := between(t, s.at)
	c, err := imap.Dial(t.Context(), s.dialer(), at, s.who, folders...)
	if err != nil {
		t.Fatal(err)
	}
	for range polls {
		if trips, _ := w.trips(); trips <= maxTrips {
			break
		}
		closes(t, c)
		at, w = between(t, s.at)
		if c, err = imap.Dial(t.Context(), s.dialer(), at, s.who, folders...); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range folders {
		if status, err := c.Status(folder); err != nil || status.UIDValidity == 0 {
			t.Errorf("%s: %+v, %v", folder, status, err)
		}
	}
	trips, bytes := w.trips()
	t.Logf("an idle poll: %d round trips, %d bytes", trips, bytes)
	if trips > maxTrips || bytes > maxIdleBytes {
		t.Errorf("%d round trips, %d bytes", trips, bytes)
	}
	if _, sizes, err := c.Sizes("INBOX", 0); err != nil {
		t.Errorf("%v, %v", sizes, err)
	}
	if now, _ := w.trips(); now-trips > 1 {
		t.Errorf("opening and listing took %d round trips", now-trips)
	}
	closes(t, c)
}

func TestAnIdlePollTakesFourRoundTripsHoweverLargeTheMailbox(t *testing.T) {
	against(t, func(t *testing.T, s server) {
		t.Run("as it is", func(t *testing.T) { idle(t, s, "INBOX", "Sent") })
		for i := range 300 {
			if err := s.deliver(mail(fmt.Sprintf("trip%d@buyer.example", i), 100)); err != nil {
				t.Fatal(err)
			}
		}
		t.Run("with 300 mails more", func(t *testing.T) { idle(t, s, "INBOX", "Sent") })
	})
}

// go-imap asks for capabilities where a greeting or a login tells none: that must
// not take a flight of its own.
func TestAnIdlePollOfAServerThatTellsNoCapabilities(t *testing.T) {
	for name, greeting := range map[string]string{"in its greeting": "* OK ready", "after the login": "", "Coremail": "* OK Coremail System IMap Server Ready"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, dialer := play(t, (&host{greeting: greeting, needsID: name == "Coremail"}).serve)
			idle(t, server{at: at, roots: dialer.Roots, who: anybody}, "INBOX")
		})
	}
}
