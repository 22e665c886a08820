package desk

import "time"

// Sendings is what a mailbox has sent lately, and what its provider said about it.
type Sendings struct {
	Hours   []SentIn `json:"h,omitempty"` // of the last day, oldest first
	Minutes []SentIn `json:"m,omitempty"` // of the last minutes, oldest first
	// Until is the time before which the provider takes nothing more, by its own
	// word; Code is what it refused for.
	Until   time.Time `json:"u,omitzero"`
	Code    string    `json:"c,omitempty"`
	Version int64     `json:"-"`
}

// SentIn counts the mails of one hour or minute.
type SentIn struct {
	From       time.Time `json:"t"` // the beginning of the hour or minute
	Messages   int       `json:"n"`
	Recipients int       `json:"r"`
}

// Underway is an outgoing message that is not settled: it waits, is being sent,
// or did not get through.
type Underway struct {
	Conversation ConversationID
	Message      MessageID
	Mailbox      MailboxID
	State        SendState
	Code         string
	By           string // e-mail of the member who sent it
	To           string // the first recipient's address
	Recipients   int
	Subject      string
	Text         string // its beginning
	// Due is when it goes next, or when it failed.
	Due time.Time
	At  time.Time // when it was queued
}
