// Package dynamodb is the DynamoDB of Quilldesk's one-machine cloud: a server for the DynamoDB JSON 1.0
// protocol over one bbolt file. It follows what AWS documents, in semantics, limits, error messages and
// consumed capacity, for tables, indexes, expressions, transactions and expiry.
//
// Left out, with a ValidationException or UnknownOperationException: the parameters AWS calls legacy
// (Expected, KeyConditions and their kin), PartiQL, streams, backups, global tables and tags.
//
// Writers that wait at the same time share a commit; an answered write is on disk.
package dynamodb

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Options are the settings of a database.
type Options struct {
	Now    func() time.Time // the clock of expiry, idempotency tokens and creation times; required
	NoSync bool             // do not wait for the disk: for tests and benchmarks only
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	store *bolt.DB
	now   func() time.Time

	commits chan commit
	closing chan struct{}
	workers sync.WaitGroup // the committer

	tables sync.Map // name → parsedTable: saves parsing the definition for each request

	nextSweep atomic.Int64 // Unix seconds
}

// Names of the buckets that belong to no table.
var (
	tablesBucket = []byte("tables") // name → tableDefinition as JSON
	tokensBucket = []byte("tokens") // ClientRequestToken → tokenRecord as JSON
)

// lockTimeout is how long Open waits for another process that has the file open.
const lockTimeout = 2 * time.Second

// Open opens the database in the file, making it if need be. Close it before opening it again.
func Open(path string, opts Options) (*DB, error) {
	store, err := bolt.Open(path, 0o600, &bolt.Options{
		Timeout:         lockTimeout,
		NoSync:          opts.NoSync,
		FreelistType:    bolt.FreelistMapType,
		InitialMmapSize: 1 << 28, // growing the map would stop readers
	})
	if err != nil {
		return nil, fmt.Errorf("opening table store %s: %w", path, err)
	}
	err = store.Update(func(tx *bolt.Tx) error {
		return createBuckets(tx, tablesBucket, tokensBucket)
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("preparing table store %s: %w", path, err), store.Close())
	}
	db := &DB{
		store: store, now: opts.Now,
		commits: make(chan commit, maxShared), closing: make(chan struct{}),
	}
	db.workers.Add(1)
	go db.commitLoop()
	return db, nil
}

// Close waits for writes under way and closes the file. Requests after Close fail.
func (db *DB) Close() error {
	close(db.closing)
	db.workers.Wait()
	return db.store.Close()
}

func createBuckets(tx *bolt.Tx, names ...[]byte) error {
	for _, name := range names {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return nil
}

// commit is a write waiting for the disk.
type commit struct {
	apply func(*bolt.Tx) error
	done  chan error
}

// maxShared is how many writes share a commit at most; it bounds how long the first waits.
const maxShared = 256

var errClosed = errors.New("table store is closed")

// write runs apply in a write transaction and returns when it is on disk. An apply that answers with an
// *apiError must have written nothing; after any other error nothing of it is kept.
func (db *DB) write(apply func(*bolt.Tx) error) error {
	c := commit{apply: apply, done: make(chan error, 1)}
	select {
	case db.commits <- c:
	case <-db.closing:
		return errClosed
	}
	select {
	case err := <-c.done:
		return err
	case <-db.closing:
		return db.drained(c)
	}
}

// drained gives the outcome of a write that was queued while the database closed.
func (db *DB) drained(c commit) error {
	db.workers.Wait()
	select {
	case err := <-c.done:
		return err
	default:
		return errClosed
	}
}

// commitLoop is the only writer. It takes every write that waits, so that under load many share the
// two disk flushes a commit costs.
func (db *DB) commitLoop() {
	defer db.workers.Done()
	for {
		select {
		case first := <-db.commits:
			db.commitShared(append([]commit{first}, db.waiting()...))
		case <-db.closing:
			db.commitShared(db.waiting())
			return
		}
	}
}

func (db *DB) waiting() []commit {
	var batch []commit
	for len(batch) < maxShared-1 {
		select {
		case c := <-db.commits:
			batch = append(batch, c)
		default:
			return batch
		}
	}
	return batch
}

func (db *DB) commitShared(batch []commit) {
	answers := make([]error, len(batch))
	err := db.store.Update(func(tx *bolt.Tx) error {
		for i, c := range batch {
			answers[i] = c.apply(tx)
			if answers[i] != nil && !isAnswer(answers[i]) {
				return answers[i]
			}
		}
		return nil
	})
	if err != nil && len(batch) > 1 {
		db.commitEach(batch) // one of them failed: keep the others
		return
	}
	for i, c := range batch {
		if err != nil {
			answers[i] = err
		}
		c.done <- answers[i]
	}
}

func (db *DB) commitEach(batch []commit) {
	for _, c := range batch {
		db.commitShared([]commit{c})
	}
}

func isAnswer(err error) bool {
	var answer *apiError
	return errors.As(err, &answer)
}

// read runs f in a read transaction: it sees every write answered before.
func (db *DB) read(f func(*bolt.Tx) error) error {
	err := db.store.View(f)
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return errClosed
	}
	return err
}
