package offline

import (
	"context"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

func triage(t testing.TB, e *Engine, mail assist.Mail) desk.Labels {
	t.Helper()
	labels, made, err := e.Triage(context.Background(), mail)
	if err != nil {
		t.Fatal(err)
	}
	if made.Source != desk.ByEstimate || made.Model != "offline" {
		t.Fatalf("made %+v", made)
	}
	return labels
}

func TestEveryWordListIsWellFormed(t *testing.T) {
	for _, name := range everyList {
		for _, marks := range []accents{dropAccents, keepAccents} {
			if _, err := readLexicon(name, marks); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestEveryWordListCoversEveryIntent(t *testing.T) {
	for _, name := range everyList {
		list, err := readLexicon(name, dropAccents)
		if err != nil {
			t.Fatal(err)
		}
		has := map[kind]bool{}
		for _, p := range list.phrases {
			has[p.kind] = true
		}
		for k := range kinds {
			switch k {
			case kind(desk.OtherIntent), kind(desk.ProductQuestion), deny, denyAfter, ignore, asks:
				continue
			}
			if !has[k] {
				t.Errorf("%s has no phrase for %s", name, k)
			}
		}
	}
}

func TestAWishThatIsDeniedIsNoWish(t *testing.T) {
	e := newEngine(t)
	for text, not := range map[string]desk.Intent{
		"No refund needed, please just tell me when it arrives.":           desk.Refund,
		"I don't want a refund.":                                           desk.Refund,
		"A refund is not necessary.":                                       desk.Refund,
		"I am not asking for a replacement, only for the missing screws.":  desk.Replacement,
		"Please do not cancel my order! I still want it.":                  desk.Cancel,
		"Je ne veux pas de remboursement, seulement la pièce manquante.":   desk.Refund,
		"Ich möchte keine Erstattung, nur das fehlende Kabel.":             desk.Refund,
		"No quiero un reembolso, solo el cable que falta.":                 desk.Refund,
		"Non voglio il rimborso, solo il cavo mancante.":                   desk.Refund,
		"Não quero reembolso, só o cabo que falta.":                        desk.Refund,
		"Возврат денег не нужен, пришлите только кабель.":                  desk.Refund,
		"返金は不要です。ケーブルだけ送ってください。":                                           desk.Refund,
		"不用退款，补个充电线就行。":                                                    desk.Refund,
		"不需要退款，補寄充電線即可。":                                                   desk.Refund,
		"Saya tak mahu bayaran balik, hanya kabel yang tiada dalam kotak.": desk.Refund,
		"Saya tidak mau refund, cuma kabelnya yang kurang.":                desk.Refund,
		"Mình không cần hoàn tiền, gửi bù cái cáp là được.":                desk.Refund,
		"ไม่ต้องคืนเงินค่ะ ส่งสายชาร์จมาก็พอ":                              desk.Refund,
	} {
		if got := triage(t, e, assist.Mail{Text: text}).Intent; got.Value == not {
			t.Errorf("%s: %s for %q", text, got.Value, got.Reason.Detail)
		}
	}
}

func TestAWishBesideADenialStays(t *testing.T) {
	e := newEngine(t)
	for _, text := range []string{
		"I don't want it, I want a refund.",
		"This does not work. Refund please.",
		"You have not refunded me yet!",
		"Why have I not received my refund?",
		"我不要这个东西了，请退款",
		"Ich will das nicht mehr, bitte erstatten Sie mir das Geld.",
	} {
		if got := triage(t, e, assist.Mail{Text: text}).Intent.Value; got != desk.Refund {
			t.Errorf("%s: %s", text, got)
		}
	}
}

func TestTheWishThatCostsMostWins(t *testing.T) {
	e := newEngine(t)
	for text, want := range map[string]desk.Intent{
		"It arrived broken. I opened an A-to-z claim and want a refund.": desk.Claim,
		"It arrived broken, I want to return it and get a refund.":       desk.Refund,
		"It arrived broken, I want to return it.":                        desk.Return,
		"It arrived broken.": desk.Damaged,
	} {
		if got := triage(t, e, assist.Mail{Text: text}).Intent.Value; got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestPriorityFollowsFromIntentAndThreat(t *testing.T) {
	e := newEngine(t)
	for _, c := range []struct {
		text     string
		priority desk.Priority
		mood     desk.Sentiment
		code     string
	}{
		{"I want a refund.", desk.High, desk.Neutral, desk.ReasonIntent},
		{"I will sue you, my lawyer is informed.", desk.High, desk.VeryNegative, desk.ReasonSentiment},
		{"The charger caught fire!", desk.High, desk.VeryNegative, desk.ReasonSentiment},
		{"Terrible! Fix it or I leave a one star review.", desk.High, desk.VeryNegative, desk.ReasonSentiment},
		{"Delete my personal data.", desk.High, desk.Neutral, desk.ReasonWords},
		{"Thanks for your help, works great!", desk.Low, desk.Positive, desk.ReasonIntent},
		{"We offer SEO and backlinks to rank on Google.", desk.Low, desk.Neutral, desk.ReasonIntent},
		{"Is it in stock?", desk.Medium, desk.Neutral, desk.ReasonIntent},
		{"Я подам в суд!", desk.High, desk.VeryNegative, desk.ReasonSentiment},
		{"充电器爆炸了", desk.High, desk.VeryNegative, desk.ReasonSentiment},
	} {
		got := triage(t, e, assist.Mail{Text: c.text})
		if got.Priority.Value != c.priority || got.Sentiment.Value != c.mood || got.Priority.Reason.Code != c.code {
			t.Errorf("%s: priority %+v, sentiment %s", c.text, got.Priority, got.Sentiment.Value)
		}
	}
}

func TestReasonsNameTheBuyersOwnWords(t *testing.T) {
	got := triage(t, newEngine(t), assist.Mail{Text: "Bonjour, je veux être REMBOURSÉ tout de suite"}).Intent
	if got.Source != desk.ByEstimate || got.Reason.Code != desk.ReasonWords || got.Reason.Detail != "REMBOURSÉ" {
		t.Errorf("%+v", got)
	}
}

func TestAutomaticMailIsOfLittleConcern(t *testing.T) {
	got := triage(t, newEngine(t), assist.Mail{Text: "I am out of office and want a refund", Automatic: "out_of_office"})
	if got.Intent.Value != desk.OtherIntent || got.Priority.Value != desk.Low || got.Type.Value != desk.Automatic || got.Type.Reason.Detail != "out_of_office" {
		t.Errorf("%+v", got)
	}
}

func TestATypeTheMarketplaceToldIsLeftAlone(t *testing.T) {
	e := newEngine(t)
	known := func(k desk.Type) desk.Labels {
		return desk.Labels{Type: desk.Set(k, desk.ByRule, desk.ReasonMarketplace, "form")}
	}
	for name, c := range map[string]struct {
		mail assist.Mail
		want desk.Type
	}{
		"a notification":                {assist.Mail{Text: "Where is my order?", Known: known(desk.Notification)}, ""},
		"a buyer's message, wish":       {assist.Mail{Text: "Where is my order?", Known: known(desk.BuyerMessage)}, desk.AfterSale},
		"a buyer's message, order":      {assist.Mail{Text: "Hi", Known: known(desk.BuyerMessage), OrderNumbers: []string{order}}, desk.AfterSale},
		"a buyer's message, enquiry":    {assist.Mail{Text: "Before I buy: is it waterproof?", Known: known(desk.BuyerMessage)}, desk.PreSale},
		"a buyer's message, no telling": {assist.Mail{Text: "Hello there", Known: known(desk.BuyerMessage)}, ""},
		"unknown, no telling":           {assist.Mail{Text: "Hello there"}, desk.BuyerMessage},
	} {
		if got := triage(t, e, c.mail).Type.Value; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestSummaryIsTheSentenceThatTellsMost(t *testing.T) {
	got := triage(t, newEngine(t), assist.Mail{Text: "Dear seller,\n\nI hope you are well. I ordered the\nlamp for my son. The lamp arrived with a cracked shade. Have a nice day!\n\nDana"}).Summary
	if got != "The lamp arrived with a cracked shade." {
		t.Errorf("summary %q", got)
	}
	long := triage(t, newEngine(t), assist.Mail{Text: strings.Repeat("refund ", 60)}).Summary
	if n := utf8.RuneCountInString(long); n > summaryLimit || !strings.HasSuffix(long, "…") {
		t.Errorf("%d characters: %q", n, long)
	}
}

func TestRiskFlags(t *testing.T) {
	e := newEngine(t)
	for text, want := range map[string][]string{
		"I want my money back or my lawyer will contact you": {"refund", "legal"},
		"I opened a claim and will dispute the charge":       {"claim", "chargeback"},
		"it exploded and burned my hand":                     {"safety"},
		"I will leave a bad review":                          {"review_threat"},
		"delete my personal data":                            {"privacy"},
		"I want to kill myself":                              {"self_harm"},
		"the local news will hear of this":                   {"press"},
		"is it blue?":                                        nil,
		"我要找律师":                                              {"legal"},
		"ไฟไหม้บ้าน":                                         {"safety"},
	} {
		if got := e.Risk(text); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func FuzzTriage(f *testing.F) {
	e := newEngine(f)
	for _, text := range []string{
		"Where is my order? No refund needed.", "Wo bleibt mein Paket? Kein Geld zurück, nur die Schraube.", "Où est mon colis ?", "¿Dónde está?", "Dov'è?", "Cadê?",
		"返金は不要です。届いていません", "不用退款，少了螺丝", "退款已經入帳，謝謝", "ไม่ต้องคืนเงินค่ะ ของยังไม่ถึง", "Khỏi hoàn tiền, hàng đâu?", "tak payah refund", "ga usah refund", "Без возврата",
	} {
		f.Add("", text)
	}
	f.Add("\xff\xfe", "where is … my \x00 order (’' ﬁ ｶﾞ e\u0301")
	f.Fuzz(func(t *testing.T, subject, text string) {
		labels := triage(t, e, assist.Mail{Subject: subject, Text: text})
		if !slices.Contains(desk.Intents, labels.Intent.Value) || !slices.Contains(desk.Priorities, labels.Priority.Value) ||
			!slices.Contains(desk.Sentiments, labels.Sentiment.Value) || !slices.Contains(desk.Types, labels.Type.Value) {
			t.Errorf("%+v", labels)
		}
		if utf8.RuneCountInString(labels.Summary) > summaryLimit || !utf8.ValidString(labels.Summary) {
			t.Errorf("summary %q", labels.Summary)
		}
	})
}

func FuzzTranslate(f *testing.F) {
	e := newEngine(f)
	f.Add("Hello Dana,\n\nThank you for your message.\n\nKind regards,\nLumenhaus", "de")
	f.Add("สวัสดี คุณสมชาย", "ja")
	f.Fuzz(func(t *testing.T, text, to string) {
		got, _, err := e.Translate(context.Background(), assist.Translation{Text: text, From: "en-US", To: desk.Language(to)})
		if err == nil && strings.Count(got, "\n") != strings.Count(text, "\n") {
			t.Errorf("%q became %q", text, got)
		}
	})
}
