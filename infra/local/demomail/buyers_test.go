package demomail

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/demomail/corpus"
)

func soon(c *Config) { c.ReplyDelay = time.Millisecond }

func TestBuyersAnswerInTheirThread(t *testing.T) {
	for _, test := range []struct {
		account, buyer string
		wants          []string // in the text of the answer
	}{
		{seller, "Terrell Ogunbayo", []string{"Begin message", "[commMgrTok:", "Order ID: 11"}},
		{seller, "Lachapelle", []string{"Début du message", "Numéro de commande", "votre réponse|D'accord"}},
		{seller, "Tamika Rowe", []string{"Sales Order ID: 2000", "RefID: ", "**Note: You have received"}},
		{seller, "李志远", []string{"Order Number: 5", "回复|好的"}},
		{shop, "vorontsov", []string{"> Добрый день", "Спасибо"}},
		{shop, "wangjianguo", []string{"原始邮件", "谢谢"}},
		{shop, "hannah", []string{"wrote:", "> Добрый день"}},
	} {
		t.Run(test.buyer, func(t *testing.T) {
			s := start(t, t.TempDir(), soon)
			b := open(t, s, test.account)
			question := newest(t, s, test.account, test.buyer)
			if err := send(t, s, test.account, question.replyTo(), reply(question, test.account, "Добрый день, we look into it.")); err != nil {
				t.Fatal(err)
			}
			answer := b.next()
			for answer.header.Get("X-Space-Notification-Type") == "BBC_MESSAGE_CONFIRMATION_TO_MERCHANT" {
				answer = b.next()
			}
			if answer.replyTo() != question.replyTo() {
				t.Errorf("answer from %s, question from %s", answer.replyTo(), question.replyTo())
			}
			if want := "<our-" + question.header.Get("Message-Id")[1:]; answer.header.Get("In-Reply-To") != want {
				t.Errorf("In-Reply-To = %s, want %s", answer.header.Get("In-Reply-To"), want)
			}
			if !strings.Contains(answer.header.Get("References"), question.header.Get("Message-Id")) {
				t.Errorf("References = %s", answer.header.Get("References"))
			}
			for _, want := range test.wants {
				if !slices.ContainsFunc(strings.Split(want, "|"), func(w string) bool { return strings.Contains(answer.text, w) }) {
					t.Errorf("the answer has no %q:\n%s", want, answer.text)
				}
			}
		})
	}
}

// newest is the last mail of a buyer in INBOX.
func newest(t *testing.T, s *Server, account, buyer string) *received {
	t.Helper()
	mails, err := s.accounts.byAddress[account].Mails("INBOX")
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range slices.Backward(mails) {
		m := readMessage(raw)
		if from, _ := m.header.Text("From"); strings.Contains(from, buyer) {
			return m
		}
	}
	t.Fatalf("no mail of %s", buyer)
	return nil
}

func TestBuyersFallSilent(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	question := newest(t, s, seller, "Eugene")
	answers := 0
	for range 6 {
		if err := s.buyers.hear(seller, question.replyTo(), readMessage([]byte(reply(question, seller, "Sorry to hear that.")))); err != nil {
			t.Fatal(err)
		}
		if _, waiting := s.buyers.untilDue(); !waiting {
			break
		}
		if err := s.buyers.answerFirst(); err != nil {
			t.Fatal(err)
		}
		answers++
	}
	if answers < 1 || answers > 3 {
		t.Errorf("the buyer answered %d times, want 1 to 3", answers)
	}
}

func TestAnswerDueSurvivesACrash(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir, nil) // an hour to think: never due here
	question := newest(t, s, seller, "Eugene")
	if err := send(t, s, seller, question.replyTo(), reply(question, seller, "A new one ships today.")); err != nil {
		t.Fatal(err)
	}
	later := start(t, dir, func(c *Config) {
		c.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	})
	b := open(t, later, seller)
	for {
		if newest(t, later, seller, "Eugene").header.Get("In-Reply-To") != "" {
			return
		}
		b.next()
	}
}

func TestAnswerIsDeliveredOnce(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	question := newest(t, s, seller, "Eugene")
	if err := send(t, s, seller, question.replyTo(), reply(question, seller, "A new one ships today.")); err != nil {
		t.Fatal(err)
	}
	before := *s.buyers.talk(question.replyTo(), seller)
	for range 2 { // the second time as after a crash before the state was saved
		talk := before
		s.buyers.state.Talks[talkKey(question.replyTo())] = &talk
		if err := s.buyers.answerFirst(); err != nil {
			t.Fatal(err)
		}
	}
	mails, err := s.accounts.byAddress[seller].Mails("INBOX")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, raw := range mails {
		if strings.Contains(readMessage(raw).header.Get("In-Reply-To"), "our-") {
			found++
		}
	}
	if found != 1 {
		t.Errorf("%d answers, want 1", found)
	}
}

func TestBuyersDependOnTheSeedOnly(t *testing.T) {
	answers, err := corpus.LoadAnswers()
	if err != nil {
		t.Fatal(err)
	}
	talk := stranger("someone@inbox.example", seller)
	wordings := map[string]bool{}
	for seed := range uint64(20) {
		p := talk.persona(seed)
		first, second := answers.Text(p, 0), answers.Text(p, 0)
		if first != second {
			t.Fatal("the same persona answers differently")
		}
		wordings[first] = true
	}
	if len(wordings) < 2 {
		t.Error("the seed changes nothing")
	}
}

func TestStrangersAnswerToo(t *testing.T) {
	s := start(t, t.TempDir(), soon)
	b := open(t, s, shop)
	if err := send(t, s, shop, "new.customer@inbox.example", "From: "+shop+"\nSubject: Your sample\nMessage-ID: <s@birchandbrass.example>\n\nIt ships today.\n"); err != nil {
		t.Fatal(err)
	}
	answer := b.next()
	if subject, _ := answer.header.Subject(); subject != "Re: Your sample" || answer.from() != "new.customer@inbox.example" {
		t.Errorf("answer %q from %s", subject, answer.from())
	}
}

func FuzzReadMessage(f *testing.F) {
	f.Add([]byte("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b--\r\n"))
	f.Add([]byte("Content-Type: text/html; charset=gb18030\r\n\r\n<p>\xc4\xe3"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := readMessage(raw)
		if _, err := neweggFilter(m); err != nil {
			t.Fatalf("filtering: %v", err)
		}
		if m.size != len(raw) {
			t.Errorf("size = %d of %d", m.size, len(raw))
		}
	})
}
