package s3

import (
	"context"
	"mime"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Link makes a link that lets whoever has it download one object for a time, under
// a file name. It asks nobody: an object that is not there is found out later.
func (b *Bucket) Link(ctx context.Context, key, filename string, valid time.Duration) (string, error) {
	disposition := mime.FormatMediaType("attachment", map[string]string{"filename": filename})
	request, err := s3.NewPresignClient(b.client, s3.WithPresignExpires(valid)).PresignGetObject(ctx, &s3.GetObjectInput{
		Bucket: &b.name, Key: &key, ResponseContentDisposition: &disposition, ResponseContentType: aws.String("application/octet-stream"),
	})
	if err != nil {
		return "", desk.Errorf(desk.Internal, "internal", "signing a link: %w", err)
	}
	return request.URL, nil
}
