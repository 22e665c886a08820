package message

import (
	"strings"
	"sync"
)

// The phrases by which mailers announce history and signatures, language by language, for
// review by people who speak them. They are compared in lower case. "|" separates phrases.

// phrases are the words of one language (BCP 47) for one purpose.
type phrases struct {
	language string
	words    string
}

func (p phrases) each(yield func(string)) {
	for word := range strings.SplitSeq(p.words, "|") {
		yield(word)
	}
}

// attributionVerbs stand before the colon that ends "On Monday … Ann wrote:".
var attributionVerbs = []phrases{
	{"en", "wrote|writes|said"},
	{"fr", "a écrit|à écrit|écrit|a ecrit|ont écrit"},
	{"de", "schrieb|geschrieben|hat geschrieben|schreibt"},
	{"es", "escribió|escribio|escribió lo siguiente|ha escrito|va escriure"},
	{"it", "ha scritto|scrive|ha scritto lo seguente|scritto"},
	{"ja", "wrote|のメール|さんは書きました|は書きました|が書きました|さんのメール|からのメール|のメッセージ|さんからのメール|より"},
	{"ms", "menulis|telah menulis|tulis"},
	{"vi", "đã viết|viết|đã ghi"},
	{"th", "เขียนว่า|เขียน|ได้เขียนว่า|ได้เขียน"},
	{"id", "menulis|menuliskan|berkata"},
	{"pt", "escreveu|escreveu o seguinte|escreve"},
	{"ru", "написал(а)|написал|написала|пишет|писал|писала|написал (-а)|писал(а)|написал/а"},
	{"zh-Hans", "写道|写到|来信|编写|寫道|发送"},
	{"zh-Hant", "寫道|寫到|來信|已寫入|撰寫"},
	{"nl", "schreef|het volgende geschreven"},
}

// attributionInfixes are verbs that stand in front of the name: "Am 1. Mai schrieb Ann:".
var attributionInfixes = []phrases{
	{"de", " schrieb "},
	{"pt", " escreveu (| escreveu no dia | escreveu em "},
	{"es", " escribió el "},
	{"fr", " a écrit le "},
	{"nl", " schreef "},
}

// attributionLeads start an attribution line. They tell where a wrapped one begins.
var attributionLeads = []phrases{
	{"en", "on |at "},
	{"fr", "le |en date du "},
	{"de", "am |on |gesendet am "},
	{"es", "el |on "},
	{"it", "il giorno |il |in data |on "},
	{"ja", "on "},
	{"ms", "pada |on "},
	{"vi", "vào |lúc |ngày |on "},
	{"th", "ในวันที่ |เมื่อ |เมื่อวันที่ |วันที่ |ในวัน|on "},
	{"id", "pada |pada tanggal |on "},
	{"pt", "em |no dia |a |on |às "},
	{"ru", "on |в |пн, |вт, |ср, |чт, |пт, |сб, |вс, |понедельник|вторник|сред|четверг|пятниц|суббот|воскресен"},
	{"zh-Hans", "在 |在|于 "},
	{"zh-Hant", "在 |在|於 "},
}

// headerField is one line of the header block that Outlook and others put above history.
type headerField uint8

const (
	fieldFrom headerField = 1 << iota
	fieldSent
	fieldTo
	fieldCc
	fieldSubject
	fieldOther // reply-to, importance, attachments
)

// headerLabels are compared without spaces, as some mailers pad them ("发 件 人").
var headerLabels = map[headerField][]phrases{
	fieldFrom: {
		{"en", "from|sender"}, {"fr", "de|expéditeur|envoyé par"}, {"de", "von|absender"}, {"es", "de|remitente"},
		{"it", "da|mittente"}, {"ja", "差出人|送信者|from|発信者|発信元"}, {"ms", "daripada|dari|pengirim"},
		{"vi", "từ|người gửi"}, {"th", "จาก|ผู้ส่ง"}, {"id", "dari|pengirim"}, {"pt", "de|remetente"},
		{"ru", "от|от кого|отправитель"}, {"zh-Hans", "发件人|寄件人|发送人|发信人|发件者"}, {"zh-Hant", "寄件者|寄件人|發件人|寄信人|發信人"},
		{"nl", "van"},
	},
	fieldSent: {
		{"en", "sent|date|sent at|sent on|received|date sent"}, {"fr", "envoyé|date|envoyé le|date d'envoi|envoyé à|date d’envoi"},
		{"de", "gesendet|datum|gesendet am|gesendet um"}, {"es", "enviado|fecha|enviado el|enviada|fecha de envío|enviado a las"},
		{"it", "inviato|data|inviata|data invio|inviato il"}, {"ja", "送信日時|日付|日時|送信日|送信済み|送信|受信日時"},
		{"ms", "dihantar|tarikh|dihantar pada|hantar"}, {"vi", "đã gửi|ngày|ngày gửi|gửi|gửi lúc|thời gian|đã gửi vào"},
		{"th", "ส่ง|วันที่|ส่งเมื่อ|ส่งแล้ว|วันที่ส่ง|เวลา"}, {"id", "terkirim|tanggal|dikirim|kirim|dikirim pada|tgl"},
		{"pt", "enviado|data|enviada|enviada em|enviado em|data de envio"}, {"ru", "отправлено|дата|отправлен|послано|дата отправки"},
		{"zh-Hans", "发送时间|日期|时间|发送日期|已发送|发件日期|发件时间"}, {"zh-Hant", "寄件日期|日期|傳送時間|已傳送|寄送日期|傳送日期|時間|發送時間|寄件時間"},
		{"nl", "verzonden|datum"},
	},
	fieldTo: {
		{"en", "to|recipient|recipients"}, {"fr", "à|destinataire|pour|a|destinataires"}, {"de", "an|empfänger"},
		{"es", "para|destinatario|a"}, {"it", "a|destinatario|per"}, {"ja", "宛先|to|送信先|受信者|宛て先"},
		{"ms", "kepada|ke|penerima"}, {"vi", "đến|tới|người nhận|gửi đến|cho"}, {"th", "ถึง|ผู้รับ"}, {"id", "kepada|ke|untuk|penerima"},
		{"pt", "para|destinatário|a"}, {"ru", "кому|получатель|для"}, {"zh-Hans", "收件人|收信人|接收人|收件者"}, {"zh-Hant", "收件者|收件人|收信人"},
		{"nl", "aan"},
	},
	fieldCc: {
		{"en", "cc|bcc"}, {"fr", "cc|copie à|cci"}, {"de", "cc|kopie"}, {"es", "cc|cco"}, {"it", "cc|ccn"}, {"ja", "cc"}, {"ms", "sk|cc"},
		{"vi", "cc|đồng kính gửi"}, {"th", "สำเนา|สำเนาถึง"}, {"id", "cc|tembusan"}, {"pt", "cc|cco"}, {"ru", "копия|копии"},
		{"zh-Hans", "抄送|抄送人|密送"}, {"zh-Hant", "副本|抄送|密件副本"},
	},
	fieldSubject: {
		{"en", "subject|subj|re"}, {"fr", "objet|sujet"}, {"de", "betreff"}, {"es", "asunto"}, {"it", "oggetto|soggetto"}, {"ja", "件名|題名|標題"},
		{"ms", "subjek|perkara|tajuk"}, {"vi", "chủ đề|tiêu đề"}, {"th", "เรื่อง|หัวข้อ|ชื่อเรื่อง"}, {"id", "subjek|perihal|judul|hal"}, {"pt", "assunto"},
		{"ru", "тема"}, {"zh-Hans", "主题|标题"}, {"zh-Hant", "主旨|主題|標題"}, {"nl", "onderwerp"},
	},
	fieldOther: {
		{"en", "reply-to|reply to|importance|attachments|priority|sensitivity"}, {"fr", "répondre à|importance|pièces jointes"},
		{"de", "antwort an|antwort|wichtigkeit|anlagen|priorität|anhänge"}, {"es", "responder a|importancia|datos adjuntos"}, {"it", "rispondi a|priorità|allegati"},
		{"ja", "返信先|重要度|添付ファイル"}, {"vi", "trả lời"}, {"pt", "responder a|anexos|importância"}, {"ru", "ответить|важность|вложения"},
		{"zh-Hans", "回复|附件|重要性|回复地址"}, {"zh-Hant", "回覆|附件|重要性|回覆至"},
	},
}

// originalMarkers stand between dashes above the mail that is answered.
var originalMarkers = []phrases{
	{"en", "original message|original|original mail|original email|replied message|reply message|original text|original appointment|previous message"},
	{"fr", "message d'origine|message original|message d’origine|message initial|message précédent|courrier original|e-mail d'origine"},
	{"de", "ursprüngliche nachricht|original-nachricht|originalnachricht|original nachricht|originalmail|ursprüngliche mail|ursprüngliche e-mail|original-mail"},
	{"es", "mensaje original|correo original|mensaje anterior|mensaje respondido"},
	{"it", "messaggio originale|messaggio originario|messaggio precedente|email originale|messaggio risposto"},
	{"ja", "元のメッセージ|元のメール|オリジナルメッセージ|original message|返信元メッセージ|返信元メール|返信済みメッセージ"},
	{"ms", "mesej asal|mesej asli|e-mel asal"},
	{"vi", "tin nhắn gốc|thư gốc|tin nhắn ban đầu|thư ban đầu|nguyên bản tin nhắn"},
	{"th", "ข้อความต้นฉบับ|ข้อความเดิม|จดหมายต้นฉบับ|อีเมลต้นฉบับ|ต้นฉบับ"},
	{"id", "pesan asli|pesan asal|pesan semula|email asli"},
	{"pt", "mensagem original|mensagem anterior|e-mail original|email original"},
	{"ru", "исходное сообщение|оригинальное сообщение|исходное письмо|первоначальное сообщение|оригинал сообщения|ответное сообщение"},
	{"zh-Hans", "原始邮件|原始信件|原邮件|回复的原邮件|回复的邮件|原始消息|邮件原件|原件|原始邮件信息"},
	{"zh-Hant", "原始郵件|原始信件|原郵件|回覆的原郵件|原始訊息|原始邮件|回覆的郵件|原始電子郵件"},
	{"nl", "oorspronkelijk bericht|origineel bericht"},
}

// forwardMarkers stand above mail that is passed on. What follows is the message, not history.
var forwardMarkers = []phrases{
	{"en", "forwarded message|begin forwarded message|forwarded by|start of forwarded message|forwarded mail|fwd"},
	{"fr", "message transféré|début du message transféré|début du message réexpédié|message réexpédié|message transmis|forwarded message"},
	{"de", "weitergeleitete nachricht|anfang der weitergeleiteten nachricht|beginn der weitergeleiteten nachricht|weitergeleitete mail"},
	{"es", "mensaje reenviado|inicio del mensaje reenviado|mensaje remitido"},
	{"it", "messaggio inoltrato|inizio messaggio inoltrato|inizio del messaggio inoltrato|inoltrato"},
	{"ja", "転送されたメッセージ|転送メッセージ|転送されたメール|転送メール|forwarded message"},
	{"ms", "mesej dimajukan|mesej yang dimajukan|mesej dipanjangkan|mulakan mesej dimajukan|mesej dikirim semula"},
	{"vi", "tin nhắn được chuyển tiếp|thư được chuyển tiếp|tin nhắn chuyển tiếp|chuyển tiếp thư|thư chuyển tiếp|bắt đầu tin nhắn được chuyển tiếp|thư đã chuyển tiếp|thư chuyển đến"},
	{"th", "ข้อความที่ส่งต่อ|ข้อความส่งต่อ|ข้อความที่ถูกส่งต่อ|เริ่มข้อความที่ส่งต่อ|จดหมายส่งต่อ"},
	{"id", "pesan terusan|pesan yang diteruskan|pesan diteruskan|awal pesan terusan|mulai pesan terusan|pesan ditransfer"},
	{"pt", "mensagem encaminhada|mensagem reencaminhada|início da mensagem encaminhada|início da mensagem reencaminhada"},
	{"ru", "пересылаемое сообщение|переадресованное сообщение|пересылаемое письмо|начало переадресованного сообщения|начало пересылаемого сообщения|пересланное сообщение|пересланное письмо"},
	{"zh-Hans", "转发的邮件|转发邮件信息|转发的原邮件|转发邮件|转发消息|下面是被转发的邮件|以下是转发的邮件|转发|已转发邮件"},
	{"zh-Hant", "轉寄的郵件|轉寄郵件|轉寄的訊息|轉寄訊息|開始轉寄郵件|以下是轉寄的郵件|轉寄的原郵件|轉發郵件|轉發的郵件|已轉寄訊息|已轉寄郵件|轉寄"},
}

// replyAboveMarkers are lines that ticket systems ask to answer above.
var replyAboveMarkers = []phrases{
	{"en", "reply above this line|please type your reply above|write above this line|please reply above"},
	{"fr", "répondre au-dessus de cette ligne|veuillez répondre au-dessus|écrivez votre réponse au-dessus"},
	{"de", "bitte antworten sie oberhalb dieser|antworten sie über dieser linie|bitte geben sie ihre antwort oberhalb|antwort oberhalb dieser zeile"},
	{"es", "responda por encima de esta línea|responda encima de esta línea|escriba su respuesta por encima"},
	{"it", "rispondi sopra questa riga|scrivi la tua risposta sopra questa|risposta sopra questa linea"},
	{"ja", "この線より上に返信|この行より上に|この線より上に"},
	{"pt", "responda acima desta linha|responda por cima desta linha|escreva sua resposta acima"},
	{"ru", "введите ответ выше этой строки|ответьте выше этой линии"},
	{"zh-Hans", "请在此行上方回复|请在此线上方回复|在这行上方回复"},
	{"zh-Hant", "請在此行上方回覆|請在此線上方回覆"},
}

// answersBelow announce answers between the lines of unmarked history, which then stays.
var answersBelow = []phrases{
	{"en", "see below|answers below|inline|in line|in red|in blue|answered below|comments below|my replies below|between the lines|responses below"},
	{"fr", "voir ci-dessous|ci-dessous|en rouge|en bleu|dans le texte"},
	{"de", "siehe unten|s. unten|s.u.|im text|in rot|in blau|unten im text|weiter unten"},
	{"es", "ver abajo|más abajo|en rojo|en azul|a continuación en|entre líneas"},
	{"it", "vedi sotto|qui sotto|in rosso|in blu|di seguito"},
	{"ja", "以下に回答|下記に回答|文中に|赤字|青字|インライン|下記の通り回答"},
	{"ms", "lihat di bawah|di bawah ini|warna merah"},
	{"vi", "xem bên dưới|bên dưới|màu đỏ|trả lời bên dưới"},
	{"th", "ดูด้านล่าง|ด้านล่าง|สีแดง"},
	{"id", "lihat di bawah|di bawah ini|warna merah|jawaban di bawah"},
	{"pt", "ver abaixo|veja abaixo|abaixo em|em vermelho|em azul|respostas abaixo"},
	{"ru", "см. ниже|смотрите ниже|ниже в тексте|красным|ответы ниже"},
	{"zh-Hans", "见下文|如下红字|红色|红字|蓝色|见下方|在下面回复|逐条回复"},
	{"zh-Hant", "見下文|如下紅字|紅色|紅字|藍色|見下方|在下面回覆|逐條回覆"},
}

// sentFrom are the lines a phone or an app adds; "…" stands for its name.
var sentFrom = []phrases{
	{"en", "sent from …|sent with …|sent via …|sent using …|sent on my …|get outlook for …|get bluemail for …|written on my …|typed on my …"},
	{"fr", "envoyé de mon …|envoyé depuis …|envoyé à partir de …|envoyé à partir d'…|envoyé avec …|envoyé par …|envoyé d'un …|envoyé d’un …|télécharger outlook pour …|obtenez outlook pour …|obtenir outlook pour …|provenance : …"},
	{"de", "von meinem … gesendet|von meiner … gesendet|gesendet von …|gesendet mit …|gesendet aus …|diese nachricht wurde von meinem … gesendet|outlook für … herunterladen|holen sie sich outlook für …|laden sie outlook für …"},
	{"es", "enviado desde …|enviado con …|enviado de …|enviado mediante …|obtener outlook para …|obtén outlook para …|descargar outlook para …"},
	{"it", "inviato da …|inviato dal …|inviata da …|inviato con …|inviato tramite …|inviato dall'…|scarica outlook per …|ottieni outlook per …"},
	{"ja", "…から送信|…より送信|…から送信されました|…を使用して送信|…を入手|…から送られました"},
	{"ms", "dihantar daripada …|dihantar dari …|dihantar menggunakan …|dihantar melalui …|dapatkan outlook untuk …"},
	{"vi", "được gửi từ …|gửi từ …|đã gửi từ …|gửi bằng …|được gửi bằng …|tải outlook cho …|nhận outlook dành cho …"},
	{"th", "ส่งจาก…|ส่งด้วย…|ถูกส่งจาก…|ส่งโดยใช้…|รับ outlook สำหรับ …|ดาวน์โหลด outlook สำหรับ …"},
	{"id", "dikirim dari …|dikirim dengan …|terkirim dari …|dikirim melalui …|dikirim menggunakan …|dapatkan outlook untuk …|unduh outlook untuk …"},
	{"pt", "enviado do …|enviado da …|enviado de …|enviado a partir do …|enviado com …|enviado via …|enviada do …|enviado pelo …|obter o outlook para …|baixar o outlook para …|obtenha o outlook para …"},
	{"ru", "отправлено с …|отправлено из …|отправлено через …|послано с …|написано с …|скачать outlook для …|получить outlook для …"},
	{"zh-Hans", "发自我的…|发自…|来自我的…|发送自…|从我的…发送|由我的…发送|获取 outlook for …|下载 outlook for …"},
	{"zh-Hant", "從我的…傳送|傳送自…|寄自…|發自我的…|發自…|來自我的…|由我的…傳送|取得 outlook for …|下載 outlook for …"},
}

// devices must stand where sentFrom has its "…": "Sent from my warehouse" is text.
var devices = []phrases{
	{"", "iphone|ipad|ipod|ios|android|samsung|galaxy|huawei|honor|xiaomi|redmi|oppo|vivo|oneplus|pixel|motorola|moto g|nokia|sony xperia|xperia|blackberry|windows|outlook|yahoo|aol|gmail|proton|qq|foxmail|网易|網易|neteasemail|netease|mailmaster|airmail|spark|bluemail|nine|fairemail|k-9|k9|thunderbird|gmx|web.de|mail.ru|yandex|mymail|mail app|email app|apple mail|superhuman|edison|tutanota|tuta|zoho|hey|docomo|au by|mi phone|surface|vodafone|t-mobile|verizon|at&t|boost|metropcs|tracfone|cricket|smartphone|tablet|mailbird|em client|lark|feishu|飞书|飛書"},
	{"en", "phone|mobile|mobile device|cell|handheld|wireless"},
	{"fr", "téléphone|portable|mobile|tablette"},
	{"de", "handy|mobiltelefon|mobilgerät|telefon"},
	{"es", "teléfono|móvil|celular|dispositivo"},
	{"it", "telefono|cellulare|dispositivo"},
	{"ja", "スマートフォン|スマホ|携帯|タブレット"},
	{"ms", "telefon|peranti"},
	{"vi", "điện thoại|thiết bị"},
	{"th", "โทรศัพท์|มือถือ|อุปกรณ์|ไอโฟน"},
	{"id", "ponsel|telepon|perangkat|hp saya"},
	{"pt", "telefone|telemóvel|celular|dispositivo|smartphone"},
	{"ru", "телефона|смартфона|планшета|почты|устройства|почта"},
	{"zh-Hans", "手机|邮箱|移动设备|平板|邮件大师"},
	{"zh-Hant", "手機|信箱|行動裝置|平板"},
}

// footers are lines that programs, not people, put below a mail.
var footers = []phrases{
	{"", "yahoo mail: search, organize, conquer|virus-free.|virenfrei.|sans virus.|libre de virus.|privo di virus.|livre de vírus.|без вирусов.|無毒。|没有病毒。|www.avast.com|www.avg.com"},
}

// phraseTables are the look-up forms of the tables above, built on first use.
type phraseTables struct {
	verbs, infixes, leads []string
	labels                map[string]headerField
	originals, forwards   map[string]bool
	replyAbove, below     []string
	sentFrom              [256][]appLine // by the first byte; 0 where the name comes first
	devices               []string
	footers               []string
}

var tables = sync.OnceValue(func() *phraseTables {
	t := &phraseTables{
		verbs:      words(attributionVerbs),
		infixes:    words(attributionInfixes),
		leads:      words(attributionLeads),
		originals:  set(words(originalMarkers)),
		forwards:   set(words(forwardMarkers)),
		replyAbove: words(replyAboveMarkers),
		below:      words(answersBelow),
		sentFrom:   appLines(words(sentFrom)),
		devices:    words(devices),
		footers:    words(footers),
		labels:     make(map[string]headerField),
	}
	for field, rows := range headerLabels {
		for _, label := range words(rows) {
			t.labels[string(appendLabel(nil, label))] |= field
		}
	}
	return t
})

// appLine is what stands before and behind the name of a device or an app.
type appLine struct{ before, after string }

func appLines(list []string) (by [256][]appLine) {
	for _, phrase := range list {
		before, after, _ := strings.Cut(phrase, "…")
		l := appLine{strings.TrimSpace(before), strings.TrimSpace(after)}
		first := byte(0)
		if l.before != "" {
			first = l.before[0]
		}
		by[first] = append(by[first], l)
	}
	return by
}

// words lists the phrases of all languages once each.
func words(rows []phrases) []string {
	var list []string
	seen := make(map[string]bool)
	for _, row := range rows {
		row.each(func(word string) {
			if word = strings.ToLower(word); word != "" && !seen[word] {
				seen[word] = true
				list = append(list, word)
			}
		})
	}
	return list
}

func set(list []string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, word := range list {
		m[word] = true
	}
	return m
}

func withoutSpaces(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\u00a0', '\u3000', '\u202f', '\u2009':
			return -1
		}
		return r
	}, s)
}
