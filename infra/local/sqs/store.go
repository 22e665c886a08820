package sqs

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// The file holds:
//
//	queues        name → queueRecord
//	messages/<id> queue id → one bucket each: seq → messageRecord
//	bodies/<id>   queue id → one bucket each: seq → bodyRecord
//
// Record and body are apart because every delivery rewrites the small record.
var (
	queuesBucket   = []byte("queues")
	messagesBucket = []byte("messages")
	bodiesBucket   = []byte("bodies")
)

// queueRecord is a queue as kept on disk.
type queueRecord struct {
	// ID tells a queue from a deleted one of the same name.
	ID       uint64
	Name     string
	Settings settings
	Created  time.Time
	Modified time.Time
	Purged   time.Time
	Moves    []moveTask `json:",omitempty"`
}

// messageRecord is the changing part of a message.
type messageRecord struct {
	ID        string
	Group     string `json:",omitempty"`
	Sent      time.Time
	VisibleAt time.Time
	Receives  int `json:",omitempty"`
	// FirstReceived is zero before the first delivery.
	FirstReceived time.Time
	// Source is the ARN of the queue that gave the message up, in a
	// dead-letter queue.
	Source string `json:",omitempty"`
}

// bodyRecord is the fixed part of a message.
type bodyRecord struct {
	Body       string
	Attributes map[string]attributeValue `json:",omitempty"`
	Trace      string                    `json:",omitempty"` // AWSTraceHeader
}

type store struct{ db *bolt.DB }

func openStore(path string) (*store, error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: time.Second, NoFreelistSync: true})
	if err != nil {
		return nil, fmt.Errorf("opening queue file %s: %w", path, err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{queuesBucket, messagesBucket, bodiesBucket} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("preparing queue file %s: %w", path, err)
	}
	return &store{db}, nil
}

func (s *store) close() error { return s.db.Close() }

// load calls each with every queue and its messages in sending order.
func (s *store) load(each func(queueRecord, []*message)) error {
	return s.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket(queuesBucket).ForEach(func(_, v []byte) error {
			var rec queueRecord
			if err := json.Unmarshal(v, &rec); err != nil {
				return fmt.Errorf("reading a queue record: %w", err)
			}
			messages, err := loadMessages(tx, rec.ID)
			if err != nil {
				return fmt.Errorf("reading messages of %s: %w", rec.Name, err)
			}
			each(rec, messages)
			return nil
		})
	})
}

func loadMessages(tx *bolt.Tx, id uint64) ([]*message, error) {
	var messages []*message
	err := tx.Bucket(messagesBucket).Bucket(key(id)).ForEach(func(k, v []byte) error {
		m := &message{seq: binary.BigEndian.Uint64(k)}
		messages = append(messages, m)
		return json.Unmarshal(v, &m.record)
	})
	return messages, err
}

// write is a transaction under way.
type write struct{ tx *bolt.Tx }

// update runs f in one transaction that is on disk when update returns nil.
func (s *store) update(f func(write) error) error {
	return s.db.Update(func(tx *bolt.Tx) error { return f(write{tx}) })
}

// createQueue gives rec its ID and keeps it.
func (w write) createQueue(rec *queueRecord) error {
	id, err := w.tx.Bucket(queuesBucket).NextSequence()
	if err != nil {
		return err
	}
	rec.ID = id
	if err := w.createBuckets(id); err != nil {
		return err
	}
	return w.putQueue(*rec)
}

func (w write) createBuckets(id uint64) error {
	for _, parent := range [][]byte{messagesBucket, bodiesBucket} {
		if _, err := w.tx.Bucket(parent).CreateBucket(key(id)); err != nil {
			return err
		}
	}
	return nil
}

func (w write) putQueue(rec queueRecord) error {
	v, err := json.Marshal(rec)
	if err != nil {
		return err
	}
	return w.tx.Bucket(queuesBucket).Put([]byte(rec.Name), v)
}

func (w write) deleteQueue(rec queueRecord) error {
	if err := w.dropBuckets(rec.ID); err != nil {
		return err
	}
	return w.tx.Bucket(queuesBucket).Delete([]byte(rec.Name))
}

func (w write) dropBuckets(id uint64) error {
	for _, parent := range [][]byte{messagesBucket, bodiesBucket} {
		if err := w.tx.Bucket(parent).DeleteBucket(key(id)); err != nil {
			return err
		}
	}
	return nil
}

// purge drops all messages of a queue. The sequence goes on, so that old
// receipt handles never fit a new message.
func (w write) purge(rec queueRecord) error {
	seq := w.tx.Bucket(messagesBucket).Bucket(key(rec.ID)).Sequence()
	if err := w.dropBuckets(rec.ID); err != nil {
		return err
	}
	if err := w.createBuckets(rec.ID); err != nil {
		return err
	}
	if err := w.tx.Bucket(messagesBucket).Bucket(key(rec.ID)).SetSequence(seq); err != nil {
		return err
	}
	return w.putQueue(rec)
}

// add keeps a new message and returns its sequence number.
func (w write) add(queue uint64, rec messageRecord, body []byte) (uint64, error) {
	seq, err := w.tx.Bucket(messagesBucket).Bucket(key(queue)).NextSequence()
	if err != nil {
		return 0, err
	}
	if err := w.tx.Bucket(bodiesBucket).Bucket(key(queue)).Put(key(seq), body); err != nil {
		return 0, err
	}
	return seq, w.put(queue, seq, rec)
}

// put rewrites the record of a message.
func (w write) put(queue, seq uint64, rec messageRecord) error {
	v, err := json.Marshal(rec)
	if err != nil {
		return err
	}
	return w.tx.Bucket(messagesBucket).Bucket(key(queue)).Put(key(seq), v)
}

// body returns the stored bodyRecord of a message, a copy.
func (w write) body(queue, seq uint64) []byte {
	return bytes.Clone(w.tx.Bucket(bodiesBucket).Bucket(key(queue)).Get(key(seq)))
}

// remove deletes a message.
func (w write) remove(queue, seq uint64) error {
	if err := w.tx.Bucket(bodiesBucket).Bucket(key(queue)).Delete(key(seq)); err != nil {
		return err
	}
	return w.tx.Bucket(messagesBucket).Bucket(key(queue)).Delete(key(seq))
}

func key(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
