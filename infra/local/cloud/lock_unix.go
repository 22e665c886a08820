//go:build unix

package cloud

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockData keeps a second instance off the data folder. The kernel drops the
// lock when the process ends, however it ends.
func lockData(dir string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock of the data folder: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		_ = file.Close()
		return nil, fmt.Errorf("another Quilldesk is running on %s; end it, or set QUILLDESK_DATA to another folder", dir)
	}
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("locking the data folder: %w", err)
	}
	return file, nil
}
