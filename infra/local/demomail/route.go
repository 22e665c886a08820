package demomail

import (
	"fmt"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/demomail/corpus"
)

// route brings one submitted mail to one recipient: an account here, a marketplace's buyer, or
// anybody else, who is a buyer too.
func (s *Server) route(sender Account, from, to string, raw []byte) error {
	if own, ok := accountFor(to); ok {
		return s.accounts.deliver(own.Address, s.traced(from, to, raw), "")
	}
	if isSystemAddress(to) {
		return s.bounce(sender, raw, corpus.Failure{
			Recipient: to, Status: "5.7.1", Reply: "550 5.7.1 This mailbox does not accept replies",
		})
	}
	m := readMessage(raw)
	market := marketOf(to)
	if market == nil {
		return s.hand(sender, from, to, raw, m)
	}
	talk := s.buyers.talk(to, sender.Address)
	if why := market.refuses(talk, talk.Account, m); why != "" {
		return s.refuse(sender, market, talk, m, to, why)
	}
	if market.rewrites != nil {
		var err error
		if raw, err = market.rewrites(m); err != nil {
			return fmt.Errorf("filtering: %w", err)
		}
	}
	if err := s.hand(sender, from, to, raw, m); err != nil {
		return err
	}
	if market.confirms {
		return s.confirm(talk, m)
	}
	return nil
}

// hand gives a mail to the buyer, who will think about an answer.
func (s *Server) hand(sender Account, from, to string, raw []byte, m *received) error {
	if err := s.accounts.deliver(buyersAddress, s.traced(from, to, raw), ""); err != nil {
		return err
	}
	return s.buyers.hear(sender.Address, to, m)
}

// traced adds what the recipient's host would.
func (s *Server) traced(from, to string, raw []byte) []byte {
	head := fmt.Sprintf("Return-Path: <%s>\r\nDelivered-To: %s\r\nReceived: by %s with ESMTPSA; %s\r\n",
		from, to, Host, s.config.Now().Format(time.RFC1123Z))
	return append([]byte(head), raw...)
}

// refuse tells the seller that the marketplace did not deliver.
func (s *Server) refuse(sender Account, market *market, talk *conversation, m *received, to, why string) error {
	if market.notice == "" {
		return s.bounce(sender, m.raw, corpus.Failure{Recipient: to, Status: "5.7.1", Reply: "550 5.7.1 " + why})
	}
	facts := talk.Facts
	facts.Seller, facts.Shop, facts.Reason, facts.Text = sender.Address, sender.Name, why, m.newText()
	var extra []corpus.Field
	if id := m.header.Get("Message-Id"); id != "" {
		extra = []corpus.Field{{Name: "In-Reply-To", Value: id}, {Name: "References", Value: id}}
	}
	return s.notify(sender, market.notice, facts, extra)
}

// confirm is Amazon's copy of the seller's own answer.
func (s *Server) confirm(talk *conversation, m *received) error {
	facts := talk.Facts
	facts.Text = m.newText()
	account, _ := accountFor(talk.Account)
	return s.notify(account, "amazon-confirmation", facts, nil)
}

// notify delivers a marketplace's notice to a seller.
func (s *Server) notify(account Account, form string, facts corpus.Facts, extra []corpus.Field) error {
	facts.Date = s.config.Now()
	facts.Unique = corpus.Token(26, form, facts.Unique, facts.Text, facts.Date.String())
	notice, err := corpus.Render(form, facts, extra)
	if err != nil {
		return err
	}
	return s.post(account, notice)
}

// bounce delivers a delivery report to the sender.
func (s *Server) bounce(sender Account, original []byte, failure corpus.Failure) error {
	to := corpus.Mailbox{Address: sender.Address, Name: sender.Name}
	report, err := corpus.Bounce(Host, to, original, failure, s.config.Now())
	if err != nil {
		return err
	}
	return s.post(sender, report)
}

func (s *Server) post(account Account, m *corpus.Mail) error {
	m.Trace(Host, account.Address, "pass")
	raw, err := m.Bytes()
	if err != nil {
		return err
	}
	return s.accounts.deliver(account.Address, raw, "")
}
