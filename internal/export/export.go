// Package export writes a mailbox into files that a person can take along: every
// original as mbox, every conversation as a line of JSON, and a list of the files
// with their sums. It works in slices and goes on where it was interrupted.
package export

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// State is where conversations and the export itself are kept.
type State interface {
	Mailbox(context.Context, desk.OrgID, desk.MailboxID) (desk.Mailbox, error)
	Whole(context.Context, desk.OrgID, desk.ConversationID) (desk.Conversation, []desk.Message, error)
	EachInMailbox(ctx context.Context, org desk.OrgID, box desk.MailboxID, found func(desk.ConversationID)) error
	Export(context.Context, desk.OrgID, desk.MailboxID) (desk.Export, error)
	LeaseExport(ctx context.Context, e desk.Export, until time.Time) (desk.Export, error)
	PutExport(ctx context.Context, e desk.Export, until time.Time) (desk.Export, error)
	ShowExport(context.Context, desk.Export) error
}

// Objects is the bucket.
type Objects interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Put(ctx context.Context, key string, data []byte) error
	Delete(ctx context.Context, key string) error
	Keys(ctx context.Context, prefix string) ([]string, error)
}

// Exporter writes exports.
type Exporter struct {
	State   State
	Objects Objects
	// Open opens a mailbox's sealed credentials: the Message-IDs of what was sent
	// need its secret.
	Open  func(context.Context, desk.OrgID, desk.MailboxID, []byte) (desk.Credentials, error)
	Again func(context.Context, desk.Job) error
	Now   desk.Clock
	Log   *slog.Logger
}

const (
	// partBytes bounds a file; a single mail is never larger.
	partBytes = 64_000_000
	// flushBytes is from where on the files under way are finished between two
	// conversations.
	flushBytes = 48_000_000
	// spare is the time kept back to finish the files and hand the rest over.
	spare = 30 * time.Second
	// runTime is how long a run may last when it has no deadline.
	runTime = 5 * time.Minute
	// showEvery is how often a person sees how far it has come, and how soon a
	// cancelled export stops.
	showEvery = 2 * time.Second
	// maxFailures ends an export that gets no further.
	maxFailures = 5
)

// Export does as much of a mailbox's export as the deadline allows and queues the
// rest again. A second worker, and a job for an export that is over, do nothing.
func (x *Exporter) Export(ctx context.Context, job desk.Job) error {
	e, err := x.State.Export(ctx, job.Org, job.Mailbox)
	if desk.KindOf(err) == desk.NotFound || err == nil && e.State != desk.ExportRunning {
		return nil
	}
	if err != nil {
		return err
	}
	until, ok := ctx.Deadline()
	if !ok {
		until = x.Now().Add(runTime)
	}
	e, err = x.State.LeaseExport(ctx, e, until)
	if desk.KindOf(err) == desk.Conflict {
		return nil
	}
	if err != nil {
		return err
	}
	r := &run{Exporter: x, e: e, until: until}
	err = r.slice(ctx)
	switch {
	case errors.Is(err, errCancelled):
		return r.removeAll(ctx, r.e.Prefix())
	case err != nil:
		return r.failed(ctx, err)
	case r.e.State == desk.ExportRunning:
		return x.Again(ctx, job)
	}
	return nil
}

// errCancelled ends a run whose export was cancelled or replaced.
var errCancelled = errors.New("the export is not wanted any more")

// run is one run of an export.
type run struct {
	*Exporter
	e     desk.Export
	until time.Time
	box   desk.Mailbox
	who   desk.Credentials
	parts parts
	shown time.Time
}

func (r *run) late() bool { return r.until.Sub(r.Now()) < spare }

func (r *run) slice(ctx context.Context) (err error) {
	if r.box, err = r.State.Mailbox(ctx, r.e.Org, r.e.Mailbox); err != nil {
		return err
	}
	if r.box.Purging {
		return errCancelled
	}
	if r.who, err = r.Open(ctx, r.box.Org, r.box.ID, r.box.Sealed); err != nil {
		return err
	}
	if !r.e.Counted {
		if err := r.count(ctx); err != nil {
			return err
		}
	}
	ids, err := r.ids(ctx)
	if err != nil {
		return err
	}
	r.parts = parts{
		objects: r.Objects, prefix: r.e.Prefix(), files: r.e.Files,
		mail: part{kind: kindMail, ending: "mbox"}, lines: part{kind: kindLines, ending: "jsonl"},
	}
	for r.e.Next < len(ids) {
		if r.late() {
			return r.commit(ctx, time.Time{})
		}
		if err := r.conversation(ctx, desk.ConversationID(ids[r.e.Next]), ids[r.e.Next+1:]); err != nil {
			return err
		}
		r.e.Next++
		if err := r.show(ctx); err != nil {
			return err
		}
		if r.parts.waiting() >= flushBytes {
			if err := r.commit(ctx, r.until); err != nil {
				return err
			}
		}
	}
	return r.finish(ctx)
}

// idsKey is where the list of the conversations lies while the export runs.
func (r *run) idsKey() string { return r.e.Prefix() + "work/ids" }

// count writes down which conversations there are, once: the list does not change
// under the export's feet, and a person sees how many are left. A million ids are
// 17 MB.
func (r *run) count(ctx context.Context) error {
	if err := r.removeOthers(ctx); err != nil {
		return err
	}
	var list strings.Builder
	seen := map[desk.ConversationID]bool{}
	err := r.State.EachInMailbox(ctx, r.e.Org, r.e.Mailbox, func(id desk.ConversationID) {
		if !seen[id] {
			seen[id] = true
			list.WriteString(string(id) + "\n")
		}
	})
	if err != nil {
		return err
	}
	if err := r.Objects.Put(ctx, r.idsKey(), []byte(list.String())); err != nil {
		return err
	}
	r.e.Counted, r.e.Total = true, len(seen)
	return r.put(ctx, r.until)
}

func (r *run) ids(ctx context.Context) ([]string, error) {
	list, err := r.Objects.Get(ctx, r.idsKey())
	if err != nil {
		return nil, fmt.Errorf("reading the list of conversations: %w", err)
	}
	return strings.Fields(string(list)), nil
}

// put stores how far the export is.
func (r *run) put(ctx context.Context, until time.Time) error {
	r.e.Shown = r.e.Next
	e, err := r.State.PutExport(ctx, r.e, until)
	if desk.KindOf(err) == desk.Conflict {
		return errCancelled
	}
	r.e = e
	return err
}

// commit finishes the files under way and makes them part of the export.
func (r *run) commit(ctx context.Context, until time.Time) error {
	if err := r.parts.finish(ctx); err != nil {
		return err
	}
	r.e.Files, r.e.Failures = r.parts.files, 0
	return r.put(ctx, until)
}

// show tells people how far it has come, and learns whether they still want it.
func (r *run) show(ctx context.Context) error {
	now := r.Now()
	if now.Sub(r.shown) < showEvery {
		return nil
	}
	r.shown = now
	e := r.e
	e.Shown = e.Next
	err := r.State.ShowExport(ctx, e)
	if desk.KindOf(err) == desk.Conflict {
		return errCancelled
	}
	return err
}

// failed lets the queue try again, from what is stored; after several times it
// ends where people see it.
func (r *run) failed(ctx context.Context, cause error) error {
	e, err := r.State.Export(ctx, r.e.Org, r.e.Mailbox)
	if err != nil || e.ID != r.e.ID {
		return cause
	}
	e.Failures++
	if e.Failures < maxFailures {
		_, _ = r.State.PutExport(ctx, e, time.Time{}) // else the lease ends by itself
		return cause
	}
	r.Log.ErrorContext(ctx, "an export was given up", "org", e.Org, "mailbox", e.Mailbox, "code", desk.CodeOf(cause), "err", cause)
	e.State, e.Code, e.ExpiresAt = desk.ExportFailed, "export_failed", r.Now().UTC().AddDate(0, 0, desk.ExportDays)
	_, err = r.State.PutExport(ctx, e, time.Time{})
	return err
}
