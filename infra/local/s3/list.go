package s3

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"net/url"
	"strconv"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// maxKeys is the size of a page of a listing.
const maxKeys = 1000

// listing is the request of a ListObjectsV2.
type listing struct {
	prefix    string
	delimiter string
	// after is the key or common prefix the page starts behind.
	after  string
	max    int
	escape func(string) string
	owners bool
}

type contentXML struct {
	Key          string
	LastModified string
	ETag         string
	Size         int64
	Algorithm    string `xml:"ChecksumAlgorithm,omitempty"`
	ChecksumType string `xml:",omitempty"`
	StorageClass string
	Owner        *owner `xml:",omitempty"`
}

type commonPrefix struct{ Prefix string }

type listXML struct {
	XMLName               xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListBucketResult"`
	Name                  string
	Prefix                string
	Delimiter             string `xml:",omitempty"`
	StartAfter            string `xml:",omitempty"`
	ContinuationToken     string `xml:",omitempty"`
	EncodingType          string `xml:",omitempty"`
	MaxKeys               int
	KeyCount              int
	IsTruncated           bool
	NextContinuationToken string `xml:",omitempty"`
	Contents              []contentXML
	CommonPrefixes        []commonPrefix
}

func (s *Server) listObjects(c *call) error {
	l, err := parseListing(c.query)
	if err != nil {
		return err
	}
	out := &listXML{
		Name: c.bucket, MaxKeys: l.max, EncodingType: c.query.Get("encoding-type"), ContinuationToken: c.query.Get("continuation-token"),
		Prefix: l.escape(l.prefix), Delimiter: l.escape(l.delimiter), StartAfter: l.escape(c.query.Get("start-after")),
	}
	err = s.index.db.View(func(tx *bolt.Tx) error {
		b, err := objects(tx, c.bucket)
		if err != nil {
			return err
		}
		return l.run(b.Cursor(), out)
	})
	if err != nil {
		return err
	}
	return c.reply(out)
}

func parseListing(q url.Values) (listing, error) {
	l := listing{prefix: q.Get("prefix"), delimiter: q.Get("delimiter"), after: q.Get("start-after"), max: maxKeys,
		escape: func(s string) string { return s }, owners: q.Get("fetch-owner") == "true"}
	if q.Get("list-type") != "2" {
		return l, errNotImplemented("Only version 2 of the listing is offered by this service.")
	}
	if text := q.Get("max-keys"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return l, errInvalidArgument("Argument max-keys must be an integer between 0 and 2147483647")
		}
		l.max = min(n, maxKeys)
	}
	switch q.Get("encoding-type") {
	case "":
	case "url":
		l.escape = func(s string) string { return encodeURI(s, true) }
	default:
		return l, errInvalidArgument("Invalid Encoding Method specified in Request")
	}
	if q.Has("continuation-token") {
		after, err := base64.RawURLEncoding.DecodeString(q.Get("continuation-token"))
		if err != nil || len(after) == 0 {
			return l, errInvalidArgument("The continuation token provided is incorrect")
		}
		l.after = string(after)
	}
	return l, nil
}

// run fills a page. Keys under a common prefix are skipped by a seek, not read.
func (l listing) run(cursor *bolt.Cursor, out *listXML) error {
	if l.max == 0 {
		return nil
	}
	last := ""
	k, v := cursor.Seek([]byte(l.start()))
	for k != nil && strings.HasPrefix(string(k), l.prefix) {
		if string(k) <= l.after {
			k, v = cursor.Next()
			continue
		}
		if out.KeyCount == l.max {
			out.IsTruncated = true
			out.NextContinuationToken = base64.RawURLEncoding.EncodeToString([]byte(last))
			return nil
		}
		out.KeyCount++
		if group := l.group(string(k)); group != "" {
			out.CommonPrefixes = append(out.CommonPrefixes, commonPrefix{l.escape(group)})
			last = group
			k, v = cursor.Seek([]byte(successor(group)))
			continue
		}
		content, err := l.content(string(k), v)
		if err != nil {
			return err
		}
		out.Contents = append(out.Contents, content)
		last = string(k)
		k, v = cursor.Next()
	}
	return nil
}

// start is where the page begins: behind the whole group if the last page
// ended with a common prefix.
func (l listing) start() string {
	after := l.after
	if group := l.group(after); group == after && group != "" {
		after = successor(group)
	}
	return max(l.prefix, after)
}

// group is the common prefix key belongs to, "" if it stands alone.
func (l listing) group(key string) string {
	rest, ok := strings.CutPrefix(key, l.prefix)
	if l.delimiter == "" || !ok {
		return ""
	}
	at := strings.Index(rest, l.delimiter)
	if at < 0 {
		return ""
	}
	return key[:len(l.prefix)+at+len(l.delimiter)]
}

// successor is the first string behind all that begin with prefix. Keys are
// UTF-8, so the last byte is never 0xff.
func successor(prefix string) string {
	return prefix[:len(prefix)-1] + string([]byte{prefix[len(prefix)-1] + 1})
}

func (l listing) content(key string, stored []byte) (contentXML, error) {
	var o object
	if err := json.Unmarshal(stored, &o); err != nil {
		return contentXML{}, err
	}
	x := contentXML{
		Key: l.escape(key), LastModified: formatTime(o.Modified), ETag: quote(o.ETag), Size: o.Size,
		Algorithm: o.Checksum.Algorithm, ChecksumType: o.Checksum.Type, StorageClass: "STANDARD",
	}
	if l.owners {
		x.Owner = &owner{account}
	}
	return x, nil
}
