package main

import (
	"bufio"
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/demomail/corpus"
	"github.com/quilldesk/quilldesk/internal/desk"
)

//go:embed cases/*.jsonl
var caseFiles embed.FS

// Splits of the cases: the word lists may be tuned on dev, never on the others.
// Plain and check were written after the tuning, in everyday words and in words
// that avoid these.
const (
	dev   = "dev"
	test  = "test"
	plain = "plain"
	check = "check"
)

// polarity is a sentiment without its strength.
type polarity string

const (
	unhappy polarity = "negative"
	neutral polarity = "neutral"
	happy   polarity = "positive"
)

var polarityOf = map[desk.Sentiment]polarity{
	desk.VeryNegative: unhappy, desk.Negative: unhappy, desk.Neutral: neutral, desk.Positive: happy, desk.VeryPositive: happy,
}

// mailCase is one mail of the evaluation: how it reached the mailbox, and the
// labels a person gave it. A label that is empty is not judged.
type mailCase struct {
	ID       string        `json:"id"`
	Language desk.Language `json:"language"`

	// Form is the marketplace's form around the words, a file of the demo's
	// forms; "" is plain mail to an own shop. Order is "none" for mail without an
	// order number in the form, "" for one that is made up.
	Form    string            `json:"form,omitempty"`
	Site    string            `json:"site,omitempty"`
	Order   string            `json:"order,omitempty"`
	Name    string            `json:"name,omitempty"`
	Product string            `json:"product,omitempty"`
	Topic   string            `json:"topic,omitempty"`
	Header  map[string]string `json:"header,omitempty"`
	Text    string            `json:"text"`
	// HTML, Parts and Attach are for attacks: HTML that replaces the words, "html"
	// for mail without plain text, the name of a file.
	HTML   string `json:"-"`
	Parts  string `json:"-"`
	Attach string `json:"-"`
	// Mailbox is "amazon" for one that serves Amazon alone, where mail of no
	// marketplace is no buyer's; else the mailbox serves every store.
	Mailbox string `json:"mailbox,omitempty"`

	Type          desk.Type     `json:"type"`
	Intent        desk.Intent   `json:"intent,omitempty"`
	RefundOrClaim *bool         `json:"refund_or_claim,omitempty"`
	Priority      desk.Priority `json:"priority,omitempty"`
	Sentiment     polarity      `json:"sentiment,omitempty"`
}

// readCases reads a split and holds every label to its set.
func readCases(split string) ([]mailCase, error) {
	data, err := caseFiles.ReadFile("cases/" + split + ".jsonl")
	if err != nil {
		return nil, fmt.Errorf("reading the %s cases: %w", split, err)
	}
	var cases []mailCase
	known := map[string]bool{}
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		var c mailCase
		if err := unmarshalStrict(lines.Bytes(), &c); err != nil {
			return nil, fmt.Errorf("reading %s case %d: %w", split, len(cases)+1, err)
		}
		if err := c.check(); err != nil || known[c.ID] {
			return nil, fmt.Errorf("%s case %q is malformed or there twice: %w", split, c.ID, err)
		}
		known[c.ID] = true
		cases = append(cases, c)
	}
	return cases, nil
}

func unmarshalStrict(line []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

func (c mailCase) check() error {
	switch {
	case c.ID == "" || c.Text == "":
		return fmt.Errorf("id and text must be there")
	case !slices.Contains(desk.Languages, c.Language):
		return fmt.Errorf("language %q", c.Language)
	case !slices.Contains(desk.Types, c.Type):
		return fmt.Errorf("type %q", c.Type)
	case c.Intent != "" && !slices.Contains(desk.Intents, c.Intent):
		return fmt.Errorf("intent %q", c.Intent)
	case c.Priority != "" && !slices.Contains(desk.Priorities, c.Priority):
		return fmt.Errorf("priority %q", c.Priority)
	case c.Sentiment != "" && !slices.Contains([]polarity{unhappy, neutral, happy}, c.Sentiment):
		return fmt.Errorf("sentiment %q", c.Sentiment)
	}
	return nil
}

// costly reports whether the mail asks for money back or announces a claim.
// Cases that do not say go by their intent.
func (c mailCase) costly() bool {
	if c.RefundOrClaim != nil {
		return *c.RefundOrClaim
	}
	return c.Intent == desk.Refund || c.Intent == desk.Claim
}

// written is when every mail of the evaluation was written.
var written = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

const (
	sellerAddress = "support@lumenhaus.example"
	buyerAddress  = "buyer@mail.example"
)

// literally keeps what looks like a template in a buyer's words as it is.
var literally = strings.NewReplacer("{{", "{{`{{`}}")

// raw is the mail as it lies in the mailbox.
func (c mailCase) raw() ([]byte, error) {
	entry := corpus.Entry{
		ID: c.ID, Account: "seller", Folder: "INBOX", Charset: "utf-8", Auth: "pass", Thread: c.ID,
		Form: c.Form, Site: c.Site, Language: string(c.Language), Name: c.Name, Order: c.Order, Product: c.Product, Topic: c.Topic,
		Text: literally.Replace(c.Text), HTML: literally.Replace(c.HTML), Parts: c.Parts, Attach: c.Attach,
	}
	if c.Form == "" {
		entry.Form, entry.Site, entry.Order = "plain", "shop", "none"
		entry.Header = []corpus.Field{{Name: "From", Value: buyerAddress}, {Name: "Subject", Value: ""}}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Header)) {
		entry.Header = append(entry.Header, corpus.Field{Name: name, Value: c.Header[name]})
	}
	writer := corpus.Writer{
		Mailboxes: map[string]corpus.Mailbox{"seller": {Address: sellerAddress, Name: "Lumenhaus"}}, Host: "mx.lumenhaus.example", Now: written,
	}
	letters, err := writer.Write([]corpus.Entry{entry})
	if err != nil {
		return nil, fmt.Errorf("writing the mail of %s: %w", c.ID, err)
	}
	return letters[0].Raw, nil
}
