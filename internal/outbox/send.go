package outbox

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/smtp"
)

// SentFolder is a signed-in connection to look for copies of sent mail.
type SentFolder interface {
	Find(ctx context.Context, folder, messageID string) (bool, error)
	Append(folder string, raw []byte, at time.Time) error
	Close() error
}

// Vault opens sealed credentials.
type Vault interface {
	Open(context.Context, desk.OrgID, desk.MailboxID, []byte) (desk.Credentials, error)
}

// Sender sends what is in the outbox.
type Sender struct {
	State  State
	Work   WorkQueue
	Vault  Vault
	Submit func(context.Context, desk.Endpoint, desk.Credentials, smtp.Mail, func() error) (string, error)
	Dial   func(context.Context, desk.Endpoint, desk.Credentials) (SentFolder, error)
	Now    desk.Clock
	Log    *slog.Logger
}

const (
	sendLease = 2 * time.Minute
	// maxAttempts with their back-off take about four hours.
	maxAttempts = 10
)

// Send brings one outgoing message a step further. Doing it twice, or dying in
// the middle and doing it again, delivers the mail once.
func (s *Sender) Send(ctx context.Context, job desk.Job) error {
	m, version, err := s.State.Outgoing(ctx, job.Org, job.Conversation, job.Message)
	if desk.KindOf(err) == desk.NotFound {
		return nil // deleted meanwhile
	}
	if err != nil {
		return err
	}
	now := s.Now()
	switch {
	case m.Send.State == desk.Queued && m.Send.NotAfter.After(now):
		return s.Work.Send(ctx, job, m.Send.NotAfter.Sub(now)) // came early
	case m.Send.State == desk.Sending && m.Send.LeaseUntil.After(now):
		return s.Work.Send(ctx, job, m.Send.LeaseUntil.Sub(now)) // another sender is at it, or died
	case m.Send.State == desk.Queued, m.Send.State == desk.Sending, m.Send.State == desk.Sent && !m.Send.Copied:
	default:
		return nil
	}
	c, err := s.State.Conversation(ctx, job.Org, job.Conversation)
	if desk.KindOf(err) == desk.NotFound {
		return nil // deleted meanwhile
	}
	if err != nil {
		return err
	}
	box, err := s.State.Mailbox(ctx, job.Org, c.Mailbox)
	if err != nil {
		return err
	}
	d := &delivery{Sender: s, org: job.Org, box: box, m: m, version: version}
	if d.who, err = s.Vault.Open(ctx, box.Org, box.ID, box.Sealed); err != nil {
		return err
	}
	if err := d.write(); err != nil {
		return d.failed(ctx, desk.Failed, desk.Errorf(desk.Permanent, "message_refused", "%w", err))
	}
	if m.Send.State != desk.Sent {
		if err := d.deliver(ctx); err != nil || d.m.Send.State != desk.Sent {
			return err
		}
	}
	return d.copySent(ctx)
}

// delivery is one attempt to deliver one message.
type delivery struct {
	*Sender
	org     desk.OrgID
	box     desk.Mailbox
	who     desk.Credentials
	m       desk.Message
	version int64
	id      string
	raw     []byte
}

// write makes the raw mail. It is the same at every attempt.
func (d *delivery) write() (err error) {
	_, domain, _ := strings.Cut(d.box.Address, "@")
	d.id = mailbox.OwnMessageID(d.who.Secret, d.m.Conversation, d.m.ID, domain)
	l := letter{
		id: d.id, from: d.m.From, to: d.m.To, cc: d.m.Cc, subject: d.m.Subject, text: d.m.Text, at: d.m.At, references: d.m.References,
	}
	d.raw, err = l.raw()
	return err
}

// deliver leases the message, finds out whether an attempt that died had got
// through, and submits it.
func (d *delivery) deliver(ctx context.Context) error {
	died := d.m.Send.State == desk.Sending
	d.m.Send.State, d.m.Send.LeaseUntil = desk.Sending, d.Now().Add(sendLease)
	d.m.Send.Attempts++
	if err := d.store(ctx); err != nil {
		return lost(err)
	}
	if died && d.m.Send.Handing {
		return d.lookedUp(ctx)
	}
	said, err := d.Submit(ctx, d.box.SMTP, d.who, smtp.Mail{From: d.box.Address, To: recipients(d.m), Raw: d.raw}, func() error {
		d.m.Send.Handing = true
		return d.store(ctx)
	})
	switch {
	case err == nil:
		return d.sent(ctx, said)
	case errors.Is(err, smtp.ErrUnclear) && d.box.AppendSent:
		return d.lookedUp(ctx)
	case errors.Is(err, smtp.ErrUnclear): // the provider may need a moment to save what it took
		return d.Work.Send(ctx, desk.Job{Org: d.org, Conversation: d.m.Conversation, Message: d.m.ID}, sendLease)
	case desk.KindOf(err) == desk.Conflict:
		return nil // somebody else has the message now
	case desk.KindOf(err) == desk.Permanent:
		return d.failed(ctx, desk.Failed, err)
	default:
		return d.later(ctx, err)
	}
}

// lost makes a lost race the end of this attempt.
func lost(err error) error {
	if desk.KindOf(err) == desk.Conflict {
		return nil
	}
	return err
}

func recipients(m desk.Message) []string {
	var to []string
	for _, c := range append(append([]desk.Contact(nil), m.To...), m.Cc...) {
		to = append(to, c.Address)
	}
	return to
}

func (d *delivery) store(ctx context.Context) error {
	if err := d.State.PutOutgoing(ctx, d.org, d.m, d.version); err != nil {
		return err
	}
	d.version++
	return nil
}

func (d *delivery) sent(ctx context.Context, said string) error {
	d.m.Send.State, d.m.Send.SentAt, d.m.Send.Handing = desk.Sent, d.Now().UTC(), false
	d.m.Send.Detail, d.m.Send.Code, d.m.HeaderID = d.box.SMTP.Host, "accepted", d.id
	d.Log.InfoContext(ctx, "sent", "org", d.org, "mailbox", d.box.ID, "message", d.m.ID, "attempt", d.m.Send.Attempts, "answer_bytes", len(said))
	return d.store(ctx)
}

// lookedUp decides about a mail of which nobody knows whether it got through: it
// did when it is in the Sent folder; it did not when the provider saves sent mail
// itself and it is not there; else a person has to decide.
func (d *delivery) lookedUp(ctx context.Context) error {
	found, err := d.inSent(ctx)
	switch {
	case found:
		d.m.Send.Copied = true
		return d.sent(ctx, "")
	case err == nil && !d.box.AppendSent:
		d.m.Send.Handing = false
		return d.later(ctx, desk.Errorf(desk.Unavailable, "connection_lost", "the line broke while sending"))
	default:
		return d.failed(ctx, desk.Unclear, desk.Errorf(desk.Unavailable, "unclear", "%w", smtp.ErrUnclear))
	}
}

func (d *delivery) inSent(ctx context.Context) (bool, error) {
	if d.box.SentFolder == "" {
		return false, desk.Errorf(desk.Invalid, "no_sent_folder", "the mailbox has no Sent folder")
	}
	conn, err := d.Dial(ctx, d.box.IMAP, d.who)
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close() }()
	return conn.Find(ctx, d.box.SentFolder, d.id)
}

// later queues the message again after a temporary failure; unknown failures
// are temporary.
func (d *delivery) later(ctx context.Context, cause error) error {
	if d.m.Send.Attempts >= maxAttempts {
		return d.failed(ctx, desk.Failed, cause)
	}
	wait := min(30*time.Second<<min(d.m.Send.Attempts-1, 12), 2*time.Hour)
	d.m.Send.State, d.m.Send.NotAfter, d.m.Send.Handing = desk.Queued, d.Now().Add(wait), false
	d.m.Send.Code, d.m.Send.Detail = desk.CodeOf(cause), said(cause)
	d.Log.WarnContext(ctx, "not sent yet", "org", d.org, "mailbox", d.box.ID, "message", d.m.ID, "attempt", d.m.Send.Attempts, "code", d.m.Send.Code)
	if err := d.store(ctx); err != nil {
		return lost(err)
	}
	return d.Work.Send(ctx, desk.Job{Org: d.org, Conversation: d.m.Conversation, Message: d.m.ID}, wait)
}

// failed ends the attempts where people see it; the conversation waits again.
func (d *delivery) failed(ctx context.Context, as desk.SendState, cause error) error {
	d.m.Send.State, d.m.Send.Handing = as, false
	d.m.Send.Code, d.m.Send.Detail = desk.CodeOf(cause), said(cause)
	d.Log.WarnContext(ctx, "not sent", "org", d.org, "mailbox", d.box.ID, "message", d.m.ID, "state", as, "code", d.m.Send.Code)
	return lost(d.State.PutOutgoingWith(ctx, d.org, d.m, d.version, func(c *desk.Conversation) error {
		c.Reopen(d.m.Send.Reopen)
		return nil
	}))
}

func said(err error) string {
	text := err.Error()
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:200], "")
	}
	return text
}

// copySent sees to it that the Sent folder has the mail once. A copy that fails
// is tried again by the queue and never sends anything.
func (d *delivery) copySent(ctx context.Context) error {
	if !d.box.AppendSent || d.box.SentFolder == "" {
		d.m.Send.Copied = true // the provider saves it itself
		return lost(d.store(ctx))
	}
	conn, err := d.Dial(ctx, d.box.IMAP, d.who)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	found, err := conn.Find(ctx, d.box.SentFolder, d.id)
	if err != nil {
		return err
	}
	if !found {
		if err := conn.Append(d.box.SentFolder, d.raw, d.m.Send.SentAt); err != nil {
			return err
		}
	}
	d.m.Send.Copied = true
	return lost(d.store(ctx))
}
