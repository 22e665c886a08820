package outbox

import (
	"slices"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
)

// Codes of a mail that waits for its provider's limit.
const (
	DailyLimit  = "daily_limit"
	MinuteLimit = "minute_limit"
)

const (
	day = 24 * time.Hour
	// refusedFor is how long a mailbox waits after its provider said that a limit is
	// reached. Google lets a mailbox send again after 1 to 24 hours.
	refusedFor = time.Hour
	// maxWait is how long a mail waits for limits before it fails.
	maxWait = 3 * day
)

// wait is when a mailbox may send a mail to so many recipients, and which limit
// holds until then; zero when it may now. An hour counts until its last minute is
// a day old, so that the count is never below the provider's.
func wait(l mailbox.Limits, s desk.Sendings, recipients int, now time.Time) (until time.Time, code string) {
	if s.Until.After(now) {
		return s.Until, s.Code
	}
	if at := freed(s.Hours, time.Hour, day, l.DailyMessages, l.DailyRecipients, recipients, now); at.After(now) {
		return at, DailyLimit
	}
	if at := freed(s.Minutes, time.Minute, time.Minute, l.PerMinute, 0, recipients, now); at.After(now) {
		return at, MinuteLimit
	}
	return time.Time{}, ""
}

// freed is when enough of the buckets has left the window. A limit of 0 is none.
func freed(buckets []desk.SentIn, size, window time.Duration, messages, recipients, more int, now time.Time) time.Time {
	if messages == 0 && recipients == 0 {
		return time.Time{}
	}
	leaves := func(b desk.SentIn) time.Time { return b.From.Add(size + window) }
	live := slices.DeleteFunc(slices.Clone(buckets), func(b desk.SentIn) bool { return !leaves(b).After(now) })
	over := func() bool {
		var n, r int
		for _, b := range live {
			n, r = n+b.Messages, r+b.Recipients
		}
		return messages > 0 && n+1 > messages || recipients > 0 && r > 0 && r+more > recipients
	}
	var at time.Time
	for len(live) > 0 && over() {
		at, live = leaves(live[0]), live[1:]
	}
	return at
}

// counted is s with one more mail, and without what no limit asks for any more.
func counted(s desk.Sendings, recipients int, now time.Time) desk.Sendings {
	s.Hours = added(s.Hours, time.Hour, day, recipients, now)
	s.Minutes = added(s.Minutes, time.Minute, time.Minute, recipients, now)
	return s
}

func added(buckets []desk.SentIn, size, window time.Duration, recipients int, now time.Time) []desk.SentIn {
	from := now.UTC().Truncate(size)
	kept := slices.DeleteFunc(slices.Clone(buckets), func(b desk.SentIn) bool { return !b.From.Add(size + window).After(now) })
	if n := len(kept); n > 0 && kept[n-1].From.Equal(from) {
		kept[n-1].Messages++
		kept[n-1].Recipients += recipients
		return kept
	}
	return append(kept, desk.SentIn{From: from, Messages: 1, Recipients: recipients})
}
