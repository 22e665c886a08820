package mailbox

import (
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// endedSignIns are the codes of a provider that gives no more tokens, as package
// oauth names them: only a person who signs in again mends that.
var endedSignIns = map[string]bool{
	"oauth_revoked": true, "oauth_expired": true, "oauth_declined": true, "oauth_consent": true, "oauth_policy": true, "oauth_account": true, "admin_consent": true,
}

// never is when a mailbox is tried again whose sign-in has ended: a new sign-in
// or a person's wish to look now come first.
const never = 100 * 365 * 24 * time.Hour

// pauseAfter is how long to leave a mailbox alone after so many failures in a
// row, of which cause is the last.
func pauseAfter(cause error, failures int) time.Duration {
	if endedSignIns[desk.CodeOf(cause)] {
		return never
	}
	return backoff(failures)
}
