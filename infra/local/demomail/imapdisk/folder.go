package imapdisk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// settings is what a folder is, apart from its mail; kept in folder.json.
type settings struct {
	Name        string           `json:"name"`
	Use         imap.MailboxAttr `json:"use,omitempty"`
	UIDValidity uint32           `json:"uidValidity"`
	Subscribed  bool             `json:"subscribed,omitempty"`
}

// A folder is one directory: folder.json, a journal and one file per mail named after its UID.
// A mail exists once its journal line is written; the file comes first, so that a crash in
// between leaves a stray file and never a line without its mail.
type folder struct {
	dir     string
	tracker *imapserver.MailboxTracker

	mu       sync.Mutex
	settings settings
	journal  *journal
	mails    []*record // ascending by UID; the position is the sequence number − 1
	keys     map[string]imap.UID
	uidNext  imap.UID
	changed  chan struct{} // closed at the next change
}

// createFolder makes a new, empty folder in dir, which must not exist.
func createFolder(dir string, s settings) (*folder, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("creating folder %s: %w", s.Name, err)
	}
	if err := writeJSON(filepath.Join(dir, "folder.json"), s); err != nil {
		return nil, fmt.Errorf("creating folder %s: %w", s.Name, err)
	}
	return openFolder(dir)
}

func openFolder(dir string) (*folder, error) {
	f := &folder{dir: dir, keys: map[string]imap.UID{}, uidNext: 1, changed: make(chan struct{})}
	if err := readJSON(filepath.Join(dir, "folder.json"), &f.settings); err != nil {
		return nil, fmt.Errorf("opening folder: %w", err)
	}
	journal, records, err := openJournal(filepath.Join(dir, "journal"))
	if err != nil {
		return nil, fmt.Errorf("opening folder %s: %w", f.settings.Name, err)
	}
	f.journal = journal
	f.replay(records)
	f.tracker = imapserver.NewMailboxTracker(uint32(len(f.mails)))
	return f, nil
}

// replay rebuilds the state: the last line of a UID wins, and a removed UID is never given again.
func (f *folder) replay(records []record) {
	latest := map[imap.UID]*record{}
	for i := range records {
		r := &records[i]
		latest[r.UID] = r
		if r.Key != "" {
			f.keys[r.Key] = r.UID
		}
		f.uidNext = max(f.uidNext, r.UID+1)
	}
	for _, r := range latest {
		if !r.Gone {
			f.mails = append(f.mails, r)
		}
	}
	slices.SortFunc(f.mails, func(a, b *record) int { return int(a.UID) - int(b.UID) })
}

func (f *folder) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.journal.close()
}

func (f *folder) path(uid imap.UID) string {
	return filepath.Join(f.dir, fmt.Sprintf("%08d.eml", uid))
}

func (f *folder) read(uid imap.UID) ([]byte, error) {
	raw, err := os.ReadFile(f.path(uid))
	if err != nil {
		return nil, fmt.Errorf("reading mail %d: %w", uid, err)
	}
	return raw, nil
}

// add appends one mail and tells the sessions that look at the folder. A key that was used
// before, even by a mail removed since, adds nothing and returns the UID it had then.
func (f *folder) add(raw []byte, date time.Time, flags []imap.Flag, key string) (imap.UID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if uid, ok := f.keys[key]; ok && key != "" {
		return uid, nil
	}
	r := &record{UID: f.uidNext, Date: date, Flags: canonicalFlags(flags), Size: int64(len(raw)), Key: key}
	if err := writeFile(f.path(r.UID), raw); err != nil {
		return 0, fmt.Errorf("storing mail %d: %w", r.UID, err)
	}
	if err := f.journal.write(*r); err != nil {
		return 0, fmt.Errorf("storing mail %d: %w", r.UID, err)
	}
	f.uidNext++
	f.mails = append(f.mails, r)
	if key != "" {
		f.keys[key] = r.UID
	}
	f.tracker.QueueNumMessages(uint32(len(f.mails)))
	f.announceLocked()
	return r.UID, nil
}

// setFlags changes the flags of the mails in uids. Sessions other than source hear of it.
func (f *folder) setFlags(uids imap.UIDSet, change *imap.StoreFlags, source *imapserver.SessionTracker) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.announceLocked()
	for i, r := range f.mails {
		if !uids.Contains(r.UID) {
			continue
		}
		next := *r
		next.Flags = changedFlags(r.Flags, change)
		if slices.Equal(next.Flags, r.Flags) {
			continue
		}
		if err := f.journal.write(next); err != nil {
			return fmt.Errorf("storing flags of mail %d: %w", r.UID, err)
		}
		f.mails[i] = &next
		f.tracker.QueueMessageFlags(uint32(i)+1, next.UID, next.Flags, source)
	}
	return nil
}

// remove deletes the mails that want picks, for good.
func (f *folder) remove(want func(*record) bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.announceLocked()
	for i := len(f.mails) - 1; i >= 0; i-- { // from the end: sequence numbers before stay true
		r := f.mails[i]
		if !want(r) {
			continue
		}
		if err := f.journal.write(record{UID: r.UID, Key: r.Key, Gone: true}); err != nil {
			return fmt.Errorf("removing mail %d: %w", r.UID, err)
		}
		if err := os.Remove(f.path(r.UID)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing mail %d: %w", r.UID, err)
		}
		f.mails = slices.Delete(f.mails, i, i+1)
		f.tracker.QueueExpunge(uint32(i) + 1)
	}
	return nil
}

// announceLocked wakes the sessions that idle, after their trackers have been told.
func (f *folder) announceLocked() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// nextChange is closed when anything changes after the call.
func (f *folder) nextChange() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changed
}

// all returns the folder's mails as they are now; records are never changed in place.
func (f *folder) all() []*record {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.mails)
}

// current returns the folder's settings; they change when a session renames or subscribes.
func (f *folder) current() settings {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.settings
}

// change rewrites the folder's settings.
func (f *folder) change(edit func(*settings)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	next := f.settings
	edit(&next)
	if err := writeJSON(filepath.Join(f.dir, "folder.json"), next); err != nil {
		return fmt.Errorf("changing folder %s: %w", f.settings.Name, err)
	}
	f.settings = next
	return nil
}

func (f *folder) status(o *imap.StatusOptions) *imap.StatusData {
	f.mu.Lock()
	defer f.mu.Unlock()
	var size int64
	var seen, deleted uint32
	for _, r := range f.mails {
		size += r.Size
		if slices.Contains(r.Flags, imap.FlagSeen) {
			seen++
		}
		if slices.Contains(r.Flags, imap.FlagDeleted) {
			deleted++
		}
	}
	total, recent := uint32(len(f.mails)), uint32(0)
	unseen := total - seen
	data := &imap.StatusData{Mailbox: f.settings.Name}
	if o.NumMessages {
		data.NumMessages = &total
	}
	if o.NumRecent {
		data.NumRecent = &recent
	}
	if o.UIDNext {
		data.UIDNext = f.uidNext
	}
	if o.UIDValidity {
		data.UIDValidity = f.settings.UIDValidity
	}
	if o.NumUnseen {
		data.NumUnseen = &unseen
	}
	if o.NumDeleted {
		data.NumDeleted = &deleted
	}
	if o.Size {
		data.Size = &size
	}
	return data
}

// open returns what SELECT and EXAMINE answer, and a tracker that is in step with it.
func (f *folder) open() (*imap.SelectData, *imapserver.SessionTracker) {
	f.mu.Lock()
	defer f.mu.Unlock()
	data := &imap.SelectData{
		Flags:          slices.Clone(systemFlags),
		PermanentFlags: append(slices.Clone(systemFlags), imap.FlagWildcard),
		NumMessages:    uint32(len(f.mails)),
		UIDNext:        f.uidNext,
		UIDValidity:    f.settings.UIDValidity,
	}
	for i, r := range f.mails {
		if !slices.Contains(r.Flags, imap.FlagSeen) {
			data.FirstUnseenSeqNum = uint32(i) + 1
			break
		}
	}
	return data, f.tracker.NewSession()
}

var systemFlags = []imap.Flag{
	imap.FlagSeen, imap.FlagAnswered, imap.FlagFlagged, imap.FlagDeleted, imap.FlagDraft,
}

// canonicalFlags sorts flags, drops doubles and \Recent, and spells the system flags as RFC 3501
// §2.3.2 does: flags are case-insensitive and clients differ.
func canonicalFlags(flags []imap.Flag) []imap.Flag {
	var out []imap.Flag
	for _, flag := range flags {
		for _, system := range systemFlags {
			if strings.EqualFold(string(flag), string(system)) {
				flag = system
			}
		}
		known := slices.ContainsFunc(out, func(o imap.Flag) bool { return strings.EqualFold(string(o), string(flag)) })
		if !known && !strings.EqualFold(string(flag), `\Recent`) {
			out = append(out, flag)
		}
	}
	slices.Sort(out)
	return out
}

func changedFlags(old []imap.Flag, change *imap.StoreFlags) []imap.Flag {
	named := canonicalFlags(change.Flags)
	switch change.Op {
	case imap.StoreFlagsAdd:
		return canonicalFlags(slices.Concat(old, named))
	case imap.StoreFlagsDel:
		return slices.DeleteFunc(slices.Clone(old), func(o imap.Flag) bool {
			return slices.ContainsFunc(named, func(n imap.Flag) bool { return strings.EqualFold(string(o), string(n)) })
		})
	}
	return named
}

func writeJSON(path string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return writeFile(path, text)
}

func readJSON(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}
