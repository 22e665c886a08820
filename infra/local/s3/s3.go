// Package s3 is Amazon S3 on one machine: buckets, objects with metadata,
// checksums, ranges and conditions, version 2 listing, multipart uploads and
// presigned URLs, for one access key, behind path-style addresses.
//
// Object bytes are files; one bbolt file holds the index. An object exists
// from the moment its index entry is on disk, so a killed process leaves
// either the old object or the new one. Every request is verified by
// Signature Version 4.
//
// A parameter or header the package does not know is refused with
// NotImplemented, as S3 itself does with "a header that implies functionality
// that is not implemented". Versions, access lists, policies, tags, lifecycle,
// copying and notifications are among them.
//
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/
package s3

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Options are what a Server needs to know of its surroundings.
type Options struct {
	Region          string
	AccessKeyID     string
	SecretAccessKey string
	// Now is the clock of modification times and of signatures' expiry.
	Now func() time.Time
}

// Server serves the buckets kept in one folder. It is safe for concurrent use.
type Server struct {
	options Options
	index   *index
	blobs   blobs
}

// Open serves the buckets kept in dir, which is made if it is missing.
func Open(dir string, o Options) (*Server, error) {
	b := blobs{dir}
	ix, err := openIndex(dir)
	if err != nil {
		return nil, err
	}
	if err := ix.recover(b); err != nil {
		_ = ix.db.Close()
		return nil, err
	}
	return &Server{options: o, index: ix, blobs: b}, nil
}

// Close ends the server; calls still running fail.
func (s *Server) Close() error { return s.index.close() }

// call is one verified request.
type call struct {
	w      http.ResponseWriter
	r      *http.Request
	query  url.Values // without what belongs to the signature
	bucket string
	key    string
}

// operation is one S3 operation and all that it understands.
type operation struct {
	method string
	// sub is the query parameter that selects the operation, "" for none.
	sub     string
	params  []string // further query parameters
	headers []string // x-amz-* and conditional headers, lower case; a final * is a wildcard
	serve   func(*Server, *call) error
}

var (
	serviceOperations = []operation{
		{method: "GET", serve: (*Server).listBuckets},
	}
	bucketOperations = []operation{
		{method: "PUT", serve: (*Server).createBucket},
		{method: "HEAD", serve: (*Server).headBucket},
		{method: "DELETE", serve: (*Server).deleteBucket},
		{method: "GET", sub: "location", serve: (*Server).getBucketLocation},
		{method: "GET", sub: "list-type", serve: (*Server).listObjects, params: []string{
			"prefix", "delimiter", "max-keys", "start-after", "continuation-token", "encoding-type", "fetch-owner",
		}},
		{method: "POST", sub: "delete", serve: (*Server).deleteObjects},
	}
	objectOperations = []operation{
		{method: "PUT", serve: (*Server).putObject, headers: slices.Concat(storedHeaders, []string{"if-match", "if-none-match"})},
		{method: "GET", serve: (*Server).getObject, params: slices.Collect(overrides()), headers: readHeaders},
		{method: "HEAD", serve: (*Server).getObject, params: slices.Collect(overrides()), headers: readHeaders},
		{method: "DELETE", serve: (*Server).deleteObject},
		{method: "POST", sub: "uploads", serve: (*Server).createUpload, headers: slices.Concat(storedHeaders, []string{"x-amz-checksum-algorithm"})},
		{method: "PUT", sub: "uploadId", serve: (*Server).uploadPart, params: []string{"partNumber"}},
		{method: "GET", sub: "uploadId", serve: (*Server).listParts, params: []string{"max-parts", "part-number-marker"}},
		{method: "POST", sub: "uploadId", serve: (*Server).completeUpload, headers: []string{"if-match", "if-none-match", "x-amz-mp-object-size"}},
		{method: "DELETE", sub: "uploadId", serve: (*Server).abortUpload},
	}
)

// Headers that objects keep and give back, and those that reading takes.
var (
	storedHeaders = []string{
		"x-amz-meta-*", "x-amz-storage-class", "x-amz-server-side-encryption",
		"x-amz-server-side-encryption-aws-kms-key-id", "x-amz-server-side-encryption-bucket-key-enabled",
	}
	readHeaders = []string{"if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "x-amz-checksum-mode"}
	// everyCall are headers of the protocol and its checksums.
	everyCall = []string{
		"x-amz-date", "x-amz-content-sha256", "x-amz-user-agent", "x-amz-decoded-content-length",
		"x-amz-trailer", "x-amz-sdk-checksum-algorithm", "x-amz-checksum-*",
	}
)

// Handler serves the API.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amz-Request-Id", randomName(8))
		c := &call{w: w, r: r}
		c.bucket, c.key, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if err := s.serve(c); err != nil {
			c.fail(err)
		}
	})
}

func (s *Server) serve(c *call) error {
	var err error
	if c.query, err = s.authenticate(c.r); err != nil {
		return err
	}
	if len(c.key) > 1024 {
		return errKeyTooLong
	}
	operations := objectOperations
	switch {
	case c.bucket == "":
		operations = serviceOperations
	case c.key == "":
		operations = bucketOperations
	}
	for _, op := range operations {
		if op.method == c.r.Method && c.selects(op.sub, operations) {
			if err := c.check(op); err != nil {
				return err
			}
			return op.serve(s, c)
		}
	}
	return errNotImplemented("The operation is not offered by this service.")
}

// selects says whether sub is the selecting parameter of the request; "" is if
// the request has none.
func (c *call) selects(sub string, operations []operation) bool {
	if sub != "" {
		return c.query.Has(sub)
	}
	return !slices.ContainsFunc(operations, func(o operation) bool { return o.sub != "" && c.query.Has(o.sub) })
}

// check refuses what op does not understand.
func (c *call) check(op operation) error {
	for name := range c.query {
		if name != op.sub && name != "x-id" && !slices.Contains(op.params, name) {
			return errNotImplemented("The parameter " + name + " is not offered by this service.")
		}
	}
	for name := range c.r.Header {
		name = strings.ToLower(name)
		conditional := strings.HasPrefix(name, "if-")
		if !conditional && !strings.HasPrefix(name, "x-amz-") {
			continue
		}
		if !matches(name, everyCall) && !matches(name, op.headers) {
			return errNotImplemented("A header you provided implies functionality that is not implemented: " + name)
		}
	}
	return nil
}

func matches(name string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		prefix, wild := strings.CutSuffix(p, "*")
		return name == p || wild && strings.HasPrefix(name, prefix)
	})
}

// reply writes v as the XML document of a success.
func (c *call) reply(v any) error {
	body, err := xml.Marshal(v)
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "application/xml")
	_, _ = c.w.Write(append([]byte(xml.Header), body...)) // the caller may be gone
	return nil
}

func (c *call) fail(err error) {
	var e *Error
	if !errors.As(err, &e) {
		if c.r.Context().Err() == nil {
			slog.ErrorContext(c.r.Context(), "embedded S3 failed", "method", c.r.Method, "path", c.r.URL.Path, "err", err)
		}
		e = errInternal
	}
	if e.Status == http.StatusNotModified || c.r.Method == http.MethodHead {
		c.w.WriteHeader(e.Status)
		return
	}
	body, _ := xml.Marshal(struct {
		XMLName   xml.Name `xml:"Error"`
		Code      string
		Message   string
		Resource  string
		RequestID string `xml:"RequestId"`
	}{Code: e.Code, Message: e.Message, Resource: c.r.URL.Path, RequestID: c.w.Header().Get("X-Amz-Request-Id")})
	c.w.Header().Set("Content-Type", "application/xml")
	c.w.WriteHeader(e.Status)
	_, _ = c.w.Write(append([]byte(xml.Header), body...))
}

// randomName is n random bytes in hexadecimal.
func randomName(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
