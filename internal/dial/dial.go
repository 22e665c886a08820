// Package dial opens verified TLS connections to mail servers and says in the
// page's own codes why one could not be opened.
package dial

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Dialer opens connections. The zero value refuses private hosts.
type Dialer struct {
	// AllowPrivate permits loopback, link-local and private addresses. It stays
	// false where strangers may name hosts, or the service becomes their scanner.
	AllowPrivate bool
	// Timeout bounds connecting, and again the TLS handshake; 15 s when zero.
	Timeout time.Duration
	// Silence, when set, replaces the limits of the protocols on how long a
	// connected server may say nothing.
	Silence time.Duration
	// Roots are the authorities to trust; the system's when nil.
	Roots *x509.CertPool
}

const defaultTimeout = 15 * time.Second

var errPrivate = errors.New("the address is private")

func (d Dialer) timeout() time.Duration {
	if d.Timeout > 0 {
		return d.Timeout
	}
	return defaultTimeout
}

// Patience is how long to bear silence where the protocol's limit is usual.
func (d Dialer) Patience(usual time.Duration) time.Duration {
	if d.Silence > 0 {
		return d.Silence
	}
	return usual
}

// Ahead ends a little before ctx does, at most three seconds, so that whoever
// waits on a server still has time to say and store how it went.
func Ahead(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-min(time.Until(deadline)/8, 3*time.Second)))
}

// Open connects as the endpoint asks: inside TLS, or bare for a protocol that
// upgrades the connection before anything is sent.
func (d Dialer) Open(ctx context.Context, at desk.Endpoint) (net.Conn, error) {
	if at.Security == desk.StartTLS {
		return d.tcp(ctx, at)
	}
	return d.tls(ctx, at)
}

func (d Dialer) tcp(ctx context.Context, at desk.Endpoint) (net.Conn, error) {
	dialer := net.Dialer{Timeout: d.timeout(), Control: d.refusePrivate}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(at.Host, strconv.Itoa(at.Port)))
	if err != nil {
		return nil, explain(err)
	}
	return conn, nil
}

func (d Dialer) tls(ctx context.Context, at desk.Endpoint) (net.Conn, error) {
	conn, err := d.tcp(ctx, at)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, d.timeout())
	defer cancel()
	secure := tls.Client(conn, d.Config(at))
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, explain(err)
	}
	return secure, nil
}

// Config is the TLS configuration for a server: verified, TLS 1.2 or newer, with
// the classical key exchanges. The hybrid one with ML-KEM, Go's default, adds
// 2.3 KB to a poll that takes 1.6 KB without it, and polls are most of what we do
// (2026). What it would protect is mail against who records lines today and has a
// quantum computer later.
func (d Dialer) Config(at desk.Endpoint) *tls.Config {
	return &tls.Config{
		ServerName: at.Host, MinVersion: tls.VersionTLS12, RootCAs: d.Roots,
		CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384},
	}
}

// refusePrivate runs after name resolution, so a name that leads to a private
// address is refused like the address itself.
func (d Dialer) refusePrivate(_, address string, _ syscall.RawConn) error {
	if d.AllowPrivate {
		return nil
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errPrivate
	}
	ip := at.Addr().Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || shared.Contains(ip) {
		return errPrivate
	}
	return nil
}

// shared is the carrier-grade NAT range, RFC 6598; also used inside clouds.
var shared = netip.MustParsePrefix("100.64.0.0/10")

// Explain gives a connection error its kind and the code the page explains.
// An error that has a kind already stays as it is.
func Explain(err error) error {
	var known *desk.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return explain(err)
}

func explain(err error) error {
	var (
		dns       *net.DNSError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		timeout   interface{ Timeout() bool }
	)
	switch {
	case errors.Is(err, errPrivate):
		return desk.Errorf(desk.Permanent, "host_refused", "connecting: %w", err)
	case errors.As(err, &dns) && dns.IsNotFound:
		return desk.Errorf(desk.Permanent, "dns_failed", "connecting: %w", err)
	case errors.As(err, &host):
		return desk.Errorf(desk.Permanent, "certificate_name", "connecting: %w", err)
	case errors.As(err, &authority), errors.As(err, &invalid):
		return desk.Errorf(desk.Permanent, "certificate_untrusted", "connecting: %w", err)
	case errors.As(err, &record):
		return desk.Errorf(desk.Permanent, "tls_failed", "connecting: %w", err)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return desk.Errorf(desk.Unavailable, "connect_timeout", "connecting: %w", err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return desk.Errorf(desk.Unavailable, "connect_refused", "connecting: %w", err)
	default:
		return desk.Errorf(desk.Unavailable, "connection_lost", "talking to the server: %w", err)
	}
}
