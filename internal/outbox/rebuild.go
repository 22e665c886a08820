package outbox

import (
	"bytes"
	"context"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Rebuild writes a message that was sent from here as the mail it was: the same
// bytes, but for the boundaries of its parts, that every attempt to send it wrote.
func Rebuild(ctx context.Context, files Kept, box desk.Mailbox, who desk.Credentials, m desk.Message) ([]byte, error) {
	d := &delivery{Sender: &Sender{Files: files}, org: box.Org, box: box, who: who, m: m}
	if err := d.address(); err != nil {
		return nil, err
	}
	var raw bytes.Buffer
	err := d.write(ctx)(&raw)
	return raw.Bytes(), err
}
