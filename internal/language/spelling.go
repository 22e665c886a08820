package language

import "strings"

// british and american are beginnings of words that only one of the two
// spellings has, or that only one side says about orders and parcels.
var (
	british = []string{
		"colour", "favour", "flavour", "behaviour", "neighbour", "honour", "labour", "odour", "rumour", "armour",
		"grey", "centre", "metre", "litre", "fibre", "theatre", "calibre", "aluminium", "tyre", "cheque", "jewellery", "pyjama",
		"organis", "realis", "recognis", "apologis", "authoris", "customis", "personalis", "finalis", "utilis", "prioritis", "sympathis", "criticis", "analys",
		"licence", "defence", "offence", "catalogue", "dialogue", "mould", "plough", "programme", "draught", "sceptic", "whilst", "amongst", "learnt", "spelt", "burnt",
		"travell", "labell", "modell", "fulfil", "enrol", "instal", "postcode", "postie", "parcelforce", "evri", "hermes", "quid", "cheers", "mum", "mums", "flat",
		"trousers", "jumper", "plughole", "torch", "spanner", "hoover", "nappy", "nappies", "pram", "rubbish", "dodgy", "gutted", "chuffed", "knackered", "bloody", "fortnight", "telly", "loo", "uk", "vat", "storey", "kerb", "sulph", "paediatric", "manoeuv", "cosy", "courier",
	}
	american = []string{
		"color", "favor", "flavor", "behavior", "neighbor", "honor", "labor", "odor", "gray", "center", "meter", "liter", "fiber", "theater", "aluminum", "tire", "tires", "jewelry", "pajama",
		"organiz", "realiz", "recogniz", "apologiz", "authoriz", "customiz", "personaliz", "finaliz", "utiliz", "license", "defense", "offense", "catalog", "mold", "zip", "zipcode", "mom", "moms", "apartment", "usps", "ups", "fedex", "mailbox", "sidewalk", "faucet", "diaper", "flashlight", "wrench", "gotten", "canceled", "canceling", "traveler", "labeled", "usa",
	}
	// exact are entries above that only count as whole words.
	exact = map[string]bool{
		"flat": true, "mum": true, "mums": true, "uk": true, "vat": true, "loo": true, "quid": true, "torch": true, "cosy": true, "grey": true, "tire": true, "tires": true,
		"fulfil": true, "enrol": true, "instal": true, "analys": false, "zip": true, "mom": true, "moms": true, "ups": true, "usa": true, "meter": true, "liter": true, "center": true, "courier": true,
		"catalog": true, "flavor": false, "gray": true, "bloody": true, "hermes": true, "cheers": true, "pram": true, "metre": false,
	}
)

// britishSpelling counts marks of both spellings; American wins a tie. The word
// returned is the first British one.
func britishSpelling(words []string) (string, bool) {
	balance, first := 0, ""
	for _, word := range words {
		switch {
		case begins(word, british):
			balance++
			if first == "" {
				first = word
			}
		case begins(word, american):
			balance--
		}
	}
	return first, balance > 0
}

func begins(word string, list []string) bool {
	for _, entry := range list {
		if exact[entry] {
			if word == entry {
				return true
			}
			continue
		}
		if strings.HasPrefix(word, entry) {
			return true
		}
	}
	return false
}
