package desk

// Marketplace is a place where buyers write to sellers.
type Marketplace string

const (
	Amazon  Marketplace = "amazon"
	Walmart Marketplace = "walmart"
	EBay    Marketplace = "ebay"
	Newegg  Marketplace = "newegg"
	TikTok  Marketplace = "tiktok"
	OwnShop Marketplace = "own"
)

// Store is a marketplace on one site, e.g. "amazon.ca". A mailbox serves one or
// more stores; a store has one sending mailbox.
type Store string

const (
	AmazonCom      Store = "amazon.com"
	AmazonCa       Store = "amazon.ca"
	WalmartCom     Store = "walmart.com"
	WalmartCa      Store = "walmart.ca"
	EBayCom        Store = "ebay.com"
	EBayCa         Store = "ebay.ca"
	NeweggCom      Store = "newegg.com"
	NeweggCa       Store = "newegg.ca"
	NeweggBusiness Store = "neweggbusiness.com"
	TikTokUS       Store = "tiktok.us"
	Own            Store = "own"
)

// StoreInfo is what the page shows of a store.
type StoreInfo struct {
	Store       Store
	Marketplace Marketplace
	Name        string
}

// Stores lists every store Quilldesk serves, in the order the page shows them.
var Stores = []StoreInfo{
	{AmazonCom, Amazon, "Amazon.com"},
	{AmazonCa, Amazon, "Amazon.ca"},
	{WalmartCom, Walmart, "Walmart.com"},
	{WalmartCa, Walmart, "Walmart.ca"},
	{EBayCom, EBay, "eBay.com"},
	{EBayCa, EBay, "eBay.ca"},
	{NeweggCom, Newegg, "Newegg.com"},
	{NeweggCa, Newegg, "Newegg.ca"},
	{NeweggBusiness, Newegg, "Newegg Business"},
	{TikTokUS, TikTok, "TikTok Shop US"},
	{Own, OwnShop, "Own shop"},
}

// Info looks the store up; ok is false for an unknown one.
func (s Store) Info() (info StoreInfo, ok bool) {
	for _, i := range Stores {
		if i.Store == s {
			return i, true
		}
	}
	return StoreInfo{}, false
}

// Marketplace is the marketplace of the store, OwnShop for an unknown one.
func (s Store) Marketplace() Marketplace {
	if i, ok := s.Info(); ok {
		return i.Marketplace
	}
	return OwnShop
}
