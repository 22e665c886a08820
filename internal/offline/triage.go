package offline

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/language"
)

// Triage labels a mail by words. It never fails.
func (e *Engine) Triage(_ context.Context, mail assist.Mail) (desk.Labels, desk.Provenance, error) {
	text := wordsOf(mail)
	written := writtenIn(mail)
	var labels desk.Labels
	if written.Language != "" {
		labels.Language = desk.Set(written.Language, desk.ByEstimate, desk.ReasonScript, written.Why)
	}
	if mail.Automatic != "" {
		return automatic(labels, mail), made(), nil
	}
	r := e.lexicons.read(text, written.Language)
	r.ordered = len(mail.OrderNumbers) > 0
	r.stranger = mail.Known.Type.Value != "" && !mail.Known.Type.Value.FromBuyer()
	labels.Intent = r.intent()
	labels.Sentiment = r.sentiment()
	labels.Priority = priority(r, labels)
	labels.Type = r.kindOfMail(mail, labels.Intent.Value)
	labels.Summary = e.summary(mail, written.Language, labels.Intent.Value)
	return labels, made(), nil
}

// wordsOf is what the mail says, without its order numbers: "order 200…" asks for
// no two hundred pieces.
func wordsOf(mail assist.Mail) string {
	text := strings.TrimSpace(mail.Subject + "\n\n" + mail.Text)
	for _, number := range mail.OrderNumbers {
		if number != "" {
			text = strings.ReplaceAll(text, number, "")
		}
	}
	return text
}

// writtenIn tells the language from the text, which the buyer wrote; a subject
// is often the marketplace's.
func writtenIn(mail assist.Mail) language.Result {
	if found := language.Identify(mail.Text); found.Language != "" {
		return found
	}
	return language.Identify(mail.Subject)
}

// automatic labels mail that no person wrote: nobody waits for an answer.
func automatic(labels desk.Labels, mail assist.Mail) desk.Labels {
	if mail.Known.Type.Value == "" {
		labels.Type = desk.Set(desk.Automatic, desk.ByEstimate, desk.ReasonHeader, mail.Automatic)
	}
	labels.Intent = desk.Set(desk.OtherIntent, desk.ByEstimate, desk.ReasonHeader, mail.Automatic)
	labels.Priority = desk.Set(desk.Low, desk.ByEstimate, desk.ReasonHeader, mail.Automatic)
	labels.Sentiment = desk.Set(desk.Neutral, desk.ByEstimate, desk.ReasonHeader, mail.Automatic)
	return labels
}

// reading is what the word lists found in a text.
type reading struct {
	folded
	matches  []match
	ordered  bool // the mail bears an order number
	stranger bool // it is known to be no buyer's
}

// wordsShown is how many of the words found a reason names.
const wordsShown = 4

// words are the buyer's own words that matched, for the reason.
func (r reading) words(of func(match) bool) string {
	var out []string
	for _, m := range r.matches {
		if !of(m) {
			continue
		}
		word := strings.Join(strings.Fields(r.original(m.start, m.end)), " ")
		if len(out) < wordsShown && !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return strings.Join(out, ", ")
}

func (r reading) has(kinds ...kind) bool {
	return slices.ContainsFunc(r.matches, func(m match) bool { return slices.Contains(kinds, m.kind) })
}

// asksForTerms reports whether a mail before a purchase asks what we would do:
// "do you refund if it does not fit?" is a question and no request.
func (r reading) asksForTerms() bool {
	if r.ordered || !r.asks() {
		return false
	}
	return r.has(terms) || r.has(before) && !r.has(after)
}

// asks reports whether anything is asked.
func (r reading) asks() bool { return strings.ContainsAny(r.source, "?？¿") || r.has(asks) }

// onTerms are the wishes that people also ask about before they have them.
var onTerms = []desk.Intent{desk.Refund, desk.Return, desk.Replacement, desk.Cancel, desk.Claim}

// precedence settles mail with several wishes: what costs most to overlook wins.
var precedence = []desk.Intent{
	desk.Claim, desk.Refund, desk.Return, desk.AddressChange, desk.Replacement, desk.Cancel, desk.NegativeReview, desk.WrongItem,
	desk.MissingPart, desk.Damaged, desk.Defective, desk.Invoice, desk.WhereIsMyOrder, desk.BulkPrice, desk.Stock,
	desk.Compatibility, desk.Shipping, desk.Spam, desk.OtherIntent, desk.ProductQuestion, desk.Thanks,
}

const (
	named = 3 // the score of an intent that is named in so many words
	told  = 2 // the score from which an intent is believed
)

// intent is the first in precedence of those that are named, else the one with
// most hints, else other.
func (r reading) intent() desk.Label[desk.Intent] {
	scores := r.scores()
	if scores[desk.Spam] >= 2*named && scores[desk.Spam] > scores[desk.Refund] {
		return r.intentLabel(desk.Spam)
	}
	for _, intent := range precedence {
		if scores[intent] >= named && !(r.praises(scores) && stageOf[intent] == desk.PreSale) {
			return r.intentLabel(intent)
		}
	}
	best := slices.MaxFunc(precedence, func(a, b desk.Intent) int { return cmp.Compare(scores[a], scores[b]) })
	switch {
	case scores[best] >= told:
		return r.intentLabel(best)
	case !r.ordered && !r.stranger && r.asks() && !r.has(after):
		return desk.Set(desk.ProductQuestion, desk.ByEstimate, desk.ReasonWords, r.words(func(m match) bool { return m.kind == asks }))
	}
	return desk.Set(desk.OtherIntent, desk.ByEstimate, desk.ReasonDefault, "")
}

// praises reports whether a mail thanks and asks nothing: "thank you for the
// quick shipping" is no question about shipping.
func (r reading) praises(scores map[desk.Intent]int) bool {
	return scores[desk.Thanks] >= named && !strings.ContainsAny(r.source, "?？")
}

func (r reading) intentLabel(intent desk.Intent) desk.Label[desk.Intent] {
	return desk.Set(intent, desk.ByEstimate, desk.ReasonWords, r.words(func(m match) bool { return m.kind == kind(intent) }))
}

// scores adds up each intent's weights. The same stretch of text counts once.
func (r reading) scores() map[desk.Intent]int {
	scores := map[desk.Intent]int{}
	last := map[kind]int{}
	for _, m := range r.matches {
		if kinds[m.kind] == wishes && m.start >= last[m.kind] {
			scores[desk.Intent(m.kind)] += m.weight
			last[m.kind] = m.end
		}
	}
	if r.asksForTerms() {
		for _, intent := range onTerms {
			scores[desk.ProductQuestion] += scores[intent]
			delete(scores, intent)
		}
	}
	return scores
}

// threats are what makes mail very negative whatever its tone.
var threats = []kind{legal, safety, chargeback, selfHarm, press}

// moodOf is the mood that goes with an intent, however politely it is put.
var moodOf = map[desk.Intent]int{
	desk.Damaged: -told, desk.WrongItem: -told, desk.MissingPart: -told, desk.Defective: -told, desk.Claim: -told, desk.NegativeReview: -told,
	desk.Thanks: told, desk.Refund: -1, desk.WhereIsMyOrder: -1,
}

// complaints are wishes that also tell a mood where they are not the main one.
var complaints = []desk.Intent{desk.Damaged, desk.WrongItem, desk.Defective, desk.NegativeReview}

// sentiment weighs moods. The lowest step is kept for explicit threats, the
// highest is never given: words alone do not prove delight.
func (r reading) sentiment() desk.Label[desk.Sentiment] {
	main := r.intent().Value
	balance := moodOf[main]
	if scores := r.scores(); main == desk.Refund && slices.ContainsFunc(complaints, func(c desk.Intent) bool { return scores[c] >= told }) {
		balance -= told
	}
	if balance == -1 && r.has(open) {
		balance = -told // a wish that still waits
	}
	for _, m := range r.matches {
		switch m.kind {
		case positive:
			balance += m.weight
		case negative:
			balance -= m.weight
		}
	}
	if r.has(threats...) {
		return r.mood(desk.VeryNegative, threats...)
	}
	if r.has(reviewThreat) && balance < 0 {
		return r.mood(desk.VeryNegative, reviewThreat, negative)
	}
	intent := kind(main)
	switch {
	case balance <= -told:
		return r.mood(desk.Negative, negative, intent)
	case balance >= told:
		return r.mood(desk.Positive, positive, intent)
	}
	return desk.Set(desk.Neutral, desk.ByEstimate, desk.ReasonDefault, "")
}

func (r reading) mood(s desk.Sentiment, from ...kind) desk.Label[desk.Sentiment] {
	return desk.Set(s, desk.ByEstimate, desk.ReasonWords, r.words(func(m match) bool { return slices.Contains(from, m.kind) }))
}

// priority follows from intent, threats and mood.
func priority(r reading, l desk.Labels) desk.Label[desk.Priority] {
	intent, mood := l.Intent.Value, l.Sentiment.Value
	switch {
	case intent == desk.Refund, intent == desk.Claim:
		return desk.Set(desk.High, desk.ByEstimate, desk.ReasonIntent, string(intent))
	case mood == desk.VeryNegative:
		return desk.Set(desk.High, desk.ByEstimate, desk.ReasonSentiment, string(mood))
	case r.has(privacy):
		return desk.Set(desk.High, desk.ByEstimate, desk.ReasonWords, r.words(func(m match) bool { return m.kind == privacy }))
	case intent == desk.Thanks, intent == desk.Spam:
		return desk.Set(desk.Low, desk.ByEstimate, desk.ReasonIntent, string(intent))
	}
	return desk.Set(desk.Medium, desk.ByEstimate, desk.ReasonIntent, string(intent))
}

// stageOf tells which intents come before a purchase and which after it.
var stageOf = map[desk.Intent]desk.Type{
	desk.ProductQuestion: desk.PreSale, desk.Compatibility: desk.PreSale, desk.Stock: desk.PreSale, desk.BulkPrice: desk.PreSale, desk.Shipping: desk.PreSale,
	desk.WhereIsMyOrder: desk.AfterSale, desk.Refund: desk.AfterSale, desk.Return: desk.AfterSale, desk.Replacement: desk.AfterSale, desk.Cancel: desk.AfterSale,
	desk.Damaged: desk.AfterSale, desk.WrongItem: desk.AfterSale, desk.MissingPart: desk.AfterSale, desk.Defective: desk.AfterSale,
	desk.AddressChange: desk.AfterSale, desk.Invoice: desk.AfterSale, desk.Claim: desk.AfterSale, desk.NegativeReview: desk.AfterSale, desk.Thanks: desk.AfterSale,
}

// kindOfMail leaves a type that the marketplace told alone, but tells a buyer's
// message before a purchase from one after it, also where recognition guessed
// by single words. What the buyer wants tells more than these, except that
// people ask about what they already have.
func (r reading) kindOfMail(mail assist.Mail, intent desk.Intent) desk.Label[desk.Type] {
	known := mail.Known.Type.Value
	bought, asking := r.has(after), r.has(before)
	switch stage := stageOf[intent]; {
	case known != "" && (!known.FromBuyer() || known != desk.BuyerMessage && !desk.ByEstimate.Over(mail.Known.Type.Source)):
		return desk.Label[desk.Type]{}
	case len(mail.OrderNumbers) > 0:
		return desk.Set(desk.AfterSale, desk.ByEstimate, desk.ReasonOrder, mail.OrderNumbers[0])
	case intent == desk.Spam && known == "":
		return desk.Set(desk.OtherMail, desk.ByEstimate, desk.ReasonIntent, string(intent))
	case stage == desk.AfterSale, stage == desk.PreSale && (asking || !bought):
		return desk.Set(stage, desk.ByEstimate, desk.ReasonIntent, string(intent))
	case bought:
		return r.stage(desk.AfterSale, after)
	case asking:
		return r.stage(desk.PreSale, before)
	case known != "":
		return desk.Label[desk.Type]{}
	}
	return desk.Set(desk.BuyerMessage, desk.ByEstimate, desk.ReasonDefault, "")
}

func (r reading) stage(t desk.Type, k kind) desk.Label[desk.Type] {
	return desk.Set(t, desk.ByEstimate, desk.ReasonWords, r.words(func(m match) bool { return m.kind == k }))
}

// Risk flags what a text asks for or threatens with: refund, claim, legal,
// safety, chargeback, review_threat, privacy, self_harm, press; nil for none.
func (e *Engine) Risk(text string) []string {
	r := e.lexicons.read(text, language.Identify(text).Language)
	var flags []string
	for _, k := range []kind{kind(desk.Refund), kind(desk.Claim), legal, safety, chargeback, reviewThreat, privacy, selfHarm, press} {
		if r.has(k) {
			flags = append(flags, string(k))
		}
	}
	return flags
}
