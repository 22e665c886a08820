package offline

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// Translate renders a text that consists of the bank's sentences in another
// language. Names and order numbers stay, and so do lines without letters and
// the signature below the closing. Any other line needs a model.
func (e *Engine) Translate(_ context.Context, t assist.Translation) (string, desk.Provenance, error) {
	to := e.bank[t.To]
	if to == nil {
		return "", desk.Provenance{}, desk.Errorf(desk.Invalid, "language", "no such language: %q", t.To)
	}
	for _, from := range sourceLanguages(t.From) {
		if text, ok := translation(t.Text, e.bank[from], to, t.To); ok && keeps(t.Text, text, t.Protected) {
			return text, made(), nil
		}
	}
	return "", desk.Provenance{}, desk.Errorf(desk.Unavailable, needsModel, "translating text that is not from the sentence bank needs a model")
}

// sourceLanguages puts the language named first: it may have been told wrong.
func sourceLanguages(first desk.Language) []desk.Language {
	out := slices.Clone(desk.Languages)
	slices.SortStableFunc(out, func(a, b desk.Language) int {
		return cmp.Compare(distance(a, first), distance(b, first))
	})
	return out
}

func distance(a, b desk.Language) int {
	switch {
	case a == b:
		return 0
	case base(a) == base(b):
		return 1
	}
	return 2
}

// keeps reports whether every protected term is as often in the result as in
// the source.
func keeps(source, result string, protected []string) bool {
	return !slices.ContainsFunc(protected, func(term string) bool {
		return term != "" && strings.Count(source, term) != strings.Count(result, term)
	})
}

// signatureLines and signatureRunes bound what passes below the closing: more is
// a letter of its own.
const (
	signatureLines = 4
	signatureRunes = 60
)

func translation(text string, from, to map[string]string, language desk.Language) (string, bool) {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		line = strings.TrimSpace(line)
		if !strings.ContainsFunc(line, unicode.IsLetter) {
			continue
		}
		said, ok := parse(line, from)
		if !ok {
			return "", false
		}
		lines[i] = render(said, to, language)
		if said[len(said)-1].key == regards {
			return strings.Join(lines, "\n"), isSignature(lines[i+1:])
		}
	}
	return strings.Join(lines, "\n"), true
}

func isSignature(lines []string) bool {
	filled := 0
	for _, line := range lines {
		if strings.TrimSpace(line) != "" {
			filled++
		}
		if utf8.RuneCountInString(line) > signatureRunes {
			return false
		}
	}
	return filled <= signatureLines
}

// sentence is one of the bank with its slot filled.
type sentence struct{ key, slot string }

// parse reads a line as sentences of the bank; ok is false when any part of it
// is something else.
func parse(line string, bank map[string]string) ([]sentence, bool) {
	if line == "" {
		return nil, true
	}
	for _, key := range bankOrder {
		slot, rest, ok := begins(line, bank[key])
		if !ok {
			continue
		}
		if more, ok := parse(strings.TrimSpace(rest), bank); ok {
			return append([]sentence{{key, slot}}, more...), true
		}
	}
	return nil, false
}

// bankOrder is fixed so that the same text is always read the same way.
var bankOrder = bankKeys()

// begins reports whether a line begins with a sentence of the bank, with what
// stands in its slot and what follows.
func begins(line, pattern string) (slot, rest string, ok bool) {
	head, tail, mark := cutSlot(pattern)
	line, ok = strings.CutPrefix(line, head)
	switch {
	case !ok || mark == "":
		return "", line, ok
	case tail != "":
		slot, rest, ok = strings.Cut(line, tail)
	case mark == orderSlot:
		slot, rest, _ = strings.Cut(line, " ")
	default:
		slot = line
	}
	return slot, rest, ok && plausibleSlot(mark, slot)
}

func cutSlot(pattern string) (head, tail, mark string) {
	for _, mark := range []string{nameSlot, orderSlot} {
		if head, tail, ok := strings.Cut(pattern, mark); ok {
			return head, tail, mark
		}
	}
	return pattern, "", ""
}

// orderLimit is the length in characters of the longest order number.
const orderLimit = 40

// plausibleSlot keeps sentences out of slots.
func plausibleSlot(mark, slot string) bool {
	if mark == nameSlot {
		return plausibleName(slot) == slot && slot != ""
	}
	digit := strings.ContainsFunc(slot, unicode.IsDigit)
	return digit && utf8.RuneCountInString(slot) <= orderLimit && !strings.ContainsFunc(slot, unicode.IsSpace)
}

func render(said []sentence, bank map[string]string, language desk.Language) string {
	out := make([]string, len(said))
	for i, s := range said {
		out[i] = strings.NewReplacer(nameSlot, s.slot, orderSlot, s.slot).Replace(bank[s.key])
	}
	return strings.Join(out, space(language))
}
