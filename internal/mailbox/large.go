package mailbox

import (
	"context"
	"fmt"
	"slices"

	"github.com/quilldesk/quilldesk/internal/desk"
)

const (
	// pieceBytes is from where on a mail is read in pieces, and how long they are.
	pieceBytes = 8 << 20
	// maxMail is the largest mail taken in whole; the rest of a larger one is cut.
	maxMail = 50 << 20
	// maxLarge bounds the mails of a mailbox that are being read in pieces.
	maxLarge = 20
)

// pieceKey is where a piece of a large mail lies until all of them are there.
func (r *run) pieceKey(l desk.Large, n int) string {
	return RawKey(r.box.Org, r.box.ID, desk.MessageID(fmt.Sprintf("large/%s/%04d", asideID(l.Folder, l.UIDValidity, l.UID), n)))
}

// noteLarge puts a mail on the list of those that are read in pieces.
func (r *run) noteLarge(b desk.Batch, m desk.MailSize) desk.Large {
	l := desk.Large{Folder: b.Folder, UIDValidity: b.UIDValidity, UID: m.UID, Size: m.Size, At: m.At}
	r.state.Large = append(slices.Clone(r.state.Large), l)
	return l
}

func sameMail(a, b desk.Large) bool {
	return a.Folder == b.Folder && a.UIDValidity == b.UIDValidity && a.UID == b.UID
}

// setLarge writes down how far a large mail is read; one that brought nothing
// goes behind the others.
func (r *run) setLarge(ctx context.Context, l desk.Large) error {
	list := slices.Clone(r.state.Large)
	i := slices.IndexFunc(list, func(have desk.Large) bool { return sameMail(have, l) })
	if list[i] = l; l.Tries > 0 {
		list = append(slices.Delete(list, i, i+1), l)
	}
	r.state.Large = list
	return r.commit(ctx, nil, nil)
}

// dropLarge takes a mail off the list, with its pieces.
func (r *run) dropLarge(ctx context.Context, l desk.Large) error {
	r.state.Large = slices.DeleteFunc(slices.Clone(r.state.Large), func(have desk.Large) bool { return sameMail(have, l) })
	if err := r.commit(ctx, nil, nil); err != nil {
		return err
	}
	return r.removePieces(ctx, l)
}

func (r *run) removePieces(ctx context.Context, l desk.Large) error {
	for n := range l.Pieces {
		if err := r.Raw.Delete(ctx, r.pieceKey(l, n)); err != nil {
			return err
		}
	}
	return nil
}

// large goes on with the mails that are read in pieces, after all others: they
// may take many runs.
func (r *run) large(ctx context.Context) (more bool, err error) {
	for _, l := range r.state.Large {
		if r.late(ctx) {
			return true, nil
		}
		if done, err := r.pull(ctx, l); err != nil || !done {
			return true, err
		}
	}
	return false, nil
}

// pull reads a large mail piece by piece and takes it in when it is complete.
// done is false when the connection is used up and the mail needs another run.
func (r *run) pull(ctx context.Context, l desk.Large) (done bool, err error) {
	if !r.leased {
		if err := r.begin(ctx, nil); err != nil {
			return false, err
		}
	}
	status, err := r.conn.Open(l.Folder)
	if desk.CodeOf(err) == "folder_missing" || err == nil && status.UIDValidity != l.UIDValidity {
		return true, r.dropLarge(ctx, l) // in a new generation it is listed anew
	}
	if err != nil {
		return false, err
	}
	intime, cancel := r.untilLate(ctx)
	defer cancel()
	stored, had := l.Pieces, l.Have
	buffer := make([]byte, min(l.Size+1, maxMail)) // a byte more shows a mail longer than told
	if err = r.pieces(ctx, intime, &l, buffer); err == nil {
		err = r.complete(ctx, intime, l, buffer, stored)
	}
	switch {
	case err == nil:
		return true, nil
	case desk.CodeOf(err) == "mail_gone":
		return true, r.dropLarge(ctx, l)
	case desk.CodeOf(err) == "original_gone": // a piece; it begins anew
		l.Pieces, l.Have = 0, 0
		return false, r.setLarge(ctx, l)
	case intime.Err() != nil && ctx.Err() == nil, blamable(err) && l.Have > had:
		return false, nil // it went on, and does in the next run
	case !blamable(err):
		return false, err
	}
	if l.Tries++; l.Tries >= maxTries {
		r.blind = true
		if err := r.setAside(ctx, r.unread(l.Folder, l.UIDValidity, desk.MailSize{UID: l.UID, Size: l.Size, At: l.At}, err), nil); err != nil {
			return false, err
		}
		return false, r.dropLarge(ctx, l)
	}
	if saved := r.setLarge(ctx, l); saved != nil {
		return false, saved
	}
	return false, err
}

// pieces reads on from where the last run stopped, into the buffer and into the
// bucket. What came before the line broke counts.
func (r *run) pieces(ctx, intime context.Context, l *desk.Large, buffer []byte) error {
	for !l.Whole && l.Have < int64(len(buffer)) {
		into := buffer[l.Have:min(l.Have+pieceBytes, int64(len(buffer)))]
		n, err := r.conn.Piece(intime, l.UID, l.Have, into)
		if desk.CodeOf(err) == "pieces_refused" {
			l.Whole = true
			break
		}
		if n > 0 {
			if err := r.Raw.Put(ctx, r.pieceKey(*l, l.Pieces), into[:n]); err != nil {
				return err
			}
			l.Pieces, l.Have, l.Tries = l.Pieces+1, l.Have+int64(n), 0
			if err := r.setLarge(ctx, *l); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
		if n < len(into) {
			break // the end of the mail
		}
	}
	if l.Have != l.Size && l.Have != maxMail {
		l.Whole = true // the pieces do not add up
	}
	return nil
}

// complete takes a large mail in: as a batch of its own, written down first, so
// that a run that breaks off here is done again like any other.
func (r *run) complete(ctx, intime context.Context, l desk.Large, buffer []byte, stored int) error {
	raw, err := r.wholeMail(ctx, intime, l, buffer, stored)
	if err != nil {
		return err
	}
	batch := desk.Batch{Folder: l.Folder, UIDValidity: l.UIDValidity, After: l.UID - 1, To: l.UID, Begun: r.Now().UTC(), Large: &l}
	r.state.Large = slices.DeleteFunc(slices.Clone(r.state.Large), func(have desk.Large) bool { return sameMail(have, l) })
	if err := r.commit(ctx, &batch, nil); err != nil {
		return err
	}
	return r.takeLarge(ctx, batch, raw)
}

func (r *run) takeLarge(ctx context.Context, b desk.Batch, raw []byte) error {
	l := *b.Large
	a := r.arrival(b, desk.FetchedMail{UID: l.UID, At: l.At, Size: l.Size, Raw: raw, Cut: l.Size > maxMail && len(raw) >= maxMail})
	r.read(a, b.Begun)
	delta, err := r.keepAll(ctx, b, []*arrival{a})
	if err != nil {
		return err
	}
	if err := r.commit(ctx, nil, delta); err != nil {
		return err
	}
	return r.removePieces(ctx, l)
}

// wholeMail puts the pieces together: the first ones lie in the bucket, what this
// run read is in the buffer already.
func (r *run) wholeMail(ctx, intime context.Context, l desk.Large, buffer []byte, stored int) (raw []byte, err error) {
	if l.Whole {
		err := r.conn.Fetch(intime, l.UID-1, l.UID, maxMail, func(m desk.FetchedMail) error { raw = m.Raw; return nil })
		if err == nil && raw == nil {
			err = desk.Errorf(desk.NotFound, "mail_gone", "the server no longer has the mail, or does not give it")
		}
		return raw, err
	}
	at := 0
	for n := range stored {
		read, err := r.Raw.ReadInto(ctx, r.pieceKey(l, n), buffer[at:l.Have])
		if err != nil {
			return nil, err
		}
		at += read
	}
	return buffer[:l.Have], nil
}

// resume does again what a run that broke off left behind outside the order of
// its folder: a large mail that was complete, a mail that was tried once more.
func (r *run) resume(ctx context.Context) error {
	p := r.state.Pending
	if p == nil || p.Large == nil && p.Again == "" {
		return nil
	}
	b := *p
	b.Tries++
	if err := r.begin(ctx, &b); err != nil {
		return err
	}
	if b.Again != "" {
		return r.resumeAgain(ctx, b)
	}
	l := *b.Large
	if b.Tries > maxTries {
		r.blind = true
		err := desk.Errorf(desk.Internal, "breaks_off", "reading the mail broke off %d times", maxTries)
		if err := r.setAside(ctx, r.unread(l.Folder, l.UIDValidity, desk.MailSize{UID: l.UID, Size: l.Size, At: l.At}, err), nil); err != nil {
			return err
		}
		if err := r.commit(ctx, nil, nil); err != nil {
			return err
		}
		return r.removePieces(ctx, l)
	}
	if l.Whole {
		if _, err := r.conn.Open(l.Folder); err != nil {
			return err
		}
	}
	intime, cancel := r.untilLate(ctx)
	defer cancel()
	raw, err := r.wholeMail(ctx, intime, l, make([]byte, l.Have), l.Pieces)
	if desk.KindOf(err) == desk.NotFound { // its pieces went before the end was written down, or the mail did
		return r.commit(ctx, nil, nil)
	}
	if err != nil {
		return err
	}
	return r.takeLarge(ctx, b, raw)
}
