package dynamo

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/infra/local/cloud"
	"github.com/quilldesk/quilldesk/internal/desk"
)

const (
	org = desk.OrgID("orgabcdefg")
	box = desk.MailboxID("boxabcde")
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// meter adds capacity units up.
type meter struct {
	mu          sync.Mutex
	read, write float64
}

func (m *meter) add(c *types.ConsumedCapacity) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c.ReadCapacityUnits != nil {
		m.read += *c.ReadCapacityUnits
	}
	if c.WriteCapacityUnits != nil {
		m.write += *c.WriteCapacityUnits
	}
}

// units runs do and returns every capacity unit it consumed.
func (m *meter) units(t *testing.T, do func() error) float64 {
	t.Helper()
	m.mu.Lock()
	m.read, m.write = 0, 0
	m.mu.Unlock()
	if err := do(); err != nil {
		t.Fatal(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.read + m.write
}

func open(t *testing.T) (*Table, *meter) {
	t.Helper()
	e, err := cloud.OpenEmbedded(t.Context(), "../../template.yaml", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	m := &meter{}
	return New(e.DynamoDB, e.Table, func() time.Time { return noon }).Metered(m.add), m
}

// typical is a conversation as a marketplace mail makes one.
func typical(i int) desk.Conversation {
	at := noon.Add(-time.Duration(i) * time.Minute)
	return desk.Conversation{
		ID: desk.ConversationID(fmt.Sprintf("conv%012d", i)), Org: org, Mailbox: box, Store: desk.AmazonCom,
		Buyer:  desk.Contact{Name: "Kim Larsen", Address: "k3j9d8s7f6g5h4@marketplace.amazon.com"},
		Status: desk.Awaiting, Subject: "Product details inquiry from Amazon customer Kim Larsen (Order: 112-1234567-7654321)",
		Labels: desk.Labels{
			Type:     desk.Set(desk.AfterSale, desk.ByRule, desk.ReasonMarketplace, "X-Space-Notification-Type"),
			Category: desk.Set(desk.Category(desk.AfterSale), desk.ByRule, desk.ReasonMarketplace, "X-Space-Notification-Type"),
			Intent:   desk.Set(desk.Refund, desk.ByEstimate, desk.ReasonWords, "money back"), Priority: desk.Set(desk.High, desk.ByEstimate, desk.ReasonIntent, "refund"),
			Sentiment: desk.Set(desk.Negative, desk.ByEstimate, desk.ReasonWords, "disappointed"), Language: desk.Set(desk.Language("en-US"), desk.ByEstimate, desk.ReasonScript, "the"),
		},
		Clock:        desk.ResponseClock{Start: at, Due: at.Add(24 * time.Hour)},
		OrderNumbers: []string{"112-1234567-7654321"}, Snippet: "The lid was cracked when it arrived and I would like my money back, please tell me how to return it.",
		LastAt: at, LastIncoming: "abcdefghijklmnop", Newest: "abcdefghijklmnop", Messages: 1,
		Route:  desk.ReplyRoute{To: "k3j9d8s7f6g5h4+0a1b2c3d@marketplace.amazon.com", NoResponseLink: "https://www.amazon.com/gp/communication-manager/no-response-needed.html?messageCode=A1B2C3D4E5F6G7H8I9"},
		Sorted: true, Version: 1,
	}
}

func arrive(t *testing.T, table *Table, c desk.Conversation, message desk.MessageID, epoch int64) []desk.Transition {
	t.Helper()
	_, transitions, err := table.Apply(t.Context(), org, c.ID, message, epoch, func(have *desk.Conversation) {
		version := have.Version
		*have = c
		have.Version = version
	})
	if err != nil {
		t.Fatal(err)
	}
	return transitions
}

// TestCostOfIngest holds the writes of one mail, its body apart, to the goal of
// docs/data-model.md: at most 7 units, 70 % of the mails being new conversations.
func TestCostOfIngest(t *testing.T) {
	table, m := open(t)
	writes := func(i int, isNew bool) float64 {
		c := typical(i)
		if !isNew {
			c = typical(0)
			c.LastAt = noon.Add(time.Duration(i) * time.Second)
		}
		id := desk.MessageID(fmt.Sprintf("msg%013d", i))
		keys := []string{"m:" + string(id), "amazon:order:" + fmt.Sprint(i)}
		reads := m.units(t, func() error { _, err := table.Claims(t.Context(), org, box, keys); return err })
		total := m.units(t, func() error {
			if _, err := table.Claim(t.Context(), org, box, keys[0], desk.Content{Hash: string(id), Conversation: c.ID, Epoch: 1}); err != nil {
				return err
			}
			if isNew {
				if _, err := table.Claim(t.Context(), org, box, keys[1], desk.Content{Conversation: c.ID}); err != nil {
					return err
				}
			}
			return table.PutIncoming(t.Context(), org, desk.Message{ID: id, Conversation: c.ID, Direction: desk.Incoming, At: c.LastAt, From: c.Buyer, Subject: c.Subject, HeaderID: string(id) + "@mail.example"}, keys)
		})
		apply := m.units(t, func() error { arrive(t, table, c, id, 1); return nil })
		if reads > 4 {
			t.Errorf("looking up costs %v read units", reads)
		}
		return total + apply - 1 // the strongly consistent read of the conversation
	}
	fresh := writes(0, true)
	again := writes(1, false)
	mean := 0.7*fresh + 0.3*again
	t.Logf("write units: new conversation %v, known one %v, mean %.2f", fresh, again, mean)
	if mean > 7 {
		t.Errorf("ingesting a mail costs %.2f write units, more than 7", mean)
	}
}

// TestCostOfChanges holds sorting a mail, and answering one, to what
// docs/data-model.md says.
func TestCostOfChanges(t *testing.T) {
	table, m := open(t)
	c := typical(0)
	unsorted := c
	unsorted.Labels = desk.Labels{}
	arrive(t, table, unsorted, "m1", 1)
	sorting := m.units(t, func() error {
		_, err := table.Change(t.Context(), org, c.ID, func(have *desk.Conversation) error { have.Labels = c.Labels; return nil })
		return err
	})
	again := m.units(t, func() error {
		_, err := table.Change(t.Context(), org, c.ID, func(have *desk.Conversation) error {
			have.Labels.Intent = desk.Set(desk.Return, desk.ByHand, desk.ReasonHand, "mei")
			return nil
		})
		return err
	})
	answering := m.units(t, func() error {
		_, err := table.Change(t.Context(), org, c.ID, func(have *desk.Conversation) error { have.Close(desk.Replied); return nil })
		return err
	})
	t.Logf("units, the read and the mark included: sorting %v, correcting a label %v, a change of status %v", sorting, again, answering)
	if sorting > 13 || again > 13 || answering > 34 {
		t.Errorf("sorting costs %v, correcting %v, a change of status %v units", sorting, again, answering)
	}
}

// TestLateFacetNeverHidesANewerChange lets two changes finish in the wrong order.
func TestLateFacetNeverHidesANewerChange(t *testing.T) {
	table, _ := open(t)
	c := typical(0)
	c.Version = 0
	arrive(t, table, c, "m1", 1)
	older, err := table.Conversation(t.Context(), org, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := table.Change(t.Context(), org, c.ID, func(c *desk.Conversation) error { c.Assignee = "mei@lumenhaus.example"; return nil }); err != nil {
		t.Fatal(err)
	}
	late := facetItem(older)
	if err := table.put(t.Context(), late, "attribute_not_exists(v) OR v < :v", item{":v": num(older.Version)}); desk.KindOf(err) != desk.Conflict {
		t.Errorf("an older place in the indexes was written over a newer one: %v", err)
	}
	rows, _, err := table.Page(t.Context(), org, Filter{Status: desk.Awaiting, Assignee: "mei@lumenhaus.example"}, "", 50)
	if err != nil || len(rows) != 1 {
		t.Errorf("%d rows under the assignee, %v", len(rows), err)
	}
}

// TestCostOfPages holds a page of fifty rows to two read units and one that
// keeps one row in a hundred to six, whatever the size of the mailbox.
func TestCostOfPages(t *testing.T) {
	table, m := open(t)
	const all = 1000
	for i := range all {
		c := typical(i)
		c.Subject = strings.Repeat("長い件名 ", 30)
		if i%100 == 7 {
			c.Labels.Category = desk.Set(desk.Category("vip"), desk.ByHand, desk.ReasonHand, "")
			c.Labels.Sentiment = desk.Set(desk.VeryNegative, desk.ByModel, desk.ReasonModel, "")
			c.Labels.Language = desk.Set(desk.Language("th"), desk.ByModel, desk.ReasonModel, "")
			c.Store = desk.WalmartCa
			c.Assignee = "mei@lumenhaus.example"
		}
		arrive(t, table, c, "abcdefghijklmnop", 1)
		if i%100 == 7 {
			if _, err := table.Change(t.Context(), org, c.ID, func(*desk.Conversation) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
	}
	page := func(f Filter) (rows []Row, units float64) {
		units = m.units(t, func() (err error) { rows, _, err = table.Page(t.Context(), org, f, "", 50); return err })
		return rows, units
	}
	for name, want := range map[string]struct {
		filter Filter
		rows   int
		units  float64
	}{
		"a tab":         {Filter{Status: desk.Awaiting}, 50, 2},
		"all":           {Filter{}, 50, 3.5}, // a merge of three; an index of its own would cost more writes than a mail may
		"one mailbox":   {Filter{Status: desk.Awaiting, Open: []desk.MailboxID{box}}, 50, 2},
		"category 1 %":  {Filter{Status: desk.Awaiting, Category: "vip"}, 10, 6},
		"sentiment 1 %": {Filter{Status: desk.Awaiting, Sentiment: desk.VeryNegative}, 10, 6},
		"language 1 %":  {Filter{Status: desk.Awaiting, Language: "th"}, 10, 6},
		"store 1 %":     {Filter{Status: desk.Awaiting, Store: desk.WalmartCa}, 10, 6},
		"assignee 1 %":  {Filter{Status: desk.Awaiting, Assignee: "mei@lumenhaus.example"}, 10, 6},
	} {
		rows, units := page(want.filter)
		t.Logf("%s: %d rows, %v read units", name, len(rows), units)
		if len(rows) != want.rows || units > want.units {
			t.Errorf("%s: %d rows for %v read units, want %d for at most %v", name, len(rows), units, want.rows, want.units)
		}
	}
}

func TestPagesContinueWithoutGapsOrRepeats(t *testing.T) {
	table, _ := open(t)
	const all = 137
	for i := range all {
		c := typical(i)
		c.Status = desk.Statuses[i%3]
		arrive(t, table, c, "abcdefghijklmnop", 1)
	}
	seen, last, cursor := map[desk.ConversationID]bool{}, time.Time{}, ""
	for {
		rows, next, err := table.Page(t.Context(), org, Filter{}, cursor, 20)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if seen[r.ID] {
				t.Errorf("%s came twice", r.ID)
			}
			if !last.IsZero() && r.At.After(last) {
				t.Errorf("%s is newer than the row before it", r.ID)
			}
			seen[r.ID], last = true, r.At
		}
		if cursor = next; next == "" {
			break
		}
	}
	if len(seen) != all {
		t.Errorf("%d rows of %d", len(seen), all)
	}
	if _, _, err := table.Page(t.Context(), org, Filter{}, "bm9uc2Vuc2U", 20); desk.KindOf(err) != desk.Invalid {
		t.Errorf("a made-up cursor: %v", err)
	}
}

func TestApplyingTwiceChangesNothingAndRemembersTransitions(t *testing.T) {
	table, _ := open(t)
	c := typical(1)
	first := arrive(t, table, c, "m1", 5)
	second := arrive(t, table, c, "m1", 5)
	if len(first) != 1 || len(second) != 1 || second[0] != (desk.Transition{To: desk.Awaiting}) {
		t.Errorf("transitions %v, then %v", first, second)
	}
	got, err := table.Conversation(t.Context(), org, c.ID)
	if err != nil || got.Version != 1 {
		t.Errorf("version %d after two runs, %v", got.Version, err)
	}
	if later := arrive(t, table, c, "m2", 6); len(later) != 0 {
		t.Errorf("the next batch still reports %v", later)
	}
}

// TestCountersAreExact runs a batch, loses its commit, runs it again, and lets
// an agent answer in between.
func TestCountersAreExact(t *testing.T) {
	table, _ := open(t)
	ctx := t.Context()
	if err := table.AddMailbox(ctx, desk.Mailbox{ID: box, Org: org, Address: "support@lumenhaus.example"}, desk.Sync{Org: org, Mailbox: box}); err != nil {
		t.Fatal(err)
	}
	s, err := table.Sync(ctx, org, box)
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Lease(ctx, s, "worker 1", noon.Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	c := typical(1)
	arrive(t, table, c, "m1", s.Epoch) // and the worker dies
	if _, err := table.Change(ctx, org, c.ID, func(c *desk.Conversation) error { c.Close(desk.Replied); return nil }); err != nil {
		t.Fatal(err)
	}
	if err := table.Lease(ctx, s, "worker 2", noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := table.Lease(ctx, s, "worker 3", noon.Add(time.Minute)); desk.KindOf(err) != desk.Conflict {
		t.Errorf("two workers hold one mailbox: %v", err)
	}
	delta := desk.Counts{}
	for _, tr := range arrive(t, table, c, "m1", s.Epoch) {
		delta[tr.To]++
	}
	if err := table.Commit(ctx, s, "worker 1", noon, delta); desk.KindOf(err) != desk.Conflict {
		t.Errorf("a worker without the lease committed: %v", err)
	}
	if err := table.Commit(ctx, s, "worker 2", noon, delta); err != nil {
		t.Fatal(err)
	}
	if err := table.Commit(ctx, s, "worker 2", noon, delta); desk.KindOf(err) != desk.Conflict {
		t.Errorf("one batch was committed twice: %v", err)
	}
	s, err = table.Sync(ctx, org, box)
	if err != nil || s.Counts[desk.Awaiting] != 0 || s.Counts[desk.Replied] != 1 || s.Counts[desk.NoReply] != 0 {
		t.Errorf("counters %v, %v", s.Counts, err)
	}
}

func TestRowsFitAndSurvivePacking(t *testing.T) {
	for _, subject := range []string{"", "Short", strings.Repeat("長い件名です", 40), strings.Repeat("🙂", 80), "with\x1fseparator\nand line"} {
		c := typical(3)
		c.Subject, c.Labels.Category.Value, c.Assignee = subject, "Own category of ours", "somebody.with.a.long.name@lumenhaus.example"
		packed := rowOf(c).pack()
		if len(packed) > rowBytes {
			t.Errorf("a row of %d bytes", len(packed))
		}
		got := unpackRow(c.ID, c.LastAt, packed)
		if got.Status != c.Status || got.Store != c.Store || got.Priority != c.Labels.Priority.Value || got.Category != "Own category of ours" || !got.Due.Equal(c.Clock.Due) ||
			got.Mailbox != box || got.Order != c.OrderNumbers[0] || !strings.HasPrefix(clean(subject), got.Subject) {
			t.Errorf("packed %+v, got %+v", c, got)
		}
	}
}

func TestDueReadsNoMailboxTwiceAndMissesNone(t *testing.T) {
	table, _ := open(t)
	for i, mailAt := range []time.Time{noon, noon.Add(-2 * time.Hour), noon.Add(-48 * time.Hour)} {
		id := desk.MailboxID(fmt.Sprintf("box%d", i))
		err := table.AddMailbox(t.Context(), desk.Mailbox{ID: id, Org: org, Address: fmt.Sprintf("b%d@lumenhaus.example", i)}, desk.Sync{Org: org, Mailbox: id, LastMailAt: mailAt})
		if err != nil {
			t.Fatal(err)
		}
	}
	looks := map[desk.MailboxID]int{}
	for minute := range 60 {
		if err := table.Due(t.Context(), noon.Add(time.Duration(minute)*time.Minute), func(_ desk.OrgID, id desk.MailboxID) error { looks[id]++; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if looks["box0"] != 60 || looks["box1"] != 12 || looks["box2"] != 4 {
		t.Errorf("looks in an hour: %v", looks)
	}
}

func TestPurgeLeavesNothing(t *testing.T) {
	table, _ := open(t)
	ctx := context.Background()
	c := typical(1)
	arrive(t, table, c, "m1", 1)
	if _, err := table.Claim(ctx, org, box, "m:1", desk.Content{Hash: "m1", Conversation: c.ID, Epoch: 1}); err != nil {
		t.Fatal(err)
	}
	if err := table.PutIncoming(ctx, org, desk.Message{ID: "m1", Conversation: c.ID, At: noon, Text: "hello"}, []string{"m:1"}); err != nil {
		t.Fatal(err)
	}
	stored, err := table.Conversation(ctx, org, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := table.RemoveConversation(ctx, stored); err != nil {
		t.Fatal(err)
	}
	var raw []desk.MessageID
	if err := table.PurgeConversation(ctx, org, box, c.ID, true, func(m desk.Message) error { raw = append(raw, m.ID); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(raw) != 1 || raw[0] != "m1" {
		t.Errorf("raw mails named: %v", raw)
	}
	if _, err := table.Thread(ctx, org, c.ID); desk.KindOf(err) != desk.NotFound {
		t.Errorf("the conversation is still there: %v", err)
	}
	if claims, err := table.Claims(ctx, org, box, []string{"m:1"}); err != nil || len(claims) != 0 {
		t.Errorf("thread keys are still there: %v %v", claims, err)
	}
}
