package s3

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Link makes a link that lets whoever has it download one object for a time, under
// a file name. It asks nobody: an object that is not there is found out later.
func (b *Bucket) Link(ctx context.Context, key, filename string, valid time.Duration) (string, error) {
	failed := func(err error) (string, error) {
		return "", desk.Errorf(desk.Internal, "internal", "signing a link: %w", err)
	}
	r, err := b.request(ctx, http.MethodGet, key, url.Values{
		"X-Amz-Expires":                {strconv.Itoa(int(valid / time.Second))},
		"response-content-disposition": {mime.FormatMediaType("attachment", map[string]string{"filename": filename})},
		"response-content-type":        {"application/octet-stream"},
	}, nil)
	if err != nil {
		return failed(err)
	}
	who, err := b.config.Credentials.Retrieve(ctx)
	if err != nil {
		return failed(err)
	}
	link, _, err := b.signer.PresignHTTP(ctx, who, r, "UNSIGNED-PAYLOAD", "s3", b.config.Region, b.now())
	if err != nil {
		return failed(err)
	}
	return link, nil
}
