package marketplace

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
)

const amazonHeaderName = "X-Space-Notification-Type"

// amazonTLDs are the sites whose mail is recognised; only .com and .ca are
// stores of Quilldesk.
var amazonTLDs = []string{
	"com", "ca", "com.mx", "com.br", "co.uk", "ie", "de", "fr", "it", "es", "nl", "com.be", "se", "pl",
	"com.tr", "eg", "sa", "ae", "co.za", "in", "co.jp", "com.au", "sg",
}

// amazonMarketplaces are the ids of X-Marketplace-ID that stand for a store.
var amazonMarketplaces = map[string]desk.Store{
	"ATVPDKIKX0DER":  desk.AmazonCom,
	"A2EUQ1WTGCTBG2": desk.AmazonCa,
}

var amazon = channel{
	marketplace: desk.Amazon,
	relay:       amazonRelay,
	domain:      ofAmazon,
	store:       amazonStore,
	buyer:       amazonBuyer,
	orders:      amazonOrders,
	disabled:    DisabledNotice,
	undelivered: regexp.MustCompile(`(?i)we were unable to deliver the message you sent|opted out of receiving (?:unsolicited )?messages`),
	// Older mail lacks the header, so senders and subjects have to tell.
	notices: []notice{
		{name: "amazon.question", local: "seller-answers", subject: regexp.MustCompile(`(?i)can you answer this question about`), as: desk.AmazonQA, disabled: DisabledQA},
		// Amazon's staff write in a buyer's name; an answer reaches the case.
		{name: "amazon.staff_inquiry", subject: regexp.MustCompile(`(?i)^an inquiry from one of our customers`), as: desk.BuyerMessage},
		{name: "amazon.return_request", event: EventReturnRequested, local: "order-update", subject: regexp.MustCompile(`(?i)return authori[sz]ation request for order`)},
		{name: "amazon.claim_decision", event: EventClaimClosed, local: "atoz-guarantee-no-reply", subject: regexp.MustCompile(`(?i)claim decision on order`)},
		{name: "amazon.claim", event: EventClaimOpened, local: "atoz-guarantee-no-reply", subject: regexp.MustCompile(`(?i)claim received on order`)},
		{name: "amazon.refund_issued", event: EventRefundIssued, local: "do-not-reply", subject: regexp.MustCompile(`(?i)refund initiated for order`)},
		{name: "amazon.chargeback", event: EventChargeback, local: "cb-seller-notification", subject: regexp.MustCompile(``)},
		{name: "amazon.cancel_request", event: EventCancelRequested, subject: amazonCancelSubject},
	},
}

// amazonTypes are the values of X-Space-Notification-Type that announce an event.
var amazonTypes = map[string]notice{
	"RETURN_REQUEST":              {name: "amazon.return_request", event: EventReturnRequested},
	"REFUND_ISSUED":               {name: "amazon.refund_issued", event: EventRefundIssued},
	"BRC_SELLER_NOTIFICATION":     {name: "amazon.cancel_request", event: EventCancelRequested},
	"A_Z_CLAIM_RESPONDENT_NOTIFY": {name: "amazon.claim", event: EventClaimOpened},
}

const (
	amazonFromBuyer    = "BBC_MESSAGE_SENT_TO_MERCHANT"
	amazonConfirmation = "BBC_MESSAGE_CONFIRMATION_TO_MERCHANT"
)

var (
	amazonAlias         = regexp.MustCompile(`^([a-z0-9]{8,32})(?:\+([0-9a-f]{8}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))?$`)
	amazonCase          = regexp.MustCompile(`^[^+]+\+([0-9a-f]{8}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)
	amazonInquiry       = regexp.MustCompile(`(?i)(?:inquiry|request) from amazon customer (?:/ demande d['’]un client amazon )?([^(\r\n]{1,120}?)\s*(?:\(order|$)`)
	amazonYourEmail     = regexp.MustCompile(`(?i)^your e-?mail to (.{1,120}?)\s*$`)
	amazonCancelSubject = regexp.MustCompile(`(?i)^order cancell?ation request from amazon customer`)
	amazonOrderForm     = regexp.MustCompile(`\d{3}-\d{7}-\d{7}`)
	amazonSubjectOrder  = regexp.MustCompile(`(?i)\(order:? *(\d{3}-\d{7}-\d{7})\)`)
	amazonASIN          = regexp.MustCompile(`B0[A-Z0-9]{8}`)
)

func ofAmazon(host string) bool {
	_, ok := amazonSite(host, "amazon.")
	return ok
}

// amazonSite finds the top-level domain of a host at or under prefix + TLD.
func amazonSite(host, prefix string) (tld string, ok bool) {
	for _, tld := range amazonTLDs {
		if under(host, prefix+tld) {
			return tld, true
		}
	}
	return "", false
}

// amazonRelay accepts <alias>[+<case>] at a relay domain. The alias has the same
// letters as "donotreply", so senders nobody reads are refused first.
func amazonRelay(a address) bool {
	if _, ok := amazonSite(a.host, "marketplace.amazon."); !ok || a.noReply() {
		return false
	}
	return amazonAlias.MatchString(a.local)
}

// amazonStore takes X-Marketplace-ID, then the site of the sender. A site that is
// no store goes to the one Amazon store the mailbox serves, else to amazon.com;
// so does plain amazon.com, which also writes to sellers of other sites.
func amazonStore(v view) desk.Store {
	id := v.header("X-Marketplace-ID")
	if s, ok := amazonMarketplaces[id]; ok {
		return s
	}
	nearest := nearestStore(v.box, desk.Amazon, desk.AmazonCom)
	if id != "" {
		return nearest
	}
	for _, a := range append([]address{v.from, v.replyTo}, v.recipients()...) {
		tld, ok := amazonSite(a.host, "amazon.")
		switch {
		case !ok:
			continue
		case tld == "ca":
			return desk.AmazonCa
		case tld == "com" && amazonRelay(a):
			return desk.AmazonCom
		}
		return nearest
	}
	return nearest
}

// amazonOwnCopy is Amazon's confirmation of an answer the seller wrote.
func amazonOwnCopy(v view) (Recognised, bool) {
	byHeader := ofAmazon(v.from.host) && v.header(amazonHeaderName) == amazonConfirmation
	name := amazonYourEmail.FindStringSubmatch(v.Subject)
	if !byHeader && !(ofAmazon(v.from.host) && v.from.noReply() && name != nil) {
		return Recognised{}, false
	}
	r := amazonBuyer(v, v.amazonAnyRelay())
	if name != nil {
		r.Buyer.Name = name[1]
	}
	r.Notice = "amazon.own_answer"
	return asOwnCopy(r), true
}

// amazonAnyRelay is a relay address anywhere in the mail's addresses.
func (v view) amazonAnyRelay() address {
	for _, a := range append([]address{v.from, v.replyTo}, v.recipients()...) {
		if amazonRelay(a) {
			return a
		}
	}
	return address{}
}

// amazonHeader decides by X-Space-Notification-Type, which counts only on mail
// from Amazon.
func amazonHeader(v view) (Recognised, bool) {
	kind := v.header(amazonHeaderName)
	if kind == "" || !ofAmazon(v.from.host) {
		return Recognised{}, false
	}
	relay := v.amazonSender()
	if kind == amazonFromBuyer && relay.host != "" {
		return buyerMail(v, amazon, relay), true
	}
	n, known := amazonTypes[kind]
	switch {
	case known:
	case strings.HasPrefix(kind, "A_Z_CLAIM") && strings.HasSuffix(kind, "_CLOSE"):
		n = notice{name: "amazon.claim_decision", event: EventClaimClosed}
	default:
		return Recognised{}, false // a kind not known yet: addresses and subject may still tell
	}
	if relay.host != "" && n.event == EventCancelRequested {
		r := buyerMail(v, amazon, relay) // the buyer waits for an answer
		r.Notice, r.Event = n.name, n.event
		return r, true
	}
	return amazon.notification(v, n), true
}

// amazonSender is the relay address an answer goes to: of From and Reply-To the
// one that carries the case.
func (v view) amazonSender() address {
	var best address
	for _, a := range []address{v.from, v.replyTo} {
		if amazonRelay(a) && (best.host == "" || (strings.Contains(a.local, "+") && !strings.Contains(best.local, "+"))) {
			best = a
		}
	}
	return best
}

// amazonBuyer reads a buyer's message. The alias is stable per buyer, but
// business buyers may share one: it is part of a key, never the key.
func amazonBuyer(v view, relay address) Recognised {
	words, afterwards := amazonWords(v)
	r := Recognised{
		Marketplace:  desk.Amazon,
		Store:        amazonStore(v),
		Text:         words,
		OrderNumbers: amazonOrders(v),
		ItemNumbers:  numbers(amazonASIN, v.Subject, v.Text),
		Buyer:        desk.Contact{Name: amazonName(v, relay), Address: relay.Address},
		Route:        desk.ReplyRoute{NoResponseLink: amazonNoResponse(afterwards)},
		Notice:       "amazon.buyer_message",
	}
	if sender := v.amazonSender(); sender.host != "" {
		r.Route.To = sender.Address
	}
	if amazonCancelSubject.MatchString(v.Subject) {
		r.Notice, r.Event = "amazon.cancel_request", EventCancelRequested
	}
	r.ThreadKeys = amazonKeys(v, relay, r)
	return r
}

// amazonKeys are the case, then the alias with the order, then the order alone:
// Amazon's copies of our answers name no alias.
func amazonKeys(v view, relay address, r Recognised) []string {
	var keys []string
	if alias := untagged(relay.local); alias != "" {
		if id := v.amazonCaseID(relay); id != "" {
			keys = append(keys, "amazon:case:"+alias+":"+id)
		}
		if len(r.OrderNumbers) > 0 {
			keys = append(keys, orderKey(r.Store, alias, r.OrderNumbers[0]))
		}
	}
	if own := amazonOwnOrders(v); len(own) > 0 && !v.ownAddress(v.from) {
		keys = append(keys, orderKey(r.Store, "", own[0]))
	}
	return keys
}

// amazonOwnOrders are the numbers Amazon itself wrote: into the form of the
// subject or above the buyer's words. Only these name an order without the alias.
func amazonOwnOrders(v view) []string {
	var template string
	if begin := amazonBegin.FindStringIndex(v.Text); begin != nil {
		template = v.Text[:begin[0]]
	}
	return merge(numbers(amazonSubjectOrder, v.Subject), numbers(amazonOrderForm, template))
}

// amazonCaseID finds the case behind a "+". It may stand only in the recipient
// or the envelope, at a relay address or at the mailbox's own.
func (v view) amazonCaseID(relay address) string {
	candidates := append([]address{relay, v.from, v.replyTo}, v.recipients()...)
	for _, path := range v.Header("Return-Path") {
		candidates = append(candidates, parseAddress(desk.Contact{Address: strings.Trim(strings.TrimSpace(path), "<>")}))
	}
	for _, a := range candidates {
		if !amazonRelay(a) && !v.ownAddress(a) {
			continue
		}
		if m := amazonCase.FindStringSubmatch(a.local); m != nil {
			return m[1]
		}
	}
	return ""
}

// amazonName prefers the subject's form to the display name, from which
// Amazon's suffix is cut.
func amazonName(v view, relay address) string {
	if m := amazonInquiry.FindStringSubmatch(v.Subject); m != nil {
		return strings.TrimSpace(m[1])
	}
	name := relay.Name
	for _, suffix := range []string{" - Amazon Marketplace", " via Amazon"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return strings.TrimSpace(name)
}

func amazonOrders(v view) []string { return numbers(amazonOrderForm, v.Subject, v.Text) }

// amazonNoResponse picks the signed "no response needed" link ("Resolve case" in
// newer mail) out of what stands after the buyer's words.
func amazonNoResponse(links []link) string {
	for _, l := range links {
		u, err := url.Parse(l.href)
		if err != nil || u.Scheme != "https" || u.User != nil || !amazonExactHost(u.Host) {
			continue
		}
		label := strings.ToLower(l.text)
		if strings.HasSuffix(u.Path, "/gp/communication-manager/no-response-needed.html") ||
			strings.Contains(label, "no response needed") || strings.Contains(label, "resolve case") {
			return l.href
		}
	}
	return ""
}

// amazonExactHost accepts amazon.<tld> itself and its two names for people.
func amazonExactHost(host string) bool {
	host = strings.ToLower(host)
	for _, prefix := range []string{"www.", "sellercentral."} {
		if rest, ok := strings.CutPrefix(host, prefix); ok {
			host = rest
			break
		}
	}
	for _, tld := range amazonTLDs {
		if host == "amazon."+tld {
			return true
		}
	}
	return false
}
