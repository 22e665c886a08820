package smtp

import (
	"testing"

	"github.com/emersion/go-smtp"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// TestALimitOfTheProviderIsNoRefusal holds the answers as providers give them,
// most of them permanent by their code.
func TestALimitOfTheProviderIsNoRefusal(t *testing.T) {
	for _, c := range []struct {
		name string
		said smtp.SMTPError
		kind desk.Kind
		code string
	}{
		{"Gmail, a day's mail", smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 4, 5}, Message: "Daily user sending limit exceeded. For more information on Gmail sending limits go to https://support.google.com/a/answer/166852"}, desk.Unavailable, "daily_limit"},
		{"Gmail, the older words", smtp.SMTPError{Code: 550, Message: "5.4.5 Daily sending quota exceeded"}, desk.Unavailable, "daily_limit"},
		{"Microsoft, a day's recipients", smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 2, 0}, Message: "STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message due to a permanent exception with message The message can't be submitted because the sender's submission quota was exceeded"}, desk.Unavailable, "daily_limit"},
		{"Microsoft, the mailbox is full", smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 2, 2}, Message: "mailbox full; STOREDRV.Submission.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded"}, desk.Permanent, "message_refused"},
		{"Microsoft, 5.1.90", smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 90}, Message: "Your message can't be sent because you've reached your daily limit for message recipients"}, desk.Unavailable, "daily_limit"},
		{"Microsoft, the tenant", smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 233}, Message: "Your message can't be sent because your tenant has exceeded its daily limit"}, desk.Unavailable, "daily_limit"},
		{"Microsoft, too many lines", smtp.SMTPError{Code: 432, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending"}, desk.Unavailable, "minute_limit"},
		{"Tencent", smtp.SMTPError{Code: 550, Message: "Domain frequency limited"}, desk.Unavailable, "minute_limit"},
		{"no such user", smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user here"}, desk.Permanent, "message_refused"},
		{"spam", smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Message refused as spam"}, desk.Permanent, "message_refused"},
		{"greylisted", smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Greylisted, please try again later"}, desk.Unavailable, "smtp_busy"},
	} {
		err := explain(&c.said, "message_refused")
		if desk.KindOf(err) != c.kind || desk.CodeOf(err) != c.code {
			t.Errorf("%s: %s %s, want %s %s", c.name, desk.KindOf(err), desk.CodeOf(err), c.kind, c.code)
		}
	}
}
