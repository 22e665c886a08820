package triage

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/model"
)

// Correction is what later sorting can learn from labels that a person changed;
// false when nothing changed that a model sets. Nothing in it names a person or an
// order.
func Correction(c desk.Conversation, m desk.Message, before desk.Labels, now time.Time) (desk.Example, bool) {
	e := desk.Example{
		Mailbox: c.Mailbox, Conversation: c.ID, At: now.UTC(), Store: c.Store, Type: c.Labels.Type.Value,
		Text: model.Anonymous(m.Subject+"\n"+m.Visible(), append(slices.Clone(c.OrderNumbers), c.Buyer.Name, m.From.Name)...),
	}
	after := c.Labels
	for _, l := range []struct {
		name       string
		was, is    string
		correction bool
	}{
		{"type", string(before.Type.Value), string(after.Type.Value), after.Type.Source == desk.ByHand},
		{"intent", string(before.Intent.Value), string(after.Intent.Value), after.Intent.Source == desk.ByHand},
		{"priority", string(before.Priority.Value), string(after.Priority.Value), after.Priority.Source == desk.ByHand},
		{"sentiment", string(before.Sentiment.Value), string(after.Sentiment.Value), after.Sentiment.Source == desk.ByHand},
		{"language", string(before.Language.Value), string(after.Language.Value), after.Language.Source == desk.ByHand},
	} {
		if l.correction && l.was != l.is {
			e.Labels = append(e.Labels, desk.Corrected{Label: l.name, Value: l.is})
		}
	}
	return e, len(e.Labels) > 0 && e.Text != ""
}

// examplesShown is how many corrections a question shows.
const examplesShown = 4

// likest are the corrections most like a mail: of the same store, the same type,
// and with the same words.
func likest(mail assist.Mail, all []desk.Example) []desk.Example {
	words := pairs(mail.Subject + " " + mail.Text)
	likeness := func(e desk.Example) float64 {
		score := 4 * shared(words, pairs(e.Text))
		if e.Store == mail.Store {
			score++
		}
		if e.Type == mail.Known.Type.Value {
			score++
		}
		return score
	}
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b desk.Example) int { return cmp.Compare(likeness(b), likeness(a)) })
	return sorted[:min(len(sorted), examplesShown)]
}

// pairs are a text's pairs of neighbouring letters, which tell likeness in every
// script.
func pairs(text string) map[[2]rune]bool {
	all := map[[2]rune]bool{}
	last := ' '
	for _, r := range strings.ToLower(text) {
		if !unicode.IsLetter(r) {
			last = ' '
			continue
		}
		if last != ' ' {
			all[[2]rune{last, r}] = true
		}
		last = r
	}
	return all
}

// shared is the share of b's pairs that a has too, from 0 to 1.
func shared(a, b map[[2]rune]bool) float64 {
	if len(b) == 0 {
		return 0
	}
	both := 0
	for p := range b {
		if a[p] {
			both++
		}
	}
	return float64(both) / float64(len(b))
}
