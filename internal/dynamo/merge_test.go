package dynamo

import (
	"context"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/merge"
)

type unsorted struct{}

func (unsorted) Triage(context.Context, []desk.Job) error { return nil }

func (unsorted) PurgeLater(context.Context, desk.Job, time.Duration) error { return nil }

// A merge is a person's click, not something that every mail pays: its steps may
// cost what makes them safe.
func TestCostOfMoves(t *testing.T) {
	table, m := open(t)
	ctx := t.Context()
	if err := table.AddMailbox(ctx, desk.Mailbox{ID: box, Org: org, Address: "service@lumenhaus.example"}, desk.Sync{Org: org, Mailbox: box, Epoch: 1}); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		c := typical(i)
		for n := range 2 {
			id := desk.MessageID(string(c.ID[12:]) + string(rune('a'+n)))
			keys := []string{"m:" + string(id), "order:" + string(c.ID)}
			if err := table.PutIncoming(ctx, org, desk.Message{ID: id, Conversation: c.ID, At: noon.Add(time.Duration(n) * time.Second), Text: "hello"}, keys); err != nil {
				t.Fatal(err)
			}
			for _, k := range keys {
				if _, err := table.Claim(ctx, org, box, k, desk.Content{Conversation: c.ID}); err != nil {
					t.Fatal(err)
				}
			}
			arrive(t, table, c, id, 0)
		}
	}
	sync, err := table.Sync(ctx, org, box)
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Lease(ctx, sync, "w", noon.Add(-time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := table.Commit(ctx, sync, "w", noon.Add(-time.Minute), nil); err != nil {
		t.Fatal(err)
	}
	merger := &merge.Merger{State: table, Work: unsorted{}, Now: func() time.Time { return noon }}
	at := func(id desk.ConversationID) desk.Conversation {
		c, err := table.Conversation(ctx, org, id)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, step := range []struct {
		name  string
		limit float64
		do    func() error
	}{
		{"merge, two messages", 100, func() error {
			_, err := merger.Merge(ctx, at(typical(1).ID), at(typical(0).ID), "", true)
			return err
		}},
		{"undo", 110, func() error {
			_, err := merger.Undo(ctx, at(typical(0).ID), typical(1).ID, "")
			return err
		}},
		{"split, one message", 105, func() error {
			_, err := merger.Split(ctx, at(typical(0).ID), []desk.MessageID{"0000a"}, "")
			return err
		}},
	} {
		if units := m.units(t, step.do); units > step.limit {
			t.Errorf("%s: %.1f units, at most %.0f", step.name, units, step.limit)
		} else {
			t.Logf("%s: %.1f units", step.name, units)
		}
	}
}
