package marketplace

import (
	"regexp"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// tiktok only tells by mail that something happened; buyers chat in the app.
var tiktok = channel{
	marketplace: desk.TikTok,
	relay:       func(address) bool { return false },
	domain:      func(host string) bool { return under(host, "tiktok.com") },
	store:       func(view) desk.Store { return desk.TikTokUS },
	orders:      func(v view) []string { return numbers(tiktokOrder, v.Subject, v.Text) },
	disabled:    DisabledTikTok,
	home:        "https://seller-us.tiktok.com/",
	notices: []notice{
		{name: "tiktok.buyer_chat", subject: regexp.MustCompile(`(?i)\b(?:message|chat)s?\b`)},
		{name: "tiktok.return_request", event: EventReturnRequested, subject: regexp.MustCompile(`(?i)\breturn (?:request|and refund)|requested a return`)},
		{name: "tiktok.cancel_request", event: EventCancelRequested, subject: regexp.MustCompile(`(?i)\bcancell?ation request|requested (?:to cancel|cancell?ation)`)},
	},
}

var tiktokOrder = regexp.MustCompile(`(?i)order[ \t]*(?:id|number|no\.?)?[ \t]*[:#]?[ \t]*#?[ \t]*(\d{16,19})`)
