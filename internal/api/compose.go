package api

import (
	"context"
	"slices"

	"github.com/quilldesk/quilldesk/internal/access"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/outbox"
	"github.com/quilldesk/quilldesk/internal/triage"
)

func contactsIn(in []Contact) []desk.Contact {
	return list(in, func(c Contact) desk.Contact { return desk.Contact{Name: value(c.Name), Address: value(c.Address)} })
}

// mail is a request's mail, if the caller may send from its mailbox and read what
// it forwards.
func (s *Server) mail(ctx context.Context, in Mail) (access.Caller, outbox.Mail, error) {
	caller, err := s.writer(ctx)
	if err != nil {
		return caller, outbox.Mail{}, err
	}
	out := outbox.Mail{
		Request: value(in.RequestId), By: caller.Member, To: contactsIn(in.To), Cc: contactsIn(in.Cc), Bcc: contactsIn(in.Bcc), Subject: in.Subject, Text: in.Text,
		Language: desk.Language(in.Language), Files: uploads(&in.Attachments), Confirmed: map[string]string{},
	}
	if out.Language != "" && !slices.Contains(desk.Languages, out.Language) {
		return caller, out, desk.Errorf(desk.Invalid, "language_unknown", "there is no such language")
	}
	if out.Box, err = caller.Box(desk.MailboxID(in.Mailbox)); err != nil {
		return caller, out, err
	}
	for _, f := range value(in.Confirmed) {
		out.Confirmed[f.Rule] = f.Reason
	}
	if in.Forward == nil {
		return caller, out, nil
	}
	c, err := s.visible(ctx, caller, in.Forward.Conversation)
	if err != nil {
		return caller, out, err
	}
	out.Forward = &outbox.Forward{Conversation: c, Message: desk.MessageID(in.Forward.Message), Attachments: in.Forward.Attachments}
	out.Colleagues, err = s.colleagues(ctx, caller.Org)
	return caller, out, err
}

// colleagues are the addresses of the organisation's people and mailboxes.
func (s *Server) colleagues(ctx context.Context, org desk.OrgID) ([]string, error) {
	members, err := s.Table.Members(ctx, org)
	if err != nil {
		return nil, err
	}
	boxes, err := s.Table.Mailboxes(ctx, org)
	own := list(members, func(m desk.Member) string { return m.Email })
	return append(own, list(boxes, func(b desk.Mailbox) string { return b.Address })...), err
}

// PreviewMail shows a new mail or a forward as it would go out.
func (s *Server) PreviewMail(ctx context.Context, r PreviewMailRequestObject) (PreviewMailResponseObject, error) {
	caller, in, err := s.mail(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	written, err := s.Replies.Render(ctx, caller.Org, in.Text, in.Language)
	if err != nil {
		return nil, err
	}
	in.Text = written.Text
	out, err := s.Outbox.Compose(ctx, in)
	if err != nil {
		return nil, err
	}
	answer := PreviewMail200JSONResponse{
		From: spelled(out.From), To: list(out.To, spelled), Cc: list(out.Cc, spelled), Bcc: list(out.Bcc, spelled), Subject: out.Subject, Text: out.Text,
		Appended: out.Appended, Language: string(in.Language), Translated: written.Translated, Store: string(out.Store), Attachments: attachments(out.Files),
		Findings: findings(out.Text, out.Findings), Amounts: list(written.Amounts, text[string]), Problems: list(written.Problems, text[string]),
	}
	return answer, nil
}

func spelled(c desk.Contact) string {
	if c.Name != "" {
		return c.Name + " <" + c.Address + ">"
	}
	return c.Address
}

// SendMail puts a new mail or a forward into the outbox.
func (s *Server) SendMail(ctx context.Context, r SendMailRequestObject) (SendMailResponseObject, error) {
	caller, in, err := s.mail(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	m, err := s.Outbox.Send(ctx, in)
	if err != nil {
		return nil, err
	}
	c, err := s.Table.Conversation(ctx, caller.Org, m.Conversation)
	if err != nil {
		return nil, err
	}
	if err := s.Table.PutFind(ctx, c, triage.Terms(c)); err != nil {
		return nil, err
	}
	return SendMail202JSONResponse{Conversation: string(m.Conversation), Message: messageOut(m)}, nil
}
