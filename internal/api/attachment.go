package api

import (
	"context"
	"fmt"
	"mime"
	"net/http"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// pieceBytes is what fits a function's answer of six megabytes, before base64.
const pieceBytes = 4 << 20

// GetAttachment hands one attachment out, always as a download: whole, or the
// piece that begins at an offset.
func (s *Server) GetAttachment(ctx context.Context, r GetAttachmentRequestObject) (GetAttachmentResponseObject, error) {
	if _, ours := desk.OutgoingAt(desk.MessageID(r.Message)); ours {
		return s.sentFile(ctx, r)
	}
	m, err := s.original(ctx, r.Id, r.Message)
	if err != nil {
		return nil, err
	}
	if r.Index < 0 || r.Index >= len(m.Attachments) {
		return nil, desk.Errorf(desk.NotFound, "not_found", "there is no such attachment")
	}
	f := m.Attachments[r.Index]
	offset := value(r.Params.Offset)
	if offset < 0 || offset > 0 && offset >= len(f.Content) {
		return nil, desk.Errorf(desk.Invalid, "offset", "the attachment ends before")
	}
	end := min(offset+pieceBytes, len(f.Content))
	return piece{name: f.Name, data: f.Content[offset:end], offset: offset, total: len(f.Content)}, nil
}

// piece writes a part of an attachment as octets that no browser renders.
type piece struct {
	name          string
	data          []byte
	offset, total int
}

// VisitGetAttachmentResponse implements GetAttachmentResponseObject.
func (p piece) VisitGetAttachmentResponse(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": p.name}))
	status := http.StatusOK
	if len(p.data) < p.total {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", p.offset, p.offset+len(p.data)-1, p.total))
		status = http.StatusPartialContent
	}
	w.WriteHeader(status)
	_, err := w.Write(p.data)
	return err
}
