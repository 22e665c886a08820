package smtp

import (
	"strings"

	"github.com/emersion/go-smtp"
)

// limitForms are the answers by which providers say that a mailbox has sent
// enough for now. Most are given with a code that means "never", which they do
// not mean: the mail has to wait.
var limitForms = []struct {
	code     int
	enhanced smtp.EnhancedCode // zero for any
	words    string            // in lower case, "" for any
	means    string            // code of the error
}{
	// Google, support.google.com/a/answer/3221692 and /mail/answer/22839.
	{550, smtp.EnhancedCode{5, 4, 5}, "", dailyLimit},
	{0, smtp.EnhancedCode{}, "daily user sending limit exceeded", dailyLimit},
	{0, smtp.EnhancedCode{}, "daily user sending quota exceeded", dailyLimit},
	{0, smtp.EnhancedCode{}, "daily sending quota exceeded", dailyLimit},
	{0, smtp.EnhancedCode{}, "daily smtp relay", dailyLimit},
	// Microsoft, learn.microsoft.com: smtp-submission-improvements, and the list of
	// non-delivery reports in Exchange Online.
	{554, smtp.EnhancedCode{5, 2, 0}, "submission quota", dailyLimit},
	{554, smtp.EnhancedCode{5, 2, 0}, "submissionquotaexceeded", dailyLimit},
	{550, smtp.EnhancedCode{5, 1, 90}, "", dailyLimit},
	{550, smtp.EnhancedCode{5, 7, 233}, "", dailyLimit}, // of the whole tenant
	{0, smtp.EnhancedCode{}, "outbounddailylimitexceeded", dailyLimit},
	{0, smtp.EnhancedCode{}, "outboundspamlast24hours", dailyLimit},
	{432, smtp.EnhancedCode{4, 3, 2}, "", minuteLimit}, // three connections at once
	// Others, by their words; seen in public threads.
	{0, smtp.EnhancedCode{}, "daily message limit", dailyLimit},
	{0, smtp.EnhancedCode{}, "daily limit", dailyLimit},
	{0, smtp.EnhancedCode{}, "sending limit", dailyLimit},
	{0, smtp.EnhancedCode{}, "frequency limited", minuteLimit}, // Tencent
	{0, smtp.EnhancedCode{}, "rate limit", minuteLimit},
}

// Codes of a limit of the provider's that is reached.
const (
	dailyLimit  = "daily_limit"
	minuteLimit = "minute_limit"
)

// limitOf is the code of the limit that an answer tells of, "" for other answers.
func limitOf(e *smtp.SMTPError) string {
	said := strings.ToLower(e.Message)
	for _, f := range limitForms {
		if (f.code == 0 || f.code == e.Code) && (f.enhanced == (smtp.EnhancedCode{}) || f.enhanced == e.EnhancedCode) && strings.Contains(said, f.words) {
			return f.means
		}
	}
	return ""
}
