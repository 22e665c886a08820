package guard

import (
	"slices"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// rule is a line of the rules page with what finds it.
type rule struct {
	Rule
	// words reads the text and the subject, whole the message, files what is
	// attached. One is set, none where the rule needs data of the order.
	words func(draft, folded) []span
	whole func(draft) []span
	files func([]desk.Attachment) []span
}

// The word lists.
var (
	reviewWords      = list("review_solicitation")
	marketingWords   = list("marketing")
	offPlatformWords = list("off_platform")
	messengerWords   = list("messenger")
	cancelWords      = list("ask_cancel")
	confirmWords     = list("order_confirmation")
	promiseWords     = list("refund_promise")
	thanksWords      = list("thanks")
	greetingWords    = list("greeting")
	farewellWords    = list("farewell")
	placeholderWords = list("placeholder")
	allowedWords     = list("allowed")
	negationWords    = list("negation")
	wishWords        = list("wish_cancel")
)

func block(key string, source Source) Rule {
	return Rule{Key: key, Severity: desk.Block, Source: source}
}
func warn(key string, source Source) Rule { return Rule{Key: key, Severity: desk.Warn, Source: source} }

// generalRules hold for every store, the own shop included.
var generalRules = []rule{
	{Rule: block("general.empty", ours), whole: emptyText},
	{Rule: block("general.cannot_answer", ours), whole: cannotAnswer},
	{Rule: block("general.placeholder", ours), words: variables},
	{Rule: block("general.unfilled", ours), whole: unfilled},
	{Rule: block("general.canary", ours), words: canary},
	{Rule: warn("general.unknown_order", ours), words: unknownOrders},
	{Rule: warn("general.language", ours), whole: wrongLanguage},
	{Rule: block("general.attachment_size", ours), files: totalOver(MailTotal)},
	{Rule: Rule{Key: "general.refund_promise", Severity: desk.Block, Source: ours, AutomaticOnly: true}, words: said(promiseWords)},
}

var (
	amazonLinks  = linkPolicy{marketplace: desk.Amazon}
	walmartLinks = linkPolicy{marketplace: desk.Walmart}
	ebayLinks    = linkPolicy{marketplace: desk.EBay}
	neweggLinks  = linkPolicy{marketplace: desk.Newegg, none: true}
	tiktokLinks  = linkPolicy{marketplace: desk.TikTok}
)

var marketplaceRules = map[desk.Marketplace][]rule{
	desk.Amazon: {
		{Rule: block("amazon.external_link", amazonGuidelines), words: amazonLinks.external},
		{Rule: warn("amazon.possible_link", amazonGuidelines), words: amazonLinks.possible},
		{Rule: block("amazon.email", amazonGuidelines), words: mailAddresses(desk.Amazon)},
		{Rule: block("amazon.phone", amazonGuidelines), words: phoneNumbers},
		{Rule: block("amazon.messenger", amazonGuidelines), words: messengers},
		{Rule: block("amazon.off_platform", amazonGuidelines), words: asserted(offPlatformWords)},
		{Rule: block("amazon.review", amazonGuidelines), words: said(reviewWords)},
		{Rule: block("amazon.second_review", amazonGuidelines), words: askedForReviewBefore},
		{Rule: block("amazon.marketing", amazonGuidelines), words: asserted(marketingWords)},
		{Rule: block("amazon.order_confirmation", amazonGuidelines), words: said(confirmWords)},
		{Rule: block("amazon.ask_cancel", amazonGuidelines), words: askedToCancel},
		{Rule: block("amazon.thank_you_only", amazonGuidelines), whole: onlyThanks},
		{Rule: block("amazon.order_number", amazonProactive), whole: proactiveWithoutOrder},
		{Rule: Rule{Key: "amazon.too_late", Severity: desk.Warn, Source: amazonProactive, NeedsOrder: true}},
		{Rule: block("amazon.attachment_size", amazonFiles), files: totalOver(amazonTotal)},
		{Rule: warn("amazon.important", amazonImportant), words: importantMark},
		{Rule: warn("amazon.emoji", amazonStyle), words: emoji},
		{Rule: warn("amazon.html", amazonStyle), words: markup},
		{Rule: warn("amazon.image", amazonStyle), files: images},
	},
	desk.Walmart: {
		{Rule: block("walmart.external_link", walmartStandards), words: walmartLinks.external},
		{Rule: warn("walmart.possible_link", walmartStandards), words: walmartLinks.possible},
		{Rule: block("walmart.review", walmartStandards), words: said(reviewWords)},
		{Rule: block("walmart.off_platform", walmartStandards), words: asserted(offPlatformWords)},
		{Rule: block("walmart.marketing", walmartStandards), words: asserted(marketingWords)},
		{Rule: block("walmart.unsolicited", walmartStandards), whole: proactive},
		{Rule: warn("walmart.order_status", walmartStandards), words: said(confirmWords)},
		{Rule: warn("walmart.not_english", walmartEnglish), whole: notEnglish},
		{Rule: warn("walmart.email", unverified), words: mailAddresses(desk.Walmart)},
		{Rule: warn("walmart.phone", unverified), words: phoneNumbers},
		{Rule: warn("walmart.messenger", unverified), words: messengers},
		{Rule: warn("walmart.attachment", unverified), files: anyFile},
	},
	desk.EBay: {
		{Rule: block("ebay.email", ebayContact), words: mailAddresses(desk.EBay)},
		{Rule: block("ebay.phone", ebayContact), words: phoneNumbers},
		{Rule: block("ebay.messenger", ebayContact), words: messengers},
		{Rule: block("ebay.external_link", ebayContact), words: ebayLinks.external},
		{Rule: warn("ebay.possible_link", ebayContact), words: ebayLinks.possible},
		{Rule: block("ebay.off_platform", ebayContact), words: asserted(offPlatformWords)},
		{Rule: block("ebay.spam", ebayContact), words: asserted(marketingWords)},
		{Rule: warn("ebay.too_late", ebayOrders), whole: afterOrder(ebayDays)},
		{Rule: block("ebay.length", ebayLength), whole: longerThan(ebayCharacters)},
		{Rule: warn("ebay.reference", ebayReferenceID), whole: noReference},
		{Rule: warn("ebay.html", ebayReferenceID), words: markup},
		{Rule: warn("ebay.attachment", unverified), files: anyFile},
	},
	desk.Newegg: {
		{Rule: block("newegg.link", neweggMail), words: neweggLinks.external},
		{Rule: warn("newegg.possible_link", neweggMail), words: neweggLinks.possible},
		{Rule: block("newegg.email", neweggMail), words: mailAddresses(desk.Newegg)},
		{Rule: block("newegg.off_platform", neweggMail), words: asserted(offPlatformWords)},
		{Rule: block("newegg.messenger", neweggMail), words: messengers},
		{Rule: warn("newegg.phone", unverified), words: phoneNumbers},
		{Rule: block("newegg.attachment_count", neweggMail), files: filesOver(neweggFiles)},
		{Rule: block("newegg.attachment_size", neweggMail), files: totalOver(neweggTotal)},
		{Rule: block("newegg.attachment_type", neweggMail), files: otherFiles},
		{Rule: warn("newegg.image", neweggMail), files: images},
	},
	desk.TikTok: {
		{Rule: block("tiktok.in_app", tiktokRules), whole: always},
		{Rule: block("tiktok.external_link", tiktokRules), words: tiktokLinks.external},
		{Rule: block("tiktok.email", tiktokRules), words: mailAddresses(desk.TikTok)},
		{Rule: block("tiktok.phone", tiktokRules), words: phoneNumbers},
		{Rule: block("tiktok.messenger", tiktokRules), words: messengers},
		{Rule: block("tiktok.off_platform", tiktokRules), words: asserted(offPlatformWords)},
		{Rule: block("tiktok.attachment", tiktokRules), files: anyFile},
	},
}

func rulesFor(store desk.Store) []rule {
	return slices.Concat(generalRules, marketplaceRules[store.Marketplace()])
}

// said finds the phrases of a list unless they are part of an allowed one.
func said(list func() phrases) func(draft, folded) []span {
	return func(_ draft, f folded) []span { return f.originals(spoken(list, f)) }
}

func spoken(list func() phrases, f folded) [][2]int {
	places := list().places(f.loose)
	if len(places) == 0 {
		return nil
	}
	return without(places, allowedWords().places(f.loose))
}

// asserted is said, without phrases that the sentence denies: "please do not
// cancel", "we cannot use WhatsApp".
func asserted(list func() phrases) func(draft, folded) []span {
	return func(_ draft, f folded) []span {
		return f.originals(slices.DeleteFunc(spoken(list, f), func(p [2]int) bool { return denied(f.loose, p) }))
	}
}

// askedForReviewBefore finds a request for a review when the conversation has one
// of ours already.
func askedForReviewBefore(d draft, f folded) []span {
	for _, sent := range d.Sent {
		if len(spoken(reviewWords, fold(sent))) > 0 {
			return f.originals(spoken(reviewWords, f))
		}
	}
	return nil
}

// askedToCancel leaves out sentences that tell a buyer who wants to cancel how.
func askedToCancel(_ draft, f folded) []span {
	return f.originals(slices.DeleteFunc(spoken(cancelWords, f), func(p [2]int) bool {
		return denied(f.loose, p) || len(wishWords().places(sentenceBefore(f.loose, p[1]))) > 0
	}))
}
