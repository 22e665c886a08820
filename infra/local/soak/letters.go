package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// letter is one invented mail, and what must become of it.
type letter struct {
	n   int // its number, which also stands in its text
	raw string
	// in is the conversation it belongs to, as the reference model says.
	in string
	// alone is a mail that nothing else refers to: when it comes does not matter.
	alone bool
	// Mail that was deleted before it was read may be missing; mail older than the
	// import's window, or flagged as deleted, must be.
	mayMiss, unwanted bool
	taken             bool // the cursor is past it
	answerable        bool

	id, from, subject string
	refs, orders      []string
	old, deleted      bool
}

// marker is how a stored mail is known again.
func marker(n int) string { return fmt.Sprintf("soak-%07d", n) }

const seller = "support@lumenhaus.example"

// write makes the mail's text.
func (l *letter) write(at time.Time, filler int, head ...string) {
	var b strings.Builder
	for _, line := range head {
		b.WriteString(line + "\r\n")
	}
	if l.id != "" {
		fmt.Fprintf(&b, "Message-ID: <%s>\r\n", l.id)
	}
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\n", l.from, seller, l.subject, at.Format(time.RFC1123Z))
	if len(l.refs) > 0 {
		fmt.Fprintf(&b, "In-Reply-To: <%s>\r\nReferences: <%s>\r\n", l.refs[len(l.refs)-1], strings.Join(l.refs, "> <"))
	}
	b.WriteString("\r\nWhere is my lamp? " + marker(l.n) + "\r\n")
	b.WriteString(strings.Repeat("It was to stand on the table by the window, where evenings are dark.\r\n", filler))
	l.raw = b.String()
}

// exchange makes the mails of one exchange, or of some that are easily taken for
// one. They are to be put into one folder in this order.
type exchange func(w *writer) []*letter

// writer invents mail.
type writer struct {
	random *rand.Rand
	model  reference
	made   int
	start  time.Time
}

func (w *writer) letter(from, subject string, refs ...string) *letter {
	w.made++
	return &letter{
		n: w.made, from: from, subject: subject, refs: refs, answerable: true,
		id: fmt.Sprintf("%d.%x@buyers.example", w.made, w.random.Uint32()),
	}
}

func (w *writer) buyer() string {
	return fmt.Sprintf("Buyer %d <b%d@buyers.example>", w.made+1, w.made+1)
}

var exchanges = []exchange{chain, chain, chain, amazonOrder, amazonOrder, single, single, reusedID, forged, twoOrders, withoutID, unreadable, unwanted}

// next invents an exchange and lets the reference model say what belongs together.
func (w *writer) next() []*letter {
	letters := exchanges[w.random.IntN(len(exchanges))](w)
	for _, l := range letters {
		if l.raw == "" {
			filler := w.random.IntN(20)
			switch w.random.IntN(5000) {
			case 0:
				filler = 150_000 // ten megabytes: read in pieces
			case 1, 2, 3, 4, 5:
				filler = 4000
			}
			l.write(w.start.Add(time.Duration(l.n)*time.Second), filler)
		}
		l.in = w.model.place(l)
	}
	return letters
}

// chain is a buyer who writes again and again, quoting one or all of the mails before.
func chain(w *writer) []*letter {
	from := w.buyer()
	letters := []*letter{w.letter(from, "My lamp")}
	for range w.random.IntN(4) {
		refs := []string{letters[len(letters)-1].id}
		if w.random.IntN(2) == 0 {
			refs = slices.Concat([]string{letters[0].id}, refs)
		}
		letters = append(letters, w.letter(from, "Re: My lamp", refs...))
	}
	return letters
}

// amazonOrder is a buyer behind a relay: the order number holds it together.
func amazonOrder(w *writer) []*letter {
	order := fmt.Sprintf("112-%07d-%07d", w.made, w.random.IntN(1e7))
	from := fmt.Sprintf("Kim <k%013d@marketplace.amazon.com>", w.made)
	var letters []*letter
	for range 1 + w.random.IntN(3) {
		l := w.letter(from, "Shipping inquiry from Amazon customer Kim (Order: "+order+")")
		l.orders = []string{order}
		letters = append(letters, l)
	}
	return letters
}

// single is a stranger whose subject others use too.
func single(w *writer) []*letter {
	l := w.letter(w.buyer(), "Question")
	l.alone = true
	return []*letter{l}
}

// reusedID is a second mail under the first one's Message-ID, and an answer to
// either.
func reusedID(w *writer) []*letter {
	a, b := w.buyer(), fmt.Sprintf("Other %d <o%d@elsewhere.example>", w.made, w.made)
	first := w.letter(a, "Lamp")
	second := w.letter(b, "Chair")
	second.id = first.id
	return []*letter{first, second, w.letter(a, "Re: Lamp", first.id), w.letter(b, "Re: Chair", first.id)}
}

// forged is a stranger who refers to somebody else's mail.
func forged(w *writer) []*letter {
	first := w.letter(w.buyer(), "Lamp")
	return []*letter{first, w.letter(fmt.Sprintf("Eve %d <eve%d@elsewhere.example>", w.made, w.made), "Re: Lamp", first.id)}
}

// twoOrders is a buyer who answers an old mail about another order.
func twoOrders(w *writer) []*letter {
	from := w.buyer()
	one, two := fmt.Sprint("1", 10000+w.made%80000), fmt.Sprint("2", 10000+w.made%80000)
	first := w.letter(from, "order #"+one)
	first.orders = []string{one}
	second := w.letter(from, "order #"+two, first.id)
	second.orders = []string{two}
	third := w.letter(from, "Re: order #"+two, first.id, second.id)
	third.orders = []string{two}
	return []*letter{first, second, third}
}

// withoutID is mail without a Message-ID, or with one that is none.
func withoutID(w *writer) []*letter {
	l := w.letter(w.buyer(), "Question")
	l.alone, l.answerable = true, false
	if l.id = ""; w.random.IntN(2) == 0 {
		l.id = fmt.Sprintf("not an id %d", l.n)
	}
	return []*letter{l}
}

// unreadable is what is hardly a mail.
func unreadable(w *writer) []*letter {
	l := w.letter(w.buyer(), "")
	l.alone, l.answerable, l.id = true, false, ""
	l.raw = []string{
		marker(l.n), "\x00\xff\xfe " + marker(l.n) + "\r\n", ": \r\n\r\n" + marker(l.n),
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=nonsense\r\n\r\n" + marker(l.n) + " \xe4\xb8\r\n--b",
	}[w.random.IntN(4)]
	return []*letter{l}
}

// unwanted is mail that must not be taken in.
func unwanted(w *writer) []*letter {
	l := w.letter(w.buyer(), "Old")
	l.answerable, l.unwanted = false, true
	if l.old = w.random.IntN(2) == 0; !l.old {
		l.deleted = true
	}
	return []*letter{l}
}

// answer is the seller's own, written in another program: it lies in Sent. One to
// a mail whose Message-ID another had first answers nothing that is known for sure.
func (w *writer) answer(to *letter) *letter {
	l := w.letter(seller, "Re: "+to.subject, to.id)
	l.in, l.unwanted = to.in, w.model.byID[to.id].name != to.in
	l.write(w.start.Add(time.Duration(l.n)*time.Second), 1)
	l.raw = strings.Replace(l.raw, "To: "+seller, "To: "+to.from, 1)
	return l
}

// reference is what a reader would do with a stack of paper: by the order number,
// else by the newest letter referred to, when it is in a conversation of the same
// writer that is not about another order; never by subject.
type reference struct {
	byOrder, byID map[string]*conversation
	made          int
}

type conversation struct {
	name   string
	from   string
	orders []string
}

func (r *reference) place(l *letter) string {
	c := r.find(l)
	if c == nil {
		r.made++
		c = &conversation{name: fmt.Sprint("c", r.made), from: l.from}
	}
	for _, order := range l.orders {
		if !slices.Contains(c.orders, order) {
			c.orders = append(c.orders, order)
		}
		if key := order + l.from; r.byOrder[key] == nil {
			r.byOrder[key] = c
		}
	}
	if l.id != "" && r.byID[l.id] == nil {
		r.byID[l.id] = c
	}
	return c.name
}

func (r *reference) find(l *letter) *conversation {
	for _, order := range l.orders {
		if c := r.byOrder[order+l.from]; c != nil {
			return c
		}
	}
	for _, ref := range slices.Backward(l.refs) {
		if c := r.byID[ref]; c != nil && c.from == l.from && !aboutAnother(l.orders, c.orders) {
			return c
		}
	}
	return nil
}

func aboutAnother(orders, of []string) bool {
	return len(orders) > 0 && len(of) > 0 && !slices.ContainsFunc(orders, func(o string) bool { return slices.Contains(of, o) })
}
