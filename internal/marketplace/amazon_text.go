package marketplace

import (
	"regexp"
	"strings"
)

// Amazon frames the buyer's words with dashed lines; the Canadian site writes
// them in both languages, and a converter may have joined the lines.
var (
	amazonBegin  = regexp.MustCompile(`(?i)-{4,}[ \t]*(?:begin message|début du message|message:)[^\n-]{0,60}-{4,}`)
	amazonEnd    = regexp.MustCompile(`(?i)-{4,}[ \t]*(?:end message|fin du message)[^\n-]{0,60}-{4,}`)
	amazonFooter = regexp.MustCompile(`\[commMgrTok:[^\]\n]{0,400}\]`)
	plainLink    = regexp.MustCompile(`https://[^\s<>"'()\[\]]+`)
)

// amazonWords gives the buyer's words and the links that stand after them, the
// only ones that can be Amazon's own. The first beginning and the last end
// count: a buyer who writes such a line stays inside the frame.
func amazonWords(v view) (words string, afterwards []link) {
	if begin := amazonBegin.FindStringIndex(v.Text); begin != nil {
		rest := v.Text[begin[1]:]
		if ends := amazonEnd.FindAllStringIndex(rest, -1); ends != nil {
			last := ends[len(ends)-1]
			words, afterwards = rest[:last[0]], textLinks(rest[last[1]:])
		} else if footer := amazonFooter.FindAllStringIndex(rest, -1); footer != nil {
			words = rest[:footer[len(footer)-1][0]]
		} else {
			words = rest
		}
	}
	if len(v.page.pre) == 1 {
		if strings.TrimSpace(words) == "" {
			words = v.page.pre[0]
		}
		afterwards = append(afterwards, v.page.linksAfterPre()...)
	}
	words = strings.TrimSpace(amazonFooter.ReplaceAllString(words, ""))
	if words == "" {
		words = strings.TrimSpace(amazonFooter.ReplaceAllString(v.Text, ""))
	}
	if words == "" {
		words = v.Text
	}
	return words, afterwards
}

func textLinks(s string) []link {
	var out []link
	for _, href := range plainLink.FindAllString(s, -1) {
		out = append(out, link{href: strings.TrimRight(href, ".,;")})
	}
	return out
}
