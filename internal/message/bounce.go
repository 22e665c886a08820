package message

import (
	"strings"
)

// isBounce recognises RFC 3464 reports and the free-form notices of qmail, Exim, QQ and
// NetEase, and fills Bounce.
func (r *reader) isBounce() (Automatic, string) {
	failed := r.msg.Header.Get("X-Failed-Recipients")
	switch {
	case r.statuses != nil:
		b, delivered := parseStatuses(r.statuses, r.charset)
		if delivered {
			return AutomaticReceipt, "Action: delivered"
		}
		r.completeBounce(b)
		return AutomaticBounce, "message/delivery-status"
	case failed != "":
		r.completeBounce(&Bounce{Permanent: true})
		return AutomaticBounce, "X-Failed-Recipients"
	case r.isReport && r.reportType == "delivery-status":
		r.completeBounce(&Bounce{Permanent: !r.delayed()})
		return AutomaticBounce, "multipart/report; report-type=delivery-status"
	}
	start, ok := r.subjectStarts(&subjects().bounce)
	if ok && (bounceLocals[localLetters(r.sender())] || r.nullSender()) {
		r.completeBounce(&Bounce{Permanent: !r.delayed()})
		return AutomaticBounce, "Subject: " + start
	}
	return "", ""
}

// delayed recognises notices that delivery is still being tried.
func (r *reader) delayed() bool {
	subject := strings.ToLower(r.msg.Subject)
	return containsAny(subject, []string{"delay", "warning", "still being retried", "retard", "verzöger", "延迟", "延遲"})
}

// parseStatuses reads the field groups of message/delivery-status. delivered is true when no
// recipient failed or is delayed.
func parseStatuses(raw []byte, charset string) (b *Bounce, delivered bool) {
	b = &Bounce{}
	groups, delivered := 0, false
	for len(raw) > 0 && groups < 100 {
		group, rest := scanHeader(raw, defaultLimits.HeaderBytes)
		if len(rest) == len(raw) {
			break
		}
		raw = rest
		groups++
		action := strings.ToLower(firstWord(group.get("Action")))
		switch action {
		case "":
			continue // the fields about the whole message
		case "delivered", "relayed", "expanded":
			delivered = true
			continue
		case "failed":
			b.Permanent = true
		}
		b.addRecipient(statusValue(group.get("Original-Recipient"), charset))
		if len(b.Recipients) == 0 || group.get("Original-Recipient") == "" {
			b.addRecipient(statusValue(group.get("Final-Recipient"), charset))
		}
		if b.Status == "" {
			b.Status = firstWord(group.get("Status"))
		}
		if b.Diagnostic == "" {
			b.Diagnostic = cutString(statusValue(group.get("Diagnostic-Code"), charset), 500)
		}
	}
	return b, delivered && len(b.Recipients) == 0
}

// statusValue takes the type off "rfc822; ann@example.com" and "smtp; 550 …".
func statusValue(s, charset string) string {
	if kind, value, ok := strings.Cut(s, ";"); ok && !strings.ContainsAny(strings.TrimSpace(kind), " @") {
		s = value
	}
	return decodeHeaderText(strings.TrimSpace(s), charset)
}

func (b *Bounce) addRecipient(s string) {
	s = strings.Trim(s, "<> \t")
	if s == "" || len(b.Recipients) >= 100 {
		return
	}
	for _, known := range b.Recipients {
		if strings.EqualFold(known, s) {
			return
		}
	}
	b.Recipients = append(b.Recipients, s)
}

// completeBounce adds what stands elsewhere: the header of the returned mail, the fields of
// the notice, and for free-form notices their text.
func (r *reader) completeBounce(b *Bounce) {
	m := r.msg
	if r.returned != nil {
		header, _ := scanHeader(r.returned, r.limits.HeaderBytes)
		b.MessageID = firstID(header.get("Message-ID"))
		if len(b.Recipients) == 0 {
			r.recipientsFrom(b, header.get("To"))
		}
	}
	r.recipientsFrom(b, m.Header.Get("X-Failed-Recipients"))
	if b.MessageID == "" {
		b.MessageID = idInText(m.Text)
	}
	if b.MessageID == "" && len(m.InReplyTo) > 0 {
		b.MessageID = m.InReplyTo[0]
	}
	if b.MessageID == "" && len(m.References) > 0 {
		b.MessageID = m.References[len(m.References)-1]
	}
	if b.Status == "" {
		b.Status = statusInText(m.Text)
	}
	if len(b.Recipients) == 0 {
		r.recipientInText(b)
	}
	m.Bounce = b
}

func (r *reader) recipientsFrom(b *Bounce, value string) {
	list, _ := parseAddresses(value, r.charset, 100)
	for _, a := range list {
		b.addRecipient(a.Address)
	}
}

// idInText finds the Message-ID line of a mail that was returned as text.
func idInText(text string) string {
	for line := range strings.Lines(text) {
		line = strings.TrimLeft(line, "> \t")
		if len(line) > 11 && strings.EqualFold(line[:11], "message-id:") {
			return firstID(line[11:])
		}
	}
	return ""
}

// statusInText finds an enhanced status code (RFC 3463) such as "5.1.1".
func statusInText(text string) string {
	for i := 0; i+4 < len(text); i++ {
		c := text[i]
		if c != '4' && c != '5' || text[i+1] != '.' || i > 0 && (isDigit(text[i-1]) || text[i-1] == '.') {
			continue
		}
		end := i + 2
		dots := 1
		for end < len(text) && (isDigit(text[end]) || text[end] == '.' && dots < 2 && isDigit(text[end-1])) {
			if text[end] == '.' {
				dots++
			}
			end++
		}
		if dots == 2 && end-i <= 8 && isDigit(text[end-1]) && (end == len(text) || text[end] != '.' || end+1 == len(text) || !isDigit(text[end+1])) {
			return text[i:end]
		}
	}
	return ""
}

// recipientInText takes the first address of the notice that is neither its sender nor its
// receiver.
func (r *reader) recipientInText(b *Bounce) {
	known := map[string]bool{strings.ToLower(r.sender()): true}
	for _, a := range r.msg.To {
		known[strings.ToLower(a.Address)] = true
	}
	text := cutString(r.msg.Text, 8<<10)
	for word := range strings.FieldsFuncSeq(text, func(c rune) bool {
		return c <= ' ' || strings.ContainsRune("<>()[]\"',;:：，。（）", c)
	}) {
		local, domain, ok := strings.Cut(word, "@")
		if ok && local != "" && strings.Contains(domain, ".") && !known[strings.ToLower(word)] {
			b.addRecipient(strings.TrimRight(word, "."))
			return
		}
	}
}
