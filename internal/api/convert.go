package api

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dynamo"
	"github.com/quilldesk/quilldesk/internal/language"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/outbox"
)

// ptr is nil for a zero value: optional fields are left out.
func ptr[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func ptrTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// value is what an optional field holds, zero without one.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// list is never nil, so that JSON says [] and not null.
func list[In, Out any](in []In, convert func(In) Out) []Out {
	out := make([]Out, len(in))
	for i, v := range in {
		out[i] = convert(v)
	}
	return out
}

func text[T ~string](v T) string { return string(v) }

// utf16Offsets turns ascending byte offsets of a text into the UTF-16 units that
// JavaScript counts in.
type utf16Offsets struct {
	text        string
	bytes, unit int
}

func (u *utf16Offsets) at(offset int) int {
	if offset < u.bytes {
		u.bytes, u.unit = 0, 0
	}
	for u.bytes < min(offset, len(u.text)) {
		c, size := utf8.DecodeRuneInString(u.text[u.bytes:])
		u.bytes += size
		if u.unit++; c > 0xFFFF {
			u.unit++
		}
	}
	return u.unit
}

func row(r dynamo.Row) Row {
	return Row{
		Id: string(r.ID), Mailbox: string(r.Mailbox), Store: string(r.Store), Buyer: r.Buyer, Subject: r.Subject, Snippet: ptr(r.Snippet),
		Status: Status(r.Status), At: r.At, Due: ptrTime(r.Due), Target: ptr(r.Target), Type: ptr(MailType(r.Type)), Category: ptr(string(r.Category)),
		Intent: ptr(Intent(r.Intent)), Priority: ptr(Priority(r.Priority)), Sentiment: ptr(Sentiment(r.Sentiment)), Language: ptr(string(r.Language)),
		Estimate: ptr(r.Estimate), Order: ptr(r.Order), Assignee: ptr(r.Assignee), Attachments: ptr(r.Attachments), Suspicious: ptr(r.Suspicious),
		Sorted: r.Sorted, Messages: ptr(r.Messages), Version: r.Version,
	}
}

func label[T ~string](l desk.Label[T]) Label {
	source := l.Source
	if source == "" {
		source = desk.ByDefault
	}
	code := l.Reason.Code
	if code == "" {
		code = desk.ReasonDefault
	}
	return Label{Value: string(l.Value), Source: LabelSource(source), Reason: Reason{Code: code, Detail: ptr(l.Reason.Detail)}}
}

func labels(l desk.Labels) Labels {
	return Labels{
		Type: label(l.Type), Category: label(l.Category), Intent: label(l.Intent), Priority: label(l.Priority),
		Sentiment: label(l.Sentiment), Language: label(l.Language), Summary: ptr(l.Summary),
	}
}

func contact(c desk.Contact) Contact { return Contact{Name: ptr(c.Name), Address: ptr(c.Address)} }

func conversation(c desk.Conversation) Conversation {
	out := Conversation{
		Id: string(c.ID), Mailbox: string(c.Mailbox), Store: string(c.Store), Buyer: contact(c.Buyer), Subject: c.Subject,
		Status: Status(c.Status), Labels: labels(c.Labels), Assignee: ptr(c.Assignee), OrderNumbers: list(c.OrderNumbers, text[string]),
		LastAt: c.LastAt, LastIncoming: ptr(string(c.LastIncoming)), Suspicious: ptr(c.Suspicious), Sorted: c.Sorted, Version: c.Version,
		Route: Route{
			To: ptr(c.Route.To), Disabled: ptr(c.Route.Disabled), Link: ptr(c.Route.Link), NoResponseLink: ptr(c.Route.NoResponseLink),
			History: ptr(outbox.HistoryByDefault(c.Store)),
		},
	}
	if c.Clock.Running() {
		out.Clock = &Clock{Start: c.Clock.Start, Due: c.Clock.Due, Target: ptr(c.Clock.Target)}
	}
	return out
}

func messageOut(m desk.Message) Message {
	offsets := &utf16Offsets{text: m.Text}
	out := Message{
		Id: string(m.ID), Direction: MessageDirection(m.Direction), At: m.At, From: contact(m.From), To: list(m.To, contact), Cc: list(m.Cc, contact),
		Subject: m.Subject, Text: m.Text, Html: m.HTML, Automatic: ptr(m.Automatic), Language: ptr(string(languageOf(m))),
		Folds: list(m.Folds, func(f desk.Fold) Fold {
			return Fold{Start: offsets.at(f.Start), End: offsets.at(f.End), Kind: FoldKind(f.Kind)}
		}),
		Attachments: attachments(m.Attachments), Warnings: list(m.Warnings, text[string]),
	}
	if len(m.Bcc) > 0 {
		bcc := list(m.Bcc, contact)
		out.Bcc = &bcc
	}
	if d := m.Send; d != nil {
		out.Send = &Dispatch{
			State: DispatchState(d.State), By: d.By, UndoUntil: d.NotAfter, SentAt: ptrTime(d.SentAt), Code: ptr(d.Code), Detail: ptr(d.Detail), Copied: ptr(d.Copied),
		}
	}
	return out
}

func attachments(files []desk.Attachment) []Attachment {
	out := make([]Attachment, len(files))
	for i, a := range files {
		out[i] = Attachment{Index: i, Name: a.Name, Type: a.ContentType, Size: a.Size, Inline: ptr(a.Inline)}
	}
	return out
}

// languageOf is a message's language, told from its text where nobody has noted it.
func languageOf(m desk.Message) desk.Language {
	if m.Language != "" || m.Direction == desk.Outgoing {
		return m.Language
	}
	return language.Identify(m.Visible()).Language
}

func made(p desk.Provenance) Made {
	return Made{Source: MadeSource(p.Source), Model: ptr(p.Model), MicroDollars: ptr(p.MicroDollars), Because: ptr(p.Because)}
}

// findings converts findings; offsets count in the text checked. A finding in the
// subject has its words, and no place in the text.
func findings(checked string, in []desk.Finding) []Finding {
	offsets := &utf16Offsets{text: checked}
	return list(in, func(f desk.Finding) Finding {
		out := Finding{Rule: f.Rule, Severity: FindingSeverity(f.Severity), Excerpt: f.Excerpt, Source: f.Source}
		if !strings.HasSuffix(f.Rule, ".subject") {
			out.Start, out.End = offsets.at(f.Start), offsets.at(f.End)
		}
		return out
	})
}

func endpoint(e desk.Endpoint) Endpoint {
	return Endpoint{Host: e.Host, Port: e.Port, Security: EndpointSecurity(e.Security)}
}

func (e Endpoint) domain() desk.Endpoint {
	return desk.Endpoint{Host: e.Host, Port: e.Port, Security: desk.Security(e.Security)}
}

func counts(c desk.Counts) Counts {
	out := Counts{Awaiting: c[desk.Awaiting], Replied: c[desk.Replied], NoReply: c[desk.NoReply]}
	out.All = out.Awaiting + out.Replied + out.NoReply
	return out
}

func connectionTest(t mailbox.Test) ConnectionTest {
	return ConnectionTest{
		Ok: t.OK,
		Steps: list(t.Steps, func(s mailbox.Step) TestStep {
			return TestStep{Step: TestStepStep(s.Name), Ok: s.OK, Code: ptr(s.Code), Detail: ptr(s.Detail)}
		}),
		Folders: list(t.Folders, func(f desk.Folder) Folder {
			return Folder{Name: f.Name, Role: ptr(FolderRole(f.Role)), Selectable: f.Selectable}
		}),
	}
}

func entry(e desk.Entry) Entry {
	return Entry{
		Id: string(e.ID), Category: e.Category, Topic: e.Topic, Answer: e.Answer, Language: string(e.Language),
		Stores: list(e.Stores, text[desk.Store]), Protected: list(e.Protected, text[string]), Version: e.Version,
		UpdatedAt: e.UpdatedAt, UpdatedBy: ptr(e.UpdatedBy),
	}
}
