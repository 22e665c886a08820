package offline

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// headlineData says what each suggestion would do, in the languages of the page;
// the page's catalogue is made from the same file.
//
//go:embed headlines.json
var headlineData []byte

// headlines are keyed "suggest.<intent>.<stance>" and then by UI language.
type headlines map[string]map[string]string

func loadHeadlines() (headlines, error) {
	var h headlines
	if err := json.Unmarshal(headlineData, &h); err != nil {
		return nil, fmt.Errorf("reading the headlines: %w", err)
	}
	for _, intent := range desk.Intents {
		for _, stance := range stances {
			key := headlineKey(intent, stance)
			for _, language := range []string{"en", "zh-Hant", "zh-Hans"} {
				if h[key][language] == "" {
					return nil, fmt.Errorf("reading the headlines: no %s for %s", language, key)
				}
			}
		}
	}
	return h, nil
}

var stances = []desk.Stance{desk.Resolve, desk.Ask, desk.Decline}

func headlineKey(intent desk.Intent, stance desk.Stance) string {
	return "suggest." + string(intent) + "." + string(stance)
}

// Suggest offers to look into the wish, to ask for what is missing, and to say
// what cannot be done. Knowledge entries go with the first.
func (e *Engine) Suggest(_ context.Context, c assist.Case) (desk.Suggestions, error) {
	out := desk.Suggestions{For: c.Message, Grounded: len(c.Entries) > 0, Made: made()}
	intent := e.intentOf(c)
	for i, stance := range stances {
		key := headlineKey(intent, stance)
		s := desk.Suggestion{ID: fmt.Sprintf("s%d", i+1), Headline: e.headlines[key]["en"], HeadlineKey: key, Stance: stance}
		if stance == desk.Resolve {
			for _, entry := range c.Entries {
				s.Entries = append(s.Entries, entry.ID)
			}
		}
		out.Items = append(out.Items, s)
	}
	return out, nil
}

// intentOf is the case's intent, found anew when the mail was not sorted yet.
func (e *Engine) intentOf(c assist.Case) desk.Intent {
	if intent := c.Labels.Intent.Value; slices.Contains(desk.Intents, intent) {
		return intent
	}
	return e.lexicons.read(c.Mail.Subject+"\n\n"+c.Mail.Text, writtenIn(c.Mail).Language).intent().Value
}
