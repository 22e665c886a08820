package api

import (
	"context"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/merge"
)

func moved(d merge.Done) Moved {
	return Moved{Conversation: string(d.Conversation), Messages: list(d.Messages, text[desk.MessageID])}
}

// MergeConversation moves every message into another conversation.
func (s *Server) MergeConversation(ctx context.Context, r MergeConversationRequestObject) (MergeConversationResponseObject, error) {
	caller, err := s.writer(ctx)
	if err != nil {
		return nil, err
	}
	from, err := s.visible(ctx, caller, r.Id)
	if err != nil {
		return nil, err
	}
	if len(r.Body.Into) > maxID {
		return nil, desk.Errorf(desk.NotFound, "not_found", "there is no such conversation")
	}
	into, err := s.visible(ctx, caller, r.Body.Into)
	if err != nil {
		return nil, err
	}
	done, err := s.Merger.Merge(ctx, from, into, caller.Member.Email, value(r.Body.Anyway))
	return MergeConversation200JSONResponse(moved(done)), err
}

// UnmergeConversation undoes a merge.
func (s *Server) UnmergeConversation(ctx context.Context, r UnmergeConversationRequestObject) (UnmergeConversationResponseObject, error) {
	caller, err := s.writer(ctx)
	if err != nil {
		return nil, err
	}
	host, err := s.visible(ctx, caller, r.Id)
	if err != nil {
		return nil, err
	}
	if len(r.Body.Conversation) > maxID {
		return nil, desk.Errorf(desk.NotFound, "not_found", "there is no such conversation")
	}
	done, err := s.Merger.Undo(ctx, host, desk.ConversationID(r.Body.Conversation), caller.Member.Email)
	return UnmergeConversation200JSONResponse(moved(done)), err
}

// SplitConversation takes messages out into a conversation of their own.
func (s *Server) SplitConversation(ctx context.Context, r SplitConversationRequestObject) (SplitConversationResponseObject, error) {
	caller, err := s.writer(ctx)
	if err != nil {
		return nil, err
	}
	from, err := s.visible(ctx, caller, r.Id)
	if err != nil {
		return nil, err
	}
	chosen := list(r.Body.Messages, func(id string) desk.MessageID { return desk.MessageID(id) })
	done, err := s.Merger.Split(ctx, from, chosen, caller.Member.Email)
	return SplitConversation200JSONResponse(moved(done)), err
}
