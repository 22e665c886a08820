package guard

import (
	"regexp"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/marketplace"
)

var (
	mailAddress = regexp.MustCompile(`[a-z0-9][a-z0-9._%+-]*@((?:[a-z0-9-]+\.)+[a-z]+)`)
	// An "at" that is written out or set apart: "name (at) shop", "name at gmail.com",
	// "name at shop dot com", "name @ shop . com".
	spelledAt = regexp.MustCompile(`[a-z0-9][a-z0-9._%+-]* ?[(\[{<] ?(?:at|@|arroba|arobase|chiocciola|klammeraffe|собака|アット|艾特|a cong) ?[)\]}>] ?[a-z0-9-]+(?:\.[a-z]+)*` +
		`|[a-z0-9][a-z0-9._%+-]* (?:at|arroba|arobase|chiocciola|klammeraffe|собака) (?:(?:gmail|outlook|hotmail|yahoo|icloud|qq|163|126|proton|gmx|mail)\.[a-z]+|[a-z0-9-]+ ?(?: dot | punto | ponto | point | punkt | точка |[(\[] ?(?:dot|\.) ?[)\]]) ?[a-z]+)` +
		`|[a-z0-9][a-z0-9._%+-]* ?@ [a-z0-9-]+ ?\. ?(?:com|net|org|de|cn)\b` +
		`|(?:\b[a-z0-9] ){2,}[a-z0-9] ?@ ?[a-z0-9-]+(?:\.[a-z]+)+` + // letters set apart
		`|\b[a-z0-9][a-z0-9._-]+#[a-z0-9-]+(?:\.[a-z]{2,})+`) // another sign in the place of "@"

	// A number with its country's code; a North American number in its usual
	// groups; numbers in groups that start with a zero; a word number; a Chinese
	// mobile number.
	phoneForms = regexp.MustCompile(`\+\d[\d ().-]{6,18}\d|\b00[1-9]\d[\d ().-]{6,16}\d|(?:\b1[ .-]?)?(?:\(\d{3}\) ?|\b\d{3}[ .-])\d{3}[ .-]\d{4}\b` +
		`|\b0\d{1,4}(?:[ ./-]\d{2,8}){1,4}\b|\b1-?8(?:00|88|77|66|55|44|33)-[a-z0-9-]{7,10}\b|\b1[3-9]\d{9}\b` +
		`|\b8[ -]?\(\d{3}\) ?\d{3}[ -]\d{2}[ -]\d{2}\b`)
	// Digits in words, seven or more.
	spokenDigits = regexp.MustCompile(`\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)(?:[ ,-]+(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double)){6,}\b`)
	// Any number right behind a word for telephone.
	phoneWord   = regexp.MustCompile(`(?:\b(?:phone|telephone|tel|mobile|cell|hotline|fax|telefon\w*|telefono|telefone|movil|celular|handynummer|rufnummer|portable|cellulare|telpon|dien thoai|hotlinenummer|call us (?:on|at)|call me (?:on|at)|text us (?:on|at)|sms)\b|телефон[а-я]*|тел|電話(?:番号)?|电话|手机(?:号)?|手機(?:號)?|電話號碼|โทรศัพท์|โทร|เบอร์)(?: (?:number|no|nr|is|ist|est|es|e))?[ .:：#]{0,3}(\(?\d[\d ().-]{5,18}\d)`)
	date        = regexp.MustCompile(`^\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d{2}\b`)
	phoneDigits = regexp.MustCompile(`\d`)
	// Behind these words a number is something else.
	numberWord = regexp.MustCompile(`(?:order|bestell|commande|pedido|ordine|encomenda|pesanan|don hang|заказ|คำสั่งซื้อ|注文|订单|訂單|track|sendung|suivi|colis|seguimiento|rastre|spedizione|resi|lacak|jejak|van don|отправлен|трек|พัสดุ|追跡|伝票|单号|單號|运单|運單|物流|item|artikel|asin|sku|upc|ean|model|modell|serial|serie|invoice|rechnung|facture|factura|fattura|fatura|rma|return|retour|case|ticket|ref|vat|ein|fedex|ups|usps|dhl|waybill|shipment)[^\n.!?。]{0,28}$`)
)

// mailAddresses finds e-mail addresses. Those of the marketplace itself pass.
func mailAddresses(m desk.Marketplace) func(draft, folded) []span {
	return func(_ draft, f folded) []span {
		var places [][2]int
		for _, a := range mailAddress.FindAllStringSubmatchIndex(f.text, -1) {
			if !marketplace.OwnHost(m, f.text[a[2]:a[3]]) {
				places = append(places, [2]int{a[0], a[1]})
			}
		}
		for _, a := range spelledAt.FindAllStringIndex(f.text, -1) {
			places = append(places, [2]int{a[0], a[1]})
		}
		return f.originals(join(places))
	}
}

// phoneNumbers finds telephone numbers and leaves order, tracking and item
// numbers alone.
func phoneNumbers(d draft, f folded) []span {
	var places [][2]int
	for _, m := range phoneWord.FindAllStringSubmatchIndex(f.text, -1) {
		if countDigits(f.text[m[2]:m[3]]) <= 15 && !d.orderNumber(f.text[m[2]:m[3]]) {
			places = append(places, [2]int{m[2], m[3]})
		}
	}
	for _, m := range spokenDigits.FindAllStringIndex(f.text, -1) {
		places = append(places, [2]int{m[0], m[1]})
	}
	for _, m := range phoneForms.FindAllStringIndex(f.text, -1) {
		number := f.text[m[0]:m[1]]
		digits := countDigits(number)
		international := number[0] == '+'
		switch {
		case insideNumber(f.text, m[0], m[1]), d.orderNumber(number), date.MatchString(number):
		case digits > 15, strings.HasPrefix(number, "0") && digits < 9, international && digits < 8:
		case !international && numberWord.MatchString(f.text[max(0, m[0]-60):m[0]]):
		default:
			places = append(places, [2]int{m[0], m[1]})
		}
	}
	return f.originals(join(places))
}

func countDigits(s string) int { return len(phoneDigits.FindAllString(s, -1)) }

// insideNumber reports whether the digits go on to either side, as in an order
// number or a date.
func insideNumber(text string, start, end int) bool {
	before, after := edgeByte(text, start-1), edgeByte(text, end)
	if isDigit(before) || isDigit(after) {
		return true
	}
	joins := func(c byte) bool { return c == '-' || c == '/' || c == '.' || c == ',' }
	return joins(before) && isDigit(edgeByte(text, start-2)) || joins(after) && isDigit(edgeByte(text, end+1))
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (d draft) orderNumber(number string) bool {
	for _, n := range d.OrderNumbers {
		if digitsOf(n) == digitsOf(number) {
			return true
		}
	}
	return false
}

func digitsOf(s string) string { return strings.Join(phoneDigits.FindAllString(s, -1), "") }

// spacedLetters are letters that each stand alone: "W e C h a t".
var spacedLetters = regexp.MustCompile(`\b[a-z](?: [a-z]){3,}\b`)

// messengers finds the names of messengers and invitations to them, also with
// their letters set apart.
func messengers(d draft, f folded) []span {
	found := asserted(messengerWords)(d, f)
	for _, m := range spacedLetters.FindAllStringIndex(f.text, -1) {
		if len(messengerWords().places(strings.ReplaceAll(f.text[m[0]:m[1]], " ", ""))) > 0 {
			found = append(found, f.original(m[0], m[1]))
		}
	}
	return found
}
