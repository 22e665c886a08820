package guard

import (
	"regexp"
	"slices"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/marketplace"
)

var (
	webAddress = regexp.MustCompile(`(?:([a-z]+)://)?(?:[a-z0-9._~%-]+@)?((?:[a-z0-9_-]+[.。])+(?:xn--[a-z0-9-]+|[a-z]+|рф)|[а-я0-9-]+\.рф)(:\d+)?([/?#][^\s<>"'()]*)?`)
	// A host that is no name: an IP address.
	numericAddress = regexp.MustCompile(`[a-z]+://(?:\[[0-9a-f:.]+\]|[0-9.]+)(?:[:/?#][^\s<>"'()]*)?`)
	// A dot that is written out: "shop (dot) com", "shop[.]com", "shop dot com", "shop . com".
	spelledDot = regexp.MustCompile(`[a-z0-9-]+ ?(?:[(\[{<] ?(?:\.|dot|punkt|point|punto|ponto|点|點|ドット|точка|cham|titik|จุด) ?[)\]}>] ?| (?:dot|punkt|point|punto|ponto|точка|cham|titik) | \. ?|点|點|,)(com|net|org|shop|store|online|info|biz|cn)\b`)
)

// domains are the endings a bare name must have to count as a web address.
// Endings that are also everyday words count only when the name shows otherwise
// that it is one, because people forget the space after a full stop.
var (
	domains    = words("tlds")
	shorteners = words("shorteners")
)

// words reads a list of single words with a remark each.
func words(name string) map[string]string {
	out := map[string]string{}
	raw, err := data.ReadFile("data/" + name + ".tsv")
	if err != nil {
		panic("guard: embedded word list is missing: " + name) // a build without its data
	}
	for line := range strings.Lines(string(raw)) {
		if word, kind, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && !strings.HasPrefix(line, "#") {
			out[word] = kind
		}
	}
	return out
}

// site is a web address found in a text.
type site struct {
	place        [2]int
	scheme, host string
	url          string
	path         bool
	// doubtful is true when it may be two sentences without a space.
	doubtful bool
}

// sites finds web addresses, with and without a scheme.
func sites(f folded) []site {
	var out []site
	for _, m := range webAddress.FindAllStringSubmatchIndex(f.text, -1) {
		start, end := m[0], m[1]
		before, after := edgeByte(f.text, start-1), edgeByte(f.text, end)
		if before == '@' || after == '@' || before == '.' {
			continue // an e-mail address, which has its own rule
		}
		for end > m[5] && strings.ContainsRune(".,;:!?", rune(f.text[end-1])) {
			end--
		}
		s := site{place: [2]int{start, end}, host: strings.ReplaceAll(f.text[m[4]:m[5]], "。", "."), url: f.text[start:end], path: m[8] >= 0}
		if m[2] >= 0 {
			s.scheme = f.text[m[2]:m[3]]
		}
		if strings.Contains(f.text[start:m[4]], "@") && s.scheme == "" {
			continue
		}
		if !s.judge(f) {
			continue
		}
		out = append(out, s)
	}
	return out
}

func edgeByte(text string, i int) byte {
	if i < 0 || i >= len(text) {
		return 0
	}
	return text[i]
}

// judge says whether a dotted name is a web address at all.
func (s *site) judge(f folded) bool {
	if s.scheme != "" || strings.HasPrefix(s.host, "www.") {
		return true
	}
	if _, short := shorteners[s.host]; short && s.path {
		return true
	}
	labels := strings.Split(s.host, ".")
	ending := labels[len(labels)-1]
	kind, known := domains[ending]
	if !known && !strings.HasPrefix(ending, "xn--") {
		return false
	}
	if kind != "word" || s.path {
		return true
	}
	// "received.It" starts a sentence; "received.it" may.
	o := f.original(s.place[0]+strings.LastIndexAny(s.url, ".。")+1, s.place[1])
	written := f.source[o.start:o.end]
	if written != strings.ToLower(written) {
		return false
	}
	s.doubtful = len(labels) == 2 && !strings.ContainsAny(s.host, "-0123456789")
	return true
}

// linkPolicy says which web addresses a marketplace lets pass.
type linkPolicy struct {
	marketplace desk.Marketplace
	// none forbids every link, also the marketplace's own.
	none bool
}

// external finds the web addresses that are not allowed.
func (p linkPolicy) external(d draft, f folded) []span {
	var places [][2]int
	for _, s := range sites(f) {
		if !s.doubtful && !p.allows(s, d.KnownLinks) {
			places = append(places, s.place)
		}
	}
	for _, m := range numericAddress.FindAllStringIndex(f.text, -1) {
		places = append(places, [2]int{m[0], m[1]})
	}
	for _, m := range spelledDot.FindAllStringIndex(f.text, -1) {
		if !p.spelledOwn(f.text[m[0]:m[1]]) {
			places = append(places, [2]int{m[0], m[1]})
		}
	}
	return f.originals(join(places))
}

// spelledOwn lets "amazon dot com" pass on Amazon.
func (p linkPolicy) spelledOwn(spelled string) bool {
	first, _, _ := strings.Cut(strings.ReplaceAll(spelled, "(", " "), " ")
	return marketplace.OwnHost(p.marketplace, first+".com")
}

// possible finds what may be a web address or two sentences without a space.
func (p linkPolicy) possible(d draft, f folded) []span {
	var places [][2]int
	for _, s := range sites(f) {
		if s.doubtful && !p.allows(s, d.KnownLinks) {
			places = append(places, s.place)
		}
	}
	return f.originals(join(places))
}

// allows the marketplace's own hosts and the known links, both by https only. The
// bare name of the marketplace ("Amazon.com") is a name, not a link.
func (p linkPolicy) allows(s site, known []string) bool {
	own := marketplace.OwnHost(p.marketplace, s.host)
	if s.scheme == "" && own && (!p.none || !s.path) {
		return true
	}
	if _, short := shorteners[s.host]; short || p.none || s.scheme != "https" {
		return false
	}
	return own || slices.ContainsFunc(known, func(k string) bool { return fold(k).text == s.url })
}
