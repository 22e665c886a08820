package marketplace

import (
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// view is a mail with its addresses taken apart.
type view struct {
	Mail
	box           Mailbox
	from, replyTo address
	page          page
}

// address is a contact with its parts in lower case; host is "" when malformed.
type address struct {
	desk.Contact
	local, host string
}

func look(m Mail, box Mailbox) view {
	if m.Header == nil {
		m.Header = func(string) []string { return nil }
	}
	return view{Mail: m, box: box, from: first(m.From), replyTo: first(m.ReplyTo), page: readPage(m.HTML)}
}

// first is the first readable address: an unquoted comma in a name leaves a
// piece of the name in front of it.
func first(list []desk.Contact) address {
	for _, c := range list {
		if a := parseAddress(c); a.host != "" {
			return a
		}
	}
	return address{}
}

func parseAddress(c desk.Contact) address {
	c.Address = strings.TrimSpace(c.Address)
	a := address{Contact: c}
	at := strings.LastIndexByte(c.Address, '@')
	if at <= 0 {
		return a
	}
	host := strings.TrimSuffix(strings.ToLower(c.Address[at+1:]), ".")
	if !plainHost(host) {
		return a
	}
	a.local, a.host = strings.ToLower(c.Address[:at]), host
	return a
}

// plainHost accepts dotted ASCII labels only: anything else cannot be the name
// of a marketplace, whatever it looks like.
func plainHost(host string) bool {
	if host == "" || host[0] == '.' || strings.Contains(host, "..") {
		return false
	}
	for i := range len(host) {
		c := host[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return true
}

// under reports whether host is domain or lies under it, by whole labels.
func under(host, domain string) bool {
	rest, ok := strings.CutSuffix(host, domain)
	return ok && (rest == "" || strings.HasSuffix(rest, "."))
}

// sender is where an answer goes by the rules of mail: Reply-To, else From.
func (v view) sender() address {
	if v.replyTo.host != "" {
		return v.replyTo
	}
	return v.from
}

// recipients are To, Cc and the envelope's recipients as the provider noted them.
func (v view) recipients() []address {
	var out []address
	for _, list := range [][]desk.Contact{v.To, v.Cc, v.DeliveredTo} {
		for _, c := range list {
			out = append(out, parseAddress(c))
		}
	}
	return out
}

// ownAddress reports whether a is the mailbox itself, with or without a "+tag".
func (v view) ownAddress(a address) bool {
	own := parseAddress(desk.Contact{Address: v.box.Address})
	return own.host != "" && own.host == a.host && untagged(own.local) == untagged(a.local)
}

func untagged(local string) string {
	base, _, _ := strings.Cut(local, "+")
	return base
}

var noReplyLocals = map[string]bool{"postmaster": true, "mailerdaemon": true, "bounce": true, "bounces": true}

// noReply reports whether nobody reads mail to this local part.
func (a address) noReply() bool {
	plain := strings.NewReplacer("-", "", "_", "", ".", "").Replace(untagged(a.local))
	return noReplyLocals[plain] || strings.Contains(plain, "noreply") || strings.Contains(plain, "donotreply")
}

// header is the topmost value of a header, trimmed.
func (v view) header(name string) string {
	values := v.Header(name)
	if len(values) == 0 {
		return ""
	}
	return strings.TrimSpace(values[0])
}
