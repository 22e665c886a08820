package guard

import (
	"strconv"
	"time"
)

// ebayDays is how long after an order eBay takes mail about it.
const ebayDays = 90

// proactive finds mail that answers nothing.
func proactive(d draft) []span {
	if !d.Proactive {
		return nil
	}
	return []span{{excerpt: "–"}}
}

// proactiveWithoutOrder finds mail that answers nothing and names no order.
func proactiveWithoutOrder(d draft) []span {
	if !d.Proactive || len(d.OrderNumbers) > 0 || amazonOrder.MatchString(d.text.text) || amazonOrder.MatchString(d.subject.text) {
		return nil
	}
	return []span{{excerpt: "###-#######-#######"}}
}

// afterOrder finds mail about an order that is too old for it.
func afterOrder(days int) func(draft) []span {
	return func(d draft) []span { return over(days, d.Ordered, d.Now) }
}

func over(days int, since, now time.Time) []span {
	if since.IsZero() || now.IsZero() {
		return nil
	}
	if passed := int(now.Sub(since).Hours() / 24); passed > days {
		return []span{{excerpt: strconv.Itoa(passed) + " > " + strconv.Itoa(days)}}
	}
	return nil
}

// always finds every message: this marketplace takes none by mail.
func always(draft) []span { return []span{{excerpt: "–"}} }
