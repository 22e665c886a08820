package s3

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	bolt "go.etcd.io/bbolt"
)

const (
	maxParts = 10_000
	minPart  = 5 << 20 // bytes, of every part but the last
)

// upload is a multipart upload under way.
type upload struct {
	Bucket, Key string
	Headers     map[string]string
	// Algorithm is the checksum of the object, Type how it is made of those of
	// the parts.
	Algorithm, Type string
}

// part is an uploaded part.
type part struct {
	Blob     string
	Size     int64
	ETag     string
	Modified time.Time
	Checksum checksum
}

func (s *Server) createUpload(c *call) error {
	headers, err := storedOf(c.r.Header)
	if err != nil {
		return err
	}
	u := upload{Bucket: c.bucket, Key: c.key, Headers: headers, Algorithm: c.r.Header.Get("X-Amz-Checksum-Algorithm"), Type: c.r.Header.Get("X-Amz-Checksum-Type")}
	if err := u.completeChecksum(); err != nil {
		return err
	}
	if err := s.knowBucket(c); err != nil {
		return err
	}
	id := randomName(16)
	if err := s.index.db.Update(func(tx *bolt.Tx) error { return put(tx.Bucket(uploadsBucket), []byte(id), u) }); err != nil {
		return fmt.Errorf("starting a multipart upload: %w", err)
	}
	c.w.Header().Set("X-Amz-Checksum-Algorithm", u.Algorithm)
	c.w.Header().Set("X-Amz-Checksum-Type", u.Type)
	return c.reply(struct {
		XMLName  xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ InitiateMultipartUploadResult"`
		Bucket   string
		Key      string
		UploadID string `xml:"UploadId"`
	}{Bucket: c.bucket, Key: c.key, UploadID: id})
}

// completeChecksum fills in what the client left open: CRC64NVME is always of
// the full object, the others of the parts unless asked for.
func (u *upload) completeChecksum() error {
	if u.Algorithm == "" {
		u.Algorithm = defaultChecksum
	}
	if checksums[u.Algorithm] == nil {
		return errNotImplemented("The checksum algorithm " + u.Algorithm + " is not offered by this service.")
	}
	if u.Type == "" {
		u.Type = composite
		if u.Algorithm == defaultChecksum {
			u.Type = fullObject
		}
	}
	if u.Type != fullObject && (u.Type != composite || u.Algorithm == defaultChecksum) {
		return errInvalidRequest("The checksum type cannot be used with the checksum algorithm.")
	}
	return nil
}

// upload returns the upload the call is about.
func (s *Server) upload(c *call) (id string, u upload, err error) {
	id = c.query.Get("uploadId")
	err = s.index.db.View(func(tx *bolt.Tx) error {
		return get(tx.Bucket(uploadsBucket), []byte(id), &u, errNoSuchUpload)
	})
	if err == nil && (u.Bucket != c.bucket || u.Key != c.key) {
		err = errNoSuchUpload
	}
	return id, u, err
}

func (s *Server) uploadPart(c *call) error {
	id, u, err := s.upload(c)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(c.query.Get("partNumber"))
	if err != nil || number < 1 || number > maxParts {
		return errInvalidArgument("Part number must be an integer between 1 and 10000, inclusive")
	}
	var d digest
	blob, err := s.blobs.create(func(w io.Writer) (err error) {
		d, err = c.receive(w, maxUpload, u.Algorithm)
		return err
	})
	if err != nil {
		return err
	}
	if d.checksum.Algorithm != u.Algorithm {
		s.blobs.remove(blob)
		return errInvalidRequest("Checksum Type mismatch occurred, expected checksum Type: " + u.Algorithm + ", actual checksum Type: " + d.checksum.Algorithm)
	}
	p := part{Blob: blob, Size: d.size, ETag: hex.EncodeToString(d.md5), Modified: s.options.Now(), Checksum: d.checksum}
	if err := s.keepPart(id, number, p); err != nil {
		return err
	}
	c.w.Header().Set("ETag", quote(p.ETag))
	c.w.Header().Set(p.Checksum.header(), p.Checksum.Value)
	return nil
}

// keepPart stores a part, unless the upload ended in the meantime.
func (s *Server) keepPart(id string, number int, p part) error {
	var old part
	err := s.index.db.Update(func(tx *bolt.Tx) error {
		if tx.Bucket(uploadsBucket).Get([]byte(id)) == nil {
			return errNoSuchUpload
		}
		parts := tx.Bucket(partsBucket)
		if v := parts.Get(partKey(id, number)); v != nil {
			if err := json.Unmarshal(v, &old); err != nil {
				return err
			}
		}
		return put(parts, partKey(id, number), p)
	})
	if err != nil {
		s.blobs.remove(p.Blob)
		return err
	}
	s.blobs.remove(old.Blob)
	return nil
}

// parts returns the parts of an upload by number.
func parts(tx *bolt.Tx, id string) (map[int]part, error) {
	out := map[int]part{}
	cursor := tx.Bucket(partsBucket).Cursor()
	for k, v := cursor.Seek([]byte(id)); k != nil && bytes.HasPrefix(k, []byte(id)); k, v = cursor.Next() {
		var p part
		if err := json.Unmarshal(v, &p); err != nil {
			return nil, err
		}
		out[int(binary.BigEndian.Uint16(k[len(id):]))] = p
	}
	return out, nil
}

// endUpload forgets an upload and returns the blobs of its parts.
func endUpload(tx *bolt.Tx, id string) (blobs []string, err error) {
	all, err := parts(tx, id)
	if err != nil {
		return nil, err
	}
	for number, p := range all {
		blobs = append(blobs, p.Blob)
		if err := tx.Bucket(partsBucket).Delete(partKey(id, number)); err != nil {
			return nil, err
		}
	}
	return blobs, tx.Bucket(uploadsBucket).Delete([]byte(id))
}

func (s *Server) abortUpload(c *call) error {
	id, _, err := s.upload(c)
	if err != nil {
		return err
	}
	var blobs []string
	err = s.index.db.Update(func(tx *bolt.Tx) (err error) {
		blobs, err = endUpload(tx, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("aborting a multipart upload: %w", err)
	}
	s.blobs.remove(blobs...)
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

type chosenPart struct {
	PartNumber int
	ETag       string
	checksumXML
}

func (s *Server) completeUpload(c *call) error {
	id, u, err := s.upload(c)
	if err != nil {
		return err
	}
	cond, err := writeCondition(c.r.Header)
	if err != nil {
		return err
	}
	announced := takeChecksums(c.r.Header)
	chosen, err := s.chosenParts(c, id, u)
	if err != nil {
		return err
	}
	o, err := s.join(u, chosen)
	if err != nil {
		return err
	}
	o.Modified = s.options.Now()
	if err := c.checkWhole(u, o, announced); err != nil {
		s.blobs.remove(o.Blob)
		return err
	}
	var blobs []string
	err = s.commit(c, o, nil, cond, func(tx *bolt.Tx) error {
		if tx.Bucket(uploadsBucket).Get([]byte(id)) == nil {
			return errNoSuchUpload
		}
		blobs, err = endUpload(tx, id)
		return err
	})
	if err != nil {
		return err
	}
	s.blobs.remove(blobs...)
	o.echoEncryption(c.w.Header())
	return c.reply(struct {
		XMLName      xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ CompleteMultipartUploadResult"`
		Location     string
		Bucket       string
		Key          string
		ETag         string
		ChecksumType string
		checksumXML
	}{Location: "http://" + c.r.Host + c.r.URL.EscapedPath(), Bucket: c.bucket, Key: c.key, ETag: quote(o.ETag),
		ChecksumType: o.Checksum.Type, checksumXML: o.Checksum.xml()})
}

// takeChecksums takes the checksum headers out of h: in this call they speak of
// the whole object, not of the request's body.
func takeChecksums(h http.Header) http.Header {
	out := http.Header{}
	for name := range h {
		if algorithmOf(name) != "" {
			out[name] = h[name]
			delete(h, name)
		}
	}
	return out
}

// checkWhole compares what the client announced of the whole object.
func (c *call) checkWhole(u upload, o object, announced http.Header) error {
	if size := c.r.Header.Get("X-Amz-Mp-Object-Size"); size != "" && size != strconv.FormatInt(o.Size, 10) {
		return errInvalidRequest("The provided 'x-amz-mp-object-size' header does not match what was computed.")
	}
	if t := c.r.Header.Get("X-Amz-Checksum-Type"); t != "" && t != u.Type {
		return errInvalidRequest("The upload was created using the " + u.Type + " checksum mode.")
	}
	if want := announced.Get(o.Checksum.header()); want != "" && u.Type == fullObject && want != o.Checksum.Value {
		return errBadDigest
	}
	return nil
}

// chosenParts reads the list of parts that make the object and finds them.
func (s *Server) chosenParts(c *call, id string, u upload) ([]part, error) {
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	var in struct{ Part []chosenPart }
	if err := xml.Unmarshal(body, &in); err != nil || len(in.Part) == 0 {
		return nil, errMalformedXML
	}
	byNumber := func(a, b chosenPart) int { return a.PartNumber - b.PartNumber }
	if !slices.IsSortedFunc(in.Part, byNumber) {
		return nil, errPartOrder
	}
	var have map[int]part
	err = s.index.db.View(func(tx *bolt.Tx) (err error) {
		have, err = parts(tx, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading parts: %w", err)
	}
	var out []part
	for i, want := range in.Part {
		p, ok := have[want.PartNumber]
		sum := *want.field(u.Algorithm)
		switch {
		case !ok || i > 0 && want.PartNumber == in.Part[i-1].PartNumber || unquote(want.ETag) != p.ETag || sum != "" && sum != p.Checksum.Value:
			return nil, errInvalidPart
		case i < len(in.Part)-1 && p.Size < minPart:
			return nil, errTooSmall
		}
		out = append(out, p)
	}
	return out, nil
}

// join makes one blob of the parts.
func (s *Server) join(u upload, all []part) (object, error) {
	o := object{Headers: u.Headers}
	whole, ofParts, etag := checksums[u.Algorithm](), checksums[u.Algorithm](), md5.New()
	blob, err := s.blobs.create(func(w io.Writer) error {
		for _, p := range all {
			if err := s.copyPart(io.MultiWriter(w, whole), p); err != nil {
				return err
			}
			o.Size += p.Size
			for _, sum := range []struct {
				to     io.Writer
				decode func(string) ([]byte, error)
				text   string
			}{{etag, hex.DecodeString, p.ETag}, {ofParts, base64.StdEncoding.DecodeString, p.Checksum.Value}} {
				b, err := sum.decode(sum.text)
				if err != nil {
					return err
				}
				_, _ = sum.to.Write(b) // a hash never fails
			}
		}
		return nil
	})
	if err != nil {
		return object{}, fmt.Errorf("joining parts: %w", err)
	}
	suffix := "-" + strconv.Itoa(len(all))
	o.Blob, o.ETag = blob, hex.EncodeToString(etag.Sum(nil))+suffix
	o.Checksum = checksum{u.Algorithm, encode(whole), fullObject}
	if u.Type == composite {
		o.Checksum = checksum{u.Algorithm, encode(ofParts) + suffix, composite}
	}
	return o, nil
}

func (s *Server) copyPart(w io.Writer, p part) error {
	f, err := s.blobs.open(p.Blob)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	_, err = io.Copy(w, f)
	return err
}

type partXML struct {
	PartNumber   int
	LastModified string
	ETag         string
	Size         int64
	checksumXML
}

func (s *Server) listParts(c *call) error {
	id, u, err := s.upload(c)
	if err != nil {
		return err
	}
	after, limit := 0, maxKeys
	for name, to := range map[string]*int{"part-number-marker": &after, "max-parts": &limit} {
		if text := c.query.Get(name); text != "" {
			if *to, err = strconv.Atoi(text); err != nil || *to < 0 {
				return errInvalidArgument("Argument " + name + " must be an integer between 0 and 2147483647")
			}
		}
	}
	limit = min(limit, maxKeys)
	out := struct {
		XMLName      xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListPartsResult"`
		Bucket       string
		Key          string
		UploadID     string `xml:"UploadId"`
		StorageClass string
		Algorithm    string `xml:"ChecksumAlgorithm"`
		ChecksumType string
		Marker       int `xml:"PartNumberMarker"`
		Next         int `xml:"NextPartNumberMarker"`
		MaxParts     int
		IsTruncated  bool
		Part         []partXML
	}{Bucket: c.bucket, Key: c.key, UploadID: id, StorageClass: "STANDARD", Algorithm: u.Algorithm, ChecksumType: u.Type, Marker: after, MaxParts: limit}
	var have map[int]part
	if err := s.index.db.View(func(tx *bolt.Tx) (err error) { have, err = parts(tx, id); return err }); err != nil {
		return fmt.Errorf("reading parts: %w", err)
	}
	for number := after + 1; number <= maxParts; number++ {
		p, ok := have[number]
		if !ok {
			continue
		}
		if len(out.Part) == limit {
			out.IsTruncated = true
			break
		}
		out.Part = append(out.Part, partXML{number, formatTime(p.Modified), quote(p.ETag), p.Size, p.Checksum.xml()})
		out.Next = number
	}
	return c.reply(out)
}
