// Package jsonfile keeps small state in a file that only its owner can read.
package jsonfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Read decodes the file path into v; a file that is missing leaves v alone.
func Read(path string, v any) error {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading state: %w", err)
	}
	if err := json.Unmarshal(content, v); err != nil {
		return fmt.Errorf("reading state in %s: %w", path, err)
	}
	return nil
}

// Write replaces the file path by v, and makes its folder if that is missing.
// A crash leaves the old file or the new one.
func Write(path string, v any) error {
	content, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding state: %w", err)
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the state folder: %w", err)
	}
	f, err := os.CreateTemp(dir, filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return fmt.Errorf("writing state: %w", err)
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("writing state to %s: %w", path, err)
	}
	return nil
}
