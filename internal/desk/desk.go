// Package desk is the domain of Quilldesk: the nouns that every feature shares
// and the rules that hold between them. It knows no database, no protocol and
// no cloud; adapters translate to and from it.
package desk

import "time"

// Identifiers are opaque to people and URL-safe. They are types of their own so
// that one cannot be passed for another.
type (
	OrgID          string
	MailboxID      string
	ConversationID string
	// MessageID identifies a stored message, incoming or outgoing. It is not the
	// Message-ID header, which can be missing, reused or malformed.
	MessageID string
	EntryID   string
)

// Clock tells the time. Everything that needs "now" is given one.
type Clock func() time.Time

// Organisation is one seller: the owner of mailboxes, members and knowledge.
type Organisation struct {
	ID        OrgID
	Name      string
	CreatedAt time.Time
	// Categories are the organisation's own folders beside the preset ones.
	Categories []Category
	// Signature closes every draft, e.g. "Lumenhaus customer care".
	Signature string
	// Language is what agents read: en, zh-Hant or zh-Hans; "" is en.
	Language Language
	// KnowledgeLanguage is what the knowledge base is written in, "" for Language.
	KnowledgeLanguage Language
	// Tone is how replies are to sound, in the organisation's own words, at most
	// 300 characters.
	Tone string
	// Facts are true of a store whatever the mail, such as opening hours; at most
	// 1,000 characters each.
	Facts map[Store]string
	// MonthlyBudget bounds what models cost in a month, in micro-dollars; 0 leaves
	// it to the installation.
	MonthlyBudget int64
}

// Role is what a member may do in the organisation.
type Role string

// Roles in order of rights: an owner may do everything, an admin everything but
// remove the owner, an agent works in mailboxes, a viewer only reads.
const (
	Owner  Role = "owner"
	Admin  Role = "admin"
	Agent  Role = "agent"
	Viewer Role = "viewer"
)

// Valid reports whether r is one of the four roles.
func (r Role) Valid() bool { return r == Owner || r == Admin || r == Agent || r == Viewer }

// CanManage reports whether the role may change mailboxes, members and settings.
func (r Role) CanManage() bool { return r == Owner || r == Admin }

// CanWrite reports whether the role may answer mail and change its labels.
func (r Role) CanWrite() bool { return r.CanManage() || r == Agent }

// Member is a person in an organisation, known by the verified e-mail address
// of the sign-in, in lower case.
type Member struct {
	Email string
	Name  string
	Role  Role
}
