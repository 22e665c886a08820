package marketplace

import (
	"regexp"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
)

var newegg = channel{
	marketplace: desk.Newegg,
	relay:       neweggRelay,
	domain: func(host string) bool {
		return under(host, "newegg.com") || under(host, "newegg.ca") || under(host, "neweggbusiness.com")
	},
	store:    neweggStore,
	buyer:    neweggBuyer,
	orders:   neweggOrders,
	disabled: DisabledNotice,
}

var (
	neweggLocal = regexp.MustCompile(`^[a-z0-9.]+$`)
	neweggOrder = regexp.MustCompile(`(?i)order[ \t]*(?:number|id|no\.?)?[ \t]*[:#]?[ \t]*#?[ \t]*(\d{8,10})`)
	neweggItem  = regexp.MustCompile(`9SI[A-Z0-9]{6,13}`)
	// Seen wordings only: without an opening label the whole text stays.
	neweggOpens  = regexp.MustCompile(`(?im)^[ \t]*(?:customer['’]?s? )?(?:message|question|inquiry|comments?):[ \t]*$`)
	neweggCloses = regexp.MustCompile(`(?im)^[ \t]*please (?:answer|reply|respond)[^\n]* this e-?mail\b`)
	// Newegg answers for sellers on vacation; answering that starts a loop.
	neweggVacation = regexp.MustCompile(`(?i)\bvacation\b|\bauto(?:matic)?[- ]?(?:reply|response)\b|\bout of (?:the )?office\b`)
)

// neweggRelay accepts the relay domain with and without its "cusa." prefix.
func neweggRelay(a address) bool {
	known := a.host == "marketplace.newegg.com" || a.host == "cusa.marketplace.newegg.com"
	return known && neweggLocal.MatchString(untagged(a.local)) && !a.noReply()
}

// neweggStore: the sites share one relay domain, so the sender's own domain or
// the name of the site in the mail has to tell.
func neweggStore(v view) desk.Store {
	text := strings.ToLower(v.Subject + "\n" + v.Text)
	fallback := desk.NeweggCom
	switch {
	case under(v.from.host, "neweggbusiness.com"):
		return desk.NeweggBusiness
	case under(v.from.host, "newegg.ca"):
		return desk.NeweggCa
	case strings.Contains(text, "newegg business") || strings.Contains(text, "neweggbusiness.com"):
		fallback = desk.NeweggBusiness
	case strings.Contains(text, "newegg.ca") || strings.Contains(text, "newegg canada"):
		fallback = desk.NeweggCa
	}
	return nearestStore(v.box, desk.Newegg, fallback)
}

// neweggBuyer is lenient: Newegg publishes no form of the text, and the writer
// may be a visitor without an order.
func neweggBuyer(v view, relay address) Recognised {
	r := Recognised{
		Marketplace:  desk.Newegg,
		Store:        neweggStore(v),
		Text:         neweggWords(v.Text),
		OrderNumbers: neweggOrders(v),
		ItemNumbers:  numbers(neweggItem, v.Subject, v.Text),
		Notice:       "newegg.buyer_message",
	}
	if neweggVacation.MatchString(v.Subject) {
		r.Type = desk.Set(desk.Automatic, desk.ByRule, desk.ReasonMarketplace, "newegg.auto_reply")
	}
	if len(r.OrderNumbers) > 0 {
		r.ThreadKeys = []string{orderKey(r.Store, untagged(relay.local), r.OrderNumbers[0])}
	}
	return r
}

func neweggWords(text string) string {
	words := text
	if m := neweggOpens.FindStringIndex(text); m != nil {
		words = text[m[1]:]
		if closes := neweggCloses.FindAllStringIndex(words, -1); closes != nil {
			words = words[:closes[len(closes)-1][0]]
		}
	}
	if words = strings.TrimSpace(words); words == "" {
		return strings.TrimSpace(text)
	}
	return words
}

func neweggOrders(v view) []string { return numbers(neweggOrder, v.Subject, v.Text) }
