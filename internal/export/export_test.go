package export

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/cloud"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dynamo"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/s3"
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

// house is an organisation with a mailbox to export.
type house struct {
	*testing.T
	org    desk.OrgID
	table  *dynamo.Table
	bucket *s3.Bucket
	now    time.Time
	tick   time.Duration // how much time each look at the clock takes
	again  int
	raws   [][]byte // of the mails, in the order of the mbox
	mails  int
}

func build(t *testing.T) *house {
	t.Helper()
	h := &house{T: t, org: desk.OrgID(fmt.Sprintf("orgexport%02d", organisations.Add(1))), now: noon, bucket: s3.New(embedded.AWS, embedded.S3URL, embedded.Bucket, time.Now)}
	h.table = dynamo.New(embedded.DynamoDB, embedded.Table, func() time.Time { return h.now })
	h.must(h.table.CreateOrganisation(t.Context(), desk.Organisation{ID: h.org}, desk.Member{Email: string(h.org) + "@lumenhaus.example", Role: desk.Owner}))
	h.must(h.table.AddMailbox(t.Context(), desk.Mailbox{ID: box, Org: h.org, Address: "service@lumenhaus.example"}, desk.Sync{Org: h.org, Mailbox: box}))
	return h
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// mail stores an original and the conversation it begins.
func (h *house) mail(raw string) desk.ConversationID {
	h.Helper()
	h.mails++
	id := desk.ConversationID(fmt.Sprintf("conv%04d", h.mails))
	m := desk.Message{
		ID: desk.MessageID(fmt.Sprintf("mail%04d", h.mails)), Conversation: id, Direction: desk.Incoming, At: noon.Add(time.Duration(h.mails) * time.Minute),
		From: desk.Contact{Name: "Kim Larsen", Address: "kim@buyers.example"}, Subject: "Lamp", Text: "Is it dimmable?",
		Attachments: []desk.Attachment{{Name: "lamp.jpg", ContentType: "image/jpeg", Size: 12}},
	}
	h.must(h.bucket.Put(h.Context(), mailbox.RawKey(h.org, box, m.ID), []byte(raw)))
	h.must(h.table.PutIncoming(h.Context(), h.org, m, nil))
	_, _, err := h.table.Apply(h.Context(), h.org, id, m.ID, 0, func(c *desk.Conversation) {
		c.Mailbox, c.Status, c.LastAt, c.Messages, c.Buyer, c.Newest = box, desk.Awaiting, m.At, 1, m.From, m.ID
		c.Labels.Intent = desk.Set(desk.ProductQuestion, desk.ByEstimate, desk.ReasonWords, "dimmable")
	})
	h.must(err)
	h.raws = append(h.raws, []byte(raw))
	return id
}

func (h *house) reply(id desk.ConversationID, text string, state desk.SendState) {
	h.Helper()
	h.mails++
	at := noon.Add(time.Duration(h.mails) * time.Minute)
	m := desk.Message{
		ID: desk.OutgoingID(at, fmt.Sprint(h.mails)), Conversation: id, Direction: desk.Outgoing, At: at, Subject: "Re: Lamp", Text: text,
		From: desk.Contact{Address: "service@lumenhaus.example"}, To: []desk.Contact{{Address: "kim@buyers.example"}},
		Send: &desk.Dispatch{State: state, By: "agent@lumenhaus.example", NotAfter: at, Copied: true},
	}
	h.must(h.table.Queue(h.Context(), h.org, &m, func(c *desk.Conversation) error {
		c.Close(desk.Replied)
		c.LastAt, c.Newest = m.At, m.ID
		c.Messages++
		return nil
	}))
}

func (h *house) exporter(state State, objects Objects) *Exporter {
	return &Exporter{
		State: state, Objects: objects, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { h.now = h.now.Add(h.tick); return h.now },
		Open: func(context.Context, desk.OrgID, desk.MailboxID, []byte) (desk.Credentials, error) {
			return desk.Credentials{Secret: []byte("secret of the mailbox")}, nil
		},
		Again: func(context.Context, desk.Job) error { h.again++; return nil },
	}
}

func (h *house) start(id string) desk.Export {
	h.Helper()
	e, err := h.table.StartExport(h.Context(), desk.Export{ID: id, Org: h.org, Mailbox: box, State: desk.ExportRunning, StartedAt: h.now})
	h.must(err)
	return e
}

func (h *house) job() desk.Job { return desk.Job{Org: h.org, Mailbox: box} }

func (h *house) export() desk.Export {
	h.Helper()
	e, err := h.table.Export(h.Context(), h.org, box)
	h.must(err)
	return e
}

// files reads every file of a finished export and checks the sums.
func (h *house) files(e desk.Export) map[string][]byte {
	h.Helper()
	if e.State != desk.ExportDone {
		h.Fatalf("the export is %+v", e)
	}
	files := map[string][]byte{}
	for _, f := range e.Files {
		data, err := h.bucket.Get(h.Context(), e.Prefix()+f.Name)
		h.must(err)
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != f.SHA256 || int64(len(data)) != f.Bytes {
			h.Errorf("%s is not as its sum says", f.Name)
		}
		files[f.Name] = data
	}
	keys, err := h.bucket.Keys(h.Context(), desk.ExportPrefix(h.org, box))
	h.must(err)
	if len(keys) != len(files) {
		h.Errorf("%d files, and in the bucket %q", len(files), keys)
	}
	return files
}

// parse takes an mbox of the kind mboxrd apart, as its description says.
func parse(mbox []byte) (mails [][]byte) {
	blank := true
	for line := range bytes.Lines(mbox) {
		if blank && bytes.HasPrefix(line, []byte("From ")) {
			mails = append(mails, nil)
			blank = false
			continue
		}
		blank = string(line) == "\n"
		last := &mails[len(mails)-1]
		if bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) && line[0] == '>' {
			line = line[1:]
		}
		*last = append(*last, line...)
	}
	for i := range mails {
		mails[i] = bytes.TrimSuffix(mails[i], []byte("\n"))
	}
	return mails
}

// originals are mails as they come, and as they should not.
var originals = []string{
	"From: kim@buyers.example\r\nSubject: Lamp\r\n\r\nIs it dimmable?\r\n",
	"Subject: From lines\r\n\r\nFrom here on\r\n>From there\r\n>>From everywhere\r\n\r\nFrom the end\r\n",
	"Subject: bare line ends\n\nFrom here\nto there\n\n\n\n",
	"Subject: eight bits\r\n\r\n\xff\xfe\x00\x01 \xc3\xa9\r\n",
	"From: the header\r\nFrom no header\r\n\r\n\r\n",
}

func TestTheFilesHoldEveryByte(t *testing.T) {
	t.Parallel()
	h := build(t)
	var last desk.ConversationID
	for _, raw := range originals {
		last = h.mail(raw)
	}
	h.reply(last, "From tomorrow on, yes.\nFrom us.", desk.Sent)
	h.reply(last, "taken back", desk.Cancelled)
	h.must(h.bucket.Put(t.Context(), mailbox.AsideKey(h.org, box, "aside1"), []byte("unreadable\r\n")))
	gone := h.mail("deleted after some days")
	h.must(h.bucket.Delete(t.Context(), mailbox.RawKey(h.org, box, desk.MessageID(strings.Replace(string(gone), "conv", "mail", 1)))))
	h.start("e1")
	h.must(h.exporter(h.table, h.bucket).Export(t.Context(), h.job()))
	e := h.export()
	files := h.files(e)

	mails := parse(files["mail-0001.mbox"])
	for _, raw := range append(slices.Clone(originals), "unreadable\r\n") {
		if !slices.ContainsFunc(mails, func(m []byte) bool { return string(m) == raw }) {
			t.Errorf("%q is not in the mbox", raw)
		}
	}
	if len(mails) != len(originals)+2 {
		t.Errorf("%d mails", len(mails))
	}
	sent := slices.IndexFunc(mails, func(m []byte) bool { return bytes.Contains(m, []byte("From tomorrow on")) })
	if sent < 0 || !bytes.Contains(mails[sent], []byte("Message-Id: <")) {
		t.Errorf("the sent mail is not there")
	}

	var m struct {
		Mailbox                             string
		Conversations, Mails, Sent, Missing int
		Files                               []desk.ExportFile
	}
	h.must(json.Unmarshal(files["manifest.json"], &m))
	if m.Mailbox != "service@lumenhaus.example" || m.Conversations != 6 || m.Mails != 6 || m.Sent != 1 || m.Missing != 1 || len(m.Files) != 2 {
		t.Errorf("manifest %s", files["manifest.json"])
	}
	lines := bytes.Split(bytes.TrimSpace(files["conversations-0001.jsonl"]), []byte("\n"))
	if len(lines) != 6 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, text := range lines {
		var l line
		h.must(json.Unmarshal(text, &l))
		if l.Labels.Intent.Reason.Detail != "dimmable" || l.Messages[0].Text != "Is it dimmable?" || l.Messages[0].Attachments[0].Name != "lamp.jpg" {
			t.Errorf("line %s", text)
		}
		if l.ID == last && (len(l.Messages) != 3 || l.Messages[2].Send.State != desk.Cancelled) {
			t.Errorf("line %s", text)
		}
	}
	// Once more, in its place.
	h.start("e2")
	h.must(h.exporter(h.table, h.bucket).Export(t.Context(), h.job()))
	if again := h.files(h.export()); !bytes.Equal(again["mail-0001.mbox"], files["mail-0001.mbox"]) {
		t.Error("the second export differs")
	}
}

func TestSlicesGoOnWhereTheLastOneEnded(t *testing.T) {
	t.Parallel()
	h := build(t)
	for n := range 20 {
		h.mail(fmt.Sprintf("Subject: %d\r\n\r\nhello\r\n", n))
	}
	h.start("e1")
	h.tick = 10 * time.Second // a run without deadline has five minutes
	x := h.exporter(h.table, h.bucket)
	runs := 0
	for ; h.again == runs && runs < 20; runs++ {
		h.must(x.Export(t.Context(), h.job()))
		if e := h.export(); e.State == desk.ExportRunning && (e.Next == 0 || e.Total != 20 || e.Shown != e.Next) {
			t.Errorf("after run %d: %+v", runs, e)
		}
	}
	if runs < 2 {
		t.Errorf("%d runs", runs)
	}
	h.complete(20)
}

// complete checks that the export holds each mail and conversation once.
func (h *house) complete(n int) {
	h.Helper()
	var mails [][]byte
	conversations := map[desk.ConversationID]bool{}
	for name, data := range h.files(h.export()) {
		if strings.HasSuffix(name, ".mbox") {
			mails = append(mails, parse(data)...)
		}
		if strings.HasSuffix(name, ".jsonl") {
			for text := range bytes.Lines(data) {
				var l line
				h.must(json.Unmarshal(text, &l))
				if conversations[l.ID] {
					h.Errorf("%s is there twice", l.ID)
				}
				conversations[l.ID] = true
			}
		}
	}
	want := slices.Clone(h.raws)
	for _, list := range [][][]byte{mails, want} {
		slices.SortFunc(list, bytes.Compare)
	}
	if !slices.EqualFunc(mails, want, bytes.Equal) || len(conversations) != n {
		h.Errorf("%d mails of %d, %d conversations of %d", len(mails), len(want), len(conversations), n)
	}
}

// crashing dies at its n-th call and stays dead.
type crashing struct {
	State
	Objects
	left int
}

var errCrash = desk.Errorf(desk.Unavailable, "storage", "crashed")

func (c *crashing) dies() bool { c.left--; return c.left <= 0 }

func (c *crashing) PutExport(ctx context.Context, e desk.Export, until time.Time) (desk.Export, error) {
	if c.dies() {
		return e, errCrash
	}
	return c.State.PutExport(ctx, e, until)
}

func (c *crashing) Whole(ctx context.Context, org desk.OrgID, id desk.ConversationID) (desk.Conversation, []desk.Message, error) {
	if c.dies() {
		return desk.Conversation{}, nil, errCrash
	}
	return c.State.Whole(ctx, org, id)
}

func (c *crashing) Put(ctx context.Context, key string, data []byte) error {
	if c.dies() {
		return errCrash
	}
	return c.Objects.Put(ctx, key, data)
}

func (c *crashing) Delete(ctx context.Context, key string) error {
	if c.dies() {
		return errCrash
	}
	return c.Objects.Delete(ctx, key)
}

func TestAnExportGoesOnAfterACrashAtAnyStep(t *testing.T) {
	t.Parallel()
	for step := 1; step <= 12; step++ {
		t.Run(fmt.Sprint("step ", step), func(t *testing.T) {
			t.Parallel()
			h := build(t)
			for n := range 5 {
				h.mail(fmt.Sprintf("Subject: %d\r\n\r\nhello\r\n", n))
			}
			h.start("e1")
			broken := &crashing{State: h.table, Objects: h.bucket, left: step}
			if err := h.exporter(broken, broken).Export(t.Context(), h.job()); err == nil && step < 11 {
				t.Error("nothing broke")
			}
			h.now = h.now.Add(2 * runTime) // until the lease of a dead worker is over
			h.must(h.exporter(h.table, h.bucket).Export(t.Context(), h.job()))
			e := h.export()
			_ = h.bucket.Delete(t.Context(), e.Prefix()+"work/ids") // may be left by the last step
			h.complete(5)
		})
	}
}

func TestACancelledExportStopsAndLeavesNothing(t *testing.T) {
	t.Parallel()
	h := build(t)
	for n := range 5 {
		h.mail(fmt.Sprintf("Subject: %d\r\n\r\nhello\r\n", n))
	}
	h.start("e1")
	h.tick = showEvery
	cancelling := &watching{State: h.table, after: 2, do: func() { h.must(h.table.ForgetExport(t.Context(), h.org, box)) }}
	h.must(h.exporter(cancelling, h.bucket).Export(t.Context(), h.job()))
	if keys, err := h.bucket.Keys(t.Context(), desk.ExportPrefix(h.org, box)); err != nil || len(keys) != 0 {
		t.Errorf("left %q %v", keys, err)
	}
	if h.again != 0 {
		t.Error("it goes on")
	}
	h.must(h.exporter(h.table, h.bucket).Export(t.Context(), h.job())) // a job that is late
}

// watching does something after so many conversations.
type watching struct {
	State
	after int
	do    func()
}

func (w *watching) Whole(ctx context.Context, org desk.OrgID, id desk.ConversationID) (desk.Conversation, []desk.Message, error) {
	if w.after--; w.after == 0 {
		w.do()
	}
	return w.State.Whole(ctx, org, id)
}

func TestOneWorkerAtATime(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.mail("Subject: x\r\n\r\n")
	e := h.start("e1")
	_, err := h.table.LeaseExport(t.Context(), e, h.now.Add(time.Minute))
	h.must(err)
	h.must(h.exporter(h.table, h.bucket).Export(t.Context(), h.job()))
	if e := h.export(); e.State != desk.ExportRunning || e.Counted {
		t.Errorf("got %+v", e)
	}
	if other := h.start("e2"); other.ID != "e1" {
		t.Errorf("a second export began: %+v", other)
	}
	due := 0
	h.must(h.table.UnfinishedExports(t.Context(), h.now.Add(time.Hour), func(org desk.OrgID, _ desk.MailboxID) error {
		if org == h.org {
			due++
		}
		return nil
	}))
	if due != 1 {
		t.Errorf("the sweep finds %d", due)
	}
}

func TestAnExportThatGetsNoFurtherIsGivenUp(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.mail("Subject: x\r\n\r\n")
	h.start("e1")
	for range maxFailures {
		broken := &crashing{State: h.table, Objects: h.bucket, left: 1 << 30}
		x := h.exporter(broken, h.bucket)
		x.Open = func(context.Context, desk.OrgID, desk.MailboxID, []byte) (desk.Credentials, error) {
			return desk.Credentials{}, errCrash
		}
		_ = x.Export(t.Context(), h.job())
		h.now = h.now.Add(time.Second)
	}
	if e := h.export(); e.State != desk.ExportFailed || e.Code != "export_failed" {
		t.Errorf("got %+v", e)
	}
	h.start("e2")
	h.must(h.exporter(h.table, h.bucket).Export(t.Context(), h.job()))
	h.complete(1)
}

func TestAnEmptyMailboxHasAnExport(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.start("e1")
	h.must(h.exporter(h.table, h.bucket).Export(t.Context(), h.job()))
	if files := h.files(h.export()); len(files) != 1 || files["manifest.json"] == nil {
		t.Errorf("files %v", files)
	}
}

func TestFilesStayBelowTheirBound(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short: writes 100 MB")
	}
	h := build(t)
	for range 4 {
		h.mail("Subject: large\r\n\r\n" + strings.Repeat("From a large mail\r\n", 25_000_000/19))
	}
	h.start("e1")
	h.must(h.exporter(h.table, h.bucket).Export(t.Context(), h.job()))
	for _, f := range h.export().Files {
		if f.Bytes > partBytes {
			t.Errorf("%s has %d bytes", f.Name, f.Bytes)
		}
	}
	h.complete(4)
}
