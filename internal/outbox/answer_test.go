package outbox

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

const (
	older = "12-34567-89012"
	newer = "12-34567-89999"
)

// TestAnOldOrderIsWarnedOf goes through the outbox: nothing else knows when the
// order was first named.
func TestAnOldOrderIsWarnedOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		// orders are those of the conversation; the buyer named each when it is as
		// old as named says.
		orders []string
		named  map[string]time.Duration
		warned bool
	}{
		{"91 days", []string{older}, map[string]time.Duration{older: 91 * day}, true},
		{"90 days", []string{older}, map[string]time.Duration{older: 90 * day}, false},
		{"an order that no message names", []string{older}, nil, false},
		{"an old order beside a new one", []string{older, newer}, map[string]time.Duration{older: 200 * day, newer: day}, false},
		{"an old order beside one that no message names", []string{older, newer}, map[string]time.Duration{older: 200 * day}, false},
		{"two old orders", []string{older, newer}, map[string]time.Duration{older: 200 * day, newer: 100 * day}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, func(o *office) {
				o.conv.Store, o.conv.Route.Reference, o.conv.OrderNumbers = desk.EBayCom, "[#a05-abcdef12#]", c.orders
				o.now = noon.Add(200 * day)
			})
			for number, age := range c.named {
				m := o.asked
				m.ID, m.At, m.Text = desk.MessageID(fmt.Sprint("named ", number)), o.now.Add(-age), "About order "+number
				if err := o.table.PutIncoming(t.Context(), o.org, m, nil); err != nil {
					t.Fatal(err)
				}
			}
			_, err := o.outbox().Queue(t.Context(), o.org, o.reply())
			var blocked *Blocked
			warned := errors.As(err, &blocked) && slices.ContainsFunc(blocked.Findings, func(f desk.Finding) bool { return f.Rule == "ebay.too_late" })
			if warned != c.warned || !c.warned && err != nil {
				t.Errorf("warned %v, want %v: %v", warned, c.warned, err)
			}
		})
	}
}
