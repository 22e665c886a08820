package schedule

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// cron is AWS's six-field form: minutes hours day-of-month month day-of-week
// year. Unlike Unix, days of the week count from 1 for Sunday and one of the two
// day fields must be "?".
type cron struct {
	zone                   *time.Location
	minutes, hours, months uint64 // bit n set: n matches
	years                  [4]uint64
	monthDays              func(day time.Time) bool // nil for "?"
	weekDays               func(day time.Time) bool // nil for "?"
}

const firstYear, lastYear = 1970, 2199

var (
	monthNames = []string{1: "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
	dayNames   = []string{1: "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
)

func parseCron(text string, zone *time.Location) (*cron, error) {
	f := strings.Fields(strings.ToUpper(text))
	if len(f) != 6 {
		return nil, fmt.Errorf("a cron expression has six fields, this has %d", len(f))
	}
	if (f[2] == "?") == (f[4] == "?") {
		return nil, fmt.Errorf("exactly one of day-of-month and day-of-week must be ?")
	}
	c := &cron{zone: zone}
	var err error
	for _, field := range []struct {
		name  string
		parse func() error
	}{
		{"minutes", func() error { c.minutes, err = parseSet(f[0], 0, 59, nil); return err }},
		{"hours", func() error { c.hours, err = parseSet(f[1], 0, 23, nil); return err }},
		{"day-of-month", func() error { c.monthDays, err = parseMonthDays(f[2]); return err }},
		{"month", func() error { c.months, err = parseSet(f[3], 1, 12, monthNames); return err }},
		{"day-of-week", func() error { c.weekDays, err = parseWeekDays(f[4]); return err }},
		{"year", func() error { return c.parseYears(f[5]) }},
	} {
		if err := field.parse(); err != nil {
			return nil, fmt.Errorf("%s: %w", field.name, err)
		}
	}
	return c, nil
}

// parseSet reads a list of values, ranges and steps into a bit set.
func parseSet(text string, least, most int, names []string) (uint64, error) {
	var set uint64
	err := each(text, least, most, names, func(n int) { set |= 1 << n })
	return set, err
}

func (c *cron) parseYears(text string) error {
	return each(text, firstYear, lastYear, nil, func(n int) {
		n -= firstYear
		c.years[n/64] |= 1 << (n % 64)
	})
}

// each calls add for every value of a comma-separated list of *, n, a-b and
// their steps /s.
func each(text string, least, most int, names []string, add func(int)) error {
	for part := range strings.SplitSeq(text, ",") {
		low, high, step, err := parsePart(part, least, most, names)
		if err != nil {
			return err
		}
		for n := low; n <= high; n += step {
			add(n)
		}
	}
	return nil
}

func parsePart(part string, least, most int, names []string) (low, high, step int, err error) {
	span, stepText, stepped := strings.Cut(part, "/")
	step = 1
	if stepped {
		if step, err = strconv.Atoi(stepText); err != nil || step < 1 || step > most {
			return 0, 0, 0, fmt.Errorf("%q is not a step", stepText)
		}
	}
	first, last, ranged := strings.Cut(span, "-")
	switch {
	case span == "*":
		return least, most, step, nil
	case ranged:
		if high, err = parseValue(last, least, most, names); err != nil {
			return 0, 0, 0, err
		}
	case stepped:
		high = most
	}
	if low, err = parseValue(first, least, most, names); err != nil {
		return 0, 0, 0, err
	}
	if !ranged && !stepped {
		high = low
	}
	if high < low {
		return 0, 0, 0, fmt.Errorf("%q runs backwards", part)
	}
	return low, high, step, nil
}

func parseValue(text string, least, most int, names []string) (int, error) {
	for n, name := range names {
		if name != "" && name == text {
			return n, nil
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%q is not between %d and %d", text, least, most)
	}
	return n, nil
}

// parseMonthDays knows L for the last day, nW for the weekday nearest to n and
// LW for the last weekday, besides sets.
func parseMonthDays(text string) (func(time.Time) bool, error) {
	switch {
	case text == "?":
		return nil, nil
	case text == "L":
		return func(day time.Time) bool { return day.Day() == lastDay(day) }, nil
	case text == "LW":
		return func(day time.Time) bool { return day.Day() == nearestWeekday(day, lastDay(day)) }, nil
	case strings.HasSuffix(text, "W"):
		n, err := parseValue(strings.TrimSuffix(text, "W"), 1, 31, nil)
		return func(day time.Time) bool { return n <= lastDay(day) && day.Day() == nearestWeekday(day, n) }, err
	}
	set, err := parseSet(text, 1, 31, nil)
	return func(day time.Time) bool { return set>>day.Day()&1 == 1 }, err
}

// parseWeekDays knows nL for the last such day of the month, L for Saturday and
// n#k for the k-th of the month, besides sets.
func parseWeekDays(text string) (func(time.Time) bool, error) {
	switch {
	case text == "?":
		return nil, nil
	case text == "L":
		return func(day time.Time) bool { return day.Weekday() == time.Saturday }, nil
	case strings.HasSuffix(text, "L"):
		n, err := parseValue(strings.TrimSuffix(text, "L"), 1, 7, dayNames)
		return func(day time.Time) bool { return weekday(day) == n && day.Day()+7 > lastDay(day) }, err
	case strings.Contains(text, "#"):
		name, nth, _ := strings.Cut(text, "#")
		n, err := parseValue(name, 1, 7, dayNames)
		if err != nil {
			return nil, err
		}
		k, err := parseValue(nth, 1, 5, nil)
		return func(day time.Time) bool { return weekday(day) == n && (day.Day()+6)/7 == k }, err
	}
	set, err := parseSet(text, 1, 7, dayNames)
	return func(day time.Time) bool { return set>>weekday(day)&1 == 1 }, err
}

func weekday(day time.Time) int { return int(day.Weekday()) + 1 }

func lastDay(day time.Time) int {
	return time.Date(day.Year(), day.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// nearestWeekday is the Monday to Friday nearest to the n-th, without leaving
// the month.
func nearestWeekday(day time.Time, n int) int {
	switch time.Date(day.Year(), day.Month(), n, 0, 0, 0, 0, time.UTC).Weekday() {
	case time.Saturday:
		if n == 1 {
			return 3
		}
		return n - 1
	case time.Sunday:
		if n == lastDay(day) {
			return n - 2
		}
		return n + 1
	default:
		return n
	}
}

// next finds the first minute after t that matches. A local time that a clock
// change skips is not due; one that it repeats is due once.
func (c *cron) next(t time.Time) (time.Time, bool) {
	t = t.In(c.zone)
	day := time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, time.UTC) // noon UTC: free of clock changes
	for ; day.Year() <= lastYear; day = day.AddDate(0, 0, 1) {
		if !c.matchesDay(day) {
			continue
		}
		for hours := c.hours; hours != 0; hours &= hours - 1 {
			hour := bits.TrailingZeros64(hours)
			for minutes := c.minutes; minutes != 0; minutes &= minutes - 1 {
				minute := bits.TrailingZeros64(minutes)
				due := time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, c.zone)
				if due.After(t) && due.Hour() == hour && due.Minute() == minute {
					return due, true
				}
			}
		}
	}
	return time.Time{}, false
}

func (c *cron) matchesDay(day time.Time) bool {
	year := day.Year() - firstYear
	if year < 0 || c.years[year/64]>>(year%64)&1 == 0 || c.months>>int(day.Month())&1 == 0 {
		return false
	}
	if c.monthDays != nil {
		return c.monthDays(day)
	}
	return c.weekDays(day)
}
