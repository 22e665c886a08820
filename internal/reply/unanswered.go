package reply

import (
	"cmp"
	"context"
	"regexp"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// relaySubject is what a marketplace puts around a topic, with the buyer's name.
var relaySubject = regexp.MustCompile(`(?i)^(?:(?:re|fwd?|aw)\s*:\s*)*|\s*inquiry from amazon customer.*$|.*wants to connect with you.*|\(order:.*\)`)

// asked is what a mail asks in one sentence: by the model, by the rules, or its
// subject without the buyer's name; "" when it asks nothing.
func asked(c desk.Conversation) string {
	if !c.Labels.Type.Value.FromBuyer() || c.Labels.Intent.Value == desk.Thanks || c.Labels.Intent.Value == desk.Spam {
		return ""
	}
	return cmp.Or(c.Labels.Query, c.Labels.Summary, relaySubject.ReplaceAllString(c.Subject, ""))
}

// unanswered records questions. That it fails is no reason to keep a reply back.
func (d *Desk) unanswered(ctx context.Context, c desk.Conversation, questions ...string) {
	for _, text := range questions {
		if text == "" {
			continue
		}
		err := d.Knowledge.Unanswered(ctx, c.Org, desk.Question{Text: text, Mailbox: c.Mailbox, Conversation: c.ID, Store: c.Store, Language: c.Labels.Language.Value})
		if err != nil {
			d.Log.WarnContext(ctx, "question without an answer not recorded", "org", c.Org, "conversation", c.ID, "code", desk.CodeOf(err), "err", err)
		}
	}
}
