package s3

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"regexp"
	"time"

	bolt "go.etcd.io/bbolt"
)

// xmlTime is the form of times in S3's documents.
const xmlTime = "2006-01-02T15:04:05.000Z"

// account owns every bucket.
const account = "000000000000"

type owner struct{ ID string }

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

func (s *Server) createBucket(c *call) error {
	if !bucketName.MatchString(c.bucket) {
		return errInvalidBucketName
	}
	if err := s.checkLocation(c); err != nil {
		return err
	}
	err := s.index.db.Update(func(tx *bolt.Tx) error {
		if tx.Bucket(bucketsBucket).Get([]byte(c.bucket)) != nil {
			return errBucketOwned
		}
		if _, err := tx.Bucket(objectsBucket).CreateBucket([]byte(c.bucket)); err != nil {
			return err
		}
		return put(tx.Bucket(bucketsBucket), []byte(c.bucket), bucketRecord{s.options.Now()})
	})
	// The first region is documented to answer 200 when the owner asks again.
	if err == errBucketOwned && s.options.Region == "us-east-1" {
		err = nil
	}
	if err == nil {
		c.w.Header().Set("Location", "/"+c.bucket)
	}
	return err
}

// checkLocation refuses a bucket for another region.
func (s *Server) checkLocation(c *call) error {
	body, err := c.document()
	if err != nil || len(body) == 0 {
		return err
	}
	var doc struct {
		LocationConstraint string
		Other              []struct{} `xml:",any"`
	}
	if err := xml.Unmarshal(body, &doc); err != nil {
		return errMalformedXML
	}
	if len(doc.Other) > 0 {
		return errNotImplemented("The bucket configuration is not offered by this service.")
	}
	if doc.LocationConstraint != "" && doc.LocationConstraint != s.options.Region {
		return errLocation
	}
	return nil
}

// knowBucket returns an error unless the bucket exists.
func (s *Server) knowBucket(c *call) error {
	return s.index.db.View(func(tx *bolt.Tx) error {
		_, err := objects(tx, c.bucket)
		return err
	})
}

func (s *Server) headBucket(c *call) error {
	if err := s.knowBucket(c); err != nil {
		return err
	}
	c.w.Header().Set("X-Amz-Bucket-Region", s.options.Region)
	return nil
}

func (s *Server) deleteBucket(c *call) error {
	err := s.index.db.Update(func(tx *bolt.Tx) error {
		b, err := objects(tx, c.bucket)
		if err != nil {
			return err
		}
		if k, _ := b.Cursor().First(); k != nil {
			return errBucketNotEmpty
		}
		if err := tx.Bucket(objectsBucket).DeleteBucket([]byte(c.bucket)); err != nil {
			return err
		}
		return tx.Bucket(bucketsBucket).Delete([]byte(c.bucket))
	})
	if err == nil {
		c.w.WriteHeader(http.StatusNoContent)
	}
	return err
}

func (s *Server) getBucketLocation(c *call) error {
	if err := s.knowBucket(c); err != nil {
		return err
	}
	region := s.options.Region
	if region == "us-east-1" {
		region = "" // the first region has no constraint
	}
	return c.reply(struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ LocationConstraint"`
		Region  string   `xml:",chardata"`
	}{Region: region})
}

type bucketXML struct {
	Name         string
	CreationDate string
}

func (s *Server) listBuckets(c *call) error {
	out := struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListAllMyBucketsResult"`
		Owner   owner
		Buckets []bucketXML `xml:"Buckets>Bucket"`
	}{Owner: owner{account}}
	err := s.index.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketsBucket).ForEach(func(k, v []byte) error {
			var rec bucketRecord
			if err := json.Unmarshal(v, &rec); err != nil {
				return err
			}
			out.Buckets = append(out.Buckets, bucketXML{string(k), formatTime(rec.Created)})
			return nil
		})
	})
	if err != nil {
		return err
	}
	return c.reply(out)
}

func formatTime(t time.Time) string { return t.UTC().Format(xmlTime) }
