package main

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Folders of the mailbox. Junk is not read: mail comes out of it.
const (
	inbox  = "INBOX"
	orders = "Orders"
	sent   = "Sent"
)

// world is the mailbox on the server and everybody who does something to it but us.
type world struct {
	*server
	random *rand.Rand
	writer *writer
	now    func() time.Time

	letters []*letter // by number, from 1
	open    []*thread // exchanges with mails still to come
	wanted  int       // mails still to be invented
	// events counts what happened, for the report.
	events map[string]int
}

// thread is an exchange whose mails go into one folder, one after the other.
type thread struct {
	folder string
	rest   []*letter
}

// put delivers a mail; from here on the server's lock is held where it is touched.
func (w *world) put(name string, l *letter, head string) {
	f := w.folders[name]
	f.last += 1 + uint32(w.random.IntN(3)/2)
	at := w.now().Add(-time.Duration(w.random.IntN(7200)) * time.Second).UTC().Truncate(time.Second)
	if l.old {
		at = at.AddDate(-1, 0, 0)
	}
	m := stored{letter: l, uid: f.last, at: at, deleted: l.deleted}
	if head != "" {
		traced := *l
		traced.raw = head + l.raw
		m.letter = &traced
	}
	f.mails = append(f.mails, m)
}

// deliver lets up to n new mails come in.
func (w *world) deliver(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for range n {
		if len(w.open) < 40 && w.wanted > 0 {
			letters := w.writer.next()
			w.wanted -= len(letters)
			w.letters = append(w.letters, letters...)
			name := inbox
			if w.random.IntN(4) == 0 {
				name = orders
			}
			w.open = append(w.open, &thread{name, letters})
		}
		if len(w.open) == 0 {
			return
		}
		i := w.random.IntN(len(w.open))
		t := w.open[i]
		l := t.rest[0]
		w.put(t.folder, l, "")
		if w.random.IntN(20) == 0 && l.id != "" && !l.unwanted { // delivered twice: the second time by another server
			w.events["delivered twice"]++
			w.put(t.folder, l, "Received: from relay.example by mx.lumenhaus.example; Sun, 22 Nov 2026 12:00:00 +0000\r\n")
		}
		if t.rest = t.rest[1:]; len(t.rest) == 0 {
			w.open = slices.Delete(w.open, i, i+1)
		}
	}
}

// disturb does one of the things that make reading a mailbox hard.
func (w *world) disturb() {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := []string{inbox, inbox, orders, sent}[w.random.IntN(4)]
	switch w.random.IntN(12) {
	case 0:
		w.renumber(name)
	case 1, 2, 3:
		w.expunge(name)
	case 4, 5, 6:
		w.move()
	case 7, 8:
		w.copyElsewhere()
	default:
		w.answer()
	}
}

// mostKept is how many mails a folder keeps when it is numbered anew.
const mostKept = 1500

// renumber gives a folder another UIDVALIDITY and its mails other UIDs.
func (w *world) renumber(name string) {
	w.events["UIDVALIDITY changed"]++
	f := w.folders[name]
	spare := len(f.mails) - mostKept
	f.mails = slices.DeleteFunc(f.mails, func(m stored) bool { spare--; return spare >= 0 && w.of(m).taken })
	f.validity, f.last = f.validity+1, 0
	for i := range f.mails {
		f.last += 1 + uint32(w.random.IntN(3)/2)
		f.mails[i].uid = f.last
	}
}

// of is the mail as it was invented, without what servers put above it.
func (w *world) of(m stored) *letter { return w.letter(m.n) }

func (w *world) letter(n int) *letter { return w.letters[n-1] }

// expunge deletes some mails for good: such as are taken in, and such as nothing
// refers to, taken in or not.
func (w *world) expunge(name string) {
	f := w.folders[name]
	f.mails = slices.DeleteFunc(f.mails, func(m stored) bool {
		l := w.of(m)
		gone := (l.taken || l.alone) && w.random.IntN(10) == 0
		if gone {
			w.events["expunged"]++
			l.mayMiss = l.mayMiss || !l.taken
		}
		return gone
	})
}

// move puts some mails of INBOX into another folder, taken in or not.
func (w *world) move() {
	f := w.folders[inbox]
	var moved []stored
	f.mails = slices.DeleteFunc(f.mails, func(m stored) bool {
		l := w.of(m)
		moves := (l.taken || l.alone) && !l.unwanted && w.random.IntN(10) == 0
		if moves {
			moved = append(moved, m)
		}
		return moves
	})
	for _, m := range moved {
		w.events["moved"]++
		to := w.folders[orders]
		to.last++
		m.uid = to.last
		to.mails = append(to.mails, m)
	}
}

// copyElsewhere lets some mails lie in two folders, as Gmail's labels do.
func (w *world) copyElsewhere() {
	for _, m := range w.folders[inbox].mails {
		if l := w.of(m); (l.taken || l.alone) && !l.unwanted && w.random.IntN(20) == 0 {
			w.events["in two folders"]++
			to := w.folders[orders]
			to.last++
			m.uid = to.last
			to.mails = append(to.mails, m)
		}
	}
}

// answer lets the seller answer some mails in another program.
func (w *world) answer() {
	for _, m := range w.folders[inbox].mails {
		l := w.of(m)
		if !l.taken || !l.answerable || w.random.IntN(50) > 0 {
			continue
		}
		w.events["answered elsewhere"]++
		a := w.writer.answer(l)
		w.letters = append(w.letters, a)
		w.put(sent, a, "")
	}
}

// took marks what the cursors are past.
func (w *world) took(s desk.Sync) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, f := range w.folders {
		cursor := s.Cursors[name]
		if cursor.UIDValidity != f.validity {
			continue
		}
		for _, m := range f.mails {
			if m.uid <= cursor.LastUID {
				w.of(m).taken = true
			}
		}
	}
}

// rest reports whether mails are still to come.
func (w *world) rest() bool { return w.wanted > 0 || len(w.open) > 0 }
