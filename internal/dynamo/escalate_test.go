package dynamo

import (
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// waiting puts a conversation of medium priority into the inbox whose clock runs
// out after left.
func waiting(t *testing.T, table *Table, i int, left time.Duration) desk.Conversation {
	t.Helper()
	c := typical(i)
	c.Clock = desk.ResponseClock{Start: noon.Add(left - 24*time.Hour), Due: noon.Add(left)}
	arrive(t, table, c, desk.MessageID("m"), 1)
	c, err := table.Change(t.Context(), org, c.ID, func(c *desk.Conversation) error {
		c.Labels.Priority = desk.Set(desk.Medium, desk.ByModel, desk.ReasonModel, "asks about a size")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func priority(t *testing.T, table *Table, c desk.Conversation) desk.Label[desk.Priority] {
	t.Helper()
	c, err := table.Conversation(t.Context(), org, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	return c.Labels.Priority
}

func TestTheClockRaisesThePriority(t *testing.T) {
	table, m := open(t)
	early := waiting(t, table, 1, desk.EscalateBefore+time.Minute)
	late := waiting(t, table, 2, desk.EscalateBefore-time.Minute)
	overdue := waiting(t, table, 3, -time.Hour)
	byHand := waiting(t, table, 4, time.Hour)
	if _, err := table.Change(t.Context(), org, byHand.ID, func(c *desk.Conversation) error {
		c.Labels.Priority = desk.Set(desk.Low, desk.ByHand, desk.ReasonHand, "mei@lumenhaus.example")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	raised, err := table.Escalate(t.Context(), noon)
	if err != nil || raised != 2 {
		t.Fatalf("raised %d, %v; want 2", raised, err)
	}
	for _, c := range []desk.Conversation{late, overdue} {
		if p := priority(t, table, c); p.Value != desk.High || p.Source != desk.ByRule || p.Reason.Code != desk.ReasonClock {
			t.Errorf("priority %+v", p)
		}
	}
	if p := priority(t, table, early); p.Value != desk.Medium {
		t.Errorf("with time left: %+v", p)
	}
	if p := priority(t, table, byHand); p.Value != desk.Low || p.Source != desk.ByHand {
		t.Errorf("set by hand: %+v", p)
	}
	rows, _, err := table.Page(t.Context(), org, Filter{Status: desk.Awaiting, Priority: desk.High}, "", 50)
	if err != nil || len(rows) != 2 {
		t.Errorf("%d rows under high priority, %v", len(rows), err)
	}
	again := m.units(t, func() error {
		raised, err := table.Escalate(t.Context(), noon)
		if raised != 0 {
			t.Errorf("raised %d again", raised)
		}
		return err
	})
	if again > 0.5 {
		t.Errorf("looking again costs %v units", again)
	}
}

func TestAnAnswerTakesTheClocksPriorityBack(t *testing.T) {
	table, _ := open(t)
	c := waiting(t, table, 1, time.Hour)
	if _, err := table.Escalate(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	if _, err := table.Change(t.Context(), org, c.ID, func(c *desk.Conversation) error { c.Close(desk.Replied); return nil }); err != nil {
		t.Fatal(err)
	}
	if p := priority(t, table, c); p != c.Labels.Priority {
		t.Errorf("after the answer the priority is %+v, was %+v", p, c.Labels.Priority)
	}
}
