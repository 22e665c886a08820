// Package guard is the outgoing check: it reads every answer before it is sent,
// by hand or by rule, and marks what breaks a marketplace's rules. It is pure
// and deterministic. The word lists under data are tables people can review.
package guard

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Outgoing is an answer about to be sent.
type Outgoing struct {
	Store         desk.Store
	Subject, Text string
	// AnsweredSubject is the subject of the mail that is answered: the buyer's own
	// words, repeated behind "Re:", are no violation of ours.
	AnsweredSubject string
	// Language is the one chosen for the answer, Detected the one its text seems
	// to be in; "" when unknown.
	Language, Detected desk.Language
	Route              desk.ReplyRoute
	// OrderNumbers are those of the conversation.
	OrderNumbers []string
	Attachments  []desk.Attachment
	// KnownLinks may stand in the text, e.g. the tracking page of the order. Only
	// https links are believed.
	KnownLinks []string
	// OwnNames are the seller's signature and shop names.
	OwnNames []string
	// Placeholders are template variables that could not be filled.
	Placeholders []string
	// Canary is a mark of the system prompt that must never leave.
	Canary string
	// Automatic is true when no person has read the answer.
	Automatic bool
	// Proactive mail answers nothing: the seller begins.
	Proactive bool
	// Ordered is the latest the order can have been placed, zero when unknown. Now
	// is the time of sending.
	Ordered, Now time.Time
	// Sent are our earlier texts of the conversation.
	Sent []string
}

// Rule is a line of the rules page.
type Rule struct {
	Key      string
	Severity desk.Severity
	Source   Source
	// AutomaticOnly rules leave answers sent by a person alone.
	AutomaticOnly bool
	// NeedsOrder rules turn on when the order was delivered, which no mail says for
	// certain: they are listed and not checked.
	NeedsOrder bool
}

// Check reads an answer and returns what breaks a rule, in the order of the text.
// Findings about the subject have a rule key that ends in ".subject" and offsets
// in the subject; findings about the message as a whole have none.
func Check(o Outgoing) []desk.Finding {
	d := read(o)
	var found []desk.Finding
	for _, r := range rulesFor(o.Store) {
		if r.AutomaticOnly && !o.Automatic {
			continue
		}
		if r.whole != nil {
			found = appendFindings(found, r.Rule, r.Key, o.Text, r.whole(d))
		}
		if r.files != nil {
			found = appendFindings(found, r.Rule, r.Key, o.Text, r.files(o.Attachments))
		}
		if r.words != nil {
			found = appendFindings(found, r.Rule, r.Key, o.Text, r.words(d, d.text))
			found = appendFindings(found, r.Rule, r.Key+".subject", o.Subject, r.words(d, d.subject))
		}
	}
	slices.SortStableFunc(found, func(a, b desk.Finding) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(a.Rule, b.Rule))
	})
	return found
}

// Rules lists the rules that hold for a store, the general ones first.
func Rules(store desk.Store) []Rule {
	var out []Rule
	for _, r := range rulesFor(store) {
		out = append(out, r.Rule)
	}
	return out
}

// AllRules lists every rule, the general ones first, then by marketplace.
func AllRules() []Rule {
	out := Rules(desk.Own)
	for _, store := range []desk.Store{desk.AmazonCom, desk.WalmartCom, desk.EBayCom, desk.NeweggCom, desk.TikTokUS} {
		out = append(out, Rules(store)[len(generalRules):]...)
	}
	return out
}

// span is a place in a text. A span with an excerpt of its own is about the
// message as a whole: a file, a missing line.
type span struct {
	start, end int
	excerpt    string
}

const excerptLimit = 120 // bytes

func appendFindings(found []desk.Finding, r Rule, key, text string, spans []span) []desk.Finding {
	for _, s := range spans {
		excerpt := s.excerpt
		if excerpt == "" {
			excerpt = cut(text[s.start:s.end], excerptLimit)
		}
		found = append(found, desk.Finding{Rule: key, Severity: r.Severity, Start: s.start, End: s.end, Excerpt: excerpt, Source: r.Source.String()})
	}
	return found
}

// cut shortens s to at most limit bytes at a rune's edge.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && s[limit]&0xC0 == 0x80 {
		limit--
	}
	return s[:limit]
}

// draft is an answer made ready for the rules.
type draft struct {
	Outgoing
	text, subject folded
}

func read(o Outgoing) draft {
	d := draft{Outgoing: o, text: fold(o.Text)}
	if answered := plain(o.AnsweredSubject); answered == "" || !strings.HasSuffix(plain(o.Subject), answered) {
		d.subject = fold(o.Subject)
	}
	return d
}
