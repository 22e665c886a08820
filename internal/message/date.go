package message

import (
	"strconv"
	"strings"
	"time"
)

// Dates outside these years come from broken clocks.
const (
	firstYear = 1990
	lastYear  = 2100
)

// futureSlack is how far a Date may lie ahead of the time the last server noted.
const futureSlack = 48 * time.Hour

var months = map[string]time.Month{
	"jan": time.January, "feb": time.February, "mar": time.March, "apr": time.April,
	"may": time.May, "jun": time.June, "jul": time.July, "aug": time.August,
	"sep": time.September, "oct": time.October, "nov": time.November, "dec": time.December,
}

// zones are the names of RFC 5322 and the ones seen without an offset.
var zones = map[string]int{
	"ut": 0, "utc": 0, "gmt": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7,
	"mdt": -6, "pst": -8, "pdt": -7, "bst": 1, "cet": 1, "cest": 2, "msk": 3, "jst": 9, "kst": 9,
	"hkt": 8, "sgt": 8,
}

// parseDate reads RFC 5322 dates and the variants seen in practice: no weekday, two-digit
// years, asctime order, ISO 8601, missing zone, trailing comments. The zero time means it
// could not be read or is absurd.
func parseDate(s string) time.Time {
	var d dateParts
	if before, after, ok := strings.Cut(strings.TrimSpace(s), "T"); ok && len(before) == 10 && before[4] == '-' {
		s = before + " " + after // ISO 8601
	}
	s = stripComments(s)
	for start, i := 0, 0; i <= len(s); i++ {
		if i == len(s) || s[i] == ' ' || s[i] == ',' || s[i] == '\t' {
			if i > start {
				d.take(s[start:i])
			}
			start = i + 1
		}
	}
	return d.time()
}

type dateParts struct {
	day, year          int
	month              time.Month
	hour, minute, secs int
	clock, pm, am      bool
	offset             int // seconds east
}

func (d *dateParts) take(word string) {
	switch {
	case strings.IndexByte(word, ':') >= 0:
		d.takeClock(word)
	case (word[0] == '+' || word[0] == '-') && d.clock:
		d.takeOffset(word)
	case d.takeNumber(word):
	case strings.Count(word, "-") == 2 || strings.Count(word, "/") == 2:
		d.takeNumeric(word)
	default:
		d.takeName(word)
	}
}

// takeNumber reads a day or a year and reports whether the word is one that was still missing.
func (d *dateParts) takeNumber(word string) bool {
	if isLetter(word[0]) || len(word) > 4 {
		return false
	}
	number, err := strconv.Atoi(word)
	switch {
	case err == nil && len(word) <= 2 && d.day == 0:
		d.day = number
	case err == nil && number >= 0 && d.year == 0:
		d.year = fullYear(number, len(word))
	default:
		return false
	}
	return true
}

// takeName reads a month, a zone, "am" or "pm".
func (d *dateParts) takeName(word string) {
	var buf [8]byte // longer than all of them
	lower := lowerInto(buf[:], word)
	switch {
	case string(lower) == "pm":
		d.pm = true
	case string(lower) == "am":
		d.am = true
	case len(lower) >= 3 && months[string(lower[:3])] != 0 && d.month == 0:
		d.month = months[string(lower[:3])]
	case d.clock:
		d.offset = zones[string(lower)] * 3600
	}
}

// fullYear follows RFC 5322 §4.3 for short years.
func fullYear(year, digits int) int {
	switch {
	case digits <= 2 && year < 50:
		return year + 2000
	case digits <= 3:
		return year + 1900
	}
	return year
}

// takeClock reads "10:00:05", "10:00", and ISO 8601 tails such as "10:00:05.123Z" or
// "10:00:05+08:00".
func (d *dateParts) takeClock(word string) {
	if i := strings.IndexAny(word, "+-Zz"); i > 0 {
		if c := word[i]; c == '+' || c == '-' {
			d.takeOffset(word[i:])
		}
		word = word[:i]
	}
	word, _, _ = strings.Cut(word, ".")
	for i, more := 0, true; more && i < 3; i++ {
		var part string
		part, word, more = strings.Cut(word, ":")
		n, err := strconv.Atoi(part)
		if err != nil {
			n = -1 // absurd, as time will find
		}
		switch i {
		case 0:
			d.hour = n
		case 1:
			d.minute = n
		case 2:
			d.secs = n
		}
	}
	d.clock = true
}

// takeOffset reads "+0800" and "+08:00".
func (d *dateParts) takeOffset(word string) {
	digits := strings.Replace(word[1:], ":", "", 1)
	n, err := strconv.Atoi(digits)
	if err != nil || len(digits) != 4 || n > 1500 {
		return
	}
	d.offset = (n/100*60 + n%100) * 60
	if word[0] == '-' {
		d.offset = -d.offset
	}
}

// takeNumeric reads "2024-01-31" and "31-Jan-2024"; the order of "01/02/2024" is unknown and
// read as month first, which is what the mailers that send it mean.
func (d *dateParts) takeNumeric(word string) {
	parts := strings.FieldsFunc(word, func(r rune) bool { return r == '-' || r == '/' })
	if len(parts) != 3 {
		return
	}
	first, _ := strconv.Atoi(parts[0])
	second, _ := strconv.Atoi(parts[1])
	third, _ := strconv.Atoi(parts[2])
	switch {
	case len(parts[0]) == 4:
		d.year, d.month, d.day = first, time.Month(second), third
	case second == 0 && len(parts[1]) >= 3:
		d.day, d.month, d.year = first, months[strings.ToLower(parts[1][:3])], fullYear(third, len(parts[2]))
	default:
		d.month, d.day, d.year = time.Month(first), second, fullYear(third, len(parts[2]))
	}
}

func (d *dateParts) time() time.Time {
	if d.pm && d.hour < 12 {
		d.hour += 12
	}
	if d.am && d.hour == 12 {
		d.hour = 0
	}
	if d.year < firstYear || d.year > lastYear || d.month < 1 || d.month > 12 || d.day < 1 || d.day > 31 ||
		d.hour > 24 || d.minute > 59 || d.secs > 60 || d.hour < 0 || d.minute < 0 || d.secs < 0 {
		return time.Time{}
	}
	t := time.Date(d.year, d.month, d.day, d.hour, d.minute, d.secs, 0, time.UTC)
	return t.Add(-time.Duration(d.offset) * time.Second)
}

// messageDate reads Date and holds it against the topmost Received, which the mailbox's own
// server wrote.
func messageDate(date, received string) time.Time {
	t := parseDate(date)
	if t.IsZero() {
		return t
	}
	if i := strings.LastIndexByte(received, ';'); i >= 0 {
		if arrived := parseDate(received[i+1:]); !arrived.IsZero() && t.Sub(arrived) > futureSlack {
			return time.Time{}
		}
	}
	return t
}
