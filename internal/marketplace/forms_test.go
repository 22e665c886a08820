package marketplace

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
)

func from(address, subject, text string) Mail {
	return Mail{From: []desk.Contact{{Address: address}}, To: []desk.Contact{{Address: allStores.Address}}, Subject: subject, Text: text}
}

func (m Mail) with(name, value string) Mail {
	m.Header = func(n string) []string {
		if strings.EqualFold(n, name) {
			return []string{value}
		}
		return nil
	}
	return m
}

func TestSenders(t *testing.T) {
	const hex32 = "0123456789abcdef0123456789abcdef"
	tests := []struct {
		name, address, subject string
		marketplace            desk.Marketplace
		typ                    desk.Type
	}{
		{"Amazon relay", "k3v9x2m7qpl4tz8@marketplace.amazon.com", "", desk.Amazon, desk.BuyerMessage},
		{"Amazon relay of another site", "k3v9x2m7qpl4tz8@marketplace.amazon.co.uk", "", desk.Amazon, desk.BuyerMessage},
		{"Amazon relay, upper case host", "k3v9x2m7qpl4tz8@Marketplace.Amazon.COM.", "", desk.Amazon, desk.BuyerMessage},
		{"nobody reads it", "donotreply@marketplace.amazon.com", "", desk.Amazon, desk.Notification},
		{"alias too short", "abc@marketplace.amazon.com", "", desk.Amazon, desk.Notification},
		{"look-alike behind", "k3v9x2m7qpl4tz8@marketplace.amazon.com.evil.example", "", desk.OwnShop, desk.BuyerMessage},
		{"look-alike in front", "k3v9x2m7qpl4tz8@evilmarketplace.amazon.com.example", "", desk.OwnShop, desk.BuyerMessage},
		{"look-alike with a dash", "k3v9x2m7qpl4tz8@marketplace-amazon.com", "", desk.OwnShop, desk.BuyerMessage},
		{"look-alike label of the relay domain", "k3v9x2m7qpl4tz8@notmarketplace.amazon.com", "", desk.Amazon, desk.Notification},
		{"look-alike of Amazon", "k3v9x2m7qpl4tz8@notamazon.com", "", desk.OwnShop, desk.BuyerMessage},
		{"look-alike of eBay's members", "0a1b2c3d4e5f60718293@members.ebay.com.example", "", desk.OwnShop, desk.BuyerMessage},
		{"look-alike of eBay", "0a1b2c3d4e5f60718293@notebay.com", "", desk.OwnShop, desk.BuyerMessage},
		{"look-alike of Newegg", "ab12cd34@mynewegg.com", "", desk.OwnShop, desk.BuyerMessage},
		{"look-alike of TikTok", "no-reply-team@shop.nottiktok.com", "", desk.OwnShop, desk.BuyerMessage},
		{"look-alike letters", "k3v9x2m7qpl4tz8@marketplace.аmazon.com", "", desk.OwnShop, desk.BuyerMessage},
		{"unknown top-level domain", "k3v9x2m7qpl4tz8@marketplace.amazon.example", "", desk.OwnShop, desk.BuyerMessage},
		{"address in the local part", `"k3v9x2m7qpl4tz8@marketplace.amazon.com"@evil.example`, "", desk.OwnShop, desk.BuyerMessage},
		{"Amazon notice", "payments@amazon.com", "Your deposit", desk.Amazon, desk.Notification},
		{"Amazon question", "seller-answers@amazon.ca", "Can you answer this question about Lamp?", desk.Amazon, desk.AmazonQA},
		{"Amazon staff for a buyer", "cs-reply+ab12@amazon.ca", "An inquiry from one of our customers (Order: 701-5550199-7770411)", desk.Amazon, desk.BuyerMessage},
		{"Walmart relay", hex32 + "@relay.walmart.com", "", desk.Walmart, desk.BuyerMessage},
		{"under Walmart's relay domain", hex32 + "@a.relay.walmart.com", "", desk.Walmart, desk.Notification},
		{"Walmart relay, no hex", "customer@relay.walmart.com", "", desk.Walmart, desk.Notification},
		{"eBay member", "0a1b2c3d4e5f60718293@members.ebay.ca", "", desk.EBay, desk.BuyerMessage},
		{"eBay notice", "ebay@ebay.com", "You made the sale for Lamp", desk.EBay, desk.Notification},
		{"Newegg relay", "ab12.cd34@marketplace.newegg.com", "", desk.Newegg, desk.BuyerMessage},
		{"Newegg on vacation", "ab12.cd34@marketplace.newegg.com", "Automatic reply: we are on vacation", desk.Newegg, desk.Automatic},
		{"Newegg notice", "noreply@newegg.com", "Order", desk.Newegg, desk.Notification},
		{"TikTok", "sellersupport@shop.tiktok.com", "Policy", desk.TikTok, desk.Notification},
		{"no address", "", "", desk.OwnShop, desk.BuyerMessage},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := Recognise(from(tt.address, tt.subject, "Hi"), allStores)
			if r.Marketplace != tt.marketplace || r.Type.Value != tt.typ {
				t.Errorf("%s %s, want %s %s", r.Marketplace, r.Type.Value, tt.marketplace, tt.typ)
			}
			if r.Type.Value == desk.Notification && r.Route.Disabled == "" {
				t.Error("a notification can be answered")
			}
		})
	}
}

func TestAmazonHeader(t *testing.T) {
	tests := []struct{ kind, notice, event string }{
		{"RETURN_REQUEST", "amazon.return_request", EventReturnRequested},
		{"REFUND_ISSUED", "amazon.refund_issued", EventRefundIssued},
		{"BRC_SELLER_NOTIFICATION", "amazon.cancel_request", EventCancelRequested},
		{"A_Z_CLAIM_RESPONDENT_NOTIFY", "amazon.claim", EventClaimOpened},
		{"A_Z_CLAIM_RESPONDENT_CLOSE", "amazon.claim_decision", EventClaimClosed},
		{"SOMETHING_NEW", "amazon.notice", ""},
	}
	for _, tt := range tests {
		r := Recognise(from("no-reply@amazon.com", "Order 114-5550123-7770456", "").with(amazonHeaderName, tt.kind), allStores)
		if r.Type.Value != desk.Notification || r.Notice != tt.notice || r.Event != tt.event {
			t.Errorf("%s: %s %q %q, want notification %q %q", tt.kind, r.Type.Value, r.Notice, r.Event, tt.notice, tt.event)
		}
	}
}

func TestAmazonSubjectsWithoutHeader(t *testing.T) {
	tests := []struct{ address, subject, event string }{
		{"order-update@amazon.com", "Return authorisation request for order 114-5550123-7770456", EventReturnRequested},
		{"order-update@amazon.com", "Return authorization request for order 114-5550123-7770456", EventReturnRequested},
		{"atoz-guarantee-no-reply@amazon.com", "Claim received on order 114-5550123-7770456", EventClaimOpened},
		{"atoz-guarantee-no-reply@amazon.com", "Claim Decision on Order 114-5550123-7770456", EventClaimClosed},
		{"do-not-reply@amazon.com", "Refund initiated for order 114-5550123-7770456", EventRefundIssued},
		{"cb-seller-notification@amazon.com", "Chargeback notification", EventChargeback},
		{"someone@amazon.com", "Claim received on order 114-5550123-7770456", ""},
	}
	for _, tt := range tests {
		if r := Recognise(from(tt.address, tt.subject, ""), allStores); r.Event != tt.event {
			t.Errorf("%s %q: event %q, want %q", tt.address, tt.subject, r.Event, tt.event)
		}
	}
}

func TestForgedAmazonHeader(t *testing.T) {
	for _, kind := range []string{amazonFromBuyer, amazonConfirmation, "REFUND_ISSUED"} {
		r := Recognise(from("mallory@evil.example", "Your e-mail to Dana", "Hi").with(amazonHeaderName, kind), allStores)
		if r.Marketplace == desk.Amazon || r.OwnCopy || r.SuspiciousWhy != "foreign_amazon_header" {
			t.Errorf("%s: %+v", kind, r)
		}
	}
}

func TestForgedConfirmationClosesNothing(t *testing.T) {
	m := fixture(t, "amazon-confirmation")
	plain := m.Header
	m.Header = func(name string) []string {
		if name == "Authentication-Results" {
			return []string{"mx.google.com; dmarc=fail header.from=amazon.com"}
		}
		return plain(name)
	}
	if r := Recognise(m, allStores); r.OwnCopy || len(r.ThreadKeys) > 0 || !r.Suspicious {
		t.Errorf("own copy %v, keys %q, suspicious %v", r.OwnCopy, r.ThreadKeys, r.Suspicious)
	}
}

func TestFailedAuthenticationMakesNoticesOtherMail(t *testing.T) {
	m := from("seller-performance@amazon.com", "Action required", "https://www.amazon.com/ap/signin").with("Authentication-Results", "mx.google.com; dmarc=fail")
	if r := Recognise(m, allStores); r.Type.Value != desk.OtherMail || r.Route.Link != "" || !r.Suspicious {
		t.Errorf("type %s, link %q, suspicious %v", r.Type.Value, r.Route.Link, r.Suspicious)
	}
}

func TestStoreOfOtherSites(t *testing.T) {
	german := from("k3v9x2m7qpl4tz8@marketplace.amazon.de", "", "Hallo")
	tests := []struct {
		name string
		mail Mail
		box  []desk.Store
		want desk.Store
	}{
		{"only one Amazon store served", german, []desk.Store{desk.AmazonCa, desk.Own}, desk.AmazonCa},
		{"two served", german, []desk.Store{desk.AmazonCa, desk.AmazonCom}, desk.AmazonCom},
		{"a site that is served by nobody", german, nil, desk.AmazonCom},
		{"the marketplace id decides", german.with("X-Marketplace-ID", "A2EUQ1WTGCTBG2"), []desk.Store{desk.AmazonCom}, desk.AmazonCa},
		{"an unknown marketplace id", german.with("X-Marketplace-ID", "A1PA6795UKMFR9"), []desk.Store{desk.AmazonCa}, desk.AmazonCa},
		{"plain amazon.com also writes for .ca", from("x@amazon.com", "", ""), []desk.Store{desk.AmazonCa}, desk.AmazonCa},
		{"a relay tells its site", from("k3v9x2m7qpl4tz8@marketplace.amazon.com", "", ""), []desk.Store{desk.AmazonCa}, desk.AmazonCom},
		{"eBay UK", from("0a1b2c3d4e5f60718293@members.ebay.co.uk", "", ""), []desk.Store{desk.EBayCa}, desk.EBayCa},
		{"direct mail without an own shop", from("ana@buyer.example", "", ""), []desk.Store{desk.AmazonCa}, ""},
	}
	for _, tt := range tests {
		if r := Recognise(tt.mail, Mailbox{Address: allStores.Address, Stores: tt.box}); r.Store != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, r.Store, tt.want)
		}
	}
}

func TestAliasAloneIsNoKey(t *testing.T) {
	r := Recognise(from("k3v9x2m7qpl4tz8@marketplace.amazon.com", "Question", "Hi"), allStores)
	if len(r.ThreadKeys) != 0 {
		t.Errorf("keys %q from an alias alone", r.ThreadKeys)
	}
}

func TestBuyersWordsAreNoOrderKey(t *testing.T) {
	r := Recognise(from("k3v9x2m7qpl4tz8@marketplace.amazon.com", "Question", "About order 114-5550123-7770456"), allStores)
	want := []string{"order:amazon.com:k3v9x2m7qpl4tz8:114-5550123-7770456"}
	if !slices.Equal(r.ThreadKeys, want) {
		t.Errorf("keys %q, want %q", r.ThreadKeys, want)
	}
}

func TestAmazonHTMLOnly(t *testing.T) {
	m := from("k3v9x2m7qpl4tz8@marketplace.amazon.com", "Question inquiry from Amazon customer Dana", "You have received a message. Lamp flickers. Footer")
	m.HTML = `<p>You have received a message</p><pre>Lamp <b>flickers</b>.<br>See <a href="https://www.amazon.com/gp/communication-manager/no-response-needed.html?fake">x</a></pre>` +
		`<a href="http://www.amazon.com/gp/communication-manager/no-response-needed.html?http">No response needed</a>` +
		`<a href="https://www.amazon.com:8443/gp/communication-manager/no-response-needed.html?port">No response needed</a>` +
		`<a href="https://www.amazon.com/gp/messages/resolve?t=1&amp;u=2">Resolve <b>case</b></a>`
	r := Recognise(m, allStores)
	if want := "Lamp flickers.\nSee x"; r.Text != want {
		t.Errorf("text %q, want %q", r.Text, want)
	}
	if want := "https://www.amazon.com/gp/messages/resolve?t=1&u=2"; r.Route.NoResponseLink != want {
		t.Errorf("link %q, want %q", r.Route.NoResponseLink, want)
	}
}

func TestTextStaysWholeWhenStrippingLeavesNothing(t *testing.T) {
	const text = "------------- Begin message -------------\n\n------------- End message -------------"
	if r := Recognise(from("k3v9x2m7qpl4tz8@marketplace.amazon.com", "", text), allStores); r.Text != text {
		t.Errorf("text %q", r.Text)
	}
	if got := walmartWords("Message:\n**Note: You have received this message from the customer"); got == "" {
		t.Error("Walmart's text is gone")
	}
}

func TestFindReference(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain", "Email reference id: [#a05-c1d2e3f4a5#]", "[#a05-c1d2e3f4a5#]"},
		{"with its seal, broken by wbr", "[#a05-<wbr/>c1d2e3f4a5#]_<wbr>[#0123456789abcdef#]", "[#a05-c1d2e3f4a5#]_[#0123456789abcdef#]"},
		{"spaces inside", "[# a05-c1d2e3f4a5 #]", "[#a05-c1d2e3f4a5#]"},
		{"the newest stands above the quoted mail", "[#a05-newnewnew#]\n> [#a05-oldoldold#]", "[#a05-newnewnew#]"},
		{"only in the quoted mail", "On Monday eBay wrote:\n> [#a05-oldoldold#]", "[#a05-oldoldold#]"},
		{"too short", "[#abc#]", ""},
		{"none", "Hi", ""},
	}
	for _, tt := range tests {
		if got := FindReference(tt.text); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	walmartForms := func(text string) []string { return walmartOrders(view{Mail: Mail{Text: text}}) }
	tests := []struct {
		name, text string
		find       func(string) []string
		want       []string
	}{
		{"Amazon", "114-5550123-7770456", form(amazonOrderForm), []string{"114-5550123-7770456"}},
		{"Amazon beside Chinese", "订单114-5550123-7770456已发", form(amazonOrderForm), []string{"114-5550123-7770456"}},
		{"Amazon in full width and with other dashes", "１１４－５５５０１２３–７７７０４５６", form(amazonOrderForm), []string{"114-5550123-7770456"}},
		{"longer to the left", "9114-5550123-7770456", form(amazonOrderForm), nil},
		{"longer to the right", "114-5550123-77704561", form(amazonOrderForm), nil},
		{"another group", "114-5550123-7770456-1", form(amazonOrderForm), nil},
		{"a group in front", "1-114-5550123-7770456", form(amazonOrderForm), nil},
		{"full stop behind", "114-5550123-7770456.", form(amazonOrderForm), []string{"114-5550123-7770456"}},
		{"each once", "114-5550123-7770456 114-5550123-7770456", form(amazonOrderForm), []string{"114-5550123-7770456"}},
		{"eBay", "Order 12-34567-89012", form(ebayOrderForm), []string{"12-34567-89012"}},
		{"eBay, longer", "112-34567-89012", form(ebayOrderForm), nil},
		{"eBay item", "Item ID: 123456789012", form(ebayItem), []string{"123456789012"}},
		{"eBay item in a link", "https://www.ebay.com/itm/lamp-x/123456789012?a=1", form(ebayItem), []string{"123456789012"}},
		{"tracking is no eBay item", "FedEx 123456789012", form(ebayItem), nil},
		{"eBay item, longer", "Item ID: 1234567890123", form(ebayItem), nil},
		{"Walmart, 15 digits alone", "about 200012345678901 please", walmartForms, []string{"200012345678901"}},
		{"Walmart, 15 digits with a dash", "2000123-45678901", walmartForms, []string{"200012345678901"}},
		{"Walmart, 13 digits with their label", "Order #: 1234567890123", walmartForms, []string{"1234567890123"}},
		{"Walmart, 13 digits alone are an article", "EAN 4006381333931", walmartForms, nil},
		{"Walmart.ca", "Sales Order ID: 6123456789", walmartForms, []string{"6123456789"}},
		{"a phone number is no Walmart order", "Call 2125550147", walmartForms, nil},
		{"a phone number with dashes behind the label", "order 212-555-0147", walmartForms, nil},
		{"Newegg", "Order Number: 512345678", form(neweggOrder), []string{"512345678"}},
		{"Newegg, longer", "Order Number: 51234567890", form(neweggOrder), nil},
		{"TikTok", "Order ID: 576912345678901234", form(tiktokOrder), []string{"576912345678901234"}},
		{"own shop, English", "my order #10234", form(ownOrder), []string{"10234"}},
		{"own shop, German", "Bestellung Nr. LH-10234", form(ownOrder), []string{"LH-10234"}},
		{"own shop, Japanese", "注文番号：10234について", form(ownOrder), []string{"10234"}},
		{"own shop, Chinese", "订单号10234", form(ownOrder), []string{"10234"}},
		{"own shop, Russian", "заказ № 10234", form(ownOrder), []string{"10234"}},
		{"own shop, Vietnamese", "đơn hàng số 10234", form(ownOrder), []string{"10234"}},
		{"own shop, Thai", "คำสั่งซื้อ 10234", form(ownOrder), []string{"10234"}},
		{"a year is no order", "in 2026 I bought", form(ownOrder), nil},
	}
	for _, tt := range tests {
		if got := tt.find(tt.text); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestOwnCopies(t *testing.T) {
	self := from(allStores.Address, "Test", "Hi")
	if Recognise(self, allStores).OwnCopy {
		t.Error("mail to oneself is no answer")
	}
	self.To = []desk.Contact{{Address: "ana@buyer.example"}}
	if !Recognise(self, allStores).OwnCopy {
		t.Error("mail from the mailbox to a buyer is an answer")
	}
}

func TestContactFormNeverAnswersShopify(t *testing.T) {
	m := fixture(t, "shopify-form")
	m.ReplyTo = nil
	if r := Recognise(m, allStores); r.Route.To != "ana@buyer.example" || len(r.ThreadKeys) > 0 {
		t.Errorf("route %+v, keys %q", r.Route, r.ThreadKeys)
	}
	m.Text = strings.ReplaceAll(m.Text, "ana@buyer.example", "")
	if r := Recognise(m, allStores); r.Route.To != "" || r.Route.Disabled != DisabledNoReply {
		t.Errorf("route %+v without an address", r.Route)
	}
}

func TestAutomaticMail(t *testing.T) {
	bounce := from("mailer-daemon@mx.example", "Undelivered", "…")
	bounce.Automatic = "bounce"
	if r := Recognise(bounce, allStores); r.Type.Value != desk.Automatic || !r.BouncedReply || r.Route.To != "" {
		t.Errorf("bounce: %+v", r)
	}
	away := from("k3v9x2m7qpl4tz8@marketplace.amazon.com", "Away", "…")
	away.Automatic = "out_of_office"
	if r := Recognise(away, allStores); r.Type.Value != desk.Automatic {
		t.Errorf("out of office through a relay: %s", r.Type.Value)
	}
}

// form is one pattern as a finder.
func form(re *regexp.Regexp) func(string) []string {
	return func(text string) []string { return numbers(re, text) }
}

func FuzzRecognise(f *testing.F) {
	for _, name := range []string{"amazon-buyer", "walmart-buyer", "ebay-buyer", "newegg-buyer", "tiktok-notice", "shopify-form"} {
		m := fixture(f, name)
		f.Add(m.From[0].Address, m.Subject, m.Text, "<pre>x</pre><a href='https://www.amazon.com/'>No response needed</a>")
	}
	f.Fuzz(func(t *testing.T, sender, subject, text, html string) {
		m := from(sender, subject, text)
		m.HTML = html
		r := Recognise(m, allStores)
		if r.Type.Value == "" || r.Marketplace == "" {
			t.Fatalf("undecided: %+v", r)
		}
		if strings.TrimSpace(text) != "" && r.Text == "" {
			t.Fatalf("the text %q is gone", text)
		}
		if r.Type.Value == desk.Notification && r.Route.To != "" {
			t.Fatalf("a notification is answered to %q", r.Route.To)
		}
	})
}
