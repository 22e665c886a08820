package marketplace

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// page is what recognition reads of a mail's HTML.
type page struct {
	pre   []string // text of the <pre> elements
	links []link
	// inputted is the text of eBay's element "UserInputtedText".
	inputted string
}

type link struct {
	href, text string
	// after is how many <pre> were closed before the link; inside is true within one.
	after  int
	inside bool
}

// readPage walks the HTML once. Broken HTML gives whatever could be read.
func readPage(source string) page {
	var p page
	if source == "" {
		return p
	}
	z := html.NewTokenizer(strings.NewReader(source))
	var pre, label, inputted strings.Builder
	inPre, inLink, closed := false, false, 0
	inputtedTag, depth := "", 0 // eBay's element and how many of its name are open
	for {
		switch z.Next() {
		case html.ErrorToken:
			p.inputted = inputted.String()
			return p
		case html.TextToken:
			text := string(z.Text())
			if inPre {
				pre.WriteString(text)
			}
			if inLink {
				label.WriteString(text)
			}
			if depth > 0 {
				inputted.WriteString(text)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			switch {
			case depth > 0 && t.Data == inputtedTag:
				depth++
			case depth == 0 && inputtedTag == "" && attribute(t, "id") == "UserInputtedText":
				inputtedTag, depth = t.Data, 1
			case depth > 0 && t.Data == "br" && inputted.Len() > 0:
				inputted.WriteByte('\n')
			}
			switch t.Data {
			case "pre":
				inPre = true
			case "br":
				if inPre {
					pre.WriteByte('\n')
				}
			case "a":
				inLink = true
				label.Reset()
				p.links = append(p.links, link{href: attribute(t, "href"), after: closed, inside: inPre})
			}
		case html.EndTagToken:
			raw, _ := z.TagName()
			name := string(raw)
			if depth > 0 && name == inputtedTag {
				depth--
			}
			switch name {
			case "pre":
				if inPre {
					p.pre = append(p.pre, pre.String())
					pre.Reset()
					inPre = false
					closed++
				}
			case "a":
				if inLink {
					p.links[len(p.links)-1].text = strings.Join(strings.Fields(label.String()), " ")
					inLink = false
				}
			}
		}
	}
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// linksAfterPre are the links behind the one <pre> that holds the buyer's words.
func (p page) linksAfterPre() []link {
	var out []link
	for _, l := range p.links {
		if l.after > 0 && !l.inside {
			out = append(out, l)
		}
	}
	return out
}

// officialLink is the first https link of the mail on a host of the
// marketplace, else home.
func (v view) officialLink(ofMarketplace func(host string) bool, home string) string {
	for _, l := range append(textLinks(v.Text), v.page.links...) {
		u, err := url.Parse(l.href)
		if err == nil && u.Scheme == "https" && u.User == nil && u.Port() == "" && ofMarketplace(strings.ToLower(u.Host)) {
			return l.href
		}
	}
	return home
}
