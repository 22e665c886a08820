package demomail

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/quilldesk/quilldesk/infra/local/demomail/corpus"
)

// The seller's own host accepts a reply first and the marketplace judges it afterwards, so a
// refusal reaches the seller as a mail: Amazon and eBay write their own, Walmart's and Newegg's
// hosts refuse at SMTP and the seller's host returns a delivery report (RFC 3464).

// market is how one marketplace's relay treats a mail to a buyer.
type market struct {
	host string // of the relay addresses
	// refuses says why a mail is not delivered, "" when it is.
	refuses func(talk *conversation, sender string, m *received) string
	// notice is the form of the marketplace's own refusal, "" for a delivery report.
	notice string
	// rewrites changes what the buyer gets, nil to pass it on as it is.
	rewrites func(m *received) ([]byte, error)
	// confirms is whether the seller gets a copy of a delivered answer.
	confirms bool
}

var markets = []market{
	{host: "marketplace.amazon.com", refuses: amazonRefuses, notice: "amazon-undeliverable", confirms: true},
	{host: "marketplace.amazon.ca", refuses: amazonRefuses, notice: "amazon-undeliverable", confirms: true},
	{host: "relay.walmart.com", refuses: unregistered},
	{host: "members.ebay.com", refuses: ebayRefuses, notice: "ebay-undeliverable"},
	{host: "members.ebay.ca", refuses: ebayRefuses, notice: "ebay-undeliverable"},
	{host: "marketplace.newegg.com", refuses: neweggRefuses, rewrites: neweggFilter},
}

// systemDomains take no answers at their notice addresses.
var systemDomains = []string{
	"amazon.com", "amazon.ca", "walmart.com", "walmart.ca", "ebay.com", "ebay.ca", "newegg.com", "newegg.ca", "neweggbusiness.com",
}

func marketOf(address string) *market {
	_, domain, _ := strings.Cut(strings.ToLower(address), "@")
	for i := range markets {
		if markets[i].host == domain {
			return &markets[i]
		}
	}
	return nil
}

func isSystemAddress(address string) bool {
	_, domain, _ := strings.Cut(strings.ToLower(address), "@")
	for _, system := range systemDomains {
		if domain == system {
			return true
		}
	}
	return false
}

// unregistered refuses a From that is not the mailbox the marketplace writes to.
func unregistered(_ *conversation, sender string, m *received) string {
	if strings.EqualFold(m.from(), sender) {
		return ""
	}
	return fmt.Sprintf("The address %s is not registered with the seller account.", m.from())
}

const (
	amazonLimit = 10 << 20 // bytes of a message with attachments
	neweggLimit = 5 << 20
	neweggFiles = 5
)

func amazonRefuses(talk *conversation, sender string, m *received) string {
	if why := unregistered(talk, sender, m); why != "" {
		return why + " Add it under Messaging Permissions and send the message again."
	}
	if m.size > amazonLimit*4/3+64<<10 { // base64 and headers come on top
		return "The attachments are larger than 10 MB."
	}
	return ""
}

var ebayReference = regexp.MustCompile(`\[#\s*([A-Za-z0-9-]{8,64})\s*#\]`)

// ebayRefuses asks for the newest reference id, anywhere in the text.
func ebayRefuses(talk *conversation, sender string, m *received) string {
	if why := unregistered(talk, sender, m); why != "" {
		return why
	}
	for _, found := range ebayReference.FindAllStringSubmatch(m.text, -1) {
		if found[1] == talk.Facts.Ref {
			return ""
		}
	}
	return "The e-mail reference id is missing or no longer valid. Please answer the latest message and leave the line with the reference id in your reply."
}

func neweggRefuses(talk *conversation, sender string, m *received) string {
	if why := unregistered(talk, sender, m); why != "" {
		return why
	}
	if len(m.files) > neweggFiles || m.size > neweggLimit*4/3+64<<10 {
		return "More than 5 files or 5 MB."
	}
	return ""
}

var contactData = regexp.MustCompile(`(?i)https?://\S+|\bwww\.\S+|[\w.+-]+@[\w-]+(\.[\w-]+)+|\b[a-z0-9-]+\.(com|net|org|example|ca)\b(/\S*)?`)

// neweggFilter takes web addresses, e-mail addresses, HTML and pictures out.
func neweggFilter(m *received) ([]byte, error) {
	filtered := corpus.Mail{Text: contactData.ReplaceAllString(m.text, "***")}
	for fields := m.header.Fields(); fields.Next(); {
		if strings.HasPrefix(fields.Key(), "Content-") || strings.EqualFold(fields.Key(), "Mime-Version") {
			continue
		}
		value, err := fields.Text()
		if err != nil {
			value = fields.Value()
		}
		filtered.Header = append(filtered.Header, corpus.Field{Name: fields.Key(), Value: value})
	}
	for _, file := range m.files {
		if !strings.HasPrefix(file.Type, "image/") {
			filtered.Attach = append(filtered.Attach, file)
		}
	}
	return filtered.Bytes()
}
