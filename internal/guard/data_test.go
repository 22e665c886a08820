package guard

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// TestDataIsWellFormed keeps the word lists readable for people and for load:
// two columns, a known language, groups that close, do not nest and hold no gap.
func TestDataIsWellFormed(t *testing.T) {
	languages := map[string]bool{"en": true, "*": true}
	for _, l := range desk.Languages {
		languages[string(l)] = true
	}
	files, err := fs.Glob(data, "data/*.tsv")
	if err != nil || len(files) == 0 {
		t.Fatalf("no word lists: %v", err)
	}
	for _, file := range files {
		raw, err := data.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		words := slices.Contains([]string{"tlds.tsv", "shorteners.tsv"}, path.Base(file))
		seen := map[string]bool{}
		for line := range strings.Lines(string(raw)) {
			line = strings.TrimRight(line, "\n")
			fields := strings.Split(line, "\t")
			switch {
			case strings.HasPrefix(line, "#"):
			case len(fields) != 2 || fields[1] == "":
				t.Errorf("%s: %q has not two columns", file, line)
			case seen[line]:
				t.Errorf("%s: %q stands there twice", file, line)
			case words:
			case !languages[fields[0]]:
				t.Errorf("%s: %q is in no known language", file, line)
			case !wellGrouped(fields[1]):
				t.Errorf("%s: %q has a group that nests, stays open or holds a gap", file, line)
			default:
				for _, part := range compile(fields[1]) {
					if len(part) == 0 || len(part) > 400 {
						t.Errorf("%s: a part of %q has %d wordings", file, line, len(part))
					}
				}
			}
			seen[line] = true
		}
	}
}

func wellGrouped(pattern string) bool {
	open := false
	for _, r := range pattern {
		if r == '(' && open || r == ')' && !open || r == '…' && open {
			return false
		}
		if r == '(' || r == ')' {
			open = r == '('
		}
	}
	return !open
}

// TestRulesReachEveryLanguage: solicitation and promotion are found in all
// fifteen languages, so every list has lines for each.
func TestRulesReachEveryLanguage(t *testing.T) {
	for _, list := range []string{"review_solicitation", "marketing", "off_platform", "ask_cancel", "thanks", "refund_promise"} {
		raw, err := data.ReadFile("data/" + list + ".tsv")
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range desk.Languages {
			code := string(l)
			if strings.HasPrefix(code, "en-") {
				code = "en"
			}
			if !strings.Contains(string(raw), "\n"+code+"\t") {
				t.Errorf("%s has nothing in %s", list, l)
			}
		}
	}
}
