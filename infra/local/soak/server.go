package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// server is a scripted IMAP server: as much of RFC 3501 as reading mail takes,
// over TLS, whose mail changes under its clients and whose lines break.
type server struct {
	listener net.Listener
	roots    *x509.CertPool

	mu      sync.Mutex
	folders map[string]*folder
	// patience is how many bytes the next connection may answer before its line
	// breaks, wherever that is; 0 for a line that holds.
	patience int
	lines    map[net.Conn]bool
}

type folder struct {
	validity, last uint32
	mails          []stored // ascending by UID
}

// stored is a mail in a folder.
type stored struct {
	*letter
	uid     uint32
	at      time.Time
	deleted bool
}

// listen starts a server on a free port of the loopback interface.
func listen(ctx context.Context, names ...string) (*server, error) {
	certificate, roots, err := certify()
	if err != nil {
		return nil, fmt.Errorf("making a certificate: %w", err)
	}
	inner, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	s := &server{
		listener: tls.NewListener(inner, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS13}),
		roots:    roots, folders: map[string]*folder{}, lines: map[net.Conn]bool{},
	}
	for _, name := range names {
		s.folders[name] = &folder{validity: 1}
	}
	go s.accept()
	return s, nil
}

func certify() (tls.Certificate, *x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Quilldesk soak"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots, nil
}

func (s *server) endpoint() desk.Endpoint {
	at := s.listener.Addr().(*net.TCPAddr)
	return desk.Endpoint{Host: at.IP.String(), Port: at.Port, Security: desk.TLS}
}

func (s *server) close() error { return s.listener.Close() }

func (s *server) accept() {
	for {
		line, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		c := &client{server: s, line: line, limit: s.patience, out: bufio.NewWriterSize(line, 64<<10)}
		s.patience = 0
		s.lines[line] = true
		s.mu.Unlock()
		go c.serve()
	}
}

// client is one connection.
type client struct {
	*server
	line   net.Conn
	out    *bufio.Writer
	limit  int
	said   int
	folder string
	opened uint32 // its UIDVALIDITY when it was opened
}

func (c *client) serve() {
	defer func() {
		_ = c.line.Close()
		c.mu.Lock()
		delete(c.lines, c.line)
		c.mu.Unlock()
	}()
	in := bufio.NewReader(c.line)
	for said, on := "* OK [CAPABILITY IMAP4rev1 ID] at your service\r\n", true; ; {
		if !c.say(said) || !on || in.Buffered() == 0 && c.out.Flush() != nil { // commands that wait are answered together
			_ = c.out.Flush()
			return
		}
		text, err := in.ReadString('\n')
		if err != nil {
			return
		}
		tag, command, _ := strings.Cut(strings.TrimRight(text, "\r\n"), " ")
		said, on = c.answer(tag, command)
	}
}

// say sends an answer, as far as the line lasts.
func (c *client) say(text string) bool {
	c.said += len(text)
	if c.limit > 0 && c.said >= c.limit {
		_, _ = c.out.WriteString(text[:len(text)-(c.said-c.limit)])
		return false
	}
	_, err := c.out.WriteString(text)
	return err == nil
}

// answer carries one command out; when on is false the line ends behind it.
func (c *client) answer(tag, command string) (said string, on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	verb, rest, _ := strings.Cut(command, " ")
	if strings.EqualFold(verb, "UID") {
		verb, rest, _ = strings.Cut(rest, " ")
	}
	name, _ := astring(rest)
	f, found := c.folders[name]
	switch strings.ToUpper(verb) {
	case "CAPABILITY":
		said = "* CAPABILITY IMAP4rev1 ID\r\n"
	case "LOGIN", "NOOP":
	case "ID":
		said = "* ID NIL\r\n"
	case "LOGOUT":
		return "* BYE until later\r\n" + tag + " OK done\r\n", false
	case "STATUS", "EXAMINE":
		if !found {
			return tag + " NO no such folder\r\n", true
		}
		said = fmt.Sprintf("* STATUS %q (MESSAGES %d UIDNEXT %d UIDVALIDITY %d)\r\n", name, len(f.mails), f.last+1, f.validity)
		if strings.EqualFold(verb, "EXAMINE") {
			c.folder, c.opened = name, f.validity
			said = fmt.Sprintf("* %d EXISTS\r\n* OK [UIDVALIDITY %d] valid\r\n* OK [UIDNEXT %d] next\r\n* FLAGS (\\Seen \\Deleted)\r\n", len(f.mails), f.validity, f.last+1)
		}
	case "FETCH":
		// A folder that became another one since it was opened ends the line:
		// RFC 3501 leaves a server no other way.
		if f = c.folders[c.folder]; f == nil || f.validity != c.opened {
			return "", false
		}
		said = f.fetch(rest)
	default:
		return tag + " BAD unknown command\r\n", true
	}
	return said + tag + " OK done\r\n", true
}

// astring reads a folder's name, quoted or bare.
func astring(s string) (name, rest string) {
	if strings.HasPrefix(s, `"`) {
		name, rest, _ = strings.Cut(s[1:], `"`)
		return name, strings.TrimSpace(rest)
	}
	name, rest, _ = strings.Cut(s, " ")
	return name, rest
}

// fetch answers UID FETCH.
func (f *folder) fetch(rest string) string {
	set, items, _ := strings.Cut(rest, " ")
	body, offset, length := section(items)
	var said strings.Builder
	for i, m := range f.mails {
		if !within(set, m.uid, f.mails[len(f.mails)-1].uid) {
			continue
		}
		flags := ""
		if m.deleted {
			flags = `\Deleted`
		}
		fmt.Fprintf(&said, "* %d FETCH (UID %d FLAGS (%s) INTERNALDATE %q RFC822.SIZE %d", i+1, m.uid, flags, m.at.Format("_2-Jan-2006 15:04:05 -0700"), len(m.raw))
		if body != "" {
			part := m.raw[min(offset, len(m.raw)):]
			part = part[:min(length, len(part))]
			fmt.Fprintf(&said, " %s {%d}\r\n%s", body, len(part), part)
		}
		said.WriteString(")\r\n")
	}
	return said.String()
}

// section finds the body that is asked for, whole or as a part: the name it is
// answered under, from where and how long; "" when none is.
func section(items string) (name string, offset, length int) {
	upper := strings.ToUpper(items)
	at := strings.Index(upper, "BODY.PEEK[]")
	if at < 0 {
		return "", 0, 0
	}
	rest, partial := strings.CutPrefix(upper[at+len("BODY.PEEK[]"):], "<")
	if !partial {
		return "BODY[]", 0, 1 << 40
	}
	span, _, _ := strings.Cut(rest, ">")
	from, count, _ := strings.Cut(span, ".")
	offset, _ = strconv.Atoi(from) // 0 for what is no number: the whole of it then
	if length, _ = strconv.Atoi(count); length == 0 {
		length = 1 << 40
	}
	return "BODY[]<" + from + ">", offset, length
}

// within reports whether a set such as "3,7:*" names a UID. "n:*" always names
// the last one.
func within(set string, uid, last uint32) bool {
	number := func(s string) uint32 {
		n, err := strconv.ParseUint(s, 10, 32)
		if s == "*" || err != nil {
			return last
		}
		return uint32(n)
	}
	return slices.ContainsFunc(strings.Split(set, ","), func(span string) bool {
		from, to, isRange := strings.Cut(span, ":")
		low, high := number(from), number(from)
		if isRange {
			high = number(to)
		}
		return min(low, high) <= uid && uid <= max(low, high)
	})
}
