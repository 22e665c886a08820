package message

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVisibleText runs the cases of testdata/visible, one file per language. A case is
//
//	=== name
//	--- text          the plain text, absent when the mail has only HTML
//	--- html          optional
//	--- visible       what must stay
//	--- signature     optional
func TestVisibleText(t *testing.T) {
	files, err := filepath.Glob("testdata/visible/*.txt")
	if err != nil || len(files) < 14 {
		t.Fatalf("%d languages: %v", len(files), err)
	}
	for _, file := range files {
		language := strings.TrimSuffix(filepath.Base(file), ".txt")
		for _, c := range visibleCases(t, file) {
			t.Run(language+"/"+c.name, func(t *testing.T) {
				got := c.split()
				if got.Visible != c.want.Visible {
					t.Errorf("visible\n got: %q\nwant: %q\nquoted: %q", got.Visible, c.want.Visible, got.Quoted)
				}
				if got.Signature != c.want.Signature {
					t.Errorf("signature\n got: %q\nwant: %q", got.Signature, c.want.Signature)
				}
			})
		}
	}
}

type visibleCase struct {
	name, text, html string
	want             Parts
}

// split goes the way Read goes: marks when the text comes from the HTML, else both.
func (c visibleCase) split() Parts {
	if c.text == "" {
		text, marks := textAndMarks(c.html)
		return splitMarked(text, marks)
	}
	return Split(c.text, c.html)
}

func visibleCases(t *testing.T, file string) []visibleCase {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []visibleCase
	for _, block := range strings.Split("\n"+string(raw), "\n=== ")[1:] {
		name, rest, _ := strings.Cut(block, "\n")
		c := visibleCase{name: name}
		for _, section := range strings.Split("\n"+rest, "\n--- ")[1:] {
			kind, body, _ := strings.Cut(section, "\n")
			switch kind {
			case "text":
				c.text = body
			case "html":
				c.html = body
			case "visible":
				c.want.Visible = strings.TrimSpace(body)
			case "signature":
				c.want.Signature = strings.TrimSpace(body)
			default:
				t.Fatalf("%s: %s: unknown section %q", file, name, kind)
			}
		}
		cases = append(cases, c)
	}
	return cases
}

// TestSplitPublicAgreesWithMarks: Split on rendered HTML finds what the marks of the same
// rendering say.
func TestSplitPublicAgreesWithMarks(t *testing.T) {
	for _, c := range visibleCases(t, "testdata/visible/en.txt") {
		if c.text != "" {
			continue
		}
		if got := Split(TextFromHTML(c.html), c.html).Visible; got != c.want.Visible {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want.Visible)
		}
	}
}

func TestHintsAtQuoteAreFoundInAnyCase(t *testing.T) {
	for _, name := range []string{
		"gmail_quote", "divRplyFwdMsg", "appendonsend", "mail-editor-reference-message-container", "includetail", "isReplyContent",
		"zmail_extra", "OLK_SRC_BODY_SECTION", "messageReplySection", "xm_mail_oringinal_describe", "xmail-original-describe", "BLOCKQUOTE",
	} {
		if !hintsAtQuote(name) || !hintsAtQuote("<div id="+strings.ToUpper(name)+">") {
			t.Errorf("%s is no hint", name)
		}
	}
	for _, markup := range []string{"", "<p>Quota</p>", "quot", "<span>group bag, my kiwi amuses</span>"} {
		if hintsAtQuote(markup) {
			t.Errorf("%q is a hint", markup)
		}
	}
}
