package s3_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

type multipart struct {
	*bench
	t     *testing.T
	id    *string
	parts []types.CompletedPart
}

func startMultipart(t *testing.T, b *bench, in awss3.CreateMultipartUploadInput) *multipart {
	t.Helper()
	in.Bucket, in.Key = aws.String(bucket), aws.String("big")
	out, err := b.CreateMultipartUpload(t.Context(), &in)
	if err != nil {
		t.Fatal(err)
	}
	return &multipart{b, t, out.UploadId, nil}
}

func (m *multipart) upload(number int32, body []byte) {
	m.t.Helper()
	out, err := m.UploadPart(m.t.Context(), &awss3.UploadPartInput{Bucket: aws.String(bucket), Key: aws.String("big"), UploadId: m.id, PartNumber: &number,
		Body: bytes.NewReader(body), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32})
	if err != nil {
		m.t.Fatal(err)
	}
	m.parts = append(m.parts, types.CompletedPart{PartNumber: &number, ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32})
}

func (m *multipart) complete() (*awss3.CompleteMultipartUploadOutput, error) {
	return m.CompleteMultipartUpload(m.t.Context(), &awss3.CompleteMultipartUploadInput{Bucket: aws.String(bucket), Key: aws.String("big"), UploadId: m.id,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: m.parts}})
}

func TestMultipartUpload(t *testing.T) {
	b := newBench(t)
	for _, checksumType := range []types.ChecksumType{types.ChecksumTypeComposite, types.ChecksumTypeFullObject} {
		t.Run(string(checksumType), func(t *testing.T) {
			m := startMultipart(t, b, awss3.CreateMultipartUploadInput{ContentType: aws.String("message/rfc822"), Metadata: map[string]string{"a": "b"},
				ChecksumAlgorithm: types.ChecksumAlgorithmCrc32, ChecksumType: checksumType})
			first, last := bytes.Repeat([]byte("a"), 5<<20), []byte("end")
			m.upload(1, []byte("replaced"))
			m.parts = nil
			m.upload(1, first)
			m.upload(7, last)
			listed, err := b.ListParts(t.Context(), &awss3.ListPartsInput{Bucket: aws.String(bucket), Key: aws.String("big"), UploadId: m.id})
			if err != nil || len(listed.Parts) != 2 || *listed.Parts[1].PartNumber != 7 || *listed.Parts[0].Size != 5<<20 {
				t.Fatalf("parts %+v, %v", listed, err)
			}
			out, err := m.complete()
			if err != nil {
				t.Fatal(err)
			}
			if out.ChecksumType != checksumType || !strings.HasSuffix(*out.ETag, `-2"`) {
				t.Errorf("completed %s %s", out.ChecksumType, *out.ETag)
			}
			got, err := b.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("big")})
			if err != nil {
				t.Fatal(err)
			}
			if readAll(t, got.Body) != string(first)+string(last) || *got.ContentType != "message/rfc822" || got.Metadata["a"] != "b" {
				t.Error("the object differs from its parts")
			}
			_, err = m.complete()
			wantCode(t, err, "NoSuchUpload")
		})
	}
}

func TestMultipartRefusals(t *testing.T) {
	b := newBench(t)
	start := func() *multipart {
		m := startMultipart(t, b, awss3.CreateMultipartUploadInput{ChecksumAlgorithm: types.ChecksumAlgorithmCrc32})
		m.upload(1, []byte("small"))
		m.upload(2, []byte("end"))
		return m
	}
	m := start()
	_, err := m.complete()
	wantCode(t, err, "EntityTooSmall")

	m = start()
	m.parts[0], m.parts[1] = m.parts[1], m.parts[0]
	_, err = m.complete()
	wantCode(t, err, "InvalidPartOrder")

	m = start()
	m.parts[0].ETag = aws.String(`"00"`)
	_, err = m.complete()
	wantCode(t, err, "InvalidPart")

	m = start()
	if _, err := b.AbortMultipartUpload(t.Context(), &awss3.AbortMultipartUploadInput{Bucket: aws.String(bucket), Key: aws.String("big"), UploadId: m.id}); err != nil {
		t.Fatal(err)
	}
	_, err = m.complete()
	wantCode(t, err, "NoSuchUpload")
	_, err = b.HeadObject(t.Context(), &awss3.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String("big")})
	wantCode(t, err, "NotFound")
}
