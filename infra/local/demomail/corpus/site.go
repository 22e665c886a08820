package corpus

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// site is a marketplace's country site: what its addresses and numbers look like. In shapes,
// 'd' is a digit, 'h' a lower-case hexadecimal digit and 'a' a lower-case letter or digit.
type site struct {
	platform    string
	domain      string
	relay       string // host of buyer addresses
	alias       string
	order       string
	marketplace string // Amazon's marketplace id
}

var sites = map[string]site{
	"amazon.com":         {"amazon", "amazon.com", "marketplace.amazon.com", "aaaaaaaaaaaaaa", "11d-ddddddd-ddddddd", "ATVPDKIKX0DER"},
	"amazon.ca":          {"amazon", "amazon.ca", "marketplace.amazon.ca", "aaaaaaaaaaaaaa", "70d-ddddddd-ddddddd", "A2EUQ1WTGCTBG2"},
	"walmart.com":        {"walmart", "walmart.com", "relay.walmart.com", "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh", "2000ddddddddddd", ""},
	"walmart.ca":         {"walmart", "walmart.ca", "relay.walmart.com", "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh", "6ddddddddd", ""},
	"ebay.com":           {"ebay", "ebay.com", "members.ebay.com", "hhhhhhhhhhhhhhhhhhhh", "1d-ddddd-ddddd", ""},
	"ebay.ca":            {"ebay", "ebay.ca", "members.ebay.ca", "hhhhhhhhhhhhhhhhhhhh", "2d-ddddd-ddddd", ""},
	"newegg.com":         {"newegg", "newegg.com", "marketplace.newegg.com", "aaaaaaaa.aaaaaaaaaaaa", "5dddddddd", ""},
	"newegg.ca":          {"newegg", "newegg.ca", "marketplace.newegg.com", "cusa.aaaaaaaaaaaaaa", "3dddddddd", ""},
	"neweggbusiness.com": {"newegg", "neweggbusiness.com", "marketplace.newegg.com", "aaaaaaaa.aaaaaaaaaaaa", "8dddddddd", ""},
	"tiktok":             {"tiktok", "shop.tiktok.com", "", "", "5769dddddddddddddd", ""},
	"shop":               {"shop", "lumenhaus.example", "", "", "SO-ddddd", ""},
}

// fill makes a value of the given shape; the same seed gives the same value.
func fill(shape, seed string) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	sum := sha256.Sum256([]byte(seed))
	var out strings.Builder
	for i, c := range shape {
		b := int(sum[i%len(sum)])
		switch c {
		case 'd':
			fmt.Fprint(&out, b%10)
		case 'h':
			out.WriteByte("0123456789abcdef"[b%16])
		case 'a':
			out.WriteByte(letters[b%len(letters)])
		default:
			out.WriteRune(c)
		}
	}
	return out.String()
}

// fillAlias leaves the fixed prefix of Newegg's Canadian addresses as it is.
func fillAlias(shape, seed string) string {
	prefix := ""
	if rest, ok := strings.CutPrefix(shape, "cusa."); ok {
		prefix, shape = "cusa.", rest
	}
	return prefix + fill(shape, seed)
}

// Token returns n hexadecimal digits that depend only on the seed.
func Token(n int, seed ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(seed, "\x00")))
	return hex.EncodeToString(sum[:])[:n]
}

// RelayForm returns the wrapping of buyer mail from a relay host, and the site it is of; "" for
// any other host.
func RelayForm(host string) (form, siteName string) {
	for _, name := range []string{"amazon.com", "amazon.ca", "walmart.com", "ebay.com", "ebay.ca", "newegg.com"} {
		if s := sites[name]; s.relay == host {
			return s.platform + "-buyer", name
		}
	}
	return "", ""
}
