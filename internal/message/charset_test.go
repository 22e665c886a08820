package message

import (
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

const (
	chinese     = "您好,我收到的包裹里少了一个零件,请尽快补发,谢谢。"
	traditional = "您好,我收到的包裹裡少了一個零件,請盡快補發,謝謝。"
	nihongo     = "お世話になります。商品が壊れていました。"
	hangul      = "안녕하세요 주문한 상품이 아직 도착하지 않았습니다"
	russian     = "Здравствуйте, заказ ещё не пришёл"
	polish      = "Zażółć gęślą jaźń"
)

func encode(t *testing.T, e encoding.Encoding, s string) []byte {
	t.Helper()
	b, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecodeCharset(t *testing.T) {
	gbk := encode(t, simplifiedchinese.GB18030, chinese)
	for _, c := range []struct {
		name, label string
		in          []byte
		want        string
		ok          bool
	}{
		{"utf-8", "UTF-8", []byte(chinese), chinese, true},
		{"utf-8 quoted label", `"utf-8"`, []byte(chinese), chinese, true},
		{"utf8 with mark", "utf8", []byte("\xef\xbb\xbfabcé"), "abcé", true},
		{"gb2312 beyond its characters", "gb2312", encode(t, simplifiedchinese.GB18030, "朱镕基 囧 €"), "朱镕基 囧 €", true},
		{"gbk", "GBK", gbk, chinese, true},
		{"x-gbk", "x-gbk", gbk, chinese, true},
		{"gb18030 four bytes", "gb18030", encode(t, simplifiedchinese.GB18030, "𠀀好"), "𠀀好", true},
		{"hz", "HZ-GB-2312", []byte("~{<:Ky2;S{#,NpJ)l6HK!#~}"), "己所不欲，勿施於人。", true},
		{"big5", "big5", encode(t, traditionalchinese.Big5, traditional), traditional, true},
		{"shift_jis", "Shift_JIS", encode(t, japanese.ShiftJIS, nihongo), nihongo, true},
		{"cp932 with circled digit", "cp932", []byte("\x87\x40\x82\xa0"), "①あ", true},
		{"iso-2022-jp", "ISO-2022-JP", encode(t, japanese.ISO2022JP, nihongo), nihongo, true},
		{"iso-2022-jp-ms with circled digit", "iso-2022-jp-ms", []byte("\x1b$B-!$\"\x1b(B"), "①あ", true},
		{"euc-jp", "EUC-JP", encode(t, japanese.EUCJP, nihongo), nihongo, true},
		{"euc-kr", "euc-kr", encode(t, korean.EUCKR, hangul), hangul, true},
		{"cp949 beyond ks c 5601", "ks_c_5601-1987", encode(t, korean.EUCKR, "똠방각하"), "똠방각하", true},
		{"iso-2022-kr", "iso-2022-kr", []byte("\x1b$)C\x0e>H3g\x0f!"), "안녕!", true},
		{"windows-1250", "windows-1250", encode(t, charmap.Windows1250, polish), polish, true},
		{"windows-1251", "windows-1251", encode(t, charmap.Windows1251, russian), russian, true},
		{"windows-1252 as latin-1", "iso-8859-1", []byte("price \x80 5 \x93ok\x94"), "price € 5 “ok”", true},
		{"iso-8859-1:1987", "ISO_8859-1:1987", []byte("caf\xe9"), "café", true},
		{"koi8-r", "koi8-r", encode(t, charmap.KOI8R, russian), russian, true},
		{"thai", "tis-620", encode(t, charmap.Windows874, "สวัสดี"), "สวัสดี", true},
		{"vietnamese", "windows-1258", []byte("Vi\xea\xf2t"), "Viê\u0323t", true},
		{"utf-7", "utf-7", []byte("Hi Mom +Jjo--!+-+AOk-"), "Hi Mom ☺-!+é", true},
		{"utf-16 little endian", "utf-16le", []byte("h\x00\xe9\x00"), "hé", true},
		{"utf-16 with mark", "utf-16", []byte("\xfe\xff\x00h\x00\xe9"), "hé", true},
		{"charset twice", "charset=koi8-r", encode(t, charmap.KOI8R, russian), russian, true},

		{"utf-8 under a latin label", "iso-8859-1", []byte("café 你好"), "café 你好", false},
		{"utf-8 under gb2312", "gb2312", []byte(chinese), chinese, false},
		{"gbk that happens to be utf-8", "gbk", []byte("\xc1\xaa\xcd\xa8"), "联通", true},
		{"gbk under utf-8", "utf-8", gbk, chinese, false},
		{"gbk without a label", "", gbk, chinese, true},
		{"unknown label, ascii", "x-foo", []byte("plain"), "plain", false},
		{"unknown label, utf-8", "x-unknown", []byte(chinese), chinese, false},
		{"unknown label, gbk", "unknown-8bit", gbk, chinese, false},
		{"unknown label, big5", "foo", encode(t, traditionalchinese.Big5, traditional), traditional, false},
		{"unknown label, shift_jis", "foo", encode(t, japanese.ShiftJIS, nihongo), nihongo, false},
		{"unknown label, euc-jp", "foo", encode(t, japanese.EUCJP, nihongo), nihongo, false},
		{"unknown label, euc-kr", "foo", encode(t, korean.EUCKR, hangul), hangul, false},
		{"unknown label, windows-1251", "foo", encode(t, charmap.Windows1251, russian), russian, false},
		{"unknown label, koi8-r", "foo", encode(t, charmap.KOI8R, russian), russian, false},
		{"unknown label, latin", "foo", []byte("caf\xe9 cr\xe8me"), "café crème", false},
		{"utf-8 cut inside a character", "utf-8", []byte(chinese)[:len(chinese)-1], chinese[:len(chinese)-3] + "\uFFFD", true},
		{"nul bytes", "utf-8", []byte("a\x00b"), "ab", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := decodeCharset(c.in, c.label)
			if got != c.want || ok != c.ok {
				t.Errorf("got %q %v, want %q %v", got, ok, c.want, c.ok)
			}
		})
	}
}

func TestDecodeHeaderText(t *testing.T) {
	word := func(charset string, b []byte) string {
		return "=?" + charset + "?B?" + base64.StdEncoding.EncodeToString(b) + "?="
	}
	gbk := encode(t, simplifiedchinese.GBK, "订单退款")
	jis := encode(t, japanese.ISO2022JP, "注文")
	for _, c := range []struct{ name, in, fallback, want string }{
		{"plain", "Hello", "", "Hello"},
		{"q", "=?iso-8859-1?Q?caf=E9_au_lait?=", "", "café au lait"},
		{"b", "=?utf-8?B?5L2g5aW9?=", "", "你好"},
		{"lower case method", "=?utf-8?q?=e4=bd=a0?=", "", "你"},
		{"language suffix", "=?utf-8*zh?Q?=E4=BD=A0?=", "", "你"},
		{"words lose the space between them", "=?utf-8?Q?a?= =?utf-8?Q?b?=", "", "ab"},
		{"text keeps it", "=?utf-8?Q?a?= b =?utf-8?Q?c?=", "", "a b c"},
		{"split inside a utf-8 character", "=?utf-8?B?5L2g5Q==?= =?utf-8?B?pb0=?=", "", "你好"},
		{"split inside a gbk character", word("gb2312", gbk[:3]) + " " + word("GB2312", gbk[3:]), "", "订单退款"},
		{"split with mixed methods", "=?utf-8?Q?=E4=BD?= =?utf-8?B?oA==?=", "", "你"},
		{"iso-2022-jp", word("ISO-2022-JP", jis), "", "注文"},
		{"glued to text", "Re:=?utf-8?Q?=C3=A9?=!", "", "Re:é!"},
		{"inside quotes", `"=?utf-8?Q?=C3=A9?="`, "", `"é"`},
		{"space inside a word", "=?utf-8?Q?a b?=", "", "a b"},
		{"missing padding", "=?utf-8?B?5L2g5aW9IQ?=", "", "你好!"},
		{"not a word", "=?utf-8?X?abc?=", "", "=?utf-8?X?abc?="},
		{"unclosed", "=?utf-8?Q?abc", "", "=?utf-8?Q?abc"},
		{"unknown charset", "=?x-foo?Q?caf=C3=A9?=", "", "café"},
		{"raw utf-8", "Grüße", "", "Grüße"},
		{"raw gbk", string(gbk), "", "订单退款"},
		{"raw latin-1 with the charset of the body", "caf\xe9", "iso-8859-1", "café"},
		{"raw iso-2022-jp", string(jis), "", "注文"},
		{"nul and controls", "a\x00b\x07c", "", "abc"},
		{"control characters hidden in a word", "=?utf-8?Q?a=0D=0ABcc:_x?=", "", "a  Bcc: x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := decodeHeaderText(c.in, c.fallback); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestDecodeHeaderTextIsLinear(t *testing.T) {
	in := strings.Repeat("=?u?q?x ", 30_000) // words that never close
	if got := decodeHeaderText(in, ""); got != strings.TrimSpace(in) {
		t.Errorf("got %d bytes", len(got))
	}
}

func TestParseAddresses(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []Address
	}{
		{"bare", "ann@example.com", []Address{{"", "ann@example.com"}}},
		{"name", "Ann Example <ann@example.com>", []Address{{"Ann Example", "ann@example.com"}}},
		{"comma in quotes", `"Example, Ann" <ann@example.com>, bob@example.com`, []Address{{"Example, Ann", "ann@example.com"}, {"", "bob@example.com"}}},
		{"comma in an encoded word", "=?utf-8?Q?Example=2C_Ann?= <ann@example.com>", []Address{{"Example, Ann", "ann@example.com"}}},
		{"encoded word in quotes", `"=?utf-8?B?5L2g5aW9?=" <ann@example.com>`, []Address{{"你好", "ann@example.com"}}},
		{"address inside an encoded word", "=?utf-8?Q?Ann_=3Cann@example.com=3E?=", []Address{{"Ann", "ann@example.com"}}},
		{"comment as name", "ann@example.com (Ann Example)", []Address{{"Ann Example", "ann@example.com"}}},
		{"group", "Team: ann@example.com, Bob <bob@example.com>;", []Address{{"", "ann@example.com"}, {"Bob", "bob@example.com"}}},
		{"empty group", "undisclosed-recipients:;", nil},
		{"semicolons", "ann@example.com; bob@example.com", []Address{{"", "ann@example.com"}, {"", "bob@example.com"}}},
		{"comma missing", "Ann <ann@example.com> Bob <bob@example.com>", []Address{{"Ann", "ann@example.com"}, {"Bob", "bob@example.com"}}},
		{"no brackets", "Ann Example ann@example.com", []Address{{"Ann Example", "ann@example.com"}}},
		{"local user", "MAILER-DAEMON", []Address{{"", "MAILER-DAEMON"}}},
		{"name only", `"Ann Example"`, []Address{{"Ann Example", ""}}},
		{"name is the address", `"ann@example.com" <ann@example.com>`, []Address{{"", "ann@example.com"}}},
		{"brackets doubled", "Ann <<ann@example.com>>", []Address{{"Ann", "ann@example.com"}}},
		{"bracket unclosed", "Ann <ann@example.com", []Address{{"Ann", "ann@example.com"}}},
		{"mailto", "<mailto:ann@example.com>", []Address{{"", "ann@example.com"}}},
		{"quoted local part", `"odd, name"@example.com`, []Address{{"", `"odd, name"@example.com`}}},
		{"plus case of a relay", "Buyer <abc123def456+1a2b3c4d@marketplace.amazon.com>", []Address{{"Buyer", "abc123def456+1a2b3c4d@marketplace.amazon.com"}}},
		{"quote never closed", `"Ann <ann@example.com>, bob@example.com`, []Address{{"Ann", "ann@example.com"}, {"", "bob@example.com"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := parseAddresses(c.in, "", 10)
			if len(got) != len(c.want) {
				t.Fatalf("got %q, want %q", got, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("got %q, want %q", got[i], c.want[i])
				}
			}
		})
	}
}

func TestParseDate(t *testing.T) {
	for in, want := range map[string]string{
		"Mon, 4 Mar 2024 11:15:30 +0100":              "2024-03-04T10:15:30Z",
		"4 Mar 2024 10:15 GMT":                        "2024-03-04T10:15:00Z",
		"Mon,  4 Mar 2024 10:15:30 +0000 (UTC)":       "2024-03-04T10:15:30Z",
		"Mon, 04 Mar 24 10:15:30 EST":                 "2024-03-04T15:15:30Z",
		"Mon Mar  4 10:15:30 2024":                    "2024-03-04T10:15:30Z",
		"Mon Mar  4 10:15:30 PST 2024":                "2024-03-04T18:15:30Z",
		"2024-03-04 18:15:30 +0800":                   "2024-03-04T10:15:30Z",
		"2024-03-04T18:15:30.123+08:00":               "2024-03-04T10:15:30Z",
		"2024-03-04T10:15:30Z":                        "2024-03-04T10:15:30Z",
		"Monday, March 4, 2024 10:15:30 PM":           "2024-03-04T22:15:30Z",
		"Mon, 4 March 2024 10:15:30 +0000":            "2024-03-04T10:15:30Z",
		"04-Mar-2024 10:15:30 +0000":                  "2024-03-04T10:15:30Z",
		"Sat, 31 Dec 2016 23:59:60 +0000":             "2017-01-01T00:00:00Z",
		"Thu, 1 Jan 1970 00:00:00 +0000":              "",
		"Mon, 4 Mar 12024 10:15:30 +0000":             "",
		"Mon, 4 Mar 2204 10:15:30 +0000":              "",
		"Mon, 42 Mar 2024 10:15:30 +0000":             "",
		"yesterday":                                   "",
		"":                                            "",
		"=?utf-8?Q?Mon?=":                             "",
		"Mon, 4 Mar 2024 99999999999999999999:15 GMT": "",
	} {
		got := parseDate(in)
		text := ""
		if !got.IsZero() {
			text = got.Format("2006-01-02T15:04:05Z07:00")
		}
		if text != want {
			t.Errorf("%q: got %q, want %q", in, text, want)
		}
	}
}

func TestMessageDateAheadOfReceivedIsAbsurd(t *testing.T) {
	received := "from a by b; Mon, 04 Mar 2024 10:15:32 +0000"
	if got := messageDate("Tue, 5 Mar 2024 09:00:00 +0000", received); got.IsZero() {
		t.Error("a day ahead must stay: clocks and time zones are wrong")
	}
	if got := messageDate("Fri, 4 Mar 2044 10:15:30 +0000", received); !got.IsZero() {
		t.Errorf("got %v", got)
	}
}

func TestParseMediaType(t *testing.T) {
	for _, c := range []struct{ name, in, value, param, want string }{
		{"plain", `text/plain; charset=utf-8`, "text/plain", "charset", "utf-8"},
		{"case and quotes", `TEXT/HTML; CHARSET="UTF-8"`, "text/html", "charset", "UTF-8"},
		{"spaces around equals", `multipart/mixed; boundary = "a b;c"`, "multipart/mixed", "boundary", "a b;c"},
		{"unquoted with spaces", `application/pdf; name=my file (1).pdf`, "application/pdf", "name", "my file (1).pdf"},
		{"escaped quote", `a/b; name="a\"b.txt"`, "a/b", "name", `a"b.txt`},
		{"windows path keeps its backslashes", `a/b; name="C:\temp\a.txt"`, "a/b", "name", `C:\temp\a.txt`},
		{"rfc 2231", `a/b; filename*=UTF-8''%E4%BD%A0.txt`, "a/b", "filename", "你.txt"},
		{"rfc 2231 split inside a character", `a/b; filename*0*=gbk''%C4; filename*1*=%E3; filename*2=".txt"`, "a/b", "filename", "你.txt"},
		{"rfc 2231 out of order", `a/b; name*1="b"; name*0="a"`, "a/b", "name", "ab"},
		{"rfc 2231 without charset", `a/b; name*=%E4%BD%A0`, "a/b", "name", "你"},
		{"encoded word", `a/b; name="=?gb2312?B?xOPC7w==?="`, "a/b", "name", "你嘛"},
		{"semicolon missing", `text/plain charset=utf-8`, "text/plain", "charset", ""},
		{"comment", `text/plain (plain); charset=utf-8`, "text/plain", "charset", "utf-8"},
		{"twice", `a/b; name=one; name=two`, "a/b", "name", "one"},
		{"unbalanced quote", `a/b; name="one; charset=x`, "a/b", "charset", "x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := parseMediaType(c.in, "")
			if m.value != c.value || m.params.get(c.param) != c.want {
				t.Errorf("got %q %q=%q, want %q %q", m.value, c.param, m.params.get(c.param), c.value, c.want)
			}
		})
	}
}
