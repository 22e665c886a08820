package s3

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"iter"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// responseParams are the parameters by which a reader chooses headers of the
// reply.
var responseParams = map[string]string{
	"response-content-type":        "Content-Type",
	"response-content-language":    "Content-Language",
	"response-expires":             "Expires",
	"response-cache-control":       "Cache-Control",
	"response-content-disposition": "Content-Disposition",
	"response-content-encoding":    "Content-Encoding",
}

func overrides() iter.Seq[string] { return maps.Keys(responseParams) }

// getObject serves GET and HEAD.
func (s *Server) getObject(c *call) error {
	o, f, err := s.openObject(c.bucket, c.key)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	h := c.w.Header()
	h.Set("ETag", quote(o.ETag))
	h.Set("Last-Modified", o.Modified.UTC().Format(http.TimeFormat))
	if err := readCondition(c.r.Header, o); err != nil {
		return err
	}
	part, partial, err := parseRange(c.r.Header.Get("Range"), o.Size)
	if err != nil {
		h.Set("Content-Range", "bytes */"+strconv.FormatInt(o.Size, 10))
		return err
	}
	o.describe(h, c)
	h.Set("Content-Length", strconv.FormatInt(part.length, 10))
	status := http.StatusOK
	if partial {
		h.Set("Content-Range", part.contentRange(o.Size))
		status = http.StatusPartialContent
	} else if c.r.Header.Get("X-Amz-Checksum-Mode") == "ENABLED" {
		h.Set(o.Checksum.header(), o.Checksum.Value)
		h.Set("X-Amz-Checksum-Type", o.Checksum.Type)
	}
	c.w.WriteHeader(status)
	if c.r.Method == http.MethodGet {
		// A failure now can only cut the reply short; the client sees that.
		_, _ = io.Copy(c.w, io.NewSectionReader(f, part.start, part.length))
	}
	return nil
}

// content is the bytes of an object, in memory or in a file.
type content interface {
	io.ReaderAt
	io.Closer
}

type inMemory struct{ *bytes.Reader }

func (inMemory) Close() error { return nil }

// openObject finds an object and its bytes. A writer may replace both between
// the two steps; then the newer ones are taken.
func (s *Server) openObject(bucket, key string) (object, content, error) {
	for {
		o, small, err := s.index.object(bucket, key)
		if err != nil {
			return object{}, nil, err
		}
		if o.Small {
			return o, inMemory{bytes.NewReader(small)}, nil
		}
		f, err := s.blobs.open(o.Blob)
		if err == nil {
			return o, f, nil
		}
		again, _, indexErr := s.index.object(bucket, key)
		if !errors.Is(err, fs.ErrNotExist) || indexErr == nil && again.Blob == o.Blob {
			return object{}, nil, err
		}
	}
}

// describe sets the headers that tell about the object.
func (o object) describe(h http.Header, c *call) {
	for name, value := range o.Headers {
		h.Set(name, value)
	}
	for param, name := range responseParams {
		if v := c.query.Get(param); v != "" {
			h.Set(name, v)
		}
	}
	h.Set("Accept-Ranges", "bytes")
}

// echoEncryption repeats the encryption a client asked for. The bytes on this
// machine are guarded by the files' permissions.
func (o object) echoEncryption(h http.Header) {
	for name, value := range o.Headers {
		if strings.HasPrefix(name, "X-Amz-Server-Side-Encryption") {
			h.Set(name, value)
		}
	}
}

// readCondition checks the conditions of a read as RFC 9110, section 13.2.2
// orders them.
func readCondition(h http.Header, o object) error {
	modified := o.Modified.Truncate(time.Second)
	if match := h.Get("If-Match"); match != "" {
		if !listsETag(match, o.ETag) {
			return errPreconditionFailed
		}
	} else if t, err := http.ParseTime(h.Get("If-Unmodified-Since")); err == nil && modified.After(t) {
		return errPreconditionFailed
	}
	if match := h.Get("If-None-Match"); match != "" {
		if listsETag(match, o.ETag) {
			return errNotModified
		}
	} else if t, err := http.ParseTime(h.Get("If-Modified-Since")); err == nil && !modified.After(t) {
		return errNotModified
	}
	return nil
}

func listsETag(list, etag string) bool {
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimSpace(item)
		if item == "*" || unquote(item) == etag {
			return true
		}
	}
	return false
}

// span is a part of an object, in bytes.
type span struct{ start, length int64 }

func (s span) contentRange(size int64) string {
	return "bytes " + strconv.FormatInt(s.start, 10) + "-" + strconv.FormatInt(s.start+s.length-1, 10) + "/" + strconv.FormatInt(size, 10)
}

// parseRange reads a Range header: "bytes=first-last", "bytes=first-" or
// "bytes=-last". Anything else, several ranges among it, gives the whole
// object, as in S3.
func parseRange(header string, size int64) (part span, partial bool, err error) {
	whole := span{0, size}
	text, ok := strings.CutPrefix(header, "bytes=")
	first, last, dash := strings.Cut(text, "-")
	if !ok || !dash {
		return whole, false, nil
	}
	if first == "" {
		n, err := strconv.ParseUint(last, 10, 63)
		if err != nil {
			return whole, false, nil
		}
		if n == 0 || size == 0 {
			return whole, false, errInvalidRange
		}
		length := min(int64(n), size)
		return span{size - length, length}, true, nil
	}
	start, err := strconv.ParseUint(first, 10, 63)
	if err != nil {
		return whole, false, nil
	}
	end := uint64(max(size-1, 0))
	if last != "" {
		given, err := strconv.ParseUint(last, 10, 63)
		if err != nil || given < start {
			return whole, false, nil
		}
		end = min(end, given)
	}
	if int64(start) >= size {
		return whole, false, errInvalidRange
	}
	return span{int64(start), int64(end-start) + 1}, true, nil
}
