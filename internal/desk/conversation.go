package desk

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Status is the tab a conversation stands under.
type Status string

const (
	Awaiting Status = "awaiting"
	Replied  Status = "replied"
	NoReply  Status = "no_reply"
)

// Statuses lists the three, in tab order.
var Statuses = []Status{Awaiting, Replied, NoReply}

// Contact is a person's name and address as the mail gave them. For a
// marketplace buyer the address is the relay alias.
type Contact struct {
	Name    string `json:"name,omitempty"`
	Address string `json:"address,omitempty"`
}

// ResponseClock counts from the first unanswered buyer message. A zero Start
// means that nothing waits.
type ResponseClock struct {
	Start time.Time `json:"start"`
	Due   time.Time `json:"due"`
	// Target is true where the marketplace sets no official time and Due is our aim.
	Target bool `json:"target,omitempty"`
}

// Running reports whether somebody waits for an answer.
func (c ResponseClock) Running() bool { return !c.Start.IsZero() }

// Conversation is what is known of one exchange without its messages.
type Conversation struct {
	ID      ConversationID
	Org     OrgID
	Mailbox MailboxID
	Store   Store
	Buyer   Contact
	Subject string
	// Title is the subject without the buyer and the order, for lists.
	Title    string
	Status   Status
	Labels   Labels
	Clock    ResponseClock
	Assignee string // e-mail of a member, or ""

	OrderNumbers []string
	// Snippet is the beginning of the last message, at most 140 characters.
	Snippet string
	// LastAt is when the last message came or went; lists are sorted by it.
	LastAt       time.Time
	LastIncoming MessageID
	// Newest is the newest message either way; an answer names it as seen.
	Newest         MessageID
	Messages       int
	HasAttachments bool
	// Suspicious marks mail whose sender could not be proven: shown with a
	// warning, never answered automatically.
	Suspicious bool

	Route ReplyRoute

	// Calm is the priority before the clock raised it; nil while it has not.
	Calm *Label[Priority] `json:",omitempty"`

	// Sorted is false until triage has been over the last incoming message.
	Sorted bool
	// Version rises with every change; a writer names the one it has read.
	Version int64
}

// ReplyRoute is how an answer reaches the buyer.
type ReplyRoute struct {
	// To is the relay or real address as received; empty when mail cannot answer.
	To string `json:"to,omitempty"`
	// Disabled is a code that says why mail cannot answer, e.g. "tiktok_in_app".
	Disabled string `json:"disabled,omitempty"`
	// Link is where to answer or close instead, on the marketplace's own host.
	Link string `json:"link,omitempty"`
	// NoResponseLink is Amazon's signed "no response needed" link; opened only by
	// an agent's click.
	NoResponseLink string `json:"noResponseLink,omitempty"`
	// Reference is eBay's newest "[#…#]" reference, without which a reply is refused.
	Reference string `json:"reference,omitempty"`
}

// Direction tells incoming mail from ours.
type Direction string

const (
	Incoming Direction = "in"
	Outgoing Direction = "out"
)

// SendState is where an outgoing message stands.
type SendState string

const (
	Queued    SendState = "queued"    // waits for its time; can be undone
	Sending   SendState = "sending"   // leased by the sender
	Sent      SendState = "sent"      // accepted by the SMTP server
	Bounced   SendState = "bounced"   // came back
	Failed    SendState = "failed"    // final no, or retries used up
	Unclear   SendState = "unclear"   // the line broke after the text was handed over: a person decides
	Cancelled SendState = "cancelled" // undone in time
)

// Message is one mail of a conversation. Its text is what people read; the raw
// mail stays in the bucket.
type Message struct {
	ID           MessageID
	Conversation ConversationID
	Direction    Direction
	// At is when the mailbox received it (IMAP INTERNALDATE), or when we queued it.
	At     time.Time
	From   Contact
	To, Cc []Contact
	// Bcc are told to the server and written into no header; outgoing mail only.
	Bcc     []Contact `json:",omitempty"`
	Subject string
	// HeaderID is the Message-ID header without <>; References likewise, oldest first.
	HeaderID   string
	References []string

	Text  string // the whole text
	Folds []Fold // which byte ranges of Text are quoted history or signature
	HTML  bool   // the original has an HTML part

	Attachments []Attachment
	Automatic   string   // "", "bounce", "out_of_office", …
	Imported    bool     // came with the first import: no rules, no clocks
	Warnings    []string // what was cut or odd, as codes
	Language    Language

	// Outgoing mail only.
	Send *Dispatch
}

// Visible is the text without what the page folds.
func (m Message) Visible() string {
	var b strings.Builder
	at := 0
	for _, f := range m.Folds {
		if f.Start >= at && f.End >= f.Start && f.End <= len(m.Text) {
			b.WriteString(m.Text[at:f.Start])
			at = f.End
		}
	}
	b.WriteString(m.Text[at:])
	return strings.TrimSpace(b.String())
}

// Fold is a byte range of a text that the page shows folded.
type Fold struct {
	Start int    `json:"s"`
	End   int    `json:"e"`
	Kind  string `json:"k"` // "quoted" or "signature"
}

// Attachment describes a file of a message. Its bytes are in the raw mail (in),
// or where Key says (out): in pieces below it, or, when Part is set, in the raw
// mail of that key, as its Part-th attachment counted from 1.
type Attachment struct {
	Name        string `json:"name"`
	ContentType string `json:"type"`
	Size        int    `json:"size"`
	ContentID   string `json:"cid,omitempty"`
	Inline      bool   `json:"inline,omitempty"`
	Key         string `json:"key,omitempty"`
	Part        int    `json:"part,omitempty"`
}

// Dispatch is the sending side of an outgoing message.
type Dispatch struct {
	State    SendState
	By       string    // e-mail of the member who sent it
	Request  string    // the caller's id of the request: the same one is queued once
	NotAfter time.Time // undo is possible until then
	Attempts int
	// Detail is what the server said last, for people, e.g. "accepted by smtp.example.com".
	Detail string
	// Code is a key of the page's catalogue for a failure, e.g. "ebay_reference".
	Code   string
	SentAt time.Time
	// Copied is true once the message is in the mailbox's Sent folder.
	Copied bool
	// LeaseUntil keeps two senders from one message.
	LeaseUntil time.Time
	// Handing is true from just before the text goes to the server until its
	// answer: a crash in between leaves it open whether the mail is on its way.
	Handing bool
	// Round rises when a mail that came back is sent again: each round has a
	// Message-ID of its own, as servers drop one they have seen.
	Round int `json:",omitempty"`
	// Origin is the conversation it was written in, when it was moved since: its
	// Message-ID goes on naming that one.
	Origin ConversationID `json:",omitempty"`
	// Suggestion is the one the text began with, "" for none.
	Suggestion string
	// Confirmed are warnings of the marketplace check sent anyway, with the reasons.
	Confirmed map[string]string
	// Reopen restores the conversation when sending is undone or fails.
	Reopen ResponseClock
	// Was is the tab the conversation stood under before.
	Was Status
}

// Reopen puts a conversation back under "awaiting" because an answer did not
// reach the buyer; clock is as it was before the answer.
func (c *Conversation) Reopen(clock ResponseClock) {
	c.Status = Awaiting
	if !c.Clock.Running() {
		c.Clock = clock
	}
}

// Close ends a conversation's wait: it was answered, or needs no answer. A
// priority that only the clock had raised falls back.
func (c *Conversation) Close(as Status) {
	c.Status, c.Clock = as, ResponseClock{}
	if c.Calm != nil && c.Labels.Priority.Reason.Code == ReasonClock {
		c.Labels.Priority = *c.Calm
	}
	c.Calm = nil
}

// EscalateBefore is how long before its clock runs out a conversation becomes
// urgent whatever sorting said of it.
const EscalateBefore = 6 * time.Hour

// MayEscalate reports whether the clock will raise the priority: somebody waits,
// and it is neither high already nor chosen by a person.
func (c Conversation) MayEscalate() bool {
	p := c.Labels.Priority
	return c.Status == Awaiting && c.Clock.Running() && p.Value != High && p.Source != ByHand
}

// Escalate raises the priority when the clock has come near its end, and reports
// whether it did.
func (c *Conversation) Escalate(now time.Time) bool {
	if !c.MayEscalate() || now.Before(c.Clock.Due.Add(-EscalateBefore)) {
		return false
	}
	before := c.Labels.Priority
	c.Calm = &before
	c.Labels.Priority = Set(High, ByRule, ReasonClock, "")
	return true
}

// OutgoingID makes the id of an outgoing message. It carries the time it was
// queued, to the millisecond, so that the message can be read by its id alone.
func OutgoingID(at time.Time, unique string) MessageID {
	return MessageID(fmt.Sprintf("o%013d%s", at.UnixMilli(), unique))
}

// OutgoingAt is the time in the id of an outgoing message; ok is false for any other.
func OutgoingAt(id MessageID) (at time.Time, ok bool) {
	if len(id) < 14 || id[0] != 'o' {
		return time.Time{}, false
	}
	ms, err := strconv.ParseInt(string(id[1:14]), 10, 64)
	return time.UnixMilli(ms).UTC(), err == nil
}

// Attempt is the id of a message as its Message-ID names it: with the round in
// which it is sent, once it came back.
func (id MessageID) Attempt(round int) MessageID {
	if round == 0 {
		return id
	}
	return id + MessageID("-"+strconv.Itoa(round))
}

// Round parts what Attempt made; known is false for an id without a round.
func (id MessageID) Round() (m MessageID, round int, known bool) {
	name, n, found := strings.Cut(string(id), "-")
	round, err := strconv.Atoi(n)
	if !found || err != nil {
		return id, 0, false
	}
	return MessageID(name), round, true
}
