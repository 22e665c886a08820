package desk

import "time"

// AIMonth is what models cost one organisation in a calendar month (UTC), in
// micro-dollars.
type AIMonth struct {
	// Used is what was spent, and what is held for calls under way.
	Used int64
	// Held is what calls under way may cost at worst, by when their hold ends. What
	// a crash left there is given back after that time.
	Held map[time.Time]int64
	// Warned is the budget that people were told is nearly used up, 0 for none yet;
	// Stopped the one they were told is spent.
	Warned, Stopped int64
	Uses            []AIUse
}

// AIUse is what one task cost with one model.
type AIUse struct {
	Task, Model                             string
	Calls, InputTokens, OutputTokens, Spent int64
}

// Example is a correction by hand that later sorting is shown. It holds nothing
// that names a person or an order.
type Example struct {
	Mailbox      MailboxID      `json:"b"`
	Conversation ConversationID `json:"c"`
	At           time.Time      `json:"at"`
	Store        Store          `json:"s"`
	Type         Type           `json:"t"`
	Text         string         `json:"x"` // at most 200 characters
	// Labels are those a person set.
	Labels []Corrected `json:"l"`
}

// Corrected is one label of an example: its name, such as "intent", and value.
type Corrected struct {
	Label string `json:"l"`
	Value string `json:"v"`
}

// Translated is a message in another language, kept beside it.
type Translated struct {
	Text     string     `json:"text"`
	Language Language   `json:"language"`
	Cut      bool       `json:"cut,omitempty"` // only the beginning of a long mail
	Problems []string   `json:"problems,omitempty"`
	Made     Provenance `json:"made"`
}

// Again is what is known of a mail that only rules have sorted because the model
// failed.
type Again struct {
	Since time.Time // the first failure
	Tries int
}
