package outbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/cloud"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dynamo"
	"github.com/quilldesk/quilldesk/internal/smtp"
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
)

const us = "support@lumenhaus.example"

// office is a mailbox with one conversation that waits for an answer.
type office struct {
	*testing.T
	table *dynamo.Table
	org   desk.OrgID
	box   desk.Mailbox
	conv  desk.Conversation
	asked desk.Message
	work  *workQueue
	files objects
	post  *post
	begun map[desk.MessageID]desk.ConversationID // by new mail
	now   time.Time
	state SendState // what is written to; the table when nil
}

func newOffice(t *testing.T, change ...func(*office)) *office {
	t.Helper()
	n := organisations.Add(1)
	o := &office{T: t, now: noon, org: desk.OrgID(fmt.Sprintf("org%d", n)), work: &workQueue{}, files: objects{}, begun: map[desk.MessageID]desk.ConversationID{}, post: &post{}}
	o.table = dynamo.New(embedded.DynamoDB, embedded.Table, func() time.Time { return o.now })
	o.box = desk.Mailbox{
		ID: "box", Org: o.org, Address: us, Name: "Lumenhaus", SentFolder: "Sent", AppendSent: true, SMTP: desk.Endpoint{Host: "smtp.lumenhaus.example"},
	}
	o.conv = desk.Conversation{
		ID: "conv", Org: o.org, Mailbox: "box", Store: desk.Own, Buyer: desk.Contact{Name: "Kim Larsen", Address: "kim@buyers.example"},
		Subject: "Is it dimmable?", Status: desk.Awaiting, Clock: desk.ResponseClock{Start: noon, Due: noon.Add(24 * time.Hour)},
		LastAt: noon, LastIncoming: "asked", Newest: "asked", Messages: 1, Route: desk.ReplyRoute{To: "kim@buyers.example"},
	}
	o.asked = desk.Message{
		ID: "asked", Conversation: "conv", Direction: desk.Incoming, At: noon, From: o.conv.Buyer, HeaderID: "asked@buyers.example",
		References: []string{"first@buyers.example"}, Text: "Is the lamp dimmable?\n",
	}
	for _, f := range change {
		f(o)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(o.table.CreateOrganisation(t.Context(), desk.Organisation{ID: o.org, Name: "Lumenhaus", Signature: "Lumenhaus customer care"},
		desk.Member{Email: string(o.org) + "@lumenhaus.example", Role: desk.Owner}))
	must(o.table.AddMailbox(t.Context(), o.box, desk.Sync{Org: o.org, Mailbox: "box"}))
	must(o.table.PutIncoming(t.Context(), o.org, o.asked, nil))
	_, _, err := o.table.Apply(t.Context(), o.org, "conv", "asked", 0, func(c *desk.Conversation) { *c = o.conv })
	must(err)
	return o
}

func (o *office) State() SendState {
	if o.state != nil {
		return o.state
	}
	return o.table
}

func (o *office) outbox() *Outbox {
	return &Outbox{State: o.State(), Files: o.files, Work: o.work, Now: func() time.Time { return o.now }, Log: slog.New(slog.DiscardHandler)}
}

func (o *office) sender() *Sender {
	return &Sender{
		State: o.State(), Files: o.files, Work: o.work, Vault: vault{}, Now: func() time.Time { return o.now }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Submit: o.post.submit,
		Dial:   func(context.Context, desk.Endpoint, desk.Credentials) (SentFolder, error) { return o.post.dial() },
	}
}

func (o *office) reply() Reply {
	return Reply{
		Conversation: "conv", Request: "r1", By: desk.Member{Email: "agnes@lumenhaus.example", Role: desk.Agent},
		Text: "Yes, it dims in five steps.", Language: "en-US", Seen: "asked",
	}
}

// queued puts the reply into the outbox and lets the time to undo pass.
func (o *office) queued() desk.Message {
	o.Helper()
	m, err := o.outbox().Queue(o.Context(), o.org, o.reply())
	if err != nil {
		o.Fatal(err)
	}
	o.now = o.now.Add(UndoTime)
	return m
}

// send does the job of the queue until nothing is left to do, as the queue would:
// what fails comes again, what is delayed comes when its time has come.
func (o *office) send(id desk.MessageID) {
	o.Helper()
	for range 30 {
		err := o.sender().Send(o.Context(), desk.Job{Org: o.org, Conversation: o.where(id), Message: id})
		wait, again := o.work.take()
		switch m := o.message(id); {
		case err != nil:
			wait = 3 * time.Minute // the queue's visibility time-out
		case !again && m.Send.State == desk.Queued && m.Send.NotAfter.After(o.now):
			wait = m.Send.NotAfter.Sub(o.now) // the sweep
		case !again:
			return
		}
		o.now = o.now.Add(wait)
	}
	o.Fatal("the job never ends")
}

func (o *office) message(id desk.MessageID) desk.Message {
	o.Helper()
	m, _, err := o.table.Outgoing(o.Context(), o.org, o.where(id), id)
	if err != nil {
		o.Fatal(err)
	}
	return m
}

// where is the conversation of a message: that of the office unless it began one.
func (o *office) where(id desk.MessageID) desk.ConversationID {
	if c, ok := o.begun[id]; ok {
		return c
	}
	return "conv"
}

func (o *office) conversation() desk.Conversation {
	o.Helper()
	c, err := o.table.Conversation(o.Context(), o.org, "conv")
	if err != nil {
		o.Fatal(err)
	}
	return c
}

// objects is a bucket in memory.
type objects map[string][]byte

func (o objects) Put(_ context.Context, key string, data []byte) error {
	filesMu.Lock()
	defer filesMu.Unlock()
	o[key] = bytes.Clone(data)
	return nil
}

func (o objects) Get(_ context.Context, key string) ([]byte, error) {
	filesMu.Lock()
	defer filesMu.Unlock()
	data, ok := o[key]
	if !ok {
		return nil, desk.Errorf(desk.NotFound, "original_gone", "the object is gone")
	}
	return data, nil
}

func (o objects) Delete(_ context.Context, key string) error {
	filesMu.Lock()
	defer filesMu.Unlock()
	delete(o, key)
	return nil
}

// filesMu guards every bucket of these tests.
var filesMu sync.Mutex

// attach uploads a file in pieces, as a browser does.
func (o *office) attach(name, kind string, data []byte) Upload {
	o.Helper()
	u, err := Offer(Upload{Name: name, ContentType: kind, Size: len(data)})
	if err != nil {
		o.Fatal(err)
	}
	for n := range pieces(len(data)) {
		if err := o.outbox().PutPiece(o.Context(), o.org, u.ID, n, data[n*PieceSize:min((n+1)*PieceSize, len(data))]); err != nil {
			o.Fatal(err)
		}
	}
	return u
}

type vault struct{}

func (vault) Open(context.Context, desk.OrgID, desk.MailboxID, []byte) (desk.Credentials, error) {
	return desk.Credentials{User: us, Secret: []byte("secret")}, nil
}

// workQueue notes what was queued, and for how long.
type workQueue struct {
	mu    sync.Mutex
	jobs  []desk.Job
	delay []time.Duration
	fail  error
}

func (q *workQueue) Send(_ context.Context, job desk.Job, delay time.Duration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.fail != nil {
		return q.fail
	}
	q.jobs, q.delay = append(q.jobs, job), append(q.delay, delay)
	return nil
}

func (q *workQueue) take() (time.Duration, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.delay) == 0 {
		return 0, false
	}
	wait := slices.Max(q.delay)
	q.jobs, q.delay = nil, nil
	return wait, true
}

// post is a scripted mail provider: what it accepted, and its Sent folder.
type post struct {
	mu       sync.Mutex
	accepted [][]byte
	to       [][]string // recipients of each
	sent     []string   // Message-IDs
	saves    bool       // keeps what is submitted in Sent itself
	// refuse, when set, answers before the text; swallow after it was taken.
	refuse, swallow func() error
	folder          func(step string) error // find, append, appended, dial
}

func (p *post) submit(_ context.Context, _ desk.Endpoint, _ desk.Credentials, m smtp.Mail, handing func() error) (string, error) {
	if p.refuse != nil {
		if err := p.refuse(); err != nil {
			return "", err
		}
	}
	if err := handing(); err != nil {
		return "", err
	}
	var raw bytes.Buffer
	if err := m.Write(&raw); err != nil {
		return "", err
	}
	if int64(raw.Len()) != m.Size {
		return "", fmt.Errorf("the mail has %d bytes, not %d as it says", raw.Len(), m.Size)
	}
	p.mu.Lock()
	p.accepted, p.to = append(p.accepted, raw.Bytes()), append(p.to, m.To)
	if p.saves {
		p.sent = append(p.sent, parsed(raw.Bytes()).MessageID)
	}
	p.mu.Unlock()
	if p.swallow != nil {
		if err := p.swallow(); err != nil {
			return "", err
		}
	}
	return "OK", nil
}

func (p *post) step(name string) error {
	if p.folder == nil {
		return nil
	}
	return p.folder(name)
}

func (p *post) dial() (SentFolder, error) { return p, p.step("dial") }

func (p *post) Find(_ context.Context, _, id string) (bool, error) {
	if err := p.step("find"); err != nil {
		return false, err
	}
	return slices.Contains(p.sent, id), nil
}

func (p *post) Append(_ string, size int64, write func(io.Writer) error, _ time.Time) error {
	if err := p.step("append"); err != nil {
		return err
	}
	var raw bytes.Buffer
	if err := write(&raw); err != nil {
		return err
	}
	if int64(raw.Len()) != size {
		return fmt.Errorf("the copy has %d bytes, not %d as it says", raw.Len(), size)
	}
	p.sent = append(p.sent, parsed(raw.Bytes()).MessageID)
	return p.step("appended")
}

func (p *post) Close() error { return nil }

var errCrash = errors.New("crashed")

// crashing is a state that dies at one of its writes, before or after it is done,
// and stays dead.
type crashing struct {
	SendState
	left  *atomic.Int64
	after bool
}

func (c crashing) dies(do func() error) error {
	left := c.left.Add(-1)
	if left < 0 || left == 0 && !c.after {
		return desk.Errorf(desk.Unavailable, "storage", "%w", errCrash)
	}
	err := do()
	if left == 0 && err == nil {
		return desk.Errorf(desk.Unavailable, "storage", "%w", errCrash)
	}
	return err
}

func (c crashing) PutOutgoing(ctx context.Context, org desk.OrgID, m desk.Message, version int64) error {
	return c.dies(func() error { return c.SendState.PutOutgoing(ctx, org, m, version) })
}

func (c crashing) PutOutgoingWith(ctx context.Context, org desk.OrgID, m desk.Message, version int64, change func(*desk.Conversation) error) error {
	return c.dies(func() error { return c.SendState.PutOutgoingWith(ctx, org, m, version, change) })
}
