package corpus

import (
	"bytes"
	"fmt"
	"net/mail"
	"strings"
	"time"
)

// Failure is why a mail did not reach its recipient.
type Failure struct {
	Recipient string
	Status    string // RFC 3463, as in 5.1.1
	Reply     string // the refusing host's SMTP reply
}

// Bounce is the delivery report of host about original, to the mailbox that sent it.
func Bounce(host string, to Mailbox, original []byte, f Failure, now time.Time) (*Mail, error) {
	facts := Facts{
		Site: "shop", Seller: to.Address, Shop: to.Name, Date: now,
		Unique: Token(26, host, f.Recipient, now.String()),
		Reason: f.Recipient + ": " + f.Reply,
	}
	m, err := Render("dsn", facts, nil)
	if err != nil {
		return nil, err
	}
	m.Report = report(host, f, originalHeader(original), now)
	return m, nil
}

// reportOn is the report of a seeded bounce about the letter it answers.
func reportOn(sent *Letter, host string) *Report {
	f := Failure{Recipient: sent.recipient(), Status: "5.1.1", Reply: "550 5.1.1 no such user"}
	return report(host, f, originalHeader(sent.Raw), sent.Facts.Date)
}

func (l *Letter) recipient() string {
	msg, err := mail.ReadMessage(bytes.NewReader(l.Raw))
	if err != nil {
		return ""
	}
	to, err := mail.ParseAddress(msg.Header.Get("To"))
	if err != nil {
		return ""
	}
	return to.Address
}

func report(host string, f Failure, original string, arrived time.Time) *Report {
	return &Report{
		Original: original,
		Status: []Field{
			{"Reporting-MTA", "dns; " + host},
			{"Arrival-Date", arrived.Format(time.RFC1123Z)},
			{"Final-Recipient", "rfc822; " + f.Recipient},
			{"Action", "failed"},
			{"Status", f.Status},
			{"Diagnostic-Code", fmt.Sprintf("smtp; %s", f.Reply)},
		},
	}
}

func originalHeader(raw []byte) string {
	text := strings.ReplaceAll(string(raw), "\r\n", "\n")
	header, _, _ := strings.Cut(text, "\n\n")
	return header + "\n"
}
