package corpus

import (
	"strconv"
	"strings"
	"time"
)

// Quoted is a mail that another one quotes.
type Quoted struct {
	From, Address, To, Subject string
	Date                       time.Time
	Text                       string
}

// Quote writes history the way a mail client does: gmail, apple, yahoo and proton put one line
// over ">" lines, outlook and qq and netease a block of fields over the plain text.
func Quote(client, language string, q Quoted) string {
	l, ok := quoting[language]
	if !ok {
		l = quoting["en"]
	}
	switch client {
	case "outlook":
		return l.block(strings.Repeat("_", 32)+"\n", q)
	case "qq":
		return quoting["zh-Hans"].block("------------------ 原始邮件 ------------------\n", q)
	case "netease":
		return "\n在 " + q.Date.Format("2006-01-02 15:04:05") + "，\"" + q.From + "\" <" + q.Address + "> 写道：\n" + arrows(q.Text)
	case "proton":
		return "-------- Original Message --------\n" + l.attribution(q) + "\n\n" + arrows(q.Text)
	}
	return l.attribution(q) + "\n\n" + arrows(q.Text)
}

func arrows(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		mark := "> "
		if strings.HasPrefix(line, ">") {
			mark = ">"
		}
		out.WriteString(strings.TrimRight(mark+line, " \n") + "\n")
	}
	return out.String()
}

// words are a language's way to introduce a quoted mail.
type words struct {
	line   string // Gmail's line; {wd} {d} {mon} {m} {y} {t} {t12} {who}
	days   string // Sunday first
	months string
	fields string // Outlook's From, Sent, To, Subject
}

func (l words) attribution(q Quoted) string {
	return strings.NewReplacer(
		"{wd}", strings.Fields(l.days)[q.Date.Weekday()],
		"{mon}", l.month(q.Date), "{m}", strconv.Itoa(int(q.Date.Month())),
		"{d}", strconv.Itoa(q.Date.Day()), "{y}", strconv.Itoa(q.Date.Year()),
		"{t}", q.Date.Format("15:04"), "{t12}", q.Date.Format("3:04 PM"), "{who}", q.From+" <"+q.Address+">",
	).Replace(l.line)
}

func (l words) month(t time.Time) string {
	if l.months == "" {
		return strconv.Itoa(int(t.Month()))
	}
	return strings.Fields(l.months)[t.Month()-1]
}

func (l words) block(rule string, q Quoted) string {
	name := strings.Split(l.fields, "|")
	return rule +
		name[0] + q.From + " <" + q.Address + ">\n" +
		name[1] + q.Date.Format("2006-01-02 15:04") + "\n" +
		name[2] + q.To + "\n" +
		name[3] + q.Subject + "\n\n" + q.Text + "\n"
}

var quoting = map[string]words{
	"en":      {"On {wd}, {mon} {d}, {y} at {t12} {who} wrote:", "Sun Mon Tue Wed Thu Fri Sat", "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", "From: |Sent: |To: |Subject: "},
	"fr":      {"Le {wd} {d} {mon} {y} à {t}, {who} a écrit :", "dim. lun. mar. mer. jeu. ven. sam.", "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.", "De : |Envoyé : |À : |Objet : "},
	"de":      {"Am {wd}, {d}. {mon} {y} um {t} Uhr schrieb {who}:", "So. Mo. Di. Mi. Do. Fr. Sa.", "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.", "Von: |Gesendet: |An: |Betreff: "},
	"es":      {"El {wd}, {d} {mon} {y} a las {t}, {who} escribió:", "dom lun mar mié jue vie sáb", "ene feb mar abr may jun jul ago sept oct nov dic", "De: |Enviado: |Para: |Asunto: "},
	"it":      {"Il giorno {wd} {d} {mon} {y} alle ore {t} {who} ha scritto:", "dom lun mar mer gio ven sab", "gen feb mar apr mag giu lug ago set ott nov dic", "Da: |Inviato: |A: |Oggetto: "},
	"pt":      {"Em {wd}, {d} de {mon} de {y} às {t}, {who} escreveu:", "dom. seg. ter. qua. qui. sex. sáb.", "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.", "De: |Enviado: |Para: |Assunto: "},
	"ru":      {"{wd}, {d} {mon} {y} г. в {t}, {who}:", "вс пн вт ср чт пт сб", "янв. февр. мар. апр. мая июн. июл. авг. сент. окт. нояб. дек.", "От: |Отправлено: |Кому: |Тема: "},
	"ja":      {"{y}年{m}月{d}日({wd}) {t} {who}:", "日 月 火 水 木 金 土", "", "差出人: |送信日時: |宛先: |件名: "},
	"zh-Hans": {"{who} 于{y}年{m}月{d}日{wd} {t}写道：", "周日 周一 周二 周三 周四 周五 周六", "", "发件人: |发送时间: |收件人: |主题: "},
	"zh-Hant": {"{who} 於 {y}年{m}月{d}日 {wd} {t} 寫道：", "週日 週一 週二 週三 週四 週五 週六", "", "寄件者: |寄件日期: |收件者: |主旨: "},
	"vi":      {"Vào {wd}, {d} thg {m}, {y} vào lúc {t} {who} đã viết:", "CN Th2 Th3 Th4 Th5 Th6 Th7", "", "Từ: |Đã gửi: |Đến: |Chủ đề: "},
	"th":      {"ในวันที่ {wd} {d} {mon} {y} เวลา {t} {who} เขียนว่า:", "อา. จ. อ. พ. พฤ. ศ. ส.", "ม.ค. ก.พ. มี.ค. เม.ย. พ.ค. มิ.ย. ก.ค. ส.ค. ก.ย. ต.ค. พ.ย. ธ.ค.", "จาก: |ส่ง: |ถึง: |เรื่อง: "},
	"id":      {"Pada {wd}, {d} {mon} {y} pukul {t} {who} menulis:", "Min Sen Sel Rab Kam Jum Sab", "Jan Feb Mar Apr Mei Jun Jul Agt Sep Okt Nov Des", "Dari: |Dikirim: |Kepada: |Subjek: "},
	"ms":      {"Pada {wd}, {d} {mon} {y} pada {t} {who} menulis:", "Ahd Isn Sel Rab Kha Jum Sab", "Jan Feb Mac Apr Mei Jun Jul Ogo Sep Okt Nov Dis", "Daripada: |Dihantar: |Kepada: |Subjek: "},
}
