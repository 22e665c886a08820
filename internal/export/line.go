package export

import (
	"encoding/json"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// line is a conversation as a line of JSON. Fields are only added, never renamed.
type line struct {
	ID       desk.ConversationID `json:"id"`
	Store    desk.Store          `json:"store"`
	Buyer    desk.Contact        `json:"buyer"`
	Subject  string              `json:"subject"`
	Status   desk.Status         `json:"status"`
	Assignee string              `json:"assignee,omitempty"`
	Orders   []string            `json:"orders,omitempty"`
	// Labels come with where each is from and why.
	Labels   desk.Labels         `json:"labels"`
	Clock    *desk.ResponseClock `json:"clock,omitempty"`
	Messages []lineMessage       `json:"messages"`
}

type lineMessage struct {
	ID          desk.MessageID   `json:"id"`
	Direction   desk.Direction   `json:"direction"`
	At          time.Time        `json:"at"`
	From        desk.Contact     `json:"from"`
	To          []desk.Contact   `json:"to"`
	Cc          []desk.Contact   `json:"cc,omitempty"`
	Bcc         []desk.Contact   `json:"bcc,omitempty"`
	Subject     string           `json:"subject"`
	MessageID   string           `json:"messageId,omitempty"` // the header, without <>
	Text        string           `json:"text"`
	Automatic   string           `json:"automatic,omitempty"`
	Language    desk.Language    `json:"language,omitempty"`
	Warnings    []string         `json:"warnings,omitempty"`
	Attachments []lineAttachment `json:"attachments,omitempty"`
	Send        *lineSend        `json:"send,omitempty"`
}

type lineAttachment struct {
	Name        string `json:"name"`
	ContentType string `json:"type"`
	Size        int    `json:"size"`
}

type lineSend struct {
	State  desk.SendState `json:"state"`
	By     string         `json:"by"`
	SentAt time.Time      `json:"sentAt,omitzero"`
	Code   string         `json:"code,omitempty"`
	Detail string         `json:"detail,omitempty"`
}

func jsonLine(c desk.Conversation, messages []desk.Message) ([]byte, error) {
	l := line{
		ID: c.ID, Store: c.Store, Buyer: c.Buyer, Subject: c.Subject, Status: c.Status, Assignee: c.Assignee, Orders: c.OrderNumbers,
		Labels: c.Labels, Messages: make([]lineMessage, len(messages)),
	}
	if c.Clock.Running() {
		l.Clock = &c.Clock
	}
	for i, m := range messages {
		l.Messages[i] = messageOf(m)
	}
	text, err := json.Marshal(l)
	return append(text, '\n'), err
}

func messageOf(m desk.Message) lineMessage {
	out := lineMessage{
		ID: m.ID, Direction: m.Direction, At: m.At, From: m.From, To: m.To, Cc: m.Cc, Bcc: m.Bcc, Subject: m.Subject, MessageID: m.HeaderID,
		Text: m.Text, Automatic: m.Automatic, Language: m.Language, Warnings: m.Warnings,
	}
	for _, f := range m.Attachments {
		out.Attachments = append(out.Attachments, lineAttachment{f.Name, f.ContentType, f.Size})
	}
	if d := m.Send; d != nil {
		out.Send = &lineSend{d.State, d.By, d.SentAt, d.Code, d.Detail}
	}
	return out
}
