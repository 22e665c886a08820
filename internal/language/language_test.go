package language

import (
	"os"
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// TestIdentifyFloors holds the accuracy per kind of text: sentences and pairs of
// words, over all fifteen languages.
func TestIdentifyFloors(t *testing.T) {
	floors := map[string]float64{"sentence": 0.99, "pair": 0.85}
	right, all := map[string]int{}, map[string]int{}
	tested := map[desk.Language]bool{}
	for _, c := range readCases(t) {
		all[c.kind]++
		tested[c.want] = true
		if got := Identify(c.text); got.Language == c.want {
			right[c.kind]++
		} else {
			t.Logf("%s %q: got %q (%.2f, %s), want %q", c.kind, c.text, got.Language, got.Confidence, got.Why, c.want)
		}
	}
	for kind, floor := range floors {
		accuracy := float64(right[kind]) / float64(all[kind])
		t.Logf("%s: %d of %d = %.3f", kind, right[kind], all[kind], accuracy)
		if accuracy < floor {
			t.Errorf("%s: accuracy %.3f is under %.2f", kind, accuracy, floor)
		}
	}
	for _, tag := range desk.Languages {
		if !tested[tag] {
			t.Errorf("no case for %s", tag)
		}
	}
}

type identifyCase struct {
	kind string
	want desk.Language
	text string
}

func readCases(t testing.TB) []identifyCase {
	t.Helper()
	data, err := os.ReadFile("testdata/identify.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var cases []identifyCase
	for line := range strings.Lines(string(data)) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if strings.HasPrefix(line, "#") || len(fields) != 3 {
			continue
		}
		cases = append(cases, identifyCase{fields[0], desk.Language(fields[1]), fields[2]})
	}
	return cases
}

func TestIdentifyNothing(t *testing.T) {
	for name, text := range map[string]string{
		"empty":         "",
		"numbers":       "112-4455667-7788990 12345",
		"link":          "https://example.com/where-is-my-order",
		"address":       "buyer@marketplace.example.com",
		"product codes": "B0CX23V2ZK LMP-400-BK",
		"punctuation":   "?!… 👍",
		"Korean":        "주문한 상품이 아직 도착하지 않았어요",
		"Arabic":        "أين طلبي من فضلك",
		"Ukrainian":     "Де моє замовлення? Чекаю вже два тижні, поверніть гроші",
		"Dutch":         "Waar blijft mijn pakket? Ik heb het nog niet ontvangen.",
		"Turkish":       "Siparişim hâlâ gelmedi, lütfen yardım edin.",
	} {
		t.Run(name, func(t *testing.T) {
			if got := Identify(text); got.Language != "" {
				t.Errorf("got %q (%s), want none", got.Language, got.Why)
			}
		})
	}
}

func TestIdentifySkipsCodes(t *testing.T) {
	text := "bonjour, commande 112-4455667-7788990 https://example.com/this/is/an/english/link the@example.com SKU-THE-AND-400"
	if got := Identify(text); got.Language != "fr" {
		t.Errorf("got %q (%s), want fr", got.Language, got.Why)
	}
}

func TestSimplify(t *testing.T) {
	if got, want := Simplify("這個包裹還沒收到,請退貨款 OK 100"), "这个包裹还没收到,请退货款 OK 100"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzIdentify(f *testing.F) {
	for _, c := range readCases(f) {
		f.Add(c.text)
	}
	f.Add("\xff\xfe")
	f.Add(strings.Repeat("ก่", 3000))
	known := map[desk.Language]bool{"": true}
	for _, tag := range desk.Languages {
		known[tag] = true
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Identify(text)
		if !known[got.Language] {
			t.Errorf("unknown language %q", got.Language)
		}
		if got.Confidence < 0 || got.Confidence > 1 {
			t.Errorf("confidence %v is out of range", got.Confidence)
		}
	})
}

// BenchmarkIdentify reads 300 bytes.
func BenchmarkIdentify(b *testing.B) {
	text := strings.Repeat("Je n'ai toujours pas reçu mon colis, pouvez-vous vérifier ? ", 6)[:300]
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Identify(text)
	}
}
