package api

import (
	"context"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// found is how many entries a search returns at most.
const found = 50

// ListKnowledge lists or searches entries.
func (s *Server) ListKnowledge(ctx context.Context, r ListKnowledgeRequestObject) (ListKnowledgeResponseObject, error) {
	caller, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	var entries []desk.Entry
	if q := value(r.Params.Q); q != "" {
		entries, err = s.Knowledge.Search(ctx, caller.Org, q, desk.Store(value(r.Params.Store)), found)
	} else {
		entries, err = s.Knowledge.All(ctx, caller.Org)
	}
	return ListKnowledge200JSONResponse(list(entries, entry)), err
}

func (in EntryInput) domain(id string, by string) desk.Entry {
	e := desk.Entry{
		ID: desk.EntryID(id), Category: value(in.Category), Topic: in.Topic, Answer: in.Answer, Language: desk.Language(value(in.Language)),
		Protected: value(in.Protected), UpdatedBy: by, Version: value(in.Version),
	}
	for _, store := range value(in.Stores) {
		e.Stores = append(e.Stores, desk.Store(store))
	}
	return e
}

// AddKnowledge stores a new entry.
func (s *Server) AddKnowledge(ctx context.Context, r AddKnowledgeRequestObject) (AddKnowledgeResponseObject, error) {
	caller, err := s.writer(ctx)
	if err != nil {
		return nil, err
	}
	e := r.Body.domain("", caller.Member.Email)
	e.Version = 0
	e, err = s.Knowledge.Put(ctx, caller.Org, e)
	return AddKnowledge201JSONResponse(entry(e)), err
}

// ChangeKnowledge stores a changed entry.
func (s *Server) ChangeKnowledge(ctx context.Context, r ChangeKnowledgeRequestObject) (ChangeKnowledgeResponseObject, error) {
	caller, err := s.writer(ctx)
	if err != nil {
		return nil, err
	}
	if value(r.Body.Version) < 1 {
		return nil, desk.Errorf(desk.Invalid, "version_missing", "a change names the version it was made from")
	}
	e, err := s.Knowledge.Put(ctx, caller.Org, r.Body.domain(r.Entry, caller.Member.Email))
	return ChangeKnowledge200JSONResponse(entry(e)), err
}

// RemoveKnowledge deletes an entry.
func (s *Server) RemoveKnowledge(ctx context.Context, r RemoveKnowledgeRequestObject) (RemoveKnowledgeResponseObject, error) {
	caller, err := s.writer(ctx)
	if err != nil {
		return nil, err
	}
	return RemoveKnowledge204Response{}, s.Knowledge.Delete(ctx, caller.Org, desk.EntryID(r.Entry))
}
