package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/infra/local/cloud"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dynamo"
)

// embedded is the package's one storage; every test has an organisation of its own.
var embedded *cloud.Embedded

func TestMain(m *testing.M) {
	os.Exit(cloud.WithEmbedded("../../template.yaml", func(e *cloud.Embedded) int {
		embedded = e
		return m.Run()
	}))
}

var (
	noon          = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	organisations atomic.Int64
	errStorage    = desk.Errorf(desk.Unavailable, "storage", "the disk is on fire")
)

const (
	us    = "support@lumenhaus.example"
	kim   = "Kim Larsen <kim@buyers.example>"
	inbox = "INBOX"
	sent  = "Sent"
)

// desktop is one bound mailbox with everything around it.
type desktop struct {
	*testing.T
	table   *dynamo.Table
	account *account
	box     desk.Mailbox
	who     desk.Credentials
	raw     *rawStore
	work    *workQueue
	now     time.Time
	state   State // what syncers write to; the table when nil
	units   atomic.Int64
}

func newDesk(t *testing.T, change ...func(*desk.Mailbox)) *desktop {
	t.Helper()
	n := organisations.Add(1)
	d := &desktop{
		T: t, now: noon, raw: &rawStore{kept: map[string][]byte{}}, work: &workQueue{},
		account: &account{folders: map[string]*folder{inbox: {validity: 7}, sent: {validity: 7}}},
		who:     desk.Credentials{Method: desk.Password, User: us, Password: "secret", Secret: []byte("a secret of thirty-two bytes....")},
	}
	d.table = dynamo.New(embedded.DynamoDB, embedded.Table, func() time.Time { return d.now }).Metered(func(c *types.ConsumedCapacity) {
		if c.WriteCapacityUnits != nil {
			d.units.Add(1)
		}
	})
	d.box = desk.Mailbox{
		ID: desk.MailboxID(fmt.Sprintf("box%d", n)), Org: desk.OrgID(fmt.Sprintf("org%d", n)), Address: us, Name: "Lumenhaus", Provider: "generic",
		Folders: []string{inbox}, SentFolder: sent, AppendSent: true, ImportDays: 30, CreatedAt: noon.Add(-time.Hour),
		Stores: []desk.Store{desk.AmazonCom, desk.EBayCom, desk.Own},
	}
	for _, f := range change {
		f(&d.box)
	}
	d.bind(d.box)
	return d
}

func (d *desktop) bind(box desk.Mailbox) {
	d.Helper()
	d.must(d.table.AddMailbox(d.Context(), box, desk.Sync{Org: box.Org, Mailbox: box.ID, State: desk.SyncRunning, LastMailAt: d.now}))
}

func (d *desktop) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *desktop) syncer(worker string) *Syncer {
	state := d.state
	if state == nil {
		state = d.table
	}
	return &Syncer{
		State: state, Vault: vault{d.who}, Raw: d.raw, Work: d.work, Worker: worker, Now: func() time.Time { return d.now },
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Dial: func(context.Context, desk.Endpoint, desk.Credentials, ...string) (Server, error) {
			return d.account.dial()
		},
	}
}

// fetch runs one visit that must go well.
func (d *desktop) fetch() (more bool) {
	d.Helper()
	more, err := d.syncer("one").Run(d.Context(), d.box.Org, d.box.ID)
	d.must(err)
	return more
}

func (d *desktop) sync() desk.Sync {
	d.Helper()
	s, err := d.table.Sync(d.Context(), d.box.Org, d.box.ID)
	d.must(err)
	return s
}

// threads are all conversations with their messages, oldest first.
func (d *desktop) threads() []dynamo.Thread {
	d.Helper()
	var threads []dynamo.Thread
	for cursor := ""; ; {
		rows, next, err := d.table.Page(d.Context(), d.box.Org, dynamo.Filter{}, cursor, 100)
		d.must(err)
		for _, row := range rows {
			th, err := d.table.Thread(d.Context(), d.box.Org, row.ID)
			d.must(err)
			threads = append(threads, th)
		}
		if cursor = next; next == "" {
			break
		}
	}
	slices.SortFunc(threads, func(a, b dynamo.Thread) int { return a.Conversation.LastAt.Compare(b.Conversation.LastAt) })
	return threads
}

// only is the one conversation there is.
func (d *desktop) only() dynamo.Thread {
	d.Helper()
	threads := d.threads()
	if len(threads) != 1 {
		d.Fatalf("%d conversations, want 1: %+v", len(threads), subjects(threads))
	}
	return threads[0]
}

func subjects(threads []dynamo.Thread) (all []string) {
	for _, th := range threads {
		all = append(all, fmt.Sprintf("%s (%d)", th.Conversation.Subject, len(th.Messages)))
	}
	return all
}

// consistent checks what must hold after every committed visit.
func (d *desktop) consistent() {
	d.Helper()
	counts := desk.Counts{}
	for _, th := range d.threads() {
		counts[th.Conversation.Status]++
		if th.Conversation.Messages != len(th.Messages) {
			d.Errorf("%q counts %d messages and has %d", th.Conversation.Subject, th.Conversation.Messages, len(th.Messages))
		}
		for _, m := range th.Messages {
			if m.Send == nil && d.raw.get(RawKey(d.box.Org, d.box.ID, m.ID)) == nil {
				d.Errorf("the original of %q is not kept", m.Subject)
			}
		}
	}
	have := d.sync().Counts
	for _, status := range desk.Statuses {
		if have[status] != counts[status] {
			d.Errorf("the counter of %s says %d, there are %d", status, have[status], counts[status])
		}
	}
}

// letter is a mail to be put into a folder.
type letter struct {
	id, from, to, subject, text, reply string
	refs                               []string
	head                               []string
}

func (l letter) raw() []byte {
	var b strings.Builder
	field := func(name, value string) {
		if value != "" {
			b.WriteString(name + ": " + value + "\r\n")
		}
	}
	for _, line := range l.head {
		b.WriteString(line + "\r\n")
	}
	if l.to == "" {
		l.to = us
	}
	if l.id != "-" {
		field("Message-ID", "<"+l.id+">")
	}
	field("From", l.from)
	field("To", l.to)
	field("Reply-To", l.reply)
	field("Subject", l.subject)
	field("Date", noon.Format(time.RFC1123Z))
	if len(l.refs) > 0 {
		field("In-Reply-To", "<"+l.refs[len(l.refs)-1]+">")
		field("References", "<"+strings.Join(l.refs, "> <")+">")
	}
	return []byte(b.String() + "\r\n" + l.text + "\r\n")
}

// put adds a mail to a folder and returns its UID.
func (a *account) put(name string, at time.Time, raw []byte) uint32 {
	a.mu.Lock()
	defer a.mu.Unlock()
	f := a.folders[name]
	f.last++
	f.mails = append(f.mails, stored{uid: f.last, at: at, raw: raw, size: int64(len(raw))})
	return f.last
}

// account is a scripted mail server.
type account struct {
	mu      sync.Mutex
	folders map[string]*folder
	// fail, when set, may break any step: "dial", "status INBOX", "open INBOX",
	// "sizes INBOX", "fetch INBOX 3" before that UID is handed over.
	fail  func(step string) error
	steps []string
	plain bool // some connection was told to leave dates out
	// line, when set, is how many bytes of a piece come before the line breaks.
	line int
}

type folder struct {
	validity, last uint32
	mails          []stored
	hideNext       bool // no UIDNEXT, as 163
}

type stored struct {
	uid      uint32
	at       time.Time
	raw      []byte
	size     int64
	deleted  bool
	withheld bool // listed, and never given
	stalls   bool // takes longer than anybody waits
}

func (a *account) step(name string) error {
	a.mu.Lock()
	a.steps = append(a.steps, name)
	fail := a.fail
	a.mu.Unlock()
	if fail != nil {
		return fail(name)
	}
	return nil
}

func (a *account) dial() (Server, error) {
	if err := a.step("dial"); err != nil {
		return nil, err
	}
	return &connection{account: a}, nil
}

type connection struct {
	*account
	open string
}

func (c *connection) status(name string) (desk.FolderStatus, error) {
	f, ok := c.folders[name]
	if !ok {
		return desk.FolderStatus{}, desk.Errorf(desk.Permanent, "folder_missing", "the server refused: no such folder")
	}
	s := desk.FolderStatus{UIDValidity: f.validity, UIDNext: f.last + 1, Messages: uint32(len(f.mails))}
	if f.hideNext {
		s.UIDNext = 0
	}
	return s, nil
}

func (c *connection) Status(name string) (desk.FolderStatus, error) {
	if err := c.step("status " + name); err != nil {
		return desk.FolderStatus{}, err
	}
	return c.status(name)
}

func (c *connection) Open(name string) (desk.FolderStatus, error) {
	if err := c.step("open " + name); err != nil {
		return desk.FolderStatus{}, err
	}
	c.open = name
	return c.status(name)
}

func (c *connection) Sizes(name string, after uint32) (desk.FolderStatus, []desk.MailSize, error) {
	status, err := c.Open(name)
	if err != nil {
		return status, nil, err
	}
	if err := c.step("sizes " + c.open); err != nil {
		return status, nil, err
	}
	var sizes []desk.MailSize
	for _, m := range c.folders[c.open].mails {
		if m.uid > after {
			sizes = append(sizes, desk.MailSize{UID: m.uid, Size: m.size, At: m.at})
		}
	}
	return status, sizes, nil
}

func (c *connection) Fetch(ctx context.Context, after, to uint32, limit int64, got func(desk.FetchedMail) error) error {
	for _, m := range slices.Clone(c.folders[c.open].mails) {
		if m.uid <= after || m.uid > to {
			continue
		}
		if err := c.step(fmt.Sprintf("fetch %s %d", c.open, m.uid)); err != nil {
			return err
		}
		if m.withheld {
			continue
		}
		if m.stalls {
			<-ctx.Done()
		}
		if err := ctx.Err(); err != nil {
			return desk.Errorf(desk.Unavailable, "connect_timeout", "fetching: %w", err)
		}
		raw := m.raw[:min(int64(len(m.raw)), limit)]
		if err := got(desk.FetchedMail{UID: m.uid, At: m.at, Size: m.size, Deleted: m.deleted, Raw: raw, Cut: len(raw) < len(m.raw)}); err != nil {
			return err
		}
	}
	return nil
}

func (c *connection) Piece(_ context.Context, uid uint32, offset int64, into []byte) (int, error) {
	for _, m := range c.folders[c.open].mails {
		if m.uid != uid {
			continue
		}
		if err := c.step(fmt.Sprintf("piece %s %d %d", c.open, uid, offset)); err != nil {
			return 0, err
		}
		n := copy(into, m.raw[min(offset, int64(len(m.raw))):])
		if c.line > 0 && n > c.line {
			return c.line, desk.Errorf(desk.Unavailable, "connect_timeout", "the line is slow")
		}
		return n, nil
	}
	return 0, desk.Errorf(desk.NotFound, "mail_gone", "no such mail")
}

func (c *connection) Plain() { c.plain = true }

func (c *connection) Close() error { return nil }

type vault struct{ who desk.Credentials }

func (v vault) Open(context.Context, desk.OrgID, desk.MailboxID, []byte) (desk.Credentials, error) {
	return v.who, nil
}

type rawStore struct {
	mu   sync.Mutex
	kept map[string][]byte
	fail func(key string) error
}

func (s *rawStore) Put(_ context.Context, key string, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		if err := s.fail(key); err != nil {
			return err
		}
	}
	s.kept[key] = slices.Clone(data)
	return nil
}

func (s *rawStore) ReadInto(_ context.Context, key string, into []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok := s.kept[key]
	if !ok {
		return 0, desk.Errorf(desk.NotFound, "original_gone", "no such object")
	}
	return copy(into, data), nil
}

func (s *rawStore) Delete(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.kept, key)
	return nil
}

func (s *rawStore) get(key string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept[key]
}

type workQueue struct {
	mu   sync.Mutex
	jobs map[desk.MessageID]desk.Job
	fail error
}

func (q *workQueue) Triage(_ context.Context, jobs []desk.Job) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.fail != nil {
		return q.fail
	}
	if q.jobs == nil {
		q.jobs = map[desk.MessageID]desk.Job{}
	}
	for _, j := range jobs {
		q.jobs[j.Message] = j
	}
	return nil
}

func (q *workQueue) messages() []desk.MessageID { return slices.Sorted(maps.Keys(q.jobs)) }

// crashing is a state that dies at one of its writes, before or after it is done.
type crashing struct {
	State
	left  *atomic.Int64
	after bool
}

var errCrash = errors.New("crashed")

func (c crashing) dies(do func() error) error {
	last := c.left.Add(-1) == 0
	if last && !c.after {
		return desk.Errorf(desk.Unavailable, "storage", "%w", errCrash)
	}
	if c.left.Load() < 0 { // dead already
		return desk.Errorf(desk.Unavailable, "storage", "%w", errCrash)
	}
	err := do()
	if last && err == nil {
		return desk.Errorf(desk.Unavailable, "storage", "%w", errCrash)
	}
	return err
}

func (c crashing) Lease(ctx context.Context, s desk.Sync, by string, until time.Time) error {
	return c.dies(func() error { return c.State.Lease(ctx, s, by, until) })
}

func (c crashing) Commit(ctx context.Context, s desk.Sync, by string, until time.Time, delta desk.Counts) error {
	return c.dies(func() error { return c.State.Commit(ctx, s, by, until, delta) })
}

func (c crashing) Claim(ctx context.Context, org desk.OrgID, box desk.MailboxID, key string, content desk.Content) (claim desk.KeyClaim, err error) {
	err = c.dies(func() (err error) { claim, err = c.State.Claim(ctx, org, box, key, content); return err })
	return claim, err
}

func (c crashing) PutIncoming(ctx context.Context, org desk.OrgID, m desk.Message, keys []string) error {
	return c.dies(func() error { return c.State.PutIncoming(ctx, org, m, keys) })
}

func (c crashing) Apply(ctx context.Context, org desk.OrgID, id desk.ConversationID, m desk.MessageID, epoch int64,
	change func(*desk.Conversation)) (conv desk.Conversation, tr []desk.Transition, err error) {
	err = c.dies(func() (err error) { conv, tr, err = c.State.Apply(ctx, org, id, m, epoch, change); return err })
	return conv, tr, err
}

func (c crashing) Bounce(ctx context.Context, org desk.OrgID, id desk.ConversationID, m desk.MessageID, detail string) error {
	return c.dies(func() error { return c.State.Bounce(ctx, org, id, m, detail) })
}
