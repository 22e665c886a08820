package desk

import "time"

// Security is how a connection is protected. Certificates are verified always.
type Security string

const (
	TLS      Security = "tls"      // from the first byte
	StartTLS Security = "starttls" // upgraded before anything is sent
)

// Endpoint is a mail server.
type Endpoint struct {
	Host     string   `json:"host"`
	Port     int      `json:"port"`
	Security Security `json:"security"`
}

// AuthMethod is how we sign in to the mailbox.
type AuthMethod string

const (
	Password AuthMethod = "password" // also app passwords and authorization codes
	XOAuth2  AuthMethod = "xoauth2"
)

// Credentials open a mailbox. They exist in memory only; at rest they are
// encrypted under the organisation and the mailbox.
type Credentials struct {
	Method       AuthMethod `json:"method"`
	User         string     `json:"user"`
	Password     string     `json:"password,omitempty"`
	Provider     string     `json:"provider,omitempty"` // where the tokens come from: microsoft or google
	AccessToken  string     `json:"accessToken,omitempty"`
	RefreshToken string     `json:"refreshToken,omitempty"`
	ExpiresAt    time.Time  `json:"expiresAt,omitzero"`
	// Secret keys the Message-IDs we make for this mailbox.
	Secret []byte `json:"secret"`
}

// Mailbox is a bound mailbox and how it is used.
type Mailbox struct {
	ID       MailboxID
	Org      OrgID
	Address  string
	Name     string // display name of the sender
	Provider string // id of the preset, "generic" without one
	IMAP     Endpoint
	SMTP     Endpoint
	// OAuth is where its owner signed in, microsoft or google; "" with a password.
	OAuth string
	// Sealed are the encrypted credentials, without tokens: those change by the hour.
	Sealed  []byte
	Folders []string
	// SentFolder is where copies of sent mail are looked for and appended.
	SentFolder string
	AppendSent bool
	Stores     []Store
	ImportDays int
	// Members who may work in it; none = all members.
	Members   []string
	CreatedAt time.Time
	// Purging is true while unbinding deletes what came through it.
	Purging bool
	// PurgedOf is how many conversations there were when that began.
	PurgedOf int64 `json:",omitempty"`
	Version  int64
}

// OpenTo reports whether the member may see the mailbox's mail. The owner always
// may, so that nobody can lock the organisation out of its own mail.
func (m Mailbox) OpenTo(member Member) bool {
	if len(m.Members) == 0 || member.Role == Owner {
		return true
	}
	for _, email := range m.Members {
		if email == member.Email {
			return true
		}
	}
	return false
}

// SyncState is what the page says about a mailbox.
type SyncState string

const (
	SyncOK        SyncState = "ok"
	SyncRunning   SyncState = "syncing"
	SyncBackoff   SyncState = "backing_off"
	SyncNeedsAuth SyncState = "needs_authorisation"
)

// Cursor is how far a folder has been read: every UID up to and including
// LastUID of this UIDVALIDITY is stored.
type Cursor struct {
	UIDValidity uint32 `json:"v"`
	LastUID     uint32 `json:"u"`
}

// Sync is the fetching side of a mailbox.
type Sync struct {
	Org     OrgID
	Mailbox MailboxID
	State   SyncState
	Cursors map[string]Cursor
	// ImportedTo is, per folder, the UID up to which mail counts as import.
	ImportedTo map[string]uint32
	// Code and Detail say why it backs off, for people.
	Code, Detail string
	Failures     int
	NextTry      time.Time
	CheckedAt    time.Time // last proven successful check, refreshed at least hourly
	LastMailAt   time.Time
	LeaseUntil   time.Time
	LeaseBy      string
	// Pending is the batch being taken in: written down before work starts, so
	// that a second run does exactly the same one.
	Pending *Batch
	// Large are mails that the cursors have passed while they are still being
	// read, piece by piece.
	Large []Large
	// Aside counts mails that were set aside.
	Aside int64
	// Epoch counts committed batches; Counts are exact as of that commit.
	Epoch  int64
	Counts Counts
	// Mark rises whenever anything of the mailbox changed.
	Mark int64
}

// Batch is the range of UIDs (After, To] of one folder.
type Batch struct {
	Folder      string `json:"f"`
	UIDValidity uint32 `json:"v"`
	After       uint32 `json:"a"`
	To          uint32 `json:"t"`
	// Begun is when the batch was written down: the time of mail that has none,
	// the same at every run.
	Begun time.Time `json:"b"`
	// Mails are those about to be stored, written down before the first of them is:
	// what a run that broke off leaves of a mail is found by it.
	Mails []BatchMail `json:"m,omitempty"`
	// Tries counts the runs that broke off at the batch's only mail.
	Tries int `json:"n,omitempty"`
	// Large, when set, is the batch's only mail: it is taken from its pieces.
	Large *Large `json:"l,omitempty"`
	// Again, when set, is the mail that was set aside and is tried once more.
	Again AsideID `json:"g,omitempty"`
}

// BatchMail names a mail of a batch: by its id, and by the thread key it is known again by.
type BatchMail struct {
	ID  MessageID `json:"i"`
	Key string    `json:"k"`
	// At is when it came: what an earlier attempt stored is found under it, though
	// another copy of the mail may be read the next time.
	At time.Time `json:"a"`
	// Sent is the seller's own mail, which nobody sorts.
	Sent bool `json:"s,omitempty"`
}

// Large is a mail that is read in pieces, each stored as it comes.
type Large struct {
	Folder      string    `json:"f"`
	UIDValidity uint32    `json:"v"`
	UID         uint32    `json:"u"`
	Size        int64     `json:"s"` // bytes, as the server says
	At          time.Time `json:"a,omitzero"`
	Pieces      int       `json:"p,omitempty"` // stored
	Have        int64     `json:"h,omitempty"` // bytes in them
	Tries       int       `json:"n,omitempty"` // runs that brought nothing
	// Whole is set when the server's pieces do not make up the mail: then it is
	// read in one go.
	Whole bool `json:"w,omitempty"`
}

// AsideID names a mail that was set aside: the same mail has the same id.
type AsideID string

// SetAside is a mail that could not be fetched or stored. The mailbox goes on
// without it until somebody tries it again or discards it.
type SetAside struct {
	ID          AsideID   `json:"-"`
	Org         OrgID     `json:"-"`
	Mailbox     MailboxID `json:"-"`
	Folder      string    `json:"f"`
	UIDValidity uint32    `json:"v"`
	UID         uint32    `json:"u"`
	Size        int64     `json:"s"` // bytes, as the server says
	At          time.Time `json:"a,omitzero"`
	SetAt       time.Time `json:"t"`
	From        Contact   `json:"w,omitzero"`
	Subject     string    `json:"j,omitempty"`
	// Reason says why in a code the page explains; Detail is the error's own words.
	Reason string `json:"r"`
	Detail string `json:"d,omitempty"`
	// Raw is how many bytes of the mail are kept; 0 when it could not be read.
	Raw int64 `json:"n,omitempty"`
	// Tries counts how often somebody had it tried again, Trying is set while it is.
	Tries  int  `json:"y,omitempty"`
	Trying bool `json:"g,omitempty"`
	// Imported mail starts no clocks, whenever it comes in at last.
	Imported bool `json:"i,omitempty"`
	// Done is set when trying again went well: what is left is to be removed.
	Done bool `json:"o,omitempty"`
}

// Counts are conversations per status.
type Counts map[Status]int64

// Folder is one folder of a mailbox as the server lists it.
type Folder struct {
	Name       string
	Role       string // inbox, sent, drafts, trash, junk, archive, all, or ""
	Selectable bool
}

// FolderStatus is how a folder stands. UIDNext is 0 where the server hides it.
type FolderStatus struct {
	UIDValidity uint32
	UIDNext     uint32
	Messages    uint32
}

// MailSize is a mail that could be fetched.
type MailSize struct {
	UID  uint32
	Size int64     // bytes
	At   time.Time // INTERNALDATE
}

// FetchedMail is a mail as the server gave it.
type FetchedMail struct {
	UID     uint32
	At      time.Time // INTERNALDATE
	Size    int64     // bytes, as the server says
	Deleted bool
	Raw     []byte
	Cut     bool // Raw is the beginning of a longer mail
}

// KeyClaim is what a thread key of a mailbox says: the conversation it leads to,
// and which mail contents were taken in under it. A Message-ID can be reused for
// another mail, so one key can know several.
type KeyClaim struct {
	Key          string
	Conversation ConversationID
	Contents     []Content
}

// Content is a mail taken in under a key: its hash, where it went, and the batch
// that brought it.
type Content struct {
	Hash         string
	Conversation ConversationID
	Epoch        int64
}

// Seen finds the content of that hash.
func (c KeyClaim) Seen(hash string) (Content, bool) {
	for _, content := range c.Contents {
		if content.Hash == hash {
			return content, true
		}
	}
	return Content{}, false
}

// Transition is a change of status, From empty for a new conversation.
type Transition struct{ From, To Status }

// Job is work on one message, as queues carry it: ids only.
type Job struct {
	Org          OrgID          `json:"org"`
	Mailbox      MailboxID      `json:"mailbox,omitempty"`
	Conversation ConversationID `json:"conversation,omitempty"`
	Message      MessageID      `json:"message,omitempty"`
	// Aside is a mail that was set aside and is to be tried again.
	Aside AsideID `json:"aside,omitempty"`
	// Again marks a mail that rules have sorted and a model is to look at now.
	Again bool `json:"again,omitempty"`
}
