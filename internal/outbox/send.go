package outbox

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/smtp"
)

// SentFolder is a signed-in connection to look for copies of sent mail.
type SentFolder interface {
	Find(ctx context.Context, folder, messageID string) (bool, error)
	// Append stores a mail of size bytes that write writes.
	Append(folder string, size int64, write func(io.Writer) error, at time.Time) error
	Close() error
}

// Vault opens sealed credentials.
type Vault interface {
	Open(context.Context, desk.OrgID, desk.MailboxID, []byte) (desk.Credentials, error)
}

// SendState is what the sender reads and writes.
type SendState interface {
	State
	Sendings(context.Context, desk.OrgID, desk.MailboxID) (desk.Sendings, error)
	PutSendings(context.Context, desk.OrgID, desk.MailboxID, desk.Sendings) error
}

// Kept reads attachments from the bucket.
type Kept interface {
	Get(ctx context.Context, key string) ([]byte, error)
}

// Sender sends what is in the outbox.
type Sender struct {
	State  SendState
	Files  Kept
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
	// copyAfter is how long a provider that may save sent mail itself has for it,
	// before a copy is put into Sent.
	copyAfter = 5 * time.Second
	// longWait is from when on a mail is left to the sweep, which finds it when its
	// time has come, and no queue message is kept waiting for it.
	longWait = 15 * time.Minute
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
		return s.again(ctx, job, m.Send.NotAfter.Sub(now)) // came early
	case m.Send.State == desk.Sending && m.Send.LeaseUntil.After(now):
		return s.again(ctx, job, m.Send.LeaseUntil.Sub(now)) // another sender is at it, or died
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
		return d.locked(ctx, err)
	}
	if err := d.address(); err != nil {
		return d.failed(ctx, desk.Failed, desk.Errorf(desk.Permanent, "message_refused", "%w", err))
	}
	if m.Send.State == desk.Sent {
		return d.copySent(ctx)
	}
	return d.deliver(ctx)
}

// locked is a mailbox whose owner has to sign in again: waiting mends nothing, so
// the message fails where people see it. Whether one that was being handed over
// got through nobody can look up now.
func (d *delivery) locked(ctx context.Context, cause error) error {
	switch {
	case desk.KindOf(cause) != desk.Permanent || d.m.Send.State == desk.Sent:
		return cause
	case d.m.Send.Handing:
		return d.failed(ctx, desk.Unclear, cause)
	default:
		return d.failed(ctx, desk.Failed, cause)
	}
}

// again comes back to a message later.
func (s *Sender) again(ctx context.Context, job desk.Job, after time.Duration) error {
	if after > longWait {
		return nil // the sweep finds it in time
	}
	return s.Work.Send(ctx, job, after)
}
