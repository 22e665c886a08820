package dynamo

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
)

func TestABatchOfEntriesCostsOneUnitEachAndOneForTheVersion(t *testing.T) {
	table, m := open(t)
	var entries []desk.Entry
	for i := range 100 {
		entries = append(entries, desk.Entry{ID: desk.EntryID(fmt.Sprint("e", i)), Topic: fmt.Sprint("Topic ", i), Answer: strings.Repeat("answer ", 50)})
	}
	cost := m.units(t, func() error {
		stored, errs, err := table.PutEntries(t.Context(), org, entries)
		if errs[0] != nil || stored[99].Version != 1 {
			t.Errorf("%v %+v", errs[0], stored[99])
		}
		return err
	})
	if cost != 101 {
		t.Errorf("100 entries cost %.1f units, want 101", cost)
	}
	if _, errs, err := table.PutEntries(t.Context(), org, entries[:1]); err != nil || desk.KindOf(errs[0]) != desk.Conflict {
		t.Errorf("a new entry over a stored one: %v %v", errs, err)
	}
	if version, err := table.KnowledgeVersion(t.Context(), org); err != nil || version != 2 {
		t.Errorf("version %d, %v", version, err)
	}
}

func TestQuestionsGoWithTheirMailbox(t *testing.T) {
	table, m := open(t)
	for i, box := range []desk.MailboxID{"a", "b"} {
		cost := m.units(t, func() error {
			return table.PutQuestion(t.Context(), org, desk.Question{ID: fmt.Sprint(i), Text: "Is it waterproof?", Count: 1, Mailbox: box})
		})
		if cost != 1 {
			t.Errorf("a question costs %.1f units, want 1", cost)
		}
	}
	if err := table.PutQuestion(t.Context(), org, desk.Question{ID: "0"}); desk.KindOf(err) != desk.Conflict {
		t.Errorf("a question over another: %v", err)
	}
	if err := table.purgeQuestions(t.Context(), org, "a"); err != nil {
		t.Fatal(err)
	}
	left, err := table.Questions(t.Context(), org)
	if err != nil || len(left) != 1 || left[0].Mailbox != "b" || left[0].ID != "1" || left[0].Version != 1 {
		t.Errorf("%+v %v", left, err)
	}
}
