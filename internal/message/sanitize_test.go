package message

import (
	"strings"
	"testing"
)

func TestSanitize(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		report         SanitizeReport
	}{
		{"text", "a < b & c", "a &lt; b &amp; c", SanitizeReport{}},
		{"formatting stays", `<p align="center"><b>x</b><br><font color="#ff0000" size="2">y</font></p>`, `<p align="center"><b>x</b><br><font color="#ff0000" size="2">y</font></p>`, SanitizeReport{}},
		{"table stays", `<table width="100%" cellpadding="0"><tr><td colspan=2 bgcolor=#fff>x</td></tr></table>`, `<table width="100%" cellpadding="0"><tr><td colspan="2" bgcolor="#fff">x</td></tr></table>`, SanitizeReport{}},
		{"script and its content", `a<script>alert("<b>")</script>b`, "ab", SanitizeReport{RemovedElements: 1}},
		{"event handler", `<b onclick="x()">y</b>`, "<b>y</b>", SanitizeReport{RemovedElements: 1}},
		{"unknown element keeps its text", "<o:p>x</o:p><blink>y</blink>", "xy", SanitizeReport{}},
		{"form keeps its text", `<form action="https://e.example"><input name="p">Name</form>`, "Name", SanitizeReport{RemovedElements: 2}},
		{"link", `<a href="https://shop.example/a?b=1&amp;c=2" onmouseover="x">go</a>`, `<a href="https://shop.example/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer nofollow" title="shop.example">go</a>`, SanitizeReport{RemovedElements: 1}},
		{"script link", `<a href="java&#10;script:alert(1)">x</a>`, "<a>x</a>", SanitizeReport{}},
		{"relative link", `<a href="/x">x</a>`, "<a>x</a>", SanitizeReport{}},
		{"mail link", `<a href="mailto:a@example.com">x</a>`, `<a href="mailto:a@example.com" target="_blank" rel="noopener noreferrer nofollow" title="a@example.com">x</a>`, SanitizeReport{}},
		{"misleading link", `<a href="https://evil.example/">https://bank.example/login</a>`, `<a href="https://evil.example/" target="_blank" rel="noopener noreferrer nofollow" title="evil.example">https://bank.example/login</a>`, SanitizeReport{MisleadingLinks: 1}},
		{"honest link to a subdomain", `<a href="https://www.shop.example/x">shop.example</a>`, `<a href="https://www.shop.example/x" target="_blank" rel="noopener noreferrer nofollow" title="www.shop.example">shop.example</a>`, SanitizeReport{}},
		{"remote image waits", `<img src="https://t.example/p.gif?id=1" width=1 height=1 alt="x">`, `<img data-src="https://t.example/p.gif?id=1" width="1" height="1" alt="x">`, SanitizeReport{RemoteImages: 1}},
		{"image without scheme waits", `<img src="//t.example/p.gif">`, `<img data-src="https://t.example/p.gif">`, SanitizeReport{RemoteImages: 1}},
		{"srcset goes", `<img srcset="https://t.example/p.gif 2x">`, `<img>`, SanitizeReport{RemovedElements: 1}},
		{"cid image", `<img src="cid:a%40b">`, `<img data-cid="a@b">`, SanitizeReport{InlineImages: 1}},
		{"small data image stays", `<img src="data:image/png;base64,iVBORw0KGgo=">`, `<img src="data:image/png;base64,iVBORw0KGgo=">`, SanitizeReport{}},
		{"data svg goes", `<img src="data:image/svg+xml;base64,PHN2Zz4=">`, `<img>`, SanitizeReport{}},
		{"style subset", `<p style="color: red; position: fixed; font-size:12px; behavior:url(x); width: expression(1)">x</p>`, `<p style="color: red; font-size: 12px">x</p>`, SanitizeReport{RemovedElements: 1}},
		{"remote background", `<p style="background: #eee url('https://t.example/x')">x</p>`, `<p style="background-color: #eee">x</p>`, SanitizeReport{RemovedElements: 1}},
		{"escaped css", `<p style="color: red; background:\75rl(https://t.example)">x</p>`, `<p style="color: red">x</p>`, SanitizeReport{}},
		{"comment inside css", `<p style="co/**/lor: red; wid/*;*/th: 5px">x</p>`, `<p style="color: red; width: 5px">x</p>`, SanitizeReport{}},
		{"hidden text", `<div style="display:none">secret <b>x</b></div>shown<span style="font-size:0px">no</span>`, "shown", SanitizeReport{HiddenElements: 2}},
		{"style element", "<style>p{background:url(https://t.example)}</style>x", "x", SanitizeReport{RemovedElements: 1}},
		{"head never closed", "<html><head><title>t</title><body>x", "x", SanitizeReport{}},
		{"unbalanced", "<div><p>x</div></div>y</b>", "<div><p>x</p></div>y", SanitizeReport{}},
		{"svg with style", `<svg><style><img src=x onerror=alert(1)></style></svg>x`, "x", SanitizeReport{RemovedElements: 1}},
		{"conditional comment", "<!--[if mso]><b>x</b><![endif]-->y", "y", SanitizeReport{}},
		{"quote in an attribute", `<td title='"><script>x'>y</td>`, `<td title="&#34;&gt;&lt;script&gt;x">y</td>`, SanitizeReport{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, report := Sanitize(c.in)
			if got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
			if report != c.report {
				t.Errorf("report %+v, want %+v", report, c.report)
			}
			if again, _ := Sanitize(got); strings.Contains(again, "<script") {
				t.Errorf("second pass: %s", again)
			}
		})
	}
}

func TestSanitizeHostile(t *testing.T) {
	for _, markup := range hostileHTML {
		assertHarmless(t, markup)
	}
}

func TestSanitizeDeepNesting(t *testing.T) {
	safe, _ := Sanitize(strings.Repeat("<div>", 100_000) + "x")
	if opens := strings.Count(safe, "<div>"); opens > maxSanitizeDepth || opens != strings.Count(safe, "</div>") || !strings.Contains(safe, "x") {
		t.Errorf("%d open", opens)
	}
}

func TestTextFromHTML(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"paragraphs", "<p>a</p><p>b</p>", "a\n\nb"},
		{"divs", "<div>a</div><div>b</div>", "a\nb"},
		{"outlook empty line", "<div>a</div><div><br></div><div>b</div>", "a\n\nb"},
		{"breaks", "a<br>b<br/><br>c", "a\nb\n\nc"},
		{"many breaks are one blank line", "a<br><br><br><br>b", "a\n\nb"},
		{"white space", " a \n\t b<b> c</b> ", "a b c"},
		{"no-break spaces", "a&nbsp;b<div>&nbsp;</div>c", "a b\nc"},
		{"entities", "&lt;b&gt; &amp; &#20320; &euro;", "<b> & 你 €"},
		{"lists", "<ul><li>a<li>b</ul><ol><li>c</li><li>d</li></ol>", "- a\n- b\n\n1. c\n2. d"},
		{"table", "<table><tr><td>a</td> <td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a\tb\nc\td"},
		{"preformatted", "<pre>a\n  b\n\nc</pre>d", "a\n  b\n\nc\n\nd"},
		{"script and style", "a<script>x</script><style>y</style>b", "ab"},
		{"hidden preheader", `<span style="DISPLAY: none">x</span>a`, "a"},
		{"zero width padding", "a&#8203;&#65279;&shy;b", "ab"},
		{"emoji image", `ok <img alt="😀" src="x">`, "ok 😀"},
		{"other images say nothing", `a<img alt="Logo" src="x">b`, "ab"},
		{"head not closed", "<head><title>t</title><body>a", "a"},
		{"comment", "a<!-- x -->b", "ab"},
		{"end tags too many", "a</div></p></b>b", "a\n\nb"},
		{"broken tag", "a <3 b", "a <3 b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := TextFromHTML(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
