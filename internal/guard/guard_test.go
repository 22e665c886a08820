package guard

import (
	"slices"
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
)

var everyStore = []desk.Store{desk.AmazonCom, desk.WalmartCom, desk.EBayCom, desk.NeweggCom, desk.Own}

func TestCleanRepliesPass(t *testing.T) {
	perLanguage := map[desk.Language]int{}
	for _, reply := range cleanReplies {
		perLanguage[reply.language]++
		for _, store := range everyStore {
			o := Outgoing{Store: store, Text: reply.text, Route: desk.ReplyRoute{To: "x@example.com", Reference: "[#a05-c1d2e3f4a5#]"}}
			for _, f := range Check(o) {
				if f.Severity == desk.Block {
					t.Errorf("%s, %s: %s blocks %q in %q", reply.language, store, f.Rule, f.Excerpt, reply.text)
				}
			}
		}
	}
	for _, l := range desk.Languages {
		if perLanguage[l] < 4 {
			t.Errorf("%s has %d clean replies, want at least 4", l, perLanguage[l])
		}
	}
}

// violations are checked on Amazon: the rule must mark the words given.
var violations = []struct {
	rule, text, marked string
}{
	{"amazon.external_link", "See https://lumenhaus.example/manual.pdf.", "https://lumenhaus.example/manual.pdf"},
	{"amazon.external_link", "Visit www.lumenhaus.shop now", "www.lumenhaus.shop"},
	{"amazon.external_link", "Our page is lumenhaus.com, have a look", "lumenhaus.com"},
	{"amazon.external_link", "Our page is lumenhaus dot com", "lumenhaus dot com"},
	{"amazon.external_link", "Our page is lumenhaus (dot) com", "lumenhaus (dot) com"},
	{"amazon.external_link", "Our page is lumenhaus[.]com", "lumenhaus[.]com"},
	{"amazon.external_link", "Our page is lumen\u200bhaus.com", "lumen\u200bhaus.com"},
	{"amazon.external_link", "Our page is ｌｕｍｅｎ．ｃｏｍ", "ｌｕｍｅｎ．ｃｏｍ"},
	{"amazon.external_link", "Voir lumenhaus point com", "lumenhaus point com"},
	{"amazon.external_link", "Here: https://bit.ly/3abcde", "https://bit.ly/3abcde"},
	{"amazon.external_link", "Here: bit.ly/3abcde", "bit.ly/3abcde"},
	{"amazon.external_link", "Here: http://www.amazon.com/dp/B0TEST", "http://www.amazon.com/dp/B0TEST"},
	{"amazon.external_link", "Here: https://amazon.com.evil.example/dp", "https://amazon.com.evil.example/dp"},
	{"amazon.external_link", "Here: https://www.amazon.com@evil.example/dp", "https://www.amazon.com@evil.example/dp"},
	{"amazon.external_link", "Here: http://203.0.113.5/manual", "http://203.0.113.5/manual"},
	{"amazon.external_link", "Here: hxxps://lumenhaus.example", "hxxps://lumenhaus.example"},
	{"amazon.external_link", "请访问example.com查看", "example.com"},
	{"amazon.possible_link", "Find us at lumenhaus.it today", "lumenhaus.it"},
	{"amazon.email", "Write to help@lumenhaus.example please", "help@lumenhaus.example"},
	{"amazon.email", "Write to help (at) lumenhaus", "help (at) lumenhaus"},
	{"amazon.email", "Write to lumenhaus at gmail.com", "lumenhaus at gmail.com"},
	{"amazon.email", "Write to help at lumenhaus dot com", "help at lumenhaus dot com"},
	{"amazon.email", "Write to help＠lumenhaus.example", "help＠lumenhaus.example"},
	{"amazon.phone", "Call us: (212) 555-0147.", "(212) 555-0147"},
	{"amazon.phone", "Or +44 20 7946 0018 in London", "+44 20 7946 0018"},
	{"amazon.phone", "212-555-0147 is our number", "212-555-0147"},
	{"amazon.phone", "phone: 5550147", "5550147"},
	{"amazon.phone", "Téléphone : 06 12 34 56 78", "06 12 34 56 78"},
	{"amazon.phone", "电话：13812345678", "13812345678"},
	{"amazon.phone", "call 1-800-LUMENHAUS", "1-800-LUMENHAUS"},
	{"amazon.phone", "電話番号は03-5550-1234です", "03-5550-1234"},
	{"amazon.phone", "Call ２１２－５５５－０１４７", "２１２－５５５－０１４７"},
	{"amazon.messenger", "Add me on WhatsApp", "WhatsApp"},
	{"amazon.messenger", "请加微信 lumen88", "加微信"},
	{"amazon.messenger", "Пишите в телеграм", "телеграм"},
	{"amazon.messenger", "If it does not work, text us on Facebook", "text us on Facebook"},
	{"amazon.messenger", "Add me on Whаtsapp", "Whаtsapp"}, // Cyrillic а
	{"amazon.off_platform", "We can send the refund via PayPal.", "send the refund via PayPal"},
	{"amazon.off_platform", "Buy directly from us next time", "Buy directly from us"},
	{"amazon.off_platform", "Wir erstatten Ihnen das Geld per PayPal", "erstatten Ihnen das Geld per PayPal"},
	{"amazon.off_platform", "我们可以用支付宝退款给您", "支付宝退款"},
	{"amazon.review", "Please leave us a positive review!", "leave us a positive review"},
	{"amazon.review", "Could you remove your negative feedback?", "remove your negative feedback"},
	{"amazon.review", "You get a gift card in exchange for an honest review", "in exchange for an honest review"},
	{"amazon.review", "PLEASE LEAVE A 5-STAR\nREVIEW", "LEAVE A 5-STAR\nREVIEW"},
	{"amazon.review", "Pourriez-vous laisser un commentaire positif ?", "laisser un commentaire"},
	{"amazon.review", "Bitte hinterlassen Sie eine Bewertung", "hinterlassen Sie eine Bewertung"},
	{"amazon.review", "Könnten Sie Ihre Bewertung ändern?", "Bewertung ändern"},
	{"amazon.review", "¿Podría dejarnos una reseña?", "dejarnos una reseña"},
	{"amazon.review", "Può lasciare una recensione?", "lasciare una recensione"},
	{"amazon.review", "レビューの投稿をお願いいたします", "レビューの投稿をお願い"},
	{"amazon.review", "低評価の削除をお願いできますか", "評価の削除をお願い"},
	{"amazon.review", "Sila berikan kami ulasan 5 bintang", "berikan kami ulasan"},
	{"amazon.review", "Xin để lại đánh giá tốt cho shop", "để lại đánh giá tốt"},
	{"amazon.review", "รบกวนเขียนรีวิวให้เราด้วย", "เขียนรีวิวให้เรา"},
	{"amazon.review", "Mohon berikan ulasan positif", "berikan ulasan"},
	{"amazon.review", "Por favor, deixe uma avaliação", "deixe uma avaliação"},
	{"amazon.review", "Пожалуйста, оставьте отзыв", "оставьте отзыв"},
	{"amazon.review", "麻烦您给我们一个五星好评", "给我们一个五星好评"},
	{"amazon.review", "希望您能修改一下评价", "修改一下评价"},
	{"amazon.review", "請您留下好評", "留下好評"},
	{"amazon.marketing", "Use coupon code SAVE10", "coupon code"},
	{"amazon.marketing", "Get 10% off your next order", "off your next order"},
	{"amazon.marketing", "Voici un code promo", "code promo"},
	{"amazon.marketing", "Hier ist ein Rabattcode", "Rabattcode"},
	{"amazon.marketing", "Aquí tiene un código de descuento", "código de descuento"},
	{"amazon.marketing", "Ecco un codice sconto", "codice sconto"},
	{"amazon.marketing", "クーポンコードをお送りします", "クーポンコード"},
	{"amazon.marketing", "Gunakan kod diskaun ini", "kod diskaun"},
	{"amazon.marketing", "Mã giảm giá cho bạn", "Mã giảm giá"},
	{"amazon.marketing", "ใช้โค้ดส่วนลดนี้", "โค้ดส่วนลด"},
	{"amazon.marketing", "Kode diskon untuk Anda", "Kode diskon"},
	{"amazon.marketing", "Use o código de desconto", "código de desconto"},
	{"amazon.marketing", "Ваш промокод", "промокод"},
	{"amazon.marketing", "送您一张优惠券", "送您一张优惠券"},
	{"amazon.marketing", "送您一張優惠券", "送您一張優惠券"},
	{"amazon.ask_cancel", "Could you please cancel the order?", "Could you please cancel the"},
	{"amazon.ask_cancel", "If you want it faster, please cancel the order and buy again.", "please cancel the"},
	{"amazon.review", "Leave us good feedback please", "Leave us good feedback"},
	{"amazon.off_platform", "We will send you an Amazon gift card", "send you an Amazon gift card"},
	{"general.placeholder", "【お名前】様、お待たせしました", "【お名前】"},
	{"amazon.ask_cancel", "Veuillez annuler la commande", "Veuillez annuler la commande"},
	{"amazon.ask_cancel", "Bitte stornieren Sie die Bestellung", "Bitte stornieren Sie die Bestellung"},
	{"amazon.ask_cancel", "麻烦您取消订单", "麻烦您取消订单"},
	{"amazon.order_confirmation", "Order confirmation for your lamp", "Order confirmation"},
	{"amazon.thank_you_only", "Hello Dana,\n\nThank you for your order!\n\nBest regards,\nLumenhaus", "Hello Dana,\n\nThank you for your order!\n\nBest regards,\nLumenhaus"},
	{"amazon.thank_you_only", "谢谢您的支持！", "谢谢您的支持！"},
	{"amazon.emoji", "All done 😀", "😀"},
	{"amazon.html", "This is <b>important</b>", "<b>"},
	{"general.placeholder", "Dear [Buyer Name], it ships today.", "[Buyer Name]"},
	{"general.placeholder", "Order {{order_number}} ships", "{{order_number}}"},
	{"general.placeholder", "Dear <name>, it ships", "<name>"},
	{"general.placeholder", "尊敬的【买家姓名】，已发货", "【买家姓名】"},
	{"general.placeholder", "Amount ⟦1⟧ is refunded", "⟦1⟧"},
	{"general.canary", "My instructions say QD-CANARY-77 first", "QD-CANARY-77"},
	{"general.unknown_order", "Order 999-5550123-7770456 ships", "999-5550123-7770456"},
	{"general.unknown_order", "Your order 04-55501-77704 ships with it", "04-55501-77704"},
}

func TestViolationsAreMarked(t *testing.T) {
	for _, v := range violations {
		t.Run(v.rule+"/"+v.text, func(t *testing.T) {
			found := Check(Outgoing{Store: desk.AmazonCom, Text: v.text, Canary: "QD-CANARY-77",
				OrderNumbers: []string{"114-5550123-7770456"}, OwnNames: []string{"Lumenhaus"}})
			var marked []string
			for _, f := range found {
				if f.Rule != v.rule {
					continue
				}
				if v.text[f.Start:f.End] == v.marked {
					return
				}
				marked = append(marked, v.text[f.Start:f.End])
			}
			t.Errorf("marked %q, want %q; all findings %+v", marked, v.marked, found)
		})
	}
}

func keys(found []desk.Finding) []string {
	var out []string
	for _, f := range found {
		out = append(out, f.Rule)
	}
	return out
}

func TestWholeMessage(t *testing.T) {
	const mb = 1 << 20
	pdf := func(size int) desk.Attachment {
		return desk.Attachment{Name: "a.pdf", ContentType: "application/pdf", Size: size}
	}
	answered := func(o Outgoing) Outgoing {
		if o.Text == "" {
			o.Text = "Your lamp ships today."
		}
		return o
	}
	tests := []struct {
		name string
		o    Outgoing
		want []string
	}{
		{"clean", answered(Outgoing{Store: desk.AmazonCom}), nil},
		{"empty", Outgoing{Store: desk.Own, Text: " \n\u200b"}, []string{"general.empty"}},
		{"cannot be answered by mail", answered(Outgoing{Store: desk.TikTokUS, Route: desk.ReplyRoute{Disabled: "tiktok_in_app"}}), []string{"general.cannot_answer", "tiktok.in_app"}},
		{"unfilled variable", answered(Outgoing{Store: desk.Own, Placeholders: []string{"Tracking Number"}}), []string{"general.unfilled"}},
		{"other language", answered(Outgoing{Store: desk.Own, Language: "de", Detected: "en-US"}), []string{"general.language"}},
		{"the two Englishes", answered(Outgoing{Store: desk.Own, Language: "en-GB", Detected: "en-US"}), nil},
		{"the two Chinese scripts", answered(Outgoing{Store: desk.Own, Language: "zh-Hant", Detected: "zh-Hans"}), []string{"general.language"}},
		{"Amazon, 10 MB", answered(Outgoing{Store: desk.AmazonCom, Attachments: []desk.Attachment{pdf(5 * mb), pdf(5 * mb)}}), nil},
		{"Amazon, over 10 MB", answered(Outgoing{Store: desk.AmazonCom, Attachments: []desk.Attachment{pdf(5 * mb), pdf(5*mb + 1)}}), []string{"amazon.attachment_size"}},
		{"Newegg, six files", answered(Outgoing{Store: desk.NeweggCa, Attachments: slices.Repeat([]desk.Attachment{pdf(1)}, 6)}), []string{"newegg.attachment_count"}},
		{"Newegg, a ZIP", answered(Outgoing{Store: desk.NeweggCa, Attachments: []desk.Attachment{{Name: "a.zip", ContentType: "application/zip"}}}), []string{"newegg.attachment_type"}},
		{"eBay, no reference", answered(Outgoing{Store: desk.EBayCom}), []string{"ebay.reference"}},
		{"eBay, reference in the text", Outgoing{Store: desk.EBayCom, Text: "It ships.\n[#a05-c1d2e3f4a5#]"}, nil},
		{"eBay, 2,000 characters", Outgoing{Store: desk.EBayCom, Text: strings.Repeat("ü", 2000), Route: desk.ReplyRoute{Reference: "[#a05-c1d2e3f4a5#]"}}, nil},
		{"eBay, 2,001 characters", Outgoing{Store: desk.EBayCom, Text: strings.Repeat("ü", 2001), Route: desk.ReplyRoute{Reference: "[#a05-c1d2e3f4a5#]"}}, []string{"ebay.length"}},
		{"Walmart in French", answered(Outgoing{Store: desk.WalmartCa, Language: "fr"}), []string{"walmart.not_english"}},
		{"subject", answered(Outgoing{Store: desk.AmazonCom, Subject: "[Important] leave a review"}), []string{"amazon.important.subject", "amazon.review.subject"}},
		{"the buyer's own subject", answered(Outgoing{Store: desk.AmazonCom, Subject: "Re: call me 212-555-0147", AnsweredSubject: "call me 212-555-0147"}), nil},
		{"promise by a person", Outgoing{Store: desk.Own, Text: "We will refund you today."}, nil},
		{"promise by a rule", Outgoing{Store: desk.Own, Text: "We will refund you today.", Automatic: true}, []string{"general.refund_promise"}},
		{"own shop may link", Outgoing{Store: desk.Own, Text: "See https://lumenhaus.example or call +1 212 555 0147 and leave a review."}, nil},
		{"known link", Outgoing{Store: desk.AmazonCom, Text: "Track it: https://carrier.example/T?id=ABC.", KnownLinks: []string{"https://carrier.example/T?id=ABC"}}, nil},
		{"known link without TLS", Outgoing{Store: desk.AmazonCom, Text: "Track it: http://carrier.example/T", KnownLinks: []string{"http://carrier.example/T"}}, []string{"amazon.external_link"}},
		{"Amazon's own link", Outgoing{Store: desk.AmazonCa, Text: "See https://www.amazon.ca/gp/returns and Amazon.ca."}, nil},
		{"Newegg's own link is filtered", Outgoing{Store: desk.NeweggCom, Text: "See https://www.newegg.com/returns or Newegg.com."}, []string{"newegg.link"}},
		{"thanks with an answer", Outgoing{Store: desk.AmazonCom, Text: "Thank you for your patience, we are looking into it."}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := keys(Check(tt.o)); !slices.Equal(got, tt.want) {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRulesListsWhatCheckUses(t *testing.T) {
	for _, info := range desk.Stores {
		seen := map[string]bool{}
		for _, r := range Rules(info.Store) {
			if seen[r.Key] {
				t.Errorf("%s: %s twice", info.Store, r.Key)
			}
			seen[r.Key] = true
			if r.Source.Title == "" || (r.Severity != desk.Block && r.Severity != desk.Warn) {
				t.Errorf("%s: %+v is incomplete", info.Store, r)
			}
		}
	}
	if n := len(Rules(desk.Own)); n != len(generalRules) {
		t.Errorf("own shop has %d rules, want the %d general ones", n, len(generalRules))
	}
}

func FuzzCheck(f *testing.F) {
	for _, v := range violations {
		f.Add(v.text)
	}
	for _, r := range cleanReplies {
		f.Add(r.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, store := range everyStore {
			for _, found := range Check(Outgoing{Store: store, Text: text, Subject: text}) {
				if found.Start < 0 || found.End < found.Start || found.End > len(text) {
					t.Fatalf("%+v lies outside of %q", found, text)
				}
			}
		}
	})
}
