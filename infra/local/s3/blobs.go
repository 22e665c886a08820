package s3

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// blobs are the files below dir that hold the bytes of objects and parts. A
// file is written once, under a random name, and belongs to whatever index
// entry names it; one that no entry names is garbage.
type blobs struct{ dir string }

func (b blobs) path(name string) string { return filepath.Join(b.dir, "blobs", name[:2], name) }

// create makes a blob of what fill writes and returns its name. The blob is on
// disk when create returns.
func (b blobs) create(fill func(io.Writer) error) (name string, err error) {
	name = randomName(16)
	path := b.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("making a blob's folder: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("making a blob: %w", err)
	}
	err = fill(f)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		b.remove(name)
		return "", err
	}
	return name, nil
}

func (b blobs) open(name string) (*os.File, error) { return os.Open(b.path(name)) }

// remove deletes blobs nothing refers to any more. One that stays behind takes
// up room until the sweep after the next crash and does no other harm.
func (b blobs) remove(names ...string) {
	for _, name := range names {
		if name != "" {
			_ = os.Remove(b.path(name))
		}
	}
}

// sweep deletes every blob that is not in use.
func (b blobs) sweep(used map[string]bool) error {
	err := filepath.WalkDir(filepath.Join(b.dir, "blobs"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || used[d.Name()] {
			return err
		}
		return os.Remove(path)
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("sweeping blobs: %w", err)
	}
	return nil
}
