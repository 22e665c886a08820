package reply

import (
	"context"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// A draft under way is written down at most every growPause, for growTime.
const (
	growPause = 500 * time.Millisecond
	growTime  = 5 * time.Minute
)

// Under returns a desk whose drafts can be read under the id of a request while
// they are being written.
func (d *Desk) Under(request string) *Desk {
	under := *d
	under.request = request
	return &under
}

// growing writes down what a draft says so far: HTTP APIs cannot stream, so the
// page asks for it. Nobody's draft fails because of it. Nil without a request.
func (d *Desk) growing(ctx context.Context, org desk.OrgID, id desk.ConversationID) func(string) {
	if d.request == "" {
		return nil
	}
	var last time.Time
	return func(text string) {
		now := d.Now()
		if now.Sub(last) < growPause {
			return
		}
		last = now
		if err := d.State.PutPartial(ctx, org, id, d.request, text, now.Add(growTime)); err != nil {
			d.Log.WarnContext(ctx, "partial draft not written", "org", org, "conversation", id, "err", err)
		}
	}
}
