package lambda

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
)

// maxLogFile is the size in bytes at which a log file is set aside.
const maxLogFile = 8 << 20

// maxLogLine bounds what is held back while waiting for a line's end; Lambda
// splits longer lines too, at 256 KB.
const maxLogLine = 256 << 10

// LogFile is a function's log. At maxLogFile it is renamed to name.1, which
// replaces the one before, so two files per function are the most there is.
type LogFile struct {
	path  string
	watch func(line []byte) // also sees every line; may be nil

	mu   sync.Mutex
	file *os.File
	size int64
}

// OpenLog opens or creates the log at path for appending.
func OpenLog(path string, watch func(line []byte)) (*LogFile, error) {
	l := &LogFile{path: path, watch: watch}
	if err := l.open(); err != nil {
		return nil, err
	}
	return l, nil
}

func (l *LogFile) open() error {
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening log: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("opening log: %w", err)
	}
	l.file, l.size = file, info.Size()
	return nil
}

// Write appends whole lines.
func (l *LogFile) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.size >= maxLogFile {
		if err := l.rotate(); err != nil {
			return 0, err
		}
	}
	n, err := l.file.Write(text)
	l.size += int64(n)
	if l.watch != nil {
		for line := range bytes.Lines(text) {
			l.watch(bytes.TrimRight(line, "\n"))
		}
	}
	return n, err
}

func (l *LogFile) rotate() error {
	if err := l.file.Close(); err != nil {
		return fmt.Errorf("closing full log: %w", err)
	}
	if err := os.Rename(l.path, l.path+".1"); err != nil {
		return fmt.Errorf("setting full log aside: %w", err)
	}
	return l.open()
}

// Close closes the file.
func (l *LogFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.Close()
}

// lineWriter passes on whole lines only, so that environments that share a log
// do not cut into each other's.
type lineWriter struct {
	to   io.Writer
	rest []byte
}

func (w *lineWriter) Write(text []byte) (int, error) {
	w.rest = append(w.rest, text...)
	end := bytes.LastIndexByte(w.rest, '\n') + 1
	if end == 0 && len(w.rest) < maxLogLine {
		return len(text), nil
	}
	if end == 0 {
		w.rest = append(w.rest, '\n')
		end = len(w.rest)
	}
	_, err := w.to.Write(w.rest[:end])
	w.rest = append(w.rest[:0], w.rest[end:]...)
	return len(text), err
}

// flush passes on an unfinished last line.
func (w *lineWriter) flush() {
	if len(w.rest) > 0 {
		_, _ = w.to.Write(append(w.rest, '\n')) // a full disk loses logs, not invocations
		w.rest = nil
	}
}
