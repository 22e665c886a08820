// Package mailbox binds mailboxes and takes their mail in: recognising the
// provider, testing a connection, fetching by UID cursor, threading.
package mailbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/message"
)

// Server is a signed-in IMAP connection.
type Server interface {
	Status(folder string) (desk.FolderStatus, error)
	Open(folder string) (desk.FolderStatus, error)
	Sizes(folder string, after uint32) (desk.FolderStatus, []desk.MailSize, error)
	Piece(ctx context.Context, uid uint32, offset int64, into []byte) (int, error)
	Plain()
	Fetch(ctx context.Context, after, to uint32, limit int64, got func(desk.FetchedMail) error) error
	Close() error
}

// State is where mailboxes and their mail are kept.
type State interface {
	Mailbox(context.Context, desk.OrgID, desk.MailboxID) (desk.Mailbox, error)
	Sync(context.Context, desk.OrgID, desk.MailboxID) (desk.Sync, error)
	Lease(ctx context.Context, s desk.Sync, by string, until time.Time) error
	Commit(ctx context.Context, s desk.Sync, by string, until time.Time, delta desk.Counts) error
	Note(context.Context, desk.Sync) error
	TierChanged(before, after desk.Sync, then time.Time) bool
	Intake
}

// Vault opens sealed credentials.
type Vault interface {
	Open(context.Context, desk.OrgID, desk.MailboxID, []byte) (desk.Credentials, error)
}

// Syncer fetches what is new in a mailbox.
type Syncer struct {
	State State
	Vault Vault
	Raw   RawStore
	Work  WorkQueue
	// Dial connects, signs in and asks how some folders stand.
	Dial func(ctx context.Context, at desk.Endpoint, who desk.Credentials, ask ...string) (Server, error)
	// Parse reads a mail; nil is message.Read, which never fails.
	Parse func(raw []byte) *message.Message
	Now   desk.Clock
	Log   *slog.Logger
	// Worker names this process in leases.
	Worker string
}

const (
	leaseTime = 3 * time.Minute
	// spare is the time kept back to commit and hand over before the deadline.
	spare = 25 * time.Second

	batchMails = 100
	batchBytes = 8 << 20
	// maxMail is the largest mail taken in whole; the rest of a larger one is cut.
	maxMail = 50 << 20

	// proveEvery is how old the proof of a successful check may get before it is
	// written again: idle polls write nothing in between.
	proveEvery = time.Hour
)

// Run fetches everything new in a mailbox until ctx's deadline comes near, and
// reports whether mail is left for another run. A failure of the mailbox itself
// is stored as its state and is no error: trying again at once would not help.
func (s *Syncer) Run(ctx context.Context, org desk.OrgID, id desk.MailboxID) (more bool, err error) {
	state, err := s.State.Sync(ctx, org, id)
	if desk.KindOf(err) == desk.NotFound {
		return false, nil // unbound meanwhile
	}
	if err != nil {
		return false, err
	}
	box, err := s.State.Mailbox(ctx, org, id)
	if err != nil || box.Purging {
		return false, err
	}
	// A worker does one thing at a time: a lease of its own is of a run that broke off.
	if now := s.Now(); state.NextTry.After(now) || (state.LeaseUntil.After(now) && state.LeaseBy != s.Worker) {
		return false, nil
	}
	r := &run{Syncer: s, box: box, state: state, before: state, started: s.Now()}
	more, err = r.all(ctx)
	if desk.KindOf(err) == desk.Conflict {
		return false, nil // another worker has the lease
	}
	if err != nil {
		return false, r.failed(ctx, err)
	}
	return more, r.succeeded(ctx)
}

// run is one visit to one mailbox.
type run struct {
	*Syncer
	box     desk.Mailbox
	who     desk.Credentials
	state   desk.Sync
	before  desk.Sync
	started time.Time
	conn    Server
	leased  bool
	mu      sync.Mutex // guards state.LastMailAt among the writers of a batch
}

func (r *run) all(ctx context.Context) (more bool, err error) {
	if r.who, err = r.Vault.Open(ctx, r.box.Org, r.box.ID, r.box.Sealed); err != nil {
		return false, err
	}
	if r.conn, err = r.Dial(ctx, r.box.IMAP, r.who, r.folders()...); err != nil {
		return false, err
	}
	defer func() { _ = r.conn.Close() }()
	var missing error
	for _, folder := range r.folders() {
		more, err = r.folder(ctx, folder)
		if desk.CodeOf(err) == "folder_missing" {
			missing, err = errors.Join(missing, r.missing(ctx, folder, err)), nil // the other folders are read all the same
			continue
		}
		if err != nil || more {
			break
		}
	}
	if err == nil {
		err = missing
	}
	if err == nil && r.leased {
		err = r.release(ctx, more)
	}
	return more, err
}

// missing is the error of a chosen folder that is gone. Sent is only a help: an
// answer given elsewhere is then not noticed.
func (r *run) missing(ctx context.Context, folder string, err error) error {
	if slices.Contains(r.box.Folders, folder) {
		return err
	}
	r.Log.WarnContext(ctx, "Sent folder not read", "org", r.box.Org, "mailbox", r.box.ID, "err", err)
	return nil
}

// folders are those to read: the chosen ones and Sent, so that an answer given
// elsewhere closes its conversation. One with a batch left behind comes first:
// that batch must be done again before its epoch ends.
func (r *run) folders() []string {
	folders := slices.Clone(r.box.Folders)
	if r.box.SentFolder != "" {
		folders = append(folders, r.box.SentFolder)
	}
	if p := r.state.Pending; p != nil {
		if i := slices.Index(folders, p.Folder); i > 0 {
			folders = slices.Insert(slices.Delete(folders, i, i+1), 0, p.Folder)
		}
	}
	return folders
}

// folder takes in what is new in one folder. Without news it costs one STATUS.
func (r *run) folder(ctx context.Context, name string) (more bool, err error) {
	status, err := r.conn.Status(name)
	if err != nil {
		return false, err
	}
	cursor, known := r.state.Cursors[name]
	if known && cursor.UIDValidity == status.UIDValidity && status.UIDNext != 0 && status.UIDNext <= cursor.LastUID+1 {
		return false, nil
	}
	if _, err := r.conn.Open(name); err != nil {
		return false, err
	}
	if known && cursor.UIDValidity != status.UIDValidity {
		// A new generation: everything is read again and known by its content.
		cursor = desk.Cursor{}
		r.importedTo(name, 0)
	}
	cursor.UIDValidity = status.UIDValidity
	_, sizes, err := r.conn.Sizes(name, cursor.LastUID)
	if err != nil {
		return false, err
	}
	if len(sizes) == 0 && known {
		return false, nil
	}
	last := cursor.LastUID
	if len(sizes) > 0 {
		last = sizes[len(sizes)-1].UID
	}
	if !known {
		r.importedTo(name, last)
	}
	return r.batches(ctx, name, cursor, sizes, last)
}

// importedTo remembers up to where the mail of a folder was there before us.
func (r *run) importedTo(folder string, uid uint32) {
	imported := make(map[string]uint32, len(r.state.ImportedTo)+1)
	maps.Copy(imported, r.state.ImportedTo)
	imported[folder] = uid
	r.state.ImportedTo = imported
}

// wanted leaves out mail older than the import window.
func (r *run) wanted(m desk.MailSize) bool {
	return m.At.IsZero() || m.At.After(r.box.CreatedAt.AddDate(0, 0, -r.box.ImportDays))
}

// batches takes the mails in, batch by batch. Each batch is written down with
// the lease before it starts, and the cursor moves only when all of it is kept;
// at the end it stands at last, past mail that was not wanted.
func (r *run) batches(ctx context.Context, folder string, cursor desk.Cursor, mails []desk.MailSize, last uint32) (more bool, err error) {
	batch, mails := r.first(folder, cursor, mails)
	if batch != nil && r.leased && r.late(ctx) {
		return true, nil
	}
	if batch == nil {
		r.advance(folder, desk.Cursor{UIDValidity: cursor.UIDValidity, LastUID: last})
	}
	if err := r.begin(ctx, batch); err != nil {
		return false, err
	}
	for batch != nil {
		delta, err := r.take(ctx, *batch)
		if err != nil {
			return false, err
		}
		at := desk.Cursor{UIDValidity: batch.UIDValidity, LastUID: batch.To}
		if batch, mails = r.cut(folder, at, mails); batch == nil {
			at.LastUID = last
		} else if r.late(ctx) {
			batch, more = nil, true
		}
		r.advance(folder, at)
		if err := r.commit(ctx, batch, delta); err != nil {
			return false, err
		}
	}
	return more, nil
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

// first is the batch to begin with: the one a broken-off run left behind, or a
// new one. A batch left behind in another generation of UIDs cannot be repeated;
// its mail is known again by content.
func (r *run) first(folder string, cursor desk.Cursor, mails []desk.MailSize) (*desk.Batch, []desk.MailSize) {
	if p := r.state.Pending; p != nil && p.Folder == folder && p.UIDValidity == cursor.UIDValidity && p.After >= cursor.LastUID {
		rest := mails
		for len(rest) > 0 && rest[0].UID <= p.To {
			rest = rest[1:]
		}
		return p, rest
	}
	r.advance(folder, cursor)
	return r.cut(folder, cursor, mails)
}

// cut takes the next batch off the list, bounded in number and bytes. Mail that
// is not wanted ends a batch, because a batch is fetched as one range of UIDs.
func (r *run) cut(folder string, cursor desk.Cursor, mails []desk.MailSize) (*desk.Batch, []desk.MailSize) {
	for len(mails) > 0 && !r.wanted(mails[0]) {
		mails = mails[1:]
	}
	if len(mails) == 0 {
		return nil, nil
	}
	n, bytes := 1, mails[0].Size
	for n < len(mails) && n < batchMails && bytes+mails[n].Size <= batchBytes && r.wanted(mails[n]) {
		bytes += mails[n].Size
		n++
	}
	return &desk.Batch{
		Folder: folder, UIDValidity: cursor.UIDValidity, After: mails[0].UID - 1, To: mails[n-1].UID, Begun: r.Now().UTC().Truncate(time.Second),
	}, mails[n:]
}

func (r *run) advance(folder string, to desk.Cursor) {
	cursors := make(map[string]desk.Cursor, len(r.state.Cursors)+1)
	maps.Copy(cursors, r.state.Cursors)
	cursors[folder] = to
	r.state.Cursors = cursors
}

func (r *run) commit(ctx context.Context, next *desk.Batch, delta desk.Counts) error {
	r.state.Pending = next
	r.state.CheckedAt = r.Now()
	if err := r.State.Commit(ctx, r.state, r.Worker, r.Now().Add(leaseTime), delta); err != nil {
		return err
	}
	r.state.Epoch++
	return nil
}

// release ends the lease and says that all is well, or that there is more to do.
func (r *run) release(ctx context.Context, more bool) error {
	r.healthy()
	if more {
		r.state.State = desk.SyncRunning
	}
	if err := r.State.Commit(ctx, r.state, r.Worker, time.UnixMilli(1), nil); err != nil {
		return err
	}
	r.state.Epoch++
	return nil
}

func (r *run) healthy() {
	r.state.State, r.state.Code, r.state.Detail = desk.SyncOK, "", ""
	r.state.Failures, r.state.NextTry, r.state.CheckedAt = 0, time.Time{}, r.Now()
}

// late reports whether the deadline is too near for another batch.
func (r *run) late(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ok && deadline.Sub(r.Now()) < spare
}

// succeeded writes the state of a visit that brought nothing, if it says
// something new.
func (r *run) succeeded(ctx context.Context) error {
	if r.leased {
		return nil
	}
	now := r.Now()
	if r.before.State == desk.SyncOK && now.Sub(r.before.CheckedAt) < proveEvery && !r.State.TierChanged(r.before, r.state, r.before.CheckedAt) {
		return nil
	}
	r.healthy()
	return r.ignoreConflict(r.State.Note(ctx, r.state))
}

// failed stores why the mailbox could not be read and when to try again.
func (r *run) failed(ctx context.Context, cause error) error {
	if ctx.Err() != nil || desk.CodeOf(cause) == "storage" || desk.CodeOf(cause) == "busy" {
		return cause // ours, not the mailbox's: the queue tries again
	}
	r.Log.WarnContext(ctx, "mailbox not read", "org", r.box.Org, "mailbox", r.box.ID, "code", desk.CodeOf(cause), "err", cause)
	r.state.State = desk.SyncBackoff
	if desk.KindOf(cause) == desk.Permanent && needsPerson[desk.CodeOf(cause)] {
		r.state.State = desk.SyncNeedsAuth
	}
	r.state.Failures++
	r.state.NextTry = r.Now().Add(backoff(r.state.Failures))
	r.state.Code, r.state.Detail = desk.CodeOf(cause), said(cause)
	if r.leased {
		return r.ignoreConflict(r.State.Lease(ctx, r.state, r.Worker, time.UnixMilli(1)))
	}
	return r.ignoreConflict(r.State.Note(ctx, r.state))
}

func (r *run) ignoreConflict(err error) error {
	if desk.KindOf(err) == desk.Conflict {
		return nil
	}
	return err
}

// needsPerson are failures that no waiting mends.
var needsPerson = map[string]bool{
	"login_failed": true, "oauth_only": true, "imap_disabled": true, "unsafe_login": true, "credentials": true,
}

// backoff doubles from a minute to an hour.
func backoff(failures int) time.Duration {
	return min(time.Minute<<min(failures-1, 6), time.Hour)
}

// said is what a server answered, short enough to be shown.
func said(err error) string {
	text := fmt.Sprint(err)
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:200], "")
	}
	return text
}
