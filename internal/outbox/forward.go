package outbox

import (
	"context"
	"slices"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
)

// Forward names the mail that is passed on, and which of its attachments go along.
type Forward struct {
	Conversation desk.Conversation
	Message      desk.MessageID
	Attachments  []int // their places in the message
}

// forwarded puts the original below the text, in the original's own language,
// and its attachments beside the new ones.
func (o *Outbox) forwarded(ctx context.Context, m Mail, out *Composed) (desk.Message, error) {
	f := m.Forward
	messages, err := o.State.Messages(ctx, f.Conversation.Org, f.Conversation.ID)
	if err != nil {
		return desk.Message{}, err
	}
	i := slices.IndexFunc(messages, func(m desk.Message) bool { return m.ID == f.Message })
	if i < 0 {
		return desk.Message{}, desk.Errorf(desk.NotFound, "not_found", "there is no such message")
	}
	original := messages[i]
	if out.Subject == "" {
		out.Subject = ForwardSubject(original.Subject)
	}
	for _, place := range f.Attachments {
		if place < 0 || place >= len(original.Attachments) {
			return original, desk.Errorf(desk.NotFound, "not_found", "there is no such attachment")
		}
		file := original.Attachments[place]
		if refusedName(file.Name) {
			return original, errRefused(file.Name)
		}
		if original.Send == nil { // by reference: the sender reads it from the raw mail
			file.Key, file.Part = mailbox.RawKey(f.Conversation.Org, f.Conversation.Mailbox, original.ID), place+1
		}
		file.Inline, file.ContentID = false, ""
		out.Files = append(out.Files, file)
	}
	out.Appended = quoted(original, originalLanguage(original, f.Conversation))
	return original, nil
}

func originalLanguage(m desk.Message, c desk.Conversation) desk.Language {
	if m.Language != "" {
		return m.Language
	}
	return c.Labels.Language.Value
}

// quoted is the original under a block of its headers.
func quoted(m desk.Message, lang desk.Language) string {
	words, ok := forwardWords[lang]
	if !ok {
		words = forwardWords["en"]
	}
	var b strings.Builder
	b.WriteString("---------- " + words.title + " ----------\n")
	line := func(label, value string) {
		if value != "" {
			b.WriteString(label + ": " + oneLine(value) + "\n")
		}
	}
	line(words.from, spelled(m.From))
	line(words.date, m.At.UTC().Format("2006-01-02 15:04 UTC"))
	line(words.subject, m.Subject)
	line(words.to, spelled(m.To...))
	line(words.copy, spelled(m.Cc...))
	b.WriteString("\n" + strings.Trim(unixLines(m.Text), "\n") + "\n")
	return b.String()
}

func spelled(list ...desk.Contact) string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = c.Address
		if c.Name != "" && c.Name != c.Address {
			out[i] = c.Name + " <" + c.Address + ">"
		}
	}
	return strings.Join(out, ", ")
}

// ForwardSubject puts one "Fwd:" before a subject that has none.
func ForwardSubject(subject string) string {
	for _, mark := range []string{"fwd:", "fw:"} {
		if len(subject) >= len(mark) && strings.EqualFold(subject[:len(mark)], mark) {
			return subject
		}
	}
	return "Fwd: " + subject
}

// forwardWords head a forwarded mail, in its own language.
var forwardWords = map[desk.Language]struct{ title, from, date, subject, to, copy string }{
	"en":      {"Forwarded message", "From", "Date", "Subject", "To", "Cc"},
	"fr":      {"Message transféré", "De", "Date", "Objet", "À", "Cc"},
	"de":      {"Weitergeleitete Nachricht", "Von", "Datum", "Betreff", "An", "Kopie"},
	"es":      {"Mensaje reenviado", "De", "Fecha", "Asunto", "Para", "Cc"},
	"it":      {"Messaggio inoltrato", "Da", "Data", "Oggetto", "A", "Cc"},
	"ja":      {"転送されたメッセージ", "差出人", "日時", "件名", "宛先", "Cc"},
	"ms":      {"Mesej dimajukan", "Daripada", "Tarikh", "Subjek", "Kepada", "Sk"},
	"vi":      {"Thư được chuyển tiếp", "Từ", "Ngày", "Chủ đề", "Đến", "Cc"},
	"th":      {"ข้อความที่ส่งต่อ", "จาก", "วันที่", "หัวเรื่อง", "ถึง", "สำเนา"},
	"id":      {"Pesan yang diteruskan", "Dari", "Tanggal", "Subjek", "Kepada", "Cc"},
	"pt":      {"Mensagem encaminhada", "De", "Data", "Assunto", "Para", "Cc"},
	"ru":      {"Пересылаемое сообщение", "От", "Дата", "Тема", "Кому", "Копия"},
	"zh-Hans": {"转发的邮件", "发件人", "日期", "主题", "收件人", "抄送"},
	"zh-Hant": {"轉寄的郵件", "寄件者", "日期", "主旨", "收件者", "副本"},
}

// Rules of forwarding, which are our own.
const (
	// RuleOutside asks why a buyer's mail goes to somebody outside.
	RuleOutside = "general.forward_outside"
	// RuleAround stops a forward to an address that the buyer wrote into a
	// marketplace's mail: an answer that goes around the marketplace.
	RuleAround = "general.forward_around"
)

// outside finds recipients of a forward who are not of the organisation, and
// those who are the marketplace's buyer by another road.
func outside(c *Composed, m Mail, original desk.Message) []desk.Finding {
	own := map[string]bool{}
	for _, address := range m.Colleagues {
		own[strings.ToLower(address)] = true
	}
	written := strings.ToLower(original.Text + " " + original.From.Address + " " + spelled(original.Cc...))
	var found []desk.Finding
	for _, to := range slices.Concat(c.To, c.Cc, c.Bcc) {
		address := strings.ToLower(to.Address)
		switch {
		case own[address]:
		case m.Forward.Conversation.Store.Marketplace() != desk.OwnShop && strings.Contains(written, address):
			found = append(found, desk.Finding{Rule: RuleAround, Severity: desk.Block, Excerpt: to.Address, Source: "Q Quilldesk"})
		default:
			found = append(found, desk.Finding{Rule: RuleOutside, Severity: desk.Warn, Excerpt: to.Address, Source: "Q Quilldesk"})
		}
	}
	return found
}
