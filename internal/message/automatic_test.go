package message

import (
	"strconv"
	"strings"
	"testing"
)

func TestAutomatic(t *testing.T) {
	for _, c := range []struct {
		name, header string
		want         Automatic
	}{
		{"person", "From: ann@example.com\nSubject: Hello", ""},
		{"auto-submitted no", "From: ann@example.com\nAuto-Submitted: no", ""},
		{"auto-submitted no with comment", "From: ann@example.com\nAuto-Submitted: no (really)", ""},
		{"auto-replied", "From: ann@example.com\nAuto-Submitted: auto-replied\nSubject: We got your mail", AutomaticReply},
		{"auto-generated", "From: ann@example.com\nAuto-Submitted: auto-generated; owner=x", AutomaticReply},
		{"x-auto-response-suppress alone is only a hint", "From: ann@example.com\nX-Auto-Response-Suppress: DR, OOF, AutoReply\nSubject: Lamp", ""},
		{"x-auto-response-suppress with a weak subject", "From: ann@example.com\nX-Auto-Response-Suppress: All\nSubject: On vacation until Monday", AutomaticOutOfOffice},
		{"weak subject alone is a person", "From: ann@example.com\nSubject: On vacation, please deliver next week", ""},
		{"answer to an automatic reply is a person", "From: ann@example.com\nSubject: Re: Automatic reply: Lamp", ""},
		{"null return path", "Return-Path: <>\nFrom: ann@example.com\nSubject: Thanks", AutomaticReply},
		{"null return path, only the topmost counts", "Return-Path: <ann@example.com>\nReturn-Path: <>\nFrom: ann@example.com", ""},
		{"list-id", "From: ann@example.com\nList-Id: <talk.example.com>", AutomaticList},
		{"list-unsubscribe", "From: news@example.com\nList-Unsubscribe: <https://example.com/u>", AutomaticList},
		{"precedence bulk", "From: ann@example.com\nPrecedence: bulk", AutomaticList},
		{"precedence auto_reply", "From: ann@example.com\nPrecedence: auto_reply", AutomaticReply},
		{"x-autoreply", "From: ann@example.com\nX-Autoreply: yes", AutomaticReply},
		{"x-autoreply no", "From: ann@example.com\nX-Autoreply: no", ""},
		{"no-reply sender", "From: Shop <no-reply@shop.example>", AutomaticNoReply},
		{"donotreply sender", "From: do_not.reply42@shop.example", AutomaticNoReply},
		{"name that only sounds so", "From: Noreen Plyle <noreen.plyle@example.com>", ""},
		{"out of office wins over auto-submitted", "From: ann@example.com\nAuto-Submitted: auto-replied\nSubject: Out of Office: Lamp", AutomaticOutOfOffice},
		{"failed recipients", "From: mailer-daemon@example.com\nX-Failed-Recipients: bob@example.com", AutomaticBounce},
		{"bounce subject from a person", "From: ann@example.com\nSubject: Undeliverable parcel", ""},
		{"bounce subject from postmaster", "From: postmaster@example.com\nSubject: Undeliverable: Lamp", AutomaticBounce},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := Read([]byte(c.header+"\n\nText.\n"), Limits{})
			if m.Automatic != c.want {
				t.Errorf("got %q (%s), want %q", m.Automatic, m.AutomaticReason, c.want)
			}
			if (m.Automatic == "") != (m.AutomaticReason == "") {
				t.Errorf("reason %q", m.AutomaticReason)
			}
			if (m.Automatic == AutomaticBounce) != (m.Bounce != nil) {
				t.Errorf("bounce %+v", m.Bounce)
			}
		})
	}
}

// TestOutOfOfficeInEveryLanguage: what the servers of each language put in front of the subject.
func TestOutOfOfficeInEveryLanguage(t *testing.T) {
	for language, subject := range map[string]string{
		"en": "Automatic reply: Your order", "fr": "Réponse automatique : Votre commande", "de": "Automatische Antwort: Ihre Bestellung",
		"es": "Respuesta automática: Su pedido", "it": "Risposta automatica: Il suo ordine", "ja": "自動応答: ご注文", "ms": "Balasan automatik: Pesanan anda",
		"vi": "Trả lời tự động: Đơn hàng", "th": "ตอบกลับอัตโนมัติ: คำสั่งซื้อ", "id": "Balasan otomatis: Pesanan Anda", "pt": "Resposta automática: Seu pedido",
		"ru": "Автоматический ответ: Ваш заказ", "zh-Hans": "自动答复: 您的订单", "zh-Hant": "自動回覆: 您的訂單",
		"qq": "自动回复:您的订单", "brackets": "[Automatic reply] Your order",
	} {
		t.Run(language, func(t *testing.T) {
			m := Read([]byte("From: ann@example.com\nSubject: "+subject+"\n\nText.\n"), Limits{})
			if m.Automatic != AutomaticOutOfOffice {
				t.Errorf("%q: got %q", subject, m.Automatic)
			}
		})
	}
}

// TestPhraseTablesCoverEveryLanguage: a language that is missing from a table would fail its
// readers silently.
func TestPhraseTablesCoverEveryLanguage(t *testing.T) {
	languages := []string{"en", "fr", "de", "es", "it", "ja", "ms", "vi", "th", "id", "pt", "ru", "zh-Hans", "zh-Hant"}
	tables := map[string][]phrases{
		"attributionVerbs": attributionVerbs, "attributionLeads": attributionLeads, "originalMarkers": originalMarkers,
		"forwardMarkers": forwardMarkers, "answersBelow": answersBelow, "sentFrom": sentFrom,
		"outOfOfficeSubjects": outOfOfficeSubjects, "automaticSubjects": automaticSubjects, "bounceSubjects": bounceSubjects,
		"from": headerLabels[fieldFrom], "sent": headerLabels[fieldSent], "to": headerLabels[fieldTo], "subject": headerLabels[fieldSubject],
	}
	for name, rows := range tables {
		have := make(map[string]bool)
		for _, row := range rows {
			have[row.language] = true
			row.each(func(word string) {
				if word == "" || word != strings.ToLower(word) {
					t.Errorf("%s %s: phrase %q is empty or not in lower case", name, row.language, word)
				}
			})
		}
		for _, language := range languages {
			if !have[language] {
				t.Errorf("%s lacks %s", name, language)
			}
		}
	}
}

func TestLimitsAreKeptAndSaid(t *testing.T) {
	attachments := strings.Repeat("--b\nContent-Type: application/pdf\n\n%PDF\n", 300)
	nested := ""
	for i := range 30 {
		boundary := "b" + strconv.Itoa(i) + "b"
		nested += "Content-Type: multipart/mixed; boundary=" + boundary + "\n\n--" + boundary + "\n"
	}
	for _, c := range []struct {
		name, raw string
		limits    Limits
		code      WarningCode
	}{
		{"parts", "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 600) + "--b--\n", Limits{}, WarnPartsCut},
		{"depth", "Subject: x\n" + nested + "\nx\n", Limits{}, WarnDepthCut},
		{"header", "Subject: x\nX-Long: " + strings.Repeat("x", 300<<10) + "\n\nText\n", Limits{}, WarnHeaderCut},
		{"text", "Subject: x\n\n" + strings.Repeat("é", 1<<20), Limits{}, WarnTextCut},
		{"html", "Subject: x\nContent-Type: text/html\n\n" + strings.Repeat("<b>é</b>", 1<<19), Limits{}, WarnHTMLCut},
		{"attachments", "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n" + attachments + "--b--\n", Limits{}, WarnAttachmentCut},
		{"attachment bytes", "Subject: x\nContent-Type: application/pdf\n\n" + strings.Repeat("x", 100), Limits{AttachmentBytes: 50}, WarnAttachmentCut},
		{"addresses", "To: " + strings.Repeat("a@example.com, ", 600) + "\n\nText\n", Limits{}, WarnAddressesCut},
		{"references", "References: " + strings.Repeat("<a@example.com> ", 200) + "\n\nText\n", Limits{}, WarnReferencesCut},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := Read([]byte(c.raw), c.limits)
			assertSound(t, m)
			for _, w := range m.Warnings {
				if w.Code == c.code {
					return
				}
			}
			t.Errorf("no %s in %v", c.code, m.Warnings)
		})
	}
}

func TestReferencesKeepOldestAndNewest(t *testing.T) {
	m := Read([]byte("References: <1@x> <2@x> <3@x> <4@x> <5@x>\n\nText\n"), Limits{References: 3})
	if got := strings.Join(m.References, " "); got != "1@x 4@x 5@x" {
		t.Errorf("got %s", got)
	}
}

func TestEmbeddedMailCanBeRead(t *testing.T) {
	raw := "Subject: outer\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee the mail.\n--b\nContent-Type: message/rfc822\n\nSubject: inner\nFrom: bob@example.com\n\nInner text.\n--b--\n"
	m := Read([]byte(raw), Limits{})
	if m.Text != "See the mail." || len(m.Attachments) != 1 {
		t.Fatalf("%+v", m)
	}
	inner := Read(m.Attachments[0].Content, Limits{})
	if inner.Subject != "inner" || inner.Text != "Inner text." {
		t.Errorf("%+v", inner)
	}
}
