package corpus

import (
	"fmt"
	"strings"
	"text/template"
	"time"
)

// Facts are what a form and a text can name.
type Facts struct {
	Site     string
	Language string
	Name     string
	Alias    string // local part of the buyer's relay address, without "+case"
	Case     string // Amazon's case id, "" for none
	Order    string // "" before a sale
	Item     string // ASIN, item or product number
	Product  string
	Topic    string
	Ref      string // eBay's reference id, Walmart's RefID
	Token    string // Amazon's commMgrTok
	Unique   string // for Message-ID
	Seller   string // address of the mailbox
	Shop     string // display name of the seller
	Text     string
	HTML     string
	Quote    string // the answered mail, as the client quotes it
	Date     time.Time
	Reason   string // why a bounce came back
}

// Relay is the buyer's address at the marketplace, "" where there is none.
func (f Facts) Relay() string {
	host := sites[f.Site].relay
	if host == "" {
		return ""
	}
	if f.Case != "" {
		return f.Alias + "+" + f.Case + "@" + host
	}
	return f.Alias + "@" + host
}

// Domain is the site's own domain.
func (f Facts) Domain() string { return sites[f.Site].domain }

// Platform is the marketplace's name in lower case.
func (f Facts) Platform() string { return sites[f.Site].platform }

// Marketplace is Amazon's id of the site.
func (f Facts) Marketplace() string { return sites[f.Site].marketplace }

// Seal is the second half of eBay's reference.
func (f Facts) Seal() string { return Token(32, f.Ref, "seal") }

// Day is the mail's date as English notices write it.
func (f Facts) Day() string { return f.Date.Format("January 2, 2006") }

// Clock is the mail's time as English notices write it.
func (f Facts) Clock() string { return f.Date.Format("3:04 pm") }

// Due is a day some days after the mail.
func (f Facts) Due(days int) string { return f.Date.AddDate(0, 0, days).Format("January 2, 2006") }

// Lines breaks the text for HTML.
func (f Facts) Lines() string {
	return strings.ReplaceAll(template.HTMLEscapeString(f.Text), "\n", "<br>\n")
}

// Render wraps facts.Text in a form. Extra header fields replace the form's of the same name.
func Render(form string, facts Facts, extra []Field) (*Mail, error) {
	text, err := files.ReadFile("forms/" + form + ".txt")
	if err != nil {
		return nil, fmt.Errorf("form %s: %w", form, err)
	}
	filled, err := expand(string(text), facts)
	if err != nil {
		return nil, fmt.Errorf("form %s: %w", form, err)
	}
	header, body, err := parseBlock(filled)
	if err != nil {
		return nil, fmt.Errorf("form %s: %w", form, err)
	}
	m := &Mail{Header: merge(header, extra)}
	m.Text, m.HTML, _ = strings.Cut(body, htmlMark)
	m.Header = append(m.Header, Field{"Date", facts.Date.Format(time.RFC1123Z)})
	return m, nil
}

func expand(text string, facts Facts) (string, error) {
	t, err := template.New("").Option("missingkey=error").Parse(text)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = t.Execute(&out, facts)
	return out.String(), err
}

// merge replaces and appends; a field with an empty value takes the form's away.
func merge(fields, extra []Field) []Field {
	for _, x := range extra {
		var kept []Field
		for _, field := range fields {
			if !strings.EqualFold(field.Name, x.Name) {
				kept = append(kept, field)
			}
		}
		fields = kept
		if x.Value != "" {
			fields = append(fields, x)
		}
	}
	return fields
}

// Get returns the first field of that name.
func (m *Mail) Get(name string) string {
	for _, field := range m.Header {
		if strings.EqualFold(field.Name, name) {
			return field.Value
		}
	}
	return ""
}
