package offline

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// fallbackLanguage is written when the case names none of the fifteen.
const fallbackLanguage desk.Language = "en-US"

// Draft writes a full reply from the bank: greeting, thanks with the order
// number, what the mail is about, the stance, and a knowledge entry word for
// word when the stance is to resolve.
func (e *Engine) Draft(_ context.Context, c assist.Case, s desk.Suggestion) (desk.Draft, error) {
	if !slices.Contains(stances, s.Stance) {
		return desk.Draft{}, desk.Errorf(desk.Invalid, "stance", "no such stance: %q", s.Stance)
	}
	w := e.writer(c)
	intent := string(e.intentOf(c))
	w.greet(c.Buyer)
	w.paragraph(w.thank(c), w.say(intent+".about"), w.say(intent+"."+string(s.Stance)))
	w.body(c, s)
	w.close(c.Signature)
	return desk.Draft{
		Text: w.String(), Language: w.language, Citations: w.citations, Unverified: []string{},
		Missing: missing(c, s, w.language, desk.Intent(intent)), Made: made(),
	}, nil
}

// writer puts a draft together line by line.
type writer struct {
	strings.Builder
	language  desk.Language
	sentences map[string]string
	citations []desk.Citation
}

func (e *Engine) writer(c assist.Case) *writer {
	language := c.Language
	if e.bank[language] == nil {
		language = fallbackLanguage
	}
	return &writer{language: language, sentences: e.bank[language], citations: []desk.Citation{}}
}

func (w *writer) say(key string) string { return w.sentences[key] }

// paragraph writes sentences on one line with an empty line before.
func (w *writer) paragraph(sentences ...string) {
	if w.Len() > 0 {
		w.WriteString("\n\n")
	}
	w.WriteString(strings.Join(sentences, space(w.language)))
}

func (w *writer) greet(buyer string) {
	if name := plausibleName(buyer); name != "" {
		w.paragraph(strings.Replace(w.say(helloName), nameSlot, name, 1))
		return
	}
	w.paragraph(w.say(hello))
}

func (w *writer) thank(c assist.Case) string {
	if len(c.OrderNumbers) == 0 {
		return w.say(thanks)
	}
	return strings.Replace(w.say(thanksOrder), orderSlot, c.OrderNumbers[0], 1)
}

// body follows the stance: what we know or will do, what we wait for, where the
// buyer can object.
func (w *writer) body(c assist.Case, s desk.Suggestion) {
	switch s.Stance {
	case desk.Ask:
		w.paragraph(w.say(askEnd))
	case desk.Decline:
		w.paragraph(w.say(declineEnd))
	default:
		entry, ok := quotable(c, s, w.language)
		if !ok {
			w.paragraph(w.say(follow))
			return
		}
		w.paragraph(w.say(known))
		w.WriteByte('\n')
		w.quote(entry)
		w.paragraph(w.say(question))
	}
}

func (w *writer) quote(entry desk.Entry) {
	quote := strings.TrimSpace(entry.Answer)
	start := w.Len()
	w.WriteString(quote)
	w.citations = append(w.citations, desk.Citation{Entry: entry.ID, Topic: entry.Topic, Quote: quote, Start: start, End: w.Len()})
}

func (w *writer) close(signature string) {
	w.paragraph(w.say(regards))
	if signature = strings.TrimSpace(signature); signature != "" {
		w.WriteByte('\n')
		w.WriteString(signature)
	}
}

// quotable is the best of the suggestion's entries, one in the language of the
// answer before others.
func quotable(c assist.Case, s desk.Suggestion, language desk.Language) (desk.Entry, bool) {
	offered := slices.DeleteFunc(slices.Clone(c.Entries), func(entry desk.Entry) bool {
		return !slices.Contains(s.Entries, entry.ID) || strings.TrimSpace(entry.Answer) == ""
	})
	if len(offered) == 0 {
		return desk.Entry{}, false
	}
	for _, same := range []func(desk.Language) bool{
		func(l desk.Language) bool { return l == language },
		func(l desk.Language) bool { return base(l) == base(language) },
	} {
		if i := slices.IndexFunc(offered, func(entry desk.Entry) bool { return same(entry.Language) }); i >= 0 {
			return offered[i], true
		}
	}
	return offered[0], true
}

func base(l desk.Language) string {
	first, _, _ := strings.Cut(string(l), "-")
	return first
}

// questionLimit is the length in characters of a question in Missing.
const questionLimit = 120

// missing is what the knowledge base should know: the mail's subject, or the
// intent's usual question when it has none.
func missing(c assist.Case, s desk.Suggestion, language desk.Language, intent desk.Intent) []string {
	if asked[intent] == "" {
		return []string{}
	}
	entry, ok := quotable(c, s, language)
	switch {
	case ok && entry.Language != "" && base(entry.Language) != base(language):
		return []string{shorten("In "+string(language)+": "+entry.Topic, questionLimit)}
	case len(c.Entries) > 0:
		return []string{}
	}
	if subject := strings.Join(strings.Fields(c.Mail.Subject), " "); subject != "" {
		return []string{shorten(subject, questionLimit)}
	}
	return []string{asked[intent]}
}

// asked is what the knowledge base should answer for each intent that has an
// answer at all.
var asked = map[desk.Intent]string{
	desk.WhereIsMyOrder:  "How long does delivery take, and what do we do when a parcel is late?",
	desk.Refund:          "When do we refund, and how long does it take?",
	desk.Return:          "What are the conditions and steps of a return?",
	desk.Replacement:     "When do we send a replacement?",
	desk.Cancel:          "Until when can an order be cancelled?",
	desk.Damaged:         "What do we do when an item arrives damaged?",
	desk.WrongItem:       "What do we do when the wrong item arrives?",
	desk.MissingPart:     "What do we do when a part is missing?",
	desk.Defective:       "What does the warranty cover, and what should the buyer try first?",
	desk.AddressChange:   "Until when can the delivery address be changed?",
	desk.Invoice:         "How does a buyer get an invoice?",
	desk.ProductQuestion: "What should buyers know about this product?",
	desk.Compatibility:   "What is this product compatible with?",
	desk.Stock:           "When will the item be available again?",
	desk.BulkPrice:       "What are the prices for larger quantities?",
	desk.Shipping:        "What does shipping cost, and where do we ship to?",
	desk.Claim:           "What do we answer to a claim?",
	desk.NegativeReview:  "What do we answer to an unhappy review?",
	desk.OtherIntent:     "What do we answer to this?",
}

const nameLimit = 40 // characters

// nobody are display names that marketplaces use when they hide the buyer's.
var nobody = []string{"amazon", "customer", "buyer", "guest", "ebay", "walmart", "newegg", "tiktok", "member", "user", "unknown", "shopify", "client", "support", "noreply"}

// plausibleName is a buyer's name fit for a greeting, "" when it looks like an
// alias, an address or a shop.
func plausibleName(name string) string {
	name = strings.Join(strings.Fields(name), " ")
	length := utf8.RuneCountInString(name)
	if length < 2 || length > nameLimit || strings.Count(name, " ") > 3 {
		return ""
	}
	for _, r := range name {
		if !unicode.In(r, unicode.Letter, unicode.Mark) && !strings.ContainsRune(" .'’-·", r) {
			return ""
		}
	}
	for word := range strings.FieldsSeq(strings.ToLower(name)) {
		if slices.Contains(nobody, strings.Trim(word, ".'’-·")) {
			return ""
		}
	}
	if !capitalised(name) {
		return ""
	}
	return name
}

// capitalised reports whether a name in a script with cases begins with a
// capital: "lhk" is an alias, "Lars" a name. Other scripts pass.
func capitalised(name string) bool {
	first, _ := utf8.DecodeRuneInString(name)
	return unicode.IsLetter(first) && !unicode.IsLower(first)
}
