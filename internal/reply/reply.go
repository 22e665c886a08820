// Package reply prepares answers: three suggestions, the draft of the chosen
// one, and the preview in the buyer's language with everything that is checked.
package reply

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/guard"
	"github.com/quilldesk/quilldesk/internal/language"
	"github.com/quilldesk/quilldesk/internal/outbox"
	"github.com/quilldesk/quilldesk/internal/triage"
)

// State is where conversations are kept.
type State interface {
	Conversation(context.Context, desk.OrgID, desk.ConversationID) (desk.Conversation, error)
	Messages(context.Context, desk.OrgID, desk.ConversationID) ([]desk.Message, error)
	Organisation(context.Context, desk.OrgID) (desk.Organisation, error)
	Mailbox(context.Context, desk.OrgID, desk.MailboxID) (desk.Mailbox, error)
	PutSuggestions(context.Context, desk.OrgID, desk.ConversationID, desk.Suggestions) error
	Message(ctx context.Context, org desk.OrgID, c desk.ConversationID, m desk.MessageID) (desk.Message, error)
	// PutPartial keeps what a draft says so far, until a time.
	PutPartial(ctx context.Context, org desk.OrgID, c desk.ConversationID, request, text string, until time.Time) error
	Translation(ctx context.Context, org desk.OrgID, c desk.ConversationID, m desk.MessageID, to desk.Language) (desk.Translated, error)
	PutTranslation(ctx context.Context, org desk.OrgID, c desk.ConversationID, m desk.MessageID, t desk.Translated) error
}

// Knowledge finds entries that answer a mail.
type Knowledge interface {
	// Whole is every entry that holds for a store, in a stable order, or none when
	// they are too many to be read at once.
	Whole(ctx context.Context, org desk.OrgID, store desk.Store) ([]desk.Entry, error)
	Relevant(ctx context.Context, org desk.OrgID, mail string, store desk.Store, k int) ([]desk.Entry, error)
	// Unanswered records a question that no entry answers.
	Unanswered(context.Context, desk.OrgID, desk.Question) error
}

// Desk prepares answers. Assistant may fail; Fallback answers what it can.
type Desk struct {
	State     State
	Knowledge Knowledge
	Assistant assist.Assistant
	Fallback  assist.Assistant
	Now       desk.Clock
	Log       *slog.Logger

	// request is the one under which drafts can be read as they grow, "" for none.
	request string
}

// entriesShown is how many entries are given along, historyShown how many
// earlier messages.
const (
	entriesShown = 5
	historyShown = 6
)

// Suggest makes the three suggestions for a conversation's newest incoming
// message and stores them.
func (d *Desk) Suggest(ctx context.Context, org desk.OrgID, id desk.ConversationID) (desk.Suggestions, error) {
	c, k, err := d.open(ctx, org, id)
	if err != nil {
		return desk.Suggestions{}, err
	}
	s, err := d.Assistant.Suggest(ctx, k)
	if err != nil {
		d.fellBack(ctx, c, "suggest", err)
		code := desk.CodeOf(err)
		if s, err = d.Fallback.Suggest(ctx, k); err != nil {
			return s, err
		}
		s.Made.Because = code
	}
	if !s.Grounded {
		d.unanswered(ctx, c, asked(c))
	}
	s.For, s.At = c.LastIncoming, d.Now().UTC()
	return s, d.State.PutSuggestions(ctx, org, id, s)
}

func (d *Desk) fellBack(ctx context.Context, c desk.Conversation, task string, err error) {
	d.Log.WarnContext(ctx, "done by rules: the model did not answer", "task", task, "org", c.Org, "conversation", c.ID, "code", desk.CodeOf(err), "err", err)
}

// Draft writes the reply of a suggestion.
func (d *Desk) Draft(ctx context.Context, org desk.OrgID, id desk.ConversationID, s desk.Suggestion) (desk.Draft, error) {
	c, k, err := d.open(ctx, org, id)
	if err != nil {
		return desk.Draft{}, err
	}
	k.Grows = d.growing(ctx, org, id)
	draft, err := d.Assistant.Draft(ctx, k, s)
	if err != nil {
		d.fellBack(ctx, c, "draft", err)
		code := desk.CodeOf(err)
		if draft, err = d.Fallback.Draft(ctx, k, s); err != nil {
			return draft, err
		}
		draft.Made.Because = code
	}
	d.unanswered(ctx, c, draft.Missing...)
	return verified(draft, k), nil
}

// Instruct writes a reply after the agent's own words; Unavailable with the
// code "needs_model" without a model.
func (d *Desk) Instruct(ctx context.Context, org desk.OrgID, id desk.ConversationID, instruction string) (desk.Draft, error) {
	_, k, err := d.open(ctx, org, id)
	if err != nil {
		return desk.Draft{}, err
	}
	k.Grows = d.growing(ctx, org, id)
	draft, err := d.Assistant.Instruct(ctx, k, instruction)
	if err != nil {
		return draft, err
	}
	k.History = append(k.History, assist.Turn{Direction: desk.Outgoing, Text: instruction}) // what the agent wrote is known
	return verified(draft, k), nil
}

// Polish improves hand-written text and keeps its meaning.
func (d *Desk) Polish(ctx context.Context, org desk.OrgID, id desk.ConversationID, text string) (desk.Draft, error) {
	_, k, err := d.open(ctx, org, id)
	if err != nil {
		return desk.Draft{}, err
	}
	draft, err := d.Assistant.Polish(ctx, k, text)
	if err != nil {
		return draft, err
	}
	k.History = append(k.History, assist.Turn{Direction: desk.Outgoing, Text: text})
	return verified(draft, k), nil
}

// open gathers everything an answer is written from.
func (d *Desk) open(ctx context.Context, org desk.OrgID, id desk.ConversationID) (desk.Conversation, assist.Case, error) {
	c, err := d.State.Conversation(ctx, org, id)
	if err != nil {
		return c, assist.Case{}, err
	}
	messages, err := d.State.Messages(ctx, org, id)
	if err != nil {
		return c, assist.Case{}, err
	}
	o, err := d.State.Organisation(ctx, org)
	if err != nil {
		return c, assist.Case{}, err
	}
	k := assist.Case{
		Org: org, Message: c.LastIncoming, Labels: c.Labels, Buyer: c.Buyer.Name, OrderNumbers: c.OrderNumbers,
		Signature: o.Signature, Language: c.Labels.Language.Value, Reader: o.Language, Tone: o.Tone, Facts: o.Facts[c.Store],
		MaxCharacters: longest[c.Store.Marketplace()],
	}
	if k.Language == "" {
		k.Language = "en-US"
	}
	for _, m := range messages {
		if m.ID == c.LastIncoming {
			k.Mail = triage.View(c, m)
		} else if m.Send == nil || m.Send.State != desk.Cancelled {
			k.History = append(k.History, assist.Turn{Direction: m.Direction, Text: m.Visible()})
		}
	}
	if n := len(k.History); n > historyShown {
		k.History = k.History[n-historyShown:]
	}
	if k.Whole, err = d.Knowledge.Whole(ctx, org, c.Store); err != nil {
		return c, k, err
	}
	k.Entries, err = d.Knowledge.Relevant(ctx, org, k.Mail.Subject+"\n"+k.Mail.Text+"\n"+c.Labels.Query, c.Store, entriesShown)
	return c, k, err
}

// longest is how many characters of a reply a marketplace takes, where it says so.
var longest = map[desk.Marketplace]int{desk.EBay: 2000}

// Preview is a reply as the buyer would get it.
type Preview struct {
	From       desk.Contact
	To         string
	Subject    string
	Text       string
	Appended   string
	Language   desk.Language
	Translated bool
	Findings   []desk.Finding
	Amounts    []string
	Problems   []string
}

// Preview translates and checks a text; it changes nothing. What stands in the
// way of sending is in Findings and Problems.
func (d *Desk) Preview(ctx context.Context, org desk.OrgID, id desk.ConversationID, text string, to desk.Language, history bool) (Preview, error) {
	if !slices.Contains(desk.Languages, to) {
		return Preview{}, desk.Errorf(desk.Invalid, "language_unknown", "there is no such language")
	}
	c, k, err := d.open(ctx, org, id)
	if err != nil {
		return Preview{}, err
	}
	box, err := d.State.Mailbox(ctx, org, c.Mailbox)
	if err != nil {
		return Preview{}, err
	}
	messages, err := d.State.Messages(ctx, org, id)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{
		From: desk.Contact{Name: box.Name, Address: box.Address}, To: c.Route.To, Subject: outbox.ReplySubject(c.Subject),
		Text: text, Language: to, Problems: []string{},
	}
	if err := d.translate(ctx, &p, k); err != nil {
		return p, err
	}
	p.Appended = outbox.Appended(c, outbox.LastIncoming(messages), history, to)
	answer := outbox.Answer{
		Conversation: c, Messages: messages, Box: box, Organisation: desk.Organisation{Signature: k.Signature}, Text: p.Text, Language: to, At: d.Now(),
	}
	p.Findings = guard.Check(answer.Outgoing())
	p.Amounts = amounts(p.Text)
	return p, nil
}

// translate renders the text in the chosen language when it is in another. The
// numbers must be the same afterwards.
func (d *Desk) translate(ctx context.Context, p *Preview, k assist.Case) error {
	from := language.Identify(p.Text).Language
	if strings.TrimSpace(p.Text) == "" || from == "" || from == p.Language || bothEnglish(from, p.Language) {
		return nil
	}
	t := assist.Translation{Org: k.Org, Text: p.Text, From: from, To: p.Language, Protected: protected(k)}
	translated, _, err := d.Assistant.Translate(ctx, t)
	unavailable := ""
	if err != nil {
		unavailable = untranslated[desk.CodeOf(err)]
		if desk.CodeOf(err) != "needs_model" {
			if translated, _, err = d.Fallback.Translate(ctx, t); err == nil {
				unavailable = ""
			}
		}
	}
	switch {
	case unavailable != "":
		p.Problems = append(p.Problems, unavailable)
		return nil
	case err != nil:
		p.Problems = append(p.Problems, "translation_failed")
		return nil
	}
	if !sameNumbers(p.Text, translated) {
		p.Problems = append(p.Problems, "numbers_differ")
	}
	p.Text, p.Translated = translated, true
	return nil
}

// untranslated are the problems that say why there is no translation; for any other
// failure the translation failed.
var untranslated = map[string]string{
	"needs_model": "translation_needs_model", "budget_spent": "translation_budget_spent", "budget_held": "translation_budget_spent",
}

func bothEnglish(a, b desk.Language) bool {
	return strings.HasPrefix(string(a), "en") && strings.HasPrefix(string(b), "en")
}

// protected are strings that must survive translation letter by letter.
func protected(k assist.Case) []string {
	terms := append([]string{}, k.OrderNumbers...)
	for _, e := range k.Base() {
		terms = append(terms, e.Protected...)
	}
	return terms
}

// suggestLimit bounds a suggestion made in the background.
const suggestLimit = 45 * time.Second

// Prepare makes suggestions for a job of the draft queue, unless the
// conversation has moved on.
func (d *Desk) Prepare(ctx context.Context, job desk.Job) error {
	ctx, cancel := context.WithTimeout(ctx, suggestLimit)
	defer cancel()
	c, err := d.State.Conversation(ctx, job.Org, job.Conversation)
	if desk.KindOf(err) == desk.NotFound {
		return nil
	}
	if err != nil || c.LastIncoming != job.Message || c.Status != desk.Awaiting {
		return err
	}
	_, err = d.Suggest(ctx, job.Org, job.Conversation)
	return err
}
