package message

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"testing"

	gomessage "github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"
)

// benchMails are the shapes of shop mail: what buyers write, what shops' systems send, and
// photos. Read does more than the reference (it settles the text, divides it and judges it),
// so BenchmarkRead is held against BenchmarkGoMessage in bytes of mail per second.
func benchMails(b *testing.B) map[string][]byte {
	b.Helper()
	mails := make(map[string][]byte)
	text := strings.Repeat("The lamp arrived with a broken switch, can you send me a new one? Order 111-2222222-3333333.\r\n", 20)
	quoted := "\r\nOn Mon, Mar 4, 2024 at 10:15 AM Shop <support@shop.example> wrote:\r\n" + strings.Repeat("> your parcel is on its way and will arrive soon\r\n", 40)
	row := `<tr style="height:20px"><td class="cell" style="color:#333333;font-family:Arial,sans-serif;padding:4px 8px">Item name that is rather long</td><td align="right" style="color:#333333">$12.34</td></tr>` + "\r\n"
	markup := "<html><body><p>Hello Ann</p><table>" + strings.Repeat(row, 150) + "</table></body></html>"
	header := "Received: from a.example.com by b.example.com; Mon, 4 Mar 2024 10:15:32 +0000\r\nFrom: =?UTF-8?Q?Ann_Ex=C3=A4mple?= <ann@example.com>\r\nTo: support@shop.example\r\nSubject: =?utf-8?B?UmU6IE9yZGVyIDExMS0yMjIyMjIyLTMzMzMzMzM=?=\r\nDate: Mon, 4 Mar 2024 11:15:30 +0100\r\nMessage-ID: <abc.1@mail.example.com>\r\nMIME-Version: 1.0\r\n"
	mails["text"] = []byte(header + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text + quoted)
	mails["alternative"] = []byte(header + "Content-Type: multipart/alternative; boundary=\"=_b1\"\r\n\r\n--=_b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + quoted + "\r\n--=_b1\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + quotePrintable(markup) + "\r\n--=_b1--\r\n")
	mails["html"] = []byte(header + "Content-Type: text/html; charset=utf-8\r\n\r\n" + markup)
	mails["photo"] = []byte(header + "Content-Type: multipart/mixed; boundary=\"=_b2\"\r\n\r\n--=_b2\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n--=_b2\r\nContent-Type: image/jpeg; name=a.jpg\r\nContent-Transfer-Encoding: base64\r\n\r\n" + wrap(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("photo\xff\xd8\x01"), 40_000))) + "--=_b2--\r\n")
	return mails
}

func quotePrintable(s string) string {
	s = strings.ReplaceAll(s, "=", "=3D")
	var out strings.Builder
	for line := range strings.Lines(s) {
		for len(line) > 74 {
			out.WriteString(line[:72] + "=\r\n")
			line = line[72:]
		}
		out.WriteString(line)
	}
	return out.String()
}

func wrap(s string) string {
	var out strings.Builder
	for len(s) > 76 {
		fmt.Fprintf(&out, "%s\r\n", s[:76])
		s = s[76:]
	}
	return out.String() + s + "\r\n"
}

func BenchmarkRead(b *testing.B) {
	for name, raw := range benchMails(b) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				Read(raw, Limits{})
			}
		})
	}
}

// BenchmarkGoMessage is the reference: walk the parts and decode each.
func BenchmarkGoMessage(b *testing.B) {
	for name, raw := range benchMails(b) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				entity, err := gomessage.Read(bytes.NewReader(raw))
				if err != nil {
					b.Fatal(err)
				}
				err = entity.Walk(func(_ []int, part *gomessage.Entity, err error) error {
					if err != nil {
						return err
					}
					if kind, _, _ := part.Header.ContentType(); strings.HasPrefix(kind, "multipart/") {
						return nil
					}
					_, err = io.ReadAll(part.Body)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSplit(b *testing.B) {
	text := strings.Repeat("A line of text that a buyer might write: with a colon.\n", 100)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Split(text, "")
	}
}

func BenchmarkSanitize(b *testing.B) {
	markup := string(benchMails(b)["html"])
	b.SetBytes(int64(len(markup)))
	b.ReportAllocs()
	for b.Loop() {
		Sanitize(markup)
	}
}
