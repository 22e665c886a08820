package triage

import (
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

var (
	busy     = says{err: desk.Errorf(desk.Unavailable, "model_busy", "later")}
	guess    = says{labels: intent(desk.Return, desk.ByEstimate)}
	knowing  = says{labels: intent(desk.Refund, desk.ByModel)}
	jobAgain = desk.Job{Org: "org", Conversation: "c", Message: "m", Again: true}
)

func TestWhatRulesSortedIsPutToTheModelAgain(t *testing.T) {
	m := desktop()
	s := sorter(m, busy, guess)
	if err := s.Sort(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if m.again == nil || !m.due.Equal(noon.Add(5*time.Minute)) || m.c.Labels.Intent.Source != desk.ByEstimate {
		t.Fatalf("again %+v at %s, %+v", m.again, m.due, m.c.Labels.Intent)
	}
	m.c.Labels.Priority = desk.Set(desk.Low, desk.ByHand, "", "")
	s.Now = func() time.Time { return noon.Add(5 * time.Minute) }
	if err := s.Sort(t.Context(), jobAgain); err != nil || m.again.Tries != 2 || !m.due.Equal(noon.Add(15*time.Minute)) {
		t.Fatalf("again %+v at %s, %v", m.again, m.due, err)
	}
	drafts := len(m.drafts)
	s.Assistant = knowing
	if err := s.Sort(t.Context(), jobAgain); err != nil || m.again != nil {
		t.Fatalf("again %+v, %v", m.again, err)
	}
	if l := m.c.Labels; l.Intent.Value != desk.Refund || l.Intent.Source != desk.ByModel || l.Priority.Source != desk.ByHand || l.Priority.Value != desk.Low {
		t.Errorf("labels %+v", l)
	}
	if len(m.drafts) != drafts+1 || m.drafts[drafts] != job {
		t.Errorf("drafts %+v", m.drafts)
	}
}

func TestWhatIsNotSortedAgain(t *testing.T) {
	for name, change := range map[string]func(*memory){
		"an answered mail":  func(m *memory) { m.c.Status = desk.Replied },
		"an older mail":     func(m *memory) { m.c.LastIncoming = "newer" },
		"a mail of a day":   func(m *memory) { m.again.Since = noon.Add(-25 * time.Hour) },
		"one that was done": func(m *memory) { m.again = nil },
	} {
		m := desktop()
		m.again = &desk.Again{Since: noon.Add(-time.Hour), Tries: 3}
		change(m)
		var asked []assist.Mail
		if err := sorter(m, says{asked: &asked}, guess).Sort(t.Context(), jobAgain); err != nil || m.again != nil || len(asked) != 0 {
			t.Errorf("%s: %v, %+v, asked %d times", name, err, m.again, len(asked))
		}
	}
}

func TestARefusalIsNotAskedAgain(t *testing.T) {
	for _, code := range []string{"model_refused", "needs_model"} {
		m := desktop()
		if err := sorter(m, says{err: desk.Errorf(desk.Unavailable, code, "no")}, guess).Sort(t.Context(), job); err != nil || m.again != nil {
			t.Errorf("%s: %v, %+v", code, err, m.again)
		}
	}
}

func TestPausesGrow(t *testing.T) {
	for tries, want := range map[int]time.Duration{1: 5 * time.Minute, 2: 10 * time.Minute, 4: 40 * time.Minute, 7: 320 * time.Minute, 8: 6 * time.Hour, 50: 6 * time.Hour} {
		if got := pause(tries); got != want {
			t.Errorf("%d: %s, want %s", tries, got, want)
		}
	}
}
