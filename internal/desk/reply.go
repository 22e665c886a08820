package desk

import "time"

// Stance is what a suggestion does with the buyer's wish.
type Stance string

const (
	Resolve Stance = "resolve"
	Ask     Stance = "ask"
	Decline Stance = "decline"
)

// Suggestion is one of exactly three ways to answer, before any text exists.
type Suggestion struct {
	ID       string `json:"id"` // "s1", "s2", "s3"
	Headline string `json:"headline"`
	// HeadlineKey names a sentence of the page's catalogue; set by the offline
	// engine so that agents read it in their own language, "" from a model.
	HeadlineKey string    `json:"headlineKey,omitempty"`
	Stance      Stance    `json:"stance"`
	Entries     []EntryID `json:"entries,omitempty"`
	// Unverified are numbers of the headline found nowhere in mail or knowledge.
	Unverified []string `json:"unverified,omitempty"`
}

// Provenance says what made an artefact, and what it cost.
type Provenance struct {
	Source       Source `json:"source"` // ByModel or ByEstimate
	Model        string `json:"model,omitempty"`
	Prompt       string `json:"prompt,omitempty"` // name@version
	InputTokens  int    `json:"in,omitempty"`
	OutputTokens int    `json:"out,omitempty"`
	MicroDollars int64  `json:"cost,omitempty"`
	// Because is the code of why rules made it although a model is set.
	Because string `json:"because,omitempty"`
}

// Suggestions are the three for one incoming message.
type Suggestions struct {
	For   MessageID    `json:"for"`
	Items []Suggestion `json:"items"`
	// Grounded is false when the knowledge base had no answer.
	Grounded bool       `json:"grounded"`
	Made     Provenance `json:"made"`
	At       time.Time  `json:"at"`
}

// Citation ties a sentence of a draft to the knowledge entry it rests on.
type Citation struct {
	Entry EntryID `json:"entry"`
	Topic string  `json:"topic"`
	Quote string  `json:"quote"` // verbatim from the entry
	// Start and End are byte offsets of the sentence in the draft's text.
	Start int `json:"start"`
	End   int `json:"end"`
}

// Draft is a full reply text, ready to be edited.
type Draft struct {
	Text      string     `json:"text"`
	Language  Language   `json:"language"`
	Citations []Citation `json:"citations"`
	// Missing says what the knowledge base did not know, as short questions.
	Missing []string `json:"missing"`
	// Unverified are numbers, amounts and dates found nowhere in mail or knowledge.
	Unverified []string   `json:"unverified"`
	Made       Provenance `json:"made"`
	// Cut is true when its end was cut off at the marketplace's limit.
	Cut bool `json:"cut,omitempty"`
}

// Entry is one answer of the knowledge base.
type Entry struct {
	ID       EntryID
	Category string // nested by "/", e.g. "Shipping/Canada"
	Topic    string // the question
	Answer   string
	// Protected terms survive translation letter by letter.
	Protected []string
	Stores    []Store // none = all
	Language  Language
	UpdatedAt time.Time
	UpdatedBy string
	Version   int64
}

// Severity of a finding of the marketplace check.
type Severity string

const (
	Block Severity = "block"
	Warn  Severity = "warn"
)

// Finding is one place where a text breaks a marketplace's rule.
type Finding struct {
	Rule     string   `json:"rule"` // stable key, e.g. "amazon.external_link"
	Severity Severity `json:"severity"`
	Start    int      `json:"start"` // byte offsets in the text checked
	End      int      `json:"end"`
	Excerpt  string   `json:"excerpt"`
	Source   string   `json:"source"` // where the rule stands
}
