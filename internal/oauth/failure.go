package oauth

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// failure is an error as providers write it (RFC 6749 §4.1.2.1 and §5.2). The
// numbers are Microsoft's, which also stand in the description.
type failure struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	Numbers     []int  `json:"error_codes"`
	Suberror    string `json:"suberror"`
}

// phase is what was being done, because the same error says different things.
type phase string

const (
	onPage     phase = "page" // the browser came back with an error
	onExchange phase = "exchange"
	onRefresh  phase = "refresh"
)

// remedies are the codes the page has a remedy for. Temporary ones heal without
// the mailbox's owner: a wrong registration is mended for all mailboxes at once,
// by whoever runs the system.
var remedies = map[string]desk.Kind{
	"oauth_revoked":       desk.Permanent, // sign in again
	"oauth_expired":       desk.Permanent, // begin again
	"oauth_declined":      desk.Permanent, // the person said no
	"oauth_consent":       desk.Permanent, // sign in again and consent
	"admin_consent":       desk.Permanent, // an administrator has to consent
	"oauth_policy":        desk.Permanent, // an administrator's rule stands against it
	"oauth_account":       desk.Permanent, // this account cannot be used here
	"oauth_misconfigured": desk.Unavailable,
	"oauth_unavailable":   desk.Unavailable,
}

// numbers are Microsoft's reasons.
//
// Source: https://learn.microsoft.com/entra/identity-platform/reference-error-codes (2026).
// Microsoft may change them; the error names below are what stays.
var numbers = map[int]string{
	65001: "oauth_consent", 65004: "oauth_declined", 65005: "oauth_misconfigured",
	90093: "admin_consent", 90094: "admin_consent", 90095: "admin_consent",
	50105: "oauth_policy", 53000: "oauth_policy", 53001: "oauth_policy", 53002: "oauth_policy", 53003: "oauth_policy", 53004: "oauth_policy",
	50020: "oauth_account", 50034: "oauth_account", 50057: "oauth_account", 50194: "oauth_misconfigured", 500200: "oauth_account", 500011: "oauth_misconfigured",
	50173: "oauth_revoked", 70043: "oauth_revoked", 700082: "oauth_revoked", 54005: "oauth_expired",
	50011: "oauth_misconfigured", 70001: "oauth_misconfigured", 700016: "oauth_misconfigured", 700025: "oauth_misconfigured",
	7000215: "oauth_misconfigured", 7000218: "oauth_misconfigured", 7000222: "oauth_misconfigured", 90002: "oauth_misconfigured", 9002327: "oauth_misconfigured",
}

// names are the standard's names and a few of the providers' own.
var names = map[string]string{
	"access_denied": "oauth_declined", "consent_required": "oauth_consent", "admin_policy_enforced": "admin_consent", "org_internal": "oauth_policy",
	"invalid_client": "oauth_misconfigured", "unauthorized_client": "oauth_misconfigured", "invalid_request": "oauth_misconfigured",
	"invalid_scope": "oauth_misconfigured", "invalid_resource": "oauth_misconfigured", "unsupported_response_type": "oauth_misconfigured",
	"unsupported_grant_type": "oauth_misconfigured", "redirect_uri_mismatch": "oauth_misconfigured", "deleted_client": "oauth_misconfigured",
	"temporarily_unavailable": "oauth_unavailable", "server_error": "oauth_unavailable",
}

var numbered = regexp.MustCompile(`\bAADSTS(\d{4,8})\b`)

// explain gives a failure its kind and code. The provider's own words stay out of
// the message: they can name people and tenants.
func (f failure) explain(doing phase) error {
	code := f.code(doing)
	return desk.Errorf(remedies[code], code, "the provider refused (%s%s)", bounded(f.Error), f.reasons())
}

func (f failure) code(doing phase) string {
	for _, n := range f.all() {
		if code, ok := numbers[n]; ok {
			return code
		}
	}
	if f.Suberror == "consent_required" {
		return "oauth_consent"
	}
	if code, ok := names[f.Error]; ok {
		return code
	}
	switch {
	case f.Error != "invalid_grant" && f.Error != "interaction_required" && f.Error != "login_required":
		return "oauth_unavailable"
	case doing == onRefresh:
		return "oauth_revoked"
	default:
		return "oauth_expired"
	}
}

func (f failure) all() []int {
	all := slices.Clone(f.Numbers)
	for _, match := range numbered.FindAllStringSubmatch(f.Description, 10) {
		if n, err := strconv.Atoi(match[1]); err == nil && !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return all
}

func (f failure) reasons() string {
	var b strings.Builder
	for _, n := range f.all() {
		b.WriteString(", AADSTS" + strconv.Itoa(n))
	}
	return b.String()
}

// bounded is an error name, which is a short word, or nothing.
func bounded(name string) string {
	if len(name) > 40 || strings.ContainsFunc(name, func(c rune) bool { return c != '_' && (c < 'a' || c > 'z') }) {
		return "unnamed"
	}
	return name
}
