package offline

import (
	"embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// lexiconFiles hold one word list per language: kind, weight and phrases, with
// tabs between. A kind is an intent, a mood, a risk or a helper (see kinds). The
// weight is 1 for a hint, 2 for likely and 3 for words that name the thing.
//
// Phrases are parted by semicolons; see pattern for what they can say. Case,
// accents, apostrophes and the two Chinese scripts make no difference.
//
//go:embed lexicon/*.tsv
var lexiconFiles embed.FS

// kind is what a phrase says. Intents are kinds under their own names.
type kind string

const (
	positive kind = "positive"
	negative kind = "negative"

	legal        kind = "legal"
	safety       kind = "safety"
	chargeback   kind = "chargeback"
	reviewThreat kind = "review_threat"
	privacy      kind = "privacy"
	selfHarm     kind = "self_harm"
	press        kind = "press"

	before kind = "before" // said before a purchase
	after  kind = "after"  // said after one

	deny      kind = "deny"       // denies the wish that follows
	denyAfter kind = "deny_after" // denies the wish before it
	ignore    kind = "ignore"     // hides the words within: "return my call"
	settled   kind = "settled"    // says that a wish came true: "the refund arrived"
	open      kind = "open"       // says that something is not done yet: "not", "still"
	terms     kind = "terms"      // asks what we would do: "refund policy"
	asks      kind = "asks"       // asks anything: "how much", "is it"
)

// family groups kinds: within one, the longer phrase hides those inside it.
type family int

const (
	wishes family = iota
	moods
	risks
	stages
	helpers
	doubts    // open
	questions // asks
)

var kinds = allKinds()

func allKinds() map[kind]family {
	m := map[kind]family{
		positive: moods, negative: moods,
		legal: risks, safety: risks, chargeback: risks, reviewThreat: risks, privacy: risks, selfHarm: risks, press: risks,
		before: stages, after: stages,
		deny: helpers, denyAfter: helpers, ignore: helpers, settled: helpers, terms: helpers,
		open: doubts, asks: questions,
	}
	for _, intent := range desk.Intents {
		m[kind(intent)] = wishes
	}
	return m
}

// phrase is one of a line's phrases.
type phrase struct {
	kind   kind
	weight int
	pattern
}

// lexicon is one language's list, ready to scan: the words that phrases begin
// with, and which phrases begin with each.
type lexicon struct {
	phrases []phrase
	words   *automaton
	lengths []int   // of each word, in bytes
	begin   [][]int // phrases by word
}

// lexicons are keyed by file name: "en", "zh-Hant", … A list is read when the
// first text in its language comes, so that starting costs nothing.
type lexicons map[string]func() *lexicon

// accented is the Vietnamese list for text typed with its accents.
const accented = "vi-accented"

func newLexicons() lexicons {
	all := lexicons{accented: lazily("vi", keepAccents)}
	for _, name := range everyList {
		all[name] = lazily(name, dropAccents)
	}
	return all
}

// lazily drops lines that cannot be read; the package's tests see to it that
// there are none.
func lazily(name string, marks accents) func() *lexicon {
	return sync.OnceValue(func() *lexicon {
		l, _ := readLexicon(name, marks)
		return l
	})
}

// readLexicon reads an embedded list. It always returns what could be read.
func readLexicon(name string, marks accents) (*lexicon, error) {
	b := builder{numbers: map[string]int{}, german: name == "de", marks: marks}
	data, err := lexiconFiles.ReadFile("lexicon/" + name + ".tsv")
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if bad := b.line(line); bad != nil {
			err = errors.Join(err, fmt.Errorf("reading %s, line %d: %w", name, number, bad))
		}
	}
	b.words = newAutomaton(b.list)
	return &b.lexicon, err
}

type builder struct {
	lexicon
	list    []string
	numbers map[string]int // of each word in list
	german  bool           // umlauts are also written with an e
	marks   accents
}

func (b *builder) line(line string) error {
	fields := strings.Split(line, "\t")
	if len(fields) != 3 {
		return fmt.Errorf("%d fields, want kind, weight and phrases", len(fields))
	}
	if _, ok := kinds[kind(fields[0])]; !ok {
		return fmt.Errorf("unknown kind %q", fields[0])
	}
	weight, err := strconv.Atoi(fields[1])
	if err != nil || weight < 1 || weight > 3 {
		return fmt.Errorf("weight %q is not 1, 2 or 3", fields[1])
	}
	for text := range strings.SplitSeq(fields[2], ";") {
		p, err := compile(text, b.marks, b.spellings)
		if err != nil {
			return err
		}
		words, _ := p.sequence.firsts()
		slices.Sort(words)
		for _, word := range slices.Compact(words) {
			b.begins(word, len(b.phrases))
		}
		b.phrases = append(b.phrases, phrase{kind(fields[0]), weight, p})
	}
	return nil
}

func (b *builder) begins(word string, phrase int) {
	n, ok := b.numbers[word]
	if !ok {
		n = len(b.list)
		b.numbers[word] = n
		b.list = append(b.list, word)
		b.lengths = append(b.lengths, len(word))
		b.begin = append(b.begin, nil)
	}
	b.begin[n] = append(b.begin[n], phrase)
}

var withE = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue")

// spellings are the ways people type a word: apostrophes are left out, and
// German umlauts written with an e.
func (b *builder) spellings(text string) []string {
	out := []string{text}
	if plain := strings.ReplaceAll(text, "'", ""); plain != text {
		out = append(out, plain)
	}
	if plain := withE.Replace(text); b.german && plain != text {
		out = append(out, plain)
	}
	return out
}

// read finds the phrases of the lists a text is to be read with: those of its
// language, of a twin that is easily taken for it, and English, which slips into
// every language. A language not known means all.
func (l lexicons) read(text string, language desk.Language) reading {
	marks := dropAccents
	names, ok := listsOf[language]
	switch {
	case !ok:
		names = everyList
	case language == "vi" && strings.ContainsFunc(text, vietnamese):
		names, marks = []string{accented, "en"}, keepAccents
	}
	var lists []*lexicon
	for _, name := range names {
		lists = append(lists, l[name]())
	}
	f := fold(text, marks)
	return reading{folded: f, matches: find(f.text, lists)}
}

// vietnamese reports whether r is a letter with an accent, which a text typed
// without them does not have.
func vietnamese(r rune) bool { return r > unicode.MaxASCII && unicode.IsLetter(r) || accent(r) }

var everyList = []string{"en", "fr", "de", "es", "it", "ja", "ms", "vi", "th", "id", "pt", "ru", "zh-Hans", "zh-Hant"}

var listsOf = map[desk.Language][]string{
	"en-US": {"en"}, "en-GB": {"en"},
	"fr": {"fr", "en"}, "de": {"de", "en"}, "es": {"es", "en"}, "it": {"it", "en"}, "pt": {"pt", "en"},
	"ja": {"ja", "en"}, "vi": {"vi", "en"}, "th": {"th", "en"}, "ru": {"ru", "en"},
	"ms": {"ms", "id", "en"}, "id": {"id", "ms", "en"},
	"zh-Hans": {"zh-Hans", "zh-Hant", "en"}, "zh-Hant": {"zh-Hant", "zh-Hans", "en"},
}
