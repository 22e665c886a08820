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
	Version int64
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
	Size    int64     // bytes on the server; Raw may have been cut
	Deleted bool
	Raw     []byte
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
	// Again marks a mail that rules have sorted and a model is to look at now.
	Again bool `json:"again,omitempty"`
}
