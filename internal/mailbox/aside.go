package mailbox

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Quarantine keeps mail that could not be taken in, so that it blocks nothing
// and is not lost.
type Quarantine interface {
	SetAside(context.Context, desk.SetAside) error
	Aside(context.Context, desk.OrgID, desk.MailboxID, desk.AsideID) (desk.SetAside, error)
	ChangeAside(context.Context, desk.SetAside) error
	RemoveAside(context.Context, desk.SetAside) error
}

// AsideKey is where the raw bytes of a set-aside mail are kept.
func AsideKey(org desk.OrgID, box desk.MailboxID, id desk.AsideID) string {
	return RawKey(org, box, desk.MessageID("aside/"+id))
}

// asideID names a mail by where it lies; ids sort by UID.
func asideID(folder string, validity, uid uint32) desk.AsideID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", validity, folder))
	return desk.AsideID(fmt.Sprintf("%08x%s", uid, short(sum[:])[:8]))
}

// unread is a mail that never came: only the server's list tells of it.
func (r *run) unread(folder string, validity uint32, m desk.MailSize, cause error) desk.SetAside {
	return desk.SetAside{
		ID: asideID(folder, validity, m.UID), Org: r.box.Org, Mailbox: r.box.ID, Folder: folder, UIDValidity: validity, UID: m.UID,
		Size: m.Size, At: r.plausible(m.At.UTC()), SetAt: r.Now().UTC(), Reason: desk.CodeOf(cause), Detail: said(cause),
		Imported: m.UID <= r.state.ImportedTo[folder],
	}
}

// unstorable is a mail that came and could not be kept.
func (r *run) unstorable(b desk.Batch, a *arrival, cause error) desk.SetAside {
	m := r.unread(b.Folder, b.UIDValidity, desk.MailSize{UID: a.uid, Size: a.size, At: a.at}, cause)
	m.Reason, m.Raw = "not_stored", int64(len(a.raw))
	m.From, m.Subject, m.Imported = smallContact(a.msg.From), cut(a.msg.Subject, maxSubject), a.imported
	return m
}

// setAside keeps a mail for later, its raw bytes first, where there are any.
func (r *run) setAside(ctx context.Context, m desk.SetAside, raw []byte) error {
	if raw != nil {
		if err := r.Raw.Put(ctx, AsideKey(m.Org, m.Mailbox, m.ID), raw); err != nil {
			return err
		}
	}
	if err := r.State.SetAside(ctx, m); err != nil {
		return err
	}
	r.Log.WarnContext(ctx, "mail set aside", "org", m.Org, "mailbox", m.Mailbox, "mail", m.ID, "code", m.Reason)
	return nil
}

// attempts is how often storing a mail is tried when it fails for a reason that
// nobody knows.
const attempts = 3

// keepOrSetAside takes a mail in. What fails because of the mail itself, and not
// of storage, sets it aside.
func (r *run) keepOrSetAside(ctx context.Context, b desk.Batch, a *arrival, known *claims) (c desk.ConversationID, tr []desk.Transition, err error) {
	for range attempts {
		if c, tr, err = r.keepSafely(ctx, a, known); err == nil || ctx.Err() != nil {
			return c, tr, err
		}
		switch desk.KindOf(err) {
		case desk.Unavailable, desk.Conflict:
			return c, tr, err
		case desk.Invalid, desk.Permanent:
			return r.cannotKeep(ctx, b, a, err)
		}
	}
	return r.cannotKeep(ctx, b, a, err)
}

// cannotKeep takes back what was begun of a mail and sets it aside. Should it
// stand in its conversation in spite of the error, it stays.
func (r *run) cannotKeep(ctx context.Context, b desk.Batch, a *arrival, cause error) (desk.ConversationID, []desk.Transition, error) {
	r.Log.ErrorContext(ctx, "a mail could not be stored", "org", r.box.Org, "mailbox", r.box.ID, "message", a.id, "err", cause)
	c, transitions, err := r.State.Withdraw(ctx, r.box.Org, r.box.ID, desk.BatchMail{ID: a.id, Key: a.midKey, Sent: a.sent}, r.state.Epoch)
	if err != nil || c != "" {
		return c, transitions, err
	}
	if b.Again != "" {
		return "", nil, &notTaken{cause}
	}
	return "", nil, r.setAside(ctx, r.unstorable(b, a, cause), a.raw)
}

// notTaken is the error of a mail that was tried again in vain.
type notTaken struct{ error }

func (n *notTaken) Unwrap() error { return n.error }

// keepSafely turns a panic over one mail into its error.
func (r *run) keepSafely(ctx context.Context, a *arrival, known *claims) (c desk.ConversationID, tr []desk.Transition, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = desk.Errorf(desk.Internal, "internal", "keeping a mail: %v", broken)
		}
	}()
	return r.keep(ctx, a, known)
}
