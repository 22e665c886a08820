package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/cloud"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dial"
	"github.com/quilldesk/quilldesk/internal/dynamo"
	"github.com/quilldesk/quilldesk/internal/imap"
	"github.com/quilldesk/quilldesk/internal/mailbox"
)

type options struct {
	mails    int
	seed     uint64
	template string // path of the template with the table
}

type report struct {
	messages, conversations, visits int
	events                          map[string]int
}

const (
	org = desk.OrgID("soakorgaaaa")
	box = desk.MailboxID("soakbox")

	leaseTime = 3*time.Minute + time.Second // and a little more
)

// soak is one run: a world, a storage, and one process after the other between them.
type soak struct {
	*world
	table  *dynamo.Table
	bucket *bucket
	queue  *queue
	clock  atomic.Int64 // nanoseconds since 1970
	visits int
	faults int
}

func run(ctx context.Context, o options) (report, error) {
	dir, err := os.MkdirTemp(inMemory(), "quilldesk-soak-")
	if err != nil {
		return report{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	e, err := cloud.OpenEmbedded(ctx, o.template, dir)
	if err != nil {
		return report{}, err
	}
	defer func() { _ = e.Close() }()
	s := &soak{queue: &queue{jobs: map[desk.MessageID]desk.ConversationID{}}}
	s.clock.Store(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).UnixNano())
	s.table = dynamo.New(e.DynamoDB, e.Table, s.now)
	server, err := listen(ctx, inbox, orders, sent)
	if err != nil {
		return report{}, err
	}
	defer func() { _ = server.close() }()
	random := rand.New(rand.NewPCG(o.seed, 0))
	s.world = &world{
		server: server, random: random, now: s.now, wanted: o.mails, events: map[string]int{},
		writer: &writer{random: random, start: s.now(), model: reference{byOrder: map[string]*conversation{}, byID: map[string]*conversation{}}},
	}
	s.bucket = &bucket{letters: map[string]int{}, pieces: map[string][]byte{}, letter: func(n int) *letter {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.letter(n)
	}}
	if err := s.bind(ctx); err != nil {
		return report{}, err
	}
	for s.rest() {
		s.deliver(1 + random.IntN(300))
		for range 1 + random.IntN(3) {
			s.disturb()
			if err := s.faulty(ctx); err != nil {
				return report{}, err
			}
		}
	}
	if err := s.finish(ctx); err != nil {
		return report{}, err
	}
	return s.check(ctx)
}

// inMemory is where files cost no disk, where there is such a place: the embedded
// store waits for the disk after every commit.
func inMemory() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}

func (s *soak) now() time.Time { return time.Unix(0, s.clock.Load()).UTC() }

func (s *soak) pass(d time.Duration) { s.clock.Add(int64(d)) }

func (s *soak) bind(ctx context.Context) error {
	return s.table.AddMailbox(ctx, desk.Mailbox{
		ID: box, Org: org, Address: seller, IMAP: s.endpoint(), Folders: []string{inbox, orders}, SentFolder: sent,
		Stores: []desk.Store{desk.AmazonCom, desk.Own}, ImportDays: 30, CreatedAt: s.now().Add(-time.Hour),
	}, desk.Sync{Org: org, Mailbox: box, State: desk.SyncRunning, LastMailAt: s.now()})
}

func (s *soak) process() *process {
	return &process{State: s.table, bucket: s.bucket, queue: s.queue}
}

// visit lets a process look at the mailbox once.
func (s *soak) visit(ctx context.Context, p *process, worker string) (more bool, err error) {
	s.visits++
	dialer := dial.Dialer{AllowPrivate: true, Roots: s.roots}
	syncer := &mailbox.Syncer{
		State: p, Vault: vault{}, Raw: p, Work: p, Worker: worker, Now: s.now, Log: slog.New(slog.DiscardHandler),
		Dial: func(ctx context.Context, at desk.Endpoint, who desk.Credentials, ask ...string) (mailbox.Server, error) {
			return imap.Dial(ctx, dialer, at, who, ask...)
		},
	}
	more, err = syncer.Run(ctx, org, box)
	if p.dead.Load() {
		err = nil // nobody heard what it said
	}
	return more, err
}

// faulty is a visit that something happens to, most of the time: but not three
// times in a row, or a mail would be taken for the reason and set aside.
func (s *soak) faulty(ctx context.Context) error {
	p, worker := s.process(), fmt.Sprint("worker ", s.random.IntN(2))
	if s.faults++; s.faults%3 == 0 {
		_, err := s.visit(ctx, p, worker)
		return errors.Join(err, s.settle(ctx))
	}
	switch s.random.IntN(6) {
	case 0, 1:
		s.events["process died"]++
		p.left.Store(1 + s.random.Int64N(700))
		p.after = s.random.IntN(2) == 0
	case 2, 3:
		s.events["line broke"]++
		s.mu.Lock()
		s.patience = 1 + s.random.IntN(1<<(6+s.random.IntN(14)))
		s.mu.Unlock()
	case 4:
		s.interrupted(ctx, p)
	}
	if _, err := s.visit(ctx, p, worker); err != nil {
		return fmt.Errorf("visit %d: %w", s.visits, err)
	}
	return s.settle(ctx)
}

// interrupted lets the world change, or another worker take the mailbox over, while
// the process is at work and does not notice. Both at once cannot be: a process
// stores nothing longer than its lease lasts, by its own clock.
func (s *soak) interrupted(ctx context.Context, p *process) {
	p.until.Store(1 + s.random.Int64N(400))
	takenOver, seed := s.random.IntN(2) == 0, s.random.Uint64()
	p.other = func() {
		s.random = rand.New(rand.NewPCG(seed, 1))
		if !takenOver {
			s.disturb()
			return
		}
		s.events["lease lost"]++
		s.pass(leaseTime)
		if _, err := s.visit(ctx, s.process(), "worker 9"); err != nil {
			s.events["failed: "+err.Error()]++
		}
	}
}

// settle looks where the mailbox stands and lets the time pass that it asks for.
func (s *soak) settle(ctx context.Context) error {
	state, err := s.table.Sync(ctx, org, box)
	if err != nil {
		return err
	}
	if state.State == desk.SyncNeedsAuth {
		return fmt.Errorf("the mailbox was given up: %s %s", state.Code, state.Detail)
	}
	s.took(state)
	s.pass(time.Minute)
	for _, until := range []time.Time{state.NextTry, state.LeaseUntil} {
		if wait := until.Sub(s.now()); wait > 0 && s.random.IntN(2) == 0 {
			s.pass(wait + time.Second)
		}
	}
	return nil
}

// finish lets processes work undisturbed until nothing is left.
func (s *soak) finish(ctx context.Context) error {
	for range 1000 {
		s.pass(2 * time.Hour)
		more, err := s.visit(ctx, s.process(), "worker 0")
		if err != nil {
			return fmt.Errorf("visit %d: %w", s.visits, err)
		}
		state, err := s.table.Sync(ctx, org, box)
		if err != nil {
			return err
		}
		if !more && state.State == desk.SyncOK && state.Pending == nil && s.done(state) {
			return nil
		}
	}
	return errors.New("the mailbox is not read after a thousand undisturbed visits")
}

// done reports whether the cursors are past everything.
func (s *soak) done(state desk.Sync) bool {
	for name, f := range s.folders {
		cursor := state.Cursors[name]
		if len(f.mails) > 0 && (cursor.UIDValidity != f.validity || cursor.LastUID < f.mails[len(f.mails)-1].uid) {
			return false
		}
	}
	return true
}
