package outbox

import (
	"slices"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
)

// maxRecipients bounds To, Cc and Bcc together; Gmail takes no more from a mail
// program.
const maxRecipients = 100

// recipients checks addresses and drops those that are there already. Errors:
// Invalid with "address_invalid", which names the address, or "recipients_many".
func recipients(known map[string]bool, list []desk.Contact) ([]desk.Contact, error) {
	var out []desk.Contact
	for _, c := range list {
		c.Address, c.Name = strings.TrimSpace(c.Address), strings.TrimSpace(oneLine(c.Name))
		key, err := deliverable(c.Address)
		if err != nil {
			return nil, err
		}
		if known[key] {
			continue
		}
		if known[key] = true; len(known) > maxRecipients {
			return nil, desk.Errorf(desk.Invalid, "recipients_many", "a mail has at most %d recipients", maxRecipients)
		}
		if len(c.Name) > 200 {
			c.Name = ""
		}
		out = append(out, c)
	}
	return out, nil
}

// deliverable checks that an address is one that SMTP can carry as it is: no
// spaces, no quotes, nothing beyond ASCII, which few servers take (RFC 6531).
func deliverable(address string) (lower string, err error) {
	local, domain, err := mailbox.SplitAddress(address)
	odd := func(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune(`()<>[]:;@\,"`, c) }
	if err != nil || strings.ContainsFunc(local, odd) || strings.ContainsFunc(domain, odd) || len(local) > 64 ||
		slices.ContainsFunc(strings.Split(local, "."), func(part string) bool { return part == "" }) {
		return "", desk.Errorf(desk.Invalid, "address_invalid", "%q is not an e-mail address", oneLine(address))
	}
	return local + "@" + domain, nil
}

// copies checks the other recipients of an answer. A marketplace's buyer is
// written to alone: nobody else may learn the alias, and the marketplace drops
// mail with copies.
func copies(store desk.Store, to, cc, bcc []desk.Contact) (cleanCc, cleanBcc []desk.Contact, err error) {
	if len(cc)+len(bcc) == 0 {
		return nil, nil, nil
	}
	if store.Marketplace() != desk.OwnShop {
		return nil, nil, desk.Errorf(desk.Invalid, "no_copies", "a marketplace's buyer is written to alone, without copies")
	}
	known := map[string]bool{}
	for _, c := range to {
		known[strings.ToLower(c.Address)] = true
	}
	if cleanCc, err = recipients(known, cc); err != nil {
		return nil, nil, err
	}
	cleanBcc, err = recipients(known, bcc)
	return cleanCc, cleanBcc, err
}
