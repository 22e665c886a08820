package marketplace

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/quilldesk/quilldesk/internal/desk"
)

var (
	formSubject = regexp.MustCompile(`(?i)^\s*new customer message on .{3,60} at .{3,40}$`)
	formOpening = regexp.MustCompile(`(?i)you received a new message from your online store['’]s contact form`)
	formLabel   = regexp.MustCompile(`(?m)^[ \t*]*([A-Z][A-Za-z ]{1,30}):[ \t*]*$|^[ \t*]*(Name|E-?mail|Phone|Country Code|Comment|Message|Body):[ \t*]+`)

	// ownOrder finds numbers behind the word for order in the languages
	// Quilldesk reads.
	// Texts are searched in NFKC, so the pattern is too.
	ownOrder = regexp.MustCompile(norm.NFKC.String(`(?i)(?:order|commande|bestell(?:ung|nummer)|pedido|ordine|encomenda|pesanan|đơn hàng|заказ[а-я]?|คำสั่งซื้อ|注文番号|注文|订单号|订单|訂單編號|訂單號碼|訂單)` +
		`[ \t]*(?:id|number|numéro|número|numero|nummer|nomor|nombor|no\.?|nº|n°|nr\.?|№|số)?[ \t]*[:：#]?[ \t]*#?[ \t]*([A-Z]{0,4}-?\d{4,12})`))
	// ownHash finds "#1001".
	ownHash = regexp.MustCompile(`#(\d{4,12})`)
)

// contactForm is mail from a Shopify contact form. Anybody can fill it in with
// anybody's address, so it has no thread keys: it never enters a conversation.
func contactForm(v view) (Recognised, bool) {
	if !formSubject.MatchString(v.Subject) || !formOpening.MatchString(v.Text) {
		return Recognised{}, false
	}
	fields := formFields(v.Text)
	sender := v.replyTo
	if sender.host == "" {
		sender = parseAddress(desk.Contact{Address: fields["email"]})
	}
	text := strings.TrimSpace(v.Text)
	for _, name := range []string{"body", "message", "comment"} {
		if fields[name] != "" {
			text = fields[name]
			break
		}
	}
	r := v.directMail(sender)
	r.Store, r.Text, r.Notice, r.ThreadKeys = desk.Own, text, "own.contact_form", nil
	r.Buyer = sender.Contact
	if fields["name"] != "" {
		r.Buyer.Name = fields["name"]
	}
	if under(sender.host, "shopify.com") || sender.host == "" {
		r.Route = desk.ReplyRoute{Disabled: DisabledNoReply}
	}
	r.Type = stageOf(r.OrderNumbers, nil, text)
	return r, true
}

// formFields reads "Label:" lines and the lines below them. The message comes
// last and keeps whatever it contains.
func formFields(text string) map[string]string {
	fields := map[string]string{}
	marks := formLabel.FindAllStringSubmatchIndex(text, -1)
	for i, m := range marks {
		name := strings.ToLower(strings.ReplaceAll(submatch(text, m, 1)+submatch(text, m, 2), "-", ""))
		if name == "body" || name == "message" || name == "comment" {
			fields[name] = strings.TrimSpace(text[m[1]:])
			break
		}
		end := len(text)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		fields[name] = strings.TrimSpace(text[m[1]:end])
	}
	return fields
}

func submatch(text string, m []int, group int) string {
	if m[2*group] < 0 {
		return ""
	}
	return text[m[2*group]:m[2*group+1]]
}

// direct is everything else: automatic mail, or mail a person wrote to the
// mailbox itself.
func direct(v view) (Recognised, bool) {
	r := v.directMail(v.sender())
	r.BouncedReply = v.Automatic == "bounce"
	switch {
	case v.Automatic != "":
		r.Type = desk.Set(desk.Automatic, desk.ByRule, desk.ReasonHeader, v.Automatic)
	case r.Store == desk.Own:
		r.Type = stageOf(r.OrderNumbers, nil, v.Subject+"\n"+v.Text)
	default:
		r.Type = desk.Set(desk.OtherMail, desk.ByDefault, desk.ReasonDefault, "")
	}
	return r, true
}

func (v view) directMail(other address) Recognised {
	r := Recognised{
		Marketplace:  desk.OwnShop,
		Text:         strings.TrimSpace(v.Text),
		Buyer:        other.Contact,
		OrderNumbers: directOrders(v),
		Route:        desk.ReplyRoute{To: other.Address},
	}
	if slices.Contains(v.box.Stores, desk.Own) {
		r.Store = desk.Own
	}
	if other.host == "" || other.noReply() {
		r.Route = desk.ReplyRoute{Disabled: DisabledNoReply}
	}
	if other.host != "" && len(r.OrderNumbers) > 0 {
		r.ThreadKeys = []string{orderKey(desk.Own, other.local+"@"+other.host, r.OrderNumbers[0])}
	}
	return r
}

// directOrders knows the shop's own numbers and those of marketplaces that tell
// by themselves.
func directOrders(v view) []string {
	return merge(numbers(amazonOrderForm, v.Subject, v.Text), numbers(ownOrder, v.Subject, v.Text), numbers(ownHash, v.Subject, v.Text))
}
