package outbox

import (
	"context"
	"strings"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/guard"
	"github.com/quilldesk/quilldesk/internal/language"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/marketplace"
)

const maxSubject = 300 // characters

// Mail is a mail that answers nothing: written new, or forwarded.
type Mail struct {
	Request     string // the caller's id: the same one is queued once
	By          desk.Member
	Box         desk.Mailbox // it is sent from
	To, Cc, Bcc []desk.Contact
	Subject     string
	Text        string        // for a forward what stands above the original, possibly nothing
	Language    desk.Language // "" for the one it is written in
	Files       []Upload
	Forward     *Forward
	Confirmed   map[string]string
	// Colleagues are addresses of the organisation itself.
	Colleagues []string
}

// Composed is a mail as it would go out.
type Composed struct {
	Store    desk.Store // of the relay address it goes to, the own shop else
	From     desk.Contact
	To       []desk.Contact
	Cc, Bcc  []desk.Contact
	Subject  string
	Text     string
	Appended string
	Files    []desk.Attachment
	Findings []desk.Finding
}

// Compose reads a mail, checks it and says what would go out; it changes nothing.
// Errors: Invalid with "recipient_missing", "address_invalid", "recipients_many",
// "one_buyer", "no_copies", "wrong_mailbox", "forward_relay", "subject_missing",
// "text_too_long" and those of files.
func (o *Outbox) Compose(ctx context.Context, m Mail) (Composed, error) {
	out := Composed{
		From: desk.Contact{Name: m.Box.Name, Address: m.Box.Address}, Subject: strings.TrimSpace(oneLine(m.Subject)), Text: unixLines(m.Text), Store: desk.Own,
	}
	if err := out.address(m); err != nil {
		return out, err
	}
	files, err := o.inspected(ctx, m.Box.Org, m.Files)
	if err != nil {
		return out, err
	}
	out.Files = files
	var original desk.Message
	if m.Forward != nil {
		if original, err = o.forwarded(ctx, m, &out); err != nil {
			return out, err
		}
	}
	if len([]rune(out.Subject)) > maxSubject || len([]rune(out.Text)) > maxText {
		return out, desk.Errorf(desk.Invalid, "text_too_long", "the subject or the text is too long")
	}
	organisation, err := o.State.Organisation(ctx, m.Box.Org)
	if err != nil {
		return out, err
	}
	out.Findings = out.check(m, organisation, original)
	return out, nil
}

// address sorts the recipients and finds out whether a marketplace's buyer is
// among them.
func (c *Composed) address(m Mail) (err error) {
	known := map[string]bool{}
	if c.To, err = recipients(known, m.To); err != nil {
		return err
	}
	if c.Cc, err = recipients(known, m.Cc); err != nil {
		return err
	}
	if c.Bcc, err = recipients(known, m.Bcc); err != nil {
		return err
	}
	if len(c.To) == 0 {
		return desk.Errorf(desk.Invalid, "recipient_missing", "the mail goes to nobody")
	}
	buyers := 0
	for address := range known {
		if store, ok := marketplace.RelayStore(address, marketplace.Mailbox{Address: m.Box.Address, Stores: m.Box.Stores}); ok {
			buyers++
			c.Store = store
		}
	}
	switch {
	case buyers == 0:
		return nil
	case m.Forward != nil:
		return desk.Errorf(desk.Invalid, "forward_relay", "mail is forwarded to real addresses only")
	case len(known) > 1 && len(c.To) == 1:
		return desk.Errorf(desk.Invalid, "no_copies", "a marketplace's buyer is written to alone, without copies")
	case len(known) > 1:
		return desk.Errorf(desk.Invalid, "one_buyer", "a marketplace's buyer is written to alone")
	case !serves(m.Box, c.Store):
		return desk.Errorf(desk.Invalid, "wrong_mailbox", "this mailbox does not serve %s, which would refuse it", c.Store)
	}
	return nil
}

func serves(box desk.Mailbox, store desk.Store) bool {
	for _, s := range box.Stores {
		if s.Marketplace() == store.Marketplace() {
			return true
		}
	}
	return false
}

// check is what the marketplace check finds in a mail that answers nothing.
func (c *Composed) check(m Mail, o desk.Organisation, original desk.Message) []desk.Finding {
	text := c.Text
	if m.Forward != nil && strings.TrimSpace(text) == "" {
		text = "." // a forward may say nothing of its own
	}
	found := guard.Check(guard.Outgoing{
		Store: c.Store, Subject: c.Subject, Text: text, Language: m.Language, Detected: language.Identify(text).Language,
		Route: desk.ReplyRoute{To: c.To[0].Address}, Attachments: c.Files, OwnNames: []string{o.Signature, m.Box.Name},
		Proactive: m.Forward == nil, Canary: assist.Canary,
	})
	if m.Forward != nil {
		found = append(found, outside(c, m, original)...)
	}
	return found
}

// Send checks a mail and puts it into the outbox, in a conversation of its own.
// Errors are those of Compose, and *Blocked as for a reply.
func (o *Outbox) Send(ctx context.Context, mail Mail) (desk.Message, error) {
	text := mail.Text
	if mail.Forward != nil {
		text += "." // may be empty
	}
	if err := plausible(mail.Request, text); err != nil {
		return desk.Message{}, err
	}
	id := mailbox.ConversationID(mail.Box.ID, desk.MessageID("new "+mail.Request))
	if m, err := o.sentBefore(ctx, mail.Box.Org, id, mail.Request); err != nil || m.ID != "" {
		return m, err
	}
	out, err := o.Compose(ctx, mail)
	if err != nil {
		return desk.Message{}, err
	}
	if out.Subject == "" {
		return desk.Message{}, desk.Errorf(desk.Invalid, "subject_missing", "the mail has no subject")
	}
	if err := check(out.Text, out.Findings, mail.Confirmed); err != nil {
		return desk.Message{}, err
	}
	if mail.Language == "" {
		mail.Language = language.Identify(out.Text).Language
	}
	m := o.envelope(mail.By, mail.Request)
	m.Conversation, m.From, m.To, m.Cc, m.Bcc, m.Subject = id, out.From, out.To, out.Cc, out.Bcc, out.Subject
	m.Language, m.Attachments, m.Send.Confirmed = mail.Language, out.Files, mail.Confirmed
	m.Text, m.Folds = folded(out.Text, out.Appended)
	c := begun(mail, out, m)
	if err := o.keep(ctx, c, mail.Files, m.Attachments); err != nil {
		return desk.Message{}, err
	}
	err = o.State.QueueNew(ctx, c, m)
	if desk.KindOf(err) == desk.Conflict { // the same request, at the same time
		return o.sentBefore(ctx, mail.Box.Org, id, mail.Request)
	}
	if err != nil {
		return desk.Message{}, err
	}
	return m, o.Work.Send(ctx, job(mail.Box.Org, m), UndoTime)
}

// sentBefore finds the mail of a request that came before; its zero value when
// there is none.
func (o *Outbox) sentBefore(ctx context.Context, org desk.OrgID, id desk.ConversationID, request string) (desk.Message, error) {
	messages, err := o.State.Messages(ctx, org, id)
	if err != nil {
		return desk.Message{}, err
	}
	m, _ := requested(messages, request)
	return m, nil
}

// begun is the conversation that a mail of ours begins. Nobody waits in it until
// the recipient answers: by our Message-ID the answer finds its way here.
func begun(mail Mail, out Composed, m desk.Message) desk.Conversation {
	sorted := func(t desk.Type) desk.Label[desk.Type] { return desk.Set(t, desk.ByDefault, desk.ReasonDefault, "") }
	kind := desk.OtherMail
	if out.Store != desk.Own {
		kind = desk.BuyerMessage
	}
	c := desk.Conversation{
		ID: m.Conversation, Org: mail.Box.Org, Mailbox: mail.Box.ID, Store: out.Store, Buyer: out.To[0], Subject: m.Subject,
		Title: marketplace.Title(m.Subject, out.To[0].Name), Status: desk.Replied, Snippet: firstLine(strings.TrimSpace(m.Text)), LastAt: m.At, Newest: m.ID,
		Messages: 1, HasAttachments: len(m.Attachments) > 0, Route: desk.ReplyRoute{To: out.To[0].Address}, Sorted: true, Assignee: mail.By.Email, Version: 1,
		Labels: desk.Labels{
			Type: sorted(kind), Category: desk.Set(desk.Category(kind), desk.ByDefault, desk.ReasonDefault, ""),
			Language: desk.Set(mail.Language, desk.ByDefault, desk.ReasonDefault, ""),
		},
	}
	return c
}
