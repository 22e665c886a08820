package corpus

import (
	"fmt"
	"net/mail"
	"strings"
	"time"
)

// Trace puts what the receiving host adds in front: Return-Path, Authentication-Results and
// Received. auth is pass, fail (a forged From) or none (the host did not look).
func (m *Mail) Trace(host, recipient, auth string) {
	from := senderDomain(m.Get("From"))
	sender := m.Get("Return-Path")
	if sender == "" {
		sender = "<bounces-" + Token(12, m.Get("Message-ID")) + "@" + from + ">"
	}
	sent, err := time.Parse(time.RFC1123Z, m.Get("Date"))
	if err != nil {
		sent = time.Time{} // Render wrote the date; a mail without one gets no better here
	}
	trace := []Field{{"Return-Path", sender}}
	if auth != "none" {
		trace = append(trace, Field{"Authentication-Results", results(host, from, sender, auth)})
	}
	trace = append(trace, Field{"Received", fmt.Sprintf("from mta-%s.%s (mta.%s [192.0.2.%d]) by %s with ESMTPS id %s for <%s>; %s",
		Token(3, from), from, from, 10+len(from), host, Token(10, m.Get("Message-ID"), "queue"), recipient,
		sent.Add(2*time.Second).Format(time.RFC1123Z))})
	m.Header = append(trace, merge(m.Header, []Field{{"Return-Path", ""}})...)
}

func results(host, from, sender, auth string) string {
	envelope := senderDomain(sender)
	if envelope == "" { // the null sender of a bounce: SPF then looks at HELO (RFC 7208 §2.4)
		envelope = from
	}
	if auth == "fail" {
		return fmt.Sprintf("%s; dkim=none; spf=softfail smtp.mailfrom=%s; dmarc=fail (p=quarantine) header.from=%s",
			host, envelope, from)
	}
	return fmt.Sprintf("%s; dkim=pass header.d=%s header.s=s1; spf=pass smtp.mailfrom=%s; dmarc=pass (p=none) header.from=%s",
		host, from, envelope, from)
}

func senderDomain(address string) string {
	if parsed, err := mail.ParseAddress(address); err == nil {
		address = parsed.Address
	}
	_, domain, ok := strings.Cut(strings.Trim(address, "<>"), "@")
	if !ok {
		return ""
	}
	return strings.Trim(domain, "<> ")
}
