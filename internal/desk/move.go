package desk

import "time"

// Move is messages on their way from one conversation into another of the same
// mailbox. It is written down before the first of them goes, so that whoever
// finds it can complete it.
type Move struct {
	ID       string
	Org      OrgID
	Mailbox  MailboxID
	From, To ConversationID
	// Messages are those that go; none with Whole, which takes every message that
	// is there when the last one has gone, and ends From.
	Messages []MessageID `json:",omitempty"`
	Whole    bool        `json:",omitempty"`
	// Back undoes a merge: To is a conversation that was merged into From.
	Back  bool `json:",omitempty"`
	By    string
	Begun time.Time
	// Settled is true once both conversations say what they hold now. What is left
	// to do is to forget Terms, under which From is no longer found.
	Settled bool     `json:",omitempty"`
	Terms   []string `json:",omitempty"`
}

// Merged is what is left of a conversation that was merged into another.
type Merged struct {
	Into ConversationID
	Move string
	// Before is the conversation as it was, and Host the other one; Version is the
	// other one's version after the merge. They bring both back when the merge is undone.
	Before, Host Conversation
	Version      int64
}

// Moved is the error of a write to a conversation that was merged into another.
type Moved struct{ Into ConversationID }

func (m *Moved) Error() string { return "the conversation was merged into another" }

// Half is one of the two conversations of a move as it is stored.
type Half struct {
	// Conversation has no ID while there is none yet.
	Conversation Conversation
	Messages     []Message // oldest first
	Suggestions  *Suggestions
	Merged       *Merged
	// Arriving is true while a batch that brought mail of it is not committed.
	Arriving bool
}

// Settlement is what the two conversations of a move hold after it.
type Settlement struct {
	From *Conversation // nil when the move ends it
	To   Conversation
	// Suggestions go to To.
	Suggestions *Suggestions
	// Terms are those under which From is not found any more.
	Terms []string
}

// Origin is the conversation that the Message-ID of an outgoing message names:
// the one in which it was written, wherever it was moved since.
func (m Message) Origin() ConversationID {
	if m.Send != nil && m.Send.Origin != "" {
		return m.Send.Origin
	}
	return m.Conversation
}

// Answers reports whether the message is an answer that reached the buyer, or is
// on its way.
func (m Message) Answers() bool {
	if m.Direction != Outgoing {
		return false
	}
	return m.Send == nil || m.Send.State == Queued || m.Send.State == Sending || m.Send.State == Sent
}

// copying is how long after it was sent a message may wait for its copy in Sent.
const copying = 5 * time.Minute

// UnderWay reports whether somebody works on sending the message, so that it
// must stay where it is.
func (m Message) UnderWay(now time.Time) bool {
	if m.Send == nil {
		return false
	}
	switch m.Send.State {
	case Queued, Sending:
		return true
	case Sent:
		return !m.Send.Copied && now.Sub(m.Send.SentAt) < copying
	default:
		return false
	}
}
