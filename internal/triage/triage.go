// Package triage sorts incoming mail: labels from the assistant, or from the
// offline engine when the assistant cannot answer, always with source and reason.
package triage

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// State is where conversations are kept.
type State interface {
	Message(ctx context.Context, org desk.OrgID, c desk.ConversationID, m desk.MessageID) (desk.Message, error)
	Conversation(context.Context, desk.OrgID, desk.ConversationID) (desk.Conversation, error)
	Change(ctx context.Context, org desk.OrgID, c desk.ConversationID, change func(*desk.Conversation) error) (desk.Conversation, error)
	PutFind(ctx context.Context, c desk.Conversation, terms []string) error
	Organisation(context.Context, desk.OrgID) (desk.Organisation, error)
	Examples(context.Context, desk.OrgID) ([]desk.Example, error)
	// Unsorted, SortAgain and SortedAgain keep what a model is to sort again.
	Unsorted(ctx context.Context, org desk.OrgID, c desk.ConversationID, m desk.MessageID) (desk.Again, bool, error)
	SortAgain(ctx context.Context, org desk.OrgID, c desk.ConversationID, m desk.MessageID, a desk.Again, due time.Time) error
	SortedAgain(ctx context.Context, org desk.OrgID, c desk.ConversationID, m desk.MessageID) error
}

// WorkQueue carries conversations that await a reply to drafting.
type WorkQueue interface {
	Draft(ctx context.Context, job desk.Job) error
}

// Sorter sorts one message at a time.
type Sorter struct {
	State State
	Work  WorkQueue
	// Assistant may fail for hours: Fallback always answers.
	Assistant assist.Assistant
	Fallback  assist.Assistant
	Now       desk.Clock
	Log       *slog.Logger
}

// Sort labels a conversation by its newest message. Sorting twice is harmless;
// a job about an older message is done by the job of the newer one. What only
// rules could sort, because the model failed, comes again as a job for Resort.
func (s *Sorter) Sort(ctx context.Context, job desk.Job) error {
	c, err := s.State.Conversation(ctx, job.Org, job.Conversation)
	if desk.KindOf(err) == desk.NotFound {
		return nil // deleted meanwhile
	}
	if err != nil {
		return err
	}
	if job.Again {
		return s.resort(ctx, job, c)
	}
	if c.LastIncoming != job.Message {
		return nil
	}
	m, err := s.State.Message(ctx, job.Org, job.Conversation, job.Message)
	if err != nil {
		return err
	}
	labels, failed, err := s.label(ctx, c, m)
	if err != nil {
		return err
	}
	if err := s.keep(ctx, job, labels); err != nil {
		return err
	}
	if mayAnswerLater(failed) {
		now := s.Now()
		return s.State.SortAgain(ctx, job.Org, job.Conversation, job.Message, desk.Again{Since: now, Tries: 1}, now.Add(pause(1)))
	}
	return nil
}

// keep lays labels over what is known, makes the conversation findable by it, and
// hands mail that awaits a reply to drafting.
func (s *Sorter) keep(ctx context.Context, job desk.Job, labels desk.Labels) error {
	c, err := s.State.Change(ctx, job.Org, job.Conversation, func(c *desk.Conversation) error {
		if c.LastIncoming == job.Message {
			if !c.Sorted {
				c.Labels = aged(c.Labels)
			}
			c.Labels = c.Labels.Merge(labels)
			c.OrderNumbers = withOrders(c.OrderNumbers, labels.Orders)
			c.Labels.Category = Category(c.Labels)
			c.Sorted = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.State.PutFind(ctx, c, Terms(c)); err != nil {
		return err
	}
	if c.Status == desk.Awaiting && c.Route.Disabled == "" {
		return s.Work.Draft(ctx, desk.Job{Org: job.Org, Mailbox: job.Mailbox, Conversation: job.Conversation, Message: job.Message})
	}
	return nil
}

// ordersLimit is how many order numbers a conversation has at most.
const ordersLimit = 10

// withOrders are a conversation's order numbers and those that a model found.
func withOrders(known, found []string) []string {
	for _, o := range found {
		if len(known) < ordersLimit && !slices.Contains(known, o) {
			known = append(known, o)
		}
	}
	return known
}

// label asks the assistant and, when it cannot answer, the offline engine. Mail
// is never held up by a model: why it failed is told beside the labels.
func (s *Sorter) label(ctx context.Context, c desk.Conversation, m desk.Message) (labels desk.Labels, failed, err error) {
	mail := View(c, m)
	if m.Automatic == "" {
		if labels, failed, err = s.ask(ctx, c, mail); err != nil || failed == nil {
			return labels, nil, err
		}
		err := failed
		s.Log.WarnContext(ctx, "sorted by rules: the model did not answer", "org", c.Org, "conversation", c.ID, "code", desk.CodeOf(err), "err", err)
	}
	labels, _, err = s.Fallback.Triage(ctx, mail)
	if err != nil { // the offline engine does not fail
		s.Log.ErrorContext(ctx, "the offline engine failed", "org", c.Org, "conversation", c.ID, "err", err)
	}
	return labels, failed, nil
}

// ask puts a mail to the assistant, with what the organisation tells it.
func (s *Sorter) ask(ctx context.Context, c desk.Conversation, mail assist.Mail) (labels desk.Labels, failed, err error) {
	o, err := s.State.Organisation(ctx, c.Org)
	if err != nil {
		return labels, nil, err
	}
	examples, err := s.State.Examples(ctx, c.Org)
	if err != nil {
		return labels, nil, err
	}
	mail.Reader, mail.Knowledge = o.Language, o.KnowledgeLanguage
	if mail.Knowledge == "" {
		mail.Knowledge = o.Language
	}
	mail.Examples = likest(mail, examples)
	labels, _, failed = s.Assistant.Triage(ctx, mail)
	return labels, failed, nil
}

// aged lets whatever sorting the newest message says replace what sorting an
// older one said: a guess about this mail beats a model's word about the last.
func aged(l desk.Labels) desk.Labels {
	for _, source := range []*desk.Source{
		&l.Type.Source, &l.Category.Source, &l.Intent.Source, &l.Priority.Source, &l.Sentiment.Source, &l.Language.Source,
	} {
		if *source == desk.ByModel || *source == desk.ByEstimate {
			*source = desk.ByDefault
		}
	}
	return l
}

// Category is the folder a conversation belongs in: its type's own, unless a
// person, or a rule that names another than a type's, chose it.
func Category(l desk.Labels) desk.Label[desk.Category] {
	chosen := l.Category.Source == desk.ByHand || l.Category.Source == desk.ByRule && !preset(l.Category.Value)
	if chosen && l.Category.Value != "" {
		return l.Category
	}
	return desk.Label[desk.Category]{Value: desk.Category(l.Type.Value), Source: l.Type.Source, Reason: l.Type.Reason}
}

func preset(c desk.Category) bool { return slices.Contains(desk.Types, desk.Type(c)) }

// View is what the assistant sees of a message.
func View(c desk.Conversation, m desk.Message) assist.Mail {
	return assist.Mail{
		Org: c.Org, Subject: m.Subject, Text: m.Visible(), Store: c.Store, Known: c.Labels,
		OrderNumbers: c.OrderNumbers, Automatic: m.Automatic, Suspicious: c.Suspicious,
	}
}

// Terms are what a conversation can be found under: its order numbers, the
// buyer's address, the buyer's name and each word of it.
func Terms(c desk.Conversation) []string {
	terms := slices.Clone(c.OrderNumbers)
	if c.Buyer.Address != "" {
		terms = append(terms, c.Buyer.Address)
	}
	if name := strings.TrimSpace(c.Buyer.Name); name != "" {
		terms = append(terms, name)
		if words := strings.Fields(name); len(words) > 1 {
			terms = append(terms, words[:min(len(words), 4)]...)
		}
	}
	return terms
}
