package triage

import (
	"context"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// A mail that rules sorted because the model failed is put to the model again
// after firstPause, twice that, four times that, …, for as long as it is worth it.
const (
	firstPause  = 5 * time.Minute
	lastPause   = 6 * time.Hour
	worthTrying = 24 * time.Hour
)

func pause(tries int) time.Duration {
	d := firstPause
	for range tries - 1 {
		d = min(2*d, lastPause)
	}
	return d
}

// mayAnswerLater reports whether a model that failed may do better on the same
// mail at another time.
func mayAnswerLater(failed error) bool {
	if failed == nil {
		return false
	}
	switch desk.CodeOf(failed) {
	case "needs_model", "model_refused":
		return false
	}
	return true
}

// resort has a model sort what rules have sorted. Labels by a rule of the
// organisation or by hand stay: they are stronger. It ends once the mail is
// answered, another one is the newest, or a day has gone by.
func (s *Sorter) resort(ctx context.Context, job desk.Job, c desk.Conversation) error {
	again, ok, err := s.State.Unsorted(ctx, job.Org, job.Conversation, job.Message)
	if err != nil || !ok {
		return err
	}
	now := s.Now()
	if c.LastIncoming != job.Message || c.Status == desk.Replied || now.Sub(again.Since) > worthTrying {
		return s.State.SortedAgain(ctx, job.Org, job.Conversation, job.Message)
	}
	m, err := s.State.Message(ctx, job.Org, job.Conversation, job.Message)
	if err != nil {
		return err
	}
	labels, failed, err := s.ask(ctx, c, View(c, m))
	if err != nil {
		return err
	}
	if mayAnswerLater(failed) {
		again.Tries++
		return s.State.SortAgain(ctx, job.Org, job.Conversation, job.Message, again, now.Add(pause(again.Tries)))
	}
	if failed == nil {
		if err := s.keep(ctx, job, labels); err != nil {
			return err
		}
	}
	return s.State.SortedAgain(ctx, job.Org, job.Conversation, job.Message)
}
