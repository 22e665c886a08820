package marketplace

import (
	"regexp"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// channel is how one marketplace writes.
type channel struct {
	marketplace desk.Marketplace
	// relay reports whether the address stands for a buyer.
	relay func(address) bool
	// domain reports whether the host belongs to the marketplace.
	domain func(host string) bool
	// store tells the site.
	store func(v view) desk.Store
	// buyer reads a buyer's message that came through the relay address.
	buyer func(v view, relay address) Recognised
	// orders finds order numbers, those of the template first.
	orders  func(v view) []string
	notices []notice
	// undelivered tells mail that says our answer was not delivered; nil where no
	// form of it is known.
	undelivered *regexp.Regexp
	// disabled is why the marketplace's notices cannot be answered by mail, and
	// home where to go instead when the mail holds no link.
	disabled, home string
}

// notice is a mail of the marketplace itself, known by sender and subject.
type notice struct {
	name, event string
	// local is the sender's local part, "" for any.
	local   string
	subject *regexp.Regexp
	// as is the type, a channel notification when empty.
	as desk.Type
	// disabled overrides the channel's reason.
	disabled string
}

func (n notice) matches(v view) bool {
	return (n.local == "" || n.local == v.from.local) && n.subject.MatchString(v.Subject)
}

// channels lists the marketplaces in the order in which they are asked.
var channels = []channel{amazon, walmart, ebay, newegg, tiktok}

// notification is mail of the marketplace itself. It is keyed by order alone,
// apart from the buyers' own messages: what a buyer writes into a mail must
// not lead into somebody else's conversation.
func (c channel) notification(v view, n notice) Recognised {
	r := Recognised{
		Marketplace:  c.marketplace,
		Store:        c.store(v),
		Type:         desk.Set(desk.Notification, desk.ByRule, desk.ReasonMarketplace, n.name),
		Text:         strings.TrimSpace(v.Text),
		OrderNumbers: c.orders(v),
		Notice:       n.name,
		Event:        n.event,
		Route:        desk.ReplyRoute{Disabled: n.disabled, Link: v.officialLink(c.domain, c.home)},
	}
	if n.as != "" {
		r.Type.Value = n.as
	}
	switch {
	case n.disabled != "":
	case n.as.FromBuyer() && !v.sender().noReply():
		r.Route.To = v.sender().Address
		r.Buyer = v.sender().Contact
	default:
		r.Route.Disabled = c.disabled
	}
	if len(r.OrderNumbers) > 0 {
		r.ThreadKeys = []string{orderKey(r.Store, "notice", r.OrderNumbers[0])}
	}
	return r
}

func orderKey(store desk.Store, alias, number string) string {
	return "order:" + string(store) + ":" + alias + ":" + number
}

func itemKey(store desk.Store, alias, number string) string {
	return "item:" + string(store) + ":" + alias + ":" + number
}

// nearestStore maps a site that is no store of Quilldesk, or that the mail does
// not tell, to the one store of that marketplace which the mailbox serves, else
// to fallback.
func nearestStore(box Mailbox, m desk.Marketplace, fallback desk.Store) desk.Store {
	var served []desk.Store
	for _, s := range box.Stores {
		if info, ok := s.Info(); ok && info.Marketplace == m {
			served = append(served, s)
		}
	}
	if len(served) == 1 {
		return served[0]
	}
	return fallback
}

// OwnHost reports whether a host belongs to the marketplace, on any of its sites.
func OwnHost(m desk.Marketplace, host string) bool {
	for _, c := range channels {
		if c.marketplace == m {
			return c.domain(strings.ToLower(host))
		}
	}
	return false
}
