package message

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// decoder turns bytes of one charset into text; broken input becomes U+FFFD.
type decoder func([]byte) string

// charset is what a label stands for in practice.
type charset struct {
	decode decoder
	// stateful charsets are 7-bit: pure ASCII bytes are not proof of ASCII text.
	stateful bool
	// single-byte charsets decode anything, so valid UTF-8 under such a label is UTF-8.
	single bool
	// isUTF8 is set for the usual label of UTF-8: text under any other that looks like UTF-8
	// is labelled wrong.
	isUTF8 bool
}

// charsets maps folded labels (see foldLabel) to what mailers mean by them. gb2312 and gbk are
// read as their superset GB18030, shift_jis as cp932, euc-kr as cp949, latin-1 and US-ASCII
// as windows-1252, as the WHATWG encoding standard does.
var charsets = buildCharsets([]charsetRow{
	{charset{decode: decodeUTF8}, "utf8 utf unicode11utf8 xunicode20utf8 utf8mb4 cp65001 65001 unicode"},
	{charset{decode: decodeUTF7, stateful: true}, "utf7 unicode11utf7 csutf7 cp65000 imaputf7"},
	{charset{decode: with(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)), stateful: true}, "utf16 ucs2 iso10646ucs2 utf16le"},
	{charset{decode: with(unicode.UTF16(unicode.BigEndian, unicode.UseBOM)), stateful: true}, "utf16be"},
	{charset{decode: with(simplifiedchinese.GB18030)}, "gb18030 gbk gb2312 cp936 ms936 windows936 936 xgbk euccn gb231280 isoir58 chinese csgb2312 gb"},
	{charset{decode: with(simplifiedchinese.HZGB2312), stateful: true}, "hzgb2312 hz"},
	{charset{decode: with(traditionalchinese.Big5)}, "big5 big5hkscs cp950 ms950 windows950 950 xxbig5 cnbig5 csbig5 big5eten"},
	{charset{decode: with(japanese.ShiftJIS)}, "shiftjis sjis cp932 ms932 windows31j xsjis mskanji csshiftjis windows932 932"},
	{charset{decode: with(japanese.EUCJP)}, "eucjp xeucjp cseucpkdfmtjapanese ujis"},
	{charset{decode: with(japanese.ISO2022JP), stateful: true}, "iso2022jp iso2022jpms cp50220 cp50221 cp50222 iso2022jp1 iso2022jp2 iso2022jp3 iso2022jp2004 csiso2022jp jis"},
	{charset{decode: with(korean.EUCKR)}, "euckr cp949 ms949 uhc windows949 949 ksc5601 ksc56011987 ksc56011989 ksc56011992 cseuckr korean johab"},
	{charset{decode: decodeISO2022KR, stateful: true}, "iso2022kr csiso2022kr"},
	{charset{decode: with(charmap.Windows1252), single: true}, "windows1252 cp1252 1252 iso88591 88591 latin1 l1 usascii ascii ansix341968 ansi us ibm819 cp819 iso646us 7bit 8bit default none xuserdefined binary"},
	{charset{decode: with(charmap.Windows1250), single: true}, "windows1250 cp1250 1250"},
	{charset{decode: with(charmap.Windows1251), single: true}, "windows1251 cp1251 1251 win1251"},
	{charset{decode: with(charmap.Windows1253), single: true}, "windows1253 cp1253 1253"},
	{charset{decode: with(charmap.Windows1254), single: true}, "windows1254 cp1254 1254 iso88599 latin5"},
	{charset{decode: with(charmap.Windows1255), single: true}, "windows1255 cp1255 1255"},
	{charset{decode: with(charmap.Windows1256), single: true}, "windows1256 cp1256 1256"},
	{charset{decode: with(charmap.Windows1257), single: true}, "windows1257 cp1257 1257"},
	{charset{decode: with(charmap.Windows1258), single: true}, "windows1258 cp1258 1258"},
	{charset{decode: with(charmap.Windows874), single: true}, "windows874 cp874 874 tis620 iso885911 tis62025330"},
	{charset{decode: with(charmap.ISO8859_2), single: true}, "iso88592 latin2 l2"},
	{charset{decode: with(charmap.ISO8859_3), single: true}, "iso88593 latin3"},
	{charset{decode: with(charmap.ISO8859_4), single: true}, "iso88594 latin4"},
	{charset{decode: with(charmap.ISO8859_5), single: true}, "iso88595 cyrillic"},
	{charset{decode: with(charmap.ISO8859_6), single: true}, "iso88596 iso88596i arabic"},
	{charset{decode: with(charmap.ISO8859_7), single: true}, "iso88597 greek"},
	{charset{decode: with(charmap.ISO8859_8), single: true}, "iso88598 iso88598i hebrew logical"},
	{charset{decode: with(charmap.ISO8859_10), single: true}, "iso885910 latin6"},
	{charset{decode: with(charmap.ISO8859_13), single: true}, "iso885913"},
	{charset{decode: with(charmap.ISO8859_14), single: true}, "iso885914"},
	{charset{decode: with(charmap.ISO8859_15), single: true}, "iso885915 latin9"},
	{charset{decode: with(charmap.ISO8859_16), single: true}, "iso885916"},
	{charset{decode: with(charmap.KOI8R), single: true}, "koi8r koi8 koi cskoi8r"},
	{charset{decode: with(charmap.KOI8U), single: true}, "koi8u koi8ru"},
	{charset{decode: with(charmap.CodePage437), single: true}, "ibm437 cp437 437"},
	{charset{decode: with(charmap.CodePage850), single: true}, "ibm850 cp850 850"},
	{charset{decode: with(charmap.CodePage866), single: true}, "ibm866 cp866 866"},
	{charset{decode: with(charmap.Macintosh), single: true}, "macintosh mac macroman xmacroman"},
})

type charsetRow struct {
	charset
	labels string
}

func buildCharsets(rows []charsetRow) map[string]charset {
	m := make(map[string]charset)
	for _, row := range rows {
		for label := range strings.FieldsSeq(row.labels) {
			m[label] = row.charset
		}
	}
	return m
}

func with(e encoding.Encoding) decoder {
	return func(b []byte) string {
		out, err := e.NewDecoder().Bytes(b)
		if err != nil {
			return decodeUTF8(b)
		}
		return decodeUTF8(out)
	}
}

// foldLabel reduces a charset label to its letters and digits: "GB2312", "gb-2312" and
// "\"gb2312\"" are one label, and so are "iso-8859-1" and "ISO_8859-1:1987".
//
// The result lies in buf.
func foldLabel(buf *[40]byte, label string) []byte {
	label, _, _ = strings.Cut(label, "*") // RFC 2231 language suffix
	label = strings.TrimPrefix(strings.TrimPrefix(label, "charset="), "CHARSET=")
	b, n := buf, 0
	for i := 0; i < len(label) && n < len(b); i++ {
		c := label[i]
		switch {
		case c >= 'A' && c <= 'Z':
			b[n] = c + 'a' - 'A'
			n++
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			b[n] = c
			n++
		case c == ':' && n > 0: // "iso_8859-1:1987"
			return b[:n]
		}
	}
	return b[:n]
}

// lookUpCharset returns what a label stands for. ok is false for a label nobody knows; no label
// at all is the zero charset and no error.
func lookUpCharset(label string) (cs charset, ok bool) {
	if label == "" {
		return charset{}, true
	}
	var buf [40]byte
	folded := foldLabel(&buf, label)
	if len(folded) == 0 {
		return charset{}, true
	}
	cs, ok = charsets[string(folded)]
	if !ok {
		cs, ok = charsets[string(bytes.TrimPrefix(folded, []byte("x")))]
	}
	cs.isUTF8 = string(folded) == "utf8"
	return cs, ok
}

// decodeCharset decodes b, which claims to be in the labelled charset. The label is believed
// unless the bytes contradict it; ok is false when another charset was used than the one named.
func decodeCharset(b []byte, label string) (text string, ok bool) {
	cs, ok := lookUpCharset(label)
	if !cs.stateful && isASCII(b) {
		return decodeUTF8(b), ok
	}
	if text, ok := decodeByMark(b); ok {
		return text, true
	}
	if cs.decode == nil {
		text, _ := detect(b)
		return text, ok
	}
	if !cs.stateful && looksUTF8(b, cs.single) {
		return decodeUTF8(b), cs.isUTF8
	}
	text = cs.decode(b)
	if !mostlyBroken(text) {
		return text, true
	}
	if other, sure := detect(b); sure {
		return other, false
	}
	return text, false
}

// decodeByMark honours a byte order mark, which wins over any label.
func decodeByMark(b []byte) (string, bool) {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return decodeUTF8(b[3:]), true
	case len(b)%2 == 0 && (bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff"))):
		return with(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM))(b), true
	}
	return "", false
}

// looksUTF8 reports whether b is UTF-8 beyond reasonable doubt. Two-byte sequences alone are
// also common in GBK ("联通" is the famous case), so for a multibyte label one character of
// three bytes or more is asked for.
func looksUTF8(b []byte, single bool) bool {
	if !utf8.Valid(b) {
		return false
	}
	if single {
		return true
	}
	long := 0
	for i := 0; i < len(b) && long < 2; i++ {
		if b[i] >= 0xe0 {
			long++
		}
	}
	return long >= 2
}

// mostlyBroken reports whether more than a tenth of the non-ASCII characters could not be decoded.
func mostlyBroken(text string) bool {
	if !strings.ContainsRune(text, utf8.RuneError) {
		return false
	}
	broken, foreign := 0, 0
	for _, r := range text {
		if r == utf8.RuneError {
			broken++
		}
		if r >= utf8.RuneSelf {
			foreign++
		}
	}
	return broken*10 > foreign
}

func isASCII(b []byte) bool {
	for len(b) >= 8 {
		if (b[0]|b[1]|b[2]|b[3]|b[4]|b[5]|b[6]|b[7])&0x80 != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// decodeUTF8 makes b valid: bad sequences become U+FFFD, NUL bytes vanish.
func decodeUTF8(b []byte) string {
	if bytes.IndexByte(b, 0) >= 0 {
		b = bytes.ReplaceAll(b, []byte{0}, nil)
	}
	if utf8.Valid(b) {
		return string(b)
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

// decodeISO2022KR reads RFC 1557: SO and SI switch between KS C 5601 and ASCII.
func decodeISO2022KR(b []byte) string {
	b = bytes.ReplaceAll(b, []byte("\x1b$)C"), nil)
	out := make([]byte, 0, len(b))
	shifted := false
	for _, c := range b {
		switch {
		case c == 0x0e:
			shifted = true
		case c == 0x0f:
			shifted = false
		case shifted && c > ' ':
			out = append(out, c|0x80)
		default:
			out = append(out, c)
		}
	}
	return with(korean.EUCKR)(out)
}
