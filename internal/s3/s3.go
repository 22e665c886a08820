// Package s3 keeps raw mail in a bucket.
package s3

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Bucket is the one bucket. It is safe for concurrent use.
type Bucket struct {
	client *s3.Client
	name   string
}

// New returns the bucket of that name.
func New(client *s3.Client, name string) *Bucket { return &Bucket{client, name} }

// Put stores an object; storing it again is harmless.
func (b *Bucket) Put(ctx context.Context, key string, data []byte) error {
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &b.name, Key: &key, Body: bytes.NewReader(data)})
	if err != nil {
		return desk.Errorf(desk.Unavailable, "storage", "storing an object: %w", err)
	}
	return nil
}

// Get reads an object; NotFound when it is gone.
func (b *Bucket) Get(ctx context.Context, key string) ([]byte, error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key})
	var missing *types.NoSuchKey
	if errors.As(err, &missing) {
		return nil, desk.Errorf(desk.NotFound, "original_gone", "the original mail is no longer kept")
	}
	if err != nil {
		return nil, desk.Errorf(desk.Unavailable, "storage", "reading an object: %w", err)
	}
	defer func() { _ = out.Body.Close() }()
	data, err := io.ReadAll(out.Body)
	if err != nil {
		return nil, desk.Errorf(desk.Unavailable, "storage", "reading an object: %w", err)
	}
	return data, nil
}

// ReadInto reads the beginning of an object into a buffer and says how much of it
// that was; NotFound when it is gone.
func (b *Bucket) ReadInto(ctx context.Context, key string, into []byte) (int, error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key})
	if missing := new(types.NoSuchKey); errors.As(err, &missing) {
		return 0, desk.Errorf(desk.NotFound, "original_gone", "the original mail is no longer kept")
	}
	if err != nil {
		return 0, desk.Errorf(desk.Unavailable, "storage", "reading an object: %w", err)
	}
	defer func() { _ = out.Body.Close() }()
	n, err := io.ReadFull(out.Body, into)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return n, desk.Errorf(desk.Unavailable, "storage", "reading an object: %w", err)
	}
	return n, nil
}

// Delete removes an object; removing it again is harmless.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	if _, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key}); err != nil {
		return desk.Errorf(desk.Unavailable, "storage", "deleting an object: %w", err)
	}
	return nil
}

// Keys lists up to a thousand keys with a prefix.
func (b *Bucket) Keys(ctx context.Context, prefix string) ([]string, error) {
	out, err := b.client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &prefix})
	if err != nil {
		return nil, desk.Errorf(desk.Unavailable, "storage", "listing objects: %w", err)
	}
	keys := make([]string, len(out.Contents))
	for i, o := range out.Contents {
		keys[i] = *o.Key
	}
	return keys, nil
}
