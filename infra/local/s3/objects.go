package s3

import (
	"bytes"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// maxMetadata is the size of all user metadata of an object, in bytes.
const maxMetadata = 2 << 10

// kept are the standard headers an object gives back as it got them.
var kept = []string{"Content-Type", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Expires"}

// storedOf collects the headers of a new object.
func storedOf(h http.Header) (map[string]string, error) {
	if class := h.Get("X-Amz-Storage-Class"); class != "" && class != "STANDARD" {
		return nil, errInvalidStorageClass
	}
	out := map[string]string{"Content-Type": "binary/octet-stream"}
	for _, name := range kept {
		if v := h.Get(name); v != "" {
			out[name] = v
		}
	}
	// aws-chunked is how the body travelled, not what it is.
	encoding := strings.Trim(strings.ReplaceAll(out["Content-Encoding"], "aws-chunked", ""), ", ")
	if delete(out, "Content-Encoding"); encoding != "" {
		out["Content-Encoding"] = encoding
	}
	size := 0
	for name, values := range h {
		meta, ok := strings.CutPrefix(name, "X-Amz-Meta-")
		if ok {
			size += len(meta) + len(values[0])
		}
		if ok || strings.HasPrefix(name, "X-Amz-Server-Side-Encryption") {
			out[name] = strings.Join(values, ",")
		}
	}
	if size > maxMetadata {
		return nil, errMetadataTooLarge
	}
	return out, nil
}

func (s *Server) putObject(c *call) error {
	headers, err := storedOf(c.r.Header)
	if err != nil {
		return err
	}
	cond, err := writeCondition(c.r.Header)
	if err != nil {
		return err
	}
	if err := s.knowBucket(c); err != nil {
		return err
	}
	o, small, err := s.take(c)
	if err != nil {
		return err
	}
	o.Headers = headers
	if err := s.commit(c, o, small, cond, nil); err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("ETag", quote(o.ETag))
	h.Set(o.Checksum.header(), o.Checksum.Value)
	h.Set("X-Amz-Checksum-Type", o.Checksum.Type)
	o.echoEncryption(h)
	return nil
}

// smallObject is the size up to which an object is kept in the index, in bytes.
const smallObject = 32 << 10

// take receives the bytes of a new object, those of a small one into memory.
func (s *Server) take(c *call) (o object, small []byte, err error) {
	var d digest
	receive := func(w io.Writer) (err error) {
		d, err = c.receive(w, maxUpload, c.wantedChecksum())
		return err
	}
	if n := c.r.ContentLength; 0 <= n && n <= smallObject {
		buffer := bytes.NewBuffer(make([]byte, 0, n))
		err = receive(buffer)
		o.Blob, o.Small, small = randomName(16), true, buffer.Bytes()
	} else {
		o.Blob, err = s.blobs.create(receive)
	}
	o.Size, o.ETag, o.Modified, o.Checksum = d.size, hex.EncodeToString(d.md5), s.options.Now(), d.checksum
	return o, small, err
}

// wantedChecksum is the algorithm to compute if the client sends no value.
func (c *call) wantedChecksum() string {
	if a := c.r.Header.Get("X-Amz-Sdk-Checksum-Algorithm"); checksums[a] != nil {
		return a
	}
	return defaultChecksum
}

// commit makes o the object of the call's key, together with what also does in
// the same transaction. The blob of a failed commit is deleted, as is the blob
// that was replaced.
func (s *Server) commit(c *call, o object, small []byte, cond condition, also func(*bolt.Tx) error) error {
	var old string
	// Batch shares one disk sync among writers that wait, and may call this twice.
	err := s.index.db.Batch(func(tx *bolt.Tx) error {
		b, err := objects(tx, c.bucket)
		if err != nil {
			return err
		}
		if old, err = replace(tx, b, c.key, o, small, cond); err != nil {
			return err
		}
		if also != nil {
			return also(tx)
		}
		return nil
	})
	if err != nil {
		s.blobs.remove(o.file())
		return err
	}
	s.blobs.remove(old)
	return nil
}

// writeCondition is what If-Match and If-None-Match ask of a write.
//
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
func writeCondition(h http.Header) (condition, error) {
	match, noneMatch := h.Get("If-Match"), h.Get("If-None-Match")
	if noneMatch != "" && (noneMatch != "*" || match != "") {
		return nil, errNotImplemented("A write takes If-None-Match with * or If-Match with an ETag.")
	}
	return func(old *object) error {
		switch {
		case noneMatch != "" && old != nil:
			return errPreconditionFailed
		case match != "" && old == nil:
			return errNoSuchKey
		case match != "" && match != "*" && unquote(match) != old.ETag:
			return errPreconditionFailed
		}
		return nil
	}, nil
}

func (s *Server) deleteObject(c *call) error {
	var blob string
	err := s.index.db.Update(func(tx *bolt.Tx) error {
		b, err := objects(tx, c.bucket)
		if err != nil {
			return err
		}
		blob, err = remove(tx, b, c.key)
		return err
	})
	if err != nil {
		return err
	}
	s.blobs.remove(blob)
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// maxDelete is how many keys one DeleteObjects takes.
const maxDelete = 1000

type deleteRequest struct {
	Quiet   bool
	Objects []struct {
		Key   string
		Other []struct{} `xml:",any"` // versions and conditions
	} `xml:"Object"`
}

type deleted struct{ Key string }

func (s *Server) deleteObjects(c *call) error {
	body, err := c.document()
	if err != nil {
		return err
	}
	var in deleteRequest
	if err := xml.Unmarshal(body, &in); err != nil || len(in.Objects) == 0 || len(in.Objects) > maxDelete {
		return errMalformedXML
	}
	for _, o := range in.Objects {
		if len(o.Other) > 0 {
			return errNotImplemented("Versions and conditions of deleted objects are not offered by this service.")
		}
	}
	var blobs []string
	err = s.index.db.Update(func(tx *bolt.Tx) error {
		b, err := objects(tx, c.bucket)
		for i := 0; i < len(in.Objects) && err == nil; i++ {
			var blob string
			blob, err = remove(tx, b, in.Objects[i].Key)
			blobs = append(blobs, blob)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("deleting objects: %w", err)
	}
	s.blobs.remove(blobs...)
	out := struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ DeleteResult"`
		Deleted []deleted
	}{}
	for _, o := range in.Objects {
		if !in.Quiet {
			out.Deleted = append(out.Deleted, deleted{o.Key})
		}
	}
	return c.reply(out)
}

func quote(etag string) string { return `"` + etag + `"` }

func unquote(etag string) string { return strings.Trim(etag, `"`) }
