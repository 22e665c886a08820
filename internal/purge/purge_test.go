package purge

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	awsdynamo "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/infra/local/cloud"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dynamo"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/outbox"
	"github.com/quilldesk/quilldesk/internal/s3"
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

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// house is an organisation with a mailbox that is about to go and one that stays.
type house struct {
	*testing.T
	org    desk.OrgID
	table  *dynamo.Table
	bucket *s3.Bucket
	now    time.Time
}

// organisations counts them, so that every house has one of its own.
var organisations atomic.Int64

func build(t *testing.T) *house {
	org := desk.OrgID(fmt.Sprintf("orgpurge%02d", organisations.Add(1)))
	t.Helper()
	h := &house{T: t, org: org, now: noon, bucket: s3.New(embedded.AWS, embedded.S3URL, embedded.Bucket, time.Now)}
	h.table = dynamo.New(embedded.DynamoDB, embedded.Table, func() time.Time { return h.now })
	h.must(h.table.CreateOrganisation(t.Context(), desk.Organisation{ID: org}, desk.Member{Email: string(org) + "@lumenhaus.example", Role: desk.Owner}))
	for _, id := range []desk.MailboxID{"goes", "stays"} {
		h.must(h.table.AddMailbox(t.Context(), desk.Mailbox{ID: id, Org: org, Address: string(id) + "@lumenhaus.example"}, desk.Sync{Org: org, Mailbox: id}))
		for n := range 3 {
			h.mail(id, fmt.Sprint("m", n))
		}
	}
	return h
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// mail stores a mail as a fetcher does, with everything that hangs on it.
func (h *house) mail(box desk.MailboxID, name string) desk.Conversation {
	h.Helper()
	ctx, id := h.Context(), desk.MessageID(name)
	conv := mailbox.ConversationID(box, id)
	h.must(h.bucket.Put(ctx, mailbox.RawKey(h.org, box, id), []byte("raw")))
	h.must(h.table.PutIncoming(ctx, h.org, desk.Message{ID: id, Conversation: conv, At: noon, Text: "hello"}, []string{"m:" + name, "order:" + name}))
	for _, key := range []string{"m:" + name, "order:" + name} {
		_, err := h.table.Claim(ctx, h.org, box, key, desk.Content{Hash: name, Conversation: conv})
		h.must(err)
	}
	_, _, err := h.table.Apply(ctx, h.org, conv, id, 0, func(c *desk.Conversation) {
		c.Mailbox, c.Status, c.LastAt, c.OrderNumbers = box, desk.Awaiting, noon, []string{name + string(box)}
		c.Buyer = desk.Contact{Name: "Kim Larsen", Address: "kim@buyers.example"}
	})
	h.must(err)
	c, err := h.table.Change(ctx, h.org, conv, func(*desk.Conversation) error { return nil })
	h.must(err)
	h.must(h.table.PutFind(ctx, c, triage.Terms(c)))
	h.must(h.table.PutSuggestions(ctx, h.org, conv, desk.Suggestions{For: id}))
	h.must(h.table.MarkPresence(ctx, h.org, conv, dynamo.Presence{Email: "a@lumenhaus.example"}, noon.Add(time.Minute)))
	return c
}

func (h *house) unbind() {
	h.Helper()
	h.must(h.table.SetAside(h.Context(), desk.SetAside{ID: "00000007poison", Org: h.org, Mailbox: "goes", Folder: "INBOX", UID: 7, Raw: 3}))
	h.must(h.bucket.Put(h.Context(), mailbox.AsideKey(h.org, "goes", "00000007poison"), []byte("raw")))
	h.must(h.bucket.Put(h.Context(), mailbox.RawKey(h.org, "goes", "large/00000009/0000"), []byte("piece")))
	box, err := h.table.Mailbox(h.Context(), h.org, "goes")
	h.must(err)
	box.Purging = true
	h.must(h.table.ChangeMailbox(h.Context(), box))
}

func (h *house) purger(state State, objects Objects) *Purger {
	return &Purger{State: state, Objects: objects, Now: func() time.Time { return h.now }, Again: func(context.Context, desk.Job, time.Duration) error { return nil },
		Finish: func(context.Context, desk.OrgID, desk.ConversationID) error { return nil }}
}

// left are the keys of everything of the organisation that names the mailbox or
// its conversations.
func (h *house) left() (left []string) {
	h.Helper()
	pages := awsdynamo.NewScanPaginator(embedded.DynamoDB, &awsdynamo.ScanInput{TableName: &embedded.Table})
	goes := map[string]bool{}
	for n := range 6 {
		goes[string(mailbox.ConversationID("goes", desk.MessageID(fmt.Sprint("m", n))))] = true
	}
	for pages.HasMorePages() {
		page, err := pages.NextPage(h.Context())
		h.must(err)
		for _, it := range page.Items {
			key := it["pk"].(*types.AttributeValueMemberS).Value + " " + it["sk"].(*types.AttributeValueMemberS).Value
			if !strings.Contains(key, "#"+string(h.org)) {
				continue
			}
			for part := range strings.FieldsFuncSeq(key, func(c rune) bool { return c == '#' || c == ' ' || c == '@' }) {
				if part == "goes" || goes[part] {
					left = append(left, key)
				}
			}
		}
	}
	keys, err := h.bucket.Keys(h.Context(), mailbox.RawKey(h.org, "goes", ""))
	h.must(err)
	return append(left, keys...)
}

// others checks that the mailbox that stays has lost nothing.
func (h *house) others() {
	h.Helper()
	rows, _, err := h.table.Page(h.Context(), h.org, dynamo.Filter{}, "", 50)
	h.must(err)
	if len(rows) != 3 {
		h.Errorf("the other mailbox has %d conversations", len(rows))
	}
	keys, err := h.bucket.Keys(h.Context(), mailbox.RawKey(h.org, "stays", ""))
	h.must(err)
	found, err := h.table.Find(h.Context(), h.org, "kim@buyers.example", 50)
	h.must(err)
	if len(keys) != 3 || len(found) != 3 {
		h.Errorf("the other mailbox has %d originals and is found by %d conversations", len(keys), len(found))
	}
	sync, err := h.table.Sync(h.Context(), h.org, "stays")
	h.must(err)
	if sync.Counts[desk.Awaiting] != 0 { // nothing was committed in this test
		h.Errorf("counts %v", sync.Counts)
	}
}

func TestUnbindingLeavesNothing(t *testing.T) {
	t.Parallel()
	h := build(t)
	deleted := h.mail("goes", "m3") // deleted by hand before: its thread keys stay
	h.must(h.table.RemoveFind(t.Context(), deleted, triage.Terms(deleted)))
	h.must(h.table.RemoveConversation(t.Context(), deleted))
	p := h.purger(h.table, h.bucket)
	h.must(p.Purge(t.Context(), desk.Job{Org: h.org, Mailbox: "goes", Conversation: deleted.ID}))
	claims, err := h.table.Claims(t.Context(), h.org, "goes", []string{"m:m3", "order:m3"})
	if err != nil || len(claims) != 2 {
		t.Errorf("the tombstone is gone: %v %v", claims, err)
	}
	if keys, err := h.bucket.Keys(t.Context(), mailbox.RawKey(h.org, "goes", "m3")); err != nil || len(keys) != 0 {
		t.Errorf("the original is kept: %v %v", keys, err)
	}
	h.must(p.Purge(t.Context(), desk.Job{Org: h.org, Mailbox: "goes"}))
	if _, err := h.table.Conversation(t.Context(), h.org, mailbox.ConversationID("goes", "m0")); err != nil {
		t.Errorf("a mailbox that nobody unbinds was purged: %v", err)
	}
	// A fetcher died before it had made conversations of these.
	h.must(h.bucket.Put(t.Context(), mailbox.RawKey(h.org, "goes", "m4"), []byte("raw")))
	h.must(h.bucket.Put(t.Context(), mailbox.RawKey(h.org, "goes", "m5"), []byte("raw")))
	orphan := mailbox.ConversationID("goes", "m5")
	h.must(h.table.PutIncoming(t.Context(), h.org, desk.Message{ID: "m5", Conversation: orphan, At: noon}, []string{"m:m5"}))
	_, err = h.table.Claim(t.Context(), h.org, "goes", "m:m5", desk.Content{Hash: "m5", Conversation: orphan})
	h.must(err)

	h.unbind()
	h.must(p.Purge(t.Context(), desk.Job{Org: h.org, Mailbox: "goes"}))
	if left := h.left(); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
	h.must(p.Purge(t.Context(), desk.Job{Org: h.org, Mailbox: "goes"})) // once more
	h.others()
}

// crashing dies at its n-th call and stays dead.
type crashing struct {
	State
	Objects
	left int
}

var errCrash = desk.Errorf(desk.Unavailable, "storage", "crashed")

func (c *crashing) dies() bool { c.left--; return c.left <= 0 }

func (c *crashing) RemoveConversation(ctx context.Context, conv desk.Conversation) error {
	if c.dies() {
		return errCrash
	}
	return c.State.RemoveConversation(ctx, conv)
}

func (c *crashing) RemoveFind(ctx context.Context, conv desk.Conversation, terms []string) error {
	if c.dies() { // half of it is done
		_ = c.State.RemoveFind(ctx, conv, terms[:1])
		return errCrash
	}
	return c.State.RemoveFind(ctx, conv, terms)
}

func (c *crashing) PurgeConversation(ctx context.Context, org desk.OrgID, box desk.MailboxID, id desk.ConversationID, keys bool, files func(desk.Message) error) error {
	if c.dies() {
		return errCrash
	}
	return c.State.PurgeConversation(ctx, org, box, id, keys, files)
}

func (c *crashing) PurgeTombs(ctx context.Context, org desk.OrgID, box desk.MailboxID) error {
	if c.dies() {
		return errCrash
	}
	return c.State.PurgeTombs(ctx, org, box)
}

func (c *crashing) ForgetMailbox(ctx context.Context, m desk.Mailbox) error {
	if c.dies() {
		return errCrash
	}
	return c.State.ForgetMailbox(ctx, m)
}

func (c *crashing) Delete(ctx context.Context, key string) error {
	if c.dies() {
		return errCrash
	}
	return c.Objects.Delete(ctx, key)
}

func TestUnbindingGoesOnAfterACrashAtAnyStep(t *testing.T) {
	t.Parallel()
	for step := 1; step <= 14; step++ {
		t.Run(fmt.Sprint("step ", step), func(t *testing.T) {
			t.Parallel()
			h := build(t)
			h.unbind()
			job := desk.Job{Org: h.org, Mailbox: "goes"}
			c := &crashing{State: h.table, Objects: h.bucket, left: step}
			if err := h.purger(c, c).Purge(t.Context(), job); err == nil {
				t.Fatal("it did not crash")
			}
			h.must(h.purger(h.table, h.bucket).Purge(t.Context(), job))
			if left := h.left(); len(left) != 0 {
				t.Errorf("left: %q", left)
			}
			h.others()
		})
	}
}

func TestAPurgeWaitsForTheFetcher(t *testing.T) {
	t.Parallel()
	h := build(t)
	sync, err := h.table.Sync(t.Context(), h.org, "goes")
	h.must(err)
	h.must(h.table.Lease(t.Context(), sync, "fetcher", noon.Add(time.Minute)))
	h.unbind()
	p, job := h.purger(h.table, h.bucket), desk.Job{Org: h.org, Mailbox: "goes"}
	waits := time.Duration(0)
	p.Again = func(_ context.Context, _ desk.Job, after time.Duration) error { waits += after; return nil }
	h.must(p.Purge(t.Context(), job))
	if waits != wait {
		t.Errorf("it comes again after %s", waits)
	}
	if _, err := h.table.Mailbox(t.Context(), h.org, "goes"); err != nil {
		t.Errorf("the mailbox is gone while it is fetched: %v", err)
	}
	h.now = noon.Add(2 * time.Minute)
	h.must(p.Purge(t.Context(), job))
	if left := h.left(); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
}

func TestTheRestIsQueuedBeforeTheDeadline(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.now = time.Now()
	h.unbind()
	again := 0
	p := h.purger(h.table, h.bucket)
	p.Again = func(context.Context, desk.Job, time.Duration) error { again++; return nil }
	ctx, cancel := context.WithTimeout(t.Context(), spare-time.Second)
	defer cancel()
	h.must(p.Purge(ctx, desk.Job{Org: h.org, Mailbox: "goes"}))
	if again != 1 {
		t.Errorf("queued %d times", again)
	}
	if _, err := h.table.Mailbox(t.Context(), h.org, "goes"); err != nil {
		t.Errorf("the mailbox is forgotten already: %v", err)
	}
	h.must(p.Purge(t.Context(), desk.Job{Org: h.org, Mailbox: "goes"}))
	if left := h.left(); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
}

func TestADeletedConversationThatCameBackIsLeftAlone(t *testing.T) {
	t.Parallel()
	h := build(t)
	id := mailbox.ConversationID("goes", "m0")
	h.must(h.purger(h.table, h.bucket).Purge(t.Context(), desk.Job{Org: h.org, Mailbox: "goes", Conversation: id}))
	if th, err := h.table.Thread(t.Context(), h.org, id); err != nil || len(th.Messages) != 1 {
		t.Errorf("%+v %v", th, err)
	}
}

// TestFilesOfSentMailGoWithIt holds deleting and unbinding to the files that mail
// was sent with, those of mail that never got into the outbox included.
func TestFilesOfSentMailGoWithIt(t *testing.T) {
	t.Parallel()
	h := build(t)
	sent := func(box desk.MailboxID, c desk.Conversation) string {
		file := desk.Attachment{Name: "a.pdf", Size: 10, Key: outbox.KeptPrefix(h.org, box) + string(c.ID) + "/upload1"}
		id := desk.OutgoingID(noon, "0123456789")
		m := desk.Message{ID: id, Conversation: c.ID, Direction: desk.Outgoing, At: noon, Attachments: []desk.Attachment{file}, Send: &desk.Dispatch{State: desk.Sent, Copied: true}}
		h.must(h.table.Queue(t.Context(), h.org, &m, func(*desk.Conversation) error { return nil }))
		for _, key := range outbox.Pieces(file) {
			h.must(h.bucket.Put(t.Context(), key, []byte("0123456789")))
		}
		return file.Key
	}
	keys := func(box desk.MailboxID) []string {
		t.Helper()
		keys, err := h.bucket.Keys(t.Context(), outbox.KeptPrefix(h.org, box))
		h.must(err)
		return keys
	}
	deleted := h.mail("goes", "m3")
	sent("goes", deleted)
	kept, err := h.table.Conversation(t.Context(), h.org, mailbox.ConversationID("goes", "m0"))
	h.must(err)
	sent("goes", kept)
	other, err := h.table.Conversation(t.Context(), h.org, mailbox.ConversationID("stays", "m0"))
	h.must(err)
	sent("stays", other)
	deleted, err = h.table.Conversation(t.Context(), h.org, deleted.ID)
	h.must(err)
	h.must(h.table.RemoveFind(t.Context(), deleted, triage.Terms(deleted)))
	h.must(h.table.RemoveConversation(t.Context(), deleted))
	p := h.purger(h.table, h.bucket)
	h.must(p.Purge(t.Context(), desk.Job{Org: h.org, Mailbox: "goes", Conversation: deleted.ID}))
	if left := keys("goes"); len(left) != 1 || !strings.Contains(left[0], string(kept.ID)) {
		t.Errorf("after deleting one: %q", left)
	}
	h.must(h.bucket.Put(t.Context(), outbox.KeptPrefix(h.org, "goes")+"never/queued/0", []byte("x")))
	h.must(h.table.PutSendings(t.Context(), h.org, "goes", desk.Sendings{Hours: []desk.SentIn{{From: noon, Messages: 1, Recipients: 1}}}))
	h.unbind()
	h.must(p.Purge(t.Context(), desk.Job{Org: h.org, Mailbox: "goes"}))
	if left := append(keys("goes"), h.left()...); len(left) != 0 {
		t.Errorf("after unbinding: %q", left)
	}
	if left := keys("stays"); len(left) != 1 {
		t.Errorf("the other mailbox has %q", left)
	}
}
