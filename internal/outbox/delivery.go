package outbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/message"
	"github.com/quilldesk/quilldesk/internal/smtp"
)

// delivery is one attempt to deliver one message.
type delivery struct {
	*Sender
	org     desk.OrgID
	box     desk.Mailbox
	who     desk.Credentials
	m       desk.Message
	version int64
	letter  letter
	size    int64
}

// address makes the mail, without writing it. It is the same at every attempt.
func (d *delivery) address() (err error) {
	_, domain, _ := strings.Cut(d.box.Address, "@")
	d.letter = letter{
		id: mailbox.OwnMessageID(d.who.Secret, d.m.Origin(), d.m.ID.Attempt(d.m.Send.Round), domain), from: d.m.From, to: d.m.To, cc: d.m.Cc,
		subject: d.m.Subject, text: d.m.Text, at: d.m.At, references: d.m.References, files: d.m.Attachments,
	}
	d.size, err = d.letter.size()
	return err
}

// write writes the mail, its attachments from the bucket.
func (d *delivery) write(ctx context.Context) func(io.Writer) error {
	return func(w io.Writer) error {
		originals := originals{files: d.Files}
		return d.letter.write(w, func(w io.Writer, f desk.Attachment) error {
			if f.Part > 0 {
				return originals.copy(ctx, w, f)
			}
			return copyPieces(ctx, d.Files, w, f)
		})
	}
}

// originals takes attachments out of raw mails; of several from one mail it reads
// that once.
type originals struct {
	files Kept
	key   string
	mail  *message.Message
}

func (o *originals) copy(ctx context.Context, w io.Writer, f desk.Attachment) error {
	if o.key != f.Key {
		raw, err := o.files.Get(ctx, f.Key)
		if desk.KindOf(err) == desk.NotFound {
			return errFileGone
		}
		if err != nil {
			return err
		}
		o.key, o.mail = f.Key, message.Read(raw, message.Limits{})
	}
	if f.Part > len(o.mail.Attachments) || len(o.mail.Attachments[f.Part-1].Content) != f.Size {
		return errFileGone
	}
	_, err := w.Write(o.mail.Attachments[f.Part-1].Content)
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
	if until, code, err := d.held(ctx); err != nil || code != "" {
		if err != nil {
			return d.later(ctx, err)
		}
		return d.limited(ctx, until, code, nil)
	}
	mail := smtp.Mail{From: d.box.Address, To: envelope(d.m), Size: d.size, Write: d.write(ctx)}
	said, err := d.Submit(ctx, d.box.SMTP, d.who, mail, func() error { return d.handing(ctx) })
	return d.settle(ctx, said, err)
}

// settle makes of the server's answer what people see.
func (d *delivery) settle(ctx context.Context, said string, err error) error {
	switch code := desk.CodeOf(err); {
	case err == nil:
		if err := d.sent(ctx, said); err != nil {
			return err
		}
		return d.copyLater(ctx)
	case errors.Is(err, smtp.ErrUnclear) && d.box.AppendSent:
		return d.lookedUp(ctx)
	case errors.Is(err, smtp.ErrUnclear): // the provider may need a moment to save what it took
		return d.Work.Send(ctx, d.job(), sendLease)
	case code == DailyLimit || code == MinuteLimit:
		return d.refused(ctx, code, err)
	case desk.KindOf(err) == desk.Conflict:
		return nil // somebody else has the message now
	case desk.KindOf(err) == desk.Permanent:
		return d.failed(ctx, desk.Failed, err)
	default:
		return d.later(ctx, err)
	}
}

func (d *delivery) job() desk.Job {
	return desk.Job{Org: d.org, Conversation: d.m.Conversation, Message: d.m.ID}
}

// lost makes a lost race the end of this attempt.
func lost(err error) error {
	if desk.KindOf(err) == desk.Conflict {
		return nil
	}
	return err
}

// envelope are the addresses the server is told, blind copies among them.
func envelope(m desk.Message) []string {
	var to []string
	for _, c := range slices.Concat(m.To, m.Cc, m.Bcc) {
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

// countTries bounds how often a mail is counted again because another of the
// mailbox was counted meanwhile.
const countTries = 8

// held is until when the mailbox may not send, by its provider's limits.
func (d *delivery) held(ctx context.Context) (time.Time, string, error) {
	s, err := d.State.Sendings(ctx, d.org, d.box.ID)
	if err != nil {
		return time.Time{}, "", err
	}
	limits, _ := mailbox.SendLimits(d.box)
	until, code := wait(limits, s, len(envelope(d.m)), d.Now())
	return until, code, nil
}

// handing is the last step before the text goes over the line: the mail is
// counted, where its provider has limits, and marked as handed over.
func (d *delivery) handing(ctx context.Context) error {
	if err := d.count(ctx); err != nil {
		return err
	}
	d.m.Send.Handing = true
	return d.store(ctx)
}

func (d *delivery) count(ctx context.Context) error {
	limits, _ := mailbox.SendLimits(d.box)
	if limits.DailyMessages+limits.DailyRecipients+limits.PerMinute == 0 {
		return nil
	}
	n, now := len(envelope(d.m)), d.Now()
	for try := 1; ; try++ {
		s, err := d.State.Sendings(ctx, d.org, d.box.ID)
		if err != nil {
			return err
		}
		if _, code := wait(limits, s, n, now); code != "" {
			return desk.Errorf(desk.Unavailable, code, "the last of the mailbox's mails for now was sent meanwhile")
		}
		err = d.State.PutSendings(ctx, d.org, d.box.ID, counted(s, n, now))
		if desk.KindOf(err) != desk.Conflict {
			return err
		}
		if try == countTries {
			return desk.Errorf(desk.Unavailable, "busy", "the mailbox sends too much at once: %w", err)
		}
	}
}

// refused notes that the provider takes nothing more for now, for all mail of the
// mailbox, and lets this one wait.
func (d *delivery) refused(ctx context.Context, code string, cause error) error {
	until, known, err := d.held(ctx)
	if err != nil {
		return d.later(ctx, err)
	}
	if known == "" {
		until = d.Now().Add(refusedFor)
		if code == MinuteLimit {
			until = d.Now().Add(2 * time.Minute)
		}
		if err := d.stop(ctx, until, code); err != nil {
			return d.later(ctx, err)
		}
	}
	return d.limited(ctx, until, code, cause)
}

func (d *delivery) stop(ctx context.Context, until time.Time, code string) error {
	s, err := d.State.Sendings(ctx, d.org, d.box.ID)
	if err != nil {
		return err
	}
	s.Until, s.Code = until, code
	return lost(d.State.PutSendings(ctx, d.org, d.box.ID, s)) // counted meanwhile: the next mail is told the same
}

// limited lets the message wait for its provider's limit, which is no failed
// attempt, for at most three days.
func (d *delivery) limited(ctx context.Context, until time.Time, code string, cause error) error {
	if cause == nil {
		cause = desk.Errorf(desk.Unavailable, code, "the mailbox has sent what its provider allows")
	}
	if d.Now().Sub(d.m.At) > maxWait {
		return d.failed(ctx, desk.Failed, cause)
	}
	d.m.Send.Attempts--
	return d.wait(ctx, until.Sub(d.Now()), cause)
}

func (d *delivery) sent(ctx context.Context, said string) error {
	d.m.Send.State, d.m.Send.SentAt, d.m.Send.Handing = desk.Sent, d.Now().UTC(), false
	d.m.Send.Detail, d.m.Send.Code, d.m.HeaderID = d.box.SMTP.Host, "accepted", d.letter.id
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
	return conn.Find(ctx, d.box.SentFolder, d.letter.id)
}

// later queues the message again after a temporary failure; unknown failures
// are temporary.
func (d *delivery) later(ctx context.Context, cause error) error {
	if d.m.Send.Attempts >= maxAttempts {
		return d.failed(ctx, desk.Failed, cause)
	}
	return d.wait(ctx, min(30*time.Second<<min(max(d.m.Send.Attempts-1, 0), 12), 2*time.Hour), cause)
}

func (d *delivery) wait(ctx context.Context, wait time.Duration, cause error) error {
	d.m.Send.State, d.m.Send.NotAfter, d.m.Send.Handing = desk.Queued, d.Now().Add(wait), false
	d.m.Send.Code, d.m.Send.Detail = desk.CodeOf(cause), said(cause)
	d.Log.WarnContext(ctx, "not sent yet", "org", d.org, "mailbox", d.box.ID, "message", d.m.ID, "attempt", d.m.Send.Attempts, "code", d.m.Send.Code)
	if err := d.store(ctx); err != nil {
		return lost(err)
	}
	return d.again(ctx, d.job(), wait)
}

// failed ends the attempts where people see it; the conversation waits again.
func (d *delivery) failed(ctx context.Context, as desk.SendState, cause error) error {
	d.m.Send.State, d.m.Send.Handing, d.m.Send.NotAfter = as, false, d.Now().UTC()
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

// copyLater leaves the copy in Sent to a job of its own: until then the provider
// may have saved the mail itself.
func (d *delivery) copyLater(ctx context.Context) error {
	if d.saves() {
		return d.copySent(ctx)
	}
	return d.Work.Send(ctx, d.job(), copyAfter)
}

// saves reports whether nothing is to be put into Sent from here.
func (d *delivery) saves() bool { return !d.box.AppendSent || d.box.SentFolder == "" }

// copySent sees to it that the Sent folder has the mail once. A copy that fails
// is tried again by the queue and never sends anything.
func (d *delivery) copySent(ctx context.Context) error {
	d.m.HeaderID = d.letter.id
	if d.saves() {
		d.m.Send.Copied = true
		return lost(d.store(ctx))
	}
	conn, err := d.Dial(ctx, d.box.IMAP, d.who)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	found, err := conn.Find(ctx, d.box.SentFolder, d.letter.id)
	if err != nil {
		return err
	}
	if !found {
		err := conn.Append(d.box.SentFolder, d.size, d.write(ctx), d.m.Send.SentAt)
		if errors.Is(err, errFileGone) { // deleted since: there is nothing left to copy
			d.Log.WarnContext(ctx, "no copy in Sent", "org", d.org, "mailbox", d.box.ID, "message", d.m.ID, "code", "file_gone")
			return nil
		}
		if err != nil {
			return fmt.Errorf("copying to Sent: %w", err)
		}
	}
	d.m.Send.Copied = true
	return lost(d.store(ctx))
}
