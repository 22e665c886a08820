package demomail

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const (
	seller = "support@lumenhaus.example"
	shop   = "hello@birchandbrass.example"
)

func start(t *testing.T, dir string, change func(*Config)) *Server {
	t.Helper()
	config := Config{
		IMAPAddr: "127.0.0.1:0", SMTPAddr: "127.0.0.1:0", Dir: dir, Now: time.Now, ReplyDelay: time.Hour,
		Log: slog.New(slog.NewTextHandler(&testLog{t: t}, &slog.HandlerOptions{Level: slog.LevelInfo})),
	}
	if change != nil {
		change(&config)
	}
	s, err := Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

type testLog struct{ t *testing.T }

func (w *testLog) Write(p []byte) (int, error) {
	w.t.Logf("%s", bytes.TrimSpace(p))
	return len(p), nil
}

func trusting(t *testing.T, s *Server) *tls.Config {
	t.Helper()
	text, err := os.ReadFile(s.CAPath())
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		t.Fatal("no certificate in CAPath")
	}
	return &tls.Config{RootCAs: pool, ServerName: "localhost"}
}

func password(t *testing.T, address string) string {
	t.Helper()
	a, ok := accountFor(address)
	if !ok {
		t.Fatalf("no account %s", address)
	}
	return a.Password
}

// box is an IMAP connection with INBOX selected.
type box struct {
	*imapclient.Client
	t     *testing.T
	count chan uint32 // EXISTS as it comes
	total uint32      // mails seen by next
	known uint32      // mails the server has told of
}

func open(t *testing.T, s *Server, address string) *box {
	t.Helper()
	b := &box{t: t, count: make(chan uint32, 100)}
	client, err := imapclient.DialTLS(s.IMAPAddr(), &imapclient.Options{
		TLSConfig: trusting(t, s),
		UnilateralDataHandler: &imapclient.UnilateralDataHandler{
			Mailbox: func(data *imapclient.UnilateralDataMailbox) {
				if data.NumMessages != nil {
					b.count <- *data.NumMessages // more than the tests ever send
				}
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Client = client
	t.Cleanup(func() { client.Close() })
	if err := client.Login(address, password(t, address)).Wait(); err != nil {
		t.Fatal(err)
	}
	data, err := client.Select("INBOX", nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	b.total, b.known = data.NumMessages, data.NumMessages
	return b
}

// next waits in IDLE for one more mail and returns it.
func (b *box) next() *received {
	b.t.Helper()
	idle, err := b.Idle()
	if err != nil {
		b.t.Fatal(err)
	}
	b.total++
	for b.known < b.total {
		select {
		case b.known = <-b.count:
		case <-time.After(20 * time.Second):
			b.t.Fatal("no new mail")
		}
	}
	if err := idle.Close(); err != nil {
		b.t.Fatal(err)
	}
	if err := idle.Wait(); err != nil {
		b.t.Fatal(err)
	}
	return readMessage(b.raw(imap.SeqSetNum(b.total)))
}

func (b *box) raw(set imap.NumSet) []byte {
	b.t.Helper()
	section := &imap.FetchItemBodySection{Peek: true}
	mails, err := b.Fetch(set, &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{section}}).Collect()
	if err != nil || len(mails) != 1 {
		b.t.Fatalf("fetching %v: %d mails, %v", set, len(mails), err)
	}
	return mails[0].FindBodySection(section)
}

// find returns the one mail in INBOX with a header that contains value.
func (b *box) find(key, value string) *received {
	b.t.Helper()
	data, err := b.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: key, Value: value}}}, nil).Wait()
	if err != nil || len(data.AllUIDs()) != 1 {
		b.t.Fatalf("searching %s %q: %v, %v", key, value, data.AllUIDs(), err)
	}
	return readMessage(b.raw(imap.UIDSetNum(data.AllUIDs()...)))
}

// send submits a mail and returns the server's verdict.
func send(t *testing.T, s *Server, account, to, raw string) error {
	t.Helper()
	client, err := smtp.DialTLS(s.SMTPAddr(), trusting(t, s))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Auth(sasl.NewPlainClient("", account, password(t, account))); err != nil {
		t.Fatal(err)
	}
	return client.SendMail(account, []string{to}, strings.NewReader(strings.ReplaceAll(raw, "\n", "\r\n")))
}

// reply is a seller's plain answer to a mail.
func reply(to *received, from, text string) string {
	subject, _ := to.header.Subject()
	return "From: Lena <" + from + ">\nTo: buyer\nSubject: Re: " + strings.ReplaceAll(subject, "\n", " ") +
		"\nMessage-ID: <our-" + to.header.Get("Message-Id")[1:] +
		"\nIn-Reply-To: " + to.header.Get("Message-Id") + "\nReferences: " + to.header.Get("Message-Id") +
		"\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + text + "\n"
}

func (r *received) replyTo() string {
	if list, err := r.header.AddressList("Reply-To"); err == nil && len(list) == 1 {
		return list[0].Address
	}
	return r.from()
}

func TestStartRefusesOtherInterfaces(t *testing.T) {
	_, err := Start(t.Context(), Config{IMAPAddr: "0.0.0.0:0", SMTPAddr: ":0", Dir: t.TempDir(), Now: time.Now, Log: slog.Default()})
	if err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Fatalf("error = %v, want one about loopback", err)
	}
}

func TestCertificate(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir, nil)
	before, _ := os.ReadFile(s.CAPath())
	for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
		config := trusting(t, s)
		config.ServerName = name
		conn, err := tls.Dial("tcp", s.IMAPAddr(), config)
		if err != nil {
			t.Fatalf("as %s: %v", name, err)
		}
		conn.Close()
	}
	s.Close()
	again := start(t, dir, nil)
	if after, _ := os.ReadFile(again.CAPath()); !bytes.Equal(before, after) {
		t.Error("another authority after a restart")
	}
}

func TestMailboxOffersWhatAFetcherNeeds(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	b := open(t, s, seller)
	if b.total < 40 {
		t.Errorf("seller's INBOX has %d mails, want at least 40", b.total)
	}
	caps, err := b.Capability().Wait()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []imap.Cap{imap.CapIdle, imap.CapMove, imap.CapUIDPlus, imap.CapSpecialUse, imap.CapListStatus} {
		if !caps.Has(want) {
			t.Errorf("capability %s is missing", want)
		}
	}
	folders, err := b.List("", "*", nil).Collect()
	if err != nil {
		t.Fatal(err)
	}
	uses := map[string]imap.MailboxAttr{"INBOX": "", "Sent": imap.MailboxAttrSent, "Drafts": imap.MailboxAttrDrafts, "Trash": imap.MailboxAttrTrash, "Junk": imap.MailboxAttrJunk, "售后存档": ""}
	for _, folder := range folders {
		use, known := uses[folder.Mailbox]
		if !known || use != "" && !slices.Contains(folder.Attrs, use) {
			t.Errorf("folder %s has attributes %v", folder.Mailbox, folder.Attrs)
		}
		delete(uses, folder.Mailbox)
	}
	if len(uses) > 0 {
		t.Errorf("folders missing: %v", uses)
	}
	status, err := b.Status("INBOX", &imap.StatusOptions{UIDNext: true, UIDValidity: true, NumMessages: true}).Wait()
	if err != nil {
		t.Fatal(err)
	}
	if *status.NumMessages != b.total || uint32(status.UIDNext) != b.total+1 || status.UIDValidity == 0 {
		t.Errorf("status = %+v", status)
	}
}

func TestAuthenticatePlainAndLogin(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	client, err := imapclient.DialTLS(s.IMAPAddr(), &imapclient.Options{TLSConfig: trusting(t, s)})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Login(seller, "wrong").Wait(); err == nil {
		t.Error("a wrong password was accepted by IMAP")
	}
	if err := client.Authenticate(sasl.NewPlainClient("", seller, password(t, seller))); err != nil {
		t.Error(err)
	}
	submit, err := smtp.DialTLS(s.SMTPAddr(), trusting(t, s))
	if err != nil {
		t.Fatal(err)
	}
	defer submit.Close()
	if err := submit.Mail(seller, nil); err == nil {
		t.Error("mail was accepted without AUTH")
	}
	if err := submit.Auth(sasl.NewLoginClient(seller, "wrong")); err == nil {
		t.Error("a wrong password was accepted by SMTP")
	}
	if err := submit.Auth(sasl.NewLoginClient(seller, password(t, seller))); err != nil {
		t.Error(err)
	}
}

func TestDeliverReachesIdlingClient(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	b := open(t, s, shop)
	if err := s.Deliver(shop, []byte("Subject: knock\r\n\r\nhello\r\n")); err != nil {
		t.Fatal(err)
	}
	if got := b.next(); got.header.Get("Subject") != "knock" {
		t.Errorf("got %q", got.raw)
	}
	if err := s.Deliver("nobody@lumenhaus.example", nil); err == nil {
		t.Error("delivered to an account that is not there")
	}
}

func TestArrivals(t *testing.T) {
	s := start(t, t.TempDir(), func(c *Config) { c.Arrivals = 20 * time.Millisecond })
	b := open(t, s, seller)
	first, second := b.next(), b.next()
	if first.header.Get("Message-Id") == second.header.Get("Message-Id") {
		t.Error("two arrivals with one Message-ID")
	}
}

func TestArrivalsComeBackWithOtherNumbers(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	for range 2 * len(s.buyers.pool) {
		if err := s.buyers.arrive(); err != nil {
			t.Fatal(err)
		}
	}
	b := open(t, s, seller)
	data, err := b.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Subject", Value: "Lorna Pickett"}}}, nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	uids := data.AllUIDs()
	if len(uids) != 2 {
		t.Fatalf("found %d mails of one pool entry after two rounds", len(uids))
	}
	first, second := readMessage(b.raw(imap.UIDSetNum(uids[0]))), readMessage(b.raw(imap.UIDSetNum(uids[1])))
	for _, key := range []string{"Subject", "From", "Message-Id"} {
		if first.header.Get(key) == second.header.Get(key) {
			t.Errorf("%s is the same both times: %s", key, first.header.Get(key))
		}
	}
}
