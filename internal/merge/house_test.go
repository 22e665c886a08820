package merge

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/cloud"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dynamo"
	"github.com/quilldesk/quilldesk/internal/triage"
)

// embedded is the package's one storage; every test has an organisation of its own.
var embedded *cloud.Embedded

func TestMain(m *testing.M) {
	os.Exit(cloud.WithEmbedded("../../template.yaml", func(e *cloud.Embedded) int {
		embedded = e
		return m.Run()
	}))
}

const box = desk.MailboxID("boxabcde")

var (
	noon          = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	organisations atomic.Int64
)

// house is an organisation with one mailbox, and what a test did to it.
type house struct {
	*testing.T
	org    desk.OrgID
	table  *dynamo.Table
	merger *Merger
	sorts  []desk.Job
	broken []desk.Job // moves that broke off
	count  int
	delta  desk.Counts // what the counters learn at the next commit
	// began is where each message was first.
	began map[desk.MessageID]desk.ConversationID
}

func build(t *testing.T) *house {
	t.Helper()
	h := &house{T: t, org: desk.OrgID(fmt.Sprintf("orgmerge%02d", organisations.Add(1))), began: map[desk.MessageID]desk.ConversationID{}}
	h.table = dynamo.New(embedded.DynamoDB, embedded.Table, h.now)
	h.merger = &Merger{State: h.table, Work: h, Now: h.now}
	h.must(h.table.CreateOrganisation(t.Context(), desk.Organisation{ID: h.org}, desk.Member{Email: string(h.org) + "@lumenhaus.example", Role: desk.Owner}))
	h.must(h.table.AddMailbox(t.Context(), desk.Mailbox{ID: box, Org: h.org, Address: "service@lumenhaus.example"}, desk.Sync{Org: h.org, Mailbox: box}))
	return h
}

func (h *house) now() time.Time { return noon.Add(time.Duration(h.count) * time.Minute) }

func (h *house) Triage(_ context.Context, jobs []desk.Job) error {
	h.sorts = append(h.sorts, jobs...)
	return nil
}

// PurgeLater notes a move that is to be completed.
func (h *house) PurgeLater(_ context.Context, job desk.Job, _ time.Duration) error {
	h.broken = append(h.broken, job)
	return nil
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) is(code string, err error) {
	h.Helper()
	if desk.CodeOf(err) != code {
		h.Errorf("want %s, got %v", code, err)
	}
}

// write is a change of a mail before it arrives, and of the conversation it begins.
type write func(*desk.Message, *desk.Conversation)

func about(order string) write {
	return func(m *desk.Message, c *desk.Conversation) {
		m.Text += " about " + order
		c.OrderNumbers = []string{order}
	}
}

func by(name, address string) write {
	return func(m *desk.Message, c *desk.Conversation) {
		m.From = desk.Contact{Name: name, Address: address}
		c.Buyer, c.Route.To = m.From, address
	}
}

// mail takes one mail in as a fetcher does, in a batch of its own.
func (h *house) mail(id desk.ConversationID, writes ...write) desk.MessageID {
	h.Helper()
	m := h.arrive(id, writes...)
	h.commit()
	return m
}

// arrive takes one mail in; its batch is not committed.
func (h *house) arrive(id desk.ConversationID, writes ...write) desk.MessageID {
	h.Helper()
	h.count++
	m := desk.Message{
		ID: desk.MessageID(fmt.Sprintf("mail%06d", h.count)), Conversation: id, Direction: desk.Incoming, At: h.now(),
		From: desk.Contact{Name: "Kim Larsen", Address: "kim@buyers.example"}, Subject: "Lamp", Text: fmt.Sprint("mail ", h.count),
	}
	fresh := desk.Conversation{
		Mailbox: box, Store: desk.Own, Buyer: m.From, Subject: m.Subject, Title: m.Subject, Route: desk.ReplyRoute{To: m.From.Address},
		Labels: desk.Labels{Type: desk.Set(desk.AfterSale, desk.ByRule, desk.ReasonOrder, "")},
	}
	for _, f := range writes {
		f(&m, &fresh)
	}
	h.began[m.ID] = id
	h.store(m, fresh)
	return m.ID
}

func (h *house) store(m desk.Message, fresh desk.Conversation) {
	h.Helper()
	ctx, key := h.Context(), "m:"+string(m.ID)
	_, err := h.table.Claim(ctx, h.org, box, key, desk.Content{Hash: string(m.ID), Conversation: m.Conversation})
	h.must(err)
	h.must(h.table.PutIncoming(ctx, h.org, m, []string{key}))
	sync, err := h.table.Sync(ctx, h.org, box)
	h.must(err)
	_, transitions, err := h.table.Apply(ctx, h.org, m.Conversation, m.ID, sync.Epoch, func(c *desk.Conversation) {
		if c.Messages == 0 {
			fresh.ID, fresh.Org, fresh.Version = c.ID, c.Org, c.Version
			*c = fresh
		}
		c.Messages++
		c.LastAt, c.Newest, c.LastIncoming, c.Snippet, c.Status = m.At, m.ID, m.ID, m.Text, desk.Awaiting
		if !c.Clock.Running() {
			c.Clock = desk.ResponseClock{Start: m.At, Due: m.At.Add(24 * time.Hour), Target: true}
		}
	})
	var moved *desk.Moved
	if errors.As(err, &moved) {
		m.Conversation = moved.Into
		h.store(m, fresh)
		return
	}
	h.must(err)
	h.delta = desk.Counts{}
	for _, tr := range transitions {
		h.delta[tr.To]++
		if tr.From != "" {
			h.delta[tr.From]--
		}
	}
}

func (h *house) commit() {
	h.Helper()
	sync, err := h.table.Sync(h.Context(), h.org, box)
	h.must(err)
	h.must(h.table.Lease(h.Context(), sync, "worker", h.now()))
	h.must(h.table.Commit(h.Context(), sync, "worker", h.now(), h.delta))
	h.delta = nil
}

// reply is an answer that was sent.
func (h *house) reply(id desk.ConversationID) desk.MessageID {
	h.Helper()
	return h.outgoing(id, desk.Sent)
}

func (h *house) outgoing(id desk.ConversationID, state desk.SendState) desk.MessageID {
	h.Helper()
	h.count++
	m := desk.Message{
		ID: desk.OutgoingID(h.now(), fmt.Sprint(h.count)), Conversation: id, Direction: desk.Outgoing, At: h.now(), Text: fmt.Sprint("reply ", h.count),
		Send: &desk.Dispatch{State: state, Copied: true, NotAfter: h.now()},
	}
	h.must(h.table.Queue(h.Context(), h.org, &m, func(c *desk.Conversation) error {
		c.Close(desk.Replied)
		c.LastAt, c.Newest, c.Snippet = m.At, m.ID, m.Text
		c.Messages++
		return nil
	}))
	h.began[m.ID] = id
	return m.ID
}

func (h *house) conversation(id desk.ConversationID) desk.Conversation {
	h.Helper()
	c, err := h.table.Conversation(h.Context(), h.org, id)
	h.must(err)
	return c
}

func (h *house) merge(from, into desk.ConversationID) Done {
	h.Helper()
	done, err := h.merger.Merge(h.Context(), h.conversation(from), h.conversation(into), "agent@lumenhaus.example", true)
	h.must(err)
	return done
}

func (h *house) split(from desk.ConversationID, messages ...desk.MessageID) desk.ConversationID {
	h.Helper()
	done, err := h.merger.Split(h.Context(), h.conversation(from), messages, "agent@lumenhaus.example")
	h.must(err)
	return done.Conversation
}

// living are the conversations that the inbox lists.
func (h *house) living() []desk.ConversationID {
	h.Helper()
	list, err := h.table.InMailbox(h.Context(), h.org, box, 1000)
	h.must(err)
	slices.Sort(list)
	return list
}

// check holds everything that must be true whatever was moved.
func (h *house) check() {
	h.Helper()
	at := map[desk.MessageID]desk.ConversationID{}
	counts := desk.Counts{desk.Awaiting: 0, desk.Replied: 0, desk.NoReply: 0}
	for _, id := range h.living() {
		th, err := h.table.Thread(h.Context(), h.org, id)
		h.must(err)
		c := th.Conversation
		counts[c.Status]++
		if c.Messages != len(th.Messages) || len(th.Messages) == 0 {
			h.Errorf("%s says %d messages and has %d", id, c.Messages, len(th.Messages))
		}
		for _, m := range th.Messages {
			if at[m.ID] != "" || m.Conversation != id {
				h.Errorf("%s is in %s and in %s, and says %s", m.ID, at[m.ID], id, m.Conversation)
			}
			at[m.ID] = id
		}
		if last := th.Messages[len(th.Messages)-1]; c.Newest != last.ID || !c.LastAt.Equal(last.At) {
			h.Errorf("%s is newest at %s, the last is %s", id, c.Newest, last.ID)
		}
		if found, err := h.table.Find(h.Context(), h.org, c.Buyer.Address, 1000); err != nil || !slices.Contains(found, id) {
			h.Errorf("%s is not found by its buyer: %v", id, err)
		}
	}
	if !slices.Equal(slices.Sorted(maps.Keys(at)), slices.Sorted(maps.Keys(h.began))) {
		h.Errorf("messages are %v, want %v", slices.Sorted(maps.Keys(at)), slices.Sorted(maps.Keys(h.began)))
	}
	for m, first := range h.began {
		place, err := h.table.Place(h.Context(), h.org, first, m)
		h.must(err)
		if place != at[m] {
			h.Errorf("%s is sought in %s and is in %s", m, place, at[m])
		}
		if _, ours := desk.OutgoingAt(m); ours {
			continue
		}
		claims, err := h.table.Claims(h.Context(), h.org, box, []string{"m:" + string(m)})
		h.must(err)
		if c, err := h.table.Conversation(h.Context(), h.org, claims["m:"+string(m)].Conversation); err != nil || c.ID != at[m] {
			h.Errorf("the thread key of %s leads to %s: %v", m, c.ID, err)
		}
	}
	sync, err := h.table.Sync(h.Context(), h.org, box)
	h.must(err)
	if !maps.Equal(sync.Counts, counts) {
		h.Errorf("counters %v, there are %v", sync.Counts, counts)
	}
	pending := 0
	h.must(h.table.UnfinishedMoves(h.Context(), h.now().Add(time.Hour), func(org desk.OrgID, _ desk.ConversationID) error {
		if org == h.org {
			pending++
		}
		return nil
	}))
	if pending > 0 {
		h.Errorf("%d moves are not over", pending)
	}
}

// same reports whether two conversations are equal but for their versions.
func same(a, b desk.Conversation) bool {
	a.Version, b.Version = 0, 0
	return reflect.DeepEqual(a, b)
}

// findable puts the terms of a conversation in place as sorting does.
func (h *house) findable(ids ...desk.ConversationID) {
	h.Helper()
	for _, id := range ids {
		c := h.conversation(id)
		h.must(h.table.PutFind(h.Context(), c, triage.Terms(c)))
	}
}
