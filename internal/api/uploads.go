package api

import (
	"context"
	"io"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/guard"
	"github.com/quilldesk/quilldesk/internal/outbox"
)

func (u Upload) domain() outbox.Upload {
	return outbox.Upload{ID: u.Id, Name: u.Name, ContentType: u.Type, Size: u.Size}
}

func uploads(in *[]Upload) []outbox.Upload { return list(value(in), Upload.domain) }

// OfferUpload plans the upload of a file, or says why it cannot be attached.
func (s *Server) OfferUpload(ctx context.Context, r OfferUploadRequestObject) (OfferUploadResponseObject, error) {
	if _, err := s.writer(ctx); err != nil {
		return nil, err
	}
	u, err := outbox.Offer(outbox.Upload{Name: r.Body.Name, ContentType: r.Body.Type, Size: r.Body.Size})
	if err != nil {
		return nil, err
	}
	alone := []desk.Attachment{{Name: u.Name, ContentType: u.ContentType, Size: u.Size}}
	for _, f := range guard.CheckFiles(desk.Store(value(r.Body.Store)), alone) {
		if f.Severity == desk.Block {
			return nil, desk.Errorf(desk.Invalid, "file_not_taken", "the marketplace does not take this file (%s)", f.Rule)
		}
	}
	return OfferUpload201JSONResponse{
		Upload: Upload{Id: u.ID, Name: u.Name, Type: u.ContentType, Size: u.Size}, PieceSize: outbox.PieceSize,
	}, nil
}

// PutPiece stores a piece of a file.
func (s *Server) PutPiece(ctx context.Context, r PutPieceRequestObject) (PutPieceResponseObject, error) {
	caller, err := s.writer(ctx)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, outbox.PieceSize+1))
	if err != nil {
		return nil, desk.Errorf(desk.Invalid, "request_invalid", "reading a piece: %w", err)
	}
	return PutPiece204Response{}, s.Outbox.PutPiece(ctx, caller.Org, r.Upload, r.Piece, data)
}

// RemoveUpload removes a file that is not sent after all.
func (s *Server) RemoveUpload(ctx context.Context, r RemoveUploadRequestObject) (RemoveUploadResponseObject, error) {
	caller, err := s.writer(ctx)
	if err != nil {
		return nil, err
	}
	return RemoveUpload204Response{}, s.Outbox.Discard(ctx, caller.Org, r.Upload, r.Params.Size)
}
