package s3

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestChunkedBody(t *testing.T) {
	tests := []struct {
		name, in, want, trailer string
		fails                   bool
	}{
		{name: "two chunks and a trailer", in: "3\r\nabc\r\nA\r\n0123456789\r\n0\r\nx-amz-checksum-crc32:AAAA==\r\n\r\n", want: "abc0123456789", trailer: "AAAA=="},
		{name: "chunk extension", in: "1;chunk-signature=00\r\na\r\n0\r\n\r\n", want: "a"},
		{name: "empty", in: "0\r\n\r\n"},
		{name: "cut in a chunk", in: "5\r\nabc", fails: true},
		{name: "cut before the last chunk", in: "1\r\na\r\n", fails: true},
		{name: "cut in the trailer", in: "1\r\na\r\n0\r\nx-amz", fails: true},
		{name: "chunk longer than its size", in: "1\r\nab\r\n0\r\n\r\n", fails: true},
		{name: "size that is no number", in: "z\r\n", fails: true},
		{name: "negative size", in: "-1\r\n", fails: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newChunkedReader(strings.NewReader(tt.in))
			got, err := io.ReadAll(r)
			if tt.fails {
				if !errors.Is(err, errIncompleteBody) {
					t.Errorf("got %q, %v", got, err)
				}
				return
			}
			if err != nil || string(got) != tt.want || r.trailer.Get("X-Amz-Checksum-Crc32") != tt.trailer {
				t.Errorf("got %q, %v, %v", got, r.trailer, err)
			}
		})
	}
}

func FuzzChunkedBody(f *testing.F) {
	f.Add([]byte("data"), []byte("4\r\ndata\r\n0\r\na:b\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data, raw []byte) {
		encoded := "0\r\n\r\n"
		if len(data) > 0 {
			encoded = fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(data), data)
		}
		if got, err := io.ReadAll(newChunkedReader(strings.NewReader(encoded))); err != nil || !bytes.Equal(got, data) {
			t.Errorf("round trip of %q gave %q, %v", data, got, err)
		}
		if got, _ := io.ReadAll(newChunkedReader(bytes.NewReader(raw))); len(got) > len(raw) {
			t.Errorf("%d bytes out of %d", len(got), len(raw))
		}
	})
}

func FuzzRange(f *testing.F) {
	f.Add("bytes=0-3", int64(10))
	f.Add("bytes=-3", int64(0))
	f.Add("bytes=5-9223372036854775807", int64(9))
	f.Fuzz(func(t *testing.T, header string, size int64) {
		if size < 0 {
			return
		}
		part, partial, err := parseRange(header, size)
		if err != nil {
			return
		}
		if part.start < 0 || part.length < 0 || part.start+part.length > size || partial && part.length == 0 {
			t.Errorf("%q of %d gives %+v", header, size, part)
		}
	})
}
