// Package schedule is Amazon EventBridge Scheduler on one machine: it calls
// functions by rate, cron and at expressions. So that a newcomer need not wait
// a minute for mail, its clock can be made to run faster than the real one; the
// times it reports are always the true ones.
package schedule

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// Target takes an event without waiting for its end; (*lambda.Function).InvokeAsync is one.
type Target func(payload []byte) error

// Schedule is one schedule and what it calls.
type Schedule struct {
	ARN        string
	Expression Expression
	// Input is the payload. The placeholders <aws.scheduler.scheduled-time> and
	// its like are filled in. Empty means the scheduler's own event.
	Input  string
	Target Target
}

// Scheduler runs schedules.
type Scheduler struct {
	// Speed is how many seconds its clock takes for one real second, from the
	// moment Run is called.
	Speed           float64
	Region, Account string
	NewID           func() string // UUIDs for events and executions
	Now             func() time.Time
	Log             *slog.Logger
}

// Run fires the schedules until ctx ends. A target that is still busy is called
// again all the same, as in AWS.
func (s *Scheduler) Run(ctx context.Context, schedules []Schedule) {
	var all sync.WaitGroup
	defer all.Wait()
	for _, one := range schedules {
		all.Go(func() { s.run(ctx, one) })
	}
}

func (s *Scheduler) run(ctx context.Context, one Schedule) {
	start := s.Now()
	due, ok := one.Expression.Next(start, start.Add(-time.Nanosecond))
	for ok && s.wait(ctx, start, due) {
		if err := s.fire(one); err != nil {
			s.Log.Error("scheduler", "schedule", one.ARN, "err", err)
		}
		// Occasions missed while the machine slept are not made up for.
		due, ok = one.Expression.Next(start, latest(due, s.fast(start)))
	}
}

// fast is the time on the scheduler's own clock.
func (s *Scheduler) fast(start time.Time) time.Time {
	return start.Add(time.Duration(float64(s.Now().Sub(start)) * s.Speed))
}

// wait sleeps until the scheduler's clock shows due; false when ctx ended.
func (s *Scheduler) wait(ctx context.Context, start, due time.Time) bool {
	timer := time.NewTimer(time.Duration(float64(due.Sub(s.fast(start))) / s.Speed))
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (s *Scheduler) fire(one Schedule) error {
	payload, err := s.payload(one, s.Now().UTC().Truncate(time.Second))
	if err != nil {
		return err
	}
	if err := one.Target(payload); err != nil {
		return fmt.Errorf("calling the target: %w", err)
	}
	return nil
}

// payload is the schedule's input or, without one, the event EventBridge
// Scheduler sends by itself. Its detail really is a string (seen in AWS, 2024).
func (s *Scheduler) payload(one Schedule, now time.Time) ([]byte, error) {
	if one.Input != "" {
		fill := strings.NewReplacer(
			"<aws.scheduler.schedule-arn>", one.ARN,
			"<aws.scheduler.scheduled-time>", now.Format(time.RFC3339),
			"<aws.scheduler.execution-id>", s.NewID(),
			"<aws.scheduler.attempt-number>", "1",
		)
		return []byte(fill.Replace(one.Input)), nil
	}
	payload, err := json.Marshal(map[string]any{
		"version":     "0",
		"id":          s.NewID(),
		"detail-type": "Scheduled Event",
		"source":      "aws.scheduler",
		"account":     s.Account,
		"time":        now.Format(time.RFC3339),
		"region":      s.Region,
		"resources":   []string{one.ARN},
		"detail":      "{}",
	})
	if err != nil {
		return nil, fmt.Errorf("building an event: %w", err)
	}
	return payload, nil
}
