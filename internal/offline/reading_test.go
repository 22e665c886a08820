package offline

import (
	"testing"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// TestHavingNoMoneyIsNoDenial: "no money yet" asks for a refund, "no refund,
// thanks" does not.
func TestHavingNoMoneyIsNoDenial(t *testing.T) {
	e := newEngine(t)
	for _, text := range []string{
		"I returned it and have seen no money yet.",
		"Die Hose ist retour, aber auf dem Konto ist kein Geld.",
		"Devolví la olla y sigo sin ver el dinero.",
		"Ho rimandato la pentola e sono ancora senza i soldi.",
		"Mandei a panela de volta e continuo sem ver o dinheiro.",
		"J'ai renvoyé la robe et toujours aucun remboursement.",
		"Отправила кастрюлю назад, денег нет.",
		"鍋を返送しましたが、返金がまだです。",
		"锅已经寄回去了,钱还没退。",
		"ส่งคืนหม้อไปแล้ว เงินยังไม่เข้า",
		"Tôi đã gửi trả cái nồi mà tiền chưa về.",
	} {
		if got := triage(t, e, assist.Mail{Text: text, OrderNumbers: []string{order}}); got.Intent.Value != desk.Refund || got.Priority.Value != desk.High {
			t.Errorf("%s: %s (%q), priority %s", text, got.Intent.Value, got.Intent.Reason.Detail, got.Priority.Value)
		}
	}
}

func TestWhatIsSettledIsNoWish(t *testing.T) {
	e := newEngine(t)
	for text, want := range map[string]desk.Intent{
		"The refund arrived today, thank you!":               desk.Thanks,
		"Die Erstattung ist angekommen, vielen Dank!":        desk.Thanks,
		"Le remboursement est arrivé, merci beaucoup !":      desk.Thanks,
		"El reembolso ya está en mi cuenta, muchas gracias.": desk.Thanks,
		"退款收到了,谢谢":                                           desk.Thanks,
		"ได้รับเงินคืนแล้ว ขอบคุณมากค่ะ":                     desk.Thanks,
		"返金を確認しました。ありがとうございます。":                              desk.Thanks,
		"Thank you, but only half of the refund arrived.":    desk.Refund,
		"Thanks, but my refund has not arrived.":             desk.Refund,
		"The refund arrived? Where? Thank you for checking.": desk.Refund,
	} {
		if got := triage(t, e, assist.Mail{Text: text}).Intent; got.Value != want {
			t.Errorf("%s: %s (%q), want %s", text, got.Value, got.Reason.Detail, want)
		}
	}
}

func TestAskingForTermsIsNoRequest(t *testing.T) {
	e := newEngine(t)
	for _, text := range []string{
		"What is your refund policy?",
		"Before I order: can I get my money back if it does not fit?",
		"Wenn es mir nicht passt, bekomme ich dann mein Geld zurück? Frage vor dem Kauf.",
		"Si la taille ne va pas, est-ce que vous remboursez ? Avant de commander.",
		"购买前想问一下,不合适可以退款吗?",
		"購入前の質問です。合わなかった場合、返品できますか?",
		"ก่อนสั่งขอถามค่ะ ถ้าใส่ไม่ได้คืนเงินได้ไหม",
	} {
		got := triage(t, e, assist.Mail{Text: text})
		if got.Intent.Value != desk.ProductQuestion || got.Priority.Value == desk.High || got.Type.Value != desk.PreSale {
			t.Errorf("%s: %s (%q), priority %s, type %s", text, got.Intent.Value, got.Intent.Reason.Detail, got.Priority.Value, got.Type.Value)
		}
	}
	ordered := assist.Mail{Text: "What is your refund policy? I want my money back.", OrderNumbers: []string{order}}
	if got := triage(t, e, ordered).Intent.Value; got != desk.Refund {
		t.Errorf("with an order: %s", got)
	}
}

// TestUnspacedScriptsAreReadAcrossWhatPeopleType: blanks, line ends and invisible
// characters between Chinese, Japanese and Thai characters part no word; full
// stops and commas do.
func TestUnspacedScriptsAreReadAcrossWhatPeopleType(t *testing.T) {
	e := newEngine(t)
	for text, want := range map[string]desk.Intent{
		"我要退 款":              desk.Refund,
		"我要退\n款":             desk.Refund,
		"我要退\u200b款":         desk.Refund,
		"返　金してください":          desk.Refund,
		"ﾍﾝﾋﾟﾝしたいです。返品":      desk.Return,
		"ขอคืน\u200bเงินค่ะ": desk.Refund,
		"ขอคืน เงินค่ะ":      desk.Refund,
		"訂單要取消":              desk.Cancel,
		"订单要取消":              desk.Cancel,
	} {
		if got := triage(t, e, assist.Mail{Text: text}).Intent; got.Value != want {
			t.Errorf("%q: %s (%q), want %s", text, got.Value, got.Reason.Detail, want)
		}
	}
}

func TestThaiWordsWithinOthersAreNoMatch(t *testing.T) {
	e := newEngine(t)
	for text, not := range map[string]desk.Intent{
		"เมื่อคืนสั่งไป ของถึงไหนแล้วคะ": desk.Return,  // "last night" ends in the word for giving back
		"รุ่นนี้แตกต่างกันยังไงคะ":       desk.Damaged, // "different" begins with the word for broken
	} {
		if got := triage(t, e, assist.Mail{Text: text}).Intent; got.Value == not {
			t.Errorf("%s: %s for %q", text, got.Value, got.Reason.Detail)
		}
	}
}

func TestAnOrderNumberIsNoQuantity(t *testing.T) {
	mail := assist.Mail{Subject: "Question (Order: 200-5550123-7770456)", Text: "hello", OrderNumbers: []string{"200-5550123-7770456"}}
	if got := triage(t, newEngine(t), mail).Intent; got.Value == desk.BulkPrice {
		t.Errorf("%s for %q", got.Value, got.Reason.Detail)
	}
}

func TestAGuessOfRecognitionGivesWay(t *testing.T) {
	e := newEngine(t)
	guessed := func(k desk.Type) desk.Labels {
		return desk.Labels{Type: desk.Set(k, desk.ByEstimate, desk.ReasonMarketplace, "item")}
	}
	told := desk.Labels{Type: desk.Set(desk.PreSale, desk.ByRule, desk.ReasonMarketplace, "form")}
	for name, c := range map[string]struct {
		mail assist.Mail
		want desk.Type
	}{
		"a guess":               {assist.Mail{Text: "It arrived broken.", Known: guessed(desk.PreSale)}, desk.AfterSale},
		"a guess, no telling":   {assist.Mail{Text: "Hello there", Known: guessed(desk.PreSale)}, ""},
		"what a form told":      {assist.Mail{Text: "It arrived broken.", Known: told}, ""},
		"no buyer's mail stays": {assist.Mail{Text: "Any interest in our offer?", Known: guessed(desk.OtherMail)}, ""},
	} {
		if got := triage(t, e, c.mail).Type.Value; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestMoodWeighsTheWholeMail(t *testing.T) {
	e := newEngine(t)
	for text, want := range map[string]desk.Sentiment{
		"Could you refund the second payment please?":             desk.Neutral,
		"Still no refund after three weeks.":                      desk.Negative,
		"It arrived broken, I want a refund.":                     desk.Negative,
		"My lawyer will contact you.":                             desk.VeryNegative,
		"Love it, thank you so much for the quick help!":          desk.Positive,
		"Is it available in blue?":                                desk.Neutral,
		"Terrible! Refund me or I leave a one star review today.": desk.VeryNegative,
	} {
		if got := triage(t, e, assist.Mail{Text: text}).Sentiment; got.Value != want {
			t.Errorf("%s: %s (%q), want %s", text, got.Value, got.Reason.Detail, want)
		}
	}
}
