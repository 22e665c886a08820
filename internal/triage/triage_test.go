package triage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// memory is a state with one conversation and its messages.
type memory struct {
	c        desk.Conversation
	messages map[desk.MessageID]desk.Message
	terms    []string
	drafts   []desk.Job
	// before runs between reading and changing the conversation.
	before func(*memory)
	fail   map[string]error

	again    *desk.Again
	due      time.Time
	examples []desk.Example
}

func (m *memory) Organisation(context.Context, desk.OrgID) (desk.Organisation, error) {
	return desk.Organisation{Language: "zh-Hant"}, m.fail["organisation"]
}

func (m *memory) Examples(context.Context, desk.OrgID) ([]desk.Example, error) {
	return m.examples, m.fail["examples"]
}

func (m *memory) Unsorted(context.Context, desk.OrgID, desk.ConversationID, desk.MessageID) (desk.Again, bool, error) {
	if m.again == nil {
		return desk.Again{}, false, nil
	}
	return *m.again, true, nil
}

func (m *memory) SortAgain(_ context.Context, _ desk.OrgID, _ desk.ConversationID, _ desk.MessageID, a desk.Again, due time.Time) error {
	m.again, m.due = &a, due
	return m.fail["again"]
}

func (m *memory) SortedAgain(context.Context, desk.OrgID, desk.ConversationID, desk.MessageID) error {
	m.again = nil
	return m.fail["again"]
}

var errGone = desk.Errorf(desk.NotFound, "not_found", "gone")

func (m *memory) Conversation(_ context.Context, _ desk.OrgID, id desk.ConversationID) (desk.Conversation, error) {
	if id != m.c.ID {
		return desk.Conversation{}, errGone
	}
	return m.c, m.fail["conversation"]
}

func (m *memory) Message(_ context.Context, _ desk.OrgID, _ desk.ConversationID, id desk.MessageID) (desk.Message, error) {
	return m.messages[id], m.fail["message"]
}

func (m *memory) Change(_ context.Context, _ desk.OrgID, _ desk.ConversationID, change func(*desk.Conversation) error) (desk.Conversation, error) {
	if m.before != nil {
		m.before(m)
	}
	if err := m.fail["change"]; err != nil {
		return m.c, err
	}
	err := change(&m.c)
	return m.c, err
}

func (m *memory) PutFind(_ context.Context, _ desk.Conversation, terms []string) error {
	m.terms = terms
	return m.fail["find"]
}

func (m *memory) Draft(_ context.Context, job desk.Job) error {
	m.drafts = append(m.drafts, job)
	return m.fail["draft"]
}

// says is an assistant that labels every mail alike, or fails.
type says struct {
	assist.Assistant
	labels desk.Labels
	err    error
	asked  *[]assist.Mail
}

func (s says) Triage(_ context.Context, mail assist.Mail) (desk.Labels, desk.Provenance, error) {
	if s.asked != nil {
		*s.asked = append(*s.asked, mail)
	}
	return s.labels, desk.Provenance{}, s.err
}

func intent(i desk.Intent, s desk.Source) desk.Labels {
	return desk.Labels{Intent: desk.Set(i, s, desk.ReasonWords, ""), Type: desk.Set(desk.AfterSale, s, desk.ReasonWords, "")}
}

func desktop() *memory {
	return &memory{
		c: desk.Conversation{
			ID: "c", Org: "org", LastIncoming: "m", Status: desk.Awaiting, Buyer: desk.Contact{Name: "Kim van der Berg Larsen", Address: "kim@buyers.example"},
			OrderNumbers: []string{"112-1234567-7654321"}, Store: desk.AmazonCom,
			Labels: desk.Labels{Type: desk.Set(desk.BuyerMessage, desk.ByEstimate, desk.ReasonDefault, "")},
		},
		messages: map[desk.MessageID]desk.Message{"m": {ID: "m", Subject: "Lamp", Text: "Broken.\n> quoted", Folds: []desk.Fold{{Start: 8, End: 16, Kind: "quoted"}}}},
	}
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

var job = desk.Job{Org: "org", Conversation: "c", Message: "m"}

func sorter(m *memory, assistant, fallback assist.Assistant) *Sorter {
	return &Sorter{State: m, Work: m, Assistant: assistant, Fallback: fallback, Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler)}
}

func TestSorting(t *testing.T) {
	m := desktop()
	var asked []assist.Mail
	if err := sorter(m, says{labels: intent(desk.Refund, desk.ByModel), asked: &asked}, nil).Sort(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if c := m.c; !c.Sorted || c.Labels.Intent.Value != desk.Refund || c.Labels.Type.Value != desk.AfterSale || c.Labels.Category.Value != "after_sale" {
		t.Errorf("labels %+v", m.c.Labels)
	}
	if len(asked) != 1 || asked[0].Text != "Broken." || asked[0].Store != desk.AmazonCom {
		t.Errorf("asked %+v", asked)
	}
	if got := strings.Join(m.terms, "|"); got != "112-1234567-7654321|kim@buyers.example|Kim van der Berg Larsen|Kim|van|der|Berg" {
		t.Errorf("terms %s", got)
	}
	if fmt.Sprint(m.drafts) != fmt.Sprint([]desk.Job{job}) {
		t.Errorf("drafts %v", m.drafts)
	}
}

func TestAStrongerSourceIsNeverOverwritten(t *testing.T) {
	sources := []desk.Source{desk.ByDefault, desk.ByEstimate, desk.ByModel, desk.ByRule, desk.ByHand}
	for i, before := range sources {
		for j, next := range sources[:4] {
			for _, sorted := range []bool{false, true} {
				m := desktop()
				m.c.Labels, m.c.Sorted = intent(desk.Thanks, before), sorted
				if err := sorter(m, says{labels: intent(desk.Refund, next)}, nil).Sort(t.Context(), job); err != nil {
					t.Fatal(err)
				}
				replaced := m.c.Labels.Intent.Value == desk.Refund
				// What sorting said about an older message gives way to anything new.
				about := !sorted && (before == desk.ByEstimate || before == desk.ByModel)
				if want := j >= i || about; replaced != want {
					t.Errorf("%s over %s (sorted before: %v): replaced %v, want %v", next, before, sorted, replaced, want)
				}
			}
		}
	}
}

func TestAnEmptyLabelReplacesNothing(t *testing.T) {
	m := desktop()
	m.c.Labels.Intent = desk.Set(desk.Thanks, desk.ByEstimate, desk.ReasonWords, "thanks")
	if err := sorter(m, says{}, nil).Sort(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if m.c.Labels.Intent.Value != desk.Thanks || !m.c.Sorted {
		t.Errorf("labels %+v", m.c.Labels)
	}
}

func TestTheOfflineEngineAnswersWhenTheModelDoesNot(t *testing.T) {
	m := desktop()
	assistant := says{err: desk.Errorf(desk.Unavailable, "throttled", "later")}
	if err := sorter(m, assistant, says{labels: intent(desk.Refund, desk.ByEstimate)}).Sort(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if l := m.c.Labels.Intent; l.Value != desk.Refund || l.Source != desk.ByEstimate || !m.c.Sorted || len(m.drafts) != 1 {
		t.Errorf("labels %+v", m.c.Labels)
	}
}

func TestAutomaticMailCostsNoModel(t *testing.T) {
	m := desktop()
	m.c.Status = desk.NoReply
	m.messages["m"] = desk.Message{ID: "m", Automatic: "out_of_office"}
	var asked []assist.Mail
	if err := sorter(m, says{asked: &asked}, says{labels: intent(desk.OtherIntent, desk.ByEstimate)}).Sort(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if len(asked) != 0 || len(m.drafts) != 0 || !m.c.Sorted {
		t.Errorf("asked %d times, %d drafts", len(asked), len(m.drafts))
	}
}

func TestWhatIsNotSorted(t *testing.T) {
	for name, change := range map[string]func(*memory, *desk.Job){
		"a deleted conversation":          func(_ *memory, j *desk.Job) { j.Conversation = "gone" },
		"a message that is not newest":    func(m *memory, _ *desk.Job) { m.c.LastIncoming = "newer" },
		"one that comes while we sort it": func(m *memory, _ *desk.Job) { m.before = func(m *memory) { m.c.LastIncoming = "newer" } },
	} {
		m, j := desktop(), job
		change(m, &j)
		if err := sorter(m, says{labels: intent(desk.Refund, desk.ByModel)}, nil).Sort(t.Context(), j); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if m.c.Sorted || m.c.Labels.Intent.Value != "" {
			t.Errorf("%s is sorted", name)
		}
	}
}

func TestNoDraftForWhatCannotBeAnswered(t *testing.T) {
	m := desktop()
	m.c.Route.Disabled = "tiktok_in_app"
	if err := sorter(m, says{}, nil).Sort(t.Context(), job); err != nil || len(m.drafts) != 0 {
		t.Errorf("%v, %d drafts", err, len(m.drafts))
	}
}

func TestFailuresOfTheStateComeAgain(t *testing.T) {
	broken := errors.New("broken")
	for _, step := range []string{"conversation", "organisation", "examples", "message", "change", "find", "draft"} {
		m := desktop()
		m.fail = map[string]error{step: broken}
		s := sorter(m, says{labels: intent(desk.Refund, desk.ByModel)}, nil)
		if err := s.Sort(t.Context(), job); !errors.Is(err, broken) {
			t.Errorf("%s: %v", step, err)
		}
		m.fail = nil
		if err := s.Sort(t.Context(), job); err != nil || !m.c.Sorted || len(m.drafts) == 0 || len(m.terms) == 0 {
			t.Errorf("%s, again: %v, %+v", step, err, m.c.Labels)
		}
	}
}

func TestCategory(t *testing.T) {
	typed := desk.Set(desk.PreSale, desk.ByModel, "", "")
	for name, c := range map[string]struct {
		have desk.Label[desk.Category]
		want desk.Category
	}{
		"none yet":                  {desk.Label[desk.Category]{}, "pre_sale"},
		"the type's own, by a rule": {desk.Set(desk.Category("after_sale"), desk.ByRule, "", ""), "pre_sale"},
		"another, by a rule":        {desk.Set(desk.Category("vip"), desk.ByRule, "", ""), "vip"},
		"the type's own, by hand":   {desk.Set(desk.Category("after_sale"), desk.ByHand, "", ""), "after_sale"},
		"another, by hand":          {desk.Set(desk.Category("vip"), desk.ByHand, "", ""), "vip"},
	} {
		if got := Category(desk.Labels{Type: typed, Category: c.have}).Value; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestTermsOfLittle(t *testing.T) {
	for want, c := range map[string]desk.Conversation{
		"[]":          {},
		"[Kim]":       {Buyer: desk.Contact{Name: " Kim "}},
		"[a@b.c 陳柏宇]": {Buyer: desk.Contact{Name: "陳柏宇", Address: "a@b.c"}},
	} {
		if got := fmt.Sprint(Terms(c)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
