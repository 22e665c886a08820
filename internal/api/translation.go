package api

import (
	"context"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// TranslateMessage renders a message in the caller's language.
func (s *Server) TranslateMessage(context.Context, TranslateMessageRequestObject) (TranslateMessageResponseObject, error) {
	return nil, desk.Errorf(desk.Internal, "internal", "not yet")
}

// GetPartialDraft reads what a draft under way says so far.
func (s *Server) GetPartialDraft(context.Context, GetPartialDraftRequestObject) (GetPartialDraftResponseObject, error) {
	return GetPartialDraft200JSONResponse{}, nil
}
