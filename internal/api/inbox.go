package api

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/quilldesk/quilldesk/internal/access"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dynamo"
	"github.com/quilldesk/quilldesk/internal/triage"
)

// GetPulse is the cheap question whether anything changed.
func (s *Server) GetPulse(ctx context.Context, _ GetPulseRequestObject) (GetPulseResponseObject, error) {
	caller, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	syncs, mark, err := s.Table.Pulse(ctx, caller.Org)
	if err != nil {
		return nil, err
	}
	total, marks := desk.Counts{}, mark
	for _, sync := range syncs {
		if _, err := caller.Box(sync.Mailbox); err != nil {
			continue
		}
		marks += sync.Mark + sync.Epoch
		for status, n := range sync.Counts {
			total[status] += n
		}
	}
	return GetPulse200JSONResponse{Mark: fmt.Sprint(marks), Counts: counts(total)}, nil
}

const pageSize = 50

// ListConversations reads one page of the inbox, or what a search finds.
func (s *Server) ListConversations(ctx context.Context, r ListConversationsRequestObject) (ListConversationsResponseObject, error) {
	caller, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	p := r.Params
	if q := strings.TrimSpace(value(p.Q)); q != "" {
		rows, err := s.search(ctx, caller, q)
		return ListConversations200JSONResponse{Items: list(rows, row)}, err
	}
	f := dynamo.Filter{
		Category: desk.Category(value(p.Category)), Store: desk.Store(value(p.Store)), Mailbox: desk.MailboxID(value(p.Mailbox)),
		Priority: desk.Priority(value(p.Priority)), Sentiment: desk.Sentiment(value(p.Sentiment)), Language: desk.Language(value(p.Language)),
		Intent: desk.Intent(value(p.Intent)), Assignee: strings.ToLower(value(p.Assignee)), Overdue: value(p.Overdue), Open: caller.Open(),
	}
	switch tab := value(p.Tab); tab {
	case "":
		f.Status = desk.Awaiting
	case TabAll:
	default:
		f.Status = desk.Status(tab)
		if !slices.Contains(desk.Statuses, f.Status) {
			return nil, desk.Errorf(desk.Invalid, "tab", "there is no tab %q", tab)
		}
	}
	limit := pageSize
	if p.Limit != nil {
		limit = min(max(*p.Limit, 1), 100)
	}
	rows, next, err := s.Table.Page(ctx, caller.Org, f, value(p.Cursor), limit)
	if err != nil {
		return nil, err
	}
	return ListConversations200JSONResponse{Items: list(rows, row), Next: ptr(next)}, nil
}

// search finds conversations by order number, or buyer's address or name.
func (s *Server) search(ctx context.Context, caller access.Caller, q string) ([]dynamo.Row, error) {
	ids, err := s.Table.Find(ctx, caller.Org, q, pageSize)
	if err != nil {
		return nil, err
	}
	rows, err := s.Table.Rows(ctx, caller.Org, ids)
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(r dynamo.Row) bool { _, err := caller.Box(r.Mailbox); return err != nil })
	slices.SortFunc(rows, func(a, b dynamo.Row) int { return b.At.Compare(a.At) })
	return rows, nil
}

// ChangeConversations makes one change to several conversations.
func (s *Server) ChangeConversations(ctx context.Context, r ChangeConversationsRequestObject) (ChangeConversationsResponseObject, error) {
	caller, err := s.writer(ctx)
	if err != nil {
		return nil, err
	}
	if n := len(r.Body.Ids); n == 0 || n > 100 {
		return nil, desk.Errorf(desk.Invalid, "bulk_size", "between 1 and 100 conversations can be changed at once")
	}
	change, err := s.bulk(ctx, caller, *r.Body)
	if err != nil {
		return nil, err
	}
	results := make(ChangeConversations200JSONResponse, len(r.Body.Ids))
	for i, id := range r.Body.Ids {
		results[i] = BulkResult{Id: id, Ok: true}
		if err := change(desk.ConversationID(id)); err != nil {
			if code := desk.CodeOf(err); desk.KindOf(err) == desk.Internal || code == "storage" {
				s.Log.ErrorContext(ctx, "change failed", "org", caller.Org, "conversation", id, "err", err)
			}
			results[i] = BulkResult{Id: id, Code: ptr(desk.CodeOf(err))}
		}
	}
	return results, nil
}

// bulk is what an action does to one conversation.
func (s *Server) bulk(ctx context.Context, caller access.Caller, in BulkChange) (func(desk.ConversationID) error, error) {
	v := strings.TrimSpace(value(in.Value))
	by := caller.Member.Email
	var change func(*desk.Conversation) error
	switch in.Action {
	case BulkChangeActionNoReply:
		change = func(c *desk.Conversation) error { c.Close(desk.NoReply); return nil }
	case BulkChangeActionReopen:
		change = func(c *desk.Conversation) error { c.Reopen(c.Clock); return nil }
	case BulkChangeActionAssign:
		v = strings.ToLower(v)
		if err := s.assignable(ctx, caller, v); err != nil {
			return nil, err
		}
		change = func(c *desk.Conversation) error { c.Assignee = v; return nil }
	case BulkChangeActionPriority:
		if !slices.Contains(desk.Priorities, desk.Priority(v)) {
			return nil, desk.Errorf(desk.Invalid, "label_invalid", "there is no priority %q", v)
		}
		change = func(c *desk.Conversation) error {
			c.Labels.Priority = desk.Set(desk.Priority(v), desk.ByHand, desk.ReasonHand, by)
			return nil
		}
	case BulkChangeActionCategory:
		if v == "" {
			return nil, desk.Errorf(desk.Invalid, "label_invalid", "a category needs a name")
		}
		if err := s.folder(ctx, caller, desk.Category(v)); err != nil {
			return nil, err
		}
		change = func(c *desk.Conversation) error {
			c.Labels.Category = desk.Set(desk.Category(v), desk.ByHand, desk.ReasonHand, by)
			return nil
		}
	case BulkChangeActionDelete:
		return func(id desk.ConversationID) error { return s.remove(ctx, caller, id) }, nil
	default:
		return nil, desk.Errorf(desk.Invalid, "action", "there is no action %q", in.Action)
	}
	return func(id desk.ConversationID) error {
		if len(id) > maxID {
			return desk.Errorf(desk.NotFound, "not_found", "there is no such conversation")
		}
		_, err := s.Table.Change(ctx, caller.Org, id, func(c *desk.Conversation) error {
			if err := caller.See(*c); err != nil {
				return err
			}
			return change(c)
		})
		return err
	}, nil
}

// assignable checks that an address is a member's; empty takes the assignment away.
func (s *Server) assignable(ctx context.Context, caller access.Caller, email string) error {
	if email == "" {
		return nil
	}
	members, err := s.Table.Members(ctx, caller.Org)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(members, func(m desk.Member) bool { return m.Email == email && m.Role.CanWrite() }) {
		return desk.Errorf(desk.Invalid, "not_a_member", "this is no member who can answer")
	}
	return nil
}

// remove deletes a conversation here: at once from every list, its mail shortly
// after. Mailbox and marketplace keep theirs.
func (s *Server) remove(ctx context.Context, caller access.Caller, id desk.ConversationID) error {
	if len(id) > maxID {
		return desk.Errorf(desk.NotFound, "not_found", "there is no such conversation")
	}
	if err := s.Merger.Finish(ctx, caller.Org, id); err != nil {
		return err
	}
	c, err := s.visible(ctx, caller, string(id))
	if err != nil {
		return err
	}
	if c.ID != id { // merged into another, which nobody asked to delete
		return desk.Errorf(desk.NotFound, "not_found", "there is no such conversation")
	}
	if err := s.Table.RemoveFind(ctx, c, triage.Terms(c)); err != nil {
		return err
	}
	if err := s.Table.RemoveConversation(ctx, c); err != nil {
		return err
	}
	return s.Work.Purge(ctx, desk.Job{Org: caller.Org, Mailbox: c.Mailbox, Conversation: id})
}
