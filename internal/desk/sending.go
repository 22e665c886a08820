package desk

import "time"

// Sendings is what a mailbox has sent lately, and what its provider said about it.
type Sendings struct {
	Hours   []SentIn // of the last day, oldest first
	Minutes []SentIn // of the last minutes, oldest first
	// Until is the time before which the provider takes nothing more, by its own
	// word; Code is what it refused for.
	Until   time.Time
	Code    string
	Version int64
}

// SentIn counts the mails of one hour or minute.
type SentIn struct {
	From       time.Time // the beginning of the hour or minute
	Messages   int
	Recipients int
}

// Underway is an outgoing message that is not settled: it waits, is being sent,
// or did not get through.
type Underway struct {
	Conversation ConversationID
	Message      MessageID
	State        SendState
	Code         string
	By           string // e-mail of the member who sent it
	From         string // the mailbox's address
	To           string // the first recipient's address
	Recipients   int
	Subject      string
	// Due is when it goes next, or when it failed.
	Due time.Time
	At  time.Time // when it was queued
}
