// Package corpus is invented marketplace mail that looks as real buyers and marketplaces write
// it. Texts are UTF-8 files a person can read and correct; the marketplace's wrapping, the
// charset and the MIME structure are put around them here.
//
// An entry is a block of "key: value" lines, an empty line and the text. Lower-case keys
// describe the mail, capitalised ones are header fields of it. Values and text may name the
// entry's facts, as in {{.Order}}. A line "%% html" starts the HTML version where the form's own
// will not do.
package corpus

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed mails/*.txt arrivals/*.txt forms/*.txt answers/*.txt
var files embed.FS

// Entry is one mail of the corpus, before it gets dates, ids and order numbers.
type Entry struct {
	ID       string // the file's name
	Account  string // role of the account it lies in: seller or shop
	Folder   string
	Age      time.Duration // how old it is when the demo is seeded
	Seen     bool
	Form     string // the wrapping, a file of forms/
	Site     string // amazon.com … newegg.ca, tiktok, shop
	Type     string // the words of product.md §3
	Intent   string
	Language string // BCP 47
	Name     string // the buyer
	Order    string // a number, "" to make one up, "none" before a sale
	Product  string
	Topic    string // Amazon's and eBay's subject
	Thread   string // entries of one thread share buyer, alias and order
	Answers  string // ID of the entry this one answers
	Client   string // mail client, which decides how the answered mail is quoted; "" quotes nothing
	Charset  string
	Encoding string // base64, quoted-printable or 8bit; "" picks by charset
	Parts    string // text, html or "" for both
	Auth     string // Authentication-Results: pass, fail or none
	Case     string // "none": an Amazon relay without "+case"
	Attach   string // photo.png, invoice.pdf; several with commas
	Header   []Field
	Text     string
	HTML     string
}

// Field is one header field, decoded.
type Field struct{ Name, Value string }

const htmlMark = "%% html\n"

// Seeds returns the mails of a fresh demo, oldest first.
func Seeds() ([]Entry, error) {
	entries, err := load("mails")
	slices.SortStableFunc(entries, func(a, b Entry) int { return int(b.Age - a.Age) })
	return entries, err
}

// Arrivals returns the pool that new mail is taken from, in turn.
func Arrivals() ([]Entry, error) { return load("arrivals") }

func load(dir string) ([]Entry, error) {
	names, err := fs.Glob(files, dir+"/*.txt")
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		entry, err := parseEntry(strings.TrimSuffix(path.Base(name), ".txt"), string(text))
		if err != nil {
			return nil, fmt.Errorf("corpus file %s: %w", name, err)
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

func parseEntry(id, text string) (Entry, error) {
	e := Entry{ID: id, Account: "seller", Folder: "INBOX", Charset: "utf-8", Auth: "pass", Thread: id}
	header, body, err := parseBlock(text)
	if err != nil {
		return Entry{}, err
	}
	for _, field := range header {
		if err := e.set(field); err != nil {
			return Entry{}, err
		}
	}
	e.Text, e.HTML, _ = strings.Cut(body, htmlMark)
	e.Text = strings.TrimSpace(e.Text)
	return e, nil
}

// parseBlock splits "key: value" lines from what follows the first empty line. A line that
// starts with a space continues the one before.
func parseBlock(text string) ([]Field, string, error) {
	head, body, _ := strings.Cut(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n")
	var fields []Field
	for line := range strings.Lines(head) {
		if strings.HasPrefix(line, " ") && len(fields) > 0 {
			fields[len(fields)-1].Value += " " + strings.TrimSpace(line)
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		if !ok || key == "" {
			return nil, "", fmt.Errorf("line %q is not key: value", strings.TrimSpace(line))
		}
		fields = append(fields, Field{key, strings.TrimSpace(value)})
	}
	return fields, body, nil
}

func (e *Entry) set(field Field) error {
	if c := field.Name[0]; 'A' <= c && c <= 'Z' {
		e.Header = append(e.Header, field)
		return nil
	}
	switch field.Name {
	case "age":
		age, err := parseAge(field.Value)
		e.Age = age
		return err
	case "seen":
		e.Seen = field.Value == "yes"
		return nil
	}
	target, ok := map[string]*string{
		"account": &e.Account, "folder": &e.Folder, "form": &e.Form, "site": &e.Site, "type": &e.Type,
		"intent": &e.Intent, "language": &e.Language, "name": &e.Name, "order": &e.Order,
		"product": &e.Product, "topic": &e.Topic, "thread": &e.Thread, "answers": &e.Answers,
		"client": &e.Client, "charset": &e.Charset, "encoding": &e.Encoding, "parts": &e.Parts,
		"auth": &e.Auth, "case": &e.Case, "attach": &e.Attach,
	}[field.Name]
	if !ok {
		return fmt.Errorf("unknown key %q", field.Name)
	}
	*target = field.Value
	return nil
}

// parseAge reads a duration that may start with days, as in "3d4h".
func parseAge(s string) (time.Duration, error) {
	days, rest, ok := strings.Cut(s, "d")
	if !ok {
		return time.ParseDuration(s)
	}
	n, err := strconv.Atoi(days)
	if err != nil {
		return 0, fmt.Errorf("age %q: %w", s, err)
	}
	age := time.Duration(n) * 24 * time.Hour
	if rest == "" {
		return age, nil
	}
	more, err := time.ParseDuration(rest)
	return age + more, err
}
