package dynamo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// What the model layer keeps costs no more than docs/data-model.md says.
func TestAssistCost(t *testing.T) {
	table, m := open(t)
	ctx := t.Context()
	c := typical(1)
	until := noon.Add(5 * time.Minute)
	text := strings.Repeat("Dear Kim, thank you for your message about the lamp that arrived broken. ", 20)
	example := desk.Example{Mailbox: box, At: noon, Store: desk.AmazonCom, Type: desk.AfterSale, Labels: []desk.Corrected{{Label: "intent", Value: "refund"}}}
	for i := range examplesKept {
		example.Conversation, example.At = desk.ConversationID(fmt.Sprint("conv", i)), noon.Add(time.Duration(i)*time.Minute)
		example.Text = fmt.Sprint(i, " the lamp flickers since the second day and I want my money back, please tell me where to send it to and who pays for the parcel, I have thrown the box away already; that was ", i*7919, " days ago")
		if err := table.AddExample(ctx, org, example); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		what  string
		limit float64
		do    func() error
	}{
		{"hold", 1, func() error { _, err := table.HoldBudget(ctx, org, "2026-11", 900, 10_000_000, until); return err }},
		{"settle", 1, func() error { _, err := table.SettleBudget(ctx, org, "2026-11", 900, 80, until); return err }},
		{"use", 1, func() error {
			return table.AddUse(ctx, org, "2026-11", desk.AIUse{Task: "triage", Model: "us.anthropic.claude-haiku-5-5", Calls: 1, InputTokens: 900, OutputTokens: 90, Spent: 80})
		}},
		{"a month", 1, func() error { _, err := table.Spending(ctx, org, "2026-11"); return err }},
		{"partial draft", 1, func() error { return table.PutPartial(ctx, org, c.ID, "request1", text, until) }},
		{"its poll", 1, func() error { _, err := table.Partial(ctx, org, c.ID, "request1"); return err }},
		{"translation kept", 1, func() error {
			return table.PutTranslation(ctx, org, c.ID, "m1", desk.Translated{Text: text, Language: "zh-Hant"})
		}},
		{"translation read", 0.5, func() error { _, err := table.Translation(ctx, org, c.ID, "m1", "zh-Hant"); return err }},
		{"sort again", 2, func() error {
			return table.SortAgain(ctx, org, c.ID, "m1", desk.Again{Since: noon, Tries: 1}, noon)
		}},
		{"sort again, later", 3, func() error {
			return table.SortAgain(ctx, org, c.ID, "m1", desk.Again{Since: noon, Tries: 2}, noon.Add(time.Minute))
		}},
		{"what is due", 0.5, func() error { _, err := table.DueAgain(ctx, noon, 500); return err }},
		{"sorted again", 2, func() error { return table.SortedAgain(ctx, org, c.ID, "m1") }},
		{"examples", 1, func() error { _, err := table.Examples(ctx, org); return err }},
		{"one more example", 5, func() error {
			example.Conversation, example.At = "another", noon.Add(time.Hour)
			return table.AddExample(ctx, org, example)
		}},
	} {
		units := m.units(t, tt.do)
		t.Logf("%s: %.1f units", tt.what, units)
		if units > tt.limit {
			t.Errorf("%s costs %.1f units, over %.1f", tt.what, units, tt.limit)
		}
	}
}

func TestExamplesAreFewAndGoWithTheirMailbox(t *testing.T) {
	table, _ := open(t)
	ctx := t.Context()
	add := func(box desk.MailboxID, i int) {
		t.Helper()
		e := desk.Example{Mailbox: box, Conversation: desk.ConversationID(fmt.Sprint(box, i)), At: noon.Add(time.Duration(i) * time.Second), Text: fmt.Sprint("text ", i)}
		if err := table.AddExample(ctx, org, e); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 25 {
		add("one", i)
	}
	add("two", 30)
	add("two", 30) // the same conversation again
	all := examplesOf(t, ctx, table)
	if len(all) != 20 || all[0].Mailbox != "two" || all[1].Text != "text 24" {
		t.Fatalf("%d examples, %+v", len(all), all[0])
	}
	if err := table.DropExamples(ctx, org, func(e desk.Example) bool { return e.Mailbox == "one" }); err != nil {
		t.Fatal(err)
	}
	if all := examplesOf(t, ctx, table); len(all) != 1 || all[0].Mailbox != "two" {
		t.Errorf("left %+v", all)
	}
}

func examplesOf(t *testing.T, ctx context.Context, table *Table) []desk.Example {
	t.Helper()
	all, err := table.Examples(ctx, org)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestMailIsSortedAgainInTurn(t *testing.T) {
	table, _ := open(t)
	ctx := t.Context()
	for i := range 5 {
		if err := table.SortAgain(ctx, org, desk.ConversationID(fmt.Sprint("c", i)), "m", desk.Again{Since: noon, Tries: i}, noon.Add(time.Duration(-i)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	jobs, err := table.DueAgain(ctx, noon.Add(-time.Minute), 3)
	if err != nil {
		t.Fatal(err)
	}
	want := []desk.Job{
		{Org: org, Conversation: "c4", Message: "m", Again: true}, {Org: org, Conversation: "c3", Message: "m", Again: true}, {Org: org, Conversation: "c2", Message: "m", Again: true},
	}
	if !slices.Equal(jobs, want) {
		t.Errorf("jobs %+v", jobs)
	}
	if again, ok, err := table.Unsorted(ctx, org, "c4", "m"); err != nil || !ok || again.Tries != 4 || !again.Since.Equal(noon) {
		t.Errorf("noted %+v, %v, %v", again, ok, err)
	}
	if err := table.SortedAgain(ctx, org, "c4", "m"); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := table.Unsorted(ctx, org, "c4", "m"); ok || err != nil {
		t.Errorf("still noted, %v", err)
	}
}

func TestPartialDraftsEnd(t *testing.T) {
	table, _ := open(t)
	ctx := t.Context()
	if err := table.PutPartial(ctx, org, "c", "request1", "Dear", noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := table.PutPartial(ctx, org, "c", "request2", "Dear", noon); err != nil {
		t.Fatal(err)
	}
	for request, want := range map[string]string{"request1": "Dear", "request2": "", "request3": ""} {
		if got, err := table.Partial(ctx, org, "c", request); err != nil || got != want {
			t.Errorf("%s: %q, %v", request, got, err)
		}
	}
}
