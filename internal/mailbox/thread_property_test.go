package mailbox

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dynamo"
)

// The tests of this file invent mail by seed and check what must hold of every
// mailbox, whatever strangers write into it.

// invented is a mail and what is known of its writer.
type invented struct {
	letter
	buyer string // who a merge must not mix with others, "" for nobody
	order string
}

// inventor makes mail whose headers say anything about each other.
type inventor struct {
	*rand.Rand
	ids []string // Message-IDs to refer to and to use again, also of answers of ours
	n   int
}

var topics = []string{"Question", "Re: Question", "Where is my order?", ""}

func (v *inventor) mail() invented {
	v.n++
	b := v.IntN(4)
	m := invented{letter: letter{subject: topics[v.IntN(len(topics))], text: fmt.Sprint("text ", v.n)}}
	switch v.IntN(4) {
	case 0: // through Amazon's relay: the order is who it is
		m.order = fmt.Sprintf("112-%07d-7654321", b)
		m.from = fmt.Sprintf("Kim <k3j9d8s7f6g5h%d@marketplace.amazon.com>", v.IntN(3))
		m.subject = "Shipping inquiry from Amazon customer Kim (Order: " + m.order + ")"
	case 1: // with an order number of the shop
		m.buyer = fmt.Sprintf("b%d@buyers.example", b)
		m.order = fmt.Sprint(20040 + v.IntN(3))
		m.from, m.subject = "Buyer <"+m.buyer+">", m.subject+" order #"+m.order
	default:
		m.buyer = fmt.Sprintf("b%d@buyers.example", b)
		m.from = "Buyer <" + m.buyer + ">"
	}
	switch v.IntN(6) {
	case 0:
		m.id = "-"
	case 1:
		m.id = v.ids[v.IntN(len(v.ids))] // of another mail
	default:
		m.id = fmt.Sprintf("m%d@x", v.n)
		v.ids = append(v.ids, m.id)
	}
	for range v.IntN(4) {
		m.refs = append(m.refs, v.ids[v.IntN(len(v.ids))])
	}
	return m
}

func TestForgedAndReusedHeadersNeverMergeBuyersOrOrders(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			c := d.conversation(letter{id: "first@x", from: "Buyer <b0@buyers.example>", subject: "Question", text: "text 0"})
			own := d.answered(c).HeaderID
			v := &inventor{Rand: rand.New(rand.NewPCG(seed, 1)), ids: []string{"first@x", own, "never@seen.example", strings.Replace(own, string(c.ID), "aaaaaaaaaaaaaaaa", 1)}}
			mails := map[string]invented{"text 0": {buyer: "b0@buyers.example"}}
			for range 4 {
				for range 1 + v.IntN(12) {
					m := v.mail()
					mails[m.text] = m
					d.now = d.now.Add(time.Second)
					d.account.put(inbox, d.now, m.raw())
				}
				d.fetch()
			}
			found := 0
			for _, th := range d.threads() {
				buyers, orders := map[string]bool{}, map[string]bool{}
				for _, m := range th.Messages {
					if m.Send != nil {
						continue
					}
					found++
					mail, ok := mails[strings.TrimSpace(m.Text)]
					if !ok {
						t.Fatalf("whose is %q?", m.Text)
					}
					buyers[mail.buyer], orders[mail.order] = true, true
				}
				delete(orders, "")
				if len(buyers) > 1 || len(orders) > 1 {
					t.Errorf("%s mixes buyers %v and orders %v", th.Conversation.ID, slices.Sorted(maps.Keys(buyers)), slices.Sorted(maps.Keys(orders)))
				}
			}
			if found != len(mails) {
				t.Errorf("%d mails, want %d", found, len(mails))
			}
			d.consistent()
		})
	}
}

// parted is which mails share a conversation, by their texts.
func parted(threads []dynamo.Thread) string {
	var groups []string
	for _, th := range threads {
		var texts []string
		for _, m := range th.Messages {
			texts = append(texts, strings.TrimSpace(m.Text))
		}
		slices.Sort(texts)
		groups = append(groups, strings.Join(texts, ","))
	}
	slices.Sort(groups)
	return strings.Join(groups, "\n")
}

func TestTheOrderOfArrivalDoesNotMatterWhereTheEvidenceIsStrong(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 2))
			var mails []letter
			for n := range 24 {
				order, from := random.IntN(5), ""
				subject := fmt.Sprintf("Shipping inquiry from Amazon customer Kim (Order: 112-%07d-7654321)", order)
				switch order % 2 {
				case 0:
					from = fmt.Sprintf("Kim <k3j9d8s7f6g5h%d@marketplace.amazon.com>", order)
				default:
					from, subject = fmt.Sprintf("Kim <kim%d@buyers.example>", order), fmt.Sprintf("order #%d", 30000+order)
				}
				mails = append(mails, letter{id: fmt.Sprintf("s%d@x", n), from: from, subject: subject, text: fmt.Sprint("text ", n)})
			}
			want := ""
			for try := range 4 {
				d := newDesk(t)
				for i, at := range random.Perm(len(mails)) {
					d.account.put(inbox, noon.Add(time.Duration(i)*time.Second), mails[at].raw())
					if random.IntN(4) == 0 { // a batch ends here
						d.fetch()
					}
				}
				d.fetch()
				got := parted(d.threads())
				if try == 0 {
					want = got
				}
				if got != want {
					t.Fatalf("in another order\n%s\nwant\n%s", got, want)
				}
				d.consistent()
			}
		})
	}
}

func TestReadingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.fetch()
			v := &inventor{Rand: rand.New(rand.NewPCG(seed, 3)), ids: []string{"a@x", "b@x"}}
			for range 30 {
				d.account.put(inbox, d.now, v.mail().raw())
			}
			d.fetch()
			before := d.threads()
			for range 2 { // every mail again, in another order
				f := d.account.folders[inbox]
				mails := f.mails
				*f = folder{validity: f.validity + 1}
				for _, i := range v.Perm(len(mails)) {
					d.account.put(inbox, mails[i].at, mails[i].raw)
				}
				d.now = d.now.Add(time.Hour)
				d.fetch()
			}
			after := d.threads()
			if parted(after) != parted(before) {
				t.Errorf("now\n%s\nbefore\n%s", parted(after), parted(before))
			}
			for i := range before {
				if a, b := after[i].Conversation, before[i].Conversation; a.Version != b.Version {
					t.Errorf("%s was written again", a.ID)
				}
			}
			d.consistent()
		})
	}
}

func TestSubjectsAloneMergeNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for n := range 12 { // also from the same buyer
		d.account.put(inbox, noon, letter{id: fmt.Sprintf("s%d@x", n), from: fmt.Sprintf("B <b%d@buyers.example>", n%3), subject: "Re: Question", text: fmt.Sprint(n)}.raw())
	}
	d.fetch()
	if threads := d.threads(); len(threads) != 12 {
		t.Errorf("%d conversations: %v", len(threads), subjects(threads))
	}
}

func TestNoAutomaticMailReopens(t *testing.T) {
	t.Parallel()
	for _, head := range []string{
		"Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated", "Precedence: bulk", "Precedence: auto_reply", "X-Autoreply: yes",
		"List-Id: <news.example>", "Return-Path: <>",
	} {
		for _, as := range []desk.Status{desk.Replied, desk.NoReply} {
			t.Run(fmt.Sprint(head, " ", as), func(t *testing.T) {
				t.Parallel()
				d := newDesk(t)
				c := d.conversation(letter{id: "q@x", from: kim, subject: "Lamp", text: "Dimmable?"})
				_, err := d.table.Change(d.Context(), d.box.Org, c.ID, func(c *desk.Conversation) error { c.Close(as); return nil })
				d.must(err)
				for n := range 3 {
					d.now = d.now.Add(time.Minute)
					d.account.put(inbox, d.now, letter{id: fmt.Sprintf("auto%d@x", n), from: kim, subject: "Re: Lamp", text: fmt.Sprint("I am away ", n), refs: []string{"q@x"}, head: []string{head}}.raw())
					d.fetch()
				}
				got, err := d.table.Conversation(d.Context(), d.box.Org, c.ID)
				d.must(err)
				if got.Status != as || got.Clock.Running() || got.Messages != 4 {
					t.Errorf("%s, clock %v, %d messages", got.Status, got.Clock, got.Messages)
				}
				d.consistent()
			})
		}
	}
}
