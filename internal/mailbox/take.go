package mailbox

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// take fetches a batch and takes in every mail of it that comes.
func (r *run) take(ctx context.Context, p portion) (outcome, error) {
	if p.Tries > maxTries && len(p.mails) == 1 {
		err := desk.Errorf(desk.Internal, "breaks_off", "taking the mail in broke off %d times", maxTries)
		return r.giveUp(ctx, outcome{left: p.mails}, p, err)
	}
	if _, err := r.conn.Open(p.Folder); err != nil {
		return outcome{}, err
	}
	if p.Tries > 0 {
		r.conn.Plain() // perhaps only its date or its flags cannot be read
	}
	intime, cancel := r.untilLate(ctx)
	defer cancel()
	arrivals, came, cause := r.fetch(intime, p)
	if ctx.Err() != nil {
		return outcome{}, cause
	}
	out := outcome{left: missing(p.mails, came)}
	if cause == nil && len(out.left) > 0 {
		out.left, cause = r.stillThere(p, out.left)
	}
	if len(out.left) > 0 {
		arrivals = slices.DeleteFunc(arrivals, func(a *arrival) bool { return a.uid >= out.left[0].UID })
	}
	var err error
	if out.delta, err = r.keepAll(ctx, p.Batch, arrivals); err != nil {
		return out, err
	}
	return r.stumbled(ctx, out, p, cause, intime.Err() != nil)
}

// errFull ends an answer of mails that are longer than the server told: what came
// is enough for one batch.
var errFull = errors.New("the batch is full")

// fetch reads the batch from the server; parsing keeps up beside it. It tells
// which mails came, whatever became of them. Of mail that lies there twice the
// first counts, and mail longer than told is put on the list of large ones.
func (r *run) fetch(ctx context.Context, p portion) (arrivals []*arrival, came map[uint32]bool, err error) {
	came = map[uint32]bool{}
	bytes := 0
	group := errgroup.Group{}
	group.SetLimit(4)
	err = r.conn.Fetch(ctx, p.After, p.To, pieceBytes, func(m desk.FetchedMail) error {
		if bytes += len(m.Raw); bytes > 3*batchBytes || m.Cut && len(r.state.Large) >= maxLarge {
			return errFull
		}
		came[m.UID] = true
		switch {
		case m.Deleted:
		case m.Cut:
			r.noteLarge(p.Batch, desk.MailSize{UID: m.UID, Size: max(m.Size, int64(len(m.Raw))+1), At: m.At})
		default:
			a := r.arrival(p.Batch, m)
			arrivals = append(arrivals, a)
			group.Go(func() error { r.read(a, p.Begun); return nil })
		}
		return nil
	})
	if waitErr := group.Wait(); err == nil {
		err = waitErr
	}
	known := map[desk.MessageID]bool{}
	return slices.DeleteFunc(arrivals, func(a *arrival) bool {
		again := known[a.id]
		known[a.id] = true
		return again || a.imported && !r.wanted(a.at) // its date was not in the list
	}), came, err
}

func (r *run) arrival(b desk.Batch, m desk.FetchedMail) *arrival {
	return &arrival{
		uid: m.UID, size: m.Size, raw: m.Raw, at: r.plausible(m.At.UTC()), cut: m.Cut, sent: b.Folder == r.box.SentFolder,
		imported: m.UID <= r.state.ImportedTo[b.Folder],
	}
}

// missing are the mails of a list from the first on that did not come.
func missing(mails []desk.MailSize, came map[uint32]bool) []desk.MailSize {
	for i, m := range mails {
		if !came[m.UID] {
			return mails[i:]
		}
	}
	return nil
}

// stillThere looks whether mail that a complete answer left out was expunged, or
// is there and not given: unsolicited FETCHes can take a mail's place, and some
// servers answer NIL for mail they cannot read themselves.
func (r *run) stillThere(p portion, left []desk.MailSize) ([]desk.MailSize, error) {
	_, listed, err := r.conn.Sizes(p.Folder, left[0].UID-1)
	if err != nil {
		return left, err
	}
	there := map[uint32]bool{}
	for _, m := range listed {
		there[m.UID] = true
	}
	if !there[left[0].UID] {
		// The others behind it are asked for again: few mails are expunged just now.
		return slices.DeleteFunc(slices.Clone(left), func(m desk.MailSize) bool { return !there[m.UID] }), nil
	}
	return left, desk.Errorf(desk.Permanent, "not_given", "the server lists the mail and does not give it")
}

// blamable are failures of a server that one mail can be the reason for.
func blamable(err error) bool {
	switch desk.CodeOf(err) {
	case "protocol_error", "connection_lost", "connect_timeout", "not_given":
		return true
	}
	return false
}

// stumbled decides what becomes of the first mail that did not come: it is tried
// again alone, and when it is the reason too often the mailbox goes on without.
func (r *run) stumbled(ctx context.Context, out outcome, p portion, cause error, late bool) (outcome, error) {
	dead := cause != nil && desk.KindOf(cause) != desk.Permanent
	switch {
	case cause == nil:
		out.ended = late
		return out, nil
	case len(out.left) == 0: // all came, and then the line broke
		out.ended = dead
		return out, nil
	case late:
		return r.tooSlow(out, p), nil
	case errors.Is(cause, errFull):
		out.ended = true
		return out, nil
	case !blamable(cause):
		out.ended, out.cause = true, cause
		return out, nil
	}
	alone := len(p.mails) == 1
	if alone && p.Tries+1 >= maxTries {
		out.ended = dead
		return r.giveUp(ctx, out, p, cause)
	}
	if out.alone = true; alone {
		out.tries = p.Tries
	}
	if dead { // the next run tries it, and counts
		out.ended, out.cause = true, cause
	} else {
		out.tries++
	}
	return out, nil
}

// tooSlow leaves the rest of a batch to the next run. A mail that took all of this
// one is read in pieces from now on.
func (r *run) tooSlow(out outcome, p portion) outcome {
	out.ended = true
	if len(out.left) == len(p.mails) && len(r.state.Large) < maxLarge {
		r.noteLarge(p.Batch, out.left[0])
		out.left = out.left[1:]
	}
	return out
}

// giveUp sets the first mail that did not come aside, unread.
func (r *run) giveUp(ctx context.Context, out outcome, p portion, cause error) (outcome, error) {
	r.blind = true
	err := r.setAside(ctx, r.unread(p.Folder, p.UIDValidity, out.left[0], cause), nil)
	out.left = out.left[1:]
	return out, err
}
