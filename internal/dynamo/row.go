package dynamo

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Row is what a list shows of a conversation.
type Row struct {
	ID          desk.ConversationID
	Mailbox     desk.MailboxID
	Store       desk.Store
	Buyer       string
	Subject     string
	Snippet     string
	Status      desk.Status
	At          time.Time
	Due         time.Time
	Target      bool
	Type        desk.Type
	Category    desk.Category
	Intent      desk.Intent
	Priority    desk.Priority
	Sentiment   desk.Sentiment
	Language    desk.Language
	Estimate    bool
	Order       string
	Assignee    string
	Attachments bool
	Suspicious  bool
	Sorted      bool
	Messages    int
	Version     int64
}

// rowBytes bounds a packed row so that a page of fifty index entries, keys
// included, stays within the 16 KB of two eventually consistent read units.
const rowBytes = 236

// fieldEnd parts the fields of a packed row; it cannot occur in them.
const fieldEnd = "\x1f"

// rowOf is the row of a conversation.
func rowOf(c desk.Conversation) Row {
	r := Row{
		ID: c.ID, Mailbox: c.Mailbox, Store: c.Store, Buyer: c.Buyer.Name, Subject: c.Subject, Snippet: c.Snippet,
		Status: c.Status, At: c.LastAt, Due: c.Clock.Due, Target: c.Clock.Target,
		Type: c.Labels.Type.Value, Category: c.Labels.Category.Value, Intent: c.Labels.Intent.Value,
		Priority: c.Labels.Priority.Value, Sentiment: c.Labels.Sentiment.Value, Language: c.Labels.Language.Value,
		Estimate: c.Labels.Intent.Source == desk.ByEstimate, Assignee: c.Assignee,
		Attachments: c.HasAttachments, Suspicious: c.Suspicious, Sorted: c.Sorted, Messages: c.Messages, Version: c.Version,
	}
	if c.Title != "" {
		r.Subject = c.Title
	}
	if r.Buyer == "" {
		r.Buyer = c.Buyer.Address
	}
	if len(c.OrderNumbers) > 0 {
		r.Order = c.OrderNumbers[0]
	}
	return r
}

// pack writes the row as one short string. Labels become one character each,
// long texts are cut, the subject last.
func (r Row) pack() string {
	flags := 0
	for i, set := range []bool{r.Target, r.Estimate, r.Attachments, r.Suspicious, r.Sorted} {
		if set {
			flags |= 1 << i
		}
	}
	due := ""
	if !r.Due.IsZero() {
		due = strconv.FormatInt(r.Due.Unix(), 36)
	}
	category := ""
	if string(r.Category) != string(r.Type) {
		category = cut(string(r.Category), 30)
	}
	head := strings.Join([]string{
		code(desk.Statuses, r.Status) + code(desk.Types, r.Type) + code(desk.Intents, r.Intent) +
			code(desk.Priorities, r.Priority) + code(desk.Sentiments, r.Sentiment) + code(desk.Languages, r.Language) +
			storeCode(r.Store) + strconv.FormatInt(int64(flags), 32),
		string(r.Mailbox), due, category, clean(cut(r.Order, 20)), cut(r.Assignee, 40),
		strconv.Itoa(r.Messages), strconv.FormatInt(r.Version, 36), clean(cut(r.Buyer, 32)),
	}, fieldEnd) + fieldEnd
	subject := clean(cut(r.Subject, rowBytes-len(head)-1))
	head += subject + fieldEnd
	return head + clean(cut(r.Snippet, rowBytes-len(head)))
}

// unpackRow reads what pack wrote. Unknown codes read as empty labels, so that
// an older page of rows never breaks a list.
func unpackRow(id desk.ConversationID, at time.Time, packed string) Row {
	f := strings.Split(packed, fieldEnd)
	for len(f) < 11 {
		f = append(f, "")
	}
	codes := f[0] + "--------"
	flags, _ := strconv.ParseInt(codes[7:8], 32, 64)
	messages, _ := strconv.Atoi(f[6])
	version, _ := strconv.ParseInt(f[7], 36, 64)
	r := Row{
		ID: id, At: at,
		Status: decode(desk.Statuses, codes[0]), Type: decode(desk.Types, codes[1]), Intent: decode(desk.Intents, codes[2]),
		Priority: decode(desk.Priorities, codes[3]), Sentiment: decode(desk.Sentiments, codes[4]),
		Language: decode(desk.Languages, codes[5]), Store: storeOf(codes[6]),
		Target: flags&1 != 0, Estimate: flags&2 != 0, Attachments: flags&4 != 0, Suspicious: flags&8 != 0, Sorted: flags&16 != 0,
		Mailbox: desk.MailboxID(f[1]), Category: desk.Category(f[3]), Order: f[4], Assignee: f[5],
		Messages: messages, Version: version, Buyer: f[8], Subject: f[9], Snippet: f[10],
	}
	if due, err := strconv.ParseInt(f[2], 36, 64); err == nil && due > 0 {
		r.Due = time.Unix(due, 0).UTC()
	}
	if r.Category == "" {
		r.Category = desk.Category(r.Type)
	}
	return r
}

const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"

// code is the place of v in its list as one character, "-" for none.
func code[T comparable](list []T, v T) string {
	for i, x := range list {
		if x == v {
			return alphabet[i : i+1]
		}
	}
	return "-"
}

func decode[T comparable](list []T, c byte) (v T) {
	if i := strings.IndexByte(alphabet, c); i >= 0 && i < len(list) {
		return list[i]
	}
	return v
}

func storeCode(s desk.Store) string {
	for i, info := range desk.Stores {
		if info.Store == s {
			return alphabet[i : i+1]
		}
	}
	return "-"
}

func storeOf(c byte) desk.Store {
	if i := strings.IndexByte(alphabet, c); i >= 0 && i < len(desk.Stores) {
		return desk.Stores[i].Store
	}
	return desk.Own
}

// cut shortens s to at most n bytes without splitting a character.
func cut(s string, n int) string {
	if n <= 0 {
		return ""
	}
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// clean keeps the field separator and line ends out of a field.
func clean(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x20 {
			return ' '
		}
		return c
	}, s)
}
