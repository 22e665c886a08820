package dynamodb

import (
	"encoding/binary"
	"errors"
	"log/slog"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Expired items stay visible until a sweep removes them, as AWS documents. A sweep is started by the
// first request after sweepEvery: where no request comes, nobody can tell an item is still there.
const (
	sweepEvery = time.Minute
	sweepShare = 500 // items removed in one commit, so that other writes get through

	// An expiry time further back than this is ignored.
	oldestExpiry = 5 * 365 * 24 * time.Hour
)

// expiry gives the second at which the item expires, from the attribute the table names for it. Only
// numbers count.
func (t *table) expiry(it item) (unix uint64, ok bool) {
	v := it[t.TimeToLiveAttribute]
	if t.TimeToLiveAttribute == "" || v.kind != kindN {
		return 0, false
	}
	n := v.number()
	if n.sign() <= 0 || n.exponent < 0 || n.exponent > 17 {
		return 0, false
	}
	for at := range n.exponent + 1 {
		unix *= 10
		if at < len(n.digits) {
			unix += uint64(n.digits[at] - '0')
		}
	}
	return unix, true
}

// expiryKey orders items by expiry time.
func expiryKey(unix uint64, key []byte) []byte {
	return append(binary.BigEndian.AppendUint64(nil, unix), key...)
}

// applyExpiry keeps the list of expiry times in step.
func (c *change) applyExpiry(tx *bolt.Tx) error {
	if c.table.TimeToLiveAttribute == "" {
		return nil
	}
	bucket := tx.Bucket(c.table.ttlBucket())
	before, had := c.table.expiry(c.old)
	after, has := c.table.expiry(c.new)
	if had && (!has || before != after) {
		if err := bucket.Delete(expiryKey(before, c.key)); err != nil {
			return err
		}
	}
	if has && (!had || before != after) {
		return bucket.Put(expiryKey(after, c.key), nil)
	}
	return nil
}

// sweepIfDue starts a sweep in the background when the last is long enough ago.
func (db *DB) sweepIfDue() {
	now, due := db.now().Unix(), db.nextSweep.Load()
	if now < due || !db.nextSweep.CompareAndSwap(due, now+int64(sweepEvery/time.Second)) {
		return
	}
	select {
	case <-db.closing:
		return
	default:
	}
	go func() {
		if err := db.sweep(); err != nil && !errors.Is(err, errClosed) {
			slog.Error("removing expired items", "error", err)
		}
	}()
}

// sweep removes the expired items of all tables and the expired request tokens.
func (db *DB) sweep() error {
	for {
		removed := 0
		err := db.write(func(tx *bolt.Tx) (err error) {
			removed, err = db.sweepShare(tx)
			return err
		})
		if err != nil || removed < sweepShare {
			return err
		}
	}
}

func (db *DB) sweepShare(tx *bolt.Tx) (removed int, err error) {
	now := db.now()
	if err := expireTokens(tx, now); err != nil {
		return 0, err
	}
	err = tx.Bucket(tablesBucket).ForEach(func(name, _ []byte) error {
		t, err := db.table(tx, string(name))
		if err != nil || t.TimeToLiveAttribute == "" {
			return err
		}
		n, err := t.removeExpired(tx, now, sweepShare-removed)
		removed += n
		return err
	})
	return removed, err
}

// removeExpired removes at most limit items. AWS removes an item like any delete, from the indexes too.
func (t *table) removeExpired(tx *bolt.Tx, now time.Time, limit int) (int, error) {
	var expired [][]byte
	cursor := tx.Bucket(t.ttlBucket()).Cursor()
	oldest := binary.BigEndian.AppendUint64(nil, uint64(max(0, now.Add(-oldestExpiry).Unix())))
	for key, _ := cursor.Seek(oldest); key != nil && len(expired) < limit; key, _ = cursor.Next() {
		if binary.BigEndian.Uint64(key) >= uint64(max(0, now.Unix())) {
			break
		}
		expired = append(expired, append([]byte(nil), key[8:]...))
	}
	for _, key := range expired {
		old, err := t.get(tx, key)
		if err != nil {
			return 0, err
		}
		if _, err := (&change{table: t, key: key, old: old}).apply(tx); err != nil {
			return 0, err
		}
	}
	return len(expired), nil
}
