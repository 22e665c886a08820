package api

import (
	"context"
	"encoding/base64"
	"html"
	"slices"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/access"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dynamo"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/message"
	"github.com/quilldesk/quilldesk/internal/triage"
)

// othersShown is how many other conversations of a buyer are listed.
const othersShown = 10

// GetConversation reads a conversation with all that hangs on it.
func (s *Server) GetConversation(ctx context.Context, r GetConversationRequestObject) (GetConversationResponseObject, error) {
	caller, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	th, err := s.Table.Thread(ctx, caller.Org, desk.ConversationID(r.Id))
	if err != nil {
		return nil, err
	}
	c := th.Conversation
	if err := caller.See(c); err != nil {
		return nil, err
	}
	out := GetConversation200JSONResponse{Conversation: conversation(c), Messages: list(th.Messages, messageOut), Others: []Row{}}
	if th.Suggestions != nil && th.Suggestions.For == c.LastIncoming {
		made, err := s.suggestions(ctx, caller, *th.Suggestions)
		if err != nil {
			return nil, err
		}
		out.Suggestions = &made
	}
	if c.Buyer.Address != "" {
		others, err := s.search(ctx, caller, c.Buyer.Address)
		if err != nil {
			return nil, err
		}
		others = slices.DeleteFunc(others, func(o dynamo.Row) bool { return o.ID == c.ID })
		out.Others = list(others[:min(len(others), othersShown)], row)
	}
	return out, nil
}

func (s *Server) suggestions(ctx context.Context, caller access.Caller, in desk.Suggestions) (Suggestions, error) {
	topics := map[desk.EntryID]string{}
	if slices.ContainsFunc(in.Items, func(i desk.Suggestion) bool { return len(i.Entries) > 0 }) {
		entries, err := s.Knowledge.All(ctx, caller.Org)
		if err != nil {
			return Suggestions{}, err
		}
		for _, e := range entries {
			topics[e.ID] = e.Topic
		}
	}
	return Suggestions{
		For: string(in.For), Grounded: in.Grounded, Made: made(in.Made), At: in.At,
		Items: list(in.Items, func(i desk.Suggestion) Suggestion {
			out := Suggestion{Id: i.ID, Headline: i.Headline, HeadlineKey: ptr(i.HeadlineKey), Stance: SuggestionStance(i.Stance), Entries: []EntryRef{}}
			if len(i.Unverified) > 0 {
				out.Unverified = &i.Unverified
			}
			for _, id := range i.Entries {
				if topic, ok := topics[id]; ok {
					out.Entries = append(out.Entries, EntryRef{Id: string(id), Topic: topic})
				}
			}
			return out
		}),
	}, nil
}

// CorrectLabels sets labels by hand.
func (s *Server) CorrectLabels(ctx context.Context, r CorrectLabelsRequestObject) (CorrectLabelsResponseObject, error) {
	caller, err := s.writer(ctx)
	if err != nil {
		return nil, err
	}
	by, in := caller.Member.Email, r.Body
	next := desk.Labels{
		Type:      byHand(desk.Type(value(in.Type)), by),
		Category:  byHand(desk.Category(strings.TrimSpace(value(in.Category))), by),
		Intent:    byHand(desk.Intent(value(in.Intent)), by),
		Priority:  byHand(desk.Priority(value(in.Priority)), by),
		Sentiment: byHand(desk.Sentiment(value(in.Sentiment)), by),
		Language:  byHand(desk.Language(value(in.Language)), by),
	}
	if err := known(next); err != nil {
		return nil, err
	}
	if err := s.folder(ctx, caller, next.Category.Value); err != nil {
		return nil, err
	}
	var before desk.Labels
	c, err := s.Table.Change(ctx, caller.Org, desk.ConversationID(r.Id), func(c *desk.Conversation) error {
		if err := caller.See(*c); err != nil {
			return err
		}
		before = c.Labels
		c.Labels = c.Labels.Merge(next)
		c.Labels.Category = triage.Category(c.Labels)
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.learn(ctx, c, before)
	return CorrectLabels200JSONResponse(conversation(c)), nil
}

// learn keeps a correction for later sorting. The correction itself stands
// whatever becomes of it.
func (s *Server) learn(ctx context.Context, c desk.Conversation, before desk.Labels) {
	m, err := s.Table.Message(ctx, c.Org, c.ID, c.LastIncoming)
	if err == nil {
		if example, ok := triage.Correction(c, m, before, s.Now()); ok {
			err = s.Table.AddExample(ctx, c.Org, example)
		}
	}
	if err != nil {
		s.Log.WarnContext(ctx, "correction not kept as an example", "org", c.Org, "conversation", c.ID, "err", err)
	}
}

// folder checks that a category is a preset one or one of the organisation's own.
func (s *Server) folder(ctx context.Context, caller access.Caller, c desk.Category) error {
	if inOrEmpty(desk.Types, desk.Type(c)) {
		return nil
	}
	o, err := s.Table.Organisation(ctx, caller.Org)
	if err == nil && !slices.Contains(o.Categories, c) {
		err = desk.Errorf(desk.Invalid, "label_invalid", "there is no such category")
	}
	return err
}

func byHand[T ~string](v T, by string) desk.Label[T] {
	return desk.Set(v, desk.ByHand, desk.ReasonHand, by)
}

// known checks that hand-set labels are of the closed sets.
func known(l desk.Labels) error {
	ok := inOrEmpty(desk.Types, l.Type.Value) && inOrEmpty(desk.Intents, l.Intent.Value) && inOrEmpty(desk.Priorities, l.Priority.Value) &&
		inOrEmpty(desk.Sentiments, l.Sentiment.Value) && inOrEmpty(desk.Languages, l.Language.Value)
	if !ok {
		return desk.Errorf(desk.Invalid, "label_invalid", "there is no such label")
	}
	return nil
}

func inOrEmpty[T ~string](set []T, v T) bool { return v == "" || slices.Contains(set, v) }

// presenceTime is how long a mark of presence holds; pages renew it every 15 s.
const presenceTime = 40 * time.Second

// MarkPresence says that the caller has the conversation open and who else does.
func (s *Server) MarkPresence(ctx context.Context, r MarkPresenceRequestObject) (MarkPresenceResponseObject, error) {
	caller, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.visible(ctx, caller, r.Id)
	if err != nil {
		return nil, err
	}
	until := s.Now().Add(presenceTime)
	if value(r.Body.Leaving) {
		until = time.Time{}
	}
	me := dynamo.Presence{Email: caller.Member.Email, Name: caller.Member.Name, Writing: r.Body.Writing}
	if err := s.Table.MarkPresence(ctx, caller.Org, c.ID, me, until); err != nil {
		return nil, err
	}
	here, err := s.Table.Present(ctx, caller.Org, c.ID)
	if err != nil {
		return nil, err
	}
	here = slices.DeleteFunc(here, func(p dynamo.Presence) bool { return p.Email == me.Email })
	return MarkPresence200JSONResponse(list(here, func(p dynamo.Presence) Presence {
		return Presence{Email: p.Email, Name: p.Name, Writing: p.Writing}
	})), nil
}

// original reads and parses the raw mail of an incoming message.
func (s *Server) original(ctx context.Context, id, messageID string) (*message.Message, error) {
	caller, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.visible(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	m, err := s.Table.Message(ctx, caller.Org, c.ID, desk.MessageID(messageID))
	if err != nil {
		return nil, err
	}
	if m.Send != nil {
		return nil, desk.Errorf(desk.NotFound, "no_original", "this message was written here")
	}
	raw, err := s.Originals.Get(ctx, mailbox.RawKey(caller.Org, c.Mailbox, m.ID))
	if err != nil {
		return nil, err
	}
	return message.Read(raw, message.Limits{}), nil
}

// inlineImages bounds the images that are put into the HTML itself, bytes.
const inlineImages = 3 << 20

// GetMessageHTML shows the original, made safe.
func (s *Server) GetMessageHTML(ctx context.Context, r GetMessageHTMLRequestObject) (GetMessageHTMLResponseObject, error) {
	m, err := s.original(ctx, r.Id, r.Message)
	if err != nil {
		return nil, err
	}
	if m.HTML == "" {
		return GetMessageHTML200JSONResponse{Html: "<pre style=\"white-space:pre-wrap\">" + html.EscapeString(m.Text) + "</pre>"}, nil
	}
	safe, report := message.Sanitize(m.HTML)
	return GetMessageHTML200JSONResponse{Html: withInlineImages(safe, m.Attachments), RemoteImages: report.RemoteImages}, nil
}

// withInlineImages puts the mail's own images where its HTML refers to them.
func withInlineImages(safe string, files []message.Attachment) string {
	left := inlineImages
	for _, f := range files {
		if f.ContentID == "" || !strings.HasPrefix(f.ContentType, "image/") || strings.Contains(f.ContentType, "svg") || len(f.Content) > left {
			continue
		}
		left -= len(f.Content)
		data := "src=\"data:" + html.EscapeString(f.ContentType) + ";base64," + base64.StdEncoding.EncodeToString(f.Content) + "\""
		safe = strings.ReplaceAll(safe, "data-cid=\""+html.EscapeString(f.ContentID)+"\"", data)
	}
	return safe
}
