package mailbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
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
	Claim(ctx context.Context, org desk.OrgID, box desk.MailboxID, key string, c desk.Content) (desk.KeyClaim, error)
	PutIncoming(ctx context.Context, org desk.OrgID, m desk.Message, keys []string) error
	Apply(ctx context.Context, org desk.OrgID, c desk.ConversationID, m desk.MessageID, epoch int64, change func(*desk.Conversation)) (desk.Conversation, []desk.Transition, error)
	Conversation(context.Context, desk.OrgID, desk.ConversationID) (desk.Conversation, error)
	Messages(context.Context, desk.OrgID, desk.ConversationID) ([]desk.Message, error)
	Withdraw(ctx context.Context, org desk.OrgID, box desk.MailboxID, e desk.BatchMail, epoch int64) (desk.ConversationID, []desk.Transition, error)
	// Place is where a message is now that was once in that conversation.
	Place(ctx context.Context, org desk.OrgID, c desk.ConversationID, m desk.MessageID) (desk.ConversationID, error)
	Bounce(ctx context.Context, org desk.OrgID, c desk.ConversationID, m desk.MessageID, detail string) error
}

// RawStore keeps raw mail.
type RawStore interface {
	Put(ctx context.Context, key string, data []byte) error
	// ReadInto reads the beginning of an object into a buffer.
	ReadInto(ctx context.Context, key string, into []byte) (int, error)
	Delete(ctx context.Context, key string) error
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
const writers = 32

// arrival is one fetched mail, read and recognised.
type arrival struct {
	id   desk.MessageID // also the hash of its content: the same mail has the same id
	uid  uint32
	size int64 // as the server says
	raw  []byte
	cut  bool
	at   time.Time
	sent bool // from the Sent folder, or a copy of the seller's own answer
	mail *message.Message
	seen marketplace.Recognised
	msg  desk.Message // as the conversation shows it

	imported   bool
	midKey     string   // thread key of its Message-ID, also the duplicate check
	threadKeys []string // of the marketplace, strongest first
	refKeys    []string // of References, newest first
}

// keepAll takes mails in and returns what the counters must learn when the batch
// is committed. Mail that cannot be stored is set aside.
func (r *run) keepAll(ctx context.Context, b desk.Batch, arrivals []*arrival) (desk.Counts, error) {
	claims, err := r.claims(ctx, arrivals)
	if err != nil {
		return nil, err
	}
	gone, err := r.writeDown(ctx, b, arrivals)
	if err != nil {
		return nil, err
	}
	// What is written after the lease has run out would go unnoticed by whoever
	// has it then.
	ctx, cancel := context.WithTimeout(ctx, leaseTime)
	defer cancel()
	moved, jobs, err := r.withdraw(ctx, gone)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	for _, related := range relate(arrivals) {
		group.Go(func() error {
			for _, a := range related {
				c, transitions, err := r.keepOrSetAside(gctx, b, a, claims)
				if err != nil {
					return fmt.Errorf("taking a mail in: %w", err)
				}
				mu.Lock()
				moved.add(c, transitions)
				if c != "" && !a.sent {
					jobs = append(jobs, desk.Job{Org: r.box.Org, Conversation: c, Message: a.id})
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
	return moved.delta(), nil
}

// ledgers are the status changes of one batch, by conversation.
type ledgers map[desk.ConversationID][]desk.Transition

// add takes a conversation's ledger, which only grows.
func (l ledgers) add(c desk.ConversationID, transitions []desk.Transition) {
	if len(transitions) >= len(l[c]) {
		l[c] = transitions
	}
}

func (l ledgers) delta() desk.Counts {
	counts := desk.Counts{}
	for _, transitions := range l {
		for _, tr := range transitions {
			counts[tr.To]++
			if tr.From != "" {
				counts[tr.From]--
			}
		}
	}
	return counts
}

// read parses and recognises a mail. Whatever happens the mail is kept: when
// reading it breaks, it comes in as a mail whose text is in the original.
func (r *run) read(a *arrival, begun time.Time) {
	a.id = contentID(a.raw)
	a.midKey = "h:" + string(a.id)
	if err := r.understand(a, begun); err != nil {
		r.Log.Error("a mail could not be read", "org", r.box.Org, "mailbox", r.box.ID, "message", a.id, "err", err)
		a.mail = &message.Message{Warnings: []message.Warning{{Code: "unreadable"}}}
		a.seen = marketplace.Recognised{
			Type: desk.Set(desk.OtherMail, desk.ByDefault, desk.ReasonDefault, ""), Category: desk.Set(desk.Category(desk.OtherMail), desk.ByDefault, desk.ReasonDefault, ""),
		}
		a.threadKeys, a.refKeys = nil, nil
		if a.at.IsZero() {
			a.at = begun
		}
		a.msg = a.message()
	}
}

// understand is read for all mail but that which makes a parser panic.
func (r *run) understand(a *arrival, begun time.Time) (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("reading a mail: %v", broken)
		}
	}()
	a.mail = r.parse(a.raw)
	for _, at := range []time.Time{a.mail.Date, begun} {
		if a.at.IsZero() || a.at.After(begun.AddDate(0, 0, 2)) {
			a.at = at.UTC()
		}
	}
	a.seen = bounded(marketplace.Recognise(View(a.mail), marketplace.Mailbox{
		Address: r.box.Address, Stores: r.box.Stores, AuthServID: authServIDs(r.box),
	}))
	a.sent = a.sent || a.seen.OwnCopy
	if a.mail.MessageID != "" {
		a.midKey = midKey(a.mail.MessageID)
	}
	for _, key := range a.seen.ThreadKeys {
		a.threadKeys = append(a.threadKeys, threadKey(key))
	}
	a.refKeys = refKeys(a.mail)
	a.msg = a.message()
	return nil
}

func (r *run) parse(raw []byte) *message.Message {
	if r.Parse != nil {
		return r.Parse(raw)
	}
	return message.Read(raw, message.Limits{Listing: true})
}

// ConversationID names a conversation after the mail it begins with. The same
// mail in two mailboxes begins two conversations.
func ConversationID(box desk.MailboxID, first desk.MessageID) desk.ConversationID {
	sum := sha256.Sum256([]byte(string(box) + " " + string(first)))
	return desk.ConversationID(short(sum[:]))
}

// longKey is from where on a marketplace's thread key is kept as its hash: some
// are made of addresses, which a stranger can make longer than any database key.
const longKey = 120

func threadKey(key string) string {
	if len(key) <= longKey {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return "t:" + short(sum[:])
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
	// Without a Message-ID nothing says that two mails which look alike are one.
	whole := !messageIDLine.Match(head)
	keep := whole
	for line := range bytes.Lines(head) {
		if line[0] != ' ' && line[0] != '\t' {
			name, _, _ := bytes.Cut(line, []byte(":"))
			keep = whole || identity[strings.ToLower(string(name))]
		}
		if keep {
			_, _ = sum.Write(bytes.TrimRight(line, "\r\n")) // never fails
		}
	}
	_, _ = sum.Write(body)
	return desk.MessageID(short(sum.Sum(nil)))
}

var messageIDLine = regexp.MustCompile(`(?im)^message-id:[ \t]*\S`)

var identity = map[string]bool{
	"message-id": true, "date": true, "from": true, "to": true, "cc": true, "subject": true,
	"content-type": true, "content-transfer-encoding": true, "content-disposition": true,
}

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
	return slices.Concat([]string{a.midKey}, a.threadKeys, a.refKeys)
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
