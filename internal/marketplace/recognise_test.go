package marketplace

import (
	"bytes"
	"io"
	"mime"
	"net/mail"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

var allStores = Mailbox{
	Address:    "support@lumenhaus.example",
	AuthServID: []string{"mx.google.com"},
	Stores: []desk.Store{desk.AmazonCom, desk.AmazonCa, desk.WalmartCom, desk.WalmartCa, desk.EBayCom, desk.EBayCa,
		desk.NeweggCom, desk.NeweggCa, desk.NeweggBusiness, desk.TikTokUS, desk.Own},
}

// parse is a reader good enough for the fixtures, which are plain text.
func parse(t testing.TB, raw []byte) Mail {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("reading the fixture: %v", err)
	}
	body, err := io.ReadAll(m.Body)
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	list := func(name string) (out []desk.Contact) {
		addresses, _ := m.Header.AddressList(name)
		for _, a := range addresses {
			out = append(out, desk.Contact{Name: a.Name, Address: a.Address})
		}
		return out
	}
	return Mail{
		Header:  func(name string) []string { return m.Header[textproto.CanonicalMIMEHeaderKey(name)] },
		From:    list("From"),
		ReplyTo: list("Reply-To"),
		To:      list("To"),
		Cc:      list("Cc"),
		Subject: subject,
		Text:    string(body),
	}
}

func fixture(t testing.TB, name string) Mail {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, raw)
}

func TestRecognise(t *testing.T) {
	const relay = "k3v9x2m7qpl4tz8+6f1c2b90@marketplace.amazon.com"
	dana := []string{"amazon:case:k3v9x2m7qpl4tz8:6f1c2b90", "order:amazon.com:k3v9x2m7qpl4tz8:114-5550123-7770456"}
	danaToo := append(slices.Clone(dana), "order:amazon.com::114-5550123-7770456")
	tests := []struct {
		fixture string
		want    Recognised
		typ     desk.Type
	}{
		{"amazon-buyer", Recognised{
			Marketplace: desk.Amazon, Store: desk.AmazonCom, Notice: "amazon.buyer_message",
			Buyer: desk.Contact{Name: "Dana Whitfield", Address: relay},
			Text: "The lamp flickers.\n------------- End message -------------\n" +
				"https://www.amazon.com/gp/communication-manager/no-response-needed.html?messageId=fake\nWhat should I do?",
			OrderNumbers: []string{"114-5550123-7770456"}, ItemNumbers: []string{"B0TEST4XYZ"}, ThreadKeys: danaToo,
			Route: desk.ReplyRoute{To: relay, NoResponseLink: "https://sellercentral.amazon.com/gp/communication-manager/no-response-needed.html?messageId=A1&token=t0k"},
		}, desk.AfterSale},
		{"amazon-ca-bilingual", Recognised{
			Marketplace: desk.Amazon, Store: desk.AmazonCa, Notice: "amazon.buyer_message",
			Buyer: desk.Contact{Name: "Élodie", Address: "p0o9i8u7y6t5r4@marketplace.amazon.ca"},
			Text:  "Bonjour, je veux retourner la lampe.", OrderNumbers: []string{"701-5550199-7770411"},
			ThreadKeys: []string{"amazon:case:p0o9i8u7y6t5r4:0f8fad5b-d9cb-469f-a165-70867728950e", "order:amazon.ca:p0o9i8u7y6t5r4:701-5550199-7770411", "order:amazon.ca::701-5550199-7770411"},
			Route:      desk.ReplyRoute{To: "p0o9i8u7y6t5r4@marketplace.amazon.ca"},
		}, desk.AfterSale},
		{"amazon-message-marker", Recognised{
			Marketplace: desk.Amazon, Store: desk.AmazonCom, Notice: "amazon.buyer_message",
			Buyer: desk.Contact{Name: "Sam", Address: "abcdefgh12345678@marketplace.amazon.com"},
			Text:  "Does this fit a 20 mm pole?", Route: desk.ReplyRoute{To: "abcdefgh12345678@marketplace.amazon.com"},
		}, desk.PreSale},
		{"amazon-confirmation", Recognised{
			Marketplace: desk.Amazon, Store: desk.AmazonCom, Notice: "amazon.own_answer", OwnCopy: true,
			Buyer: desk.Contact{Name: "Dana Whitfield", Address: relay}, Text: "Please try another bulb.",
			OrderNumbers: []string{"114-5550123-7770456"}, ThreadKeys: danaToo,
		}, desk.OtherMail},
		{"amazon-undelivered", Recognised{
			Marketplace: desk.Amazon, Store: desk.AmazonCom, Notice: "amazon.reply_undelivered", BouncedReply: true,
			Buyer: desk.Contact{Address: relay}, OrderNumbers: []string{"114-5550123-7770456"}, ThreadKeys: dana,
			Text:  "We were unable to deliver the message you sent about order 114-5550123-7770456 to " + relay + ".",
			Route: desk.ReplyRoute{Disabled: DisabledNotice},
		}, desk.Automatic},
		{"amazon-question", Recognised{
			Marketplace: desk.Amazon, Store: desk.AmazonCom, Notice: "amazon.question",
			Text:  "A shopper asks: is it dimmable?\nhttps://evil.example/answer\nhttps://www.amazon.com/questions/answer?id=1",
			Route: desk.ReplyRoute{Disabled: DisabledQA, Link: "https://www.amazon.com/questions/answer?id=1"},
		}, desk.AmazonQA},
		{"walmart-buyer", Recognised{
			Marketplace: desk.Walmart, Store: desk.WalmartCom, Notice: "walmart.buyer_message",
			Buyer:        desk.Contact{Name: "Ruth Okafor", Address: "0123456789abcdef0123456789abcdef@relay.walmart.com"},
			Text:         "Hello,\n**Note: You have received this message from the customer, I was told.\nWhere is my lamp? Call me on 212-555-0147.",
			OrderNumbers: []string{"200012345678901"}, ItemNumbers: []string{"555012345"}, ThreadKeys: []string{"order:walmart.com::200012345678901"},
			Route: desk.ReplyRoute{To: "0123456789abcdef0123456789abcdef@relay.walmart.com"},
		}, desk.AfterSale},
		{"walmart-ca", Recognised{
			Marketplace: desk.Walmart, Store: desk.WalmartCa, Notice: "walmart.buyer_message",
			Buyer: desk.Contact{Name: "Ruth", Address: "0123456789abcdef0123456789abcdea@relay.walmart.com"}, Text: "Hi",
			OrderNumbers: []string{"6123456789"}, ThreadKeys: []string{"order:walmart.ca::6123456789"},
			Route: desk.ReplyRoute{To: "0123456789abcdef0123456789abcdea@relay.walmart.com"},
		}, desk.AfterSale},
		{"ebay-buyer", Recognised{
			Marketplace: desk.EBay, Store: desk.EBayCom, Notice: "ebay.buyer_message",
			Buyer: desk.Contact{Name: "lampfan", Address: "0a1b2c3d4e5f60718293@members.ebay.com"},
			Text:  "Is the 61299998877766554433 tracking right?", OrderNumbers: []string{"12-34567-89012"}, ItemNumbers: []string{"123456789012"},
			ThreadKeys: []string{"order:ebay.com:0a1b2c3d4e5f60718293:12-34567-89012"},
			Route: desk.ReplyRoute{To: "0a1b2c3d4e5f60718293@members.ebay.com",
				Reference: "[#a05-c1d2e3f4a5#]_[#0123456789abcdef0123456789abcdef#]"},
		}, desk.AfterSale},
		{"ebay-notice", Recognised{
			Marketplace: desk.EBay, Store: desk.EBayCom, Notice: "ebay.cancel_request", Event: EventCancelRequested,
			Text:         "Order number: 12-34567-89012\nhttps://www.ebay.com/sh/ord\nEmail reference id: [#a05-c1d2e3f4a5#]",
			OrderNumbers: []string{"12-34567-89012"}, ThreadKeys: []string{"order:ebay.com:notice:12-34567-89012"},
			Route: desk.ReplyRoute{Disabled: DisabledNotice, Link: "https://www.ebay.com/sh/ord"},
		}, desk.Notification},
		{"newegg-buyer", Recognised{
			Marketplace: desk.Newegg, Store: desk.NeweggCa, Notice: "newegg.buyer_message",
			Buyer: desk.Contact{Name: "Kim", Address: "cusa.ab12cd34@marketplace.newegg.com"}, Text: "Please reply soon.\nThanks",
			OrderNumbers: []string{"512345678"}, ItemNumbers: []string{"9SIABCD1234567"},
			ThreadKeys: []string{"order:newegg.ca:cusa.ab12cd34:512345678"}, Route: desk.ReplyRoute{To: "cusa.ab12cd34@marketplace.newegg.com"},
		}, desk.AfterSale},
		{"tiktok-notice", Recognised{
			Marketplace: desk.TikTok, Store: desk.TikTokUS, Notice: "tiktok.buyer_chat",
			Text:         "Order ID: 576912345678901234\nhttps://seller-us.tiktok.com/chat?order=576912345678901234",
			OrderNumbers: []string{"576912345678901234"}, ThreadKeys: []string{"order:tiktok.us:notice:576912345678901234"},
			Route: desk.ReplyRoute{Disabled: DisabledTikTok, Link: "https://seller-us.tiktok.com/chat?order=576912345678901234"},
		}, desk.Notification},
		{"shopify-form", Recognised{
			Marketplace: desk.OwnShop, Store: desk.Own, Notice: "own.contact_form",
			Buyer: desk.Contact{Name: "Ana Ruiz", Address: "ana@buyer.example"}, Text: "Do you ship to Mexico?\nNote:\nI need two.",
			Route: desk.ReplyRoute{To: "ana@buyer.example"},
		}, desk.PreSale},
		{"own-answer", Recognised{
			Marketplace: desk.Amazon, Store: desk.AmazonCom, Notice: "amazon.buyer_message", OwnCopy: true,
			Buyer: desk.Contact{Name: "Dana", Address: relay}, Text: "Please try another bulb.",
			OrderNumbers: []string{"114-5550123-7770456"}, ThreadKeys: dana,
		}, desk.OtherMail},
	}
	for _, tt := range tests {
		t.Run(tt.fixture, func(t *testing.T) {
			got := Recognise(fixture(t, tt.fixture), allStores)
			if got.Type.Value != tt.typ || string(got.Category.Value) != string(tt.typ) {
				t.Errorf("type %q, category %q, want %q", got.Type.Value, got.Category.Value, tt.typ)
			}
			got.Type, got.Category = desk.Label[desk.Type]{}, desk.Label[desk.Category]{}
			compare(t, got, tt.want)
		})
	}
}

func compare(t *testing.T, got, want Recognised) {
	t.Helper()
	lists := []struct {
		name      string
		got, want []string
	}{
		{"order numbers", got.OrderNumbers, want.OrderNumbers},
		{"item numbers", got.ItemNumbers, want.ItemNumbers},
		{"thread keys", got.ThreadKeys, want.ThreadKeys},
	}
	for _, l := range lists {
		if !slices.Equal(l.got, l.want) {
			t.Errorf("%s %q, want %q", l.name, l.got, l.want)
		}
	}
	if got.Marketplace != want.Marketplace || got.Store != want.Store {
		t.Errorf("store %s/%s, want %s/%s", got.Marketplace, got.Store, want.Marketplace, want.Store)
	}
	if got.Buyer != want.Buyer {
		t.Errorf("buyer %+v, want %+v", got.Buyer, want.Buyer)
	}
	if got.Text != want.Text {
		t.Errorf("text %q, want %q", got.Text, want.Text)
	}
	if got.Route != want.Route {
		t.Errorf("route %+v\nwant %+v", got.Route, want.Route)
	}
	if got.Notice != want.Notice || got.Event != want.Event {
		t.Errorf("notice %q event %q, want %q %q", got.Notice, got.Event, want.Notice, want.Event)
	}
	if got.OwnCopy != want.OwnCopy || got.BouncedReply != want.BouncedReply || got.SuspiciousWhy != want.SuspiciousWhy {
		t.Errorf("own copy %v bounced %v suspicious %q, want %v %v %q",
			got.OwnCopy, got.BouncedReply, got.SuspiciousWhy, want.OwnCopy, want.BouncedReply, want.SuspiciousWhy)
	}
}

func TestClockFor(t *testing.T) {
	tests := []struct {
		store        desk.Store
		limit        time.Duration
		target, none bool
	}{
		{desk.AmazonCom, 24 * time.Hour, false, false},
		{desk.AmazonCa, 24 * time.Hour, false, false},
		{desk.WalmartCa, 48 * time.Hour, false, false},
		{desk.EBayCom, 24 * time.Hour, true, false},
		{desk.NeweggBusiness, 24 * time.Hour, true, false},
		{desk.Own, 24 * time.Hour, true, false},
		{desk.TikTokUS, 0, false, true},
		{"", 0, false, true},
	}
	for _, tt := range tests {
		limit, target, none := ClockFor(tt.store)
		if limit != tt.limit || target != tt.target || none != tt.none {
			t.Errorf("%q: %v, %v, %v", tt.store, limit, target, none)
		}
	}
}
