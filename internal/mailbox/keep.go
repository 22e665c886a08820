package mailbox

import (
	"context"
	"slices"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/marketplace"
	"github.com/quilldesk/quilldesk/internal/message"
)

// keep takes one mail in: raw bytes, thread keys, message, conversation, in this
// order, so that a crash at any point loses nothing and a second run adds
// nothing. It returns the conversation that changed, "" for none.
func (r *run) keep(ctx context.Context, a *arrival, known *claims) (desk.ConversationID, []desk.Transition, error) {
	mine, seenBefore := known.get(a.midKey)
	target, again := mine.Seen(string(a.id))
	if seenBefore && again && mine.Epoch < r.state.Epoch {
		return "", nil, nil // taken in by an earlier batch: a duplicate or a re-read folder
	}
	if _, _, own := OwnID(r.who.Secret, a.mail.MessageID); own {
		return "", nil, nil // a copy of what we sent
	}
	if err := r.bounced(ctx, a); err != nil {
		return "", nil, err
	}
	if !again {
		found, err := r.thread(ctx, a, known)
		if err != nil {
			return "", nil, err
		}
		if target = found; target == "" {
			if a.sent {
				return "", nil, nil // the seller's own mail that answers nothing we know
			}
			target = desk.ConversationID(a.id)
		}
		if echoed, err := r.echoed(ctx, a, target); err != nil || echoed {
			return "", nil, err
		}
	}
	if err := r.Raw.Put(ctx, RawKey(r.box.Org, r.box.ID, a.id), a.raw); err != nil {
		return "", nil, err
	}
	if err := r.claim(ctx, a, target, known); err != nil {
		return "", nil, err
	}
	m := a.message(target)
	if err := r.State.PutIncoming(ctx, r.box.Org, m, append([]string{a.midKey}, a.seen.ThreadKeys...)); err != nil {
		return "", nil, err
	}
	_, transitions, err := r.State.Apply(ctx, r.box.Org, target, a.id, r.state.Epoch, func(c *desk.Conversation) {
		c.Mailbox = r.box.ID
		arrive(c, a, m)
	})
	if !a.imported {
		r.mailAt(a)
	}
	return target, transitions, err
}

// thread finds the conversation a mail belongs to, strongest evidence first. A
// wrong merge is worse than a split: what a stranger can forge counts only when
// the sender is the conversation's own.
func (r *run) thread(ctx context.Context, a *arrival, known *claims) (desk.ConversationID, error) {
	if a.seen.Suspicious {
		return "", nil
	}
	for _, ref := range slices.Backward(append(slices.Clone(a.mail.References), a.mail.InReplyTo...)) {
		if c, _, ok := OwnID(r.who.Secret, ref); ok {
			if fits, err := r.fits(ctx, a, c); err != nil || fits {
				return c, err
			}
		}
	}
	for _, key := range a.seen.ThreadKeys {
		if claim, ok := known.get(key); ok {
			return claim.Conversation, nil
		}
	}
	for _, key := range a.refKeys {
		if claim, ok := known.get(key); ok {
			if fits, err := r.fits(ctx, a, claim.Conversation); err != nil || fits {
				return claim.Conversation, err
			}
		}
	}
	return "", nil
}

// echoed reports whether the mail is a marketplace's copy of an answer that was
// sent from here: the answer itself stands in the conversation already.
func (r *run) echoed(ctx context.Context, a *arrival, id desk.ConversationID) (bool, error) {
	if !a.seen.OwnCopy {
		return false, nil
	}
	c, err := r.State.Conversation(ctx, r.box.Org, id)
	if desk.KindOf(err) == desk.NotFound {
		return false, nil
	}
	_, ours := desk.OutgoingAt(c.Newest)
	return ours, err
}

// fits reports whether the mail comes from the conversation's buyer, or, for the
// seller's own mail, goes to them, and is not about another order.
func (r *run) fits(ctx context.Context, a *arrival, id desk.ConversationID) (bool, error) {
	c, err := r.State.Conversation(ctx, r.box.Org, id)
	if desk.KindOf(err) == desk.NotFound {
		return false, nil // deleted here: a tombstone stays dead
	}
	if err != nil {
		return false, err
	}
	if a.sent {
		to := append(contacts(a.mail.To), contacts(a.mail.Cc)...)
		return slices.ContainsFunc(to, func(t desk.Contact) bool {
			return sameAddress(t.Address, c.Route.To) || sameAddress(t.Address, c.Buyer.Address)
		}), nil
	}
	other := len(a.seen.OrderNumbers) > 0 && len(c.OrderNumbers) > 0 && !slices.ContainsFunc(a.seen.OrderNumbers, func(n string) bool { return slices.Contains(c.OrderNumbers, n) })
	return !other && (sameAddress(a.seen.Buyer.Address, c.Buyer.Address) || sameAddress(a.seen.Route.To, c.Route.To)), nil
}

func sameAddress(a, b string) bool { return a != "" && strings.EqualFold(a, b) }

// claim makes every thread key of the mail lead to its conversation.
func (r *run) claim(ctx context.Context, a *arrival, target desk.ConversationID, known *claims) error {
	claim, err := r.State.Claim(ctx, r.box.Org, r.box.ID, a.midKey, target, string(a.id), r.state.Epoch)
	if err != nil {
		return err
	}
	known.set(claim)
	for _, key := range a.seen.ThreadKeys {
		if _, ok := known.get(key); ok {
			continue
		}
		claim, err := r.State.Claim(ctx, r.box.Org, r.box.ID, key, target, "", r.state.Epoch)
		if err != nil {
			return err
		}
		known.set(claim)
	}
	return nil
}

// bounced fails the sent message that a bounce is about.
func (r *run) bounced(ctx context.Context, a *arrival) error {
	if a.mail.Bounce == nil || !a.mail.Bounce.Permanent {
		return nil
	}
	c, m, ok := OwnID(r.who.Secret, a.mail.Bounce.MessageID)
	if !ok {
		return nil
	}
	err := r.State.Bounce(ctx, r.box.Org, c, m, a.mail.Bounce.Diagnostic)
	if desk.KindOf(err) == desk.NotFound {
		return nil // deleted meanwhile
	}
	return err
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
func (a *arrival) message(c desk.ConversationID) desk.Message {
	m := desk.Message{
		ID: a.id, Conversation: c, Direction: desk.Incoming, At: a.at, Subject: a.mail.Subject,
		To: contacts(a.mail.To), Cc: contacts(a.mail.Cc), HeaderID: a.mail.MessageID, References: a.mail.References,
		Text: a.mail.Text, HTML: a.mail.HTML != "", Automatic: string(a.mail.Automatic), Imported: a.imported,
	}
	if a.sent {
		m.Direction = desk.Outgoing
	}
	if len(a.mail.From) > 0 {
		m.From = desk.Contact{Name: a.mail.From[0].Name, Address: a.mail.From[0].Address}
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
	return m
}

// arrive lets a mail change its conversation.
func arrive(c *desk.Conversation, a *arrival, m desk.Message) {
	isNew := c.Messages == 0
	c.Messages++
	if m.At.After(c.LastAt) {
		c.LastAt, c.Newest = m.At, m.ID
		c.Snippet = snippet(m)
	}
	c.HasAttachments = c.HasAttachments || slices.ContainsFunc(m.Attachments, func(f desk.Attachment) bool { return !f.Inline })
	if a.sent {
		c.Status, c.Clock = desk.Replied, desk.ResponseClock{}
		return
	}
	c.LastIncoming = m.ID
	c.Sorted = false
	c.Suspicious = c.Suspicious || a.seen.Suspicious
	for _, n := range a.seen.OrderNumbers {
		if !slices.Contains(c.OrderNumbers, n) && len(c.OrderNumbers) < 10 {
			c.OrderNumbers = append(c.OrderNumbers, n)
		}
	}
	c.Labels = c.Labels.Merge(noticed(a.seen))
	c.Route = route(c.Route, a.seen.Route)
	if isNew {
		c.Store, c.Buyer, c.Subject = a.seen.Store, a.seen.Buyer, m.Subject
		if c.Buyer == (desk.Contact{}) {
			c.Buyer = m.From // a notice: whoever sent it
		}
		if c.Store == "" {
			c.Store = desk.Own
		}
		c.Status = desk.NoReply
	}
	if wantsAnswer(a, m) {
		c.Status = desk.Awaiting
		startClock(c, a, m)
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
func wantsAnswer(a *arrival, m desk.Message) bool {
	switch a.seen.Type.Value {
	case desk.Automatic:
		return false
	case desk.Notification, desk.AmazonQA:
		return actOn[a.seen.Event]
	default:
		return m.Automatic == ""
	}
}

// startClock starts the response clock at the first unanswered buyer message.
// Imported mail starts none.
func startClock(c *desk.Conversation, a *arrival, m desk.Message) {
	if c.Clock.Running() || m.Imported || !a.seen.Type.Value.FromBuyer() {
		return
	}
	limit, target, none := marketplace.ClockFor(c.Store)
	if none {
		return
	}
	c.Clock = desk.ResponseClock{Start: m.At, Due: m.At.Add(limit), Target: target}
}

// snippet is the beginning of what the writer wrote, on one line.
func snippet(m desk.Message) string {
	text := m.Text
	if len(m.Folds) > 0 && m.Folds[0].Start > 0 && m.Folds[0].Start <= len(text) {
		text = text[:m.Folds[0].Start]
	}
	words := strings.Fields(text)
	short := strings.Join(words[:min(len(words), 40)], " ")
	if runes := []rune(short); len(runes) > 140 {
		short = string(runes[:140])
	}
	return short
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
