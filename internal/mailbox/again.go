package mailbox

import (
	"context"
	"errors"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Again tries a set-aside mail once more, under the mailbox's lease. busy asks to
// be called later: another worker has the mailbox. That the mail cannot be taken
// in this time either is written down with it and is no error.
func (s *Syncer) Again(ctx context.Context, org desk.OrgID, box desk.MailboxID, id desk.AsideID) (busy bool, err error) {
	m, err := s.State.Aside(ctx, org, box, id)
	if desk.KindOf(err) == desk.NotFound {
		return false, nil // discarded, or taken in already
	}
	if err != nil {
		return false, err
	}
	r, err := s.visit(ctx, org, box)
	if err != nil || r == nil {
		return false, err
	}
	if r.busy() {
		return true, nil
	}
	if r.state.Pending != nil {
		_, err := s.Run(ctx, org, box) // what was begun comes first
		return true, err
	}
	if m.Done {
		return false, r.forget(ctx, m)
	}
	defer r.hangUp()
	err = r.again(ctx, m)
	if desk.KindOf(err) == desk.Conflict {
		return true, nil
	}
	return false, err
}

// again takes the mail in as a batch of its own.
func (r *run) again(ctx context.Context, m desk.SetAside) (err error) {
	if r.who, err = r.Vault.Open(ctx, r.box.Org, r.box.ID, r.box.Sealed); err != nil {
		return err
	}
	raw, err := r.rawAgain(ctx, m)
	if err != nil {
		return r.inVain(ctx, m, err)
	}
	if raw == nil {
		return r.pullAgain(ctx, m)
	}
	b := desk.Batch{Folder: m.Folder, UIDValidity: m.UIDValidity, After: m.UID - 1, To: m.UID, Begun: r.Now().UTC().Truncate(time.Second), Again: m.ID}
	if err := r.begin(ctx, &b); err != nil {
		return err
	}
	return r.takeAgain(ctx, b, m, raw)
}

// rawAgain is the mail's bytes, kept or from the server; nil for a mail that is
// to be read in pieces.
func (r *run) rawAgain(ctx context.Context, m desk.SetAside) (raw []byte, err error) {
	if m.Raw > 0 {
		raw = make([]byte, m.Raw)
		_, err := r.Raw.ReadInto(ctx, AsideKey(m.Org, m.Mailbox, m.ID), raw)
		return raw, err
	}
	if err := r.dial(ctx); err != nil {
		return nil, err
	}
	status, err := r.conn.Open(m.Folder)
	if err != nil {
		return nil, err
	}
	if status.UIDValidity != m.UIDValidity {
		return nil, desk.Errorf(desk.NotFound, "folder_renewed", "the folder was made anew: its mail has been read again")
	}
	if m.Size > pieceBytes {
		return nil, nil
	}
	intime, cancel := r.untilLate(ctx)
	defer cancel()
	long := false
	r.conn.Plain()
	err = r.conn.Fetch(intime, m.UID-1, m.UID, pieceBytes, func(got desk.FetchedMail) error { raw, long = got.Raw, got.Cut; return nil })
	switch {
	case err != nil:
		return nil, err
	case long:
		return nil, nil
	case raw == nil:
		return nil, desk.Errorf(desk.NotFound, "mail_gone", "the server no longer has the mail, or does not give it")
	}
	return raw, nil
}

// pullAgain hands a mail that is too long for one go over to those that are read
// in pieces. Should that fail too it is set aside anew.
func (r *run) pullAgain(ctx context.Context, m desk.SetAside) error {
	if err := r.begin(ctx, nil); err != nil {
		return err
	}
	if len(r.state.Large) < maxLarge {
		r.noteLarge(desk.Batch{Folder: m.Folder, UIDValidity: m.UIDValidity}, desk.MailSize{UID: m.UID, Size: max(m.Size, pieceBytes+1), At: m.At})
		if err := r.commit(ctx, nil, nil); err != nil {
			return err
		}
		if err := r.forget(ctx, m); err != nil {
			return err
		}
	}
	return r.asBefore(ctx)
}

// takeAgain takes the bytes in. The mail is marked as done before the batch is
// committed and removed after: a run that breaks off in between is either done
// again as the same batch, or has nothing left to do.
func (r *run) takeAgain(ctx context.Context, b desk.Batch, m desk.SetAside, raw []byte) error {
	a := r.arrival(b, desk.FetchedMail{UID: m.UID, At: m.At, Size: m.Size, Raw: raw, Cut: m.Size > maxMail})
	a.imported = m.Imported
	r.read(a, b.Begun)
	delta, err := r.keepAll(ctx, b, []*arrival{a})
	if vain := new(notTaken); errors.As(err, &vain) {
		if err := r.commit(ctx, nil, nil); err != nil {
			return err
		}
		return r.inVain(ctx, m, vain.error)
	}
	if err != nil {
		return err
	}
	m.Done = true
	if err := r.State.ChangeAside(ctx, m); err != nil && desk.KindOf(err) != desk.NotFound {
		return err
	}
	if err := r.commit(ctx, nil, delta); err != nil {
		return err
	}
	if err := r.forget(ctx, m); err != nil {
		return err
	}
	return r.asBefore(ctx)
}

// resumeAgain goes on with a mail whose trying broke off.
func (r *run) resumeAgain(ctx context.Context, b desk.Batch) error {
	m, err := r.State.Aside(ctx, r.box.Org, r.box.ID, b.Again)
	if desk.KindOf(err) == desk.NotFound || err == nil && b.Tries > maxTries {
		return r.commit(ctx, nil, nil)
	}
	if err != nil {
		return err
	}
	raw, err := r.rawAgain(ctx, m)
	if err != nil || raw == nil {
		return errors.Join(r.commit(ctx, nil, nil), r.inVain(ctx, m, err))
	}
	return r.takeAgain(ctx, b, m, raw)
}

// inVain writes down why a mail could not be taken in this time either.
func (r *run) inVain(ctx context.Context, m desk.SetAside, cause error) error {
	if desk.CodeOf(cause) == "storage" || ctx.Err() != nil {
		return cause
	}
	m.Tries, m.Trying, m.Detail = m.Tries+1, false, said(cause)
	if m.Reason = desk.CodeOf(cause); m.Raw > 0 {
		m.Reason = "not_stored"
	}
	if err := r.State.ChangeAside(ctx, m); err != nil && desk.KindOf(err) != desk.NotFound {
		return err
	}
	return r.asBefore(ctx)
}

// forget removes a set-aside mail, its raw bytes last: without the item nobody
// finds them, and unbinding deletes what is left.
func (r *run) forget(ctx context.Context, m desk.SetAside) error {
	if err := r.State.RemoveAside(ctx, m); err != nil {
		return err
	}
	if m.Raw == 0 {
		return nil
	}
	return r.Raw.Delete(ctx, AsideKey(m.Org, m.Mailbox, m.ID))
}

// asBefore ends the lease and leaves the mailbox's state as it was found.
func (r *run) asBefore(ctx context.Context) error {
	if !r.leased {
		return nil
	}
	b := r.before
	r.state.State, r.state.Code, r.state.Detail, r.state.Failures, r.state.NextTry = b.State, b.Code, b.Detail, b.Failures, b.NextTry
	if err := r.State.Commit(ctx, r.state, r.Worker, time.UnixMilli(1), nil); err != nil {
		return err
	}
	r.state.Epoch++
	r.leased = false
	return nil
}
