package dynamo

import (
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

func queued(c desk.ConversationID) desk.Message {
	at := noon.Add(time.Hour)
	return desk.Message{
		ID: desk.OutgoingID(at, "0123456789"), Conversation: c, Direction: desk.Outgoing, At: at, From: desk.Contact{Name: "Lumenhaus", Address: "support@lumenhaus.example"},
		To: []desk.Contact{{Name: "Kim Larsen", Address: "q8w7e6r5t4y3u2@marketplace.amazon.com"}}, Subject: "Re: Shipping inquiry from Amazon customer Kim (Order: 112-1234567-1234567)",
		Text: strings.Repeat("We have sent a new lid today. ", 10), References: []string{"a.b.c@marketplace.example"},
		Send: &desk.Dispatch{State: desk.Queued, By: "agnes@lumenhaus.example", Request: "3b241101-e2bb-4255-8caf-4136c566a962", NotAfter: at.Add(10 * time.Second)},
	}
}

// TestCostOfSending holds the writes of a reply, from the outbox to the copy in
// Sent, to what docs/data-model.md says.
func TestCostOfSending(t *testing.T) {
	table, meter := open(t)
	c := typical(0)
	arrive(t, table, c, "m1", 1)
	m := queued(c.ID)
	queue := meter.units(t, func() error {
		return table.Queue(t.Context(), org, &m, func(c *desk.Conversation) error { c.Close(desk.Replied); return nil })
	})
	version := int64(1)
	step := func(change func(*desk.Dispatch)) float64 {
		t.Helper()
		change(m.Send)
		units := meter.units(t, func() error { return table.PutOutgoing(t.Context(), org, m, version) })
		version++
		return units
	}
	lease := step(func(d *desk.Dispatch) { d.State, d.LeaseUntil, d.Attempts = desk.Sending, noon.Add(2*time.Hour), 1 })
	count := meter.units(t, func() error {
		s := desk.Sendings{}
		for hour := range 25 {
			s.Hours = append(s.Hours, desk.SentIn{From: noon.Add(time.Duration(hour) * time.Hour), Messages: 20, Recipients: 25})
		}
		return table.PutSendings(t.Context(), org, box, s)
	})
	handing := step(func(d *desk.Dispatch) { d.Handing = true })
	sent := step(func(d *desk.Dispatch) {
		d.State, d.Handing, d.SentAt, d.Detail, d.Code = desk.Sent, false, noon, "smtp.example.com", "accepted"
	})
	copied := step(func(d *desk.Dispatch) { d.Copied = true })
	fresh := queued("newmail")
	fresh.ID = desk.OutgoingID(fresh.At, "abcdef0123")
	begun := c
	begun.ID, begun.Status = "newmail", desk.Replied
	compose := meter.units(t, func() error { return table.QueueNew(t.Context(), begun, fresh) })
	list := meter.units(t, func() error { _, err := table.Underway(t.Context(), org); return err })
	t.Logf("queue %v, lease %v, count %v, handing %v, sent %v, copied %v; new mail %v; list %v", queue, lease, count, handing, sent, copied, compose, list)
	if queue > 40 || lease+handing+sent+copied > 12 || count > 1 || compose > 34 || list > 0.5 {
		t.Error("sending costs more than docs/data-model.md says")
	}
}

func TestTheOutboxListsWhatIsNotSettled(t *testing.T) {
	table, _ := open(t)
	c := typical(0)
	arrive(t, table, c, "m1", 1)
	m := queued(c.ID)
	if err := table.Queue(t.Context(), org, &m, func(*desk.Conversation) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		state desk.SendState
		shown bool
	}{
		{desk.Sending, true}, {desk.Failed, true}, {desk.Unclear, true}, {desk.Bounced, true}, {desk.Sent, false}, {desk.Queued, true}, {desk.Cancelled, false},
	} {
		m.Send.State, m.Send.Code, m.Send.LeaseUntil = want.state, "smtp_busy", noon.Add(time.Hour)
		if err := table.PutOutgoing(t.Context(), org, m, int64(i+1)); err != nil {
			t.Fatal(err)
		}
		list, err := table.Underway(t.Context(), org)
		if err != nil || (len(list) == 1) != want.shown {
			t.Fatalf("%s: %+v %v", want.state, list, err)
		}
		if want.shown && (list[0].State != want.state || list[0].Message != m.ID || list[0].Conversation != c.ID || list[0].Code != "smtp_busy" || list[0].To != m.To[0].Address || list[0].Subject != m.Subject || !list[0].At.Equal(m.At)) {
			t.Errorf("%s: %+v", want.state, list[0])
		}
	}
	// What failed long ago leaves the list, not the conversation.
	m.Send.State, m.Send.NotAfter = desk.Failed, noon.Add(-15*24*time.Hour)
	if err := table.PutOutgoing(t.Context(), org, m, 8); err != nil {
		t.Fatal(err)
	}
	if list, err := table.Underway(t.Context(), org); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
}
