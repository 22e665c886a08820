package marketplace

import (
	"regexp"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
)

var walmart = channel{
	marketplace: desk.Walmart,
	relay:       walmartRelay,
	domain:      func(host string) bool { return under(host, "walmart.com") || under(host, "walmart.ca") },
	store:       walmartStore,
	buyer:       walmartBuyer,
	orders:      walmartOrders,
	disabled:    DisabledNotice,
	notices: []notice{
		// Such complaints want an answer within the hour.
		{name: "walmart.complaint", event: EventClaimOpened, subject: regexp.MustCompile(`(?i)better business bureau|\bbbb\b|attorney general`)},
	},
}

var (
	walmartLocal  = regexp.MustCompile(`^[0-9a-f]{32}$`)
	walmartIntro  = regexp.MustCompile(`(?im)^[ \t*]*(\S[^\n]{0,120}?) wants to connect with you regarding the following order`)
	walmartOpens  = regexp.MustCompile(`(?im)^[ \t*]*message:[ \t*]*`)
	walmartCloses = regexp.MustCompile(`(?im)^[ \t]*\**[ \t]*note:[ \t]*you have received this message from the customer`)
	walmartNote   = regexp.MustCompile(`(?i)note:[ \t]*you have received this message from the customer[^\n]{0,80}walmart\.(com|ca)\b`)
	walmartRefID  = regexp.MustCompile(`(?im)^[ \t]*refid:[ \t]*[0-9a-f]{32}[ \t]*$`)

	// Customer orders have 13 digits or 15 starting with 2000, purchase orders 13,
	// orders of Walmart.ca 10. Only the 15 tell by themselves; the others need
	// their label, or an article or phone number would pass.
	walmartSalesOrder = regexp.MustCompile(`(?i)sales order id[ \t]*:?[\s*]{0,8}(2000\d{11}|2000\d{3}-\d{8}|\d{13}|\d{10})`)
	walmartLabelled   = regexp.MustCompile(`(?i)(?:order|po)(?:[ \t]*(?:id|number|no\.?|num))?[ \t:#]{0,6}(2000\d{11}|2000\d{3}-\d{8}|\d{13}|\d{10})`)
	walmartBare       = regexp.MustCompile(`2000\d{11}|2000\d{3}-\d{8}`)
	walmartItem       = regexp.MustCompile(`(?i)item id[ \t]*:?[\s*]{0,8}(\d{6,12})`)
)

// walmartRelay accepts the bare domain only: *.relay.walmart.com is other mail.
func walmartRelay(a address) bool {
	return a.host == "relay.walmart.com" && walmartLocal.MatchString(untagged(a.local))
}

// walmartStore: both sites share one relay domain, so the closing note tells the
// site, else the form of the order number.
func walmartStore(v view) desk.Store {
	if under(v.from.host, "walmart.ca") {
		return desk.WalmartCa
	}
	fallback := desk.WalmartCom
	notes := walmartNote.FindAllStringSubmatch(v.Text, -1)
	named := len(notes) > 0 && strings.EqualFold(notes[len(notes)-1][1], "ca")
	if orders := walmartOrders(v); named || (len(notes) == 0 && len(orders) > 0 && len(orders[0]) == 10) {
		fallback = desk.WalmartCa
	}
	return nearestStore(v.box, desk.Walmart, fallback)
}

// walmartBuyer reads a buyer's message. The relay address changes with the order
// or with every mail, so the order number alone is the key, and only the one
// that Walmart itself wrote.
func walmartBuyer(v view, _ address) Recognised {
	r := Recognised{
		Marketplace:  desk.Walmart,
		Store:        walmartStore(v),
		Text:         walmartWords(v.Text),
		OrderNumbers: walmartOrders(v),
		ItemNumbers:  numbers(walmartItem, v.Text),
		Notice:       "walmart.buyer_message",
	}
	if m := walmartIntro.FindStringSubmatch(v.Text); m != nil {
		r.Buyer.Name = strings.TrimSpace(m[1])
	}
	if orders := walmartTemplateOrders(v); len(orders) > 0 {
		r.ThreadKeys = []string{orderKey(r.Store, "", orders[0])}
	}
	return r
}

// walmartTemplateOrders are the numbers Walmart wrote: those of the order block
// above the buyer's words, else of the subject.
func walmartTemplateOrders(v view) []string {
	block := ""
	if m := walmartOpens.FindStringIndex(v.Text); m != nil {
		block = v.Text[:m[0]]
	}
	return withoutDashes(merge(numbers(walmartSalesOrder, block), numbers(walmartLabelled, v.Subject), numbers(walmartBare, v.Subject)))
}

func walmartOrders(v view) []string {
	return merge(walmartTemplateOrders(v),
		withoutDashes(merge(numbers(walmartSalesOrder, v.Text), numbers(walmartLabelled, v.Text), numbers(walmartBare, v.Text))))
}

func withoutDashes(list []string) []string {
	for i, n := range list {
		list[i] = strings.ReplaceAll(n, "-", "")
	}
	return merge(list)
}

// walmartWords is what stands between "Message:" and the last "**Note:".
func walmartWords(text string) string {
	words := text
	if m := walmartOpens.FindStringIndex(words); m != nil {
		words = words[m[1]:]
	}
	if ends := walmartCloses.FindAllStringIndex(words, -1); ends != nil {
		words = words[:ends[len(ends)-1][0]]
	}
	words = strings.TrimSpace(walmartRefID.ReplaceAllString(words, ""))
	if words == "" {
		return strings.TrimSpace(text)
	}
	return words
}
