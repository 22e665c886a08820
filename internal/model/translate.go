package model

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

var link = regexp.MustCompile(`(?i)(?:https?://|www\.)[^\s<>"'()（）【】、。，]+[^\s<>"'()（）【】、。，.,;:!?]`)

// exact are what must come back letter by letter from a translation, beside what
// is private: links, order numbers, codes, and anything like a fence.
var exact = []private{
	{"", link, nil},
	{"", regexp.MustCompile(`(?:\d{3}-\d{7}-\d{7}|\d{2}-\d{5}-\d{5})`), nil},
	{"", regexp.MustCompile(`[A-Za-z]*\d[A-Za-z\d]*[A-Za-z][A-Za-z\d]*|[A-Z]{1,5}-?\d{3,}[A-Z\d-]*`), (*masks).isCode},
	{"", regexp.MustCompile(`<{3,}|>{3,}`), nil},
}

// isCode takes tracking numbers, ASINs and model names, but leaves "10cm",
// "2pcs" and "3rd" to the translator.
func (m *masks) isCode(found string) bool { return len(found) >= 6 && len(digits(found)) >= 2 }

// exactMasks mask a text that must keep some parts letter by letter.
type exactMasks struct {
	masks
	terms []string // the longest first
}

func newExactMasks(terms []string) *exactMasks {
	sorted := slices.DeleteFunc(slices.Clone(terms), func(t string) bool { return strings.TrimSpace(t) == "" })
	slices.SortStableFunc(sorted, func(a, b string) int { return len(b) - len(a) })
	return &exactMasks{*newMasks(), sorted}
}

// hide replaces protected terms, private data and codes by ⟦1⟧, ⟦2⟧, …
func (m *exactMasks) hide(text string) string {
	replace := func(text string, p private) string {
		return outside(text, func(part string) string {
			return p.pattern.ReplaceAllStringFunc(part, func(found string) string {
				if p.is != nil && !p.is(&m.masks, found) {
					return found
				}
				return m.token("", found)
			})
		}, p.letter == "T")
	}
	text = replace(text, privates[0])
	for _, term := range m.terms {
		text = outside(text, func(part string) string { return strings.ReplaceAll(part, term, m.token("", term)) }, false)
	}
	for _, p := range append(slices.Clone(exact), privates[1:]...) {
		text = replace(text, p)
	}
	return text
}

// readExact reads a text in which every token must be as often as before.
func (m *exactMasks) readExact(input json.RawMessage, masked string) (string, error) {
	var answer struct {
		Text string `json:"text"`
	}
	if err := decode(input, &answer); err != nil {
		return "", err
	}
	text := strings.TrimSpace(visible(answer.Text))
	lost, added := difference(token.FindAllString(masked, -1), token.FindAllString(text, -1))
	switch {
	case len(lost) > 0:
		return "", flaw{"these tokens are missing", strings.Join(lost, " ")}
	case len(added) > 0:
		return "", flaw{"these tokens are too many", strings.Join(added, " ")}
	case text == "":
		return "", flaw{what: "text is empty"}
	case link.MatchString(text):
		return "", flaw{what: "text has a link that was not there"} // every link that was there is a token
	}
	return m.restore(text), nil
}

// answerTokens bounds the answer to a text: another language or a politer tone
// takes up to three times as many.
func answerTokens(text string) int { return min(200+3*Tokens(text), 6000) }

// Translate renders a text in another language. What must not change is masked.
// When the numbers come out different the model is told which, once; after that
// the text is given as it is, and whoever sends it is shown the difference.
func (a *Assistant) Translate(ctx context.Context, t assist.Translation) (string, desk.Provenance, error) {
	if usable(t.Text) != nil {
		return "", desk.Provenance{}, desk.Errorf(desk.Invalid, "text", "the text to translate is empty or too long")
	}
	p, m := newPage(), newExactMasks(t.Protected)
	masked := m.hide(t.Text)
	if t.From != "" {
		p.fact("from", named(t.From))
	}
	p.fact("to", named(t.To))
	p.data("text", masked)
	q := Question{Org: t.Org, Task: Translate, User: p.String(), Tool: textTool(), MaxTokens: answerTokens(masked)}
	translated, tries := "", 0
	made, err := a.ask(ctx, q, func(input json.RawMessage) (err error) {
		tries++
		if translated, err = m.readExact(input, masked); err != nil {
			return err
		}
		if tries == 1 {
			return sameNumbers(t.Text, translated)
		}
		return nil
	})
	if err != nil {
		return "", made, err
	}
	return translated, made, nil
}
