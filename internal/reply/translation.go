package reply

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/language"
)

// translatedLimit is how much of a mail is translated, in characters.
const translatedLimit = 4000

// TranslateMessage renders what a message says, without quoted history, in another
// language, and keeps the result beside it. Unavailable with the code needs_model
// without a model. When the numbers differ after a second try the result says so.
func (d *Desk) TranslateMessage(ctx context.Context, c desk.Conversation, id desk.MessageID, to desk.Language) (desk.Translated, error) {
	if !slices.Contains(desk.Languages, to) {
		return desk.Translated{}, desk.Errorf(desk.Invalid, "language_unknown", "there is no such language")
	}
	kept, err := d.State.Translation(ctx, c.Org, c.ID, id, to)
	if desk.KindOf(err) != desk.NotFound {
		return kept, err
	}
	m, err := d.State.Message(ctx, c.Org, c.ID, id)
	if err != nil {
		return desk.Translated{}, err
	}
	text, cut := beginning(m.Visible(), translatedLimit)
	from := language.Identify(text).Language
	if strings.TrimSpace(text) == "" || from == to || bothEnglish(from, to) {
		return desk.Translated{}, desk.Errorf(desk.Invalid, "translation_needless", "the message is in this language already, or empty")
	}
	translated, made, err := d.Assistant.Translate(ctx, assist.Translation{Org: c.Org, Text: text, From: from, To: to, Protected: c.OrderNumbers})
	if err != nil {
		return desk.Translated{}, err
	}
	t := desk.Translated{Text: translated, Language: to, Cut: cut, Made: made}
	if !sameNumbers(text, translated) {
		t.Problems = append(t.Problems, "numbers_differ")
	}
	return t, d.State.PutTranslation(ctx, c.Org, c.ID, id, t)
}

// beginning is a text of at most so many characters, cut at the end of a paragraph
// or sentence where one is near.
func beginning(text string, limit int) (kept string, cut bool) {
	if utf8.RuneCountInString(text) <= limit {
		return text, false
	}
	kept = string([]rune(text)[:limit])
	for _, end := range []string{"\n\n", "\n", ". ", "。", "! ", "? ", " "} {
		if i := strings.LastIndex(kept, end); i > len(kept)*3/4 {
			return strings.TrimSpace(kept[:i+len(end)]), true
		}
	}
	return kept, true
}
