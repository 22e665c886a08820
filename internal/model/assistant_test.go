package model_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/quilldesk/quilldesk/infra/local/converse"
	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/bedrock"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/model"
)

const modelID = "us.anthropic.claude-haiku-5-5"

// answers are fine ones, by task.
var answers = map[string]string{
	"triage": `{"reason":"asks where the parcel is","type":"after_sale","intent":"where_is_my_order","flags":[],"priority":"medium",
		"mood":"worried but polite","sentiment":"neutral","language":"de","summary":"The buyer asks where the parcel is; write to ⟦E1⟧."}`,
	"suggest": `{"s1":{"headline":"Explain the 14-day delivery time","stance":"resolve","cited":["K1"]},
		"s2":{"headline":"Ask for a photo of the label","stance":"ask","cited":[]},"s3":{"headline":"Say politely that it is too early","stance":"decline","cited":["K2"]}}`,
	"draft":     `{"text":"Guten Tag Frau Beispiel,\n\nIhr Paket braucht bis zu 14 Tage. [K1] Wir melden uns unter ⟦E1⟧.\n\nFreundliche Grüße","citations":[{"alias":"K1","quote":"takes up to 14 days"},{"alias":"K2","quote":"not in the entry at all"}],"missing":["Is there a tracking number?"]}`,
	"instruct":  `{"text":"Guten Tag,\n\ngern.","citations":[],"missing":[]}`,
	"polish":    `{"text":"Dear buyer, we sent 2 items."}`,
	"translate": `{"text":"Ihre Bestellung ⟦2⟧ kommt in 3 Tagen, siehe ⟦1⟧."}`,
}

var mail = assist.Mail{
	Subject: "Wo ist mein Paket?", Text: "Hallo, wo bleibt mein Paket? Schreiben Sie an anna@example.com.", Store: desk.AmazonCom,
	OrderNumbers: []string{"111-2223334-5556667"},
}

var question = assist.Case{
	Message: "m1", Mail: mail, Buyer: "Anna Beispiel", OrderNumbers: mail.OrderNumbers, Language: "de", Signature: "Lumenhaus",
	Entries: []desk.Entry{
		{ID: "e1", Topic: "Delivery time", Answer: "Delivery takes up to 14 days within the country.", Language: "en-US"},
		{ID: "e2", Topic: "Lost parcels", Answer: "After 20 days we ask the carrier.", Language: "en-US"},
	},
}

// newAssistant asks the fake through the product's own Bedrock client.
func newAssistant(t *testing.T) (*model.Assistant, *converse.Fake) {
	t.Helper()
	return newAssistantSaying(t, answers)
}

func newAssistantSaying(t *testing.T, answers map[string]string) (*model.Assistant, *converse.Fake) {
	t.Helper()
	fake := converse.NewFake(answers)
	srv := httptest.NewServer(converse.New(fake, time.Now).Handler())
	t.Cleanup(srv.Close)
	backend := bedrock.New(bedrock.Config{
		Model: modelID, Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		Endpoint: srv.URL, Client: srv.Client(), Now: time.Now,
	})
	return &model.Assistant{Backend: backend, Model: modelID, Limit: 20 * time.Second}, fake
}

func TestTriage(t *testing.T) {
	a, fake := newAssistant(t)
	labels, made, err := a.Triage(t.Context(), mail)
	if err != nil {
		t.Fatal(err)
	}
	if labels.Intent != desk.Set(desk.WhereIsMyOrder, desk.ByModel, desk.ReasonModel, "asks where the parcel is") ||
		labels.Type.Value != desk.AfterSale || labels.Priority.Value != desk.Medium || labels.Language.Value != "de" ||
		labels.Sentiment.Reason.Detail != "worried but polite" || labels.Language.Source != desk.ByModel {
		t.Errorf("labels %+v", labels)
	}
	if labels.Summary != "The buyer asks where the parcel is; write to anna@example.com." {
		t.Errorf("summary %q", labels.Summary)
	}
	if made.Source != desk.ByModel || made.Model != modelID || !strings.HasPrefix(made.Prompt, "triage@") || made.InputTokens == 0 || made.MicroDollars == 0 {
		t.Errorf("provenance %+v", made)
	}
	seen := fake.Requests()[0]
	user := *seen.Messages[0].Content[0].Text
	if strings.Contains(user, "anna@example.com") || !strings.Contains(user, "111-2223334-5556667") {
		t.Errorf("the model saw\n%s", user)
	}
	if seen.System[1].CachePoint == nil || seen.ForcedTool() == nil || seen.InferenceConfig.MaxTokens == nil ||
		seen.InferenceConfig.Temperature != nil || seen.InferenceConfig.TopP != nil || string(seen.AdditionalFields) != `{"thinking":{"type":"disabled"}}` {
		t.Errorf("request %+v", seen)
	}
}

func TestSuggest(t *testing.T) {
	for _, mode := range []converse.Mode{converse.Fine, converse.FourthSuggestion} {
		t.Run(string(mode), func(t *testing.T) {
			a, fake := newAssistant(t)
			fake.Script("suggest", mode)
			s, err := a.Suggest(t.Context(), question)
			if err != nil {
				t.Fatal(err)
			}
			if len(s.Items) != 3 || !s.Grounded || s.For != "m1" || s.Items[0].ID != "s1" || s.Items[1].Stance != desk.Ask ||
				!slices.Equal(s.Items[0].Entries, []desk.EntryID{"e1"}) || s.Items[1].HeadlineKey != "" {
				t.Errorf("got %+v", s)
			}
		})
	}
}

// Without the cited entry the 14 of the headline is invented: the model is told,
// and when it insists the number is marked.
func TestSuggestionWithUnknownAlias(t *testing.T) {
	a, fake := newAssistant(t)
	fake.Script("suggest", converse.UnknownAlias)
	s, err := a.Suggest(t.Context(), question)
	if err != nil || s.Grounded || !slices.Equal(s.Items[0].Unverified, []string{"14"}) || len(s.Items[1].Unverified) > 0 {
		t.Errorf("got %+v, %v", s, err)
	}
	if asked := fake.Requests(); len(asked) != 2 || !strings.Contains(*asked[1].Messages[0].Content[0].Text, "s1: headline has a number") {
		t.Errorf("%d requests", len(asked))
	}
}

// Where the base has no answer, a headline with a number of nowhere is refused.
func TestSuggestionsWithoutKnowledgeStateNoFacts(t *testing.T) {
	a, fake := newAssistant(t)
	unanswered := question
	unanswered.Entries = nil
	if _, err := a.Suggest(t.Context(), unanswered); desk.CodeOf(err) != "model_nonsense" {
		t.Errorf("got %v", err)
	}
	if user := *fake.Requests()[0].Messages[0].Content[0].Text; !strings.Contains(user, "knowledge base: has no answer") {
		t.Errorf("the model saw\n%s", user)
	}
}

func TestStoreFactsGroundNumbers(t *testing.T) {
	a, fake := newAssistant(t)
	known := question
	known.Entries, known.Facts, known.Tone, known.Reader = nil, "We deliver within 14 days.", "brisk, no exclamation marks", "zh-Hant"
	s, err := a.Suggest(t.Context(), known)
	if err != nil || len(s.Items[0].Unverified) > 0 {
		t.Errorf("got %+v, %v", s, err)
	}
	user := *fake.Requests()[0].Messages[0].Content[0].Text
	for _, want := range []string{"We deliver within 14 days.", "brisk, no exclamation marks", "agents read: Chinese in traditional characters"} {
		if !strings.Contains(user, want) {
			t.Errorf("%q is not in what the model saw", want)
		}
	}
}

func TestDraft(t *testing.T) {
	a, _ := newAssistant(t)
	d, err := a.Draft(t.Context(), question, desk.Suggestion{ID: "s1", Headline: "Explain", Stance: desk.Resolve})
	if err != nil {
		t.Fatal(err)
	}
	want := "Guten Tag Frau Beispiel,\n\nIhr Paket braucht bis zu 14 Tage. Wir melden uns unter anna@example.com.\n\nFreundliche Grüße\nLumenhaus"
	if d.Text != want || d.Language != "de" || !slices.Equal(d.Missing, []string{"Is there a tracking number?"}) {
		t.Errorf("draft %+v", d)
	}
	if len(d.Citations) != 1 {
		t.Fatalf("citations %+v", d.Citations)
	}
	c := d.Citations[0]
	if c.Entry != "e1" || c.Topic != "Delivery time" || c.Quote != "takes up to 14 days" || d.Text[c.Start:c.End] != "Ihr Paket braucht bis zu 14 Tage." {
		t.Errorf("citation %+v of %q", c, d.Text[c.Start:c.End])
	}
}

func TestDraftWithUnknownAliasCitesNothing(t *testing.T) {
	a, fake := newAssistant(t)
	fake.Script("draft", converse.UnknownAlias)
	d, err := a.Draft(t.Context(), question, desk.Suggestion{Stance: desk.Resolve})
	if err != nil || len(d.Citations) != 0 || strings.Contains(d.Text, "[K") {
		t.Errorf("got %+v, %v", d, err)
	}
}

func TestInstructAndPolish(t *testing.T) {
	a, fake := newAssistant(t)
	d, err := a.Instruct(t.Context(), question, "Say yes")
	if err != nil || d.Text != "Guten Tag,\n\ngern.\nLumenhaus" || d.Made.Prompt != "draft@3" {
		t.Errorf("instruct %+v, %v", d, err)
	}
	if user := *fake.Requests()[0].Messages[0].Content[0].Text; !strings.Contains(user, "Say yes") {
		t.Errorf("the model saw\n%s", user)
	}
	d, err = a.Polish(t.Context(), question, "dear buyer we send 2 item")
	if err != nil || d.Text != "Dear buyer, we sent 2 items." || d.Language != "en-US" {
		t.Errorf("polish %+v, %v", d, err)
	}
	if _, err = a.Polish(t.Context(), question, "dear buyer we send 3 item"); desk.CodeOf(err) != "model_nonsense" {
		t.Errorf("polish that changes a number: %v", err)
	}
}

func TestTranslate(t *testing.T) {
	a, fake := newAssistant(t)
	in := assist.Translation{Text: "Your order 111-2223334-5556667 arrives in 3 days, see https://example.com/a?b=1.", From: "en-US", To: "de"}
	got, made, err := a.Translate(t.Context(), in)
	if err != nil || got != "Ihre Bestellung 111-2223334-5556667 kommt in 3 Tagen, siehe https://example.com/a?b=1." || made.Prompt != "translate@2" {
		t.Errorf("got %q, %+v, %v", got, made, err)
	}
	user := *fake.Requests()[0].Messages[0].Content[0].Text
	if strings.Contains(user, "https://") || strings.Contains(user, "111-") || !strings.Contains(user, "to: German (de)") {
		t.Errorf("the model saw\n%s", user)
	}

	in.Text = strings.Replace(in.Text, "3 days", "4 days", 1)
	got, _, err = a.Translate(t.Context(), in)
	asked := fake.Requests()
	if err != nil || len(asked) != 3 || !strings.Contains(*asked[2].Messages[0].Content[0].Text, "4 must be in it") || !strings.Contains(got, "3 Tagen") {
		t.Errorf("after the difference was named: %q, %v, %d requests", got, err, len(asked))
	}
}

func TestTranslationThatLosesATokenIsRefused(t *testing.T) {
	a, _ := newAssistant(t)
	_, _, err := a.Translate(t.Context(), assist.Translation{Text: "Your order arrives in 3 days.", From: "en-US", To: "de"})
	if desk.CodeOf(err) != "model_nonsense" {
		t.Errorf("got %v", err)
	}
}

func TestModesThatFail(t *testing.T) {
	for _, tt := range []struct {
		modes []converse.Mode
		code  string
		calls int
	}{
		{[]converse.Mode{converse.MalformedJSON}, "model_nonsense", 2},
		{[]converse.Mode{converse.MalformedJSON, converse.Fine}, "", 2},
		{[]converse.Mode{converse.Refusal}, "model_refused", 2},
		{[]converse.Mode{converse.Throttled}, "model_busy", 2},
		{[]converse.Mode{converse.Throttled, converse.Fine}, "", 2},
		{[]converse.Mode{converse.NotReady}, "model_busy", 2},
		{[]converse.Mode{converse.NotReady, converse.Fine}, "", 2},
		{[]converse.Mode{converse.TimedOut}, "model_slow", 2},
		{[]converse.Mode{converse.TimedOut, converse.Fine}, "", 2},
	} {
		t.Run(string(tt.modes[0])+" "+tt.code, func(t *testing.T) {
			t.Parallel() // a second attempt waits a moment
			a, fake := newAssistant(t)
			fake.Script("triage", tt.modes...)
			_, _, err := a.Triage(t.Context(), mail)
			if tt.code == "" && err != nil || tt.code != "" && (desk.CodeOf(err) != tt.code || desk.KindOf(err) != desk.Unavailable) {
				t.Errorf("got %v, want %q", err, tt.code)
			}
			if n := len(fake.Requests()); n != tt.calls {
				t.Errorf("%d calls, want %d", n, tt.calls)
			}
			if err != nil && strings.Contains(err.Error(), "Paket") {
				t.Errorf("the error repeats the mail: %v", err)
			}
		})
	}
}

func TestSlowModelEndsWithTheLimit(t *testing.T) {
	a, fake := newAssistant(t)
	a.Limit = 50 * time.Millisecond
	fake.Script("triage", converse.Slow)
	_, _, err := a.Triage(t.Context(), mail)
	if desk.CodeOf(err) != "model_slow" || desk.KindOf(err) != desk.Unavailable || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// A caller's deadline leaves time to fall back to rules.
func TestDeadlineOfTheCallerIsNotUsedUp(t *testing.T) {
	t.Parallel()
	a, fake := newAssistant(t)
	fake.Script("triage", converse.Slow)
	ctx, cancel := context.WithTimeout(t.Context(), 3050*time.Millisecond)
	defer cancel()
	_, _, err := a.Triage(ctx, mail)
	if desk.CodeOf(err) != "model_slow" || ctx.Err() != nil {
		t.Errorf("got %v; the caller's context: %v", err, ctx.Err())
	}
}

// Injected text cannot get out of its field: labels stay in their sets, and the
// fake's promise ends up where people and the outgoing check see it.
func TestInjectedText(t *testing.T) {
	a, fake := newAssistant(t)
	fake.Script("triage", converse.InjectedText)
	labels, _, err := a.Triage(t.Context(), mail)
	if err != nil || labels.Intent.Value != desk.WhereIsMyOrder || len([]rune(labels.Summary)) > 160 || len([]rune(labels.Intent.Reason.Detail)) > 120 {
		t.Errorf("got %+v, %v", labels, err)
	}
	fake.Script("translate", converse.InjectedText)
	_, _, err = a.Translate(t.Context(), assist.Translation{
		Text: "Your order 111-2223334-5556667 arrives in 3 days, see https://example.com/a?b=1.", From: "en-US", To: "de"})
	if desk.CodeOf(err) != "model_nonsense" {
		t.Errorf("a translation with a link of its own: %v", err)
	}
}
