package offline

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/guard"
	"github.com/quilldesk/quilldesk/internal/language"
)

const order = "112-5550001-5550002"

func caseOf(intent desk.Intent, language desk.Language) assist.Case {
	c := assist.Case{
		Message: "m1", Buyer: "Dana Whitfield", OrderNumbers: []string{order}, Signature: "Lumenhaus Care", Language: language,
		Mail: assist.Mail{Subject: "A question", Text: "Hello"},
	}
	c.Labels.Intent.Value = intent
	return c
}

// everyDraft calls see with the draft of every language, intent and stance.
func everyDraft(t *testing.T, e *Engine, see func(c assist.Case, s desk.Suggestion, d desk.Draft)) {
	t.Helper()
	for _, language := range desk.Languages {
		for _, intent := range desk.Intents {
			c := caseOf(intent, language)
			suggestions, err := e.Suggest(context.Background(), c)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range suggestions.Items {
				d, err := e.Draft(context.Background(), c, s)
				if err != nil {
					t.Fatalf("%s %s %s: %v", language, intent, s.Stance, err)
				}
				see(c, s, d)
			}
		}
	}
}

var leftover = regexp.MustCompile(`[{}\[\]<>⟦⟧]|https?:|www\.|@|%[A-Z]`)

func TestDraftsHaveNoPlaceholderNoLinkAndNoForeignNumber(t *testing.T) {
	everyDraft(t, newEngine(t), func(c assist.Case, s desk.Suggestion, d desk.Draft) {
		if found := leftover.FindString(d.Text); found != "" {
			t.Errorf("%s %s %s: left %q in\n%s", c.Language, c.Labels.Intent.Value, s.Stance, found, d.Text)
		}
		if strings.Count(d.Text, order) != 1 || !strings.Contains(d.Text, c.Buyer) || !strings.HasSuffix(d.Text, "\n"+c.Signature) {
			t.Errorf("%s: order, name or signature is missing in\n%s", c.Language, d.Text)
		}
		if rest := strings.ReplaceAll(d.Text, order, ""); strings.ContainsAny(rest, "0123456789") {
			t.Errorf("%s: a number from nowhere in\n%s", c.Language, d.Text)
		}
		if len(d.Citations) != 0 || d.Made.Source != desk.ByEstimate || d.Made.Model != "offline" {
			t.Errorf("%s: citations %v, made %+v", c.Language, d.Citations, d.Made)
		}
	})
}

func TestDraftsAreWrittenInTheirLanguage(t *testing.T) {
	family := func(l desk.Language) string {
		if base(l) == "id" {
			return "ms" // too close to tell
		}
		if base(l) == "zh" {
			return string(l)
		}
		return base(l)
	}
	everyDraft(t, newEngine(t), func(c assist.Case, s desk.Suggestion, d desk.Draft) {
		if found := language.Identify(d.Text).Language; family(found) != family(c.Language) {
			t.Errorf("%s %s %s reads as %q:\n%s", c.Language, c.Labels.Intent.Value, s.Stance, found, d.Text)
		}
	})
}

func TestDraftsPassTheMarketplaceCheck(t *testing.T) {
	stores := map[desk.Marketplace]desk.Store{} // the rules go by marketplace
	for _, s := range desk.Stores {
		stores[s.Marketplace] = s.Store
	}
	delete(stores, desk.TikTok) // answered in the app, never by mail
	everyDraft(t, newEngine(t), func(c assist.Case, s desk.Suggestion, d desk.Draft) {
		for _, store := range stores {
			found := guard.Check(guard.Outgoing{
				Store: store, Text: d.Text, Language: c.Language, OrderNumbers: c.OrderNumbers, Automatic: true,
				OwnNames: []string{c.Signature}, Route: desk.ReplyRoute{Reference: "[#a-1b2c3d4e#]"},
			})
			for _, f := range found {
				if f.Severity == desk.Block {
					t.Errorf("%s %s %s %s: %s %q", store, c.Language, c.Labels.Intent.Value, s.Stance, f.Rule, f.Excerpt)
				}
			}
		}
	})
}

func TestTranslatingADraftGivesTheDraftOfTheOtherLanguage(t *testing.T) {
	e := newEngine(t)
	drafts := map[string]string{}
	key := func(l desk.Language, c assist.Case, s desk.Suggestion) string {
		return string(l) + string(c.Labels.Intent.Value) + string(s.Stance)
	}
	everyDraft(t, e, func(c assist.Case, s desk.Suggestion, d desk.Draft) { drafts[key(c.Language, c, s)] = d.Text })
	everyDraft(t, e, func(c assist.Case, s desk.Suggestion, d desk.Draft) {
		for _, to := range desk.Languages {
			got, made, err := e.Translate(context.Background(), assist.Translation{Text: d.Text, From: c.Language, To: to, Protected: []string{order}})
			if err != nil {
				t.Fatalf("%s to %s: %v\n%s", c.Language, to, err, d.Text)
			}
			if want := drafts[key(to, c, s)]; got != want {
				t.Fatalf("%s to %s:\n%s\nwant\n%s", c.Language, to, got, want)
			}
			if made.Source != desk.ByEstimate {
				t.Fatalf("made %+v", made)
			}
		}
	})
}

func TestTranslateFindsTheRightLanguageWhenToldAWrongOne(t *testing.T) {
	e := newEngine(t)
	got, _, err := e.Translate(context.Background(), assist.Translation{Text: "Guten Tag,\n\nWir prüfen unseren Bestand.", From: "fr", To: "en-US"})
	if desk.CodeOf(err) != needsModel {
		t.Fatalf("got %q, %v", got, err) // not a sentence of the bank
	}
	d, err := e.Draft(context.Background(), caseOf(desk.Stock, "de"), desk.Suggestion{Stance: desk.Ask})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := e.Translate(context.Background(), assist.Translation{Text: d.Text, From: "fr", To: "en-US"}); err != nil {
		t.Error(err)
	}
}

func TestTranslateLeavesWhatItDoesNotKnowToAModel(t *testing.T) {
	e := newEngine(t)
	for name, text := range map[string]string{
		"other text":              "Hello,\n\nYour parcel leaves tomorrow.",
		"a sentence with a tail":  "Hello, and welcome",
		"a letter as signature":   "Hello,\n\nKind regards,\n" + strings.Repeat("We promise to send a voucher soon. ", 4),
		"too many lines below":    "Hello,\n\nKind regards,\nA\nB\nC\nD\nE",
		"a sentence as a name":    "Hello dear friend we will refund you,",
		"an order that is a text": "Thank you for your message about order number which you never sent.",
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := e.Translate(context.Background(), assist.Translation{Text: text, From: "en-US", To: "fr"})
			if desk.KindOf(err) != desk.Unavailable || desk.CodeOf(err) != needsModel {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestTranslateRefusesAProtectedTermThatWouldBeLost(t *testing.T) {
	_, _, err := newEngine(t).Translate(context.Background(), assist.Translation{Text: "Hello,", From: "en-US", To: "fr", Protected: []string{"Hello"}})
	if desk.CodeOf(err) != needsModel {
		t.Errorf("err = %v", err)
	}
}

func TestResolveQuotesTheEntryOfTheLanguageWordForWord(t *testing.T) {
	e := newEngine(t)
	for _, language := range desk.Languages {
		c := caseOf(desk.Return, language)
		c.Entries = []desk.Entry{
			{ID: "k1", Topic: "Other", Answer: "Autre langue ¶ réponse.", Language: "xx"},
			{ID: "k2", Topic: "Returns", Answer: "  Line one – 30 日.\nLine two, ü.  ", Language: language},
		}
		s, err := e.Suggest(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		if !s.Grounded || !slices.Equal(s.Items[0].Entries, []desk.EntryID{"k1", "k2"}) || s.Items[1].Entries != nil {
			t.Errorf("%s: %+v", language, s)
		}
		d, err := e.Draft(context.Background(), c, s.Items[0])
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Citations) != 1 {
			t.Fatalf("%s: citations %v", language, d.Citations)
		}
		quoted := d.Citations[0]
		if quoted.Entry != "k2" || d.Text[quoted.Start:quoted.End] != quoted.Quote || quoted.Quote != "Line one – 30 日.\nLine two, ü." {
			t.Errorf("%s: citation %+v of %q", language, quoted, d.Text[quoted.Start:quoted.End])
		}
		if len(d.Missing) != 0 {
			t.Errorf("%s: missing %v", language, d.Missing)
		}
		for _, other := range s.Items[1:] {
			if d, err := e.Draft(context.Background(), c, other); err != nil || len(d.Citations) != 0 {
				t.Errorf("%s %s: citations %v, %v", language, other.Stance, d.Citations, err)
			}
		}
	}
}

func TestAnEntryInAnotherLanguageIsQuotedAndNamedAsMissing(t *testing.T) {
	c := caseOf(desk.Return, "de")
	c.Entries = []desk.Entry{{ID: "k1", Topic: "How do returns work?", Answer: "Send it back.", Language: "en-US"}}
	d, err := newEngine(t).Draft(context.Background(), c, desk.Suggestion{Stance: desk.Resolve, Entries: []desk.EntryID{"k1"}})
	if err != nil || len(d.Citations) != 1 || !slices.Equal(d.Missing, []string{"In de: How do returns work?"}) {
		t.Errorf("citations %v, missing %v, %v", d.Citations, d.Missing, err)
	}
}

func TestMissingNamesTheQuestionWithoutAnAnswer(t *testing.T) {
	e := newEngine(t)
	draft := func(intent desk.Intent, subject string) []string {
		c := caseOf(intent, "en-US")
		c.Mail.Subject = subject
		d, err := e.Draft(context.Background(), c, desk.Suggestion{Stance: desk.Ask})
		if err != nil {
			t.Fatal(err)
		}
		return d.Missing
	}
	if got := draft(desk.Stock, " Blue  one? "); !slices.Equal(got, []string{"Blue one?"}) {
		t.Errorf("with a subject: %q", got)
	}
	if got := draft(desk.Stock, ""); !slices.Equal(got, []string{asked[desk.Stock]}) {
		t.Errorf("without a subject: %q", got)
	}
	if got := draft(desk.Thanks, "Thank you"); got == nil || len(got) != 0 {
		t.Errorf("thanks: %q", got)
	}
}

func TestSuggestOffersThreeStancesWithHeadlines(t *testing.T) {
	s, err := newEngine(t).Suggest(context.Background(), caseOf(desk.Refund, "ja"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Grounded || s.For != "m1" || len(s.Items) != 3 {
		t.Fatalf("%+v", s)
	}
	for i, want := range []struct {
		id     string
		stance desk.Stance
	}{{"s1", desk.Resolve}, {"s2", desk.Ask}, {"s3", desk.Decline}} {
		got := s.Items[i]
		if got.ID != want.id || got.Stance != want.stance || got.HeadlineKey != "suggest.refund."+string(want.stance) || got.Headline == "" {
			t.Errorf("item %d: %+v", i, got)
		}
	}
}

func TestSuggestSortsAMailThatHasNoIntentYet(t *testing.T) {
	c := caseOf("", "en-US")
	c.Mail.Text = "Please cancel my order."
	s, err := newEngine(t).Suggest(context.Background(), c)
	if err != nil || s.Items[0].HeadlineKey != "suggest.cancel.resolve" {
		t.Errorf("%+v, %v", s.Items, err)
	}
}

func TestDraftRefusesAnUnknownStance(t *testing.T) {
	if _, err := newEngine(t).Draft(context.Background(), caseOf(desk.Refund, "en-US"), desk.Suggestion{Stance: "beg"}); desk.KindOf(err) != desk.Invalid {
		t.Errorf("err = %v", err)
	}
}

func TestGreetingsUseOnlyPlausibleNames(t *testing.T) {
	for name, want := range map[string]string{
		"Dana  Whitfield": "Dana Whitfield", "王小明": "王小明", "Иван": "Иван", "Anne-Marie O'Neil": "Anne-Marie O'Neil", "สมชาย": "สมชาย",
		"": "", "x": "", "john_smith92": "", "Amazon Customer": "", "buyer": "", "kx.qz": "", "a@example.com": "", "lhk": "",
		"A Name That Goes On And On Without End": "", "{name}": "",
	} {
		if got := plausibleName(name); got != want {
			t.Errorf("plausibleName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestOnlyAModelInstructsAndPolishes(t *testing.T) {
	e := newEngine(t)
	_, instruct := e.Instruct(context.Background(), assist.Case{}, "be nice")
	_, polish := e.Polish(context.Background(), assist.Case{}, "hi")
	for _, err := range []error{instruct, polish} {
		if desk.KindOf(err) != desk.Unavailable || desk.CodeOf(err) != needsModel {
			t.Errorf("err = %v", err)
		}
	}
}

func TestBankSentencesAreDistinctSoThatTheyCanBeReadBack(t *testing.T) {
	for language, sentences := range newEngine(t).bank {
		keys := map[string]string{}
		for key, sentence := range sentences {
			if other, taken := keys[sentence]; taken {
				t.Errorf("%s: %s and %s are the same: %q", language, key, other, sentence)
			}
			keys[sentence] = key
			if !utf8.ValidString(sentence) || strings.TrimSpace(sentence) != sentence {
				t.Errorf("%s %s: %q", language, key, sentence)
			}
		}
	}
}
