package api

import (
	"context"

	"github.com/quilldesk/quilldesk/internal/access"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/guard"
	"github.com/quilldesk/quilldesk/internal/outbox"
)

// answering is the caller and the conversation, if they may answer it.
func (s *Server) answering(ctx context.Context, id string) (access.Caller, desk.Conversation, error) {
	caller, err := s.writer(ctx)
	if err != nil {
		return caller, desk.Conversation{}, err
	}
	c, err := s.visible(ctx, caller, id)
	return caller, c, err
}

// Suggest makes the three suggestions now.
func (s *Server) Suggest(ctx context.Context, r SuggestRequestObject) (SuggestResponseObject, error) {
	caller, c, err := s.answering(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	in, err := s.Replies.Suggest(ctx, caller.Org, c.ID)
	if err != nil {
		return nil, err
	}
	out, err := s.suggestions(ctx, caller, in)
	return Suggest200JSONResponse(out), err
}

// Draft writes a reply.
func (s *Server) Draft(ctx context.Context, r DraftRequestObject) (DraftResponseObject, error) {
	caller, c, err := s.answering(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	request := value(r.Body.RequestId)
	if len(request) > maxID {
		return nil, desk.Errorf(desk.Invalid, "request_invalid", "the requestId is too long")
	}
	replies := s.Replies.Under(request)
	var draft desk.Draft
	switch r.Body.Kind {
	case DraftRequestKindSuggestion:
		var chosen desk.Suggestion
		if chosen, err = s.chosen(ctx, c, string(value(r.Body.Suggestion))); err != nil {
			return nil, err
		}
		draft, err = replies.Draft(ctx, caller.Org, c.ID, chosen)
	case DraftRequestKindInstruction:
		draft, err = replies.Instruct(ctx, caller.Org, c.ID, value(r.Body.Instruction))
	case DraftRequestKindPolish:
		draft, err = replies.Polish(ctx, caller.Org, c.ID, value(r.Body.Text))
	default:
		err = desk.Errorf(desk.Invalid, "kind", "there is no kind %q", r.Body.Kind)
	}
	if err != nil {
		return nil, err
	}
	offsets := &utf16Offsets{text: draft.Text}
	return Draft200JSONResponse{
		Text: draft.Text, Language: string(draft.Language), Made: made(draft.Made), Cut: ptr(draft.Cut),
		Missing: list(draft.Missing, text[string]), Unverified: list(draft.Unverified, text[string]),
		Citations: list(draft.Citations, func(q desk.Citation) Citation {
			return Citation{Entry: string(q.Entry), Topic: q.Topic, Quote: q.Quote, Start: offsets.at(q.Start), End: offsets.at(q.End)}
		}),
	}, nil
}

// chosen is the stored suggestion of that id.
func (s *Server) chosen(ctx context.Context, c desk.Conversation, id string) (desk.Suggestion, error) {
	th, err := s.Table.Thread(ctx, c.Org, c.ID)
	if err != nil {
		return desk.Suggestion{}, err
	}
	if th.Suggestions != nil {
		for _, i := range th.Suggestions.Items {
			if i.ID == id {
				return i, nil
			}
		}
	}
	return desk.Suggestion{}, desk.Errorf(desk.NotFound, "no_suggestions", "there are no suggestions yet")
}

// Preview shows a reply as the buyer would get it.
func (s *Server) Preview(ctx context.Context, r PreviewRequestObject) (PreviewResponseObject, error) {
	caller, c, err := s.answering(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	p, err := s.Replies.Preview(ctx, caller.Org, c.ID, r.Body.Text, desk.Language(r.Body.Language), r.Body.History)
	if err != nil {
		return nil, err
	}
	files := list(uploads(r.Body.Attachments), func(u outbox.Upload) desk.Attachment {
		return desk.Attachment{Name: u.Name, ContentType: u.ContentType, Size: u.Size}
	})
	p.Findings = append(p.Findings, guard.CheckFiles(c.Store, files)...)
	return Preview200JSONResponse{
		From: spelled(p.From), To: p.To, Subject: p.Subject, Text: p.Text, Appended: p.Appended, Language: string(p.Language), Translated: p.Translated,
		Findings: findings(p.Text, p.Findings), Amounts: list(p.Amounts, text[string]), Problems: list(p.Problems, text[string]),
	}, nil
}

// Reply puts a reply into the outbox.
func (s *Server) Reply(ctx context.Context, r ReplyRequestObject) (ReplyResponseObject, error) {
	caller, c, err := s.answering(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	confirmed := map[string]string{}
	for _, f := range value(r.Body.Confirmed) {
		confirmed[f.Rule] = f.Reason
	}
	m, err := s.Outbox.Queue(ctx, caller.Org, outbox.Reply{
		Conversation: c.ID, Request: r.Body.RequestId, By: caller.Member, Text: r.Body.Text, Language: desk.Language(r.Body.Language),
		History: r.Body.History, Seen: desk.MessageID(value(r.Body.Seen)), Anyway: value(r.Body.Anyway), Confirmed: confirmed,
		Suggestion: value(r.Body.Suggestion), Cc: contactsIn(value(r.Body.Cc)), Bcc: contactsIn(value(r.Body.Bcc)), Files: uploads(r.Body.Attachments),
	})
	if err != nil {
		return nil, err
	}
	return Reply202JSONResponse(messageOut(m)), nil
}

// UndoReply takes a queued reply back.
func (s *Server) UndoReply(ctx context.Context, r UndoReplyRequestObject) (UndoReplyResponseObject, error) {
	caller, c, err := s.answering(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	m, err := s.Outbox.Undo(ctx, caller.Org, c.ID, desk.MessageID(r.Message))
	if err != nil {
		return nil, err
	}
	return UndoReply200JSONResponse(messageOut(m)), s.withdrawn(ctx, caller, c.ID)
}

// RetryReply queues a failed reply again.
func (s *Server) RetryReply(ctx context.Context, r RetryReplyRequestObject) (RetryReplyResponseObject, error) {
	caller, c, err := s.answering(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	m, err := s.Outbox.Retry(ctx, caller.Org, c.ID, desk.MessageID(r.Message))
	if err != nil {
		return nil, err
	}
	return RetryReply202JSONResponse(messageOut(m)), nil
}
