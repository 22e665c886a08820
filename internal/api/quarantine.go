package api

import (
	"context"
	"time"

	"github.com/quilldesk/quilldesk/internal/access"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
)

// asidePage is how many set-aside mails one answer lists.
const asidePage = 50

// rawLinkTime is how long a link to a set-aside mail is good.
const rawLinkTime = 5 * time.Minute

func setAsideOut(m desk.SetAside) SetAsideMail {
	return SetAsideMail{
		Id: string(m.ID), Folder: m.Folder, Uid: int64(m.UID), UidValidity: int64(m.UIDValidity), Size: m.Size, At: ptrTime(m.At), SetAt: m.SetAt,
		From: ptr(m.From.Address), FromName: ptr(m.From.Name), Subject: ptr(m.Subject), Reason: m.Reason, Detail: ptr(m.Detail),
		HasRaw: m.Raw > 0, Tries: m.Tries, Trying: m.Trying,
	}
}

// asideBox is a mailbox whose set-aside mail the caller may see and act on.
func (s *Server) asideBox(ctx context.Context, id string) (access.Caller, desk.Mailbox, error) {
	caller, err := s.writer(ctx)
	if err != nil {
		return caller, desk.Mailbox{}, err
	}
	box, err := caller.Box(desk.MailboxID(id))
	return caller, box, err
}

func (s *Server) asideMail(ctx context.Context, mailboxID, id string) (desk.SetAside, error) {
	caller, box, err := s.asideBox(ctx, mailboxID)
	if err != nil {
		return desk.SetAside{}, err
	}
	return s.Table.Aside(ctx, caller.Org, box.ID, desk.AsideID(id))
}

// ListSetAside lists the mails of a mailbox that could not be taken in.
func (s *Server) ListSetAside(ctx context.Context, r ListSetAsideRequestObject) (ListSetAsideResponseObject, error) {
	caller, box, err := s.asideBox(ctx, r.Mailbox)
	if err != nil {
		return nil, err
	}
	mails, next, err := s.Table.Asides(ctx, caller.Org, box.ID, desk.AsideID(value(r.Params.Cursor)), asidePage)
	if err != nil {
		return nil, err
	}
	return ListSetAside200JSONResponse{Mails: list(mails, setAsideOut), Next: ptr(string(next))}, nil
}

// TrySetAsideAgain queues a set-aside mail to be taken in once more.
func (s *Server) TrySetAsideAgain(ctx context.Context, r TrySetAsideAgainRequestObject) (TrySetAsideAgainResponseObject, error) {
	m, err := s.asideMail(ctx, r.Mailbox, r.Mail)
	if err != nil {
		return nil, err
	}
	m.Trying = true
	if err := s.Table.ChangeAside(ctx, m); err != nil {
		return nil, err
	}
	return TrySetAsideAgain202JSONResponse(setAsideOut(m)), s.Work.Fetch(ctx, desk.Job{Org: m.Org, Mailbox: m.Mailbox, Aside: m.ID})
}

// DiscardSetAside forgets a set-aside mail. It stays on the mail server.
func (s *Server) DiscardSetAside(ctx context.Context, r DiscardSetAsideRequestObject) (DiscardSetAsideResponseObject, error) {
	m, err := s.asideMail(ctx, r.Mailbox, r.Mail)
	if err != nil {
		return nil, err
	}
	if m.Raw > 0 {
		if err := s.Originals.Delete(ctx, mailbox.AsideKey(m.Org, m.Mailbox, m.ID)); err != nil {
			return nil, err
		}
	}
	return DiscardSetAside204Response{}, s.Table.RemoveAside(ctx, m)
}

// LinkSetAside makes a link to the bytes of a set-aside mail.
func (s *Server) LinkSetAside(ctx context.Context, r LinkSetAsideRequestObject) (LinkSetAsideResponseObject, error) {
	m, err := s.asideMail(ctx, r.Mailbox, r.Mail)
	if err != nil {
		return nil, err
	}
	if m.Raw == 0 {
		return nil, desk.Errorf(desk.NotFound, "not_found", "nothing of this mail is kept")
	}
	url, err := s.Links.Link(ctx, mailbox.AsideKey(m.Org, m.Mailbox, m.ID), "mail-"+string(m.ID)+".eml", rawLinkTime)
	return LinkSetAside200JSONResponse{Url: url}, err
}
