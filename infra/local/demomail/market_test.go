package demomail

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

func TestAmazonTakesTheRegisteredAddressOnly(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	b := open(t, s, seller)
	question := b.find("From", "Dana Whitlock")
	relay := question.replyTo()
	if err := send(t, s, seller, relay, reply(question, "lena@elsewhere.example", "On its way.")); err != nil {
		t.Fatal(err)
	}
	bounce := b.next()
	if subject, _ := bounce.header.Subject(); !strings.HasPrefix(subject, "We were unable to deliver the message you sent") {
		t.Errorf("subject = %q", subject)
	}
	if !strings.Contains(bounce.text, relay) || !strings.Contains(bounce.header.Get("References"), "our-") {
		t.Errorf("the bounce does not name its mail:\n%s", bounce.raw)
	}
	wantReceived(t, s, relay, 0)

	if err := send(t, s, seller, relay, reply(question, seller, "On its way.")); err != nil {
		t.Fatal(err)
	}
	wantReceived(t, s, relay, 1)
	copied := b.next()
	if kind := copied.header.Get("X-Space-Notification-Type"); kind != "BBC_MESSAGE_CONFIRMATION_TO_MERCHANT" {
		t.Errorf("notification type = %q, want the copy of the answer", kind)
	}
	if !strings.Contains(copied.text, "On its way.") {
		t.Errorf("copy = %s", copied.text)
	}
}

func TestAmazonRefusesLargeFiles(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	b := open(t, s, seller)
	question := b.find("From", "Curtis")
	if err := send(t, s, seller, question.replyTo(), reply(question, seller, strings.Repeat(strings.Repeat("x", 70)+"\n", 210_000))); err != nil {
		t.Fatal(err)
	}
	if bounce := b.next(); !strings.Contains(bounce.text, "10 MB") {
		t.Errorf("bounce = %s", bounce.text)
	}
}

func TestWalmartReturnsAReport(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	b := open(t, s, seller)
	question := b.find("From", "Tamika")
	if err := send(t, s, seller, question.replyTo(), reply(question, "lena@elsewhere.example", "Sorry!")); err != nil {
		t.Fatal(err)
	}
	report := b.next()
	if kind, params, _ := report.header.ContentType(); kind != "multipart/report" || params["report-type"] != "delivery-status" {
		t.Errorf("content type = %s %v", kind, params)
	}
	for _, want := range []string{"Final-Recipient: rfc822; " + question.replyTo(), "Status: 5.7.1", "Message-ID: <our-"} {
		if !strings.Contains(string(report.raw), want) {
			t.Errorf("report has no %q:\n%s", want, report.raw)
		}
	}
	wantReceived(t, s, question.replyTo(), 0)
}

func TestEBayAsksForTheNewestReference(t *testing.T) {
	s := start(t, t.TempDir(), func(c *Config) { c.ReplyDelay = time.Millisecond })
	b := open(t, s, seller)
	question := b.find("From", "rustbelt_rick71")
	first := "Email reference id: " + ebayReference.FindString(question.text)
	refused := func(text string) {
		t.Helper()
		if err := send(t, s, seller, question.replyTo(), reply(question, seller, text)); err != nil {
			t.Fatal(err)
		}
		if notice := b.next(); !strings.Contains(notice.text, "reference id is missing or no longer valid") {
			t.Errorf("notice = %s", notice.text)
		}
	}
	refused("Shipped today.")
	refused("Shipped today. Email reference id: [#a05-0000000000#]")
	wantReceived(t, s, question.replyTo(), 0)

	if err := send(t, s, seller, question.replyTo(), reply(question, seller, "Shipped today.\n\n"+first)); err != nil {
		t.Fatal(err)
	}
	answer := b.next()
	wantReceived(t, s, question.replyTo(), 1)
	second := ebayReference.FindString(answer.text)
	if second == "" || strings.Contains(first, second) {
		t.Errorf("the answer's reference is %q after %q", second, first)
	}
	refused("Old reference. " + first)
}

func TestNeweggFiltersContactData(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	b := open(t, s, seller)
	question := b.find("From", "Vikram")
	mixed := strings.Replace(reply(question, seller, ""), "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n",
		`MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8

See https://lumenhaus.example/firmware or write to lena@lumenhaus.example, version 1.0.8 helps.
--b
Content-Type: image/png
Content-Disposition: attachment; filename=logo.png

png
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename=manual.pdf

pdf
--b--`, 1)
	if err := send(t, s, seller, question.replyTo(), mixed); err != nil {
		t.Fatal(err)
	}
	got := readMessage(wantReceived(t, s, question.replyTo(), 1)[0])
	if want := "See *** or write to ***, version 1.0.8 helps."; strings.TrimSpace(got.text) != want {
		t.Errorf("text = %q, want %q", got.text, want)
	}
	if len(got.files) != 1 || got.files[0].Name != "manual.pdf" {
		t.Errorf("files = %+v, want the PDF alone", got.files)
	}
	if !strings.HasPrefix(got.header.Get("Message-Id"), "<our-") {
		t.Errorf("the header was not kept: %s", got.raw)
	}
}

func TestSubmissionQuirks(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	mail := "From: " + seller + "\nSubject: hello\nMessage-ID: <q@lumenhaus.example>\n\nHello\n"
	for _, test := range []struct {
		name, to string
		code     int // 0 is accepted
	}{
		{"unknown user", "nosuchuser.smith@inbox.example", 550},
		{"TikTok Shop takes no mail", "no-reply@shop.tiktok.com", 550},
		{"greylisted once", "greylist@inbox.example", 451},
		{"accepted the second time", "greylist@inbox.example", 0},
		{"a limit of the provider", "toofast@inbox.example", 432},
		{"which is over the second time", "toofast@inbox.example", 0},
		{"anybody", "anybody@inbox.example", 0},
	} {
		err := send(t, s, seller, test.to, mail)
		var refused *smtp.SMTPError
		if errors.As(err, &refused) != (test.code != 0) || refused != nil && refused.Code != test.code {
			t.Errorf("%s: %v, want code %d", test.name, err, test.code)
		}
	}
	wantReceived(t, s, "greylist@inbox.example", 1)
	wantReceived(t, s, "anybody@inbox.example", 1)
}

func TestNoticeAddressesReturnAReport(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	b := open(t, s, seller)
	if err := send(t, s, seller, "seller-answers@amazon.com", "From: "+seller+"\nSubject: 300 lumens\n\n300\n"); err != nil {
		t.Fatal(err)
	}
	if report := b.next(); !strings.Contains(string(report.raw), "does not accept replies") {
		t.Errorf("report = %s", report.raw)
	}
}

func TestVanishLosesTheVerdictAndKeepsTheMail(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	err := send(t, s, seller, "vanish@inbox.example", "From: "+seller+"\nSubject: hello\n\nHello\n")
	var refused *smtp.SMTPError
	if err == nil || errors.As(err, &refused) {
		t.Errorf("error = %v, want a broken connection", err)
	}
	if err != nil && !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "EOF") {
		t.Logf("the client saw: %v", err)
	}
	wantReceived(t, s, "vanish@inbox.example", 1)
}

func TestCloseEndsAHangingSubmission(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	verdict := make(chan error, 1)
	go func() {
		verdict <- send(t, s, seller, "hang@inbox.example", "From: "+seller+"\nSubject: hello\n\nHello\n")
	}()
	b := open(t, s, buyersAddress)
	for b.total == 0 {
		b.next()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	s.Close()
	select {
	case err := <-verdict:
		if err == nil {
			t.Error("the hanging server answered")
		}
	case <-ctx.Done():
		t.Error("Close left a client hanging")
	}
}

func TestHostKeepsSentForTheShop(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	count := func(account string) int {
		mails, err := s.accounts.byAddress[account].Mails("Sent")
		if err != nil {
			t.Fatal(err)
		}
		return len(mails)
	}
	for account, more := range map[string]int{shop: 1, seller: 0} {
		before := count(account)
		if err := send(t, s, account, "anybody@inbox.example", "From: "+account+"\nSubject: hello\n\nHello\n"); err != nil {
			t.Fatal(err)
		}
		if got := count(account) - before; got != more {
			t.Errorf("%s: %d copies in Sent, want %d", account, got, more)
		}
	}
}

func wantReceived(t *testing.T, s *Server, address string, n int) [][]byte {
	t.Helper()
	mails := s.Received(address)
	if len(mails) != n {
		t.Fatalf("%s received %d mails, want %d", address, len(mails), n)
	}
	return mails
}
