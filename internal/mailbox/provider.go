package mailbox

import (
	"context"
	_ "embed"
	"encoding/json"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Preset is what is known of a mail provider: facts, not settings.
type Preset struct {
	ID   string        `json:"id"`
	Name string        `json:"name"`
	IMAP desk.Endpoint `json:"imap"`
	SMTP desk.Endpoint `json:"smtp"`
	// Secret is what the provider calls its password for mail programs:
	// password, app_password, authorization_code or oauth (takes no password).
	Secret string `json:"secret"`
	// OAuth is where its mailboxes can sign in: microsoft, google or nowhere.
	OAuth string `json:"oauth"`
	// Domains are whole domains; DomainFamilies are names before any country's
	// ending, e.g. "hotmail" for hotmail.co.uk.
	Domains        []string `json:"domains"`
	DomainFamilies []string `json:"domainFamilies"`
	// MX are suffixes of mail exchangers, matched at label boundaries. A hint only.
	MX []string `json:"mx"`
	// Hosts are suffixes of its own host names, which its certificates cover.
	// Aliases are names that its hosts end at in the DNS, which they do not.
	Hosts   []string `json:"hosts"`
	Aliases []string `json:"aliases"`
	// Sent is the Sent folder where LIST does not tell.
	Sent string `json:"sent"`
	// SavesSent is true where the provider keeps a copy of mail sent by SMTP.
	SavesSent   bool     `json:"savesSent"`
	AuthServIDs []string `json:"authServIds"`
	// Limits are the provider's own of sending, Hosted those of mailboxes under
	// other domains than its own.
	Limits Limits  `json:"limits"`
	Hosted *Limits `json:"hostedLimits"`
}

// Limits are how much a mailbox may send, as its provider has published it; 0 where
// it has not. A day is the last 24 hours.
type Limits struct {
	DailyMessages   int    `json:"dailyMessages"`
	DailyRecipients int    `json:"dailyRecipients"`
	PerMinute       int    `json:"perMinute"` // messages
	Source          string `json:"source"`
}

// SendLimits are those of a mailbox, with its provider's name.
func SendLimits(box desk.Mailbox) (l Limits, provider string) {
	p, _ := preset(box.Provider)
	_, domain, _ := strings.Cut(box.Address, "@")
	if p.Hosted != nil && !p.hasDomain(strings.ToLower(domain)) {
		return *p.Hosted, p.Name
	}
	return p.Limits, p.Name
}

// providers.json holds the presets with what was gathered about each in 2026.
//
//go:embed providers.json
var providersJSON []byte

var presets = sync.OnceValue(func() []Preset {
	var all []Preset
	if err := json.Unmarshal(providersJSON, &all); err != nil {
		return nil // a test reads the file
	}
	return all
})

func preset(id string) (Preset, bool) {
	for _, p := range presets() {
		if p.ID == id {
			return p, true
		}
	}
	return Preset{}, false
}

// genericProvider is the preset of a provider we know nothing about.
const genericProvider = "generic"

// Resolver looks mail exchangers and the true names of hosts up.
type Resolver interface {
	LookupMX(ctx context.Context, domain string) ([]*net.MX, error)
	// LookupCNAME follows all aliases to the end; a host without any is its own.
	LookupCNAME(ctx context.Context, host string) (string, error)
}

// Recognition is a provider and how it was found: "domain", "mx", "cname",
// "hand" or "none".
type Recognition struct {
	Preset
	How string
}

const lookupTime = 3 * time.Second

// Recognise finds the provider of an address by its domain, else by its mail
// exchangers, else by what its mail hosts are aliases of, else guesses host names.
// Invalid for what is no address.
func Recognise(ctx context.Context, address string, dns Resolver) (Recognition, error) {
	_, domain, err := SplitAddress(address)
	if err != nil {
		return Recognition{}, err
	}
	for _, p := range presets() {
		if p.hasDomain(domain) {
			return Recognition{p, "domain"}, nil
		}
	}
	if p, ok := byExchanger(ctx, domain, dns); ok {
		return Recognition{p, "mx"}, nil
	}
	if p, ok := byAlias(ctx, domain, dns); ok {
		return Recognition{p, "cname"}, nil
	}
	guess, _ := preset(genericProvider)
	guess.IMAP = desk.Endpoint{Host: "imap." + domain, Port: 993, Security: desk.TLS}
	guess.SMTP = desk.Endpoint{Host: "smtp." + domain, Port: 465, Security: desk.TLS}
	return Recognition{guess, "none"}, nil
}

// Choose is the recognition of an address whose provider a person picked by hand.
func Choose(address, provider string) (Recognition, error) {
	if _, _, err := SplitAddress(address); err != nil {
		return Recognition{}, err
	}
	p, ok := preset(provider)
	if !ok || p.ID == genericProvider {
		return Recognition{}, desk.Errorf(desk.Invalid, "request_invalid", "there is no provider %q", provider)
	}
	return Recognition{p, "hand"}, nil
}

// Presets are the known providers, without the one for all others.
func Presets() []Preset {
	return slices.DeleteFunc(slices.Clone(presets()), func(p Preset) bool { return p.ID == genericProvider })
}

// byExchanger takes no answer for an answer: not recognised.
func byExchanger(ctx context.Context, domain string, dns Resolver) (Preset, bool) {
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	exchangers, _ := dns.LookupMX(ctx, domain)
	for _, mx := range exchangers {
		for _, p := range presets() {
			if under(mx.Host, p.MX) {
				return p, true
			}
		}
	}
	return Preset{}, false
}

// mailHosts are the names companies give to what their provider runs.
var mailHosts = []string{"imap.", "smtp.", "mail."}

// byAlias asks for all of them at once; the first in the list decides.
func byAlias(ctx context.Context, domain string, dns Resolver) (Preset, bool) {
	found := make([]Preset, len(mailHosts))
	var all sync.WaitGroup
	for i, prefix := range mailHosts {
		all.Go(func() { found[i], _, _ = owner(ctx, prefix+domain, dns) })
	}
	all.Wait()
	for _, p := range found {
		if p.ID != "" {
			return p, true
		}
	}
	return Preset{}, false
}

// owner is the provider that a host is an alias of, with the host's true name.
func owner(ctx context.Context, host string, dns Resolver) (p Preset, name string, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	name, err := dns.LookupCNAME(ctx, host)
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if err != nil || name == strings.ToLower(host) {
		return Preset{}, "", false
	}
	for _, p := range presets() {
		if under(name, p.Hosts) || under(name, p.Aliases) {
			return p, name, true
		}
	}
	return Preset{}, "", false
}

// byOwnNames puts the provider's own host names in the place of a company's
// aliases for them: certificates are made out to the provider, and are verified
// always.
func (b *Binder) byOwnNames(ctx context.Context, in Binding) Binding {
	var imap, smtp alias
	var both sync.WaitGroup
	both.Go(func() { imap = findAlias(ctx, in.IMAP.Host, b.DNS) })
	both.Go(func() { smtp = findAlias(ctx, in.SMTP.Host, b.DNS) })
	both.Wait()
	if imap.ok {
		in.IMAP.Host = imap.dial(imap.provider.IMAP)
	}
	if smtp.ok {
		in.SMTP.Host = smtp.dial(smtp.provider.SMTP)
	}
	if imap.ok && (in.Provider == "" || in.Provider == genericProvider) {
		in.Provider = imap.provider.ID
	}
	return in
}

// alias is what a company's host name leads to: a provider, and the true name.
type alias struct {
	provider Preset
	name     string
	ok       bool
}

// findAlias leaves names alone that are a provider's own: they may lead on, but
// are what certificates name.
func findAlias(ctx context.Context, host string, dns Resolver) alias {
	if slices.ContainsFunc(presets(), func(p Preset) bool { return p.owns(host) }) {
		return alias{}
	}
	p, name, ok := owner(ctx, host, dns)
	return alias{p, name, ok}
}

// dial is the name to connect to: the true one where certificates cover it, which
// may be one of several data centres, else the provider's usual one.
func (a alias) dial(usual desk.Endpoint) string {
	if under(a.name, a.provider.Hosts) {
		return a.name
	}
	return usual.Host
}

func (p Preset) owns(host string) bool {
	host = strings.ToLower(host)
	return host == p.IMAP.Host || host == p.SMTP.Host || under(host, p.Hosts)
}

func (p Preset) hasDomain(domain string) bool {
	for _, d := range p.Domains {
		if d == domain {
			return true
		}
	}
	name, _, _ := strings.Cut(domain, ".")
	for _, family := range p.DomainFamilies {
		// hotmail.de, hotmail.co.uk: the family and at most two short labels.
		if rest := strings.TrimPrefix(domain, family+"."); name == family && len(rest) <= 6 {
			return true
		}
	}
	return false
}

// under reports whether a host is one of the suffixes or below one, label by label.
func under(host string, suffixes []string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return slices.ContainsFunc(suffixes, func(suffix string) bool { return host == suffix || strings.HasSuffix(host, "."+suffix) })
}

// SplitAddress parts an e-mail address, in lower case; Invalid when it is none.
func SplitAddress(address string) (local, domain string, err error) {
	address = strings.ToLower(strings.TrimSpace(address))
	local, domain, ok := strings.Cut(address, "@")
	labels := strings.Split(domain, ".")
	if !ok || len(address) > 254 || local == "" || len(labels) < 2 || slices.Contains(labels, "") || strings.ContainsAny(address, " <>,;\"\r\n\t") || strings.Contains(domain, "@") {
		return "", "", desk.Errorf(desk.Invalid, "address_invalid", "this is not an e-mail address")
	}
	return local, domain, nil
}
