package corpus

import (
	"fmt"
	"net/mail"
	"strings"
	"time"
)

// Mailbox is the account a letter is written to.
type Mailbox struct{ Address, Name string }

// Letter is an entry with dates, ids and numbers: a mail as it lies in the mailbox.
type Letter struct {
	Entry
	Facts      Facts
	MessageID  string
	From       string
	Subject    string
	ReplyTo    string   // bare address an answer goes to
	References []string // message ids of the thread, this one included
	Raw        []byte
}

// Writer turns entries into letters.
type Writer struct {
	Mailboxes map[string]Mailbox // by role
	Host      string             // of the seller's mail host, for trace headers
	Now       time.Time
	Run       string // another run of the same entry gets other ids and numbers
}

// Write turns entries into letters, in their order. An entry that answers another must come
// after it.
func (w *Writer) Write(entries []Entry) ([]Letter, error) {
	written := map[string]*Letter{}
	letters := make([]Letter, len(entries))
	for i, entry := range entries {
		earlier := written[entry.Answers]
		if (entry.Answers != "" || entry.Form == "dsn") && earlier == nil {
			return nil, fmt.Errorf("corpus entry %s answers %q, which is not before it", entry.ID, entry.Answers)
		}
		letter, err := w.letter(entry, earlier)
		if err != nil {
			return nil, fmt.Errorf("corpus entry %s: %w", entry.ID, err)
		}
		letters[i] = *letter
		written[entry.ID] = &letters[i]
	}
	return letters, nil
}

func (w *Writer) letter(entry Entry, earlier *Letter) (*Letter, error) {
	facts, err := w.facts(entry, earlier)
	if err != nil {
		return nil, err
	}
	extra, err := expandFields(entry.Header, facts)
	if err != nil {
		return nil, err
	}
	m, err := Render(entry.Form, facts, extra)
	if err != nil {
		return nil, err
	}
	w.shape(m, entry)
	letter := &Letter{
		Entry: entry, Facts: facts,
		MessageID: m.Get("Message-ID"), From: m.Get("From"), Subject: m.Get("Subject"), ReplyTo: bareAddress(m),
	}
	if earlier != nil {
		letter.References = append(letter.References, earlier.References...)
		m.Header = append(m.Header,
			Field{"In-Reply-To", earlier.MessageID},
			Field{"References", strings.Join(earlier.References, " ")})
	}
	letter.References = append(letter.References, letter.MessageID)
	if entry.Form == "dsn" {
		m.Report = reportOn(earlier, w.Host)
	}
	if entry.Folder != "Sent" {
		m.Trace(w.Host, w.Mailboxes[entry.Account].Address, entry.Auth)
	}
	letter.Raw, err = m.Bytes()
	return letter, err
}

// facts makes up what the entry leaves open. What a thread shares depends on the thread only.
func (w *Writer) facts(entry Entry, earlier *Letter) (Facts, error) {
	s, ok := sites[entry.Site]
	if !ok {
		return Facts{}, fmt.Errorf("unknown site %q", entry.Site)
	}
	seed := w.Run + "/" + entry.Account + "/" + entry.Thread
	mailbox := w.Mailboxes[entry.Account]
	facts := Facts{
		Site: entry.Site, Language: entry.Language, Name: entry.Name, Product: entry.Product, Topic: entry.Topic,
		Alias:  fillAlias(s.alias, seed+"/alias"),
		Case:   Token(8, seed, "case"),
		Order:  entry.Order,
		Item:   itemNumber(s, entry.Product),
		Ref:    "a05-" + Token(10, seed, entry.ID, "ref"),
		Token:  strings.ToUpper(Token(24, seed, entry.ID, "token")),
		Unique: Token(26, seed, entry.ID, "id"),
		Seller: mailbox.Address, Shop: mailbox.Name,
		Date: w.Now.Add(-entry.Age),
	}
	switch entry.Order {
	case "":
		facts.Order = fill(s.order, seed+"/order")
	case "none":
		facts.Order = ""
	}
	if entry.Case == "none" || s.platform != "amazon" {
		facts.Case = ""
	}
	text, err := expand(entry.Text, facts)
	if err != nil {
		return Facts{}, err
	}
	facts.HTML, err = expand(entry.HTML, facts)
	if err != nil {
		return Facts{}, err
	}
	facts.Text = text
	if earlier != nil && entry.Client != "" {
		facts.Quote = Quote(entry.Client, entry.Language, earlier.quoted())
	}
	return facts, nil
}

func itemNumber(s site, product string) string {
	shapes := map[string]string{
		"amazon": "B0DAAAAAAA", "ebay": "1ddddddddddd", "walmart": "5dddddddd", "newegg": "9SIAAAAAAA", "tiktok": "1729ddddddddddddddd",
	}
	shape := strings.ReplaceAll(shapes[s.platform], "A", "a")
	return strings.ToUpper(fill(shape, product))
}

func (l *Letter) quoted() Quoted {
	name, address := l.From, ""
	if parsed, err := mail.ParseAddress(l.From); err == nil {
		name, address = parsed.Name, parsed.Address
	}
	q := Quoted{From: name, Address: address, To: l.Facts.Seller, Subject: l.Subject, Date: l.Facts.Date, Text: l.Facts.Text}
	if l.Facts.Quote != "" {
		q.Text += "\n\n" + l.Facts.Quote
	}
	return q
}

// bareAddress is where a mail client sends the answer.
func bareAddress(m *Mail) string {
	for _, name := range []string{"Reply-To", "From"} {
		if parsed, err := mail.ParseAddress(m.Get(name)); err == nil {
			return parsed.Address
		}
	}
	return ""
}

func expandFields(fields []Field, facts Facts) ([]Field, error) {
	var out []Field
	for _, field := range fields {
		value, err := expand(field.Value, facts)
		if err != nil {
			return nil, fmt.Errorf("header %s: %w", field.Name, err)
		}
		out = append(out, Field{field.Name, value})
	}
	return out, nil
}

// shape applies what the entry says about charset, parts and attachments.
func (w *Writer) shape(m *Mail, entry Entry) {
	m.Charset, m.Encoding = entry.Charset, entry.Encoding
	switch entry.Parts {
	case "text":
		m.HTML = ""
	case "html":
		m.Text = ""
	}
	if entry.Attach == "" {
		return
	}
	for name := range strings.SplitSeq(entry.Attach, ",") {
		m.Attach = append(m.Attach, attachment(strings.TrimSpace(name)))
	}
}
