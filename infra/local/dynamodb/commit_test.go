package dynamodb

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// TestFailureInSharedCommitKeepsTheOthers queues writes behind one that is held up, so that they share a
// commit, and lets one of them fail.
func TestFailureInSharedCommitKeepsTheOthers(t *testing.T) {
	db, err := Open(filepath.Join(t.TempDir(), "tables.db"), Options{Now: time.Now, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	held, queued := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		first <- db.write(func(*bolt.Tx) error {
			close(held)
			<-queued
			return nil
		})
	}()
	<-held
	broken := errors.New("disk is on fire")
	refused := invalid("no")
	names := []string{"one", "broken", "refused", "two"}
	failures := map[string]error{"broken": broken, "refused": refused}
	outcomes := make(map[string]chan error)
	for _, name := range names {
		c := commit{done: make(chan error, 1), apply: func(tx *bolt.Tx) error {
			if name == "refused" {
				return refused // an answer: nothing written
			}
			return errors.Join(tx.Bucket(tokensBucket).Put([]byte(name), []byte("{}")), failures[name])
		}}
		outcomes[name] = c.done
		db.commits <- c
	}
	close(queued)
	if err := <-first; err != nil {
		t.Error(err)
	}
	for _, name := range names {
		if got := <-outcomes[name]; !errors.Is(got, failures[name]) {
			t.Errorf("%s: got %v, want %v", name, got, failures[name])
		}
	}
	err = db.read(func(tx *bolt.Tx) error {
		for _, name := range names {
			stored := tx.Bucket(tokensBucket).Get([]byte(name)) != nil
			if want := failures[name] == nil; stored != want {
				t.Errorf("%s: stored %t, want %t", name, stored, want)
			}
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Error(err)
	}
	if err := db.write(func(*bolt.Tx) error { return nil }); !errors.Is(err, errClosed) {
		t.Errorf("after closing: got %v", err)
	}
	if err := db.read(func(*bolt.Tx) error { return nil }); !errors.Is(err, errClosed) {
		t.Errorf("after closing: got %v", err)
	}
}
