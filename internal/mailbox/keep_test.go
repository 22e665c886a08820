package mailbox

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/message"
)

// conversation puts one question into the inbox and returns what it became.
func (d *desktop) conversation(l letter) desk.Conversation {
	d.Helper()
	d.fetch()
	d.account.put(inbox, d.now, l.raw())
	d.fetch()
	return d.only().Conversation
}

// answered stores an answer of ours as sent.
func (d *desktop) answered(c desk.Conversation) desk.Message {
	d.Helper()
	d.now = d.now.Add(time.Minute)
	m := desk.Message{
		ID: desk.OutgoingID(d.now, "abc"), Conversation: c.ID, Direction: desk.Outgoing, At: d.now, Text: "It ships tomorrow.\n",
		Send: &desk.Dispatch{State: desk.Sent, Reopen: c.Clock},
	}
	d.must(d.table.Queue(d.Context(), d.box.Org, &m, func(c *desk.Conversation) error {
		c.Close(desk.Replied)
		c.LastAt, c.Newest, c.Messages = m.At, m.ID, c.Messages+1
		return nil
	}))
	m.HeaderID = OwnMessageID(d.who.Secret, c.ID, m.ID, "lumenhaus.example")
	return m
}

func TestThreading(t *testing.T) {
	t.Parallel()
	first := letter{id: "first@x", from: kim, subject: "Lamp order #10023", text: "Where is it?"}
	amazon := letter{
		id: "a1@marketplace.amazon.com", from: "Kim <k3j9d8s7f6g5h4@marketplace.amazon.com>",
		subject: "Shipping inquiry from Amazon customer Kim (Order: 112-1234567-7654321)", text: "Where is it?",
	}
	for _, c := range []struct {
		name  string
		first letter
		next  letter
		// own refers to an answer of ours instead of to the first mail
		own     bool
		threads int
	}{
		{"an answer to the first mail", first, letter{from: kim, refs: []string{"first@x"}}, false, 1},
		{"an answer to our answer", first, letter{from: kim, subject: "Re: Lamp order #10023"}, true, 1},
		{"In-Reply-To forged by another sender", first, letter{from: "Eve <eve@elsewhere.example>", refs: []string{"first@x"}}, false, 2},
		{"our Message-ID quoted by another sender", first, letter{from: "Eve <eve@elsewhere.example>"}, true, 2},
		{"the same subject alone", first, letter{from: kim, subject: "Lamp"}, false, 2},
		{"the same order from the same buyer", first, letter{from: kim, subject: "Still nothing, order #10023"}, false, 1},
		{"the same order from another sender", first, letter{from: "Eve <eve@elsewhere.example>", subject: "order #10023"}, false, 2},
		{"an answer about another order", first, letter{from: kim, subject: "order #20046", refs: []string{"first@x"}}, false, 2},
		{"the same order through the marketplace's relay", amazon, letter{from: "Kim <k3j9d8s7f6g5h4@marketplace.amazon.com>", subject: "Other inquiry from Amazon customer Kim (Order: 112-1234567-7654321)"}, false, 1},
		{"the same order through a new relay address", amazon, letter{from: "Kim <zzzzzzzz99999999@marketplace.amazon.com>", subject: "Other inquiry from Amazon customer Kim (Order: 112-1234567-7654321)"}, false, 1},
		{"a sender that failed authentication", first, letter{
			from: kim, refs: []string{"first@x"}, head: []string{"Authentication-Results: mx.lumenhaus.example; dmarc=fail header.from=buyers.example"},
		}, false, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			conversation := d.conversation(c.first)
			if c.own {
				c.next.refs = []string{d.answered(conversation).HeaderID}
			}
			d.now = d.now.Add(time.Hour)
			c.next.id, c.next.text = "next@x", "hello"
			d.account.put(inbox, d.now, c.next.raw())
			d.fetch()
			threads := d.threads()
			if len(threads) != c.threads {
				t.Errorf("%d conversations, want %d: %v", len(threads), c.threads, subjects(threads))
			}
			if last := threads[len(threads)-1].Conversation; last.Status != desk.Awaiting || !last.Clock.Running() {
				t.Errorf("it stands under %s, clock %v", last.Status, last.Clock)
			}
		})
	}
}

func TestTheSameMailInTwoMailboxesIsKeptInEach(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first := d.box
	d.fetch()
	d.account.put(inbox, noon, question(1))
	d.fetch()
	d.box.ID, d.box.Address = first.ID+"b", "second@lumenhaus.example"
	d.bind(d.box)
	d.fetch()
	threads := d.threads()
	if len(threads) != 2 {
		t.Fatalf("%v", subjects(threads))
	}
	for _, th := range threads {
		if th.Conversation.Messages != 1 || len(th.Messages) != 1 {
			t.Errorf("%d messages", th.Conversation.Messages)
		}
	}
	for _, id := range []desk.MailboxID{first.ID, d.box.ID} {
		d.box.ID = id
		if n := d.sync().Counts[desk.Awaiting]; n != 1 {
			t.Errorf("mailbox %s counts %d", id, n)
		}
	}
}

func TestAnAnswerGivenElsewhereClosesTheConversation(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.conversation(letter{id: "q@x", from: kim, subject: "Lamp", text: "Dimmable?"})
	d.account.put(sent, noon.Add(time.Hour), letter{id: "webmail@x", from: us, to: kim, subject: "Re: Lamp", text: "Yes.", refs: []string{"q@x"}}.raw())
	d.account.put(sent, noon.Add(time.Hour), letter{id: "news@x", from: us, to: "friend@elsewhere.example", subject: "Lunch?", text: "Hungry."}.raw())
	d.fetch()
	th := d.only()
	if th.Conversation.Status != desk.Replied || th.Conversation.Clock.Running() || len(th.Messages) != 2 || th.Messages[1].Direction != desk.Outgoing {
		t.Errorf("conversation %+v", th.Conversation)
	}
	d.consistent()
}

func TestAnOlderAnswerDoesNotCloseWhatTheBuyerWroteSince(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account.put(inbox, noon.Add(-3*time.Hour), letter{id: "1@x", from: kim, subject: "Lamp", text: "Dimmable?"}.raw())
	d.account.put(sent, noon.Add(-2*time.Hour), letter{id: "2@x", from: us, to: kim, subject: "Re: Lamp", text: "Yes.", refs: []string{"1@x"}}.raw())
	d.account.put(inbox, noon.Add(-time.Hour), letter{id: "3@x", from: kim, subject: "Re: Lamp", text: "How?", refs: []string{"1@x", "2@x"}}.raw())
	d.fetch()
	if th := d.only(); th.Conversation.Status != desk.Awaiting || len(th.Messages) != 3 {
		t.Errorf("%d messages, %s", len(th.Messages), th.Conversation.Status)
	}
	d.consistent()
}

func TestTheCopyOfOurOwnMailIsNoNewMail(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := d.conversation(letter{id: "q@x", from: kim, subject: "Lamp", text: "Dimmable?"})
	own := d.answered(c)
	d.account.put(sent, d.now, letter{id: own.HeaderID, from: us, to: kim, subject: "Re: Lamp", text: "Yes."}.raw())
	d.fetch()
	if th := d.only(); len(th.Messages) != 2 {
		t.Errorf("%d messages", len(th.Messages))
	}
	d.consistent()
}

// Amazon sends a copy of every answer, whoever wrote it where.
func TestTheMarketplacesCopyOfAnAnswer(t *testing.T) {
	t.Parallel()
	const subject = "Shipping inquiry from Amazon customer Kim (Order: 112-1234567-7654321)"
	for name, c := range map[string]struct {
		text     string
		messages int
	}{
		"of ours is known":               {"It ships\r\ntomorrow.", 2},
		"written elsewhere is an answer": {"It is on its way.", 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.answered(d.conversation(letter{
				id: "a1@marketplace.amazon.com", from: "Kim <k3j9d8s7f6g5h4@marketplace.amazon.com>", subject: subject, text: "Where is it?",
			}))
			d.now = d.now.Add(time.Minute)
			d.account.put(inbox, d.now, letter{
				id: "copy@email.amazonses.com", from: "Amazon.com <donotreply@amazon.com>", subject: "Your e-mail to Kim",
				head: []string{"X-Space-Notification-Type: BBC_MESSAGE_CONFIRMATION_TO_MERCHANT", "X-Marketplace-ID: ATVPDKIKX0DER"},
				text: "Order ID: 112-1234567-7654321\r\n\r\n------------- Begin message -------------\r\n\r\n" + c.text + "\r\n\r\n------------- End message -------------",
			}.raw())
			d.fetch()
			if th := d.only(); len(th.Messages) != c.messages || th.Conversation.Status != desk.Replied {
				t.Errorf("%d messages, %s", len(th.Messages), th.Conversation.Status)
			}
			d.consistent()
		})
	}
}

func TestMailToOneselfIsShown(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := d.conversation(letter{id: "self@x", from: us, to: us, subject: "Does it work?", text: "Hello me"})
	if c.Status != desk.Awaiting {
		t.Errorf("it stands under %s", c.Status)
	}
}

// Many shops' contact forms write from the shop's own address.
func TestAContactFormFromTheOwnAddressIsTheBuyers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := d.conversation(letter{id: "form@x", from: us, to: us, reply: kim, subject: "Contact form", text: "Is it dimmable?"})
	if c.Status != desk.Awaiting || c.Buyer.Address != "kim@buyers.example" || c.Route.To != "kim@buyers.example" {
		t.Errorf("conversation %+v", c)
	}
}

func TestAutomaticMailNeverReopensAndChangesNoLabels(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := d.conversation(letter{id: "q@x", from: kim, subject: "Lamp", text: "Dimmable?"})
	d.answered(c)
	d.now = d.now.Add(time.Minute)
	d.account.put(inbox, d.now, letter{id: "ooo@x", from: kim, subject: "Out of office", text: "Back on Monday", refs: []string{"q@x"}, head: []string{"Auto-Submitted: auto-replied"}}.raw())
	d.fetch()
	th := d.only()
	if got := th.Conversation; got.Status != desk.Replied || got.Clock.Running() || got.LastIncoming != c.LastIncoming || got.Labels.Type.Value != c.Labels.Type.Value {
		t.Errorf("conversation %+v", got)
	}
	if len(th.Messages) != 3 || th.Messages[2].Automatic == "" {
		t.Errorf("messages %+v", th.Messages)
	}
	d.consistent()
}

func bounceOf(id, action string) []byte {
	return []byte(strings.ReplaceAll(`From: Mail Delivery System <mailer-daemon@mx.lumenhaus.example>
To: support@lumenhaus.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce@mx.lumenhaus.example>
Date: Sun, 22 Nov 2026 12:05:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

The mail was not delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.lumenhaus.example

Final-Recipient: rfc822; kim@buyers.example
Action: `+action+`
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: text/rfc822-headers

Message-ID: <`+id+`>
Subject: Re: Lamp

--b--
`, "\n", "\r\n"))
}

func TestABounceFailsTheSentMessageAndReopens(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]desk.SendState{"failed": desk.Bounced, "delayed": desk.Sent} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			c := d.conversation(letter{id: "q@x", from: kim, subject: "Lamp", text: "Dimmable?"})
			own := d.answered(c)
			d.now = d.now.Add(time.Minute)
			d.account.put(inbox, d.now, bounceOf(own.HeaderID, action))
			d.fetch()
			m, _, err := d.table.Outgoing(t.Context(), d.box.Org, c.ID, own.ID)
			d.must(err)
			if m.Send.State != want {
				t.Fatalf("the sent message is %s, want %s", m.Send.State, want)
			}
			got, err := d.table.Conversation(t.Context(), d.box.Org, c.ID)
			d.must(err)
			if bounced := want == desk.Bounced; (got.Status == desk.Awaiting) != bounced || got.Clock.Running() != bounced {
				t.Errorf("conversation under %s, clock %v", got.Status, got.Clock)
			}
			d.consistent()
		})
	}
}

func TestAForgedBounceFailsNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := d.conversation(letter{id: "q@x", from: kim, subject: "Lamp", text: "Dimmable?"})
	own := d.answered(c)
	forged := string(c.ID) + "." + string(own.ID) + ".aaaaaaaaaaaaaaaa@lumenhaus.example"
	d.account.put(inbox, d.now, bounceOf(forged, "failed"))
	d.fetch()
	if m, _, err := d.table.Outgoing(t.Context(), d.box.Org, c.ID, own.ID); err != nil || m.Send.State != desk.Sent {
		t.Errorf("%+v, %v", m.Send, err)
	}
}

func TestTheMarketplaceSaysThatOurAnswerDidNotArrive(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := d.conversation(letter{
		id: "a1@marketplace.amazon.com", from: "Kim <k3j9d8s7f6g5h4@marketplace.amazon.com>",
		subject: "Shipping inquiry from Amazon customer Kim (Order: 112-1234567-7654321)", text: "Where is it?",
	})
	own := d.answered(c)
	d.now = d.now.Add(time.Minute)
	d.account.put(inbox, d.now, letter{
		id: "u@amazon.com", from: "Amazon.com <auto-communication@amazon.com>", subject: "We were unable to deliver the message you sent",
		text: "We were unable to deliver the message you sent to Kim (k3j9d8s7f6g5h4@marketplace.amazon.com) about order 112-1234567-7654321.", refs: []string{own.HeaderID},
	}.raw())
	d.fetch()
	m, _, err := d.table.Outgoing(t.Context(), d.box.Org, c.ID, own.ID)
	d.must(err)
	got, err := d.table.Conversation(t.Context(), d.box.Org, c.ID)
	d.must(err)
	if m.Send.State != desk.Bounced || got.Status != desk.Awaiting || got.Route.To != c.Route.To {
		t.Errorf("%s, conversation under %s, route %+v", m.Send.State, got.Status, got.Route)
	}
	d.consistent()
}

func TestWhatWasDeletedHereDoesNotComeBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := d.conversation(letter{id: "q@x", from: kim, subject: "order #10023", text: "Where?"})
	stored, err := d.table.Conversation(t.Context(), d.box.Org, c.ID)
	d.must(err)
	d.must(d.table.RemoveConversation(t.Context(), stored))
	d.must(d.table.PurgeConversation(t.Context(), d.box.Org, d.box.ID, c.ID, false, func(desk.Message) error { return nil }))
	f := d.account.folders[inbox]
	d.account.folders[inbox] = &folder{validity: 8, last: f.last, mails: f.mails}
	d.account.put(sent, noon, letter{id: "w@x", from: us, to: kim, subject: "Re: order #10023", text: "Here."}.raw())
	d.fetch()
	if threads := d.threads(); len(threads) != 0 {
		t.Fatalf("%v", subjects(threads))
	}
	d.account.put(inbox, d.now, letter{id: "again@x", from: kim, subject: "order #10023", text: "Hello?"}.raw())
	d.fetch()
	if th := d.only(); len(th.Messages) != 1 || th.Conversation.Status != desk.Awaiting || th.Conversation.Buyer.Address == "" {
		t.Errorf("%+v", th.Conversation)
	}
	d.consistent()
}

func TestTheClockStartsAtTheFirstUnansweredMessage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := d.conversation(letter{id: "1@x", from: kim, subject: "Lamp", text: "Dimmable?"})
	write := func(n int) desk.Conversation {
		d.now = d.now.Add(time.Hour)
		d.account.put(inbox, d.now, letter{id: fmt.Sprint("more", n, "@x"), from: kim, subject: "Re: Lamp", text: fmt.Sprint("Hello? ", n), refs: []string{"1@x"}}.raw())
		d.fetch()
		return d.only().Conversation
	}
	if got := write(1); !got.Clock.Start.Equal(c.Clock.Start) {
		t.Errorf("a second question moved the start to %v", got.Clock.Start)
	}
	d.answered(c)
	if got := write(2); !got.Clock.Start.Equal(d.now) || got.Status != desk.Awaiting {
		t.Errorf("after an answer the clock starts at %v, %s", got.Clock.Start, got.Status)
	}
}

func TestSnippet(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a short text":              {"Is it\n  dimmable?", "Is it dimmable?"},
		"a long text":               {strings.Repeat("Wörter ", 60), strings.Repeat("Wörter ", 20)},
		"without spaces":            {strings.Repeat("灯", 400), strings.Repeat("灯", 140)},
		"nothing but a quote":       {"> What colour?", "> What colour?"},
		"nothing at all":            {"", ""},
		"a signature is no message": {"Yes.\n\n-- \nKim\nLamp Street 1", "Yes."},
	} {
		m := desk.Message{Text: c.text}
		for _, f := range message.Split(c.text, "").Folds {
			m.Folds = append(m.Folds, desk.Fold{Start: f.Start, End: f.End, Kind: string(f.Kind)})
		}
		if got := snippet(m); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestOwnMessageIDs(t *testing.T) {
	secret := []byte("secret")
	id := OwnMessageID(secret, "conv", "o1234", "lumenhaus.example")
	if c, m, ok := OwnID(secret, id); !ok || c != "conv" || m != "o1234" {
		t.Errorf("%s reads as %s %s %v", id, c, m, ok)
	}
	for _, wrong := range []string{"", "@", "conv.o1234@lumenhaus.example", "conv.o1235." + strings.Split(id, ".")[2], strings.ToUpper(id), "a.b.c", id[1:]} {
		if _, _, ok := OwnID(secret, wrong); ok {
			t.Errorf("%q is taken for ours", wrong)
		}
	}
	if _, _, ok := OwnID([]byte("another"), id); ok {
		t.Error("another mailbox's secret accepts it")
	}
}

func FuzzOwnID(f *testing.F) {
	f.Add("conv.o1234.aaaaaaaaaaaaaaaa@lumenhaus.example")
	f.Fuzz(func(t *testing.T, id string) {
		if c, m, ok := OwnID([]byte("secret"), id); ok && OwnMessageID([]byte("secret"), c, m, "x") == "" {
			t.Error(id)
		}
	})
}

func FuzzContentID(f *testing.F) {
	f.Add([]byte("Message-ID: <a@x>\r\nReceived: by x\r\n\r\nhello"))
	f.Add([]byte("\n\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if id := contentID(raw); len(id) != 16 {
			t.Errorf("%q has the id %q", raw, id)
		}
	})
}

func TestAMailKeepsItsIdentityOnTheWay(t *testing.T) {
	mail := letter{id: "a@x", from: kim, subject: "Lamp", text: "Dimmable?"}
	same := mail
	same.head = []string{"Received: from elsewhere", "X-Spam: no"}
	if contentID(mail.raw()) != contentID(same.raw()) {
		t.Error("headers of servers change the identity")
	}
	for name, other := range map[string]letter{
		"text":       {id: "a@x", from: kim, subject: "Lamp", text: "Dimmable!"},
		"sender":     {id: "a@x", from: "Eve <eve@elsewhere.example>", subject: "Lamp", text: "Dimmable?"},
		"Message-ID": {id: "b@x", from: kim, subject: "Lamp", text: "Dimmable?"},
	} {
		if contentID(mail.raw()) == contentID(other.raw()) {
			t.Errorf("another %s has the same identity", name)
		}
	}
}
