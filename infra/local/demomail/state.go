package demomail

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/demomail/corpus"
)

// state is what the buyers remember; it is small and rewritten whole.
type state struct {
	Arrivals int                      `json:"arrivals"`       // how many new mails came since seeding
	Held     bool                     `json:"held,omitempty"` // the young seeds are not delivered yet
	Talks    map[string]*conversation `json:"talks"`
}

// conversation is a buyer's side of a talk with a seller.
type conversation struct {
	Account    string       `json:"account"` // the seller's mailbox
	Address    string       `json:"address"` // where the buyer gets answers
	Form       string       `json:"form"`    // how the buyer's mail is wrapped
	Client     string       `json:"client,omitempty"`
	Charset    string       `json:"charset,omitempty"`
	From       string       `json:"from,omitempty"` // the From field, where the form has none
	Subject    string       `json:"subject"`
	Facts      corpus.Facts `json:"facts"` // Ref is eBay's newest
	Question   bool         `json:"question,omitempty"`
	References []string     `json:"references,omitempty"`

	Turn  int           `json:"turn"` // answers written
	Due   time.Time     `json:"due,omitzero"`
	Heard corpus.Quoted `json:"heard,omitzero"` // the seller's last mail
}

func newState() *state { return &state{Talks: map[string]*conversation{}} }

func loadState(path string) (*state, error) {
	s := newState()
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(text, s)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the buyers' state: %w", err)
	}
	return s, nil
}

func (s *state) save(path string) error {
	text, err := json.MarshalIndent(s, "", "\t")
	if err == nil {
		err = replaceFile(path, text)
	}
	if err != nil {
		return fmt.Errorf("saving the buyers' state: %w", err)
	}
	return nil
}

// talkKey is the address without Amazon's "+case", which changes within a talk.
func talkKey(address string) string {
	local, domain, _ := strings.Cut(strings.ToLower(address), "@")
	local, _, _ = strings.Cut(local, "+")
	return local + "@" + domain
}

// buyerForms are the wrappings of mail that a person wrote.
var buyerForms = map[string]bool{
	"amazon-buyer": true, "walmart-buyer": true, "ebay-buyer": true, "newegg-buyer": true, "shopify-contact": true, "plain": true,
}

// remember lets the writer of a letter answer later; automatic mail and spam have no one behind.
func (s *state) remember(letter corpus.Letter) {
	human := strings.HasSuffix(letter.Type, "enquiry") || letter.Type == "buyer message"
	if !human || !buyerForms[letter.Form] || letter.Folder != "INBOX" || letter.ReplyTo == "" {
		return
	}
	talk := &conversation{
		Account: letter.Facts.Seller, Address: letter.ReplyTo, Form: letter.Form,
		Client: letter.Client, Charset: letter.Charset, Subject: letter.Subject,
		Facts: letter.Facts, References: letter.References,
		Question: letter.Type == "pre-sale enquiry",
	}
	if letter.Form == "shopify-contact" || letter.Form == "plain" { // the shop's buyers answer from their own client
		talk.Form, talk.From = "plain", letter.From
		if letter.Form == "shopify-contact" {
			talk.From = fmt.Sprintf("%q <%s>", letter.Facts.Name, letter.ReplyTo)
		}
		if talk.Client == "" {
			talk.Client = "gmail"
		}
	}
	s.Talks[talkKey(letter.ReplyTo)] = talk
}
