package estimate

import (
	"regexp"
	"slices"
	"strings"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// page is a question of package model taken apart again.
type page struct {
	facts  map[string]string
	blocks []block
}

// block is data between two fences.
type block struct{ name, text string }

// opening is the line before data; the fence at its end is the page's own.
var opening = regexp.MustCompile(`^<<<(\w+) (\w+)>>>$`)

// read takes a question apart. A text without a fence is a mail as it stands.
func read(text string) page {
	p := page{facts: map[string]string{}}
	first, _, _ := strings.Cut(text, "\n")
	fence, ok := strings.CutPrefix(first, "fence: ")
	if !ok {
		p.blocks = []block{{"mail", text}}
		return p
	}
	var open *block
	var lines []string
	for l := range strings.SplitSeq(text, "\n") {
		m := opening.FindStringSubmatch(l)
		switch {
		case open == nil && m != nil && m[2] == fence && m[1] != "end":
			open = &block{name: m[1]}
		case open == nil:
			if name, value, ok := strings.Cut(l, ": "); ok {
				p.facts[name] = value
			}
		case m != nil && m[2] == fence && m[1] == "end":
			open.text = strings.Join(lines, "\n")
			p.blocks = append(p.blocks, *open)
			open, lines = nil, nil
		default:
			lines = append(lines, l)
		}
	}
	return p
}

// take adds the entries that a search found of a whole knowledge base; what else
// is in it the engine, which cannot tell, is not to answer from.
func (p *page) take(base page) {
	for name := range strings.SplitSeq(p.facts["entries that a search found"], ", ") {
		if text := base.block(name); text != "" && aliased.MatchString(name) {
			p.blocks = append(p.blocks, block{name, text})
		}
	}
}

func (p page) block(name string) string {
	for _, b := range p.blocks {
		if b.name == name {
			return b.text
		}
	}
	return ""
}

// mail is the mail to sort or to answer.
func (p page) mail() assist.Mail {
	m := assist.Mail{Text: p.block("mail"), Store: desk.Store(p.facts["store"]), OrderNumbers: p.orders()}
	if head, text, ok := strings.Cut(m.Text, "\n\n"); ok && strings.HasPrefix(head, "Subject:") {
		m.Subject, m.Text = strings.TrimSpace(strings.TrimPrefix(head, "Subject:")), text
	}
	m.Known.Type = desk.Set(desk.Type(p.facts["type, told by the marketplace"]), desk.ByRule, desk.ReasonMarketplace, "")
	return m
}

func (p page) orders() []string {
	if p.facts["order numbers"] == "" {
		return nil
	}
	return strings.Split(p.facts["order numbers"], ", ")
}

var aliased = regexp.MustCompile(`^K\d+$`)

// question is the case a reply is for. Entries go by their aliases.
func (p page) question() assist.Case {
	c := assist.Case{Mail: p.mail(), Buyer: p.block("name"), OrderNumbers: p.orders(), Language: tag(p.facts["write in"])}
	c.Labels.Intent.Value = desk.Intent(p.facts["intent"])
	for _, b := range p.blocks {
		if aliased.MatchString(b.name) {
			topic, answer, _ := strings.Cut(b.text, "\n")
			c.Entries = append(c.Entries, desk.Entry{ID: desk.EntryID(b.name), Topic: strings.TrimPrefix(topic, "Question: "), Answer: answer})
		}
	}
	return c
}

// suggestion is the one that was chosen.
func (p page) suggestion() desk.Suggestion {
	s := desk.Suggestion{Headline: p.block("suggestion"), Stance: desk.Stance(p.facts["stance"])}
	for name := range strings.SplitSeq(p.facts["rests on"], ", ") {
		s.Entries = append(s.Entries, desk.EntryID(name))
	}
	return s
}

// tag is the language in "German (de)".
func tag(named string) desk.Language {
	open := strings.LastIndexByte(named, '(')
	l := desk.Language(strings.TrimSuffix(named[open+1:], ")"))
	if slices.Contains(desk.Languages, l) {
		return l
	}
	return ""
}
