package reply

import (
	"context"
	"slices"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// Render puts a text that answers nothing into a language, as Preview does for a
// reply, and leaves it as it is written for "". Of the preview only what is about
// the text is set.
func (d *Desk) Render(ctx context.Context, org desk.OrgID, text string, to desk.Language) (Preview, error) {
	p := Preview{Text: text, Language: to, Problems: []string{}, Amounts: amounts(text)}
	if to == "" {
		return p, nil
	}
	if !slices.Contains(desk.Languages, to) {
		return p, desk.Errorf(desk.Invalid, "language_unknown", "there is no such language")
	}
	if err := d.translate(ctx, &p, assist.Case{Org: org, Language: to}); err != nil {
		return p, err
	}
	p.Amounts = amounts(p.Text)
	return p, nil
}
