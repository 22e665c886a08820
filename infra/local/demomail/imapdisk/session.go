package imapdisk

import (
	"fmt"
	"io"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// MaxMail is the largest mail APPEND takes, in bytes.
const MaxMail = 50 << 20

// Capabilities are those a Session has something to say about.
func Capabilities() imap.CapSet {
	return imap.CapSet{
		imap.CapIMAP4rev1: {}, imap.CapNamespace: {}, imap.CapUIDPlus: {}, imap.CapESearch: {},
		imap.CapListExtended: {}, imap.CapListStatus: {}, imap.CapMove: {}, imap.CapStatusSize: {},
		imap.CapSpecialUse: {},
	}
}

var (
	errReadOnly   = &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeNoPerm, Text: "Folder is open read-only"}
	errSameFolder = &imap.Error{Type: imap.StatusResponseTypeNo, Text: "Source and destination are the same folder"}
	errTooBig     = &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeTooBig, Text: "Mail is too big"}
)

// A Session is one IMAP connection. It implements imapserver.Session with NAMESPACE, MOVE and
// APPENDLIMIT; go-imap calls it from one goroutine at a time.
type Session struct {
	login   func(user, password string) *Account
	account *Account

	folder   *folder // nil until a folder is selected
	tracker  *imapserver.SessionTracker
	readOnly bool
}

var (
	_ imapserver.SessionMove        = (*Session)(nil)
	_ imapserver.SessionNamespace   = (*Session)(nil)
	_ imapserver.SessionAppendLimit = (*Session)(nil)
)

// NewSession starts a session; login returns nil for a wrong name or password.
func NewSession(login func(user, password string) *Account) *Session {
	return &Session{login: login}
}

func (s *Session) Close() error {
	if s.folder != nil {
		return s.Unselect()
	}
	return nil
}

func (s *Session) Login(user, password string) error {
	account := s.login(user, password)
	if account == nil {
		return imapserver.ErrAuthFailed
	}
	s.account = account
	return nil
}

// SignIn opens an account that somebody else has seen the proof for.
func (s *Session) SignIn(account *Account) { s.account = account }

func (s *Session) Select(name string, options *imap.SelectOptions) (*imap.SelectData, error) {
	f := s.account.folder(name)
	if f == nil {
		return nil, errNoFolder
	}
	data, tracker := f.open()
	s.folder, s.tracker, s.readOnly = f, tracker, options.ReadOnly
	return data, nil
}

func (s *Session) Unselect() error {
	s.tracker.Close()
	s.folder, s.tracker = nil, nil
	return nil
}

func (s *Session) Create(name string, _ *imap.CreateOptions) error {
	return s.account.create(FolderSpec{Name: name})
}

func (s *Session) Delete(name string) error { return s.account.delete(name) }

func (s *Session) Rename(from, to string, _ *imap.RenameOptions) error {
	return s.account.rename(from, to)
}

func (s *Session) Subscribe(name string) error   { return s.subscribe(name, true) }
func (s *Session) Unsubscribe(name string) error { return s.subscribe(name, false) }

func (s *Session) subscribe(name string, on bool) error {
	f := s.account.folder(name)
	if f == nil {
		return errNoFolder
	}
	return f.change(func(next *settings) { next.Subscribed = on })
}

func (s *Session) Namespace() (*imap.NamespaceData, error) {
	return &imap.NamespaceData{Personal: []imap.NamespaceDescriptor{{Delim: delimiter}}}, nil
}

func (s *Session) AppendLimit() uint32 { return MaxMail }

func (s *Session) Status(name string, options *imap.StatusOptions) (*imap.StatusData, error) {
	f := s.account.folder(name)
	if f == nil {
		return nil, errNoFolder
	}
	return f.status(options), nil
}

// List shows the special uses even where LIST does not ask, as Dovecot does.
func (s *Session) List(w *imapserver.ListWriter, ref string, patterns []string, options *imap.ListOptions) error {
	if len(patterns) == 0 { // RFC 3501 §6.3.8: only the delimiter is asked for
		return w.WriteList(&imap.ListData{Attrs: []imap.MailboxAttr{imap.MailboxAttrNoSelect}, Delim: delimiter})
	}
	for _, f := range s.account.list() {
		data := f.listData(options)
		if data == nil || !matches(data.Mailbox, ref, patterns) {
			continue
		}
		if err := w.WriteList(data); err != nil {
			return err
		}
	}
	return nil
}

func matches(name, ref string, patterns []string) bool {
	for _, pattern := range patterns {
		if imapserver.MatchList(name, delimiter, ref, pattern) {
			return true
		}
	}
	return false
}

// listData is nil where the selection options leave the folder out.
func (f *folder) listData(options *imap.ListOptions) *imap.ListData {
	set := f.current()
	if options.SelectSubscribed && !set.Subscribed || options.SelectSpecialUse && set.Use == "" {
		return nil
	}
	data := &imap.ListData{Mailbox: set.Name, Delim: delimiter}
	if set.Use != "" {
		data.Attrs = append(data.Attrs, set.Use)
	}
	if set.Subscribed && (options.ReturnSubscribed || options.SelectSubscribed) {
		data.Attrs = append(data.Attrs, imap.MailboxAttrSubscribed)
	}
	if options.ReturnStatus != nil {
		data.Status = f.status(options.ReturnStatus)
	}
	return data
}

func (s *Session) Append(name string, r imap.LiteralReader, options *imap.AppendOptions) (*imap.AppendData, error) {
	f := s.account.folder(name)
	if f == nil {
		return nil, errTryCreate
	}
	if r.Size() > MaxMail {
		return nil, errTooBig
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading the appended mail: %w", err)
	}
	date := options.Time
	if date.IsZero() {
		date = s.account.now()
	}
	uid, err := f.add(raw, date, options.Flags, "")
	if err != nil {
		return nil, err
	}
	return &imap.AppendData{UID: uid, UIDValidity: f.current().UIDValidity}, nil
}

func (s *Session) Poll(w *imapserver.UpdateWriter, allowExpunge bool) error {
	if s.tracker == nil {
		return nil
	}
	return s.tracker.Poll(w, allowExpunge)
}

// Idle polls once per change, from before the first: go-imap's own tracker.Idle says nothing of
// what was queued before it began.
func (s *Session) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	if s.tracker == nil {
		<-stop
		return nil
	}
	for {
		changed := s.folder.nextChange()
		if err := s.tracker.Poll(w, true); err != nil {
			return err
		}
		select {
		case <-changed:
		case <-stop:
			return nil
		}
	}
}
