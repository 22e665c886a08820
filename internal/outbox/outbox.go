// Package outbox sends answers: a row first, ten seconds to undo, then SMTP,
// with exactly one delivery for every point at which a process can die.
package outbox

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/guard"
)

const (
	maxText    = 20_000 // characters
	maxRequest = 200    // bytes
)

// UndoTime is how long a reply can be taken back.
const UndoTime = 10 * time.Second

// State is where conversations and outgoing messages are kept.
type State interface {
	Conversation(context.Context, desk.OrgID, desk.ConversationID) (desk.Conversation, error)
	Messages(context.Context, desk.OrgID, desk.ConversationID) ([]desk.Message, error)
	Mailbox(context.Context, desk.OrgID, desk.MailboxID) (desk.Mailbox, error)
	Organisation(context.Context, desk.OrgID) (desk.Organisation, error)
	Queue(ctx context.Context, org desk.OrgID, m *desk.Message, change func(*desk.Conversation) error) error
	QueueNew(ctx context.Context, c desk.Conversation, m desk.Message) error
	Outgoing(ctx context.Context, org desk.OrgID, c desk.ConversationID, m desk.MessageID) (desk.Message, int64, error)
	PutOutgoing(ctx context.Context, org desk.OrgID, m desk.Message, version int64) error
	PutOutgoingWith(ctx context.Context, org desk.OrgID, m desk.Message, version int64, change func(*desk.Conversation) error) error
}

// WorkQueue carries outgoing messages to the sender after a delay of at most
// fifteen minutes.
type WorkQueue interface {
	Send(ctx context.Context, job desk.Job, delay time.Duration) error
}

// Outbox takes mail in and lets it be taken back.
type Outbox struct {
	State State
	Files Objects
	Work  WorkQueue
	Now   desk.Clock
	Log   *slog.Logger
}

// Reply is a text to send, already in the buyer's language and as previewed.
type Reply struct {
	Conversation desk.ConversationID
	Request      string // the caller's id: the same one is queued once
	By           desk.Member
	Text         string
	Language     desk.Language
	Cc, Bcc      []desk.Contact // beside the buyer; never on a marketplace
	Files        []Upload
	History      bool
	Seen         desk.MessageID // the newest message the agent saw
	Anyway       bool           // also when something happened since
	Confirmed    map[string]string
	Suggestion   string
}

// Blocked is the error of a reply that the marketplace check stops. Offsets of
// the findings count in Text.
type Blocked struct {
	Err      *desk.Error
	Text     string
	Findings []desk.Finding
}

func (b *Blocked) Error() string { return b.Err.Error() }

// Unwrap leads to the domain error.
func (b *Blocked) Unwrap() error { return b.Err }

// queueTries bounds how often a reply is checked again because something
// happened to its conversation while it was.
const queueTries = 8

// Queue checks a reply and puts it into the outbox. Errors: Conflict with
// "answered_meanwhile" or "new_message"; *Blocked with "check_blocked" or
// "check_unconfirmed"; Invalid with "cannot_answer", "text_empty",
// "text_too_long", "request_missing", and those of recipients and files.
func (o *Outbox) Queue(ctx context.Context, org desk.OrgID, r Reply) (desk.Message, error) {
	if err := plausible(r.Request, r.Text); err != nil {
		return desk.Message{}, err
	}
	r.Text = unixLines(r.Text)
	for try := 1; ; try++ {
		m, err := o.queue(ctx, org, r)
		if !errors.Is(err, errMoved) || try == queueTries {
			return m, err
		}
	}
}

func plausible(request, text string) error {
	switch {
	case request == "":
		return desk.Errorf(desk.Invalid, "request_missing", "a mail needs an id of its request")
	case strings.TrimSpace(text) == "":
		return desk.Errorf(desk.Invalid, "text_empty", "there is nothing to send")
	case utf8.RuneCountInString(text) > maxText || len(request) > maxRequest:
		return desk.Errorf(desk.Invalid, "text_too_long", "a mail has at most %d characters", maxText)
	}
	return nil
}

func unixLines(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

// errMoved says that the conversation changed after it was looked at.
var errMoved = desk.Errorf(desk.Conflict, "changed_meanwhile", "the conversation changed")

// queue looks at the conversation and stores the reply if nothing happened to it
// since, so that a request that comes twice at once is seen by the second.
func (o *Outbox) queue(ctx context.Context, org desk.OrgID, r Reply) (desk.Message, error) {
	seen, err := o.State.Conversation(ctx, org, r.Conversation)
	if err != nil {
		return desk.Message{}, err
	}
	messages, err := o.State.Messages(ctx, org, r.Conversation)
	if err != nil {
		return desk.Message{}, err
	}
	if m, ok := requested(messages, r.Request); ok {
		return m, nil
	}
	if err := unseen(seen, r); err != nil {
		return desk.Message{}, err
	}
	m, err := o.message(ctx, seen, messages, r)
	if err != nil {
		return desk.Message{}, err
	}
	if err := o.keep(ctx, seen, r.Files, m.Attachments); err != nil {
		return desk.Message{}, err
	}
	err = o.State.Queue(ctx, org, &m, func(c *desk.Conversation) error {
		if c.Version != seen.Version {
			return errMoved
		}
		m.Send.Reopen, m.Send.Was = c.Clock, c.Status
		c.Close(desk.Replied)
		c.LastAt, c.Newest, c.Snippet = m.At, m.ID, firstLine(r.Text)
		c.Messages++
		c.HasAttachments = c.HasAttachments || len(m.Attachments) > 0
		if c.Assignee == "" {
			c.Assignee = r.By.Email
		}
		return nil
	})
	if err != nil {
		return desk.Message{}, err
	}
	return m, o.Work.Send(ctx, job(org, m), UndoTime)
}

func requested(messages []desk.Message, request string) (desk.Message, bool) {
	for _, m := range messages {
		if m.Send != nil && m.Send.Request == request {
			return m, true
		}
	}
	return desk.Message{}, false
}

// unseen is the conflict when something happened that the agent has not seen.
func unseen(c desk.Conversation, r Reply) error {
	_, ours := desk.OutgoingAt(c.Newest)
	switch {
	case r.Anyway || r.Seen == "" || c.Newest == r.Seen:
		return nil
	case !ours && c.Status == desk.Awaiting:
		return desk.Errorf(desk.Conflict, "new_message", "the buyer wrote again")
	default:
		return desk.Errorf(desk.Conflict, "answered_meanwhile", "somebody else answered")
	}
}

func (o *Outbox) message(ctx context.Context, c desk.Conversation, messages []desk.Message, r Reply) (desk.Message, error) {
	if c.Route.To == "" || c.Route.Disabled != "" {
		return desk.Message{}, desk.Errorf(desk.Invalid, "cannot_answer", "this conversation cannot be answered by mail")
	}
	box, err := o.State.Mailbox(ctx, c.Org, c.Mailbox)
	if err != nil {
		return desk.Message{}, err
	}
	organisation, err := o.State.Organisation(ctx, c.Org)
	if err != nil {
		return desk.Message{}, err
	}
	to := []desk.Contact{{Name: c.Buyer.Name, Address: c.Route.To}}
	cc, bcc, err := copies(c.Store, to, r.Cc, r.Bcc)
	if err != nil {
		return desk.Message{}, err
	}
	files, err := o.inspected(ctx, c.Org, r.Files)
	if err != nil {
		return desk.Message{}, err
	}
	subject := ReplySubject(c.Subject)
	answer := Answer{Conversation: c, Messages: messages, Box: box, Organisation: organisation, Text: r.Text, Language: r.Language, Files: files, At: o.Now()}
	if err := check(r.Text, guard.Check(answer.Outgoing()), r.Confirmed); err != nil {
		return desk.Message{}, err
	}
	last := LastIncoming(messages)
	m := o.envelope(r.By, r.Request)
	m.Conversation, m.From, m.To, m.Cc, m.Bcc = c.ID, desk.Contact{Name: box.Name, Address: box.Address}, to, cc, bcc
	m.Subject, m.Language, m.References, m.Attachments = subject, r.Language, references(answered(messages)), files
	m.Send.Suggestion, m.Send.Confirmed = r.Suggestion, r.Confirmed
	m.Text, m.Folds = folded(r.Text, Appended(c, last, r.History, r.Language))
	return m, nil
}

// envelope is an outgoing message that is queued now and says nothing yet.
func (o *Outbox) envelope(by desk.Member, request string) desk.Message {
	now := o.Now().UTC().Truncate(time.Millisecond)
	unique := make([]byte, 5)
	_, _ = rand.Read(unique) // never fails
	return desk.Message{
		ID: desk.OutgoingID(now, hex.EncodeToString(unique)), Direction: desk.Outgoing, At: now,
		Send: &desk.Dispatch{State: desk.Queued, By: by.Email, Request: request, NotAfter: now.Add(UndoTime)},
	}
}

// folded is a text with what is appended to it, which the page folds away.
func folded(text, appended string) (string, []desk.Fold) {
	whole := body(text, appended)
	extra := len(whole) - len(body(text, ""))
	if extra == 0 {
		return whole, nil
	}
	return whole, []desk.Fold{{Start: len(whole) - extra, End: len(whole), Kind: "quoted"}}
}

// answered is the mail that an answer refers to: the buyer's last one or, where
// they have not written yet, our own.
func answered(messages []desk.Message) desk.Message {
	if last := LastIncoming(messages); last.ID != "" {
		return last
	}
	for i := len(messages) - 1; i >= 0; i-- {
		if s := messages[i].Send; s != nil && s.State == desk.Sent {
			return messages[i]
		}
	}
	return desk.Message{}
}

// LastIncoming is the message an answer answers.
func LastIncoming(messages []desk.Message) desk.Message {
	for i := len(messages) - 1; i >= 0; i-- {
		if messages[i].Direction == desk.Incoming {
			return messages[i]
		}
	}
	return desk.Message{}
}

func references(last desk.Message) []string {
	if last.HeaderID == "" {
		return last.References
	}
	return append(append([]string(nil), last.References...), last.HeaderID)
}

// check decides about what the marketplace check found. Warnings pass with a
// reason; what blocks never does.
func check(text string, findings []desk.Finding, confirmed map[string]string) error {
	var open []desk.Finding
	for _, f := range findings {
		if f.Severity == desk.Block {
			return &Blocked{desk.Errorf(desk.Invalid, "check_blocked", "the marketplace forbids this text"), text, findings}
		}
		if strings.TrimSpace(confirmed[f.Rule]) == "" {
			open = append(open, f)
		}
	}
	if len(open) > 0 {
		return &Blocked{desk.Errorf(desk.Invalid, "check_unconfirmed", "the marketplace check warns"), text, open}
	}
	return nil
}

func job(org desk.OrgID, m desk.Message) desk.Job {
	return desk.Job{Org: org, Conversation: m.Conversation, Message: m.ID}
}

func firstLine(text string) string {
	runes := []rune(text)
	for i, c := range runes {
		if c == '\n' && i > 0 || i == 140 {
			return string(runes[:i])
		}
	}
	return text
}
