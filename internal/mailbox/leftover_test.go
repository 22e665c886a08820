package mailbox

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// TestWhatBrokeOffIsTakenBackWhereTheMailIsGone kills a visit at every write and
// lets the mailbox change before the next one: the batch cannot be done again as
// it was.
func TestWhatBrokeOffIsTakenBackWhereTheMailIsGone(t *testing.T) {
	t.Parallel()
	const other = "Archive"
	source := rand.New(rand.NewPCG(2026, 12))
	for name, then := range map[string]struct {
		change func(d *desktop)
		// stays is whether all mails are still to be found somewhere.
		stays bool
	}{
		"moved to another folder": {func(d *desktop) {
			for _, m := range d.account.folders[inbox].mails {
				d.account.put(other, m.at, m.raw)
			}
			d.account.folders[inbox].mails = nil
		}, true},
		"numbered anew behind new mail": {func(d *desktop) {
			mails := d.account.folders[inbox].mails
			d.account.folders[inbox] = &folder{validity: 8}
			for n := range 110 {
				d.account.put(inbox, noon, question(1000+n))
			}
			for _, m := range mails {
				d.account.put(inbox, m.at, m.raw)
			}
		}, true},
		"in a folder with another name": {func(d *desktop) {
			d.account.folders[other].mails = d.account.folders[inbox].mails
			d.account.folders[other].last = d.account.folders[inbox].last
			delete(d.account.folders, inbox)
		}, true},
		"expunged": {func(d *desktop) { d.account.folders[inbox].mails = nil }, false},
		"half expunged": {func(d *desktop) {
			f := d.account.folders[inbox]
			f.mails = f.mails[len(f.mails)/2:]
		}, false},
	} {
		for round := range 6 {
			after, at := round%2 == 0, 1+source.Int64N(45)
			mails, messages, _ := jumble(source)
			t.Run(fmt.Sprintf("%s, write %d of %d mails, after=%v", name, at, len(mails), after), func(t *testing.T) {
				t.Parallel()
				d := newDesk(t, func(box *desk.Mailbox) { box.Folders = []string{inbox, other} })
				d.account.folders[other] = &folder{validity: 3}
				d.fetch()
				for _, raw := range mails {
					d.account.put(inbox, noon, raw)
				}
				left := new(atomic.Int64)
				left.Store(at)
				d.state = crashing{d.table, left, after}
				_, _ = d.syncer("one").Run(t.Context(), d.box.Org, d.box.ID) // breaks off or not
				d.state = nil
				then.change(d)
				d.fetch()
				d.fetch()
				var ids []desk.MessageID
				for _, th := range d.threads() {
					for _, m := range th.Messages {
						if slices.Contains(ids, m.ID) {
							t.Errorf("%q is there twice", m.Text)
						}
						ids = append(ids, m.ID)
						if d.work.jobs[m.ID].Conversation != th.Conversation.ID {
							t.Errorf("triage was not asked for %q", m.Text)
						}
					}
				}
				if name == "numbered anew behind new mail" {
					messages += 110
				}
				if then.stays && len(ids) != messages {
					t.Errorf("%d messages, want %d", len(ids), messages)
				}
				d.consistent()
			})
		}
	}
}
