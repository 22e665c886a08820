package schedule

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func parse(t *testing.T, text, zone string) Expression {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Parse(text, loc)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestNextDueTimes(t *testing.T) {
	cases := []struct {
		expression, zone, after string
		want                    []string
	}{
		{"rate(1 minute)", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z"}},
		{"rate(2 days)", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-03T00:00:00Z"}},
		{"at(2026-05-01T10:00:00)", "Europe/Berlin", "2026-01-01T00:00:00Z", []string{"2026-05-01T10:00:00+02:00", ""}},
		{"cron(0 10 * * ? *)", "UTC", "2026-01-01T10:00:00Z", []string{"2026-01-02T10:00:00Z", "2026-01-03T10:00:00Z"}},
		{"cron(15 12 * * ? *)", "UTC", "2026-01-01T12:14:59Z", []string{"2026-01-01T12:15:00Z"}},
		{"cron(0/15 8-9 ? * MON-FRI *)", "UTC", "2026-01-02T09:31:00Z", []string{"2026-01-02T09:45:00Z", "2026-01-05T08:00:00Z"}},
		{"cron(0 18 ? * 2,6 *)", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-02T18:00:00Z", "2026-01-05T18:00:00Z"}},
		{"cron(0 8 1 * ? *)", "UTC", "2026-01-15T00:00:00Z", []string{"2026-02-01T08:00:00Z"}},
		{"cron(0 0 L * ? *)", "UTC", "2028-02-01T00:00:00Z", []string{"2028-02-29T00:00:00Z", "2028-03-31T00:00:00Z"}},
		{"cron(0 0 15W * ? *)", "UTC", "2026-02-01T00:00:00Z", []string{"2026-02-16T00:00:00Z"}},
		{"cron(0 0 1W 8 ? *)", "UTC", "2026-01-01T00:00:00Z", []string{"2026-08-03T00:00:00Z"}},
		{"cron(0 0 LW 5 ? *)", "UTC", "2026-01-01T00:00:00Z", []string{"2026-05-29T00:00:00Z"}},
		{"cron(0 0 ? * 6L *)", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z"}},
		{"cron(0 0 ? * 3#2 *)", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-13T00:00:00Z", "2026-02-10T00:00:00Z"}},
		{"cron(0 0 29 FEB ? *)", "UTC", "2026-01-01T00:00:00Z", []string{"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}},
		{"cron(0 0 1 1 ? 2027,2030)", "UTC", "2026-01-01T00:00:00Z", []string{"2027-01-01T00:00:00Z", "2030-01-01T00:00:00Z", ""}},
		{"cron(0 9 * * ? *)", "America/New_York", "2026-03-07T15:00:00Z", []string{"2026-03-08T09:00:00-04:00"}},
		{"cron(30 2 * * ? *)", "America/New_York", "2026-03-07T12:00:00Z", []string{"2026-03-09T02:30:00-04:00"}}, // 02:30 on the 8th does not exist
		{"cron(30 1 * * ? *)", "America/New_York", "2026-10-31T12:00:00Z", []string{"2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"}},
	}
	for _, c := range cases {
		t.Run(c.expression+" "+c.after, func(t *testing.T) {
			e := parse(t, c.expression, c.zone)
			start, err := time.Parse(time.RFC3339, c.after)
			if err != nil {
				t.Fatal(err)
			}
			after := start
			for i, want := range c.want {
				got, ok := e.Next(start, after)
				if !ok {
					if want != "" {
						t.Fatalf("%d: never, want %s", i, want)
					}
					continue
				}
				if got.Format(time.RFC3339) != want {
					t.Fatalf("%d: %s, want %s", i, got.Format(time.RFC3339), want)
				}
				after = got
			}
		})
	}
}

func TestWrongExpressions(t *testing.T) {
	for _, text := range []string{
		"", "rate()", "rate(0 minutes)", "rate(1 minutes)", "rate(2 minute)", "rate(5 seconds)", "rate(-1 days)", "every(1 minute)", "rate(1 minute) ",
		"cron(* * * * *)", "cron(* * * * * *)", "cron(* * ? * ? *)", "cron(60 * * * ? *)", "cron(* 24 * * ? *)", "cron(* * 0 * ? *)",
		"cron(* * * 13 ? *)", "cron(* * ? * 8 *)", "cron(* * ? * 2#6 *)", "cron(* * * * ? 1969)", "cron(5-1 * * * ? *)", "cron(*/0 * * * ? *)", "cron(*/9223372036854775807 * * * ? *)",
		"cron(x * * * ? *)", "cron(* * 32W * ? *)", "at(2026-13-01T00:00:00)", "at(tomorrow)",
	} {
		if _, err := Parse(text, time.UTC); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"rate(999999999 days)", "cron(0/15 8-9,20 ? JAN-MAR 6L,2#3 2026-2199/3)", "cron(59 23 31W FEB ? 2199)", "at(2026-05-01T10:00:00)"} {
		f.Add(seed)
	}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Parse(text, time.UTC)
		if err != nil {
			return
		}
		if next, ok := e.Next(start, start); ok && !next.After(start) {
			t.Errorf("%q: next is %s", text, next)
		}
	})
}

// collect runs one schedule for a while of synthetic time.
func collect(t *testing.T, speed float64, while time.Duration, one Schedule) (fired []time.Duration, payloads []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		one.Target = func(payload []byte) error {
			fired = append(fired, time.Since(begun))
			payloads = append(payloads, string(payload))
			return nil
		}
		s := &Scheduler{
			Speed: speed, Region: "us-east-1", Account: "000000000000", NewID: func() string { return "id" },
			Now: time.Now, Log: slog.New(slog.DiscardHandler),
		}
		ctx, cancel := context.WithTimeout(t.Context(), while)
		defer cancel()
		s.Run(ctx, []Schedule{one})
	})
	return fired, payloads
}

func TestRateStartsAtOnceAndRepeats(t *testing.T) {
	fired, _ := collect(t, 1, 150*time.Second, Schedule{Expression: parse(t, "rate(1 minute)", "UTC")})
	if got := fmt.Sprint(fired); got != "[0s 1m0s 2m0s]" {
		t.Errorf("fired at %s", got)
	}
}

func TestFastClockKeepsTrueTimesInEvents(t *testing.T) {
	fired, payloads := collect(t, 30, 5*time.Second, Schedule{ARN: "arn", Expression: parse(t, "rate(1 minute)", "UTC")})
	if got := fmt.Sprint(fired); got != "[0s 2s 4s]" {
		t.Errorf("fired at %s", got)
	}
	var event struct {
		Time, Source, Detail string
		Resources            []string
	}
	if err := json.Unmarshal([]byte(payloads[1]), &event); err != nil {
		t.Fatal(err)
	}
	// synctest's clock starts at midnight on 1 January 2000.
	if event.Time != "2000-01-01T00:00:02Z" || event.Source != "aws.scheduler" || event.Detail != "{}" || fmt.Sprint(event.Resources) != "[arn]" {
		t.Errorf("event %+v", event)
	}
}

func TestCronFollowsTheFastClock(t *testing.T) {
	fired, _ := collect(t, 60, 100*time.Minute, Schedule{Expression: parse(t, "cron(0 6 * * ? *)", "UTC")})
	if got := fmt.Sprint(fired); got != "[6m0s 30m0s 54m0s 1h18m0s]" {
		t.Errorf("fired at %s", got)
	}
}

func TestInputIsFilledIn(t *testing.T) {
	_, payloads := collect(t, 1, time.Second, Schedule{
		ARN: "arn", Expression: parse(t, "rate(1 minute)", "UTC"),
		Input: `{"at":"<aws.scheduler.scheduled-time>","by":"<aws.scheduler.schedule-arn>","run":"<aws.scheduler.execution-id>"}`,
	})
	if got := strings.Join(payloads, ";"); got != `{"at":"2000-01-01T00:00:00Z","by":"arn","run":"id"}` {
		t.Errorf("got %s", got)
	}
}

func TestAtFiresOnce(t *testing.T) {
	fired, _ := collect(t, 1, 48*time.Hour, Schedule{Expression: parse(t, "at(2000-01-01T06:00:00)", "UTC")})
	if got := fmt.Sprint(fired); got != "[6h0m0s]" {
		t.Errorf("fired at %s", got)
	}
}
