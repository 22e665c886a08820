package mailbox

import (
	"context"
	"slices"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// A run may break off in the middle of a batch. The next one does the same batch
// again, which completes what was begun. But the mailbox does not stand still:
// mails are moved and expunged, folders numbered anew, renamed or no longer
// chosen. What was begun of a mail that is not there any more is taken back, unless
// the mail stands in its conversation already: then it stays, and is counted.
// Otherwise the thread keys of the attempt would make the mail pass for known
// where it comes up again.

// pendingIn reports whether a batch was left behind in a folder.
func (r *run) pendingIn(folder string) bool {
	return r.state.Pending != nil && r.state.Pending.Folder == folder
}

// abandon ends a batch that cannot be done again, because its folder is another
// one now or is not read any more.
func (r *run) abandon(ctx context.Context) error {
	p := r.state.Pending
	if p == nil || p.Large != nil || p.Again != "" { // those need no folder
		return nil
	}
	if slices.Contains(r.folders(), p.Folder) {
		status, err := r.conn.Status(p.Folder)
		if err == nil && status.UIDValidity == p.UIDValidity {
			return nil
		}
		if err != nil && desk.CodeOf(err) != "folder_missing" {
			return err
		}
	}
	if err := r.State.Lease(ctx, r.state, r.Worker, r.Now().Add(leaseTime)); err != nil {
		return err
	}
	r.leased, r.state.LeaseBy = true, r.Worker
	return r.commit(ctx, nil, nil)
}

// settle takes back what is left of a batch that an epoch must not end without,
// before it ends. It returns what the counters must learn then.
func (r *run) settle(ctx context.Context, delta desk.Counts) (desk.Counts, error) {
	if len(r.begun) == 0 {
		return delta, nil
	}
	moved, jobs, err := r.withdraw(ctx, r.begun)
	if err != nil {
		return nil, err
	}
	if err := r.Work.Triage(ctx, jobs); err != nil {
		return nil, err
	}
	r.begun = nil
	sum := moved.delta()
	for status, n := range delta {
		sum[status] += n
	}
	return sum, nil
}

// writeDown keeps the names of a batch's mails before the first of them is stored,
// and renews the lease. It returns those that an earlier attempt began and that are
// gone since; of the others the times count that were written down first.
func (r *run) writeDown(ctx context.Context, b desk.Batch, arrivals []*arrival) (gone []desk.BatchMail, err error) {
	here := map[desk.MessageID]bool{}
	names := slices.Clone(b.Mails)
	for _, a := range arrivals {
		here[a.id] = true
		if i := slices.IndexFunc(b.Mails, func(e desk.BatchMail) bool { return e.ID == a.id }); i >= 0 {
			a.at = b.Mails[i].At
			a.msg.At = a.at
			continue
		}
		names = append(names, desk.BatchMail{ID: a.id, Key: a.midKey, At: a.at, Sent: a.sent})
	}
	b.Mails, r.begun = names, nil
	r.state.Pending = &b
	for _, e := range names {
		if !here[e.ID] {
			gone = append(gone, e)
		}
	}
	return gone, r.State.Lease(ctx, r.state, r.Worker, r.Now().Add(leaseTime))
}

// withdraw takes back what was begun of mails that are gone. It returns what the
// counters must learn of those that stay, and the work they are.
func (r *run) withdraw(ctx context.Context, gone []desk.BatchMail) (ledgers, []desk.Job, error) {
	moved, jobs := ledgers{}, []desk.Job(nil)
	for _, e := range gone {
		c, transitions, err := r.State.Withdraw(ctx, r.box.Org, r.box.ID, e, r.state.Epoch)
		if err != nil {
			return nil, nil, err
		}
		if c == "" {
			continue
		}
		moved.add(c, transitions)
		if !e.Sent {
			jobs = append(jobs, desk.Job{Org: r.box.Org, Conversation: c, Message: e.ID})
		}
	}
	return moved, jobs, nil
}
