// Package s3 keeps raw mail, attachments and exports in a bucket.
//
// The six calls are written and signed here, with the SDK's own signer and
// without its S3 client: that makes every function 1.3 MB smaller, and the API
// function would not stay within 15 MB with it (November 2026). The tests hold
// them to what the SDK's client sends.
package s3

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Put stores an object; storing it again is harmless.
func (b *Bucket) Put(ctx context.Context, key string, data []byte) error {
	resp, err := b.call(ctx, http.MethodPut, key, nil, data)
	if err != nil {
		return desk.Errorf(desk.Unavailable, "storage", "storing an object: %w", err)
	}
	return resp.Body.Close()
}

// Get reads an object; NotFound when it is gone.
func (b *Bucket) Get(ctx context.Context, key string) ([]byte, error) {
	body, err := b.open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	data, err := io.ReadAll(body)
	if err != nil {
		return nil, desk.Errorf(desk.Unavailable, "storage", "reading an object: %w", err)
	}
	return data, nil
}

// ReadInto reads the beginning of an object into a buffer and says how much of it
// that was; NotFound when it is gone.
func (b *Bucket) ReadInto(ctx context.Context, key string, into []byte) (int, error) {
	body, err := b.open(ctx, key)
	if err != nil {
		return 0, err
	}
	defer func() { _ = body.Close() }()
	n, err := io.ReadFull(body, into)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return n, desk.Errorf(desk.Unavailable, "storage", "reading an object: %w", err)
	}
	return n, nil
}

func (b *Bucket) open(ctx context.Context, key string) (io.ReadCloser, error) {
	resp, err := b.call(ctx, http.MethodGet, key, nil, nil)
	if gone(err) {
		return nil, desk.Errorf(desk.NotFound, "original_gone", "the original mail is no longer kept")
	}
	if err != nil {
		return nil, desk.Errorf(desk.Unavailable, "storage", "reading an object: %w", err)
	}
	return resp.Body, nil
}

// gone reports whether an object is not there. To a function that may not list
// the bucket S3 says no more than "denied" of it.
func gone(err error) bool {
	var f *failure
	return errors.As(err, &f) && (f.status == http.StatusNotFound || f.code == "AccessDenied")
}

// Delete removes an object; removing it again is harmless.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	resp, err := b.call(ctx, http.MethodDelete, key, nil, nil)
	if err != nil {
		return desk.Errorf(desk.Unavailable, "storage", "deleting an object: %w", err)
	}
	return resp.Body.Close()
}

// Keys lists up to a thousand keys with a prefix.
func (b *Bucket) Keys(ctx context.Context, prefix string) ([]string, error) {
	resp, err := b.call(ctx, http.MethodGet, "", url.Values{"list-type": {"2"}, "prefix": {prefix}}, nil)
	if err != nil {
		return nil, desk.Errorf(desk.Unavailable, "storage", "listing objects: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	var list struct {
		Contents []struct{ Key string }
	}
	if err := xml.NewDecoder(resp.Body).Decode(&list); err != nil {
		return nil, desk.Errorf(desk.Unavailable, "storage", "listing objects: %w", err)
	}
	keys := make([]string, len(list.Contents))
	for i, o := range list.Contents {
		keys[i] = o.Key
	}
	return keys, nil
}
