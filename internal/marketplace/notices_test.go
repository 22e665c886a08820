package marketplace

import (
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
)

func TestNoticesOfTheMarketplaces(t *testing.T) {
	for _, tt := range []struct {
		name, address, subject string
		event                  string
		marketplace            desk.Marketplace
	}{
		{"eBay, a sale", "ebay@ebay.com", "You made the sale for Lamp", EventSold, desk.EBay},
		{"eBay, a cancellation", "ebay@ebay.com", "A buyer wants to cancel an order", EventCancelRequested, desk.EBay},
		{"eBay, a return", "ebay@ebay.ca", "Return request for Lamp", EventReturnRequested, desk.EBay},
		{"eBay, a return by its number", "ebay@ebay.com", "Return 5012345678: buyer sent the item", EventReturnRequested, desk.EBay},
		{"eBay, a copy of a message", "ebay@ebay.com", "kim sent a message about Lamp #123456789012", "", desk.EBay},
		{"Amazon, its own mail", "auto-communication@amazon.com", "About your listing", "", desk.Amazon},
		{"Amazon of another country", "order-update@amazon.co.jp", "Return authorization request for order 114-5550123-7770456", EventReturnRequested, desk.Amazon},
		{"Walmart, a complaint", "notices@walmart.com", "Better Business Bureau complaint about your order", EventClaimOpened, desk.Walmart},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := Recognise(from(tt.address, tt.subject, "Email reference id: [#a05-c1d2e3f4a5#]"), allStores)
			if r.Event != tt.event || r.Marketplace != tt.marketplace || r.Type.Value == desk.BuyerMessage {
				t.Errorf("event %q of %s as %s, want %q of %s", r.Event, r.Marketplace, r.Type.Value, tt.event, tt.marketplace)
			}
			if r.Route.To != "" || r.Route.Disabled == "" {
				t.Errorf("a notice can be answered: %+v", r.Route)
			}
		})
	}
}

// Amazon's relays of all its countries are buyers'; the general domain below each is not.
func TestRelaysOfEveryAmazon(t *testing.T) {
	for _, tld := range []string{
		"com", "ca", "com.mx", "com.br", "co.uk", "de", "fr", "it", "es", "nl", "se", "pl", "com.be", "ie", "com.tr", "ae", "sa", "eg", "in", "co.jp", "sg", "com.au",
	} {
		if r := Recognise(from("k3v9x2m7qpl4tz8+6f1c2b90@marketplace.amazon."+tld, "Question", "Hi"), allStores); r.Marketplace != desk.Amazon || r.Type.Value != desk.BuyerMessage {
			t.Errorf("relay of amazon.%s: %s, %s", tld, r.Marketplace, r.Type.Value)
		}
		if r := Recognise(from("k3v9x2m7qpl4tz8@amazon."+tld, "Question", "Hi"), allStores); r.Type.Value == desk.BuyerMessage {
			t.Errorf("amazon.%s itself passes for a buyer", tld)
		}
	}
}

func TestWordsOutOfTheTemplates(t *testing.T) {
	const (
		amazonRelay  = "k3v9x2m7qpl4tz8@marketplace.amazon.com"
		walmartRelay = "0123456789abcdef0123456789abcdef@relay.walmart.com"
		tail         = "**Note: You have received this message from the customer through Walmart.com\n\nRefID: 0123456789abcdef0123456789abcdef\n"
	)
	for _, tt := range []struct{ name, address, text, want string }{
		{"Amazon, nothing between the markers", amazonRelay, "You have received a message.\n\n------------- Begin message -------------\n\n------------- End message -------------\n[commMgrTok:ABC]",
			"You have received a message.\n\n------------- Begin message -------------\n\n------------- End message -------------"},
		{"Amazon, no closing marker", amazonRelay, "------------- Begin message -------------\n\nWhere is it?\n", "Where is it?"},
		{"Amazon, the older marker", amazonRelay, "------------- Message: -------------\n\nWhere is it?\n\n------------- End message -------------\n", "Where is it?"},
		{"Amazon, no template", amazonRelay, "Where is it?", "Where is it?"},
		{"Walmart, before a sale", walmartRelay, "Message: Does it come in black?\n" + tail, "Does it come in black?"},
		{"Walmart, with an order", walmartRelay, "Ann Example wants to connect with you regarding the following order:\nSales Order ID: 200012345678901\nItem ID: 555012345\nItem: Lamp\nMessage: It is late.\n\nPlease help.\n" + tail, "It is late.\n\nPlease help."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := Recognise(from(tt.address, "Question", tt.text), allStores)
			if got := strings.TrimSpace(r.Text); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
