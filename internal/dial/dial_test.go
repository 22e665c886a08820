package dial

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

func TestPrivateAddressesAreRefused(t *testing.T) {
	for _, c := range []struct {
		address string
		refused bool
	}{
		{"127.0.0.1:993", true},
		{"127.8.9.1:993", true},
		{"10.1.2.3:993", true},
		{"172.16.0.1:993", true},
		{"192.168.1.1:993", true},
		{"169.254.169.254:80", true}, // the metadata of clouds
		{"100.64.0.1:993", true},
		{"0.0.0.0:993", true},
		{"224.0.0.1:993", true},
		{"255.255.255.255:993", true},
		{"[::1]:993", true},
		{"[::]:993", true},
		{"[::ffff:127.0.0.1]:993", true},
		{"[::ffff:10.0.0.1]:993", true},
		{"[fe80::1%eth0]:993", true},
		{"[fd00::1]:993", true},
		{"not an address", true},
		{"192.0.2.1:993", false},
		{"100.128.0.1:993", false},
		{"172.32.0.1:993", false},
		{"[2001:db8::1]:993", false},
	} {
		if err := (Dialer{}).refusePrivate("tcp", c.address, nil); (err != nil) != c.refused {
			t.Errorf("%s: got %v, want refused %v", c.address, err, c.refused)
		}
		if err := (Dialer{AllowPrivate: true}).refusePrivate("tcp", c.address, nil); err != nil {
			t.Errorf("%s: got %v where private hosts are allowed", c.address, err)
		}
	}
}

// A name is refused for where it leads.
func TestANameThatLeadsHomeIsRefused(t *testing.T) {
	_, err := Dialer{}.Open(t.Context(), desk.Endpoint{Host: "localhost", Port: 993, Security: desk.StartTLS})
	if desk.CodeOf(err) != "host_refused" || desk.KindOf(err) != desk.Permanent {
		t.Errorf("got %v, code %s", err, desk.CodeOf(err))
	}
}

func TestErrorsHaveKindAndCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		kind desk.Kind
		code string
	}{
		{&net.DNSError{Err: "no such host", Name: "imap.shop.example", IsNotFound: true}, desk.Permanent, "dns_failed"},
		{&net.DNSError{Err: "server misbehaving", Name: "imap.shop.example", IsTemporary: true}, desk.Unavailable, "connection_lost"},
		{&net.DNSError{Err: "i/o timeout", Name: "imap.shop.example", IsTimeout: true}, desk.Unavailable, "connect_timeout"},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, desk.Unavailable, "connect_refused"},
		{&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, desk.Unavailable, "connect_timeout"},
		{&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, desk.Unavailable, "connection_lost"},
		{context.DeadlineExceeded, desk.Unavailable, "connect_timeout"},
		{context.Canceled, desk.Unavailable, "connection_lost"},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, desk.Permanent, "certificate_untrusted"},
		{&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}, desk.Permanent, "certificate_untrusted"},
		{&tls.CertificateVerificationError{Err: x509.HostnameError{Host: "imap.shop.example", Certificate: &x509.Certificate{}}}, desk.Permanent, "certificate_name"},
		{tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, desk.Permanent, "tls_failed"},
		{errors.New("anything else"), desk.Unavailable, "connection_lost"},
	} {
		err := Explain(fmt.Errorf("dialling: %w", c.err))
		if desk.KindOf(err) != c.kind || desk.CodeOf(err) != c.code {
			t.Errorf("%v: got %s, %s; want %s, %s", c.err, desk.KindOf(err), desk.CodeOf(err), c.kind, c.code)
		}
		if !errors.Is(err, c.err) {
			t.Errorf("%v: the cause is lost", c.err)
		}
	}
	known := desk.Errorf(desk.Permanent, "login_failed", "no")
	if got := Explain(known); got != error(known) {
		t.Errorf("an explained error became %v", got)
	}
	if Explain(nil) != nil {
		t.Error("no error became one")
	}
}

func TestPatience(t *testing.T) {
	if got := (Dialer{}).Patience(time.Minute); got != time.Minute {
		t.Errorf("usual: got %s", got)
	}
	if got := (Dialer{Silence: time.Second}).Patience(time.Minute); got != time.Second {
		t.Errorf("set: got %s", got)
	}
}
