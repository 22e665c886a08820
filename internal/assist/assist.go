// Package assist says what Quilldesk asks of whoever helps with words: a model
// behind Bedrock or an OpenAI-compatible server, or the offline engine.
package assist

import (
	"context"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Assistant sorts, suggests, writes and translates. Its answers are validated:
// labels come from the closed sets of package desk, suggestions are exactly
// three, citations are verbatim. An error of kind desk.Unavailable means "not
// now" or, with the code "needs_model", "not without a model".
type Assistant interface {
	// Name is the model's id, "offline" for the offline engine.
	Name() string
	Triage(context.Context, Mail) (desk.Labels, desk.Provenance, error)
	Suggest(context.Context, Case) (desk.Suggestions, error)
	Draft(context.Context, Case, desk.Suggestion) (desk.Draft, error)
	Instruct(ctx context.Context, c Case, instruction string) (desk.Draft, error)
	Polish(ctx context.Context, c Case, text string) (desk.Draft, error)
	Translate(ctx context.Context, t Translation) (string, desk.Provenance, error)
}

// Canary stands in every instruction to a model and in nothing that is sent: a
// reply that has it repeats the instructions.
const Canary = "QD-7F31-KESTREL"

// Mail is one incoming message to sort. Type and Category may be known already
// from the marketplace's form; then they are not asked for.
type Mail struct {
	Org          desk.OrgID
	Subject      string
	Text         string // visible text, without quoted history
	Store        desk.Store
	Known        desk.Labels
	OrderNumbers []string
	Automatic    string
	Suspicious   bool
	// Reader is the language of agents, Knowledge that of the knowledge base.
	Reader, Knowledge desk.Language
	// Examples are corrections by hand of mail like this, the likest first. The
	// offline engine does not learn: it ignores them.
	Examples []desk.Example
}

// Turn is an earlier message of the conversation, oldest first.
type Turn struct {
	Direction desk.Direction
	Text      string
}

// Case is a conversation that wants an answer.
type Case struct {
	Org          desk.OrgID
	Message      desk.MessageID
	Mail         Mail
	Labels       desk.Labels
	Buyer        string // the buyer's name as the mail gave it, may be empty
	OrderNumbers []string
	History      []Turn
	// Entries are what the knowledge base has on it, the best first. Whether the
	// base answers the mail at all is judged by them.
	Entries []desk.Entry
	// Whole is the whole knowledge base as it holds for the store, in an order that
	// is the same for every mail, when it is small enough to be read at once; else
	// nil. An assistant that cannot tell what fits goes by Entries alone.
	Whole     []desk.Entry
	Signature string
	Language  desk.Language // to write in: the buyer's
	Reader    desk.Language // of headlines and open questions: the agents'
	Tone      string        // in the organisation's own words, may be empty
	Facts     string        // of the store, may be empty
	// MaxCharacters is what the marketplace takes of the text, signature included;
	// 0 is no limit.
	MaxCharacters int
	// Grows, when set, is called with the reply's unfinished and unchecked text as
	// it grows, if the model can say it piece by piece.
	Grows func(text string)
}

// Base are the entries a reply can rest on: all of them, or those found.
func (c Case) Base() []desk.Entry {
	if len(c.Whole) > 0 {
		return c.Whole
	}
	return c.Entries
}

// Translation is a text to be rendered in another language. Protected terms
// stay letter by letter.
type Translation struct {
	Org       desk.OrgID
	Text      string
	From, To  desk.Language
	Protected []string
}
