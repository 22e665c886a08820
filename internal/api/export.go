package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"path"
	"slices"
	"time"

	"github.com/quilldesk/quilldesk/internal/access"
	"github.com/quilldesk/quilldesk/internal/desk"
)

// Links makes links to objects that a browser may follow.
type Links interface {
	// Link is good for that long and saves the object under that name.
	Link(ctx context.Context, key, filename string, valid time.Duration) (string, error)
}

// linkTime is how long a link to a file of an export is good.
const linkTime = 5 * time.Minute

func exportOut(e desk.Export) Export {
	return Export{
		State: ExportState(e.State), Done: max(e.Shown, e.Next), Total: e.Total, StartedAt: ptrTime(e.StartedAt), ExpiresAt: ptrTime(e.ExpiresAt),
		Code:  ptr(e.Code),
		Files: list(e.Files, func(f desk.ExportFile) ExportFile { return ExportFile{Name: f.Name, Bytes: f.Bytes} }),
	}
}

// exports are those of the mailboxes, for a caller who may see them.
func (s *Server) exports(ctx context.Context, caller access.Caller) (map[desk.MailboxID]*Export, error) {
	if caller.Manage() != nil {
		return nil, nil
	}
	stored, err := s.Table.Exports(ctx, caller.Org)
	by := map[desk.MailboxID]*Export{}
	for _, e := range stored {
		by[e.Mailbox] = new(exportOut(e))
	}
	return by, err
}

// exported is a mailbox that the caller may export.
func (s *Server) exported(ctx context.Context, id string) (access.Caller, desk.Mailbox, error) {
	caller, err := s.manager(ctx)
	if err != nil {
		return caller, desk.Mailbox{}, err
	}
	box, err := caller.Box(desk.MailboxID(id))
	return caller, box, err
}

// StartExport begins to write a mailbox into files.
func (s *Server) StartExport(ctx context.Context, r StartExportRequestObject) (StartExportResponseObject, error) {
	caller, box, err := s.exported(ctx, r.Mailbox)
	if err != nil {
		return nil, err
	}
	if box.Purging {
		return nil, desk.Errorf(desk.Conflict, "deleting", "the mailbox is being deleted")
	}
	id := make([]byte, 8)
	_, _ = rand.Read(id) // never fails
	e, err := s.Table.StartExport(ctx, desk.Export{
		ID: hex.EncodeToString(id), Org: caller.Org, Mailbox: box.ID, State: desk.ExportRunning, By: caller.Member.Email, StartedAt: s.Now().UTC(),
	})
	if err != nil {
		return nil, err
	}
	return StartExport202JSONResponse(exportOut(e)), s.Work.Export(ctx, desk.Job{Org: caller.Org, Mailbox: box.ID})
}

// GetExport says how a mailbox's export stands.
func (s *Server) GetExport(ctx context.Context, r GetExportRequestObject) (GetExportResponseObject, error) {
	caller, box, err := s.exported(ctx, r.Mailbox)
	if err != nil {
		return nil, err
	}
	e, err := s.Table.Export(ctx, caller.Org, box.ID)
	if desk.KindOf(err) == desk.NotFound {
		return GetExport200JSONResponse{State: ExportStateNone, Files: []ExportFile{}}, nil
	}
	return GetExport200JSONResponse(exportOut(e)), err
}

// LinkExportFile makes a link to one finished file.
func (s *Server) LinkExportFile(ctx context.Context, r LinkExportFileRequestObject) (LinkExportFileResponseObject, error) {
	caller, box, err := s.exported(ctx, r.Mailbox)
	if err != nil {
		return nil, err
	}
	e, err := s.Table.Export(ctx, caller.Org, box.ID)
	if err != nil {
		return nil, err
	}
	known := slices.ContainsFunc(e.Files, func(f desk.ExportFile) bool { return f.Name == r.Name })
	if !known || !e.ExpiresAt.IsZero() && e.ExpiresAt.Before(s.Now()) {
		return nil, desk.Errorf(desk.NotFound, "no_export", "there is no such file")
	}
	url, err := s.Links.Link(ctx, path.Join(e.Prefix(), r.Name), box.Address+" "+r.Name, linkTime)
	return LinkExportFile200JSONResponse{Url: url}, err
}
