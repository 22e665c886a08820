package outbox

import (
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/guard"
	"github.com/quilldesk/quilldesk/internal/language"
)

// Answer is a text for a conversation, as it is previewed and sent.
type Answer struct {
	Conversation desk.Conversation
	Messages     []desk.Message // all of the conversation
	Box          desk.Mailbox
	Organisation desk.Organisation
	Text         string
	Language     desk.Language
	Files        []desk.Attachment
	At           time.Time
}

// Outgoing is what the marketplace check sees of an answer. Preview and sending
// both ask it, so that one cannot promise what the other refuses.
func (a Answer) Outgoing() guard.Outgoing {
	c := a.Conversation
	return guard.Outgoing{
		Store: c.Store, Text: a.Text, Subject: ReplySubject(c.Subject), AnsweredSubject: c.Subject,
		Language: a.Language, Detected: language.Identify(a.Text).Language,
		Route: c.Route, OrderNumbers: c.OrderNumbers, Attachments: a.Files, OwnNames: []string{a.Organisation.Signature, a.Box.Name},
		Canary: assist.Canary, Sent: ownTexts(a.Messages), Ordered: orderedBefore(c.OrderNumbers, a.Messages), Now: a.At,
	}
}

// ownTexts are the texts we sent before.
func ownTexts(messages []desk.Message) []string {
	var texts []string
	for _, m := range messages {
		if m.Direction == desk.Outgoing && (m.Send == nil || m.Send.State != desk.Cancelled) {
			texts = append(texts, m.Visible())
		}
	}
	return texts
}

// orderedBefore is a time by which every order had been placed: a message that
// names an order is younger than the order. Of several orders the newest counts,
// as the answer may be about that one. Zero when an order is named nowhere.
func orderedBefore(numbers []string, messages []desk.Message) time.Time {
	var newest time.Time
	for _, number := range numbers {
		named := firstNamed(number, messages)
		if named.IsZero() {
			return time.Time{}
		}
		if named.After(newest) {
			newest = named
		}
	}
	return newest
}

// firstNamed is when the oldest message that names an order came, zero for none.
func firstNamed(number string, messages []desk.Message) time.Time {
	var first time.Time
	for _, m := range messages {
		if (first.IsZero() || m.At.Before(first)) && (strings.Contains(m.Subject, number) || strings.Contains(m.Text, number)) {
			first = m.At
		}
	}
	return first
}
