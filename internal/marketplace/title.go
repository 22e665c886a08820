package marketplace

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// boilerplate is what marketplaces put into subjects beside what the mail is
// about: the buyer and the order, which a list shows in places of their own.
var boilerplate = regexp.MustCompile(`(?i)\s+(?:from|de) (?:Amazon )?(?:customer|client d’Amazon|client) .*$|\s*\((?:Order|Commande)\s*:?[^)]*\)`)

// Title is a subject without the buyer's name and the order number: what is left
// is worth the room in a list. A subject of nothing else stays as it is.
func Title(subject, buyer string) string {
	title := strings.TrimSpace(boilerplate.ReplaceAllString(subject, ""))
	if buyer != "" {
		title = strings.TrimSpace(strings.TrimPrefix(title, buyer))
	}
	title = strings.TrimSpace(strings.Trim(title, ":–—- "))
	first, size := utf8.DecodeRuneInString(title)
	if utf8.RuneCountInString(title) < 4 {
		return subject
	}
	return string(unicode.ToUpper(first)) + title[size:]
}
