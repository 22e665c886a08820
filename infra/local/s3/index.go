package s3

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

// The index file holds:
//
//	buckets  bucket name → bucketRecord
//	objects  bucket name → one bolt bucket each: key → object
//	uploads  upload id → upload
//	parts    upload id + part number → part
//	bytes    blob name → what is in a small object
//	state    "open" while a process uses the file
var (
	bucketsBucket = []byte("buckets")
	objectsBucket = []byte("objects")
	uploadsBucket = []byte("uploads")
	partsBucket   = []byte("parts")
	bytesBucket   = []byte("bytes")
	stateBucket   = []byte("state")
	openKey       = []byte("open")
)

type bucketRecord struct{ Created time.Time }

// object is the index entry of an object.
type object struct {
	Blob string
	// Small is true while the bytes are in the index: most mails are a few KB, and
	// a file of its own takes longer than all the rest.
	Small    bool `json:",omitempty"`
	Size     int64
	ETag     string // without quotes
	Modified time.Time
	// Headers are what the client wants back, by canonical name.
	Headers  map[string]string
	Checksum checksum
}

// file is the blob's file, "" for a small object.
func (o object) file() string {
	if o.Small {
		return ""
	}
	return o.Blob
}

type index struct{ db *bolt.DB }

func openIndex(dir string) (*index, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the object folder: %w", err)
	}
	path := filepath.Join(dir, "index.db")
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: time.Second, NoFreelistSync: true})
	if err != nil {
		return nil, fmt.Errorf("opening object index %s: %w", path, err)
	}
	db.MaxBatchDelay = time.Millisecond // enough to gather writers that came at once
	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{bucketsBucket, objectsBucket, uploadsBucket, partsBucket, bytesBucket, stateBucket} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("preparing object index %s: %w", path, err)
	}
	return &index{db}, nil
}

// recover drops blobs that a killed process left without an index entry, and
// marks the index as in use.
func (ix *index) recover(b blobs) error {
	crashed := false
	err := ix.db.Update(func(tx *bolt.Tx) error {
		crashed = tx.Bucket(stateBucket).Get(openKey) != nil
		return tx.Bucket(stateBucket).Put(openKey, []byte{1})
	})
	if err != nil {
		return fmt.Errorf("marking the object index: %w", err)
	}
	if !crashed {
		return nil
	}
	used, err := ix.usedBlobs()
	if err != nil {
		return fmt.Errorf("reading the object index: %w", err)
	}
	return b.sweep(used)
}

func (ix *index) usedBlobs() (map[string]bool, error) {
	used := map[string]bool{}
	note := func(_, v []byte) error {
		var o struct{ Blob string }
		if err := json.Unmarshal(v, &o); err != nil {
			return err
		}
		used[o.Blob] = true
		return nil
	}
	err := ix.db.View(func(tx *bolt.Tx) error {
		objects := tx.Bucket(objectsBucket)
		err := objects.ForEachBucket(func(name []byte) error { return objects.Bucket(name).ForEach(note) })
		if err != nil {
			return err
		}
		return tx.Bucket(partsBucket).ForEach(note)
	})
	return used, err
}

func (ix *index) close() error {
	err := ix.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(stateBucket).Delete(openKey) })
	if closeErr := ix.db.Close(); err == nil {
		err = closeErr
	}
	return err
}

// objects is the bolt bucket of a bucket's objects.
func objects(tx *bolt.Tx, bucket string) (*bolt.Bucket, error) {
	b := tx.Bucket(objectsBucket).Bucket([]byte(bucket))
	if b == nil {
		return nil, errNoSuchBucket
	}
	return b, nil
}

// object returns the entry of a key, and the bytes of a small object.
func (ix *index) object(bucket, key string) (o object, small []byte, err error) {
	err = ix.db.View(func(tx *bolt.Tx) error {
		b, err := objects(tx, bucket)
		if err != nil {
			return err
		}
		if err := get(b, []byte(key), &o, errNoSuchKey); err != nil || !o.Small {
			return err
		}
		small = bytes.Clone(tx.Bucket(bytesBucket).Get([]byte(o.Blob)))
		return nil
	})
	return o, small, err
}

// condition decides on a write by the object there is; nil if there is none.
type condition func(old *object) error

// replace stores o under key if cond agrees, with its bytes if it is small, and
// returns the file it replaced.
func replace(tx *bolt.Tx, b *bolt.Bucket, key string, o object, small []byte, cond condition) (file string, err error) {
	var have *object
	if v := b.Get([]byte(key)); v != nil {
		have = new(object)
		if err := json.Unmarshal(v, have); err != nil {
			return "", err
		}
	}
	if err := cond(have); err != nil {
		return "", err
	}
	if file, err = remove(tx, b, key); err != nil {
		return "", err
	}
	if o.Small {
		if err := tx.Bucket(bytesBucket).Put([]byte(o.Blob), small); err != nil {
			return "", err
		}
	}
	return file, put(b, []byte(key), o)
}

// remove deletes a key and returns its file; a key that is not there is fine.
func remove(tx *bolt.Tx, b *bolt.Bucket, key string) (file string, err error) {
	var o object
	v := b.Get([]byte(key))
	if v == nil {
		return "", nil
	}
	if err := json.Unmarshal(v, &o); err != nil {
		return "", err
	}
	if o.Small {
		if err := tx.Bucket(bytesBucket).Delete([]byte(o.Blob)); err != nil {
			return "", err
		}
	}
	return o.file(), b.Delete([]byte(key))
}

func get(b *bolt.Bucket, key []byte, v any, missing error) error {
	stored := b.Get(key)
	if stored == nil {
		return missing
	}
	return json.Unmarshal(stored, v)
}

func put(b *bolt.Bucket, key []byte, v any) error {
	stored, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return b.Put(key, stored)
}

func partKey(upload string, number int) []byte {
	return binary.BigEndian.AppendUint16([]byte(upload), uint16(number))
}
