package mailbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/marketplace"
	"github.com/quilldesk/quilldesk/internal/message"
)

// Intake is where incoming mail is kept. Every call may be made twice.
type Intake interface {
	Claims(ctx context.Context, org desk.OrgID, box desk.MailboxID, keys []string) (map[string]desk.KeyClaim, error)
	Claim(ctx context.Context, org desk.OrgID, box desk.MailboxID, key string, c desk.ConversationID, content string, epoch int64) (desk.KeyClaim, error)
	PutIncoming(ctx context.Context, org desk.OrgID, m desk.Message, keys []string) error
	Apply(ctx context.Context, org desk.OrgID, c desk.ConversationID, m desk.MessageID, epoch int64, change func(*desk.Conversation)) (desk.Conversation, []desk.Transition, error)
	Conversation(context.Context, desk.OrgID, desk.ConversationID) (desk.Conversation, error)
	Bounce(ctx context.Context, org desk.OrgID, c desk.ConversationID, m desk.MessageID, detail string) error
}

// RawStore keeps raw mail.
type RawStore interface {
	Put(ctx context.Context, key string, data []byte) error
}

// WorkQueue carries ids of incoming messages to triage.
type WorkQueue interface {
	Triage(ctx context.Context, jobs []desk.Job) error
}

// RawKey is where the raw bytes of an incoming message are kept.
func RawKey(org desk.OrgID, box desk.MailboxID, id desk.MessageID) string {
	return fmt.Sprintf("raw/%s/%s/%s", org, box, id)
}

// writers bounds how many conversations of a batch are written at once.
const writers = 16

// arrival is one fetched mail, read and recognised.
type arrival struct {
	id   desk.MessageID // also the hash of its content: the same mail has the same id
	raw  []byte
	cut  bool
	at   time.Time
	sent bool // from the Sent folder, or from the mailbox's own address
	mail *message.Message
	seen marketplace.Recognised

	imported bool
	midKey   string   // thread key of its Message-ID, also the duplicate check
	refKeys  []string // of References, newest first
}

// take fetches a batch and takes every mail of it in. It returns what the
// counters must learn when the batch is committed.
func (r *run) take(ctx context.Context, b desk.Batch) (desk.Counts, error) {
	if _, err := r.conn.Open(b.Folder); err != nil {
		return nil, err
	}
	arrivals, err := r.fetch(ctx, b)
	if err != nil {
		return nil, err
	}
	claims, err := r.claims(ctx, arrivals)
	if err != nil {
		return nil, err
	}
	var (
		mu    sync.Mutex
		moved = map[desk.ConversationID][]desk.Transition{}
		jobs  []desk.Job
	)
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	for _, related := range relate(arrivals) {
		group.Go(func() error {
			for _, a := range related {
				c, transitions, err := r.keep(gctx, a, claims)
				if err != nil {
					return fmt.Errorf("taking a mail in: %w", err)
				}
				mu.Lock()
				if c != "" {
					moved[c] = transitions
					if !a.sent {
						jobs = append(jobs, desk.Job{Org: r.box.Org, Conversation: c, Message: a.id})
					}
				}
				mu.Unlock()
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if err := r.Work.Triage(ctx, jobs); err != nil {
		return nil, err
	}
	return delta(moved), nil
}

func delta(moved map[desk.ConversationID][]desk.Transition) desk.Counts {
	counts := desk.Counts{}
	for _, transitions := range moved {
		for _, tr := range transitions {
			counts[tr.To]++
			if tr.From != "" {
				counts[tr.From]--
			}
		}
	}
	return counts
}

// fetch reads the batch from the server; parsing keeps up beside it.
func (r *run) fetch(ctx context.Context, b desk.Batch) ([]*arrival, error) {
	var arrivals []*arrival
	group := errgroup.Group{}
	group.SetLimit(4)
	err := r.conn.Fetch(ctx, b.After, b.To, maxMail, func(m desk.FetchedMail) error {
		if m.Deleted {
			return nil
		}
		a := &arrival{
			raw: m.Raw, at: m.At.UTC(), cut: m.Size > int64(len(m.Raw)), sent: b.Folder == r.box.SentFolder,
			imported: m.UID <= r.state.ImportedTo[b.Folder],
		}
		arrivals = append(arrivals, a)
		group.Go(func() error { r.read(a); return nil })
		return nil
	})
	if waitErr := group.Wait(); err == nil {
		err = waitErr
	}
	return arrivals, err
}

// read parses and recognises a mail. Whatever happens the mail is kept: when
// reading it breaks, it comes in as a mail whose text is in the original.
func (r *run) read(a *arrival) {
	defer func() {
		if broken := recover(); broken != nil {
			r.Log.Error("a mail could not be read", "org", r.box.Org, "mailbox", r.box.ID, "message", a.id, "panic", broken)
			a.mail = &message.Message{Subject: "", Warnings: []message.Warning{{Code: "unreadable"}}}
			a.seen = marketplace.Recognised{
				Type: desk.Set(desk.OtherMail, desk.ByDefault, desk.ReasonDefault, ""), Category: desk.Set(desk.Category(desk.OtherMail), desk.ByDefault, desk.ReasonDefault, ""),
			}
			a.midKey = "h:" + string(a.id)
		}
	}()
	a.id = contentID(a.raw)
	a.mail = message.Read(a.raw, message.Limits{})
	if a.at.IsZero() {
		a.at = a.mail.Date
	}
	if a.at.IsZero() {
		a.at = r.Now()
	}
	a.seen = marketplace.Recognise(View(a.mail), marketplace.Mailbox{
		Address: r.box.Address, Stores: r.box.Stores, AuthServID: authServIDs(r.box),
	})
	if len(a.mail.From) > 0 && strings.EqualFold(a.mail.From[0].Address, r.box.Address) || a.seen.OwnCopy {
		a.sent = true
	}
	a.midKey = "h:" + string(a.id)
	if a.mail.MessageID != "" {
		a.midKey = midKey(a.mail.MessageID)
	}
	a.refKeys = refKeys(a.mail)
}

func midKey(id string) string {
	sum := sha256.Sum256([]byte(id))
	return "m:" + short(sum[:])
}

// maxRefs bounds how many references are looked up: the newest decide.
const maxRefs = 10

func refKeys(m *message.Message) []string {
	var keys []string
	refs := append(append([]string(nil), m.References...), m.InReplyTo...)
	for i := len(refs) - 1; i >= 0 && len(keys) < maxRefs; i-- {
		keys = append(keys, midKey(refs[i]))
	}
	return keys
}

// contentID names a mail by what its writer made of it: headers that servers add
// or change on the way do not count, so a second delivery has the same id.
func contentID(raw []byte) desk.MessageID {
	head, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	if len(body) == 0 {
		if h, b, ok := bytes.Cut(raw, []byte("\n\n")); ok {
			head, body = h, b
		}
	}
	sum := sha256.New()
	keep := false
	for line := range bytes.Lines(head) {
		if line[0] != ' ' && line[0] != '\t' {
			name, _, _ := bytes.Cut(line, []byte(":"))
			keep = identity[strings.ToLower(string(name))]
		}
		if keep {
			_, _ = sum.Write(bytes.TrimRight(line, "\r\n")) // never fails
		}
	}
	_, _ = sum.Write(body)
	return desk.MessageID(short(sum.Sum(nil)))
}

var identity = map[string]bool{"message-id": true, "date": true, "from": true, "to": true, "subject": true}

// View is what recognition needs of a message.
func View(m *message.Message) marketplace.Mail {
	delivered := m.Header.All("Delivered-To")
	v := marketplace.Mail{
		Header: m.Header.All, From: contacts(m.From), ReplyTo: contacts(m.ReplyTo), To: contacts(m.To), Cc: contacts(m.Cc),
		Subject: m.Subject, Text: m.Text, HTML: m.HTML, MessageID: m.MessageID, InReplyTo: m.InReplyTo, References: m.References,
		Automatic: string(m.Automatic),
	}
	for _, address := range delivered {
		v.DeliveredTo = append(v.DeliveredTo, desk.Contact{Address: strings.Trim(address, "<> ")})
	}
	return v
}

func contacts(list []message.Address) []desk.Contact {
	out := make([]desk.Contact, len(list))
	for i, a := range list {
		out[i] = desk.Contact{Name: a.Name, Address: a.Address}
	}
	return out
}

// claims looks up every thread key of the batch.
func (r *run) claims(ctx context.Context, arrivals []*arrival) (*claims, error) {
	var keys []string
	for _, a := range arrivals {
		keys = append(keys, a.keys()...)
	}
	all := &claims{known: map[string]desk.KeyClaim{}}
	for len(keys) > 0 {
		n := min(len(keys), 100)
		found, err := r.State.Claims(ctx, r.box.Org, r.box.ID, keys[:n])
		if err != nil {
			return nil, err
		}
		for k, c := range found {
			all.known[k] = c
		}
		keys = keys[n:]
	}
	return all, nil
}

func (a *arrival) keys() []string {
	return append(append([]string{a.midKey}, a.seen.ThreadKeys...), a.refKeys...)
}

// claims are the thread keys known so far, shared by the writers of a batch.
type claims struct {
	mu    sync.Mutex
	known map[string]desk.KeyClaim
}

func (c *claims) get(key string) (desk.KeyClaim, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	claim, ok := c.known[key]
	return claim, ok
}

func (c *claims) set(claim desk.KeyClaim) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[claim.Key] = claim
}

// relate groups the mails of a batch that share a thread key, each group in the
// order of arrival: groups can be written at the same time, mails of one cannot.
func relate(arrivals []*arrival) [][]*arrival {
	parent := make([]int, len(arrivals))
	var root func(int) int
	root = func(i int) int {
		if parent[i] != i {
			parent[i] = root(parent[i])
		}
		return parent[i]
	}
	owner := map[string]int{}
	for i, a := range arrivals {
		parent[i] = i
		for _, k := range a.keys() {
			if j, ok := owner[k]; ok {
				parent[root(i)] = root(j)
			} else {
				owner[k] = i
			}
		}
	}
	index := map[int]int{}
	var groups [][]*arrival
	for i, a := range arrivals {
		g, ok := index[root(i)]
		if !ok {
			g = len(groups)
			index[root(i)] = g
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], a)
	}
	return groups
}
