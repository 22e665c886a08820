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
	// Domains are whole domains; DomainFamilies are names before any country's
	// ending, e.g. "hotmail" for hotmail.co.uk.
	Domains        []string `json:"domains"`
	DomainFamilies []string `json:"domainFamilies"`
	// MX are suffixes of mail exchangers, matched at label boundaries. A hint only.
	MX []string `json:"mx"`
	// Sent is the Sent folder where LIST does not tell.
	Sent string `json:"sent"`
	// SavesSent is true where the provider keeps a copy of mail sent by SMTP.
	SavesSent   bool     `json:"savesSent"`
	AuthServIDs []string `json:"authServIds"`
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

// Resolver looks mail exchangers up.
type Resolver interface {
	LookupMX(ctx context.Context, domain string) ([]*net.MX, error)
}

// Recognition is a provider and how it was found: "domain", "mx", or "none".
type Recognition struct {
	Preset
	How string
}

const lookupTime = 3 * time.Second

// Recognise finds the provider of an address by its domain, else by its mail
// exchangers, else guesses host names. Invalid for what is no address.
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
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	exchangers, _ := dns.LookupMX(ctx, domain) // no answer is an answer: not recognised
	for _, mx := range exchangers {
		for _, p := range presets() {
			if p.hasMX(mx.Host) {
				return Recognition{p, "mx"}, nil
			}
		}
	}
	guess, _ := preset(genericProvider)
	guess.IMAP = desk.Endpoint{Host: "imap." + domain, Port: 993, Security: desk.TLS}
	guess.SMTP = desk.Endpoint{Host: "smtp." + domain, Port: 465, Security: desk.TLS}
	return Recognition{guess, "none"}, nil
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

func (p Preset) hasMX(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, suffix := range p.MX {
		if host == suffix || strings.HasSuffix(host, "."+suffix) {
			return true
		}
	}
	return false
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
