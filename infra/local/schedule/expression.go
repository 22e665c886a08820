package schedule

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Expression is a parsed rate(…), cron(…) or at(…):
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
type Expression struct {
	every time.Duration // of rate
	cron  *cron
	at    time.Time
}

var (
	form     = regexp.MustCompile(`^(rate|cron|at)\(([^()]*)\)$`)
	rateForm = regexp.MustCompile(`^([1-9][0-9]{0,8}) (minute|hour|day)(s?)$`)
	units    = map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
)

// Parse reads an expression; cron and at are in the given zone.
func Parse(text string, zone *time.Location) (Expression, error) {
	m := form.FindStringSubmatch(text)
	if m == nil {
		return Expression{}, fmt.Errorf("schedule %q is not rate(…), cron(…) or at(…)", text)
	}
	var e Expression
	var err error
	switch m[1] {
	case "rate":
		e.every, err = parseRate(m[2])
	case "at":
		e.at, err = time.ParseInLocation("2006-01-02T15:04:05", m[2], zone)
	default:
		e.cron, err = parseCron(m[2], zone)
	}
	if err != nil {
		return Expression{}, fmt.Errorf("schedule %q: %w", text, err)
	}
	return e, nil
}

func parseRate(text string) (time.Duration, error) {
	m := rateForm.FindStringSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("a rate is a number and minute(s), hour(s) or day(s)")
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("rate: %w", err)
	}
	if (n == 1) != (m[3] == "") {
		return 0, fmt.Errorf("AWS wants the singular for 1 and the plural for more: %q", text)
	}
	unit := units[m[2]]
	if n > int64(1<<62)/int64(unit) {
		return 0, fmt.Errorf("rate %s is too long", strings.TrimSpace(text))
	}
	return time.Duration(n) * unit, nil
}

// Next is the first due time after the given one; false when there is none.
// A rate counts from start, at which it is due for the first time.
func (e Expression) Next(start, after time.Time) (time.Time, bool) {
	switch {
	case e.cron != nil:
		return e.cron.next(after)
	case !e.at.IsZero():
		return e.at, e.at.After(after)
	case after.Before(start):
		return start, true
	default:
		return start.Add((after.Sub(start)/e.every + 1) * e.every), true
	}
}
