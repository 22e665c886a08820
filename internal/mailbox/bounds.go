package mailbox

import (
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/marketplace"
)

// What one mail may take up in a database item of at most 400 KB, whatever its
// writer put into its headers. The original has the rest.
const (
	maxSubject     = 500 // characters
	maxName        = 200 // characters, of people and files
	maxHeaderID    = 500 // bytes of a Message-ID
	maxAddress     = 320 // bytes: 64 before the @ and 255 behind it, RFC 5321 §4.5.3.1
	maxPeople      = 50
	maxHeaderIDs   = 50
	maxAttachments = 100
	maxOrders      = 10
	maxLink        = 2000 // bytes
)

// small is the message within those bounds.
func small(m desk.Message) desk.Message {
	m.Subject = cut(m.Subject, maxSubject)
	m.From = smallContact(m.From)
	m.To, m.Cc = smallContacts(m.To), smallContacts(m.Cc)
	if len(m.HeaderID) > maxHeaderID {
		m.HeaderID = ""
	}
	var references []string
	for _, id := range m.References {
		if len(id) <= maxHeaderID {
			references = append(references, id)
		}
	}
	m.References = references[max(0, len(references)-maxHeaderIDs):]
	if len(m.Attachments) > maxAttachments {
		m.Attachments = m.Attachments[:maxAttachments]
		m.Warnings = append(m.Warnings, "attachments_cut")
	}
	for i := range m.Attachments {
		f := &m.Attachments[i]
		f.Name, f.ContentType, f.ContentID = cut(f.Name, maxName), cut(f.ContentType, maxName), cut(f.ContentID, maxName)
	}
	return m
}

func smallContacts(list []desk.Contact) []desk.Contact {
	list = list[:min(len(list), maxPeople)]
	for i := range list {
		list[i] = smallContact(list[i])
	}
	return list
}

// smallContact leaves an address out that is too long to be one.
func smallContact(c desk.Contact) desk.Contact {
	c.Name = cut(c.Name, maxName)
	if len(c.Address) > maxAddress {
		c.Address = ""
	}
	return c
}

// bounded is what was recognised within those bounds.
func bounded(r marketplace.Recognised) marketplace.Recognised {
	r.Buyer = smallContact(r.Buyer)
	if len(r.Route.To) > maxAddress {
		r.Route = desk.ReplyRoute{Disabled: marketplace.DisabledNoReply}
	}
	for _, link := range []*string{&r.Route.Link, &r.Route.NoResponseLink} {
		if len(*link) > maxLink {
			*link = ""
		}
	}
	for i := range r.OrderNumbers {
		r.OrderNumbers[i] = cut(r.OrderNumbers[i], maxName)
	}
	r.Type.Reason.Detail, r.Category.Reason.Detail = cut(r.Type.Reason.Detail, maxName), cut(r.Category.Reason.Detail, maxName)
	return r
}

// cut shortens a text to at most n characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
