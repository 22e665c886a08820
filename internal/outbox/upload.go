package outbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"

	"golang.org/x/sync/errgroup"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/guard"
)

const (
	// PieceSize is how much of a file comes in one request: a Lambda function takes
	// 6 MB, and base64 adds a third.
	PieceSize = 3 << 20
	maxFiles  = 30
)

// Objects keeps files in the bucket.
type Objects interface {
	Put(ctx context.Context, key string, data []byte) error
	Get(ctx context.Context, key string) ([]byte, error)
	Delete(ctx context.Context, key string) error
}

// Upload is a file that a browser brought in pieces. It waits under pending/, from
// where the bucket's lifecycle rule removes what nobody sent.
type Upload struct {
	ID          string
	Name        string
	ContentType string
	Size        int // bytes
}

// Offer says whether a file may be attached, and under which id and name its
// pieces are taken. Errors: Invalid with "file_empty", "file_large" or "file_refused".
func Offer(u Upload) (Upload, error) {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	u.ID, u.Name, u.ContentType = hex.EncodeToString(id), cleanName(u.Name), contentType(u.ContentType)
	return u, u.check()
}

var uploadID = regexp.MustCompile(`^[0-9a-f]{32}$`)

func (u Upload) check() error {
	switch {
	case !uploadID.MatchString(u.ID):
		return desk.Errorf(desk.Invalid, "file_gone", "there is no such upload")
	case u.Size <= 0:
		return desk.Errorf(desk.Invalid, "file_empty", "%q is empty", u.Name)
	case u.Size > guard.MailTotal:
		return desk.Errorf(desk.Invalid, "file_large", "%q is larger than %d MB", u.Name, guard.MailTotal>>20)
	case refusedName(u.Name):
		return errRefused(u.Name)
	}
	return nil
}

// pieces is how many pieces a file of that size has.
func pieces(size int) int { return (size + PieceSize - 1) / PieceSize }

func pendingKey(org desk.OrgID, id string) string { return fmt.Sprintf("pending/%s/%s", org, id) }

func piece(key string, n int) string { return fmt.Sprintf("%s/%d", key, n) }

// KeptPrefix is where the attachments of a mailbox's sent mail are kept.
func KeptPrefix(org desk.OrgID, box desk.MailboxID) string {
	return fmt.Sprintf("out/%s/%s/", org, box)
}

// Pieces are the keys of an attachment's pieces; none for one that is taken along
// from a raw mail.
func Pieces(f desk.Attachment) []string {
	if f.Key == "" || f.Part > 0 {
		return nil
	}
	keys := make([]string, pieces(f.Size))
	for n := range keys {
		keys[n] = piece(f.Key, n)
	}
	return keys
}

// PutPiece stores the n-th piece of an upload, from 0. Storing it again is harmless.
func (o *Outbox) PutPiece(ctx context.Context, org desk.OrgID, id string, n int, data []byte) error {
	switch {
	case !uploadID.MatchString(id) || n < 0 || n >= pieces(guard.MailTotal):
		return desk.Errorf(desk.Invalid, "file_gone", "there is no such upload")
	case len(data) == 0:
		return desk.Errorf(desk.Invalid, "file_empty", "a piece is empty")
	case len(data) > PieceSize:
		return desk.Errorf(desk.Invalid, "file_large", "a piece has at most %d bytes", PieceSize)
	case n == 0 && program(data):
		return errRefused("the file")
	}
	return o.Files.Put(ctx, piece(pendingKey(org, id), n), data)
}

// Discard removes an upload that is not sent after all.
func (o *Outbox) Discard(ctx context.Context, org desk.OrgID, id string, size int) error {
	if !uploadID.MatchString(id) || size < 0 || size > guard.MailTotal {
		return desk.Errorf(desk.Invalid, "file_gone", "there is no such upload")
	}
	for n := range pieces(size) {
		if err := o.Files.Delete(ctx, piece(pendingKey(org, id), n)); err != nil {
			return err
		}
	}
	return nil
}

// described are uploads as attachments, before their bytes were looked at.
func described(uploads []Upload) []desk.Attachment {
	files := make([]desk.Attachment, len(uploads))
	for i, u := range uploads {
		files[i] = desk.Attachment{Name: cleanName(u.Name), ContentType: contentType(u.ContentType), Size: u.Size}
	}
	return files
}

// inspected looks at the beginning of every upload: what it says of itself is
// the browser's word only.
func (o *Outbox) inspected(ctx context.Context, org desk.OrgID, uploads []Upload) ([]desk.Attachment, error) {
	if len(uploads) > maxFiles {
		return nil, desk.Errorf(desk.Invalid, "files_many", "a mail carries at most %d files", maxFiles)
	}
	files := described(uploads)
	for i, u := range uploads {
		u.Name = files[i].Name
		if err := u.check(); err != nil {
			return nil, err
		}
		head, err := o.Files.Get(ctx, piece(pendingKey(org, u.ID), 0))
		if err != nil {
			return nil, gone(err, u.Name)
		}
		if program(head) {
			return nil, errRefused(u.Name)
		}
		files[i].ContentType = seenType(u.ContentType, head)
	}
	return files, nil
}

// keep moves the uploads to where the mail that carries them keeps its files.
// Doing it twice changes nothing; the pending copy is left to the lifecycle rule,
// so that a request that comes again finds it.
func (o *Outbox) keep(ctx context.Context, c desk.Conversation, uploads []Upload, files []desk.Attachment) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i, u := range uploads {
		from, to := pendingKey(c.Org, u.ID), KeptPrefix(c.Org, c.Mailbox)+string(c.ID)+"/"+u.ID
		files[i].Key = to
		for n := range pieces(u.Size) {
			group.Go(func() error {
				data, err := o.Files.Get(ctx, piece(from, n))
				if err != nil {
					return gone(err, u.Name)
				}
				if len(data) != min(PieceSize, u.Size-n*PieceSize) {
					return desk.Errorf(desk.Invalid, "file_gone", "%q did not arrive whole; attach it again", u.Name)
				}
				return o.Files.Put(ctx, piece(to, n), data)
			})
		}
	}
	return group.Wait()
}

func gone(err error, name string) error {
	if desk.KindOf(err) == desk.NotFound {
		return desk.Errorf(desk.Invalid, "file_gone", "%q is no longer here; attach it again", name)
	}
	return err
}

// copyPieces writes an attachment's bytes; Permanent with "file_gone" when they
// are not there any more.
func copyPieces(ctx context.Context, files interface {
	Get(context.Context, string) ([]byte, error)
}, w io.Writer, f desk.Attachment) error {
	left := f.Size
	for _, key := range Pieces(f) {
		data, err := files.Get(ctx, key)
		if desk.KindOf(err) == desk.NotFound {
			return errFileGone
		}
		if err != nil {
			return err
		}
		if left -= len(data); left < 0 {
			return errFileGone
		}
		if _, err := w.Write(data); err != nil {
			return err
		}
	}
	if left != 0 {
		return errFileGone
	}
	return nil
}

var errFileGone = desk.Errorf(desk.Permanent, "file_gone", "an attachment is no longer kept")

// FileFrom reads a sent file from an offset on, at most one piece of it. Errors:
// NotFound with "original_gone".
func FileFrom(ctx context.Context, files Kept, f desk.Attachment, offset int) ([]byte, error) {
	if f.Part == 0 {
		data, err := files.Get(ctx, piece(f.Key, offset/PieceSize))
		if err != nil {
			return nil, err
		}
		return data[min(offset%PieceSize, len(data)):], nil
	}
	var whole bytes.Buffer
	originals := originals{files: files}
	err := originals.copy(ctx, &whole, f)
	if errors.Is(err, errFileGone) {
		return nil, desk.Errorf(desk.NotFound, "original_gone", "the original mail is no longer kept")
	}
	data := whole.Bytes()
	return data[min(offset, len(data)):min(offset+PieceSize, len(data))], err
}
