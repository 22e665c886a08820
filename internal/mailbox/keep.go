package mailbox

import (
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/marketplace"
	"github.com/quilldesk/quilldesk/internal/message"
)

// keep takes one mail in: first raw bytes, message and thread keys, then the
// conversation, so that a crash at any point loses nothing and a second run adds
// nothing. It returns the conversation that changed, "" for none.
func (r *run) keep(ctx context.Context, a *arrival, known *claims) (desk.ConversationID, []desk.Transition, error) {
	claim, _ := known.get(a.midKey)
	before, again := claim.Seen(string(a.id))
	if again && before.Epoch < r.state.Epoch {
		return "", nil, nil // taken in by an earlier batch: a duplicate or a re-read folder
	}
	if _, _, own := OwnID(r.who.Secret, a.mail.MessageID); own && r.fromUs(a) {
		return "", nil, nil // a copy of what we sent
	}
	target, err := r.bounced(ctx, a, known)
	if err != nil {
		return "", nil, err
	}
	switch {
	case again:
		target = before.Conversation
	case target == "":
		if target, err = r.thread(ctx, a, known); err != nil {
			return "", nil, err
		}
	}
	if target == "" {
		if a.sent {
			return "", nil, nil // the seller's own mail that answers nothing we know
		}
		target = ConversationID(r.box.ID, a.id)
	}
	if echoed, err := r.echoed(ctx, a, target); err != nil || echoed && !again {
		return "", nil, err
	}
	return r.store(ctx, a, target, known)
}

// store writes a mail down: its raw bytes and, at the same time, its thread keys and
// then its message, which is found by them if this breaks off; and only when all
// three are safe the conversation that shows it. It returns that conversation:
// another one when target was merged into it.
func (r *run) store(ctx context.Context, a *arrival, target desk.ConversationID, known *claims) (desk.ConversationID, []desk.Transition, error) {
	a.msg.Conversation = target
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() error { return r.Raw.Put(gctx, RawKey(r.box.Org, r.box.ID, a.id), a.raw) })
	group.Go(func() error {
		if err := r.claim(gctx, a, target, known); err != nil {
			return err
		}
		return r.State.PutIncoming(gctx, r.box.Org, a.msg, append([]string{a.midKey}, a.threadKeys...))
	})
	if err := group.Wait(); err != nil {
		return "", nil, err
	}
	_, transitions, err := r.State.Apply(ctx, r.box.Org, target, a.id, r.state.Epoch, func(c *desk.Conversation) {
		c.Mailbox = r.box.ID
		arrive(c, a)
	})
	var moved *desk.Moved
	if errors.As(err, &moved) { // merged after the thread keys were looked up
		return r.store(ctx, a, moved.Into, known)
	}
	if !a.imported {
		r.mailAt(a)
	}
	return target, transitions, err
}

// echoed reports whether the mail is a marketplace's copy of an answer that was
// sent from here: the answer itself stands in the conversation already.
func (r *run) echoed(ctx context.Context, a *arrival, id desk.ConversationID) (bool, error) {
	if !a.seen.OwnCopy {
		return false, nil
	}
	messages, err := r.State.Messages(ctx, r.box.Org, id)
	return slices.ContainsFunc(messages, func(m desk.Message) bool { return m.Send != nil && words(m) == words(a.msg) }), err
}

// fromUs reports whether the mailbox wrote the mail. Others know the Message-IDs of
// our answers too.
func (r *run) fromUs(a *arrival) bool {
	return a.sent || slices.ContainsFunc(a.mail.From, func(f message.Address) bool { return sameAddress(f.Address, r.box.Address) })
}

// words are a message's own words, however its lines are broken.
func words(m desk.Message) string { return strings.Join(strings.Fields(m.Visible()), " ") }

// thread finds the conversation a mail belongs to, strongest evidence first. A
// wrong merge is worse than a split: what a stranger can forge counts only when
// the sender is the conversation's own.
func (r *run) thread(ctx context.Context, a *arrival, known *claims) (desk.ConversationID, error) {
	if a.seen.Suspicious {
		return "", nil
	}
	for _, ref := range references(a.mail) {
		if c, m, ok := OwnID(r.who.Secret, ref); ok {
			now, err := r.State.Place(ctx, r.box.Org, c, m)
			if err != nil {
				return "", err
			}
			if found, err := r.fits(ctx, a, now); err != nil || found != "" {
				return found, err
			}
		}
	}
	for _, key := range a.threadKeys {
		if claim, ok := known.get(key); ok {
			if !a.sent {
				return claim.Conversation, nil
			}
			if _, err := r.State.Conversation(ctx, r.box.Org, claim.Conversation); desk.KindOf(err) != desk.NotFound {
				return claim.Conversation, err // an answer cannot bring back what was deleted
			}
		}
	}
	for _, key := range a.refKeys {
		if claim, ok := known.get(key); ok {
			if found, err := r.fits(ctx, a, claim.Conversation); err != nil || found != "" {
				return found, err
			}
		}
	}
	return "", nil
}

// references are the ids a mail refers to, newest first.
func references(m *message.Message) []string {
	refs := slices.Concat(m.References, m.InReplyTo)
	slices.Reverse(refs)
	return refs
}

// fits is the conversation, or the one it was merged into, if the mail comes from
// its buyer, or, for the seller's own mail, goes to them, and is not about another
// order; "" otherwise.
func (r *run) fits(ctx context.Context, a *arrival, id desk.ConversationID) (desk.ConversationID, error) {
	c, err := r.State.Conversation(ctx, r.box.Org, id)
	if desk.KindOf(err) == desk.NotFound {
		return "", nil // deleted here: a tombstone stays dead
	}
	if err != nil {
		return "", err
	}
	fits := false
	switch {
	case a.sent:
		to := append(contacts(a.mail.To), contacts(a.mail.Cc)...)
		fits = slices.ContainsFunc(to, func(t desk.Contact) bool {
			return sameAddress(t.Address, c.Route.To) || sameAddress(t.Address, c.Buyer.Address)
		})
	case otherOrder(a, c):
	case sameAddress(a.seen.Buyer.Address, c.Buyer.Address) || sameAddress(a.seen.Route.To, c.Route.To):
		fits = true
	default:
		fits, err = r.wrote(ctx, c.ID, a.seen.Buyer.Address)
	}
	if err != nil || !fits {
		return "", err
	}
	return c.ID, nil
}

func otherOrder(a *arrival, c desk.Conversation) bool {
	return len(a.seen.OrderNumbers) > 0 && len(c.OrderNumbers) > 0 &&
		!slices.ContainsFunc(a.seen.OrderNumbers, func(n string) bool { return slices.Contains(c.OrderNumbers, n) })
}

// wrote reports whether mail of that address is in a conversation already: one that
// was merged by hand can have several buyers.
func (r *run) wrote(ctx context.Context, id desk.ConversationID, address string) (bool, error) {
	messages, err := r.State.Messages(ctx, r.box.Org, id)
	return slices.ContainsFunc(messages, func(m desk.Message) bool {
		return m.Direction == desk.Incoming && m.Automatic == "" && sameAddress(m.From.Address, address)
	}), err
}

func sameAddress(a, b string) bool { return a != "" && strings.EqualFold(a, b) }

// claim makes every thread key of the mail lead to its conversation.
func (r *run) claim(ctx context.Context, a *arrival, target desk.ConversationID, known *claims) error {
	claim, err := r.State.Claim(ctx, r.box.Org, r.box.ID, a.midKey, desk.Content{Hash: string(a.id), Conversation: target, Epoch: r.state.Epoch})
	if err != nil {
		return err
	}
	known.set(claim)
	for _, key := range a.threadKeys {
		if _, ok := known.get(key); ok {
			continue
		}
		claim, err := r.State.Claim(ctx, r.box.Org, r.box.ID, key, desk.Content{Conversation: target})
		if err != nil {
			return err
		}
		known.set(claim)
	}
	return nil
}

// bounced fails the sent message that a bounce is about and returns its
// conversation, where the bounce belongs; "" for mail that is no bounce of ours.
func (r *run) bounced(ctx context.Context, a *arrival, known *claims) (desk.ConversationID, error) {
	c, m, detail, err := r.undelivered(ctx, a, known)
	if c == "" || err != nil {
		return "", err
	}
	err = r.State.Bounce(ctx, r.box.Org, c, m, detail)
	if desk.KindOf(err) == desk.NotFound {
		return "", nil // deleted meanwhile
	}
	return c, err
}

// undelivered finds the message that a bounce or a marketplace's own refusal is
// about: by our Message-ID, else, where the marketplace names only the buyer, the
// last one of that conversation.
func (r *run) undelivered(ctx context.Context, a *arrival, known *claims) (c desk.ConversationID, m desk.MessageID, detail string, err error) {
	if b := a.mail.Bounce; b != nil {
		if c, m, ok := OwnID(r.who.Secret, b.MessageID); ok && b.Permanent && !a.seen.Suspicious {
			c, err = r.State.Place(ctx, r.box.Org, c, m)
			return c, m, b.Diagnostic, err
		}
		return "", "", "", nil
	}
	if !a.seen.BouncedReply {
		return "", "", "", nil
	}
	detail = a.mail.Subject
	for _, ref := range references(a.mail) {
		if c, m, ok := OwnID(r.who.Secret, ref); ok {
			c, err = r.State.Place(ctx, r.box.Org, c, m)
			return c, m, detail, err
		}
	}
	for _, key := range a.threadKeys {
		claim, ok := known.get(key)
		if !ok {
			continue
		}
		found, err := r.State.Conversation(ctx, r.box.Org, claim.Conversation)
		if err != nil && desk.KindOf(err) != desk.NotFound {
			return "", "", "", err
		}
		if _, ours := desk.OutgoingAt(found.Newest); ours && err == nil {
			return found.ID, found.Newest, detail, nil
		}
	}
	return "", "", "", nil
}

func (r *run) mailAt(a *arrival) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a.at.After(r.state.LastMailAt) {
		r.state.LastMailAt = a.at
	}
}

// message is the mail as the conversation shows it. Where the marketplace's
// template was taken off, the text is the buyer's words; the original stays at hand.
func (a *arrival) message() desk.Message {
	m := desk.Message{
		ID: a.id, Direction: desk.Incoming, At: a.at, Subject: a.mail.Subject,
		To: contacts(a.mail.To), Cc: contacts(a.mail.Cc), HeaderID: a.mail.MessageID, References: a.mail.References,
		Text: a.mail.Text, HTML: a.mail.HTML != "", Automatic: string(a.mail.Automatic), Imported: a.imported,
	}
	if a.sent {
		m.Direction = desk.Outgoing
	}
	if from := contacts(a.mail.From); len(from) > 0 {
		m.From = from[0]
	}
	folds := a.mail.Folds
	if own := strings.TrimSpace(a.seen.Text); own != "" && own != strings.TrimSpace(a.mail.Text) {
		m.Text = own
		folds = message.Split(own, "").Folds
	}
	for _, f := range folds {
		m.Folds = append(m.Folds, desk.Fold{Start: f.Start, End: f.End, Kind: string(f.Kind)})
	}
	for _, f := range a.mail.Attachments {
		m.Attachments = append(m.Attachments, desk.Attachment{Name: f.Name, ContentType: f.ContentType, Size: f.Size, ContentID: f.ContentID, Inline: f.Inline})
	}
	for _, w := range a.mail.Warnings {
		m.Warnings = append(m.Warnings, string(w.Code))
	}
	if a.cut {
		m.Warnings = append(m.Warnings, "mail_cut")
	}
	return small(m)
}

// arrive lets a mail change its conversation.
func arrive(c *desk.Conversation, a *arrival) {
	m := a.msg
	isNew := c.Messages == 0
	c.Messages++
	// Messages are shown by time and then by id.
	latest := m.At.After(c.LastAt) || m.At.Equal(c.LastAt) && m.ID > c.Newest
	waits := c.LastIncoming != "" && c.Newest == c.LastIncoming // nobody has answered what came last
	if latest {
		c.LastAt, c.Newest, c.Snippet = m.At, m.ID, snippet(m)
	}
	c.HasAttachments = c.HasAttachments || slices.ContainsFunc(m.Attachments, func(f desk.Attachment) bool { return !f.Inline })
	switch {
	case a.sent && (latest || !waits):
		c.Close(desk.Replied)
	case a.sent: // an answer to what came before; the buyer wrote again since
	case !isNew && a.seen.Type.Value == desk.Automatic: // shown, and changes nothing
	default:
		received(c, a, isNew)
	}
}

// received is what mail does to its conversation that somebody may have to answer.
func received(c *desk.Conversation, a *arrival, isNew bool) {
	c.LastIncoming = a.id
	c.Sorted = false
	c.Suspicious = c.Suspicious || a.seen.Suspicious
	for _, n := range a.seen.OrderNumbers {
		if !slices.Contains(c.OrderNumbers, n) && len(c.OrderNumbers) < maxOrders {
			c.OrderNumbers = append(c.OrderNumbers, n)
		}
	}
	c.Labels = c.Labels.Merge(noticed(a.seen))
	c.Route = route(c.Route, a.seen.Route)
	if isNew {
		c.Store, c.Buyer, c.Subject = a.seen.Store, a.seen.Buyer, a.msg.Subject
		if c.Buyer == (desk.Contact{}) {
			c.Buyer = a.msg.From // a notice: whoever sent it
		}
		c.Title = marketplace.Title(c.Subject, c.Buyer.Name)
		if c.Store == "" {
			c.Store = desk.Own
		}
		c.Status = desk.NoReply
	}
	if wantsAnswer(a) {
		c.Status = desk.Awaiting
		startClock(c, a)
	}
}

// route keeps what an earlier mail told and a later one does not.
func route(old, next desk.ReplyRoute) desk.ReplyRoute {
	if next.To == "" && next.Disabled == "" {
		return old
	}
	if next.Reference == "" && next.Disabled == "" {
		next.Reference = old.Reference
	}
	return next
}

// actOn are marketplace events that somebody must act on, though the
// notice itself cannot be answered by mail.
var actOn = map[string]bool{
	marketplace.EventReturnRequested: true, marketplace.EventCancelRequested: true,
	marketplace.EventClaimOpened: true, marketplace.EventChargeback: true,
}

// wantsAnswer reports whether a mail puts its conversation under "awaiting":
// people's mail does, automatic mail never.
func wantsAnswer(a *arrival) bool {
	switch a.seen.Type.Value {
	case desk.Automatic:
		return false
	case desk.Notification, desk.AmazonQA:
		return actOn[a.seen.Event]
	default:
		return a.msg.Automatic == ""
	}
}

// startClock starts the response clock at the first unanswered buyer message.
// Imported mail starts none.
func startClock(c *desk.Conversation, a *arrival) {
	if c.Clock.Running() || a.imported || !a.seen.Type.Value.FromBuyer() {
		return
	}
	limit, target, none := marketplace.ClockFor(c.Store)
	if none {
		return
	}
	c.Clock = desk.ResponseClock{Start: a.at, Due: a.at.Add(limit), Target: target}
}

// snippet is the beginning of what the writer wrote, on one line.
func snippet(m desk.Message) string {
	words := strings.Fields(cut(m.Visible(), 4000))
	if len(words) == 0 {
		words = strings.Fields(cut(m.Text, 4000))
	}
	return cut(strings.Join(words[:min(len(words), 40)], " "), 140)
}

// authServIDs are the names under which a provider writes what it found out
// about a sender: those of its preset, and the mailbox's own domain and IMAP host.
func authServIDs(box desk.Mailbox) []string {
	_, domain, _ := strings.Cut(box.Address, "@")
	ids := []string{domain, "mx." + domain, box.IMAP.Host}
	if p, ok := preset(box.Provider); ok {
		ids = append(ids, p.AuthServIDs...)
	}
	return ids
}
