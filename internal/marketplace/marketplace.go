// Package marketplace recognises the mail of marketplaces: who wrote, about
// which order, in which words, and how an answer has to travel. It is pure: it
// reads a parsed mail and the facts of the mailbox, nothing else.
//
// The order of decision is fixed: what the mailbox's own provider says about
// the sender; copies of the seller's own answers; Amazon's notification header;
// buyer relay domains; known notices; other mail of a marketplace's domain;
// everything else. Relay domains come before the general domains they lie under.
package marketplace

import (
	"regexp"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Mail is what recognition needs of a message.
type Mail struct {
	// Header gives every value of a header, topmost first.
	Header func(name string) []string

	From, ReplyTo, To, Cc, DeliveredTo []desk.Contact

	Subject, Text, HTML   string
	MessageID             string
	InReplyTo, References []string
	// Automatic is "" for mail a person wrote, else "bounce", "out_of_office", ….
	Automatic string
}

// Mailbox is what recognition needs to know of the mailbox that got the mail.
type Mailbox struct {
	Address string
	Stores  []desk.Store
	// AuthServID are the names under which the mailbox's own provider writes
	// Authentication-Results, e.g. "mx.google.com". Without one no such header
	// can be trusted, and authentication counts as missing, not as failed.
	AuthServID []string
}

// Recognised is what the mail turned out to be.
type Recognised struct {
	Marketplace desk.Marketplace
	// Store is "" for mail of no store: direct mail to a mailbox without an own shop.
	Store desk.Store

	// Type rests on a form of the marketplace (desk.ByRule) or on words
	// (desk.ByEstimate). Category is the preset one of the type.
	Type     desk.Label[desk.Type]
	Category desk.Label[desk.Category]

	Buyer desk.Contact
	// Text is the buyer's words without the marketplace's template; the whole
	// text when stripping leaves nothing.
	Text         string
	OrderNumbers []string
	ItemNumbers  []string
	// ThreadKeys are opaque names of the conversation, strongest first. Mail that
	// is suspicious has none, so that it cannot enter a buyer's conversation.
	ThreadKeys []string

	Route desk.ReplyRoute
	// OwnCopy is a copy of the seller's own answer: never a new conversation.
	OwnCopy bool
	// BouncedReply says that the marketplace did not deliver our answer.
	BouncedReply bool

	Suspicious bool
	// SuspiciousWhy is a code: "dmarc_fail", "spf_fail", "dkim_fail", "foreign_amazon_header".
	SuspiciousWhy string

	// Notice names the marketplace's message, e.g. "amazon.return_request".
	Notice string
	// Event is what happened: one of the Event constants or "".
	Event string
}

// Events that a marketplace's mail announces.
const (
	EventReturnRequested = "return_requested"
	EventRefundIssued    = "refund_issued"
	EventCancelRequested = "cancel_requested"
	EventClaimOpened     = "claim_opened"
	EventClaimClosed     = "claim_closed"
	EventChargeback      = "chargeback"
	EventSold            = "sold"
)

// Why a mail cannot be answered by mail.
const (
	DisabledQA      = "amazon_qa"
	DisabledTikTok  = "tiktok_in_app"
	DisabledNotice  = "notice"
	DisabledNoReply = "no_reply_address"
)

// steps are tried in order; the first that knows the mail decides.
var steps = []func(view) (Recognised, bool){
	undelivered,
	ownCopy,
	amazonHeader,
	relayed,
	noticed,
	otherOfMarketplace,
	contactForm,
	direct,
}

// Recognise says what a mail is. It never fails: mail of no known form is
// direct mail or automatic mail.
func Recognise(m Mail, box Mailbox) Recognised {
	v := look(m, box)
	var r Recognised
	for _, step := range steps {
		var ok bool
		if r, ok = step(v); ok {
			break
		}
	}
	if why := v.suspicion(); why != "" {
		r.distrust(why)
	}
	r.Category = desk.Set(desk.Category(r.Type.Value), r.Type.Source, r.Type.Reason.Code, r.Type.Reason.Detail)
	return r
}

// distrust takes from a mail whose sender could not be proven everything that
// would act on other conversations or send people to a link. What claims to be a
// marketplace's notice is then just other mail; a buyer's message stays one,
// because forwarding alone can break authentication.
func (r *Recognised) distrust(why string) {
	r.Suspicious, r.SuspiciousWhy = true, why
	r.OwnCopy, r.BouncedReply = false, false
	r.ThreadKeys, r.Event = nil, ""
	r.Route.Link, r.Route.NoResponseLink = "", ""
	if r.Type.Value == desk.Notification || r.Type.Value == desk.AmazonQA {
		r.Type = desk.Set(desk.OtherMail, desk.ByRule, desk.ReasonHeader, why)
		r.Notice = ""
	}
}

var anyAddress = regexp.MustCompile(`[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)

// undelivered is a marketplace's word that our answer did not reach the buyer. It
// comes before the copies because Amazon sends it from the same address.
func undelivered(v view) (Recognised, bool) {
	for _, c := range channels {
		if c.undelivered == nil || !c.domain(v.from.host) || c.relay(v.from) || v.header(amazonHeaderName) == amazonFromBuyer ||
			!c.undelivered.MatchString(v.Subject+"\n"+beforeFrame(v.Text)) {
			continue
		}
		r := c.notification(v, notice{name: string(c.marketplace) + ".reply_undelivered", as: desk.Automatic})
		r.BouncedReply = true
		if len(r.OrderNumbers) > 0 {
			r.ThreadKeys = []string{orderKey(r.Store, "", r.OrderNumbers[0])}
		}
		for _, found := range anyAddress.FindAllString(v.Text, -1) {
			if relay := parseAddress(desk.Contact{Address: found}); c.relay(relay) {
				r.Buyer.Address = found
				r.ThreadKeys = c.buyer(v, relay).ThreadKeys
				break
			}
		}
		return r, true
	}
	return Recognised{}, false
}

// beforeFrame is the text above a quoted message, which could hold anything.
func beforeFrame(text string) string {
	if begin := amazonBegin.FindStringIndex(text); begin != nil {
		return text[:begin[0]]
	}
	return text
}

// ownCopy finds copies of the seller's own answers: Amazon's confirmation, and
// mail from the mailbox's own address to somebody else.
func ownCopy(v view) (Recognised, bool) {
	if r, ok := amazonOwnCopy(v); ok {
		return r, true
	}
	if !v.ownAddress(v.from) {
		return Recognised{}, false
	}
	for _, to := range v.recipients() {
		for _, c := range channels {
			if c.relay(to) {
				r := c.buyer(v, to)
				r.Buyer = desk.Contact{Name: to.Name, Address: to.Address}
				return asOwnCopy(r), true
			}
		}
	}
	for _, to := range v.recipients() {
		if to.host != "" && !v.ownAddress(to) {
			return asOwnCopy(v.directMail(to)), true
		}
	}
	return Recognised{}, false
}

func asOwnCopy(r Recognised) Recognised {
	r.OwnCopy = true
	r.Type = desk.Set(desk.OtherMail, desk.ByRule, desk.ReasonMarketplace, "own_answer")
	r.Route = desk.ReplyRoute{}
	r.Event = ""
	return r
}

// relayed finds buyer messages by their relay address, in From and then in Reply-To.
func relayed(v view) (Recognised, bool) {
	for _, sender := range []address{v.from, v.replyTo} {
		for _, c := range channels {
			if c.relay(sender) {
				return buyerMail(v, c, sender), true
			}
		}
	}
	return Recognised{}, false
}

// buyerMail fills what every buyer message has in common. An out-of-office
// answer or a bounce that travels through a relay stays automatic mail.
func buyerMail(v view, c channel, sender address) Recognised {
	r := c.buyer(v, sender)
	r.Marketplace = c.marketplace
	if r.Buyer.Address == "" {
		r.Buyer.Address = sender.Address
	}
	if r.Buyer.Name == "" {
		r.Buyer.Name = sender.Name
	}
	if r.Route.To == "" && r.Route.Disabled == "" {
		r.Route.To = sender.Address
	}
	switch {
	case v.Automatic == "bounce" || v.Automatic == "receipt" || v.Automatic == "out_of_office":
		r.Type = desk.Set(desk.Automatic, desk.ByRule, desk.ReasonHeader, v.Automatic)
	case r.Type.Value == "":
		r.Type = stageOf(r.OrderNumbers, r.ItemNumbers, v.Subject+"\n"+r.Text)
	}
	return r
}

// noticed finds the marketplace's own mail by sender and subject.
func noticed(v view) (Recognised, bool) {
	for _, c := range channels {
		if !c.domain(v.from.host) {
			continue
		}
		for _, n := range c.notices {
			if n.matches(v) {
				return c.notification(v, n), true
			}
		}
	}
	return Recognised{}, false
}

// otherOfMarketplace is any other mail of a marketplace's domain.
func otherOfMarketplace(v view) (Recognised, bool) {
	for _, c := range channels {
		if c.domain(v.from.host) {
			return c.notification(v, notice{name: string(c.marketplace) + ".notice"}), true
		}
	}
	return Recognised{}, false
}

// responseTimes are the marketplaces' own limits, and our aim where there is
// none. TikTok buyers write in the app, so no mail of theirs waits for an answer.
var responseTimes = map[desk.Marketplace]struct {
	limit  time.Duration
	target bool
}{
	desk.Amazon:  {24 * time.Hour, false}, // weekends included; Amazon 202152030
	desk.Walmart: {48 * time.Hour, false}, // US and CA
	desk.EBay:    {24 * time.Hour, true},
	desk.Newegg:  {24 * time.Hour, true},
	desk.OwnShop: {24 * time.Hour, true},
}

// ClockFor gives the time within which a buyer's message must be answered.
// Target is true where the marketplace sets no official time and the limit is
// our aim; none is true where nothing waits: TikTok Shop and unknown stores.
func ClockFor(store desk.Store) (limit time.Duration, target bool, none bool) {
	info, ok := store.Info()
	if !ok {
		return 0, false, true
	}
	t, ok := responseTimes[info.Marketplace]
	return t.limit, t.target, !ok
}
