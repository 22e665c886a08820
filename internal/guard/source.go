package guard

import "strings"

// Kind says how far a source can be trusted.
type Kind string

// Kinds of sources.
const (
	Official   Kind = "official"   // the marketplace's own page
	Seen       Kind = "seen"       // a form seen in several independent projects
	Secondary  Kind = "secondary"  // somebody else's report
	Unverified Kind = "unverified" // not confirmed by a page of the marketplace
	Own        Kind = "own"        // Quilldesk's rule
)

// Source is where a rule stands. Link is "" where the page is only shown to
// signed-in sellers or where there is none.
type Source struct {
	Kind        Kind
	Title, Link string
}

// Checked is the day the sources were last gone through, rule by rule.
const Checked = "2026-11-22"

// String is the source as findings carry it: the kind's letter and the title.
func (s Source) String() string {
	letter := strings.ToUpper(string(s.Kind)[:1])
	switch s.Kind {
	case Own:
		letter = "Q"
	case Seen:
		letter = "F"
	}
	return letter + " " + s.Title
}

// Sources of the rules.
var (
	ours             = Source{Own, "Quilldesk", ""}
	amazonGuidelines = Source{Official, "Amazon Communication Guidelines", "https://sellercentral.amazon.com/help/hub/reference/G1701"}
	amazonProactive  = Source{Secondary, "Amazon Communication Guidelines, proactive permitted messages, as reported by agencies", "https://sellercentral.amazon.com/help/hub/reference/G1701"}
	amazonFiles      = Source{Official, "Amazon 201054220", "https://sellercentral.amazon.com/help/hub/reference/201054220"}
	amazonImportant  = Source{Official, "Amazon 200383320", "https://sellercentral.amazon.com/help/hub/reference/200383320"}
	amazonStyle      = Source{Unverified, "Amazon, seen by sellers", ""}
	walmartStandards = Source{Official, "Walmart Marketplace Customer Care Policy", "https://marketplacelearn.walmart.com/guides/Order%20management/Customer%20care/Customer-Care-policy"}
	walmartEnglish   = Source{Official, "Walmart Marketplace Customer Care Policy; Walmart Canada messaging guidelines", "https://marketplacelearn.walmart.com/ca/guides/respond-to-customer-messages-in-seller-center"}
	ebayContact      = Source{Official, "eBay member-to-member contact policy", "https://www.ebay.com/help/policies/member-behavior-policies/membertomember-contact-policy?id=4262"}
	ebayOrders       = Source{Official, "eBay, messages about an order within 90 days", ""}
	ebayReferenceID  = Source{Seen, "eBay e-mail reference id", ""}
	ebayLength       = Source{Secondary, "eBay, 2015", ""}
	neweggMail       = Source{Official, "Newegg Marketplace customer e-mail rules", ""}
	tiktokRules      = Source{Official, "TikTok Shop customer service policy", ""}
	unverified       = Source{Unverified, "not confirmed by an official page", ""}
)
