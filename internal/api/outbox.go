package api

import (
	"context"

	"github.com/quilldesk/quilldesk/internal/access"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/outbox"
)

// ListOutbox lists the outgoing mail that is not settled.
func (s *Server) ListOutbox(ctx context.Context, _ ListOutboxRequestObject) (ListOutboxResponseObject, error) {
	caller, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.Table.Underway(ctx, caller.Org)
	if err != nil {
		return nil, err
	}
	boxes := map[string]desk.MailboxID{}
	out := ListOutbox200JSONResponse{Items: []OutboxItem{}, Limits: []SendLimit{}}
	for _, box := range caller.Boxes {
		boxes[box.Address] = box.ID
		if l, provider := mailbox.SendLimits(box); l != (mailbox.Limits{}) {
			out.Limits = append(out.Limits, SendLimit{
				Mailbox: string(box.ID), Provider: provider, DailyMessages: ptr(l.DailyMessages), DailyRecipients: ptr(l.DailyRecipients),
				PerMinute: ptr(l.PerMinute), Source: ptr(l.Source),
			})
		}
	}
	for _, m := range all {
		if box, open := boxes[m.From]; open {
			out.Items = append(out.Items, OutboxItem{
				Conversation: string(m.Conversation), Message: string(m.Message), Mailbox: string(box), State: OutboxItemState(m.State), Code: ptr(m.Code),
				By: m.By, To: m.To, Recipients: m.Recipients, Subject: m.Subject, Due: m.Due, At: m.At,
			})
		}
	}
	return out, nil
}

// ConfirmArrival settles an unclear mail by the caller's word.
func (s *Server) ConfirmArrival(ctx context.Context, r ConfirmArrivalRequestObject) (ConfirmArrivalResponseObject, error) {
	caller, c, err := s.answering(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	m, err := s.Outbox.Arrived(ctx, caller.Org, c.ID, desk.MessageID(r.Message))
	if err != nil {
		return nil, err
	}
	return ConfirmArrival200JSONResponse(messageOut(m)), nil
}

// withdrawn removes a conversation that began with a mail that was taken back,
// when there is nothing else in it.
func (s *Server) withdrawn(ctx context.Context, caller access.Caller, id desk.ConversationID) error {
	c, err := s.Table.Conversation(ctx, caller.Org, id)
	if err != nil || c.Messages != 1 {
		return err
	}
	if _, ours := desk.OutgoingAt(c.Newest); !ours {
		return nil
	}
	return s.remove(ctx, caller, c.ID)
}

// sentFile hands out a file of a mail that was sent from here.
func (s *Server) sentFile(ctx context.Context, r GetAttachmentRequestObject) (GetAttachmentResponseObject, error) {
	caller, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.visible(ctx, caller, r.Id)
	if err != nil {
		return nil, err
	}
	m, _, err := s.Table.Outgoing(ctx, caller.Org, c.ID, desk.MessageID(r.Message))
	if err != nil {
		return nil, err
	}
	if r.Index < 0 || r.Index >= len(m.Attachments) {
		return nil, desk.Errorf(desk.NotFound, "not_found", "there is no such attachment")
	}
	f, offset := m.Attachments[r.Index], value(r.Params.Offset)
	if offset < 0 || offset >= f.Size {
		return nil, desk.Errorf(desk.Invalid, "offset", "the attachment ends before")
	}
	data, err := outbox.FileFrom(ctx, s.Originals, f, offset)
	return piece{name: f.Name, data: data, offset: offset, total: f.Size}, err
}
