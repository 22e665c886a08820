package language

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// TestIdentifyHeldTexts holds the figures of docs/evaluation.md on texts that
// were written without a look at corpus/, the lists or identify.tsv. A text that
// two languages share ("terima kasih", "where package") counts for either.
func TestIdentifyHeldTexts(t *testing.T) {
	for kind, floor := range map[string]float64{"sentence": 0.99, "pair": 0.85} {
		right, all := 0, 0
		missed := map[desk.Language]int{}
		for _, c := range readHeld(t) {
			if c.kind != kind {
				continue
			}
			all++
			if slices.Contains(c.accepted, Identify(c.text).Language) {
				right++
			} else {
				missed[c.accepted[0]]++
			}
		}
		t.Logf("%s: %d of %d, missed by language: %v", kind, right, all, missed)
		if accuracy := float64(right) / float64(all); accuracy < floor {
			t.Errorf("%s: accuracy %.3f is under %.2f", kind, accuracy, floor)
		}
	}
}

type heldText struct {
	kind     string
	accepted []desk.Language
	text     string
}

func readHeld(t testing.TB) []heldText {
	t.Helper()
	data, err := os.ReadFile("testdata/held.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var out []heldText
	for line := range strings.Lines(string(data)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || len(fields) != 3 {
			continue
		}
		c := heldText{kind: fields[0], text: fields[2]}
		for tag := range strings.SplitSeq(fields[1], "|") {
			c.accepted = append(c.accepted, desk.Language(tag))
		}
		out = append(out, c)
	}
	return out
}
