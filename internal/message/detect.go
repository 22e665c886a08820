package message

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// detectSample bounds the bytes looked at: a charset shows itself early.
const detectSample = 8 << 10

// detect decodes b without a usable label. sure is false when it is only the last resort.
func detect(b []byte) (text string, sure bool) {
	if utf8.Valid(b) {
		return decodeUTF8(b), true
	}
	if bytes.Contains(b, []byte("\x1b$")) {
		return with(japanese.ISO2022JP)(b), true
	}
	sample := b[:min(len(b), detectSample)]
	if mostlyUTF8(sample) {
		return decodeUTF8(b), true
	}
	for _, guess := range pairGuesses {
		if guess.matches(sample) {
			return guess.decode(b), true
		}
	}
	if decode := cyrillic(sample); decode != nil {
		return decode(b), true
	}
	return with(charmap.Windows1252)(b), false
}

// mostlyUTF8 is true for UTF-8 with damage, such as a character cut by a length limit.
func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good += n
		}
		b = b[n:]
	}
	return good > bad*10
}

// pairGuess recognises a double-byte charset by which byte pairs are usual in real text.
type pairGuess struct {
	decode decoder
	valid  func(lead, trail byte) bool // a pair the charset has at all
	usual  func(lead, trail byte) bool // a pair of its everyday characters
	// Shares of all pairs, in percent, that must be reached, and the fewest pairs to judge by.
	validShare, usualShare, pairs int
}

// pairGuesses in the order of how telling their usual pairs are: kana and hangul first, for
// GB 2312 has room for them too.
var pairGuesses = []pairGuess{
	{with(japanese.ShiftJIS), shiftJISPair, func(l, _ byte) bool { return l == 0x82 || l == 0x83 }, 95, 25, 2},
	{with(japanese.EUCJP), eucPair, func(l, _ byte) bool { return l == 0xa4 || l == 0xa5 }, 95, 25, 2},
	{with(korean.EUCKR), eucPair, func(l, _ byte) bool { return l >= 0xb0 && l <= 0xc8 }, 95, 95, 5},
	{with(simplifiedchinese.GB18030), gbPair, gbUsualPair, 95, 80, 1},
	{with(traditionalchinese.Big5), big5Pair, func(l, _ byte) bool { return l >= 0xa1 && l <= 0xc6 }, 95, 80, 1},
}

func eucPair(l, t byte) bool { return l >= 0xa1 && l <= 0xfe && t >= 0xa1 && t <= 0xfe }

func gbPair(l, t byte) bool { return l >= 0x81 && l <= 0xfe && t >= 0x30 && t != 0x7f && t != 0xff }

// gbUsualPair: punctuation, and the 3,755 characters of GB 2312 level one.
func gbUsualPair(l, t byte) bool {
	return t >= 0xa1 && (l >= 0xa1 && l <= 0xa3 || l >= 0xb0 && l <= 0xd7)
}

func big5Pair(l, t byte) bool {
	return l >= 0xa1 && l <= 0xf9 && (t >= 0x40 && t <= 0x7e || t >= 0xa1 && t <= 0xfe)
}

func shiftJISPair(l, t byte) bool {
	return (l >= 0x81 && l <= 0x9f || l >= 0xe0 && l <= 0xfc) && t >= 0x40 && t != 0x7f && t <= 0xfc
}

func (g pairGuess) matches(b []byte) bool {
	pairs, valid, usual := 0, 0, 0
	for i := 0; i < len(b); i++ {
		if b[i] < utf8.RuneSelf {
			continue
		}
		if i+1 == len(b) {
			break // cut by the sample's end
		}
		pairs++
		if g.valid(b[i], b[i+1]) {
			valid++
			if g.usual(b[i], b[i+1]) {
				usual++
			}
			i++
		}
	}
	return pairs >= g.pairs && valid*100 >= pairs*g.validShare && usual*100 >= pairs*g.usualShare
}

// cyrillic tells windows-1251 from KOI8-R by where the lower-case letters lie, and both from
// Western text by high bytes that come in words, not alone among ASCII letters.
func cyrillic(b []byte) decoder {
	high, other, together, upperHalf := 0, 0, 0, 0
	for i, c := range b {
		if c < 0xc0 {
			if c >= 0x80 || isControl(c) {
				other++
			}
			continue
		}
		high++
		if i > 0 && b[i-1] >= 0xc0 || i+1 < len(b) && b[i+1] >= 0xc0 {
			together++
		}
		if c >= 0xe0 {
			upperHalf++
		}
	}
	if high < 4 || together*10 < high*8 || other*5 > high {
		return nil
	}
	if upperHalf*2 > high {
		return with(charmap.Windows1251)
	}
	return with(charmap.KOI8R)
}
