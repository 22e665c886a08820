package mailbox

import (
	"context"
	"slices"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

const (
	batchMails = 100
	batchBytes = 8 << 20
	// maxTries is how often a mail may break a run off before it is set aside.
	maxTries = 3
)

// portion is a batch with the mails that the server lists for it.
type portion struct {
	desk.Batch
	mails []desk.MailSize
}

// isLarge reports whether the portion is one mail to be read in pieces: it is
// written down as that, not as a batch.
func (p *portion) isLarge() bool {
	return len(p.mails) == 1 && p.mails[0].Size > pieceBytes && p.Tries == 0 && len(p.Mails) == 0
}

// written is the batch as it is written down before work starts.
func (p *portion) written() *desk.Batch {
	if p == nil || p.isLarge() {
		return nil
	}
	return &p.Batch
}

// outcome is how far a portion was taken in.
type outcome struct {
	delta desk.Counts
	left  []desk.MailSize // did not come
	alone bool            // the first of left is to be tried alone
	tries int             // and was, so often
	ended bool            // the connection is of no use any more
	cause error           // of that, nil when it was our own decision
}

// batches takes the mails in, batch by batch. Each batch is written down with
// the lease before it starts, and the cursor moves only past what is kept, set
// aside or written down as large; at the end it stands at last, past mail that
// was not wanted.
func (r *run) batches(ctx context.Context, folder string, cursor desk.Cursor, mails []desk.MailSize, last uint32) (more bool, err error) {
	p, mails := r.first(folder, cursor, mails)
	if p != nil && r.leased && r.late(ctx) {
		return true, nil
	}
	if p == nil {
		r.advance(folder, desk.Cursor{UIDValidity: cursor.UIDValidity, LastUID: last})
	}
	if err := r.begin(ctx, p.written()); err != nil {
		return false, err
	}
	for p != nil {
		out, err := r.portion(ctx, p)
		if err != nil {
			return false, err
		}
		at := desk.Cursor{UIDValidity: p.UIDValidity, LastUID: p.To}
		mails = slices.Concat(out.left, mails)
		next, rest := r.next(folder, at, mails, out)
		switch {
		case len(out.left) > 0:
			at.LastUID = out.left[0].UID - 1
		case next == nil:
			at.LastUID = max(at.LastUID, last)
		}
		more = out.ended || next != nil && r.late(ctx)
		pending := next.written()
		if more && !out.alone {
			pending = nil
		}
		r.advance(folder, at)
		if err := r.commit(ctx, pending, out.delta); err != nil {
			return false, err
		}
		if more || out.cause != nil {
			return more, out.cause
		}
		p, mails = next, rest
	}
	return false, nil
}

// portion does one portion, whatever kind it is.
func (r *run) portion(ctx context.Context, p *portion) (outcome, error) {
	if !p.isLarge() {
		return r.take(ctx, *p)
	}
	m := p.mails[0]
	if len(r.state.Large) >= maxLarge {
		if done, err := r.pull(ctx, r.state.Large[0]); err != nil || !done {
			return outcome{left: p.mails, ended: true}, err
		}
	}
	l := r.noteLarge(p.Batch, m)
	r.advance(p.Folder, desk.Cursor{UIDValidity: p.UIDValidity, LastUID: p.To})
	if err := r.commit(ctx, nil, nil); err != nil {
		return outcome{}, err
	}
	done, err := r.pull(ctx, l)
	return outcome{ended: !done}, err
}

// next is the portion behind an outcome: the mail to blame alone, else the next
// batch.
func (r *run) next(folder string, at desk.Cursor, mails []desk.MailSize, out outcome) (*portion, []desk.MailSize) {
	if !out.alone {
		return r.cut(folder, at, mails)
	}
	p := r.batch(folder, at, mails[:1])
	p.Tries = out.tries
	return p, mails[1:]
}

// begin writes the first batch of a folder down, with the lease where this run
// has none yet.
func (r *run) begin(ctx context.Context, batch *desk.Batch) error {
	if r.leased {
		return r.commit(ctx, batch, nil)
	}
	r.state.Pending, r.state.State = batch, desk.SyncRunning
	if err := r.State.Lease(ctx, r.state, r.Worker, r.Now().Add(leaseTime)); err != nil {
		return err
	}
	r.leased, r.state.LeaseBy = true, r.Worker
	return nil
}

// first is the portion to begin with: the batch that a broken-off run left
// behind, or a new one. One left behind in another generation of UIDs cannot be
// repeated; its mail is known again by content.
func (r *run) first(folder string, cursor desk.Cursor, mails []desk.MailSize) (*portion, []desk.MailSize) {
	b := r.state.Pending
	if b == nil || b.Folder != folder || b.UIDValidity != cursor.UIDValidity || b.After < cursor.LastUID {
		r.advance(folder, cursor)
		return r.cut(folder, cursor, mails)
	}
	from, _ := slices.BinarySearchFunc(mails, b.After+1, byUID)
	to, _ := slices.BinarySearchFunc(mails, b.To+1, byUID)
	p := &portion{Batch: *b, mails: mails[from:to]}
	if p.Tries++; p.Tries > maxTries && len(p.mails) > 1 {
		// It kills whoever takes it in: the mails one by one will tell which.
		p, to = r.batch(folder, cursor, p.mails[:1]), from+1
		p.Tries, p.Mails = 1, b.Mails
	}
	return p, mails[to:]
}

func byUID(m desk.MailSize, uid uint32) int { return int(int64(m.UID) - int64(uid)) }

// excuse ends the lease of a run that failed for a reason of ours, and takes back
// that its batch was counted as broken off. Should that fail too, the lease runs
// out by itself and the count is one too high, which a few tries allow for.
func (r *run) excuse(ctx context.Context) {
	if !r.leased || ctx.Err() != nil { // out of time: that may well be its fault
		return
	}
	if p := r.state.Pending; p != nil && p.Tries > 0 {
		p.Tries--
	}
	_ = r.State.Lease(ctx, r.state, r.Worker, time.UnixMilli(1))
}

// cut takes the next batch off the list, bounded in number and bytes. Mail that
// is not wanted ends a batch, because a batch is fetched as one range of UIDs.
func (r *run) cut(folder string, cursor desk.Cursor, mails []desk.MailSize) (*portion, []desk.MailSize) {
	for len(mails) > 0 && !r.wanted(mails[0].At) {
		mails = mails[1:]
	}
	if len(mails) == 0 {
		return nil, nil
	}
	n, bytes := 1, mails[0].Size
	for n < len(mails) && n < batchMails && bytes+mails[n].Size <= batchBytes && r.wanted(mails[n].At) {
		bytes += mails[n].Size
		n++
	}
	return r.batch(folder, cursor, mails[:n]), mails[n:]
}

func (r *run) batch(folder string, cursor desk.Cursor, mails []desk.MailSize) *portion {
	return &portion{desk.Batch{
		Folder: folder, UIDValidity: cursor.UIDValidity, After: mails[0].UID - 1, To: mails[len(mails)-1].UID, Begun: r.Now().UTC().Truncate(time.Second),
	}, mails}
}

// wanted leaves out mail older than the import window.
func (r *run) wanted(at time.Time) bool {
	at = r.plausible(at)
	return at.IsZero() || at.After(r.box.CreatedAt.AddDate(0, 0, -r.box.ImportDays))
}

// earliest is before any mail that anybody will bind a mailbox for.
var earliest = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)

// plausible is a server's date, or none where it is absurd.
func (r *run) plausible(at time.Time) time.Time {
	if at.Before(earliest) || at.After(r.Now().AddDate(0, 0, 2)) {
		return time.Time{}
	}
	return at
}

// untilLate ends when it is time to commit: whatever the server is still sending
// then is left to the next run.
func (r *run) untilLate(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	left := time.Until(deadline)
	return context.WithTimeout(ctx, max(left-spare, left/2))
}
