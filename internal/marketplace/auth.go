package marketplace

import "strings"

// authResult is one "method=result" of an Authentication-Results header.
type authResult struct {
	method, result string            // lower case
	props          map[string]string // "header.from" → value, both in lower case
}

// parseAuthResults reads an Authentication-Results header (RFC 8601 section 2.2).
// It is lenient: what it cannot read it leaves out. Outlook.com writes no
// authserv-id; its name is then "".
func parseAuthResults(value string) (authServID string, results []authResult) {
	for i, words := range authStatements(value) {
		if i == 0 && len(words) > 0 && !strings.Contains(words[0], "=") {
			authServID = strings.ToLower(words[0])
			continue
		}
		if r, ok := readStatement(words); ok {
			results = append(results, r)
		}
	}
	return authServID, results
}

func readStatement(words []string) (authResult, bool) {
	var r authResult
	for _, w := range words {
		name, value, ok := strings.Cut(strings.ToLower(w), "=")
		if !ok {
			continue
		}
		if r.method == "" {
			method, _, _ := strings.Cut(name, "/") // "dkim/1": the version says nothing
			r = authResult{method: method, result: value, props: map[string]string{}}
			continue
		}
		r.props[name] = value
	}
	return r, r.method != "" && r.result != ""
}

// authStatements splits a header at its semicolons and each part into words.
// Comments are dropped, quotes and spaces around "=" are taken away.
func authStatements(value string) [][]string {
	out := [][]string{nil}
	var word strings.Builder
	pendingEquals := false
	end := func() {
		if word.Len() == 0 {
			return
		}
		last := len(out) - 1
		text := word.String()
		word.Reset()
		if n := len(out[last]); n > 0 && (pendingEquals || text[0] == '=') {
			out[last][n-1] += text
		} else {
			out[last] = append(out[last], text)
		}
		pendingEquals = strings.HasSuffix(text, "=")
	}
	depth, quoted := 0, false
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case c == '\\' && (quoted || depth > 0) && i+1 < len(value):
			i++
			if depth == 0 {
				word.WriteByte(value[i])
			}
		case quoted:
			if c == '"' {
				quoted = false
			} else {
				word.WriteByte(c)
			}
		case c == '(':
			end()
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth > 0:
		case c == '"':
			quoted = true
		case c == ';':
			end()
			pendingEquals = false
			out = append(out, nil)
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			end()
		default:
			word.WriteByte(c)
		}
	}
	end()
	return out
}

// trustedResults are those of the topmost header that carries the name of the
// mailbox's own provider. Headers further down may be the sender's own words.
func (v view) trustedResults() []authResult {
	for _, h := range v.Header("Authentication-Results") {
		id, results := parseAuthResults(h)
		for _, own := range v.box.AuthServID {
			if strings.EqualFold(id, own) {
				return results
			}
		}
	}
	return nil
}

// suspicion says why the sender must not be believed, "" when nothing speaks
// against it. A failed SPF or DKIM counts only for mail in a marketplace's name
// and only when the other of the two did not prove that name.
func (v view) suspicion() string {
	if v.header(amazonHeaderName) != "" && !ofAmazon(v.from.host) && !ofAmazon(v.replyTo.host) {
		return "foreign_amazon_header"
	}
	results := v.trustedResults()
	failed := ""
	for _, r := range results {
		switch {
		case r.method == "dmarc" && r.result == "fail":
			return "dmarc_fail"
		case r.method == "dmarc" && r.result == "pass":
			return ""
		case (r.method == "spf" || r.method == "dkim") && (r.result == "fail" || r.result == "hardfail") && failed == "":
			failed = r.method + "_fail"
		}
	}
	if failed == "" || !v.marketplaceName() || v.proven(results) {
		return ""
	}
	return failed
}

func (v view) marketplaceName() bool {
	for _, c := range channels {
		if c.domain(v.from.host) || c.domain(v.replyTo.host) {
			return true
		}
	}
	return false
}

// proven reports whether SPF or DKIM passed for the domain in From.
func (v view) proven(results []authResult) bool {
	for _, r := range results {
		if r.result != "pass" {
			continue
		}
		for _, prop := range []string{"header.d", "header.i", "smtp.mailfrom"} {
			_, domain, found := strings.Cut(r.props[prop], "@")
			if !found {
				domain = r.props[prop]
			}
			if domain != "" && strings.Contains(domain, ".") && (under(v.from.host, domain) || under(domain, v.from.host)) {
				return true
			}
		}
	}
	return false
}
