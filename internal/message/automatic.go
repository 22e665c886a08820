package message

import (
	"strings"
	"sync"
)

// outOfOfficeSubjects start the subject of an absence notice, as Exchange, Gmail, Notes and the
// big providers of each language write it.
var outOfOfficeSubjects = []phrases{
	{"en", "automatic reply|out of office|out of the office|autoreply|auto reply|auto-reply|auto response|autoresponse|automatic response|away from the office|i am away|i'm away|on vacation|on holiday|on leave|out-of-office|vacation reply|ooo:|currently out of"},
	{"fr", "réponse automatique|absence du bureau|absent du bureau|absence :|absence:|je suis absent|message d'absence|notification d'absence|en congé|en vacances"},
	{"de", "automatische antwort|abwesenheitsnotiz|abwesenheit|außer haus|ausser haus|nicht im büro|abwesend|urlaubsbenachrichtigung|autoantwort|automatische rückantwort|ich bin im urlaub|abwesenheitsbenachrichtigung"},
	{"es", "respuesta automática|respuesta automatica|fuera de la oficina|fuera de oficina|ausencia de la oficina|estoy de vacaciones|ausente:|de vacaciones"},
	{"it", "risposta automatica|fuori sede|fuori ufficio|assenza dall'ufficio|assente dall'ufficio|assente:|sono in ferie|in ferie"},
	{"ja", "自動応答|自動返信|不在通知|不在のお知らせ|不在連絡|休暇のお知らせ|外出中|不在:|不在："},
	{"ms", "balasan automatik|jawapan automatik|luar pejabat|tiada di pejabat|bercuti|sedang bercuti"},
	{"vi", "trả lời tự động|tự động trả lời|thư trả lời tự động|vắng mặt|không có mặt tại văn phòng|nghỉ phép"},
	{"th", "ตอบกลับอัตโนมัติ|การตอบกลับอัตโนมัติ|การตอบอัตโนมัติ|ไม่อยู่ที่สำนักงาน|ไม่อยู่ที่ทำงาน|ลาพักร้อน|ข้อความตอบกลับอัตโนมัติ"},
	{"id", "balasan otomatis|jawaban otomatis|di luar kantor|sedang cuti|tidak di kantor|respon otomatis|respons otomatis"},
	{"pt", "resposta automática|resposta automatica|fora do escritório|ausência do escritório|ausência temporária|ausente do escritório|estou de férias|de férias"},
	{"ru", "автоматический ответ|автоответ|автоответчик|вне офиса|нет на месте|отсутствую|в отпуске|я в отпуске|отсутствие на рабочем месте"},
	{"zh-Hans", "自动回复|自动答复|自动应答|外出|不在办公室|休假|假期自动回复|我不在办公室|正在休假"},
	{"zh-Hant", "自動回覆|自動回應|自動答覆|自動回復|不在辦公室|外出|休假|假期自動回覆|正在休假"},
}

// automaticSubjects mark absence notices whatever else the header says: mail programs write
// them, people do not start a subject so. The other phrases above need a second hint.
var automaticSubjects = []phrases{
	{"en", "automatic reply|out of office|autoreply|auto-reply|auto reply|automatic response|out-of-office"},
	{"fr", "réponse automatique|absence du bureau"},
	{"de", "automatische antwort|abwesenheitsnotiz|abwesenheitsbenachrichtigung"},
	{"es", "respuesta automática|fuera de la oficina"},
	{"it", "risposta automatica|fuori sede"},
	{"ja", "自動応答|自動返信|不在通知"},
	{"ms", "balasan automatik|jawapan automatik"},
	{"vi", "trả lời tự động|thư trả lời tự động|tự động trả lời"},
	{"th", "ตอบกลับอัตโนมัติ|การตอบกลับอัตโนมัติ|ข้อความตอบกลับอัตโนมัติ|การตอบอัตโนมัติ"},
	{"id", "balasan otomatis|jawaban otomatis"},
	{"pt", "resposta automática|ausência temporária"},
	{"ru", "автоматический ответ|автоответ"},
	{"zh-Hans", "自动回复|自动答复"},
	{"zh-Hant", "自動回覆|自動回應|自動答覆|自動回復"},
}

// bounceSubjects start the subject of a notice of non-delivery.
var bounceSubjects = []phrases{
	{"en", "undeliver|delivery status notification|delivery failure|mail delivery failed|returned mail|failure notice|delivery has failed|message not delivered|non delivery|non-delivery|mail delivery failure|mail failure|mail could not be delivered|delivery delayed|warning: could not send|your message couldn't be delivered|delivery notification"},
	{"fr", "non remis|échec de la remise|message non délivré|courrier non distribué|non distribuable|échec de la distribution|échec d'envoi"},
	{"de", "unzustellbar|nicht zustellbar|nicht zugestellt|fehler bei der zustellung|zustellung fehlgeschlagen|mail delivery failed"},
	{"es", "no se puede entregar|error de entrega|no entregado|correo no entregado|mensaje no entregado|no se ha podido entregar"},
	{"it", "non recapitabile|mancato recapito|messaggio non recapitato|mancata consegna|avviso di mancata consegna"},
	{"ja", "配信不能|送信エラー|配信できません|配信エラー|未配信"},
	{"ms", "tidak dapat dihantar|penghantaran gagal|tidak terkirim"},
	{"vi", "không gửi được|không thể gửi|gửi không thành công|thư không gửi được"},
	{"th", "ไม่สามารถส่งได้|ส่งไม่สำเร็จ|ส่งไม่ถึง"},
	{"id", "tidak terkirim|gagal terkirim|tidak dapat dikirim|pengiriman gagal"},
	{"pt", "não entregue|não é possível entregar|falha na entrega|erro de entrega|não foi possível entregar|não entregável"},
	{"ru", "не доставлено|недоставленное|сообщение не доставлено|ошибка доставки|невозможно доставить|недоставленное сообщение"},
	{"zh-Hans", "退信|系统退信|无法投递|未送达|投递失败|来自postmaster|邮件被退回|发送失败|无法送达"},
	{"zh-Hant", "退信|系統退信|無法傳遞|無法投遞|未送達|傳遞失敗|郵件被退回|傳送失敗|無法送達"},
}

// noReplyLocals are compared with the local part of the sender, letters only.
var noReplyLocals = []string{
	"noreply", "donotreply", "doesnotreply", "nepasrepondre", "noresponder", "nichtantworten", "keineantwort",
	"nonrispondere", "naoresponda", "naoresponder", "noresponse", "noanswer", "autoreply", "autoresponder",
	"autoconfirm", "mailerdaemon", "automailer", "autonotification", "pasdereponse", "unmonitored", "nobody",
	"autonotify", "automated", "autoemail", "automail",
}

// bounceLocals send notices of non-delivery.
var bounceLocals = map[string]bool{"mailerdaemon": true, "postmaster": true, "maildelivery": true, "mailsystem": true}

type subjectTables struct {
	outOfOffice, automatic, bounce starts
}

var subjects = sync.OnceValue(func() *subjectTables {
	return &subjectTables{startsOf(outOfOfficeSubjects), startsOf(automaticSubjects), startsOf(bounceSubjects)}
})

// starts are phrases by their first byte, which most subjects share with none or few of them.
type starts [256][]string

func startsOf(rows []phrases) (s starts) {
	for _, word := range words(rows) {
		s[word[0]] = append(s[word[0]], word)
	}
	return s
}

// judge settles Automatic. The order is that of the evidence: what a notice says about itself
// first, then headers, then the sender's name.
func (r *reader) judge() {
	m := r.msg
	for _, check := range []func(*reader) (Automatic, string){
		(*reader).isBounce, (*reader).isReceipt, (*reader).isOutOfOffice, (*reader).isList, (*reader).isAutoReply, (*reader).isNoReply,
	} {
		if kind, reason := check(r); kind != "" {
			m.Automatic, m.AutomaticReason = kind, cutString(reason, 120)
			return
		}
	}
}

// nullSender reports a Return-Path of <>, by which RFC 5321 marks mail that must not be answered.
func (r *reader) nullSender() bool {
	h := r.msg.Header
	return strings.Trim(h.Get("Return-Path"), "<> ") == "" && h.Has("Return-Path")
}

func (r *reader) sender() string {
	if len(r.msg.From) == 0 {
		return ""
	}
	return r.msg.From[0].Address
}

// localLetters is the local part of an address in lower case without separators and digits.
func localLetters(address string) string {
	local, _, _ := strings.Cut(address, "@")
	if !isASCIIText(local) {
		local = strings.ToLower(local)
	}
	var buf [64]byte
	letters := buf[:0]
	for i := 0; i < len(local); i++ {
		if c := local[i]; isLetter(c) {
			letters = append(letters, c|0x20)
		}
	}
	return string(letters)
}

func (r *reader) subjectStarts(with *starts) (string, bool) {
	subject := r.lowerSubject()
	if subject == "" {
		return "", false
	}
	for _, start := range with[subject[0]] {
		if strings.HasPrefix(subject, start) {
			return start, true
		}
	}
	return "", false
}

// longestStart is more than the longest phrase that subjects start with.
const longestStart = 200

// lowerSubject is the start of the subject in lower case, without what may stand in front of its
// words.
func (r *reader) lowerSubject() string {
	if r.subject == "" {
		r.subject = strings.ToLower(cutString(strings.TrimLeft(r.msg.Subject, " [(*【《\""), longestStart))
	}
	return r.subject
}

func (r *reader) isReceipt() (Automatic, string) {
	if r.receipt || r.isReport && r.reportType == "disposition-notification" {
		return AutomaticReceipt, "multipart/report; report-type=disposition-notification"
	}
	return "", ""
}

// hint is evidence too weak to judge by alone: Exchange puts X-Auto-Response-Suppress on mail
// people write, too.
func (r *reader) hint() bool {
	h := r.msg.Header
	return h.Has("X-Auto-Response-Suppress") || r.nullSender() || autoSubmitted(h) != "" || autoHeader(h) != ""
}

func (r *reader) isOutOfOffice() (Automatic, string) {
	if _, ok := r.subjectStarts(&subjects().automatic); ok {
		return AutomaticOutOfOffice, "Subject: " + r.msg.Subject
	}
	if _, ok := r.subjectStarts(&subjects().outOfOffice); ok && r.hint() {
		return AutomaticOutOfOffice, "Subject: " + r.msg.Subject
	}
	h := r.msg.Header
	if strings.HasPrefix(strings.ToLower(h.Get("Auto-Submitted")), "auto-replied") && h.Has("X-Autoreply-Vacation") || strings.EqualFold(h.Get("X-Autoreply"), "vacation") || strings.Contains(strings.ToLower(h.Get("Auto-Submitted")), "vacation") {
		return AutomaticOutOfOffice, "vacation"
	}
	return "", ""
}

// autoSubmitted returns the value of RFC 3834's field when it speaks of a machine.
func autoSubmitted(h Header) string {
	value := strings.ToLower(strings.TrimSpace(stripComments(h.Get("Auto-Submitted"))))
	if value == "" || value == "no" || strings.HasPrefix(value, "no;") {
		return ""
	}
	return value
}

// autoHeaders are the fields that responders set in place of, or beside, RFC 3834's.
var autoHeaders = []string{"X-Autoreply", "X-Auto-Reply", "X-Autorespond", "X-AutoReply-From", "X-Mail-Autoreply", "X-Autoresponder", "X-Autogenerated"}

func autoHeader(h Header) string {
	for _, name := range autoHeaders {
		if value := h.Get(name); value != "" && !strings.EqualFold(value, "no") && !strings.EqualFold(value, "false") {
			return name
		}
	}
	return ""
}

// listHeaders are RFC 2369 and RFC 2919, as far as a person's mail never carries them.
var listHeaders = []string{"List-Id", "List-Post", "List-Unsubscribe", "List-Help", "List-Owner", "List-Archive"}

func (r *reader) isList() (Automatic, string) {
	h := r.msg.Header
	for _, name := range listHeaders {
		if h.Get(name) != "" {
			return AutomaticList, name
		}
	}
	if value := strings.ToLower(h.Get("Precedence")); value == "list" || value == "bulk" {
		return AutomaticList, "Precedence: " + value
	}
	return "", ""
}

func (r *reader) isAutoReply() (Automatic, string) {
	h := r.msg.Header
	if value := autoSubmitted(h); value != "" {
		return AutomaticReply, "Auto-Submitted: " + value
	}
	if name := autoHeader(h); name != "" {
		return AutomaticReply, name
	}
	if value := strings.ToLower(h.Get("Precedence")); value == "auto_reply" || value == "auto-reply" || value == "junk" {
		return AutomaticReply, "Precedence: " + value
	}
	if r.nullSender() {
		return AutomaticReply, "Return-Path: <>"
	}
	return "", ""
}

func (r *reader) isNoReply() (Automatic, string) {
	sender := r.sender()
	if local := localLetters(sender); local != "" && containsAny(local, noReplyLocals) {
		return AutomaticNoReply, "From: " + sender
	}
	return "", ""
}
