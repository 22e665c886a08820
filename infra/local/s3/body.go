package s3

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const (
	maxUpload   = 5 << 30 // bytes of one PUT
	maxDocument = 2 << 20 // bytes of an XML request: 1,000 keys of 1,024 bytes
)

// digest is what was computed over a body while it was read.
type digest struct {
	size     int64
	md5      []byte
	checksum checksum
}

// receive copies the request's body to dst, which gets the object's bytes, and
// verifies every digest the client sent. algorithm is the checksum to compute
// if the client names none.
func (c *call) receive(dst io.Writer, limit int64, algorithm string) (digest, error) {
	algorithm, announced, err := c.announced(algorithm)
	if err != nil {
		return digest{}, err
	}
	payload := c.r.Header.Get("X-Amz-Content-Sha256")
	body, size, trailer, err := c.payload(payload)
	if err != nil {
		return digest{}, err
	}
	if size > limit {
		return digest{}, errTooLarge
	}
	sums := map[string]hash.Hash{"md5": md5.New(), "payload": sha256.New(), "checksum": checksums[algorithm]()}
	// One byte more than announced is read to reach the trailer, or to notice.
	n, err := io.Copy(io.MultiWriter(dst, sums["md5"], sums["payload"], sums["checksum"]), io.LimitReader(body, size+1))
	if err != nil {
		return digest{}, bodyError(err)
	}
	if n != size {
		return digest{}, errIncompleteBody
	}
	if len(payload) == hex.EncodedLen(sha256.Size) && hex.EncodeToString(sums["payload"].Sum(nil)) != payload {
		return digest{}, errContentSHA256
	}
	d := digest{n, sums["md5"].Sum(nil), checksum{algorithm, encode(sums["checksum"]), fullObject}}
	if announced == "" {
		announced = trailer.Get(d.checksum.header())
	}
	return d, d.verify(announced, c.r.Header)
}

// announced is the algorithm of the checksum the client sends, before or after
// the body, and its value if it came before.
func (c *call) announced(initial string) (algorithm, value string, err error) {
	for name, values := range c.r.Header {
		if a := algorithmOf(name); a != "" {
			if algorithm != "" {
				return "", "", errInvalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum types are not allowed.")
			}
			algorithm, value = a, values[0]
		}
	}
	if algorithm != "" {
		return algorithm, value, nil
	}
	trailer := c.r.Header.Get("X-Amz-Trailer")
	if trailer == "" {
		return initial, "", nil
	}
	if algorithm = algorithmOf(trailer); algorithm == "" {
		return "", "", errNotImplemented("The trailer " + trailer + " is not offered by this service.")
	}
	return algorithm, "", nil
}

// payload is the decoded body, its size in bytes and its trailer, which is
// filled when the body was read.
func (c *call) payload(kind string) (io.Reader, int64, http.Header, error) {
	if !strings.HasPrefix(kind, "STREAMING-") {
		if c.r.ContentLength < 0 {
			return nil, 0, nil, errMissingLength
		}
		return c.r.Body, c.r.ContentLength, nil, nil
	}
	if kind != streamingUnsigned {
		return nil, 0, nil, errNotImplemented("Signed chunks are not offered by this service.")
	}
	size, err := strconv.ParseInt(c.r.Header.Get("X-Amz-Decoded-Content-Length"), 10, 64)
	if err != nil || size < 0 {
		return nil, 0, nil, errMissingLength
	}
	decoded := newChunkedReader(c.r.Body)
	return decoded, size, decoded.trailer, nil
}

// bodyError tells a body that broke off from a disk that is full.
func bodyError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errIncompleteBody) {
		return errIncompleteBody
	}
	return err
}

func (d digest) verify(announced string, h http.Header) error {
	if h.Get("X-Amz-Trailer") != "" && announced == "" || announced != "" && announced != d.checksum.Value {
		return errBadDigest
	}
	contentMD5 := h.Get("Content-Md5")
	if contentMD5 == "" {
		return nil
	}
	want, err := base64.StdEncoding.DecodeString(contentMD5)
	if err != nil || len(want) != md5.Size {
		return errInvalidDigest
	}
	if !slices.Equal(want, d.md5) {
		return errBadDigest
	}
	return nil
}

// document reads the XML of a request.
func (c *call) document() ([]byte, error) {
	var b bytes.Buffer
	if _, err := c.receive(&b, maxDocument, defaultChecksum); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
