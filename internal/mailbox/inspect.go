package mailbox

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/message"
	"github.com/quilldesk/quilldesk/internal/triage"
)

// Inspection is what the product makes of one mail, without keeping it.
type Inspection struct {
	Headers message.Header `json:"headers"`
	From    []desk.Contact `json:"from"`
	To      []desk.Contact `json:"to"`
	Subject string         `json:"subject"`
	Date    time.Time      `json:"date,omitzero"`
	// Text is all of the mail's text. Visible, Quoted and Signature are parts of
	// what a conversation shows of it: the buyer's words, where a marketplace's
	// template is around them.
	Text        string               `json:"text"`
	Visible     string               `json:"visible"`
	Quoted      string               `json:"quoted"`
	Signature   string               `json:"signature"`
	Attachments []message.Attachment `json:"attachments"`

	Language     desk.Language    `json:"language"`
	Marketplace  desk.Marketplace `json:"marketplace"`
	Store        desk.Store       `json:"store"`
	Type         desk.Type        `json:"type"`
	Category     desk.Category    `json:"category"`
	Intent       desk.Intent      `json:"intent"`
	Priority     desk.Priority    `json:"priority"`
	Sentiment    desk.Sentiment   `json:"sentiment"`
	OrderNumbers []string         `json:"orderNumbers"`
	ThreadKeys   []string         `json:"threadKeys"`
	Automatic    string           `json:"automatic"`
	Buyer        desk.Contact     `json:"buyer"`
	Route        desk.ReplyRoute  `json:"route"`
	Suspicious   bool             `json:"suspicious"`
	Warnings     []string         `json:"warnings"`
}

// Inspect reads, recognises and sorts a mail as a mailbox at its To address that
// serves every store would.
func Inspect(ctx context.Context, raw []byte, sorter assist.Assistant) (Inspection, error) {
	return InspectIn(ctx, raw, addressee(raw), sorter)
}

// InspectIn is Inspect for a mailbox that is known.
func InspectIn(ctx context.Context, raw []byte, box desk.Mailbox, sorter assist.Assistant) (Inspection, error) {
	r := &run{Syncer: &Syncer{Log: slog.New(slog.DiscardHandler)}, box: box}
	a := &arrival{raw: raw}
	r.read(a, time.Unix(0, 0).UTC())
	c := desk.Conversation{}
	received(&c, a, true)
	labels, _, err := sorter.Triage(ctx, triage.View(c, a.msg))
	if err != nil {
		return Inspection{}, fmt.Errorf("sorting the mail: %w", err)
	}
	labels = c.Labels.Merge(labels)
	return Inspection{
		Headers: a.mail.Header, From: contacts(a.mail.From), To: contacts(a.mail.To), Subject: a.mail.Subject, Date: a.mail.Date,
		Text: a.mail.Text, Visible: a.msg.Visible(), Quoted: folded(a.msg, "quoted"), Signature: folded(a.msg, "signature"),
		Attachments: listed(a.mail.Attachments), Language: labels.Language.Value, Marketplace: a.seen.Marketplace, Store: c.Store,
		Type: labels.Type.Value, Category: triage.Category(labels).Value, Intent: labels.Intent.Value, Priority: labels.Priority.Value,
		Sentiment: labels.Sentiment.Value, OrderNumbers: listed(a.seen.OrderNumbers), ThreadKeys: listed(a.seen.ThreadKeys),
		Automatic: string(a.mail.Automatic), Buyer: a.seen.Buyer, Route: a.seen.Route, Suspicious: a.seen.Suspicious, Warnings: listed(a.msg.Warnings),
	}, nil
}

// addressee is a mailbox that a mail could be for.
func addressee(raw []byte) desk.Mailbox {
	box := desk.Mailbox{}
	for _, info := range desk.Stores {
		box.Stores = append(box.Stores, info.Store)
	}
	head := message.Read(raw, message.Limits{})
	if len(head.To) == 0 {
		return box
	}
	box.Address = strings.ToLower(head.To[0].Address)
	_, domain, _ := strings.Cut(box.Address, "@")
	for _, p := range presets() {
		if p.hasDomain(domain) {
			box.Provider = p.ID
		}
	}
	return box
}

// folded is what the page folds of a message, by kind.
func folded(m desk.Message, kind string) string {
	var parts []string
	for _, f := range m.Folds {
		if f.Kind == kind {
			parts = append(parts, strings.TrimSpace(m.Text[f.Start:f.End]))
		}
	}
	return strings.Join(parts, "\n\n")
}

// listed is never nil, so that JSON says [] and not null.
func listed[T any](list []T) []T { return append([]T{}, list...) }
