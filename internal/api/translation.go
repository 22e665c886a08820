package api

import (
	"context"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// TranslateMessage renders a message in the caller's language.
func (s *Server) TranslateMessage(ctx context.Context, r TranslateMessageRequestObject) (TranslateMessageResponseObject, error) {
	caller, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.visible(ctx, caller, r.Id)
	if err != nil {
		return nil, err
	}
	t, err := s.Replies.TranslateMessage(ctx, c, desk.MessageID(r.Message), desk.Language(r.Body.To))
	if err != nil {
		return nil, err
	}
	return TranslateMessage200JSONResponse{
		Text: t.Text, Language: string(t.Language), Cut: ptr(t.Cut), Problems: list(t.Problems, text[string]), Made: made(t.Made),
	}, nil
}

// GetPartialDraft reads what a draft under way says so far.
func (s *Server) GetPartialDraft(ctx context.Context, r GetPartialDraftRequestObject) (GetPartialDraftResponseObject, error) {
	caller, c, err := s.answering(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	partial, err := s.Table.Partial(ctx, caller.Org, c.ID, r.RequestId)
	return GetPartialDraft200JSONResponse{Text: partial}, err
}
