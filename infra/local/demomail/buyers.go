package demomail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/demomail/corpus"
)

// buyers write new mail now and then, and answer what sellers write to them.
type buyers struct {
	accounts *accounts
	config   Config
	path     string
	pool     []corpus.Entry
	answers  corpus.Answers
	log      *slog.Logger
	wake     chan struct{}

	mu    sync.Mutex
	state *state
}

func openBuyers(path string, accounts *accounts, config Config) (*buyers, error) {
	state, err := loadState(path)
	if err != nil {
		return nil, err
	}
	pool, err := corpus.Arrivals()
	if err != nil {
		return nil, err
	}
	answers, err := corpus.LoadAnswers()
	if err != nil {
		return nil, err
	}
	return &buyers{
		accounts: accounts, config: config, path: path, pool: pool, answers: answers, log: config.Log,
		wake: make(chan struct{}, 1), state: state,
	}, nil
}

// talk returns the conversation behind an address. An address nobody wrote from gets a person
// made up: sellers may write first.
func (b *buyers) talk(address, sender string) *conversation {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.talkLocked(address, sender)
}

func (b *buyers) talkLocked(address, sender string) *conversation {
	if known := b.state.Talks[talkKey(address)]; known != nil {
		found := *known
		return &found
	}
	return stranger(address, sender)
}

// stranger is a buyer who has not written before. He has no eBay reference id to be answered with.
func stranger(address, sender string) *conversation {
	local, host, _ := strings.Cut(talkKey(address), "@")
	names := []string{"Robin Ashdown", "Marta Quill", "Theo Lindqvist", "Priya Nandakumar", "Jonas Feld"}
	talk := &conversation{
		Account: sender, Address: address, Form: "plain", Client: "gmail",
		Facts: corpus.Facts{Site: "shop", Language: "en-US", Name: names[int(local[0])%len(names)], Alias: local, Seller: sender},
	}
	talk.From = fmt.Sprintf("%s <%s>", talk.Facts.Name, address)
	if form, site := corpus.RelayForm(host); form != "" {
		talk.Form, talk.Client, talk.Facts.Site, talk.Facts.Topic = form, "", site, "Other"
	}
	if account, ok := accountFor(sender); ok {
		talk.Facts.Shop = account.Name
	}
	return talk
}

// hear notes what the seller wrote and when the buyer will answer.
func (b *buyers) hear(sender, to string, m *received) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	talk := b.talkLocked(to, sender)
	subject, _ := m.header.Subject()
	talk.Heard = corpus.Quoted{
		From: talk.Facts.Shop, Address: m.from(), To: talk.Facts.Name, Subject: subject,
		Date: b.config.Now(), Text: m.text,
	}
	if talk.Form == "plain" {
		talk.Subject = subject
	}
	if id := m.header.Get("Message-Id"); id != "" {
		talk.References = append(talk.References, id)
	}
	if talk.Due.IsZero() && b.answers.Text(talk.persona(b.config.Seed), talk.Turn) != "" {
		talk.Due = b.config.Now().Add(b.config.ReplyDelay)
	}
	b.state.Talks[talkKey(to)] = talk
	if err := b.state.save(b.path); err != nil {
		return err
	}
	select {
	case b.wake <- struct{}{}:
	default: // already told
	}
	return nil
}

// persona is who the buyer is, as far as answering goes.
func (c *conversation) persona(seed uint64) corpus.Persona {
	return corpus.Persona{
		Language: c.Facts.Language, Question: c.Question,
		Seed: corpus.Token(16, fmt.Sprint(seed), talkKey(c.Address)),
	}
}

// run answers what is due and lets new mail arrive until ctx ends.
func (b *buyers) run(ctx context.Context) {
	arrival := b.nextArrival()
	for {
		wait, waiting := b.untilDue()
		timer := time.NewTimer(wait)
		if !waiting {
			timer.Stop()
		}
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-b.wake:
		case <-timer.C:
			b.report("answering", b.answerFirst())
		case <-arrival:
			b.report("writing new mail", b.arrive())
			arrival = b.nextArrival()
		}
		timer.Stop()
	}
}

func (b *buyers) report(doing string, err error) {
	if err != nil {
		b.log.Error("demo buyer failed", "doing", doing, "error", err)
	}
}

// nextArrival fires after about config.Arrivals; nil, which never does, for none.
func (b *buyers) nextArrival() <-chan time.Time {
	if b.config.Arrivals <= 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	source := rand.New(rand.NewPCG(b.config.Seed, uint64(b.state.Arrivals)))
	return time.After(b.config.Arrivals*3/4 + time.Duration(source.Int64N(int64(b.config.Arrivals/2)+1)))
}

// firstLocked returns the talk whose answer is due first, nil for none.
func (b *buyers) firstLocked() *conversation {
	var first *conversation
	for _, key := range slices.Sorted(maps.Keys(b.state.Talks)) {
		talk := b.state.Talks[key]
		if !talk.Due.IsZero() && (first == nil || talk.Due.Before(first.Due)) {
			first = talk
		}
	}
	return first
}

func (b *buyers) untilDue() (time.Duration, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := b.firstLocked()
	if first == nil {
		return 0, false
	}
	return max(0, first.Due.Sub(b.config.Now())), true
}

// answerFirst writes the answer that is due first. It can be repeated after a crash: the mail's
// key is the talk and its turn.
func (b *buyers) answerFirst() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	talk := b.firstLocked()
	if talk == nil {
		return nil
	}
	next := *talk
	next.Due = time.Time{}
	next.Turn++
	b.state.Talks[talkKey(talk.Address)] = &next
	text := b.answers.Text(talk.persona(b.config.Seed), talk.Turn)
	if err := b.write(&next, text); err != nil {
		return errors.Join(err, b.state.save(b.path))
	}
	return b.state.save(b.path)
}

func (b *buyers) write(talk *conversation, text string) error {
	talk.Facts.Text = text
	talk.Facts.Date = b.config.Now()
	key := fmt.Sprintf("answer-%s-%d", talkKey(talk.Address), talk.Turn)
	talk.Facts.Unique = corpus.Token(26, key, talk.Facts.Unique)
	talk.Facts.Ref = "a05-" + corpus.Token(10, key, talk.Facts.Ref)
	talk.Facts.Token = strings.ToUpper(corpus.Token(24, key, "token"))
	if talk.Client != "" {
		talk.Facts.Quote = corpus.Quote(talk.Client, talk.Facts.Language, talk.Heard)
	}
	m, err := corpus.Render(talk.Form, talk.Facts, talk.fields())
	if err != nil {
		return err
	}
	m.Charset = talk.Charset
	talk.References = append(talk.References, m.Get("Message-ID"))
	m.Trace(Host, talk.Account, "pass")
	raw, err := m.Bytes()
	if err != nil {
		return err
	}
	return b.accounts.deliver(talk.Account, raw, key)
}

// fields thread the answer. Amazon writes the same subject again, the others answer it.
func (c *conversation) fields() []corpus.Field {
	var fields []corpus.Field
	if c.Form != "amazon-buyer" {
		fields = append(fields, corpus.Field{Name: "Subject", Value: replySubject(c.Subject)})
	}
	if c.From != "" {
		fields = append(fields, corpus.Field{Name: "From", Value: c.From})
	}
	if n := len(c.References); n > 0 {
		fields = append(fields,
			corpus.Field{Name: "In-Reply-To", Value: c.References[n-1]},
			corpus.Field{Name: "References", Value: strings.Join(c.References, " ")})
	}
	return fields
}

func replySubject(subject string) string {
	if len(subject) >= 3 && strings.EqualFold(subject[:3], "re:") {
		return subject
	}
	return "Re: " + subject
}

// arrive delivers the next mail of the pool with ids and numbers of its own.
func (b *buyers) arrive() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	number := b.state.Arrivals
	entry := b.pool[number%len(b.pool)]
	entry.Age = 0
	writer := corpus.Writer{
		Mailboxes: mailboxes(), Host: Host, Now: b.config.Now(), Run: fmt.Sprintf("arrival-%d-%d", b.config.Seed, number),
	}
	letters, err := writer.Write([]corpus.Entry{entry})
	if err != nil {
		return err
	}
	if err := b.accounts.add(letters[0]); err != nil {
		return err
	}
	b.state.Arrivals++
	b.state.remember(letters[0])
	return b.state.save(b.path)
}

func (b *buyers) holds() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state.Held
}

// deliverHeld delivers the young seeds, each once: the mail's key is its Message-ID.
func (b *buyers) deliverHeld() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.state.Held {
		return nil
	}
	letters, err := seeds(b.config.Now())
	if err != nil {
		return err
	}
	for _, letter := range letters {
		if letter.Age >= b.config.Held {
			continue
		}
		if err := b.accounts.add(letter); err != nil {
			return err
		}
		b.state.remember(letter)
	}
	b.state.Held = false
	return b.state.save(b.path)
}
