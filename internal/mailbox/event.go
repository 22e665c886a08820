package mailbox

import (
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/marketplace"
)

// eventLabels are what a marketplace's own notice tells for certain: nobody has
// to guess what an A-to-z claim is about or that it matters.
var eventLabels = map[string]struct {
	intent   desk.Intent
	priority desk.Priority
}{
	marketplace.EventReturnRequested: {desk.Return, desk.Medium},
	marketplace.EventRefundIssued:    {desk.Refund, desk.Low},
	marketplace.EventCancelRequested: {desk.Cancel, desk.High},
	marketplace.EventClaimOpened:     {desk.Claim, desk.High},
	marketplace.EventClaimClosed:     {desk.Claim, desk.Medium},
	marketplace.EventChargeback:      {desk.Claim, desk.High},
	marketplace.EventSold:            {desk.OtherIntent, desk.Low},
}

// noticed are the labels of a mail by its marketplace's form.
func noticed(seen marketplace.Recognised) desk.Labels {
	l := desk.Labels{Type: seen.Type, Category: seen.Category}
	if e, ok := eventLabels[seen.Event]; ok {
		l.Intent = desk.Set(e.intent, desk.ByRule, desk.ReasonMarketplace, seen.Notice)
		l.Priority = desk.Set(e.priority, desk.ByRule, desk.ReasonMarketplace, seen.Notice)
	}
	return l
}
