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
	Quarantine
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

	// proveEvery is how old the proof of a successful check may get before it is
	// written again: idle polls write nothing in between.
	proveEvery = time.Hour
)

// Run fetches everything new in a mailbox until ctx's deadline comes near, and
// reports whether mail is left for another run. A failure of the mailbox itself
// is stored as its state and is no error: trying again at once would not help.
func (s *Syncer) Run(ctx context.Context, org desk.OrgID, id desk.MailboxID) (more bool, err error) {
	r, err := s.visit(ctx, org, id)
	if err != nil || r == nil || r.busy() || r.state.NextTry.After(s.Now()) {
		return false, err
	}
	defer r.hangUp()
	more, err = r.all(ctx)
	if desk.KindOf(err) == desk.Conflict {
		return false, nil // another worker has the lease
	}
	if err != nil {
		return false, r.failed(ctx, err)
	}
	return more, r.succeeded(ctx)
}

// visit begins a visit to a mailbox, nil when it is unbound.
func (s *Syncer) visit(ctx context.Context, org desk.OrgID, id desk.MailboxID) (*run, error) {
	state, err := s.State.Sync(ctx, org, id)
	if desk.KindOf(err) == desk.NotFound {
		return nil, nil // unbound meanwhile
	}
	if err != nil {
		return nil, err
	}
	box, err := s.State.Mailbox(ctx, org, id)
	if err != nil || box.Purging {
		return nil, err
	}
	r := &run{Syncer: s, box: box, state: state, before: state}
	if state.Pending != nil {
		r.begun = state.Pending.Mails
	}
	return r, nil
}

// run is one visit to one mailbox.
type run struct {
	*Syncer
	box    desk.Mailbox
	who    desk.Credentials
	state  desk.Sync
	before desk.Sync
	begun  []desk.BatchMail // what another run began and this one has not done again
	conn   Server
	leased bool
	// blind is set when a mail was set aside that nobody has seen.
	blind bool
	mu    sync.Mutex // guards state.LastMailAt among the writers of a batch
}

// busy reports whether another worker has the mailbox. A worker does one thing at
// a time: a lease of its own is of a run that broke off.
func (r *run) busy() bool {
	return r.state.LeaseUntil.After(r.Now()) && r.state.LeaseBy != r.Worker
}

func (r *run) all(ctx context.Context) (more bool, err error) {
	if r.who, err = r.Vault.Open(ctx, r.box.Org, r.box.ID, r.box.Sealed); err != nil {
		return false, err
	}
	if err := r.dial(ctx); err != nil {
		return false, err
	}
	if err := r.abandon(ctx); err != nil {
		return false, err
	}
	if err := r.resume(ctx); err != nil {
		return false, err
	}
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
	if err == nil && !more {
		more, err = r.large(ctx)
	}
	if err == nil {
		err = missing
	}
	if err == nil && r.leased {
		err = r.release(ctx, more)
	}
	return more, err
}

// dial signs in; a connection that is there already is given up.
func (r *run) dial(ctx context.Context) error {
	r.hangUp()
	conn, err := r.Dial(ctx, r.box.IMAP, r.who, r.folders()...)
	if err != nil {
		return err
	}
	r.conn = conn
	return nil
}

func (r *run) hangUp() {
	if r.conn != nil {
		_ = r.conn.Close()
		r.conn = nil
	}
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

// folder takes in what is new in one folder. Without news it costs nothing that
// signing in did not ask already.
func (r *run) folder(ctx context.Context, name string) (more bool, err error) {
	status, err := r.conn.Status(name)
	if err != nil {
		return false, err
	}
	cursor, known := r.state.Cursors[name]
	told := status.UIDValidity != 0
	fresh := known && told && regenerated(cursor, status)
	if known && told && !fresh && !r.pendingIn(name) && status.UIDNext == cursor.LastUID+1 {
		return false, nil
	}
	if fresh {
		cursor = desk.Cursor{}
	}
	status, sizes, err := r.list(ctx, name, cursor.LastUID)
	if err == nil && known && !fresh && regenerated(cursor, status) {
		fresh, cursor = true, desk.Cursor{}
		status, sizes, err = r.list(ctx, name, 0)
	}
	if err != nil || len(sizes) == 0 && known && !fresh && !r.pendingIn(name) {
		return false, err
	}
	cursor.UIDValidity = status.UIDValidity
	last := cursor.LastUID
	if len(sizes) > 0 {
		last = sizes[len(sizes)-1].UID
	}
	switch {
	case fresh: // everything is read again and known by its content
		r.importedTo(name, 0)
	case !known:
		r.importedTo(name, last)
	}
	return r.batches(ctx, name, cursor, sizes, last)
}

// regenerated reports whether the UIDs behind a cursor are of the past: another
// UIDVALIDITY, or one that goes on although UIDs start again.
func regenerated(c desk.Cursor, s desk.FolderStatus) bool {
	return s.UIDValidity != c.UIDValidity || s.UIDNext != 0 && s.UIDNext <= c.LastUID
}

// list lists what lies behind a UID. Where one mail's date makes the list
// unreadable the dates are left out.
func (r *run) list(ctx context.Context, folder string, after uint32) (desk.FolderStatus, []desk.MailSize, error) {
	status, sizes, err := r.conn.Sizes(folder, after)
	if !unreadable(err) {
		return status, sizes, err
	}
	if err := r.dial(ctx); err != nil {
		return status, nil, err
	}
	r.conn.Plain()
	return r.conn.Sizes(folder, after)
}

// unreadable is an answer that the client gave up on.
func unreadable(err error) bool {
	return desk.CodeOf(err) == "protocol_error" && desk.KindOf(err) == desk.Unavailable
}

// importedTo remembers up to where the mail of a folder was there before us.
func (r *run) importedTo(folder string, uid uint32) {
	imported := make(map[string]uint32, len(r.state.ImportedTo)+1)
	maps.Copy(imported, r.state.ImportedTo)
	imported[folder] = uid
	r.state.ImportedTo = imported
}

func (r *run) advance(folder string, to desk.Cursor) {
	cursors := make(map[string]desk.Cursor, len(r.state.Cursors)+1)
	maps.Copy(cursors, r.state.Cursors)
	cursors[folder] = to
	r.state.Cursors = cursors
}

func (r *run) commit(ctx context.Context, next *desk.Batch, delta desk.Counts) error {
	delta, err := r.settle(ctx, delta)
	if err != nil {
		return err
	}
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
	failures := r.state.Failures
	r.healthy()
	if r.blind {
		// Were it the server and not the mail, the next one will tell: then the
		// waits go on growing instead of setting one mail aside after the other.
		r.state.Failures = failures
	}
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
		r.excuse(ctx)
		return cause // ours, not the mailbox's: the queue tries again
	}
	r.Log.WarnContext(ctx, "mailbox not read", "org", r.box.Org, "mailbox", r.box.ID, "code", desk.CodeOf(cause), "err", cause)
	r.state.State = desk.SyncBackoff
	if code := desk.CodeOf(cause); desk.KindOf(cause) == desk.Permanent && (needsPerson[code] || endedSignIns[code]) {
		r.state.State = desk.SyncNeedsAuth
	}
	r.state.Failures++
	r.state.NextTry = r.Now().Add(pauseAfter(cause, r.state.Failures))
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
	"login_failed": true, "oauth_refused": true, "oauth_only": true, "imap_disabled": true, "unsafe_login": true, "credentials": true,
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
