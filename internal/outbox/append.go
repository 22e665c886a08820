package outbox

import (
	"fmt"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// HistoryByDefault reports whether earlier messages are quoted unless the agent
// says otherwise: never on a marketplace, which shows the thread itself.
func HistoryByDefault(store desk.Store) bool { return store.Marketplace() == desk.OwnShop }

// Appended is what goes below the agent's text: eBay's reference line, without
// which the marketplace refuses the mail, then the history when it is wanted.
func Appended(c desk.Conversation, last desk.Message, history bool, lang desk.Language) string {
	var b strings.Builder
	if c.Route.Reference != "" {
		b.WriteString("Email reference id: " + c.Route.Reference + "\n")
	}
	if history && last.Text != "" {
		if b.Len() > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, wrote(lang)+"\n", last.At.UTC().Format("2006-01-02 15:04 UTC"), name(last.From))
		for line := range strings.Lines(strings.TrimRight(last.Text, "\n")) {
			b.WriteString("> " + strings.TrimRight(line, "\r\n") + "\n")
		}
	}
	return b.String()
}

func name(c desk.Contact) string {
	if c.Name != "" {
		return c.Name
	}
	return c.Address
}

// attributions introduce quoted history: date, then name.
var attributions = map[desk.Language]string{
	"fr": "Le %s, %s a écrit :", "de": "Am %s schrieb %s:", "es": "El %s, %s escribió:", "it": "Il %s, %s ha scritto:",
	"ja": "%s、%s のメール：", "ms": "Pada %s, %s menulis:", "vi": "Vào %s, %s đã viết:", "th": "เมื่อ %s, %s เขียนว่า:",
	"id": "Pada %s, %s menulis:", "pt": "Em %s, %s escreveu:", "ru": "%s, %s пишет:", "zh-Hans": "%s，%s 写道：", "zh-Hant": "%s，%s 寫道：",
}

func wrote(lang desk.Language) string {
	if a, ok := attributions[lang]; ok {
		return a
	}
	return "On %s, %s wrote:"
}

// body is the text of the mail: what the agent wrote and what is appended.
func body(text, appended string) string {
	text = strings.TrimRight(text, "\n")
	if appended == "" {
		return text + "\n"
	}
	return text + "\n\n" + appended
}
