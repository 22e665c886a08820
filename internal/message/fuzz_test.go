package message

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// seedMails adds every fixture, so that the fuzzer starts from real shapes.
func seedMails(f *testing.F, add func(raw []byte)) {
	f.Helper()
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		add(raw)
	}
}

func FuzzRead(f *testing.F) {
	seedMails(f, func(raw []byte) { f.Add(raw) })
	for _, seed := range []string{
		"", "\r", "\n\n", "no header at all", "Subject: =?utf-8?Q?=", "From: <<<a@b>>>,;:(\"",
		"Content-Type: multipart/mixed; boundary=a\n\n--a\n\n--a\n--a--",
		"Content-Type: multipart/mixed; boundary=\"\"\n\n--\nContent-Type: text/html\n\n<p>x",
		"Content-Type: text/plain; charset=utf-7\n\n+AGE-+//8-",
		"Content-Type: text/plain; charset=utf-16\n\n\xff\xfea\x00",
		"Content-Transfer-Encoding: base64\nSubject: x\n\n/w==\n=Zm9v",
		"Content-Type: application/x; name*0*=utf-8''%E4; name*1*=%B8%AD; name*9999999999999999999=x\nTo: x\n\nx",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		assertSound(t, Read(raw, Limits{}))
		small := Limits{Parts: 3, Depth: 2, HeaderBytes: 64, TextBytes: 32, HTMLBytes: 32, Attachments: 1, AttachmentBytes: 8, Addresses: 1, References: 1, Warnings: 2}
		m := Read(raw, small)
		assertSound(t, m)
		if len(m.Text) > small.TextBytes+8 || len(m.Attachments) > 1 || len(m.Warnings) > 3 || len(m.From) > 1 {
			t.Fatalf("limits not kept: %+v", m)
		}
	})
}

func FuzzSplit(f *testing.F) {
	f.Add("Hi\n\nOn Mon, Jan 1, 2024 at 10:00 AM Ann <ann@example.com> wrote:\n> x", "<p>Hi</p><blockquote type=cite>x</blockquote>")
	f.Add("a\n-- \nb", "")
	f.Add("> only\n> quoted", "")
	f.Fuzz(func(t *testing.T, text, markup string) {
		if !utf8.ValidString(text) {
			t.Skip()
		}
		p := Split(text, markup)
		assertFolds(t, text, p.Folds)
		if strings.TrimSpace(text) != "" && strings.Trim(text, " \t\r\n\u00a0\u3000\u202f\u200b\ufeff\v\f\u0085") != "" && p.Visible == "" {
			t.Fatalf("nothing visible of %q", text)
		}
	})
}

func FuzzSanitize(f *testing.F) {
	for _, seed := range hostileHTML {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, markup string) {
		assertHarmless(t, markup)
		if text := TextFromHTML(markup); !utf8.ValidString(text) {
			t.Fatalf("not UTF-8: %q", text)
		}
	})
}

// hostileHTML are ways to get script, a request or a foreign frame into a page.
var hostileHTML = []string{
	`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `<a href="javascript:alert(1)">x</a>`,
	`<a href=" java	script:alert(1)">x</a>`, `<a href="data:text/html,<script>alert(1)</script>">x</a>`,
	`<svg><style><img src=x onerror=alert(1)></style></svg>`, `<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>`,
	`<noscript><p title="</noscript><img src=x onerror=alert(1)>">`, `<div style="background:url(https://t.example/x)">x</div>`,
	`<div style="width:expression(alert(1));color:re\64">x</div>`, `<style>@import url(https://t.example)</style>x`,
	`<base href="https://evil.example/"><a href="/x">x</a>`, `<form action="https://evil.example"><input name=p></form>`,
	`<meta http-equiv=refresh content="0;url=https://evil.example">`, `<iframe srcdoc="<script>alert(1)</script>"></iframe>`,
	`<img src="https://t.example/p.gif" srcset="https://t.example/q.gif 2x">`, `<img src="cid:a@b"><img src="data:image/svg+xml;base64,PHN2Zz4=">`,
	`<a href="https://evil.example/login">https://bank.example/login</a>`, `<body background="https://t.example/x" onload=alert(1)>x`,
	`<xmp><p title="</xmp><script>alert(1)</script>"></xmp>`, `<a title="&quot;><script>alert(1)</script>" href=https://a.example>x</a>`,
	"<img src=\"https://t.example/\x00\" alt='\"><script>'>", `<table><td><div><p>unclosed`, `</div></table>`, `<p style="font-family:'a;b:url(x)'">x`,
	`<div style="position:fixed;top:0;left:0;width:100%;height:100%">cover</div>`, `<plaintext><script>`, `<template><img src=x onerror=alert(1)></template>`,
}

// assertHarmless reads the result again, as a browser would, and checks each tag of it.
func assertHarmless(t *testing.T, markup string) {
	t.Helper()
	safe, _ := Sanitize(markup)
	if !utf8.ValidString(safe) {
		t.Fatalf("not UTF-8: %q", safe)
	}
	doc, err := html.Parse(strings.NewReader(safe))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if !allowedElements[n.DataAtom] && n.Data != "html" && n.Data != "head" && n.Data != "body" {
			t.Fatalf("element %s in %q from %q", n.Data, safe, markup)
		}
		for _, a := range n.Attr {
			assertHarmlessAttribute(t, n.Data, a.Key, a.Val, safe)
		}
	}
}

func assertHarmlessAttribute(t *testing.T, element, name, value, safe string) {
	t.Helper()
	lower := strings.ToLower(value)
	switch name {
	case "href":
		if !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") && !strings.HasPrefix(lower, "mailto:") && !strings.HasPrefix(lower, "tel:") {
			t.Fatalf("href %q in %q", value, safe)
		}
	case "src":
		if element != "img" || !strings.HasPrefix(lower, "data:image/") || strings.Contains(lower, "svg") {
			t.Fatalf("src %q in %q", value, safe)
		}
	case "style":
		for _, bad := range []string{"url", "expression", "@", "\\", "position", "behavior", "/*", "<"} {
			if strings.Contains(lower, bad+"(") || bad != "url" && bad != "position" && bad != "behavior" && strings.Contains(lower, bad) {
				t.Fatalf("style %q in %q", value, safe)
			}
		}
	case "data-src", "data-cid", "target", "rel":
	default:
		if plainAttributes[name] == nil {
			t.Fatalf("attribute %s in %q", name, safe)
		}
	}
}
