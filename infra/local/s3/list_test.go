package s3_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
)

// walk lists all pages; common prefixes are marked with a star.
func walk(t *testing.T, b *bench, in awss3.ListObjectsV2Input) (keys []string) {
	t.Helper()
	in.Bucket = aws.String(bucket)
	pages := awss3.NewListObjectsV2Paginator(b.Client, &in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n := len(page.Contents) + len(page.CommonPrefixes); n != int(*page.KeyCount) || in.MaxKeys != nil && n > int(*in.MaxKeys) {
			t.Errorf("page of %d, key count %d", n, *page.KeyCount)
		}
		for _, o := range page.Contents {
			keys = append(keys, *o.Key)
		}
		for _, p := range page.CommonPrefixes {
			keys = append(keys, *p.Prefix+"*")
		}
	}
	return keys
}

func TestListing(t *testing.T) {
	b := newBench(t)
	for _, key := range []string{"a.txt", "a/1", "a/2", "a/b/3", "a0", "b/1", "é/1", "z"} {
		b.put(t, key, key)
	}
	all := "a.txt a/1 a/2 a/b/3 a0 b/1 z é/1"
	tests := []struct {
		name string
		in   awss3.ListObjectsV2Input
		want string
	}{
		{"everything in byte order", awss3.ListObjectsV2Input{}, all},
		{"one by one", awss3.ListObjectsV2Input{MaxKeys: aws.Int32(1)}, all},
		{"encoded", awss3.ListObjectsV2Input{EncodingType: "url", Prefix: aws.String("é")}, "%C3%A9/1"},
		{"prefix", awss3.ListObjectsV2Input{Prefix: aws.String("a/")}, "a/1 a/2 a/b/3"},
		{"prefix by twos", awss3.ListObjectsV2Input{Prefix: aws.String("a/"), MaxKeys: aws.Int32(2)}, "a/1 a/2 a/b/3"},
		{"folders", awss3.ListObjectsV2Input{Delimiter: aws.String("/")}, "a.txt a0 z a/* b/* é/*"},
		{"folders one by one", awss3.ListObjectsV2Input{Delimiter: aws.String("/"), MaxKeys: aws.Int32(1)}, "a.txt a/* a0 b/* z é/*"},
		{"folder in a folder", awss3.ListObjectsV2Input{Prefix: aws.String("a/"), Delimiter: aws.String("/")}, "a/1 a/2 a/b/*"},
		{"start after", awss3.ListObjectsV2Input{StartAfter: aws.String("a/2")}, "a/b/3 a0 b/1 z é/1"},
		{"start inside a folder", awss3.ListObjectsV2Input{StartAfter: aws.String("a/1"), Delimiter: aws.String("/")}, "a0 z a/* b/* é/*"},
		{"nothing", awss3.ListObjectsV2Input{Prefix: aws.String("none")}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(walk(t, b, tt.in), " "); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestListingPagesAThousandKeys(t *testing.T) {
	b := newBench(t)
	var want []string
	for i := range 1003 {
		key := fmt.Sprintf("k%04d", i)
		want = append(want, key)
		b.put(t, key, "")
	}
	if got := walk(t, b, awss3.ListObjectsV2Input{}); !slices.Equal(got, want) {
		t.Errorf("got %d keys", len(got))
	}
}
