package corpus

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jhillyerd/enmime/v2"
)

var testNow = time.Date(2026, 3, 9, 14, 5, 0, 0, time.UTC)

func write(t *testing.T, run string, load func() ([]Entry, error)) []Letter {
	t.Helper()
	entries, err := load()
	if err != nil {
		t.Fatal(err)
	}
	w := Writer{
		Mailboxes: map[string]Mailbox{"seller": {"support@lumenhaus.example", "Lumenhaus"}, "shop": {"hello@birchandbrass.example", "Birch & Brass"}},
		Host:      "mx.lumenhaus.example", Now: testNow, Run: run,
	}
	letters, err := w.Write(entries)
	if err != nil {
		t.Fatal(err)
	}
	return letters
}

func TestEveryMailReadsAsWritten(t *testing.T) {
	letters := slices.Concat(write(t, "seed", Seeds), write(t, "1", Arrivals))
	ids := map[string]string{}
	parser := enmime.NewParser(enmime.DisableCharacterDetection(true)) // it takes short Spanish in UTF-8 for Latin-1
	for _, l := range letters {
		envelope, err := parser.ReadEnvelope(bytes.NewReader(l.Raw))
		if err != nil {
			t.Errorf("%s: %v", l.ID, err)
			continue
		}
		for _, e := range envelope.Errors {
			if l.Parts != "html" || e.Name != enmime.ErrorPlainTextFromHTML {
				t.Errorf("%s: %s", l.ID, e.Error())
			}
		}
		if bytes.Contains(l.Raw, []byte("{{")) || bytes.Contains(l.Raw, []byte("<no value>")) {
			t.Errorf("%s: a placeholder was left", l.ID)
		}
		text := envelope.Text
		if l.Parts == "html" {
			text = envelope.HTML
		}
		if first, _, _ := strings.Cut(l.Facts.Text, "\n"); l.Parts != "html" && !strings.Contains(text, first) {
			t.Errorf("%s: the text does not hold %q:\n%s", l.ID, first, text)
		} else if text == "" {
			t.Errorf("%s: no text", l.ID)
		}
		if got := envelope.GetHeader("Subject"); got != l.Subject && !strings.HasPrefix(l.Subject, got) {
			t.Errorf("%s: subject = %q, want %q", l.ID, got, l.Subject)
		}
		for _, key := range []string{"From", "Reply-To"} {
			if list, err := envelope.AddressList(key); envelope.GetHeader(key) != "" && (err != nil || len(list) != 1) {
				t.Errorf("%s: %s %q: %v, %v", l.ID, key, envelope.GetHeader(key), list, err)
			}
		}
		if other := ids[l.MessageID]; other != "" || l.MessageID == "" {
			t.Errorf("%s and %s share Message-ID %q", l.ID, other, l.MessageID)
		}
		ids[l.MessageID] = l.ID
		if date, err := envelope.Date(); err != nil || !date.Equal(l.Facts.Date.Truncate(time.Second)) {
			t.Errorf("%s: date = %v, %v", l.ID, date, err)
		}
		if lone := regexp.MustCompile(`[^\r]\n|\r[^\n]`).Find(l.Raw); lone != nil {
			t.Errorf("%s: a line end that is not CRLF near %q", l.ID, lone)
		}
	}
}

func TestCorpusCovers(t *testing.T) {
	letters := write(t, "seed", Seeds)
	if len(letters) < 64 {
		t.Errorf("%d mails, want at least 64", len(letters))
	}
	for what, want := range map[string]struct {
		of   func(Letter) string
		need string
	}{
		"language": {func(l Letter) string { return l.Language }, "en-US en-GB fr de es it ja ms vi th id pt ru zh-Hans zh-Hant"},
		"type":     {func(l Letter) string { return l.Type }, "buyer message|pre-sale enquiry|after-sale enquiry|channel notification|Amazon Q&A|other mail|automatic mail"},
		"intent": {func(l Letter) string { return l.Intent }, "where is my order|refund|return|replacement|cancel|damaged|wrong item|missing part|defective/warranty|" +
			"address change|invoice|product question|compatibility|stock|bulk/price|shipping cost/time|claim/chargeback|negative review|thanks|spam|other"},
		"site":    {func(l Letter) string { return l.Site }, strings.Join(slices.Collect(maps.Keys(sites)), "|")},
		"charset": {func(l Letter) string { return l.Charset }, "utf-8|gb18030|big5|iso-2022-jp|shift_jis|windows-1252|koi8-r"},
		"auth":    {func(l Letter) string { return l.Auth }, "pass|fail|none"},
		"folder":  {func(l Letter) string { return l.Folder }, "INBOX|Sent|Junk"},
		"parts":   {func(l Letter) string { return l.Parts }, "text|html|"},
	} {
		have := map[string]int{}
		for _, l := range letters {
			have[want.of(l)]++
		}
		need := strings.Split(want.need, "|")
		if what == "language" {
			need = strings.Fields(want.need)
		}
		for _, value := range need {
			if have[value] == 0 {
				t.Errorf("no mail with %s %q", what, value)
			}
			delete(have, value)
		}
		for value := range have {
			t.Errorf("%s %q is not one of the known", what, value)
		}
	}
}

func TestCorpusAges(t *testing.T) {
	var minutes, nearDay, nearTwo, overdue int
	for _, l := range write(t, "seed", Seeds) {
		switch {
		case l.Age <= 0 || l.Age > 25*24*time.Hour:
			t.Errorf("%s is %v old", l.ID, l.Age)
		case l.Age < time.Hour:
			minutes++
		case l.Age > 22*time.Hour && l.Age < 24*time.Hour:
			nearDay++
		case l.Age > 46*time.Hour && l.Age < 48*time.Hour:
			nearTwo++
		case l.Age > 48*time.Hour && !l.Seen:
			overdue++
		}
	}
	if minutes < 3 || nearDay < 3 || nearTwo < 1 || overdue < 3 {
		t.Errorf("minutes %d, near 24 h %d, near 48 h %d, overdue %d", minutes, nearDay, nearTwo, overdue)
	}
}

func TestCorpusShapes(t *testing.T) {
	shapes := map[string]*regexp.Regexp{
		"amazon-buyer":  regexp.MustCompile(`(?s)X-Space-Notification-Type: BBC_MESSAGE_SENT_TO_MERCHANT.*@marketplace\.amazon\.|@marketplace\.amazon\..*BBC_MESSAGE_SENT_TO_MERCHANT`),
		"walmart-buyer": regexp.MustCompile(`[0-9a-f]{32}@relay\.walmart\.com`),
		"ebay-buyer":    regexp.MustCompile(`[0-9a-f]{20}@members\.ebay\.`),
		"newegg-buyer":  regexp.MustCompile(`[a-z0-9.]+@marketplace\.newegg\.com`),
		"tiktok-notice": regexp.MustCompile(`@shop\.tiktok\.com`),
	}
	orders := map[string]string{
		"amazon": `^\d{3}-\d{7}-\d{7}$`, "walmart": `^(2000\d{11}|\d{10})$`, "ebay": `^\d{2}-\d{5}-\d{5}$`,
	}
	for _, l := range slices.Concat(write(t, "seed", Seeds), write(t, "1", Arrivals)) {
		if shape := shapes[l.Form]; shape != nil && !shape.Match(l.Raw) {
			t.Errorf("%s does not look like %s", l.ID, l.Form)
		}
		if order := orders[sites[l.Site].platform]; order != "" && l.Facts.Order != "" && !regexp.MustCompile(order).MatchString(l.Facts.Order) {
			t.Errorf("%s: order %s", l.ID, l.Facts.Order)
		}
		if l.Folder != "Sent" && l.Auth != "none" && !bytes.Contains(l.Raw, []byte("Authentication-Results: mx.lumenhaus.example;")) {
			t.Errorf("%s lacks Authentication-Results", l.ID)
		}
	}
}

func TestThreadOfNineQuotesAllBefore(t *testing.T) {
	for _, l := range write(t, "seed", Seeds) {
		if l.ID != "thread-09" {
			continue
		}
		if len(l.References) != 9 {
			t.Errorf("%d references, want 9", len(l.References))
		}
		if !strings.Contains(l.Facts.Quote, ">>>>>>>> Hi Birch & Brass,") && !strings.Contains(l.Facts.Quote, "three of us plus a dog") {
			t.Errorf("the first mail is not quoted:\n%s", l.Facts.Quote)
		}
		return
	}
	t.Error("no thread-09")
}

func TestAnswersInEveryLanguage(t *testing.T) {
	answers, err := LoadAnswers()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range write(t, "seed", Seeds) {
		base, _, _ := strings.Cut(l.Language, "-")
		occasions := answers[l.Language]
		if occasions == nil {
			occasions = answers[base]
		}
		for _, occasion := range []string{"problem 1", "problem 2", "question 1", "question 2", "thanks"} {
			if len(occasions[occasion]) == 0 {
				t.Fatalf("%s: no answer for %s", l.Language, occasion)
			}
		}
		if quoting[l.Language].line == "" && quoting[base].line == "" {
			t.Errorf("%s: no way to quote", l.Language)
		}
	}
}

func TestQuoteByClient(t *testing.T) {
	q := Quoted{From: "Jo", Address: "jo@shop.example", To: "Ana", Subject: "Hooks", Date: testNow, Text: "One\n> Two"}
	for _, test := range []struct{ client, language, want string }{
		{"gmail", "en-US", "On Mon, Mar 9, 2026 at 2:05 PM Jo <jo@shop.example> wrote:\n\n> One\n>> Two\n"},
		{"apple", "de", "Am Mo., 9. März 2026 um 14:05 Uhr schrieb Jo <jo@shop.example>:\n\n> One\n>> Two\n"},
		{"gmail", "ja", "2026年3月9日(月) 14:05 Jo <jo@shop.example>:\n\n> One\n>> Two\n"},
		{"netease", "zh-Hans", "\n在 2026-03-09 14:05:00，\"Jo\" <jo@shop.example> 写道：\n> One\n>> Two\n"},
		{"proton", "en", "-------- Original Message --------\nOn Mon, Mar 9, 2026 at 2:05 PM Jo <jo@shop.example> wrote:\n\n> One\n>> Two\n"},
		{"qq", "zh-Hans", "------------------ 原始邮件 ------------------\n发件人: Jo <jo@shop.example>\n发送时间: 2026-03-09 14:05\n收件人: Ana\n主题: Hooks\n\nOne\n> Two\n"},
		{"outlook", "es", "________________________________\nDe: Jo <jo@shop.example>\nEnviado: 2026-03-09 14:05\nPara: Ana\nAsunto: Hooks\n\nOne\n> Two\n"},
	} {
		if got := Quote(test.client, test.language, q); got != test.want {
			t.Errorf("%s %s:\n%s\nwant\n%s", test.client, test.language, got, test.want)
		}
	}
}

func TestEncodedHeadersReadBack(t *testing.T) {
	for charset, value := range map[string]string{
		"utf-8":       "Réjean 😂 " + strings.Repeat("très long ", 20),
		"iso-2022-jp": "三輪 慎太郎の発送予定日を教えていただけますでしょうか" + strings.Repeat("よろしく", 20),
		"big5":        strings.Repeat("陳柏宇", 30),
		"koi8-r":      "Прислали не те ручки",
	} {
		m := Mail{Header: []Field{{"Subject", value}, {"From", "a@b.example"}}, Text: "x", Charset: charset}
		raw, err := m.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		envelope, err := enmime.ReadEnvelope(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if got := envelope.GetHeader("Subject"); got != strings.TrimSpace(value) && got != value {
			t.Errorf("%s: %q, want %q", charset, got, value)
		}
		for line := range strings.Lines(string(raw)) {
			if len(line) > 100 {
				t.Errorf("%s: a line of %d octets", charset, len(line))
			}
		}
	}
}

func TestParseAge(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"35m": 35 * time.Minute, "26h30m": 26*time.Hour + 30*time.Minute, "3d": 72 * time.Hour, "2d4h": 52 * time.Hour,
	} {
		if got, err := parseAge(text); err != nil || got != want {
			t.Errorf("%s = %v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "d", "3x", "3d4"} {
		if got, err := parseAge(bad); err == nil {
			t.Errorf("%q = %v, want an error", bad, got)
		}
	}
}

func TestUnknownKeyIsAnError(t *testing.T) {
	if _, err := parseEntry("x", "langauge: en\n\nHi\n"); err == nil {
		t.Error("a misspelt key was taken")
	}
}

func FuzzParseEntry(f *testing.F) {
	f.Add("form: plain\nage: 2d4h\nSubject: a\n b\n\nHi {{.Name}}\n%% html\n<p>\n")
	f.Add(":\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parseEntry("x", text)
		if err == nil && e.Thread == "x" && strings.Contains(e.Text, htmlMark) {
			t.Errorf("the mark stayed in the text: %q", e.Text)
		}
	})
}

func FuzzEncodeHeader(f *testing.F) {
	f.Add("Réjean <a@b.example>", "utf-8")
	f.Add(`"`, "iso-2022-jp")
	f.Fuzz(func(t *testing.T, value, charset string) {
		enc, err := encoder(charset)
		if err != nil {
			return
		}
		encoded, err := encodeHeader(value, charset, enc)
		if err == nil && !isASCII(encoded) {
			t.Errorf("%q became %q", value, encoded)
		}
	})
}
