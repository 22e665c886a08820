// Package imapdisk keeps IMAP accounts in plain files: a directory per folder, a file per mail
// and an append-only journal of flags. UIDVALIDITY and UIDs survive a restart and a crash, which
// go-imap's own in-memory server cannot offer. It is made for a demo: thousands of mails, not
// millions.
package imapdisk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
)

const delimiter = '/'

var (
	errNoFolder     = &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeNonExistent, Text: "No such folder"}
	errTryCreate    = &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeTryCreate, Text: "No such folder"}
	errFolderExists = &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeAlreadyExists, Text: "Folder exists"}
	errKeepInbox    = &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeCannot, Text: "INBOX stays"}
)

// A FolderSpec is a folder that every new account gets. Use is its RFC 6154 role, "" for none.
type FolderSpec struct {
	Name string
	Use  imap.MailboxAttr
}

// An Account is one user's folders in one directory.
type Account struct {
	dir string
	now func() time.Time

	mu      sync.Mutex
	folders map[string]*folder
	lastDir int
}

// Open opens the account in dir, or makes it with INBOX and the given folders. Only one Account
// may have a directory open.
func Open(dir string, specs []FolderSpec, now func() time.Time) (*Account, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("opening account: %w", err)
	}
	a := &Account{dir: dir, now: now, folders: map[string]*folder{}}
	if err := a.load(); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	for _, spec := range append([]FolderSpec{{Name: "INBOX"}}, specs...) {
		if a.folders[spec.Name] != nil {
			continue
		}
		if err := a.create(spec); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	return a, nil
}

func (a *Account) load() error {
	entries, err := os.ReadDir(a.dir)
	if err != nil {
		return fmt.Errorf("opening account: %w", err)
	}
	for _, entry := range entries {
		number, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		a.lastDir = max(a.lastDir, number)
		dir := filepath.Join(a.dir, entry.Name())
		if _, err := os.Stat(filepath.Join(dir, "folder.json")); os.IsNotExist(err) {
			continue // a crash while it was made
		}
		f, err := openFolder(dir)
		if err != nil {
			return err
		}
		a.folders[f.settings.Name] = f
	}
	return nil
}

// Close ends all writing. Sessions still open get errors.
func (a *Account) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var errs []error
	for _, f := range a.folders {
		errs = append(errs, f.close())
	}
	return errors.Join(errs...)
}

// Add puts a mail into a folder. A key that was added before adds nothing, so that a caller that
// crashed can repeat itself; "" is no key.
func (a *Account) Add(folder string, raw []byte, date time.Time, flags []imap.Flag, key string) error {
	f := a.folder(folder)
	if f == nil {
		return fmt.Errorf("adding mail to %s: %w", folder, errNoFolder)
	}
	_, err := f.add(raw, date, flags, key)
	return err
}

// Mails returns the raw mails of a folder, oldest first.
func (a *Account) Mails(folder string) ([][]byte, error) {
	f := a.folder(folder)
	if f == nil {
		return nil, errNoFolder
	}
	var mails [][]byte
	for _, r := range f.all() {
		raw, err := f.read(r.UID)
		if err != nil {
			return nil, err
		}
		mails = append(mails, raw)
	}
	return mails, nil
}

// folder finds a folder; INBOX in any case (RFC 3501 §5.1).
func (a *Account) folder(name string) *folder {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.folders[canonicalName(name)]
}

func canonicalName(name string) string {
	name = strings.TrimRight(name, string(delimiter))
	if strings.EqualFold(name, "INBOX") {
		return "INBOX"
	}
	return name
}

func (a *Account) create(spec FolderSpec) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	name := canonicalName(spec.Name)
	if a.folders[name] != nil {
		return errFolderExists
	}
	a.lastDir++
	f, err := createFolder(filepath.Join(a.dir, fmt.Sprintf("%04d", a.lastDir)), settings{
		Name: name,
		Use:  spec.Use,
		// The directory number never comes back, so neither does a value: a folder deleted and
		// made again within a second must not look like the old one.
		UIDValidity: uint32(a.now().Unix()) + uint32(a.lastDir),
		Subscribed:  true,
	})
	if err != nil {
		return err
	}
	a.folders[name] = f
	return nil
}

func (a *Account) delete(name string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	name = canonicalName(name)
	f := a.folders[name]
	switch {
	case f == nil:
		return errNoFolder
	case name == "INBOX":
		return errKeepInbox
	}
	delete(a.folders, name)
	if err := errors.Join(f.close(), os.RemoveAll(f.dir)); err != nil {
		return fmt.Errorf("deleting folder: %w", err)
	}
	return nil
}

func (a *Account) rename(from, to string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	from, to = canonicalName(from), canonicalName(to)
	f := a.folders[from]
	switch {
	case f == nil:
		return errNoFolder
	case from == "INBOX":
		return errKeepInbox
	case a.folders[to] != nil:
		return errFolderExists
	}
	if err := f.change(func(s *settings) { s.Name = to }); err != nil {
		return err
	}
	delete(a.folders, from)
	a.folders[to] = f
	return nil
}

func (a *Account) list() []*folder {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []*folder
	for _, f := range a.folders {
		all = append(all, f)
	}
	slices.SortFunc(all, func(x, y *folder) int { return strings.Compare(x.current().Name, y.current().Name) })
	return all
}
