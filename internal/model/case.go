package model

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// Sizes of what a reply is written from, in tokens.
const (
	turnTokens    = 250
	historyTokens = 900
	entryTokens   = 8000 // of all entries found together; whoever finds a base whole has measured it
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
	shown := knowledge(p, c)
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

// knowledge shows the whole base beside the question, with what a search found
// in it as a hint, or the entries found in the question itself.
func knowledge(p *page, c assist.Case) []desk.Entry {
	if len(c.Whole) > 0 {
		p.base = basePage(c.Whole)
		p.fact("entries that a search found", strings.Join(aliasesOf(idsOf(c.Entries), c.Whole), ", "))
		return c.Whole
	}
	shown := shownEntries(c.Entries)
	if len(shown) == 0 {
		p.fact("knowledge base", "has no answer to this mail")
	}
	for i, e := range shown {
		p.entry(i, e)
	}
	return shown
}

// basePage is the whole knowledge base, byte by byte the same for every mail as
// long as no entry changes: a provider's prompt cache goes by that. Its fence
// cannot be random then; it is a sum over the entries, so that none can hold it.
func basePage(entries []desk.Entry) *page {
	content := &page{}
	for i, e := range entries {
		content.entry(i, e)
	}
	sum := sha256.Sum256([]byte(content.String()))
	p := fencedBy(base32.StdEncoding.EncodeToString(sum[:]))
	p.fact("knowledge base", "all of it follows, whatever the mail is about")
	for i, e := range entries {
		p.entry(i, e)
	}
	return p
}

func (p *page) entry(i int, e desk.Entry) {
	p.data(alias(i), "Question: "+line(e.Topic)+"\n"+clean(e.Answer))
}

func idsOf(entries []desk.Entry) []desk.EntryID {
	ids := make([]desk.EntryID, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	return ids
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
