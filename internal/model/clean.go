package model

import (
	"regexp"
	"strings"
	"unicode"
)

// comment is an HTML comment, also one that is never closed.
var comment = regexp.MustCompile(`(?s)<!--.*?(?:-->|\z)`)

// hiddenElement is an HTML element that no reader sees, up to the first closing
// tag. Mail comes here as text, with what its HTML hid taken out already; this is
// for markup that stands in the text itself.
var hiddenElement = regexp.MustCompile(`(?is)<[a-z][^<>]*(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0[;"'\s]|\shidden[\s>=])[^<>]*>?.*?(?:</[a-z][^<>]*>|\z)`)

// runs of blanks and of empty lines say nothing and cost tokens.
var (
	blanks     = regexp.MustCompile(`[^\S\n]{2,}`)
	emptyLines = regexp.MustCompile(`\n\s*\n\s*\n+`)
)

// clean takes out of untrusted text what a person would not see.
func clean(text string) string {
	text = comment.ReplaceAllString(visible(text), "")
	text = hiddenElement.ReplaceAllString(text, "")
	text = blanks.ReplaceAllString(text, " ")
	return strings.TrimSpace(emptyLines.ReplaceAllString(text, "\n\n"))
}

// visible drops characters that have no form of their own: zero-width, bidi
// controls, tags, invisible variation selectors and other controls.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r':
			return -1
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co), r >= 0xE0100 && r <= 0xE01EF, r == 0x034F, r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0:
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}

// line is text on one line.
func line(text string) string { return strings.Join(strings.Fields(clean(text)), " ") }

// shorten cuts text to at most n characters, at a word's end where there is one.
func shorten(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	cut := string(runes[:n-1])
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
		cut = cut[:i]
	}
	return strings.TrimRightFunc(cut, unicode.IsSpace) + "…"
}

// trim keeps the beginning and the end of a text that is longer than about so
// many tokens: wishes stand at the beginning, threats at the end.
func trim(text string, tokens int) string {
	total := Tokens(text)
	if total <= tokens {
		return text
	}
	runes := []rune(text)
	keep := len(runes) * tokens / total
	head := keep * 2 / 3
	return string(runes[:head]) + "\n[…]\n" + string(runes[len(runes)-(keep-head):])
}

// Tokens estimates a text's length for a model, on the high side: four Latin
// letters, two Cyrillic or Thai ones, or one Han, kana or hangul.
func Tokens(text string) int {
	quarters := 0
	for _, r := range text {
		switch {
		case r < 0x250:
			quarters++
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
			quarters += 4
		default:
			quarters += 2
		}
	}
	return (quarters + 3) / 4
}
