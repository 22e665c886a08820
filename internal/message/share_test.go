package message

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// wording is how mail programs set to a language introduce what they quote.
type wording struct {
	language, body, below    string
	gmail, apple, mobile     string
	from, sent, to, subjects string // Outlook's block
}

const quotee = "Lumenhaus <support@lumenhaus.example>"

var wordings = []wording{
	{"en", "The lamp is broken.", "Yes, by Friday please.", "On Sun, Nov 22, 2026 at 12:00 PM % wrote:", "On 22 Nov 2026, at 12:00, % wrote:", "Sent from my iPhone", "From", "Sent", "To", "Subject"},
	{"fr", "La lampe est cassée.", "Oui, avant vendredi.", "Le dim. 22 nov. 2026 à 12:00, % a écrit :", "Le 22 nov. 2026 à 12:00, % a écrit :", "Envoyé de mon iPhone", "De ", "Envoyé ", "À ", "Objet "},
	{"de", "Die Lampe ist kaputt.", "Ja, bis Freitag bitte.", "Am So., 22. Nov. 2026 um 12:00 Uhr schrieb %:", "Am 22.11.2026 um 12:00 schrieb %:", "Von meinem iPhone gesendet", "Von", "Gesendet", "An", "Betreff"},
	{"es", "La lámpara está rota.", "Sí, antes del viernes.", "El dom, 22 nov 2026 a las 12:00, Lumenhaus (<support@lumenhaus.example>) escribió:", "El 22 nov 2026, a las 12:00, % escribió:", "Enviado desde mi iPhone", "De", "Enviado", "Para", "Asunto"},
	{"it", "La lampada è rotta.", "Sì, entro venerdì.", "Il giorno dom 22 nov 2026 alle ore 12:00 % ha scritto:", "Il giorno 22 nov 2026, alle ore 12:00, % ha scritto:", "Inviato da iPhone", "Da", "Inviato", "A", "Oggetto"},
	{"pt", "A lâmpada está quebrada.", "Sim, até sexta.", "Em dom., 22 de nov. de 2026 às 12:00, % escreveu:", "No dia 22/11/2026, às 12:00, % escreveu:", "Enviado do meu iPhone", "De", "Enviado", "Para", "Assunto"},
	{"ru", "Лампа сломана.", "Да, до пятницы.", "вс, 22 нояб. 2026 г. в 12:00, %:", "22 нояб. 2026 г., в 12:00, % написал(а):", "Отправлено с iPhone", "От", "Отправлено", "Кому", "Тема"},
	{"ja", "ランプが壊れています。", "はい、金曜日までにお願いします。", "2026年11月22日(日) 12:00 %:", "2026/11/22 12:00、%のメール:", "iPhoneから送信", "差出人", "送信日時", "宛先", "件名"},
	{"zh-Hans", "灯坏了。", "好的，请在周五之前。", "% 于2026年11月22日周日 12:00写道：", "2026年11月22日 12:00，% 写道：", "发自我的iPhone", "发件人", "发送时间", "收件人", "主题"},
	{"zh-Hant", "燈壞了。", "好的，請在週五之前。", "% 於 2026年11月22日 週日 下午12:00寫道：", "% 於 2026年11月22日 中午12:00 寫道：", "從我的 iPhone 傳送", "寄件者", "寄件日期", "收件者", "主旨"},
	{"vi", "Đèn bị hỏng.", "Vâng, trước thứ Sáu.", "Vào CN, 22 thg 11, 2026 vào lúc 12:00 % đã viết:", "Vào 22 thg 11, 2026, lúc 12:00, % đã viết:", "Đã gửi từ iPhone của tôi", "Từ", "Đã gửi", "Tới", "Chủ đề"},
	{"th", "โคมไฟเสีย", "ครับ ก่อนวันศุกร์", "ในวันที่ อา. 22 พ.ย. 2026 เวลา 12:00 % เขียนว่า:", "ในวันที่ 22 พ.ย. 2569 เวลา 12:00 % เขียนว่า:", "ส่งจาก iPhone ของฉัน", "จาก", "ส่งเมื่อ", "ถึง", "เรื่อง"},
	{"id", "Lampunya rusak.", "Ya, sebelum Jumat.", "Pada tanggal Min, 22 Nov 2026 pukul 12.00 % menulis:", "Pada 22 Nov 2026, pukul 12.00, % menulis:", "Dikirim dari iPhone saya", "Dari", "Dikirim", "Kepada", "Subjek"},
	{"ms", "Lampu itu rosak.", "Ya, sebelum Jumaat.", "Pada Ahd, 22 Nov 2026 pada 12:00 % menulis:", "Pada 22 Nov 2026, pada 12:00, % menulis:", "Dihantar daripada iPhone saya", "Daripada", "Dihantar", "Kepada", "Subjek"},
}

// cases are what the mail programs make of one answer, in text and in HTML.
func (w wording) cases() []visibleCase {
	gmail, apple := strings.ReplaceAll(w.gmail, "%", quotee), strings.ReplaceAll(w.apple, "%", quotee)
	escaped := strings.NewReplacer("<", "&lt;", ">", "&gt;")
	const question = "When do you need the new one?"
	quoted := "\n\n> Hello,\n> " + question + "\n"
	block := fmt.Sprintf("%s: %s\n%s: 2026-11-22 12:00\n%s: Kim <kim@buyers.example>\n%s: Lamp\n\nHello,\n%s\n", w.from, quotee, w.sent, w.to, w.subjects, question)
	mobile := Parts{Visible: w.body, Signature: w.mobile}
	return []visibleCase{
		{"Gmail, text", w.body + "\n\n" + gmail + quoted, "", Parts{Visible: w.body}},
		{"Gmail, HTML", "", `<div dir="ltr">` + w.body + `</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">` + escaped.Replace(gmail) +
			`<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex"><div>` + question + `</div></blockquote></div>`, Parts{Visible: w.body}},
		{"Apple, text", w.body + "\n\n" + w.mobile + "\n\n" + apple + quoted, "", mobile},
		{"Apple, HTML", "", `<div>` + w.body + `</div><br><div><blockquote type="cite"><div>` + escaped.Replace(apple) + `</div><br><div>` + question + `</div></blockquote></div>`, Parts{Visible: w.body}},
		{"Outlook, text", w.body + "\n\n________________________________\n" + block, "", Parts{Visible: w.body}},
		{"Outlook without a rule, text", w.body + "\n\n" + block, "", Parts{Visible: w.body}},
		{"Outlook, HTML", "", `<div class="WordSection1"><p class="MsoNormal">` + w.body + `</p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p class="MsoNormal"><b>` +
			w.from + `:</b> ` + escaped.Replace(quotee) + `<br><b>` + w.sent + `:</b> 2026-11-22 12:00<br><b>` + w.to + `:</b> kim@buyers.example<br><b>` + w.subjects + `:</b> Lamp</p></div><p class="MsoNormal">` + question + `</p></div>`, Parts{Visible: w.body}},
		{"Yahoo, HTML", "", `<div>` + w.body + `</div><div id="ydp1yahoo_quoted_1" class="ydp1yahoo_quoted"><div>` + escaped.Replace(gmail) + `</div><div>` + question + `</div></div>`, Parts{Visible: w.body}},
		{"QQ, text", w.body + "\n\n------------------ Original ------------------\nFrom: \"Lumenhaus\"<support@lumenhaus.example>;\nDate: Sun, Nov 22, 2026 12:00 PM\nTo: \"Kim\"<kim@buyers.example>;\nSubject: Lamp\n\n" + question + "\n", "", Parts{Visible: w.body}},
		{"NetEase, text", w.body + "\n\nAt 2026-11-22 12:00:00, \"Lumenhaus\" <support@lumenhaus.example> wrote:\n>" + question + "\n", "", Parts{Visible: w.body}},
		{"Proton, text", w.body + "\n\nSent with Proton Mail secure email.\n\nOn Sunday, November 22nd, 2026 at 12:00, " + quotee + " wrote:\n\n> " + question + "\n", "",
			Parts{Visible: w.body, Signature: "Sent with Proton Mail secure email."}},
		{"answered between the lines", gmail + "\n\n> " + question + "\n\n" + w.below + "\n\n> Which colour?\n\n" + w.body + "\n", "", Parts{Visible: w.below + "\n" + w.body}},
		{"nothing quoted", w.body + "\n\n" + w.below, "", Parts{Visible: w.body + "\n" + w.below}},
	}
}

// TestVisibleShare holds every language to its share over all clients, the written
// cases and those made here: 95 of 100 right, and where it is wrong nothing of what
// the writer said may be folded away.
func TestVisibleShare(t *testing.T) {
	for _, w := range wordings {
		t.Run(w.language, func(t *testing.T) {
			cases := append(w.cases(), visibleCases(t, filepath.Join("testdata/visible", w.language+".txt"))...)
			if written := len(cases) - len(w.cases()); written < 16 {
				t.Errorf("%d written cases, want 16", written)
			}
			right := 0
			for _, c := range cases {
				got := c.split()
				if strings.Join(strings.Fields(got.Visible), " ") == strings.Join(strings.Fields(c.want.Visible), " ") && got.Signature == c.want.Signature {
					right++
					continue
				}
				t.Logf("%s: visible %q, signature %q; want %q, %q", c.name, got.Visible, got.Signature, c.want.Visible, c.want.Signature)
				for line := range strings.Lines(c.want.Visible) {
					if line = strings.TrimSpace(line); !strings.Contains(got.Visible, line) {
						t.Errorf("%s: %q is folded away", c.name, line)
					}
				}
			}
			if share := float64(right) / float64(len(cases)); share < 0.95 {
				t.Errorf("%d of %d are right", right, len(cases))
			}
		})
	}
}
