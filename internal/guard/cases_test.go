package guard

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// tsv reads the columns of a file of cases.
func tsv(t *testing.T, file string, columns int) (out [][]string) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "#") || line == "" {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) != columns {
			t.Fatalf("%s: %q has %d columns, want %d", file, line, len(fields), columns)
		}
		out = append(out, fields)
	}
	return out
}

// The cases were written without a look at the word lists. On their first run 29
// of 240 passed, mostly wordings the lists did not have; the lists were mended
// after that, so the figure says what is held, not what a stranger's wording meets.
//
// A second set of 450 (five families, six of each in every language) was written
// the same way, after that: 323 of them passed on their first run (review 54,
// off_platform 57, marketing 73, ask_cancel 71, refund_promise 68, of 90 each).
// missed.tsv holds the 12 that still do. Expect a new wording to pass more often
// than not: the lists stop the common ones, a person answers for the rest.
//
// Every violation is found on Amazon, by its own rule or by another that blocks:
// what counts is that it does not leave.
func TestNoViolationLeaves(t *testing.T) {
	byFamily, languages := map[string]int{}, map[string]map[string]int{}
	missed, named := 0, 0
	cases := tsv(t, "violations.tsv", 3)
	for _, c := range cases {
		family, lang, text := c[0], c[1], strings.ReplaceAll(c[2], `\u200b`, "\u200b")
		byFamily[family]++
		if languages[lang] == nil {
			languages[lang] = map[string]int{}
		}
		languages[lang][family]++
		found := onAmazon(family, text)
		if slices.ContainsFunc(found, func(f desk.Finding) bool { return f.Rule == "amazon."+family || f.Rule == "general."+family }) {
			named++
		}
		if !blocks(found) {
			missed++
			t.Errorf("%s, %s: %q passes", family, lang, text)
		}
	}
	t.Logf("%d violations: %d missed, %d found by the rule they break", len(cases), missed, named)
	for family, n := range byFamily {
		if n < 12 {
			t.Errorf("%s has %d cases, want 12", family, n)
		}
	}
	for _, lang := range desk.Languages {
		for _, family := range []string{"review", "marketing", "off_platform", "ask_cancel", "refund_promise"} {
			if n := languages[string(lang)][family]; n < 4 {
				t.Errorf("%s has %d cases of %s, want 4", lang, n, family)
			}
		}
	}
}

// onAmazon is what is found in a case. Promises are only looked for in replies that
// nobody has read.
func onAmazon(family, text string) []desk.Finding {
	return Check(Outgoing{Store: desk.AmazonCom, Text: text, OwnNames: []string{"Lumenhaus"}, Automatic: family == "refund_promise"})
}

func blocks(found []desk.Finding) bool {
	return slices.ContainsFunc(found, func(f desk.Finding) bool { return f.Severity == desk.Block })
}

// TestWhatIsKnownToBeMissed keeps the list of what passes true.
func TestWhatIsKnownToBeMissed(t *testing.T) {
	for _, c := range tsv(t, "missed.tsv", 3) {
		if blocks(onAmazon(c[0], c[2])) {
			t.Errorf("%q is found now: move it to violations.tsv", c[2])
		}
	}
}

// TestUnseenWordings says what a wording meets that the lists were never mended
// for. It fails only when less is found than when the cases were written.
func TestUnseenWordings(t *testing.T) {
	const found = 14
	cases, n := tsv(t, "unseen.tsv", 3), 0
	for _, c := range cases {
		if blocks(onAmazon(c[0], c[2])) {
			n++
		}
	}
	t.Logf("%d of %d unseen violations found", n, len(cases))
	if n < found {
		t.Errorf("%d of %d found, want %d", n, len(cases), found)
	}
}

// The last five clean replies of each language were written before a look at the
// lists: 4 of 75 were blocked on their first run, all of them naming a coupon that
// the buyer had used.
//
// falseBlocks is the share of clean replies that may be blocked, on the marketplace
// that blocks most of them.
const falseBlocks = 0.02

func TestCleanRepliesAreNotBlocked(t *testing.T) {
	cases := tsv(t, "clean.tsv", 2)
	for _, r := range cleanReplies {
		cases = append(cases, []string{string(r.language), r.text})
	}
	each := map[string]int{}
	for _, c := range cases {
		each[c[0]]++
	}
	for _, lang := range desk.Languages {
		if each[string(lang)] < 20 {
			t.Errorf("%s has %d clean replies, want 20", lang, each[string(lang)])
		}
	}
	for _, store := range []desk.Store{desk.AmazonCom, desk.WalmartCom, desk.EBayCom, desk.NeweggCom} {
		blocked := 0
		for _, c := range cases {
			for _, f := range Check(Outgoing{Store: store, Text: c[1], Route: desk.ReplyRoute{To: "x@example.com", Reference: "[#a05-c1d2e3f4a5#]"}}) {
				if f.Severity == desk.Block {
					t.Logf("%s, %s: %s blocks %q of %q", store, c[0], f.Rule, f.Excerpt, c[1])
					blocked++
					break
				}
			}
		}
		share := float64(blocked) / float64(len(cases))
		t.Logf("%s: %d of %d clean replies blocked (%.1f %%)", store, blocked, len(cases), 100*share)
		if share > falseBlocks {
			t.Errorf("%s blocks %.1f %% of the clean replies, want at most %.0f %%", store, 100*share, 100*falseBlocks)
		}
	}
}
