package triage

import (
	"fmt"
	"testing"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

func TestCorrection(t *testing.T) {
	m := desktop()
	before := intent(desk.Return, desk.ByModel)
	m.c.Labels = before.Merge(desk.Labels{
		Intent: desk.Set(desk.Refund, desk.ByHand, "", ""), Type: desk.Set(desk.AfterSale, desk.ByHand, "", ""), Priority: desk.Set(desk.High, desk.ByHand, "", ""),
	})
	mail := m.messages["m"]
	mail.Text = "This is Kim van der Berg Larsen, order 112-1234567-7654321. Give me my money back."
	mail.Folds = nil
	got, ok := Correction(m.c, mail, before, noon)
	if !ok || fmt.Sprint(got.Labels) != "[{intent refund} {priority high}]" || got.Type != desk.AfterSale || got.Conversation != "c" {
		t.Errorf("got %+v, %v", got, ok)
	}
	if want := "Lamp This is …, order …. Give me my money back."; got.Text != want {
		t.Errorf("text %q", got.Text)
	}
	if _, ok := Correction(m.c, mail, m.c.Labels, noon); ok {
		t.Error("nothing was changed, and yet it is an example")
	}
}

func TestTheLikestExamplesAreShown(t *testing.T) {
	mail := assist.Mail{Store: desk.EBayCom, Subject: "Cancel", Text: "please cancel my order, I bought the wrong size", Known: intent(desk.Cancel, desk.ByModel)}
	far := desk.Example{Text: "thank you for the quick answer", Store: desk.AmazonCom}
	near := desk.Example{Text: "cancel the order please", Store: desk.EBayCom, Type: desk.AfterSale}
	got := likest(mail, []desk.Example{far, far, near, far, far, far})
	if len(got) != 4 || got[0].Text != near.Text {
		t.Errorf("got %+v", got)
	}
}

func TestSortingIsToldOfExamplesAndLanguages(t *testing.T) {
	m := desktop()
	m.examples = []desk.Example{{Text: "broken lamp"}}
	var asked []assist.Mail
	if err := sorter(m, says{labels: intent(desk.Refund, desk.ByModel), asked: &asked}, nil).Sort(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if got := asked[0]; len(got.Examples) != 1 || got.Reader != "zh-Hant" || got.Knowledge != "zh-Hant" || got.Org != "org" {
		t.Errorf("asked %+v", got)
	}
}
