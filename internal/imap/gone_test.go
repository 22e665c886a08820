package imap_test

import (
	"net"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/imap"
)

// The server may hang up between two commands. What is held back then goes
// nowhere, and its answer must not be waited for.
func TestTheLineIsGoneBeforeTheNextCommand(t *testing.T) {
	at, dialer := play(t, answering(map[string]func(net.Conn, string) bool{
		"STATUS": func(net.Conn, string) bool { return false },
	}))
	c, err := imap.Dial(t.Context(), dialer, at, anybody)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = c.Status("INBOX") // the server hangs up at it
	}
	done := make(chan error, 1)
	go func() { _, _, err := c.Sizes("INBOX", 0); done <- err }()
	select {
	case err := <-done:
		wantCode(t, err, desk.Unavailable, "connection_lost")
	case <-time.After(10 * time.Second):
		t.Fatal("it waits for an answer that nobody will give")
	}
	closes(t, c)
}
