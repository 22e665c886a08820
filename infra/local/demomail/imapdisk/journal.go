package imapdisk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/emersion/go-imap/v2"
)

// record is one journal line: a mail as it is from here on, or that it is gone.
type record struct {
	UID   imap.UID    `json:"uid"`
	Date  time.Time   `json:"date,omitzero"` // INTERNALDATE
	Flags []imap.Flag `json:"flags,omitempty"`
	Size  int64       `json:"size,omitempty"`
	Key   string      `json:"key,omitempty"`
	Gone  bool        `json:"gone,omitempty"`
}

// journal is an append-only file of JSON lines, synced line by line.
type journal struct {
	file *os.File
}

// openJournal returns the journal at path, created if absent, and its lines. A last line cut
// short by a crash was never acknowledged: it is cut off.
func openJournal(path string) (*journal, []record, error) {
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return nil, nil, err
	}
	records, whole, err := parseJournal(text)
	if err != nil {
		return nil, nil, fmt.Errorf("reading journal: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, err
	}
	if err := file.Truncate(whole); err != nil {
		file.Close()
		return nil, nil, fmt.Errorf("cutting a torn journal line: %w", err)
	}
	if _, err := file.Seek(whole, 0); err != nil {
		file.Close()
		return nil, nil, err
	}
	return &journal{file: file}, records, nil
}

// parseJournal returns the complete lines and the bytes they take.
func parseJournal(text []byte) (records []record, whole int64, err error) {
	for number := 1; ; number++ {
		line, rest, complete := bytes.Cut(text, []byte("\n"))
		if !complete {
			return records, whole, nil
		}
		var r record
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, 0, fmt.Errorf("line %d: %w", number, err)
		}
		records = append(records, r)
		whole += int64(len(line)) + 1
		text = rest
	}
}

func (j *journal) write(r record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("writing journal: %w", err)
	}
	return j.file.Sync()
}

func (j *journal) close() error { return j.file.Close() }
