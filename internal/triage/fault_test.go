package triage_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/quilldesk/quilldesk/infra/local/cloud"
	"github.com/quilldesk/quilldesk/infra/local/converse"
	"github.com/quilldesk/quilldesk/internal/bedrock"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dynamo"
	"github.com/quilldesk/quilldesk/internal/model"
	"github.com/quilldesk/quilldesk/internal/offline"
	"github.com/quilldesk/quilldesk/internal/triage"
)

const org = desk.OrgID("orgfault")

// answer labels a mail as no rule would.
const answer = `{"reason":"r","type":"after_sale","intent":"missing_part","flags":[],"priority":"low","mood":"m","sentiment":"positive","language":"en-US","summary":"By the model.","query":"screws"}`

// line is a model's backend that can be away.
type line struct {
	model.Backend
	away  bool
	asked int
}

func (l *line) Ask(ctx context.Context, q model.Question) (model.Answer, error) {
	l.asked++
	if l.away {
		return model.Answer{}, desk.Errorf(desk.Unavailable, "model_busy", "away")
	}
	return l.Backend.Ask(ctx, q)
}

// drafts is the queue to drafting; nobody works on it here.
type drafts struct{ n int }

func (d *drafts) Draft(context.Context, desk.Job) error { d.n++; return nil }

// works is a sorter on the embedded table, under a clock that the test moves.
type works struct {
	*triage.Sorter
	table *dynamo.Table
	line  *line
	clock time.Time
}

func build(t *testing.T) *works {
	t.Helper()
	e, err := cloud.OpenEmbedded(t.Context(), "../../template.yaml", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	srv := httptest.NewServer(converse.New(converse.NewFake(map[string]string{"triage": answer}), time.Now).Handler())
	t.Cleanup(srv.Close)
	engine, err := offline.New()
	if err != nil {
		t.Fatal(err)
	}
	w := &works{clock: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	now := func() time.Time { return w.clock }
	w.table = dynamo.New(e.DynamoDB, e.Table, now)
	w.line = &line{Backend: bedrock.New(bedrock.Config{
		Model: "us.anthropic.claude-haiku-5-5", Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		Endpoint: srv.URL, Client: srv.Client(), Now: time.Now,
	})}
	w.Sorter = &triage.Sorter{
		State: w.table, Work: &drafts{}, Assistant: &model.Assistant{Backend: w.line, Model: "m", Limit: 20 * time.Second}, Fallback: engine,
		Now: now, Log: slog.New(slog.DiscardHandler),
	}
	if err := w.table.CreateOrganisation(t.Context(), desk.Organisation{ID: org}, desk.Member{Email: "o@example.com", Role: desk.Owner}); err != nil {
		t.Fatal(err)
	}
	return w
}

// arrive takes a mail in and has it sorted, as fetch and the queue do.
func (w *works) arrive(t *testing.T, i int) desk.Job {
	t.Helper()
	c := desk.ConversationID(fmt.Sprint("conv", i))
	m := desk.Message{ID: desk.MessageID(fmt.Sprint("m", i)), Conversation: c, Direction: desk.Incoming, At: w.clock, Subject: "Lamp", Text: "I want my money back."}
	if err := w.table.PutIncoming(t.Context(), org, m, nil); err != nil {
		t.Fatal(err)
	}
	_, _, err := w.table.Apply(t.Context(), org, c, m.ID, 1, func(c *desk.Conversation) {
		c.Mailbox, c.Store, c.Status, c.LastAt, c.LastIncoming, c.Newest, c.Messages = "box", desk.AmazonCom, desk.Awaiting, w.clock, m.ID, m.ID, 1
	})
	if err != nil {
		t.Fatal(err)
	}
	job := desk.Job{Org: org, Mailbox: "box", Conversation: c, Message: m.ID}
	if err := w.Sort(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	return job
}

// sweep does what the sweep function and the triage queue do.
func (w *works) sweep(t *testing.T) int {
	t.Helper()
	jobs, err := w.table.DueAgain(t.Context(), w.clock, 500)
	if err != nil {
		t.Fatal(err)
	}
	for _, job := range jobs {
		if err := w.Sort(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
	return len(jobs)
}

func (w *works) conversation(t *testing.T, job desk.Job) desk.Conversation {
	t.Helper()
	c, err := w.table.Conversation(t.Context(), org, job.Conversation)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *works) change(t *testing.T, job desk.Job, change func(*desk.Conversation)) {
	t.Helper()
	_, err := w.table.Change(t.Context(), org, job.Conversation, func(c *desk.Conversation) error { change(c); return nil })
	if err != nil {
		t.Fatal(err)
	}
}

// The model fails for an hour: every mail is sorted by rules at once, and by the
// model after the hour, unless it was answered; what a person set stays.
func TestAnHourWithoutTheModel(t *testing.T) {
	w := build(t)
	w.line.away = true
	var jobs []desk.Job
	for minute := range 60 {
		if minute%4 == 0 {
			job := w.arrive(t, minute)
			if l := w.conversation(t, job).Labels; l.Intent.Value != desk.Refund || l.Intent.Source != desk.ByEstimate {
				t.Fatalf("minute %d: %+v", minute, l.Intent)
			}
			jobs = append(jobs, job)
		}
		if minute%5 == 4 {
			w.sweep(t)
		}
		w.clock = w.clock.Add(time.Minute)
	}
	if most := 4 * len(jobs); w.line.asked > most {
		t.Errorf("asked %d times about %d mails in the hour: the pauses do not grow", w.line.asked, len(jobs))
	}
	answered, corrected := jobs[3], jobs[4]
	w.change(t, answered, func(c *desk.Conversation) { c.Close(desk.Replied) })
	w.change(t, corrected, func(c *desk.Conversation) {
		c.Labels.Intent = desk.Set(desk.Return, desk.ByHand, desk.ReasonHand, "mei@example.com")
	})
	w.line.away = false
	for range 24 { // two hours
		w.clock = w.clock.Add(5 * time.Minute)
		w.sweep(t)
	}
	for i, job := range jobs {
		c := w.conversation(t, job)
		want, source := desk.MissingPart, desk.ByModel
		switch job {
		case answered:
			want, source = desk.Refund, desk.ByEstimate
		case corrected:
			want, source = desk.Return, desk.ByHand
		}
		if c.Labels.Intent.Value != want || c.Labels.Intent.Source != source {
			t.Errorf("mail %d: %+v", i, c.Labels.Intent)
		}
		if job == corrected && c.Labels.Sentiment.Source != desk.ByModel {
			t.Errorf("beside the correction: %+v", c.Labels.Sentiment)
		}
	}
	w.clock = w.clock.Add(48 * time.Hour)
	if n := w.sweep(t); n != 0 {
		t.Errorf("%d mails are still listed", n)
	}
}

// A model that stays away is asked for a day, and then no more.
func TestADayWithoutTheModel(t *testing.T) {
	w := build(t)
	w.line.away = true
	w.arrive(t, 1)
	for range 36 * 12 {
		w.clock = w.clock.Add(5 * time.Minute)
		w.sweep(t)
	}
	if w.line.asked < 8 || w.line.asked > 11 {
		t.Errorf("asked %d times", w.line.asked)
	}
	if jobs, err := w.table.DueAgain(t.Context(), w.clock.Add(24*time.Hour), 10); err != nil || len(jobs) != 0 {
		t.Errorf("still listed: %v, %v", jobs, err)
	}
}
