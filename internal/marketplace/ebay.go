package marketplace

import (
	"regexp"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// ebaySites are the domains whose mail is recognised; only .com and .ca are
// stores of Quilldesk.
var ebaySites = []string{
	"com", "ca", "co.uk", "de", "fr", "it", "es", "com.au", "at", "be", "ch", "ie", "nl", "pl", "com.hk", "com.my", "com.sg", "ph",
}

var ebay = channel{
	marketplace: desk.EBay,
	relay:       ebayRelay,
	domain:      func(host string) bool { _, ok := ebaySite(host, "ebay."); return ok },
	store:       ebayStore,
	buyer:       ebayBuyer,
	orders:      ebayOrders,
	disabled:    DisabledNotice,
	undelivered: regexp.MustCompile(`(?i)your message [^\n]{0,60}(?:was not|wasn['’]t|could not be|couldn['’]t be) (?:sent|delivered)`),
	notices: []notice{
		{name: "ebay.sold", event: EventSold, subject: regexp.MustCompile(`(?i)you made the sale`)},
		{name: "ebay.cancel_request", event: EventCancelRequested, subject: regexp.MustCompile(`(?i)wants to cancel`)},
		{name: "ebay.return_request", event: EventReturnRequested, subject: regexp.MustCompile(`(?i)return request|^return \d{6,12}\b`)},
		{name: "ebay.case", event: EventClaimOpened, subject: regexp.MustCompile(`(?i)opened a (?:case|request)|item not received|not as described`)}, // U
		{name: "ebay.payment_dispute", event: EventChargeback, subject: regexp.MustCompile(`(?i)payment dispute|chargeback`)},                         // U
		{name: "ebay.message", subject: regexp.MustCompile(`(?i)sent a message about`)},
	},
}

var (
	ebayOrderForm = regexp.MustCompile(`\d{2}-\d{5}-\d{5}`)
	// A bare run of twelve digits may be a tracking number, so an item needs its label.
	ebayItem = regexp.MustCompile(`(?i)(?:item(?:[ \t]*(?:id|number|no\.?))?[ \t]*[:#]?[ \t]*[(#]?[ \t]*|/itm/(?:[a-z0-9-]{1,80}/)?|\(#?)(\d{12})`)

	ebayReference = regexp.MustCompile(`\[#\s*([A-Za-z0-9-]{8,64})\s*#\](?:_\[#[0-9a-f]{16,64}#\])?`)
	ebayIntro     = regexp.MustCompile(`(?im)^[ \t]*new message from:[^\n]*$`)
	ebayTrailer   = regexp.MustCompile(`(?im)^[ \t]*(?:reply:|item id:|order number:|only purchases (?:made )?on ebay|e-?mail reference id:)`)
	ebayBreaks    = regexp.MustCompile(`(?i)</?wbr\s*/?>|&#8203;|\x{200B}|\x{FEFF}`)
	ebayQuoted    = regexp.MustCompile(`(?im)^[ \t]*(?:>|-{3,}\s*original message|on [^\n]{4,120} wrote:)`)
)

func ebaySite(host, prefix string) (site string, ok bool) {
	for _, site := range ebaySites {
		if under(host, prefix+site) {
			return site, true
		}
	}
	return "", false
}

// ebayRelay asks for the members' domain: eBay's own notices carry a reference too.
func ebayRelay(a address) bool {
	_, ok := ebaySite(a.host, "members.ebay.")
	return ok && a.local != "" && !a.noReply()
}

func ebayStore(v view) desk.Store {
	for _, a := range append([]address{v.from, v.replyTo}, v.recipients()...) {
		switch site, ok := ebaySite(a.host, "ebay."); {
		case ok && site == "ca":
			return desk.EBayCa
		case ok && site == "com" && under(a.host, "members.ebay.com"):
			return desk.EBayCom
		case ok:
			return nearestStore(v.box, desk.EBay, desk.EBayCom)
		}
	}
	return nearestStore(v.box, desk.EBay, desk.EBayCom)
}

func ebayBuyer(v view, relay address) Recognised {
	r := Recognised{
		Marketplace:  desk.EBay,
		Store:        ebayStore(v),
		Text:         ebayWords(v),
		OrderNumbers: ebayOrders(v),
		ItemNumbers:  numbers(ebayItem, v.Subject, v.Text),
		Route:        desk.ReplyRoute{Reference: FindReference(v.Text, v.HTML)},
		Buyer:        desk.Contact{Name: strings.TrimPrefix(relay.Name, "eBay - "), Address: relay.Address},
		Notice:       "ebay.buyer_message",
	}
	switch {
	case len(r.OrderNumbers) > 0:
		r.ThreadKeys = []string{orderKey(r.Store, untagged(relay.local), r.OrderNumbers[0])}
	case len(r.ItemNumbers) > 0:
		r.ThreadKeys = []string{itemKey(r.Store, untagged(relay.local), r.ItemNumbers[0])}
	}
	return r
}

func ebayOrders(v view) []string { return numbers(ebayOrderForm, v.Subject, v.Text) }

// FindReference finds eBay's reference "[#…#]" without which a reply is not
// delivered. It changes with every mail, so the one above any quoted mail
// counts. "" when there is none.
func FindReference(texts ...string) string {
	for _, text := range texts {
		text = ebayBreaks.ReplaceAllString(text, "")
		if quoted := ebayQuoted.FindStringIndex(text); quoted != nil {
			if ref := firstReference(text[:quoted[0]]); ref != "" {
				return ref
			}
		}
		if ref := firstReference(text); ref != "" {
			return ref
		}
	}
	return ""
}

func firstReference(text string) string {
	return strings.Join(strings.Fields(ebayReference.FindString(text)), "")
}

// ebayWords takes the part of the page that eBay marks as the buyer's, else what
// stands between the introduction and eBay's own lines.
func ebayWords(v view) string {
	if words := strings.TrimSpace(v.page.inputted); words != "" {
		return words
	}
	clean := strings.TrimSpace(ebayBreaks.ReplaceAllString(v.Text, ""))
	words := clean
	if m := ebayIntro.FindStringIndex(words); m != nil {
		words = words[m[1]:]
	}
	if m := ebayTrailer.FindStringIndex(words); m != nil {
		words = words[:m[0]]
	}
	if words = strings.TrimSpace(words); words != "" {
		return words
	}
	return clean
}
