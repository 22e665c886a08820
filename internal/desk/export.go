package desk

import "time"

// ExportState is how an export stands.
type ExportState string

const (
	ExportRunning ExportState = "running"
	ExportDone    ExportState = "done"
	ExportFailed  ExportState = "failed"
)

// ExportDays is how long the files of an export are kept; the bucket's lifecycle
// rule deletes them.
const ExportDays = 7

// Export is a mailbox written into files that a person can take along.
type Export struct {
	ID        string
	Org       OrgID
	Mailbox   MailboxID
	State     ExportState
	Code      string // why it failed
	By        string
	StartedAt time.Time
	// ExpiresAt is set once it is done.
	ExpiresAt time.Time
	// Next is the first conversation that is in no file yet, Total how many there
	// are, 0 until they are counted. Shown is how far the run under way has come.
	Next, Total, Shown int
	Counted            bool
	// Failures counts runs in a row that brought it no further.
	Failures int
	// Mails are the originals written, Sent the mails sent from here, Missing the
	// originals that are not kept any more.
	Mails, Sent, Missing int
	Files                []ExportFile
	Version              int64
}

// ExportFile is one finished file of an export.
type ExportFile struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`          // in hexadecimal
	Items  int    `json:"items,omitempty"` // mails or conversations in it
}

// Prefix is where the files of an export lie in the bucket.
func (e Export) Prefix() string { return ExportPrefix(e.Org, e.Mailbox) + e.ID + "/" }

// ExportPrefix is where all exports of a mailbox lie.
func ExportPrefix(org OrgID, box MailboxID) string {
	return "export/" + string(org) + "/" + string(box) + "/"
}
