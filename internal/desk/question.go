package desk

import "time"

// Question is one that buyers ask and the knowledge base did not answer.
type Question struct {
	ID      string
	Text    string // of the first mail that asked it, without addresses and numbers
	Count   int    // conversations that asked it
	Mailbox MailboxID
	// Conversation, Store and Language are those of the last mail.
	Conversation ConversationID
	Store        Store
	Language     Language
	At           time.Time
	Version      int64
}
