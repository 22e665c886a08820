package model

import (
	"slices"
	"testing"

	"github.com/quilldesk/quilldesk/internal/assist"
)

// A model may point at an order number, never make one up.
func TestOrdersStandInTheMail(t *testing.T) {
	mail := assist.Mail{
		Subject: "Order LH-20417", Text: "Call me at 2025550143 about 5512345678 and 111-2223334-5556667, write to a1234@example.com", OrderNumbers: []string{"111-2223334-5556667"},
	}
	m := newMasks()
	m.hide(mail.Text)
	s := sorted{Orders: []string{"LH-20417", "LH-20417", "LH-99999", "111-2223334-5556667", m.tokens["5512345678"], "a1234@example.com", "Order", ""}}
	if got := s.orders(mail, m); !slices.Equal(got, []string{"LH-20417", "5512345678"}) {
		t.Errorf("got %q", got)
	}
}
