package purge

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	awsdynamo "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/merge"
	"github.com/quilldesk/quilldesk/internal/outbox"
)

// everything are the keys of all items and objects of the organisation.
func (h *house) everything() (all []string) {
	h.Helper()
	pages := awsdynamo.NewScanPaginator(embedded.DynamoDB, &awsdynamo.ScanInput{TableName: &embedded.Table})
	for pages.HasMorePages() {
		page, err := pages.NextPage(h.Context())
		h.must(err)
		for _, it := range page.Items {
			key := it["pk"].(*types.AttributeValueMemberS).Value + " " + it["sk"].(*types.AttributeValueMemberS).Value
			if strings.Contains(key, string(h.org)) {
				all = append(all, key)
			}
		}
	}
	for _, prefix := range []string{"raw", "out", "export", "pending"} {
		keys, err := h.bucket.Keys(h.Context(), prefix+"/"+string(h.org)+"/")
		h.must(err)
		all = append(all, keys...)
	}
	slices.Sort(all)
	return all
}

// unsorted is a queue that nobody reads.
type unsorted struct{}

func (unsorted) Triage(context.Context, []desk.Job) error { return nil }

func (unsorted) PurgeLater(context.Context, desk.Job, time.Duration) error { return nil }

// fill puts into a mailbox whatever a mailbox can hold.
func (h *house) fill(box desk.MailboxID) {
	h.Helper()
	ctx := h.Context()
	h.must(h.table.AddMailbox(ctx, desk.Mailbox{ID: box, Org: h.org, Address: string(box) + "@lumenhaus.example"}, desk.Sync{Org: h.org, Mailbox: box}))
	var made []desk.Conversation
	for n := range 5 {
		made = append(made, h.mail(box, fmt.Sprint("f", n)))
	}
	sync, err := h.table.Sync(ctx, h.org, box)
	h.must(err)
	h.must(h.table.Lease(ctx, sync, "fetcher", noon.Add(-time.Minute)))
	h.must(h.table.Commit(ctx, sync, "fetcher", noon.Add(-time.Minute), desk.Counts{desk.Awaiting: 5}))

	// Sent, with a file; and a file whose mail never came to be.
	file := outbox.KeptPrefix(h.org, box) + "file1"
	sent := desk.Message{
		ID: desk.OutgoingID(noon, "sent"), Conversation: made[0].ID, Direction: desk.Outgoing, At: noon, Text: "Yes.",
		Attachments: []desk.Attachment{{Name: "a.pdf", Key: file, Size: 3}}, Send: &desk.Dispatch{State: desk.Failed},
	}
	h.must(h.table.Queue(ctx, h.org, &sent, func(c *desk.Conversation) error { c.Messages++; return nil }))
	for _, key := range append(outbox.Pieces(sent.Attachments[0]), outbox.KeptPrefix(h.org, box)+"lost/0") {
		h.must(h.bucket.Put(ctx, key, []byte("pdf")))
	}
	// What models leave, and what people taught them.
	h.must(h.table.PutTranslation(ctx, h.org, made[0].ID, "f0", desk.Translated{Language: "de"}))
	h.must(h.table.PutPartial(ctx, h.org, made[0].ID, "r1", "Dear", noon.Add(time.Minute)))
	h.must(h.table.SortAgain(ctx, h.org, made[0].ID, "f0", desk.Again{Since: noon, Tries: 1}, noon))
	h.must(h.table.AddExample(ctx, h.org, desk.Example{Mailbox: box, Conversation: made[0].ID, At: noon, Text: string(box)}))
	h.must(h.table.PutQuestion(ctx, h.org, desk.Question{ID: "q" + string(box), Text: "Is it?", Mailbox: box}))
	h.must(h.table.PutSendings(ctx, h.org, box, desk.Sendings{Minutes: []desk.SentIn{{From: noon, Messages: 1}}}))

	// One merged, one whose message was split off, one whose move broke off.
	merger := &merge.Merger{State: h.table, Work: unsorted{}, Now: func() time.Time { return h.now }}
	current := func(id desk.ConversationID) desk.Conversation {
		c, err := h.table.Conversation(ctx, h.org, id)
		h.must(err)
		return c
	}
	_, err = merger.Merge(ctx, current(made[1].ID), current(made[0].ID), "", true)
	h.must(err)
	_, err = merger.Split(ctx, current(made[0].ID), []desk.MessageID{"f1"}, "")
	h.must(err)
	broken := desk.Move{ID: "broken", Org: h.org, Mailbox: box, From: made[0].ID, To: "unborn" + desk.ConversationID(box), Messages: []desk.MessageID{"f0"}, Begun: noon}
	h.must(h.table.PlanMove(ctx, broken))
	h.must(h.table.MoveMessages(ctx, broken))
	// One deleted by hand.
	h.must(h.table.RemoveConversation(ctx, current(made[2].ID)))
	h.must(h.purger(h.table, h.bucket).Purge(ctx, desk.Job{Org: h.org, Mailbox: box, Conversation: made[2].ID}))
	h.must(h.table.RemoveFind(ctx, made[2], []string{"f2" + string(box), "kim@buyers.example", "Kim Larsen", "Kim", "Larsen"}))

	// Mail set aside, a piece of a large one, and an export.
	h.must(h.table.SetAside(ctx, desk.SetAside{ID: "00000007poison", Org: h.org, Mailbox: box, Folder: "INBOX", UID: 7, Raw: 3}))
	h.must(h.bucket.Put(ctx, mailbox.AsideKey(h.org, box, "00000007poison"), []byte("raw")))
	h.must(h.bucket.Put(ctx, mailbox.RawKey(h.org, box, "large/00000009/0000"), []byte("piece")))
	e, err := h.table.StartExport(ctx, desk.Export{ID: "e1", Org: h.org, Mailbox: box, State: desk.ExportRunning, StartedAt: noon})
	h.must(err)
	h.must(h.bucket.Put(ctx, e.Prefix()+"mail-0001.mbox", []byte("From ")))
	h.must(h.bucket.Put(ctx, e.Prefix()+"work/ids", []byte("ids")))
}

// dying dies at its n-th call, whatever it is, and stays dead.
type dying struct {
	*crashing
}

func (d dying) PurgeAsides(ctx context.Context, org desk.OrgID, box desk.MailboxID) error {
	if d.dies() {
		return errCrash
	}
	return d.State.PurgeAsides(ctx, org, box)
}

func (d dying) ForgetExport(ctx context.Context, org desk.OrgID, box desk.MailboxID) error {
	if d.dies() {
		return errCrash
	}
	return d.State.ForgetExport(ctx, org, box)
}

func (d dying) DropExamples(ctx context.Context, org desk.OrgID, gone func(desk.Example) bool) error {
	if d.dies() {
		return errCrash
	}
	return d.State.DropExamples(ctx, org, gone)
}

func (d dying) Keys(ctx context.Context, prefix string) ([]string, error) {
	if d.dies() {
		return nil, errCrash
	}
	return d.Objects.Keys(ctx, prefix)
}

// After unbinding, table and bucket hold what they held before the mailbox was
// bound and not a key more, wherever it broke off in between.
func TestUnbindingLeavesTableAndBucketAsTheyWere(t *testing.T) {
	t.Parallel()
	const never = 1 << 30
	calls := never - leavesNothing(t, never)
	if calls < 30 {
		t.Errorf("an unbinding makes only %d calls", calls)
	}
	for step := 1; step < calls; step += 5 { // each kind of call is met by one of them
		t.Run(fmt.Sprint("crash at call ", step), func(t *testing.T) {
			t.Parallel()
			leavesNothing(t, step)
		})
	}
}

// leavesNothing unbinds a mailbox that holds whatever a mailbox can hold, with a
// crash at that call and a second run, and returns how many calls it had left.
func leavesNothing(t *testing.T, step int) (left int) {
	t.Helper()
	h := build(t)
	h.must(h.table.AddExample(t.Context(), h.org, desk.Example{Mailbox: "stays", Conversation: "c", At: noon}))
	h.must(h.table.SetAside(t.Context(), desk.SetAside{ID: "00000001", Org: h.org, Mailbox: "stays"}))
	before := h.everything()
	h.fill("doomed")
	if full := h.everything(); len(full) < len(before)+50 {
		t.Fatalf("only %d items and objects of the mailbox: %q", len(full)-len(before), full)
	}
	box, err := h.table.Mailbox(t.Context(), h.org, "doomed")
	h.must(err)
	box.Purging = true
	h.must(h.table.ChangeMailbox(t.Context(), box))
	job := desk.Job{Org: h.org, Mailbox: "doomed"}
	d := dying{&crashing{State: h.table, Objects: h.bucket, left: step}}
	_ = h.purger(d, d).Purge(t.Context(), job) // breaks off
	h.must(h.purger(h.table, h.bucket).Purge(t.Context(), job))
	after := h.everything()
	for _, key := range after {
		if !slices.Contains(before, key) {
			t.Errorf("left: %s", key)
		}
	}
	for _, key := range before {
		if !slices.Contains(after, key) && !strings.Contains(key, " p#") { // presence ends by itself
			t.Errorf("lost: %s", key)
		}
	}
	return d.left
}
