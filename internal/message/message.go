// Package message turns the raw bytes of one mail into something a person or a model can read.
//
// Mail in the wild breaks every rule of RFC 5322 and RFC 2045, so Read never fails: it always
// returns a usable message and lists what it had to guess, repair or cut as warnings. Everything
// it returns is valid UTF-8 and bounded by Limits.
package message

import "time"

// Message is one mail, decoded. Strings are valid UTF-8 without NUL bytes; Text ends its lines
// with "\n".
type Message struct {
	MessageID  string   `json:"messageId,omitempty"` // ids carry no angle brackets
	InReplyTo  []string `json:"inReplyTo,omitempty"`
	References []string `json:"references,omitempty"`

	From    []Address `json:"from,omitempty"`
	Sender  []Address `json:"sender,omitempty"`
	ReplyTo []Address `json:"replyTo,omitempty"`
	To      []Address `json:"to,omitempty"`
	Cc      []Address `json:"cc,omitempty"`
	Bcc     []Address `json:"bcc,omitempty"`

	Subject string    `json:"subject,omitempty"`
	Date    time.Time `json:"date,omitzero"` // zero when missing or absurd: use the server's INTERNALDATE
	Header  Header    `json:"header,omitempty"`

	Text string `json:"text"`           // the whole text body; derived from HTML when there is no text part
	HTML string `json:"html,omitempty"` // as sent, decoded but not sanitised: never show it without Sanitize

	Visible   string `json:"visible"` // Text without quoted history and signature; never empty when Text is not
	Quoted    string `json:"quoted,omitempty"`
	Signature string `json:"signature,omitempty"`
	Folds     []Fold `json:"folds,omitempty"` // the ranges of Text that Visible leaves out

	Attachments []Attachment `json:"attachments,omitempty"`

	Automatic       Automatic `json:"automatic,omitempty"`
	AutomaticReason string    `json:"automaticReason,omitempty"` // the header or phrase that decided it
	Bounce          *Bounce   `json:"bounce,omitempty"`          // set when Automatic is AutomaticBounce

	Warnings []Warning `json:"warnings,omitempty"`
}

// Address is one mailbox of an address header. Either field can be empty, never both.
type Address struct {
	Name    string `json:"name,omitempty"`
	Address string `json:"address"`
}

// Attachment is any part that is not the text of the mail. Content is decoded and may share
// memory with the raw mail. A message/rfc822 attachment can be given to Read again.
type Attachment struct {
	Name        string `json:"name"` // base name without path or control characters, never empty
	ContentType string `json:"contentType"`
	ContentID   string `json:"contentId,omitempty"` // without angle brackets
	Inline      bool   `json:"inline,omitempty"`    // meant to be shown inside the text
	Size        int    `json:"size"`                // decoded bytes
	Content     []byte `json:"-"`
}

// Automatic says what kind of machine wrote a mail; "" means a person, as far as the mail tells.
type Automatic string

// The kinds of automatic mail, strongest evidence first.
const (
	AutomaticBounce      Automatic = "bounce"
	AutomaticReceipt     Automatic = "receipt" // read receipt or notice of successful delivery
	AutomaticOutOfOffice Automatic = "out_of_office"
	AutomaticList        Automatic = "list"
	AutomaticReply       Automatic = "auto_reply"
	AutomaticNoReply     Automatic = "no_reply"
)

// Bounce is what a delivery status notification (RFC 3464), or a look-alike, tells.
type Bounce struct {
	MessageID  string   `json:"messageId,omitempty"`  // of the mail that was not delivered
	Recipients []string `json:"recipients,omitempty"` // addresses that failed
	Status     string   `json:"status,omitempty"`     // RFC 3463, e.g. "5.1.1"
	Diagnostic string   `json:"diagnostic,omitempty"` // what the remote server said
	Permanent  bool     `json:"permanent"`            // false while the mail system is still trying
}

// Warning is one thing the reader had to guess, repair or cut.
type Warning struct {
	Code   WarningCode `json:"code"`
	Detail string      `json:"detail,omitempty"`
}

// WarningCode is stable: it may be stored and compared.
type WarningCode string

// The warnings Read can give.
const (
	WarnAttachmentCut    WarningCode = "attachments_cut"     // Limits.Attachments reached, the rest is left out
	WarnAddressesCut     WarningCode = "addresses_cut"       // Limits.Addresses reached
	WarnBadBoundary      WarningCode = "bad_boundary"        // multipart without its boundary: guessed or read as text
	WarnBadCharset       WarningCode = "bad_charset"         // unknown or wrong charset label: detected
	WarnBadDate          WarningCode = "bad_date"            // missing, unreadable or absurd
	WarnBadEncoding      WarningCode = "bad_encoding"        // broken base64, quoted-printable or unknown encoding
	WarnBadHeader        WarningCode = "bad_header"          // lines that are no header fields were skipped
	WarnBareCR           WarningCode = "bare_cr"             // the mail ends its lines with CR alone
	WarnDepthCut         WarningCode = "depth_cut"           // Limits.Depth reached, the part is an attachment
	WarnEmpty            WarningCode = "empty"               // no bytes at all
	WarnHeaderCut        WarningCode = "header_cut"          // Limits.HeaderBytes reached
	WarnHTMLCut          WarningCode = "html_cut"            // Limits.HTMLBytes reached
	WarnNoHeader         WarningCode = "no_header"           // read as plain text
	WarnPartsCut         WarningCode = "parts_cut"           // Limits.Parts reached, the rest is left out
	WarnTextCut          WarningCode = "text_cut"            // Limits.TextBytes reached
	WarnTNEF             WarningCode = "tnef"                // winmail.dat: kept as an attachment, not unpacked
	WarnTruncated        WarningCode = "multipart_truncated" // closing boundary missing: the mail was cut off
	WarnWarningsCut      WarningCode = "warnings_cut"        // more went wrong than is listed
	WarnReferencesCut    WarningCode = "references_cut"      // Limits.References reached: oldest and newest are kept
	WarnEncryptedContent WarningCode = "encrypted"           // multipart/encrypted or S/MIME envelope: not readable here
)
