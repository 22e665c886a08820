package api

import (
	"context"
	"errors"

	"github.com/quilldesk/quilldesk/internal/access"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/knowledge"
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

// PageKnowledge lists all entries, a page at a time.
func (s *Server) PageKnowledge(ctx context.Context, r PageKnowledgeRequestObject) (PageKnowledgeResponseObject, error) {
	caller, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	entries, next, err := s.Knowledge.Page(ctx, caller.Org, value(r.Params.From))
	out := EntryPage{Items: list(entries, entry)}
	if next > 0 {
		out.Next = &next
	}
	return PageKnowledge200JSONResponse(out), err
}

// ImportKnowledge stores a batch of entries.
func (s *Server) ImportKnowledge(ctx context.Context, r ImportKnowledgeRequestObject) (ImportKnowledgeResponseObject, error) {
	caller, err := s.writer(ctx)
	if err != nil {
		return nil, err
	}
	entries := make([]desk.Entry, len(r.Body.Entries))
	for i, in := range r.Body.Entries {
		entries[i] = in.domain("", caller.Member.Email)
	}
	results, err := s.Knowledge.PutBatch(ctx, caller.Org, entries)
	return ImportKnowledge200JSONResponse(list(results, entryResult)), err
}

func entryResult(r knowledge.Result) EntryResult {
	out := EntryResult{Outcome: EntryResultOutcome(r.Outcome)}
	if r.Err != nil {
		out.Code = ptr(desk.CodeOf(r.Err))
		var known *desk.Error
		if errors.As(r.Err, &known) && desk.KindOf(r.Err) != desk.Internal {
			out.Message = ptr(known.Public())
		}
	}
	return out
}

// MoveKnowledge renames or moves a category.
func (s *Server) MoveKnowledge(ctx context.Context, r MoveKnowledgeRequestObject) (MoveKnowledgeResponseObject, error) {
	caller, err := s.writer(ctx)
	if err != nil {
		return nil, err
	}
	moved, left, err := s.Knowledge.MoveCategory(ctx, caller.Org, r.Body.From, r.Body.To, caller.Member.Email)
	return MoveKnowledge200JSONResponse{Moved: moved, Left: left}, err
}

// ListQuestions lists the questions without an answer.
func (s *Server) ListQuestions(ctx context.Context, _ ListQuestionsRequestObject) (ListQuestionsResponseObject, error) {
	caller, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	questions, err := s.Knowledge.Questions(ctx, caller.Org, openBoxes(caller))
	return ListQuestions200JSONResponse(list(questions, openQuestion)), err
}

// openBoxes are the mailboxes that are open to the caller, by name.
func openBoxes(c access.Caller) []desk.MailboxID {
	return list(c.Boxes, func(box desk.Mailbox) desk.MailboxID { return box.ID })
}

func openQuestion(q desk.Question) OpenQuestion {
	return OpenQuestion{
		Id: q.ID, Text: q.Text, Count: q.Count, Conversation: ptr(string(q.Conversation)), Language: string(q.Language), Store: string(q.Store), At: q.At,
	}
}

// DismissQuestion forgets a question.
func (s *Server) DismissQuestion(ctx context.Context, r DismissQuestionRequestObject) (DismissQuestionResponseObject, error) {
	caller, err := s.writer(ctx)
	if err != nil {
		return nil, err
	}
	return DismissQuestion204Response{}, s.Knowledge.Dismiss(ctx, caller.Org, r.Question, openBoxes(caller))
}
