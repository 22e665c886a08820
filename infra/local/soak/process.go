package main

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
)

// process is one run of the fetch function: everything it does to the world goes
// through it, so that it can die at any of those calls.
type process struct {
	mailbox.State
	bucket *bucket
	queue  *queue

	left  atomic.Int64 // calls to live; dies at none when it is 0 at first
	after bool         // dies when the last call has taken effect
	until atomic.Int64 // calls before others come in between; never when 0 at first
	other func()
	dead  atomic.Bool
}

var errDied = desk.Errorf(desk.Unavailable, "storage", "%w", errors.New("the process died"))

func (p *process) does(call func() error) error {
	if p.until.Add(-1) == 0 {
		p.other()
	}
	last := p.left.Add(-1) == 0
	if last && !p.after || p.dead.Load() {
		p.dead.Store(true)
		return errDied
	}
	err := call()
	if last {
		p.dead.Store(true)
		return errDied
	}
	return err
}

func (p *process) Lease(ctx context.Context, s desk.Sync, by string, until time.Time) error {
	return p.does(func() error { return p.State.Lease(ctx, s, by, until) })
}

func (p *process) Commit(ctx context.Context, s desk.Sync, by string, until time.Time, delta desk.Counts) error {
	return p.does(func() error { return p.State.Commit(ctx, s, by, until, delta) })
}

func (p *process) Note(ctx context.Context, s desk.Sync) error {
	return p.does(func() error { return p.State.Note(ctx, s) })
}

func (p *process) Claims(ctx context.Context, org desk.OrgID, box desk.MailboxID, keys []string) (found map[string]desk.KeyClaim, err error) {
	err = p.does(func() error { found, err = p.State.Claims(ctx, org, box, keys); return err })
	return found, err
}

func (p *process) Claim(ctx context.Context, org desk.OrgID, box desk.MailboxID, key string, c desk.Content) (claim desk.KeyClaim, err error) {
	err = p.does(func() error { claim, err = p.State.Claim(ctx, org, box, key, c); return err })
	return claim, err
}

func (p *process) PutIncoming(ctx context.Context, org desk.OrgID, m desk.Message, keys []string) error {
	return p.does(func() error { return p.State.PutIncoming(ctx, org, m, keys) })
}

func (p *process) Apply(ctx context.Context, org desk.OrgID, id desk.ConversationID, m desk.MessageID, epoch int64,
	change func(*desk.Conversation)) (c desk.Conversation, moved []desk.Transition, err error) {
	err = p.does(func() error { c, moved, err = p.State.Apply(ctx, org, id, m, epoch, change); return err })
	return c, moved, err
}

func (p *process) Conversation(ctx context.Context, org desk.OrgID, id desk.ConversationID) (c desk.Conversation, err error) {
	err = p.does(func() error { c, err = p.State.Conversation(ctx, org, id); return err })
	return c, err
}

func (p *process) Put(_ context.Context, key string, data []byte) error {
	return p.does(func() error { return p.bucket.put(key, data) })
}

func (p *process) ReadInto(_ context.Context, key string, into []byte) (n int, err error) {
	err = p.does(func() error { n, err = p.bucket.readInto(key, into); return err })
	return n, err
}

func (p *process) Delete(_ context.Context, key string) error {
	return p.does(func() error { p.bucket.remove(key); return nil })
}

func (p *process) Triage(_ context.Context, jobs []desk.Job) error {
	return p.does(func() error { p.queue.add(jobs); return nil })
}

// bucket knows which mail lies under which key: keeping fifty thousand mails
// twice would prove no more. Of mails that are read in pieces it keeps the pieces.
type bucket struct {
	mu      sync.Mutex
	letters map[string]int // number of the mail, by key
	pieces  map[string][]byte
	letter  func(n int) *letter
}

var marked = regexp.MustCompile(`soak-(\d{7})`)

var errOtherBytes = errors.New("a raw mail is not what was delivered")

func (b *bucket) put(key string, data []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if strings.Contains(key, "/large/") {
		b.pieces[key] = bytes.Clone(data)
		return nil
	}
	found := marked.FindSubmatch(data)
	if found == nil {
		return errOtherBytes
	}
	n, err := strconv.Atoi(string(found[1]))
	if err != nil {
		return err
	}
	// Servers put trace headers above a mail.
	if !bytes.HasSuffix(data, []byte(b.letter(n).raw)) {
		return errOtherBytes
	}
	b.letters[key] = n
	return nil
}

func (b *bucket) readInto(key string, into []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	piece, ok := b.pieces[key]
	if !ok {
		return 0, desk.Errorf(desk.NotFound, "original_gone", "there is no such object")
	}
	return copy(into, piece), nil
}

func (b *bucket) remove(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.pieces, key)
}

// queue knows for which messages triage was asked.
type queue struct {
	mu   sync.Mutex
	jobs map[desk.MessageID]desk.ConversationID
}

func (q *queue) add(jobs []desk.Job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, j := range jobs {
		q.jobs[j.Message] = j.Conversation
	}
}

// vault gives the one mailbox's credentials.
type vault struct{}

func (vault) Open(context.Context, desk.OrgID, desk.MailboxID, []byte) (desk.Credentials, error) {
	return desk.Credentials{Method: desk.Password, User: seller, Password: "secret", Secret: []byte(strings.Repeat("k", 32))}, nil
}
