package reply

import (
	"context"
	"fmt"
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
	"github.com/quilldesk/quilldesk/internal/knowledge"
	"github.com/quilldesk/quilldesk/internal/model"
)

// library is the state of a knowledge base that nobody changes.
type library struct {
	knowledge.State
	entries []desk.Entry
}

func (*library) KnowledgeVersion(context.Context, desk.OrgID) (int64, error) { return 1, nil }
func (l *library) Entries(context.Context, desk.OrgID) ([]desk.Entry, error) { return l.entries, nil }
func (*library) Questions(context.Context, desk.OrgID) ([]desk.Question, error) {
	return nil, nil
}
func (*library) PutQuestion(context.Context, desk.OrgID, desk.Question) error { return nil }

// modelled is a desk with the real knowledge base and the real questions to a
// model, behind the product's own client of Bedrock.
func modelled(t *testing.T, m *memory, entries []desk.Entry) (*Desk, *converse.Fake) {
	t.Helper()
	fake := converse.NewFake(map[string]string{
		"suggest": `{"s1":{"headline":"Explain","stance":"resolve","cited":["K1"]},"s2":{"headline":"Ask","stance":"ask","cited":[]},"s3":{"headline":"Decline","stance":"decline","cited":[]}}`,
	})
	srv := httptest.NewServer(converse.New(fake, time.Now).Handler())
	t.Cleanup(srv.Close)
	const id = "us.anthropic.claude-haiku-5-5"
	d, _ := answering(m, helper{}, helper{})
	d.Knowledge = &knowledge.Base{State: &library{entries: entries}, Now: d.Now}
	d.Assistant = &model.Assistant{Model: id, Limit: 20 * time.Second, Backend: bedrock.New(bedrock.Config{
		Model: id, Region: "us-east-1", Endpoint: srv.URL, Client: srv.Client(), Now: time.Now,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	})}
	return d, fake
}

func shopEntries() []desk.Entry {
	return []desk.Entry{
		{ID: "late", Category: "Delivery", Topic: "Where is my parcel?", Answer: "Delivery takes up to 9 days."},
		{ID: "canada", Category: "Delivery", Topic: "Do you ship to Canada?", Answer: "Only the Canadian shop does.", Stores: []desk.Store{desk.AmazonCa}},
		{ID: "gift", Category: "Gifts", Topic: "Do you wrap gifts?", Answer: "We wrap every order as a gift on request."},
	}
}

func TestMailsOfOneOrganisationShareTheWholeBase(t *testing.T) {
	m := conversation()
	d, fake := modelled(t, m, shopEntries())
	if _, err := d.Suggest(t.Context(), "org", "c"); err != nil {
		t.Fatal(err)
	}
	m.messages[len(m.messages)-1].Text, m.c.Buyer.Name, m.c.Labels.Language.Value = "Can you wrap it as a gift for my son?", "Lee", "en-US"
	if _, err := d.Suggest(t.Context(), "org", "c"); err != nil {
		t.Fatal(err)
	}
	one, other := fake.Requests()[0], fake.Requests()[1]
	if len(one.System) != 3 || len(other.System) != 3 || *one.System[0].Text != *other.System[0].Text || *one.System[1].Text != *other.System[1].Text {
		t.Fatalf("two mails have the prefixes\n%+v\n%+v", one.System, other.System)
	}
	base := *one.System[1].Text
	if !strings.Contains(base, "up to 9 days") || !strings.Contains(base, "wrap every order") || strings.Contains(base, "Canad") {
		t.Errorf("of three entries, one another store's, the model reads\n%s", base)
	}
	if user := *other.Messages[0].Content[0].Text; !strings.Contains(user, "entries that a search found: K2\n") {
		t.Errorf("the model is asked\n%s", user)
	}
}

func TestLargeBaseFallsBackToWhatWasFound(t *testing.T) {
	entries := shopEntries()
	for i := range 40 {
		entries = append(entries, desk.Entry{ID: desk.EntryID(fmt.Sprint("x", i)), Topic: fmt.Sprint("Model ", i), Answer: strings.Repeat("colour ", 150)})
	}
	m := conversation()
	m.messages[len(m.messages)-1].Text, m.messages[len(m.messages)-1].Folds = "Where is my parcel?", nil
	d, fake := modelled(t, m, entries)
	if _, err := d.Suggest(t.Context(), "org", "c"); err != nil {
		t.Fatal(err)
	}
	r := fake.Requests()[0]
	if user := *r.Messages[0].Content[0].Text; len(r.System) != 2 || !strings.Contains(user, "<<<K1 ") || !strings.Contains(user, "up to 9 days") || strings.Contains(user, "colour") {
		t.Errorf("%d blocks of system; the model is asked\n%s", len(r.System), user)
	}
}

// Rules quote what was found, even when a model would be shown everything.
func TestRulesAreGivenWhatWasFound(t *testing.T) {
	m := conversation()
	m.whole = append(shopEntries(), m.entries...)
	d, given := answering(m, helper{err: busy}, helper{draft: "rules"})
	if _, err := d.Suggest(t.Context(), "org", "c"); err != nil {
		t.Fatal(err)
	}
	if len(given.Entries) != 1 || given.Entries[0].ID != "e" || len(given.Whole) != 4 {
		t.Errorf("found %+v of %+v", given.Entries, given.Whole)
	}
}

// A number of a whole base is known when the entry with it was found or is cited.
func TestNumbersOfAWholeBase(t *testing.T) {
	k := assist.Case{Whole: shopEntries(), Entries: []desk.Entry{{ID: "e", Answer: "Within 30 days."}}}
	draft := desk.Draft{Text: "30 days, and 9 days.", Citations: []desk.Citation{{Entry: "gift"}}}
	if got := verified(draft, k).Unverified; !slices.Equal(got, []string{"9"}) {
		t.Errorf("with another entry cited %q", got)
	}
	draft.Citations = []desk.Citation{{Entry: "late"}}
	if got := verified(draft, k).Unverified; len(got) > 0 {
		t.Errorf("with its entry cited %q", got)
	}
}
