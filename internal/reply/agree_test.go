package reply

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/guard"
	"github.com/quilldesk/quilldesk/internal/outbox"
)

// unused is the part of the outbox's state that a refused reply never reaches.
type unused struct{ outbox.State }

type outboxState struct {
	*memory
	unused
}

// ruleTexts break one rule each, by the rule's key without the marketplace.
var ruleTexts = map[string]string{
	"placeholder": "Dear {{name}}, it ships today.", "canary": "It says " + assist.Canary + ".", "unknown_order": "Order 999-5550123-7770456 ships today.",
	"language": "Ihre Bestellung wird heute verschickt, bitte haben Sie noch etwas Geduld.", "empty": " \n",
	"external_link": "See https://lumenhaus.example/lamp.", "link": "See https://lumenhaus.example/lamp.", "possible_link": "Find us at lumenhaus.it today",
	"email": "Write to help@lumenhaus.example.", "phone": "Call +1 212 555 0147.", "messenger": "Add us on WhatsApp.",
	"off_platform": "Please order on our own website.", "review": "Please leave us a review.", "second_review": "Please leave us a review.",
	"marketing": "Here is a discount code.", "spam": "Here is a discount code.", "order_confirmation": "Order confirmation for your lamp",
	"order_status": "Order confirmation for your lamp", "ask_cancel": "Please cancel the order.", "thank_you_only": "Thank you for your order!",
	"important": "[Important] It ships today.", "emoji": "It ships today 😀", "html": "It <b>ships</b> today.",
	"length": strings.Repeat("It ships today. ", 200), "too_late": "It ships today.", "reference": "It ships today.", "in_app": "It ships today.",
	"cannot_answer": "It ships today.", "not_english": "It ships today.",
}

// elsewhere are rules that neither Preview nor Queue comes to: files are checked
// beside the preview, a first mail has its own check, and a person has read a
// reply that is previewed.
var elsewhere = map[string]bool{
	"attachment_size": true, "attachment_count": true, "attachment_type": true, "attachment": true, "image": true,
	"unsolicited": true, "order_number": true, "refund_promise": true, "unfilled": true,
}

// TestPreviewAndSendingAgreeOnEveryRule: what the preview shows is what sending
// refuses or wants confirmed, place by place.
func TestPreviewAndSendingAgreeOnEveryRule(t *testing.T) {
	stores := map[string]desk.Store{
		"general": desk.Own, "amazon": desk.AmazonCom, "walmart": desk.WalmartCom, "ebay": desk.EBayCom, "newegg": desk.NeweggCom, "tiktok": desk.TikTokUS,
	}
	for _, r := range guard.AllRules() {
		marketplace, rule, _ := strings.Cut(r.Key, ".")
		if elsewhere[rule] || r.NeedsOrder {
			continue
		}
		t.Run(r.Key, func(t *testing.T) {
			text, ok := ruleTexts[rule]
			if !ok {
				t.Fatal("no text breaks this rule here")
			}
			m := ruleConversation(stores[marketplace], rule)
			to := desk.Language("en-US")
			if rule == "not_english" {
				to, text = "fr", "Votre lampe est expédiée aujourd'hui, merci de votre patience."
			}
			d, _ := answering(m, helper{err: needsModel}, helper{err: needsModel})
			p, err := d.Preview(t.Context(), "org", "c", text, to, false)
			if err != nil {
				t.Fatal(err)
			}
			if !found(p.Findings, r.Key) {
				t.Fatalf("the preview does not show it: %+v", p.Findings)
			}
			box := &outbox.Outbox{State: outboxState{memory: m}, Now: d.Now}
			_, err = box.Queue(t.Context(), "org", outbox.Reply{Conversation: "c", Request: "r", Text: text, Language: to})
			var blocked *outbox.Blocked
			switch {
			case rule == "empty" || rule == "cannot_answer" || rule == "in_app": // refused before the check
				if desk.KindOf(err) != desk.Invalid {
					t.Errorf("sending says %v", err)
				}
			case !errors.As(err, &blocked) || !reflect.DeepEqual(blocked.Findings, p.Findings):
				t.Errorf("sending says %v, preview %+v", err, p.Findings)
			}
		})
	}
}

// ruleConversation is one in which a rule can be broken.
func ruleConversation(store desk.Store, rule string) *memory {
	m := conversation()
	m.c.Store = store
	switch rule {
	case "cannot_answer", "in_app":
		m.c.Route = desk.ReplyRoute{Disabled: "tiktok_in_app"}
	case "second_review":
		m.messages = append(m.messages, desk.Message{
			ID: "o1", Direction: desk.Outgoing, At: noon, Text: "Please leave us a review.", Send: &desk.Dispatch{State: desk.Sent},
		})
	case "too_late":
		m.messages = append(m.messages, desk.Message{
			ID: "old", Direction: desk.Incoming, At: noon.Add(-100 * 24 * time.Hour), Text: fmt.Sprint("About order ", m.c.OrderNumbers[0]),
		})
	}
	return m
}

func found(findings []desk.Finding, rule string) bool {
	for _, f := range findings {
		if f.Rule == rule {
			return true
		}
	}
	return false
}
