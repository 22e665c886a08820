package desk

// Type says what kind of mail a message is.
type Type string

const (
	BuyerMessage Type = "buyer_message"
	PreSale      Type = "pre_sale"
	AfterSale    Type = "after_sale"
	Notification Type = "channel_notification"
	AmazonQA     Type = "amazon_qa"
	OtherMail    Type = "other"
	Automatic    Type = "automatic"
)

// Types lists every type in the order the page shows them.
var Types = []Type{BuyerMessage, PreSale, AfterSale, Notification, AmazonQA, OtherMail, Automatic}

// FromBuyer reports whether mail of this type asks for an answer by default.
func (t Type) FromBuyer() bool { return t == BuyerMessage || t == PreSale || t == AfterSale }

// Category is a folder of the sidebar. Every type has a preset category with the
// type's own name; an organisation may add its own.
type Category string

// Intent is what the writer wants.
type Intent string

const (
	WhereIsMyOrder  Intent = "where_is_my_order"
	Refund          Intent = "refund"
	Return          Intent = "return"
	Replacement     Intent = "replacement"
	Cancel          Intent = "cancel"
	Damaged         Intent = "damaged"
	WrongItem       Intent = "wrong_item"
	MissingPart     Intent = "missing_part"
	Defective       Intent = "defective"
	AddressChange   Intent = "address_change"
	Invoice         Intent = "invoice"
	ProductQuestion Intent = "product_question"
	Compatibility   Intent = "compatibility"
	Stock           Intent = "stock"
	BulkPrice       Intent = "bulk_price"
	Shipping        Intent = "shipping"
	Claim           Intent = "claim"
	NegativeReview  Intent = "negative_review"
	Thanks          Intent = "thanks"
	Spam            Intent = "spam"
	OtherIntent     Intent = "other"
)

// Intents lists every intent in the order the page shows them.
var Intents = []Intent{
	WhereIsMyOrder, Refund, Return, Replacement, Cancel, Damaged, WrongItem, MissingPart, Defective,
	AddressChange, Invoice, ProductQuestion, Compatibility, Stock, BulkPrice, Shipping, Claim,
	NegativeReview, Thanks, Spam, OtherIntent,
}

// Priority is how much a mail matters.
type Priority string

const (
	High   Priority = "high"
	Medium Priority = "medium"
	Low    Priority = "low"
)

// Priorities lists every priority, the most pressing first.
var Priorities = []Priority{High, Medium, Low}

// Sentiment is the writer's mood on five levels.
type Sentiment string

const (
	VeryNegative Sentiment = "very_negative"
	Negative     Sentiment = "negative"
	Neutral      Sentiment = "neutral"
	Positive     Sentiment = "positive"
	VeryPositive Sentiment = "very_positive"
)

// Sentiments lists every sentiment from the worst to the best.
var Sentiments = []Sentiment{VeryNegative, Negative, Neutral, Positive, VeryPositive}

// Language is a BCP 47 tag, or "" when it could not be told.
type Language string

// Languages are the fifteen that Quilldesk reads and writes.
var Languages = []Language{
	"en-US", "en-GB", "fr", "de", "es", "it", "ja", "ms", "vi", "th", "id", "pt", "ru", "zh-Hans", "zh-Hant",
}

// Source is who set a label. A stronger source is never overwritten by a weaker.
type Source string

const (
	ByDefault  Source = "default"
	ByEstimate Source = "estimate" // the offline rules: honest about being a guess
	ByModel    Source = "model"
	ByRule     Source = "rule"
	ByHand     Source = "hand"
)

var strength = map[Source]int{ByDefault: 1, ByEstimate: 2, ByModel: 3, ByRule: 4, ByHand: 5}

// Over reports whether a label from s replaces one from old. Equal sources
// replace each other, so that a later mail is scored anew.
func (s Source) Over(old Source) bool { return strength[s] >= strength[old] }

// Reason says why a label is what it is. Code is a key of the page's catalogue;
// Detail is what fills it: the matched words, a header, the model's sentence.
type Reason struct {
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"`
}

// Reason codes. The page has a sentence for each in every UI language.
const (
	ReasonWords       = "words"       // detail: the words found
	ReasonMarketplace = "marketplace" // detail: the header, address or subject form that tells it
	ReasonOrder       = "order"       // detail: the order number found
	ReasonIntent      = "intent"      // detail: the intent it follows from
	ReasonSentiment   = "sentiment"   // detail: the sentiment it follows from
	ReasonModel       = "model"       // detail: the model's own sentence
	ReasonScript      = "script"      // detail: the writing or the words that tell the language
	ReasonHand        = "hand"        // detail: who
	ReasonHeader      = "header"      // detail: the header of automatic mail
	ReasonClock       = "clock"       // the response clock is about to run out
	ReasonDefault     = "default"
)

// Label is one value with its source and reason.
type Label[T ~string] struct {
	Value  T      `json:"value"`
	Source Source `json:"source"`
	Reason Reason `json:"reason"`
}

// Set makes a label.
func Set[T ~string](v T, s Source, code, detail string) Label[T] {
	return Label[T]{Value: v, Source: s, Reason: Reason{Code: code, Detail: detail}}
}

// Keep returns the label that stays when next arrives after l: a stronger
// source wins, an empty value never replaces a value.
func (l Label[T]) Keep(next Label[T]) Label[T] {
	if next.Value == "" || (l.Value != "" && !next.Source.Over(l.Source)) {
		return l
	}
	return next
}

// Labels is everything that sorting finds out about a mail.
type Labels struct {
	Type      Label[Type]      `json:"type"`
	Category  Label[Category]  `json:"category"`
	Intent    Label[Intent]    `json:"intent"`
	Priority  Label[Priority]  `json:"priority"`
	Sentiment Label[Sentiment] `json:"sentiment"`
	Language  Label[Language]  `json:"language"`
	// Summary is one sentence about what the writer wants.
	Summary string `json:"summary,omitempty"`
	// Query asks the knowledge base for an answer, in its own language; "" when no
	// model has sorted the mail.
	Query string `json:"query,omitempty"`
	// Orders are order numbers that a model found in the mail, not yet among the
	// conversation's.
	Orders []string `json:"-"`
}

// Merge lays next over l, each label by the strength of its source.
func (l Labels) Merge(next Labels) Labels {
	l.Type = l.Type.Keep(next.Type)
	l.Category = l.Category.Keep(next.Category)
	l.Intent = l.Intent.Keep(next.Intent)
	l.Priority = l.Priority.Keep(next.Priority)
	l.Sentiment = l.Sentiment.Keep(next.Sentiment)
	l.Language = l.Language.Keep(next.Language)
	if next.Summary != "" {
		l.Summary = next.Summary
	}
	if next.Query != "" {
		l.Query = next.Query
	}
	return l
}
