package s3_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/quilldesk/quilldesk/infra/local/loopback"
	"github.com/quilldesk/quilldesk/infra/local/s3"
)

const (
	keyID  = "AKIDLOCAL"
	secret = "a secret of this test"
	bucket = "mail"
)

// bench is a running server with a bucket and a client of the real SDK. The
// SDK signs with the true time, so the server's clock is that, shifted.
type bench struct {
	*awss3.Client
	server *httptest.Server
	shift  atomic.Int64 // nanoseconds
}

func (b *bench) now() time.Time { return time.Now().Add(time.Duration(b.shift.Load())) }

func newBench(t testing.TB) *bench {
	return startBench(t, t.TempDir(), httptest.NewServer)
}

func open(t testing.TB, dir string, now func() time.Time) *s3.Server {
	t.Helper()
	s, err := s3.Open(dir, s3.Options{Region: "us-east-1", AccessKeyID: keyID, SecretAccessKey: secret, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func startBench(t testing.TB, dir string, start func(http.Handler) *httptest.Server) *bench {
	t.Helper()
	b := &bench{}
	b.server = start(open(t, dir, b.now).Handler())
	t.Cleanup(b.server.Close)
	b.Client = client(b.server, secret)
	if _, err := b.CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: aws.String(bucket)}); err != nil {
		t.Fatal(err)
	}
	return b
}

func client(srv *httptest.Server, secret string) *awss3.Client {
	return awss3.New(awss3.Options{
		BaseEndpoint: aws.String(srv.URL),
		HTTPClient:   &http.Client{Transport: loopback.Transport{Next: srv.Client().Transport}},
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider(keyID, secret, ""),
		Retryer:      aws.NopRetryer{},
		// What config.LoadDefaultConfig sets.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	})
}

func (b *bench) put(t testing.TB, key, body string) *awss3.PutObjectOutput {
	t.Helper()
	out, err := b.PutObject(t.Context(), &awss3.PutObjectInput{Bucket: aws.String(bucket), Key: &key, Body: strings.NewReader(body)})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (b *bench) get(t testing.TB, key string) string {
	t.Helper()
	out, err := b.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: aws.String(bucket), Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	return readAll(t, out.Body)
}

func readAll(t testing.TB, r io.ReadCloser) string {
	t.Helper()
	defer func() { _ = r.Close() }()
	body, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code {
		t.Fatalf("got error %v, want code %s", err, code)
	}
}

func TestObjectKeepsBytesAndMetadata(t *testing.T) {
	b := newBench(t)
	body := "From: buyer@example.com\r\n\r\n您好\r\n"
	key := "org 1/郵件/a+b&c=d//..%2F.eml"
	_, err := b.PutObject(t.Context(), &awss3.PutObjectInput{
		Bucket: aws.String(bucket), Key: &key, Body: strings.NewReader(body), ContentType: aws.String("message/rfc822"),
		ContentDisposition: aws.String(`attachment; filename="m.eml"`), CacheControl: aws.String("no-store"), ContentEncoding: aws.String("gzip"),
		Metadata: map[string]string{"mailbox": "mb-1"}, ServerSideEncryption: types.ServerSideEncryptionAwsKms, SSEKMSKeyId: aws.String("key-1"),
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := b.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: aws.String(bucket), Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, out.Body); got != body {
		t.Errorf("body %q", got)
	}
	if *out.ContentType != "message/rfc822" || *out.ContentDisposition != `attachment; filename="m.eml"` || *out.CacheControl != "no-store" ||
		*out.ContentEncoding != "gzip" || out.Metadata["mailbox"] != "mb-1" || out.ServerSideEncryption != "aws:kms" || *out.SSEKMSKeyId != "key-1" {
		t.Errorf("headers lost: %+v", out)
	}
	if out.ChecksumCRC32 == nil {
		t.Error("the SDK's default checksum is not given back")
	}
	head, err := b.HeadObject(t.Context(), &awss3.HeadObjectInput{Bucket: aws.String(bucket), Key: &key})
	if err != nil || *head.ContentLength != int64(len(body)) || *head.ETag != *out.ETag {
		t.Errorf("head %+v, %v", head, err)
	}
}

func TestEveryChecksumIsVerifiedAndGivenBack(t *testing.T) {
	b := newBench(t)
	for _, algorithm := range []types.ChecksumAlgorithm{"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512"} {
		t.Run(string(algorithm), func(t *testing.T) {
			key := string(algorithm)
			_, err := b.PutObject(t.Context(), &awss3.PutObjectInput{Bucket: aws.String(bucket), Key: &key, Body: strings.NewReader("123456789"), ChecksumAlgorithm: algorithm})
			if err != nil {
				t.Fatal(err)
			}
			// Reading verifies the checksum in the SDK.
			if got := b.get(t, key); got != "123456789" {
				t.Errorf("got %q", got)
			}
		})
	}
	// The check value of CRC-64/NVME for "123456789" is ae8b14860a799888.
	head, err := b.HeadObject(t.Context(), &awss3.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String("CRC64NVME"), ChecksumMode: types.ChecksumModeEnabled})
	if err != nil || aws.ToString(head.ChecksumCRC64NVME) != "rosUhgp5mIg=" {
		t.Errorf("CRC64NVME %q, %v", aws.ToString(head.ChecksumCRC64NVME), err)
	}
	_, err = b.PutObject(t.Context(), &awss3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("bad"), Body: strings.NewReader("x"), ChecksumCRC32: aws.String("AAAAAA==")})
	wantCode(t, err, "BadDigest")
	_, err = b.HeadObject(t.Context(), &awss3.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String("bad")})
	wantCode(t, err, "NotFound")
}

func TestConditionalWrites(t *testing.T) {
	b := newBench(t)
	put := func(match, noneMatch *string) error {
		_, err := b.PutObject(t.Context(), &awss3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("k"), Body: strings.NewReader("new"), IfMatch: match, IfNoneMatch: noneMatch})
		return err
	}
	wantCode(t, put(aws.String(`"x"`), nil), "NoSuchKey")
	if err := put(nil, aws.String("*")); err != nil {
		t.Fatal(err)
	}
	wantCode(t, put(nil, aws.String("*")), "PreconditionFailed")
	wantCode(t, put(aws.String(`"00"`), nil), "PreconditionFailed")
	etag := b.put(t, "k", "old").ETag
	if err := put(etag, nil); err != nil {
		t.Fatal(err)
	}
	if got := b.get(t, "k"); got != "new" {
		t.Errorf("got %q", got)
	}
}

func TestConditionalReads(t *testing.T) {
	b := newBench(t)
	etag := b.put(t, "k", "body").ETag
	tests := []struct {
		name string
		in   awss3.GetObjectInput
		code string
	}{
		{"If-Match holds", awss3.GetObjectInput{IfMatch: etag}, ""},
		{"If-Match fails", awss3.GetObjectInput{IfMatch: aws.String(`"x"`)}, "PreconditionFailed"},
		{"If-None-Match fails", awss3.GetObjectInput{IfNoneMatch: etag}, "NotModified"},
		{"modified since", awss3.GetObjectInput{IfModifiedSince: aws.Time(time.Now().Add(-time.Hour))}, ""},
		{"not modified since", awss3.GetObjectInput{IfModifiedSince: aws.Time(time.Now().Add(time.Hour))}, "NotModified"},
		{"unmodified since fails", awss3.GetObjectInput{IfUnmodifiedSince: aws.Time(time.Now().Add(-time.Hour))}, "PreconditionFailed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.in.Bucket, tt.in.Key = aws.String(bucket), aws.String("k")
			_, err := b.GetObject(t.Context(), &tt.in)
			if tt.code == "" && err == nil {
				return
			}
			wantCode(t, err, tt.code)
		})
	}
}

func TestRanges(t *testing.T) {
	b := newBench(t)
	b.put(t, "k", "0123456789")
	b.put(t, "empty", "")
	tests := []struct{ key, header, body, contentRange, code string }{
		{"k", "bytes=0-3", "0123", "bytes 0-3/10", ""},
		{"k", "bytes=7-", "789", "bytes 7-9/10", ""},
		{"k", "bytes=-4", "6789", "bytes 6-9/10", ""},
		{"k", "bytes=-40", "0123456789", "bytes 0-9/10", ""},
		{"k", "bytes=8-99", "89", "bytes 8-9/10", ""},
		{"k", "bytes=3-1", "0123456789", "", ""},
		{"k", "bytes=0-1,3-4", "0123456789", "", ""},
		{"k", "lines=1-2", "0123456789", "", ""},
		{"k", "bytes=10-", "", "", "InvalidRange"},
		{"k", "bytes=-0", "", "", "InvalidRange"},
		{"empty", "bytes=0-0", "", "", "InvalidRange"},
	}
	for _, tt := range tests {
		t.Run(tt.key+" "+tt.header, func(t *testing.T) {
			out, err := b.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: aws.String(bucket), Key: &tt.key, Range: &tt.header})
			if tt.code != "" {
				wantCode(t, err, tt.code)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := readAll(t, out.Body); got != tt.body || aws.ToString(out.ContentRange) != tt.contentRange {
				t.Errorf("got %q, %q", got, aws.ToString(out.ContentRange))
			}
		})
	}
}

func TestDelete(t *testing.T) {
	b := newBench(t)
	for _, key := range []string{"a", "b&<", "c"} {
		b.put(t, key, key)
	}
	for range 2 { // deleting what is gone is fine
		if _, err := b.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: aws.String(bucket), Key: aws.String("a")}); err != nil {
			t.Fatal(err)
		}
	}
	out, err := b.DeleteObjects(t.Context(), &awss3.DeleteObjectsInput{Bucket: aws.String(bucket), Delete: &types.Delete{
		Objects: []types.ObjectIdentifier{{Key: aws.String("b&<")}, {Key: aws.String("none")}},
	}})
	if err != nil || len(out.Deleted) != 2 || *out.Deleted[0].Key != "b&<" {
		t.Fatalf("deleted %+v, %v", out, err)
	}
	_, err = b.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("b&<")})
	wantCode(t, err, "NoSuchKey")
	_, err = b.DeleteBucket(t.Context(), &awss3.DeleteBucketInput{Bucket: aws.String(bucket)})
	wantCode(t, err, "BucketNotEmpty")
	if _, err := b.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: aws.String(bucket), Key: aws.String("c")}); err != nil {
		t.Fatal(err)
	}
	if _, err = b.DeleteBucket(t.Context(), &awss3.DeleteBucketInput{Bucket: aws.String(bucket)}); err != nil {
		t.Fatal(err)
	}
	_, err = b.ListObjectsV2(t.Context(), &awss3.ListObjectsV2Input{Bucket: aws.String(bucket)})
	wantCode(t, err, "NoSuchBucket")
}

func TestBuckets(t *testing.T) {
	b := newBench(t)
	if _, err := b.HeadBucket(t.Context(), &awss3.HeadBucketInput{Bucket: aws.String(bucket)}); err != nil {
		t.Error(err)
	}
	_, err := b.HeadBucket(t.Context(), &awss3.HeadBucketInput{Bucket: aws.String("none")})
	wantCode(t, err, "NotFound")
	out, err := b.ListBuckets(t.Context(), &awss3.ListBucketsInput{})
	if err != nil || len(out.Buckets) != 1 || *out.Buckets[0].Name != bucket {
		t.Errorf("buckets %+v, %v", out, err)
	}
	_, err = b.CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: aws.String("Bad_Name")})
	wantCode(t, err, "InvalidBucketName")
	_, err = b.PutObject(t.Context(), &awss3.PutObjectInput{Bucket: aws.String("none"), Key: aws.String("k"), Body: strings.NewReader("x")})
	wantCode(t, err, "NoSuchBucket")
	if where, err := b.GetBucketLocation(t.Context(), &awss3.GetBucketLocationInput{Bucket: aws.String(bucket)}); err != nil || where.LocationConstraint != "" {
		t.Errorf("location %+v, %v", where, err)
	}
}

func TestWhatIsNotOfferedIsRefused(t *testing.T) {
	b := newBench(t)
	b.put(t, "k", "x")
	calls := map[string]func() error{
		"a tag": func() error {
			_, err := b.PutObject(t.Context(), &awss3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("k"), Tagging: aws.String("a=b"), Body: strings.NewReader("x")})
			return err
		},
		"an access list": func() error {
			_, err := b.PutObject(t.Context(), &awss3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("k"), ACL: types.ObjectCannedACLPublicRead, Body: strings.NewReader("x")})
			return err
		},
		"a version": func() error {
			_, err := b.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("k"), VersionId: aws.String("1")})
			return err
		},
		"a copy": func() error {
			_, err := b.CopyObject(t.Context(), &awss3.CopyObjectInput{Bucket: aws.String(bucket), Key: aws.String("k2"), CopySource: aws.String(bucket + "/k")})
			return err
		},
		"a policy": func() error {
			_, err := b.PutBucketPolicy(t.Context(), &awss3.PutBucketPolicyInput{Bucket: aws.String(bucket), Policy: aws.String("{}")})
			return err
		},
		"deletion by condition": func() error {
			_, err := b.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: aws.String(bucket), Key: aws.String("k"), IfMatch: aws.String("x")})
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) { wantCode(t, call(), "NotImplemented") })
	}
}

func BenchmarkPutGet20KB(b *testing.B) {
	bench := newBench(b)
	body := bytes.Repeat([]byte("x"), 20<<10)
	for b.Loop() {
		bench.put(b, "k", string(body))
		bench.get(b, "k")
	}
}
