package model

import (
	"strings"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// Sizes of what a reply is written from, in tokens.
const (
	turnTokens    = 250
	historyTokens = 900
	entryTokens   = 8000 // of all entries together
)

// casePage begins a question with everything an answer is written from, and
// returns the entries it shows, in the order of their aliases.
func casePage(c assist.Case, m *masks) (*page, []desk.Entry) {
	p := newPage()
	p.fact("store", string(c.Mail.Store))
	p.fact("write in", named(c.Language))
	p.fact("intent", string(c.Labels.Intent.Value))
	p.fact("order numbers", strings.Join(c.OrderNumbers, ", "))
	p.fact("agents read", read(c.Reader))
	shown := shownEntries(c.Entries)
	if len(shown) == 0 {
		p.fact("knowledge base", "has no answer to this mail")
	}
	for i, e := range shown {
		p.data(alias(i), "Question: "+line(e.Topic)+"\n"+clean(e.Answer))
	}
	if tone := clean(c.Tone); tone != "" {
		p.data("tone", tone)
	}
	if facts := clean(c.Facts); facts != "" {
		p.data("store facts", facts)
	}
	for _, turn := range recent(c.History) {
		name := "buyer"
		if turn.Direction == desk.Outgoing {
			name = "us"
		}
		p.data(name, m.hide(trim(clean(turn.Text), turnTokens)))
	}
	if buyer := shorten(m.hide(line(c.Buyer)), 60); buyer != "" {
		p.data("name", buyer)
	}
	p.data("mail", mailText(c.Mail, m, mailTokens))
	return p, shown
}

// shownEntries are the best entries, as many as fit.
func shownEntries(entries []desk.Entry) []desk.Entry {
	tokens := 0
	for i, e := range entries {
		if tokens += Tokens(e.Topic) + Tokens(e.Answer); i == aliasLimit || tokens > entryTokens {
			return entries[:i]
		}
	}
	return entries
}

// recent are the last turns that fit, oldest first.
func recent(history []assist.Turn) []assist.Turn {
	tokens := 0
	for i := len(history) - 1; i >= 0; i-- {
		if tokens += min(Tokens(history[i].Text), turnTokens); tokens > historyTokens {
			return history[i+1:]
		}
	}
	return history
}
