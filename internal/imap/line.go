package imap

import (
	"bytes"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/emersion/go-imap/v2"
)

// line is the connection below the client. It holds back what is written while
// it does not flow, so that commands go out together, and remembers the server's
// first and last words, which go-imap v2 beta 8 keeps to itself.
type line struct {
	net.Conn
	upgrades bool // STARTTLS: the bytes are not the protocol's, nothing is held back

	writing sync.Mutex // guards what follows
	flowing bool
	held    []byte

	reading sync.Mutex // guards what follows
	first   []byte
	last    []byte
	ended   error
}

const (
	maxGreeting  = 2 << 10 // bytes kept of the first words
	maxLastWords = 512     // and of the last
)

// flow lets writes through, or holds them back from now on.
func (l *line) flow(on bool) {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.flowing = on
	if on {
		l.send()
	}
}

// flush sends what was held back, in one write.
func (l *line) flush() {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.send()
}

func (l *line) send() {
	if len(l.held) > 0 {
		_, _ = l.Conn.Write(l.held) // an error shows when the answer is read
		l.held = nil
	}
}

// Write fails once the line has ended, also while writes are held back: by an
// error only does go-imap notice that a command will have no answer.
func (l *line) Write(b []byte) (int, error) {
	if err := l.over(); err != nil {
		return 0, err
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	if l.flowing || l.upgrades {
		return l.Conn.Write(b)
	}
	l.held = append(l.held, b...)
	return len(b), nil
}

func (l *line) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	l.reading.Lock()
	defer l.reading.Unlock()
	if len(l.first) < maxGreeting && !bytes.Contains(l.first, []byte("\n")) {
		l.first = append(l.first, b[:min(n, maxGreeting)]...)
	}
	if n >= maxLastWords {
		l.last = l.last[:0]
	}
	l.last = append(l.last, b[max(0, n-maxLastWords):n]...)
	l.last = slices.Delete(l.last, 0, max(0, len(l.last)-maxLastWords))
	if err != nil && l.ended == nil {
		l.ended = err
	}
	return n, err
}

// Close ends the line from here.
func (l *line) Close() error {
	l.reading.Lock()
	if l.ended == nil {
		l.ended = net.ErrClosed
	}
	l.reading.Unlock()
	return l.Conn.Close()
}

// over is why the line has ended, nil while it has not.
func (l *line) over() error {
	l.reading.Lock()
	defer l.reading.Unlock()
	return l.ended
}

// greeting is the server's first line.
func (l *line) greeting() string {
	l.reading.Lock()
	defer l.reading.Unlock()
	first, _, _ := strings.Cut(string(l.first), "\n")
	return strings.TrimSpace(first)
}

// bye is what the server said when it hung up: a limit, a shutdown.
func (l *line) bye() (words string, ok bool) {
	l.reading.Lock()
	defer l.reading.Unlock()
	text := strings.TrimRight(string(l.last), "\r\n")
	return strings.CutPrefix(text[strings.LastIndexByte(text, '\n')+1:], "* BYE ")
}

// broken reports whether the line itself ended: else the client gave up on an
// answer it could not read.
func (l *line) broken() bool {
	l.reading.Lock()
	defer l.reading.Unlock()
	return l.ended != nil && !errors.Is(l.ended, net.ErrClosed)
}

// greeting is what a server tells before anything is asked.
type greeting struct {
	coremail bool
	caps     imap.CapSet // nil when it does not say
}

func readGreeting(first string) greeting {
	g := greeting{coremail: strings.Contains(first, "Coremail")}
	_, list, ok := strings.Cut(first, "[CAPABILITY ")
	if list, _, _ = strings.Cut(list, "]"); !ok {
		return g
	}
	g.caps = imap.CapSet{}
	for name := range strings.FieldsSeq(list) {
		g.caps[imap.Cap(strings.ToUpper(name))] = struct{}{}
	}
	return g
}

// netease are the hosts of NetEase's mail, all Coremail.
var netease = []string{".163.com", ".126.com", ".yeah.net", ".188.com", ".netease.com"}

// wantsID reports whether the server is told who we are: where it must be
// (Coremail), where it likes to be, and where it did not say: ID costs no round
// trip and a BAD to it does no harm.
func (g greeting) wantsID(host string) bool {
	return g.coremail || g.caps == nil || g.caps.Has(imap.CapID) || g.caps.Has("X-CM-EXT-1") ||
		slices.ContainsFunc(netease, func(suffix string) bool { return strings.HasSuffix(strings.ToLower(host), suffix) })
}
