package message

import (
	"strings"
	"testing"
)

// TestHostileMailIsReadInLinearTime: each of these would run for minutes if a search were
// repeated for each of its characters. There is no clock here; the test's own time-out tells.
func TestHostileMailIsReadInLinearTime(t *testing.T) {
	const n = 250_000
	repeat := func(s string) string { return strings.Repeat(s, n/len(s)) }
	big := func(s string) string { return strings.Repeat(s, 4*n/len(s)) }
	for name, raw := range map[string]string{
		"folded header":            "Subject: x\nX-Long: y\n" + repeat(" z\n") + "\n",
		"open comments":            "To: " + repeat("("),
		"escaped quotes":           "To: \"" + repeat(`\"`),
		"colons behind an address": "To: " + strings.Repeat("a", n/2) + "@" + strings.Repeat(":", n/2),
		"open brackets":            "To: " + repeat("<a@b"),
		"words that never close":   "Subject: " + repeat("=?u?q?x "),
		"raw bytes between words":  "Subject: " + repeat("\xff=?x "),
		"parameters":               "Content-Type: text/plain; " + repeat(`a*0*="b`),
		"references":               "Subject: x\nReferences: " + repeat("<a"),
		"dashes":                   "Content-Type: multipart/mixed; boundary=-\n\n" + big("---\n"),
		"boundary prefixes":        "Content-Type: multipart/mixed; boundary=b\n\n" + big("--bx\n"),
		"nested multiparts":        "Content-Type: multipart/mixed; boundary=b\n\n" + big("--b\nContent-Type: multipart/mixed; boundary=b\n\n"),
		"colon lines":              "Subject: x\n\n" + big("On 1.1.24 10:00 a@b:\n"),
		"header labels":            "Subject: x\n\n" + big("From: a\n"),
		"rules and blank lines":    "Subject: x\n\n" + big("__________\n\n\n\n\n"),
		"signature lines":          "Subject: x\n\n" + big("-- \n"),
		"app lines":                "Subject: x\n\n" + big("Sent from my iPhone\n"),
		"one long line":            "Subject: x\n\n" + big("On 2024 10:00 wrote: "),
		"html open quotes":         "Content-Type: text/html\n\n" + big(`<a b="`),
		"html tags never end":      "Content-Type: text/html\n\n" + big("<a "),
		"html open titles":         "Content-Type: text/html\n\n" + big("<title>"),
		"html open comments":       "Content-Type: text/html\n\n" + big("<!--"),
		"html nested quotes":       "Content-Type: text/html\n\n" + big("<blockquote type=cite>x\n"),
		"html list items":          "Content-Type: text/html\n\n" + big("<ol><li>"),
		"html ends without starts": "Content-Type: text/html\n\n" + strings.Repeat("<b>", n) + big("</i>"),
		"html marks beside text": "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n" + big("word ") +
			"\n--b\nContent-Type: text/html\n\n" + big("<blockquote type=cite>some words that are not in the text</blockquote>x") + "\n--b--",
		"base64 junk": "Content-Transfer-Encoding: base64\nSubject: x\n\n" + big("=*a\n"),
		"delivery status": "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n" +
			big("Action: failed\nFinal-Recipient: rfc822; a@b\n\n"),
	} {
		t.Run(name, func(t *testing.T) {
			m := Read([]byte(raw), Limits{})
			assertSound(t, m)
			Sanitize(m.HTML)
		})
	}
}
