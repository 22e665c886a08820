package oidc_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"

	"github.com/quilldesk/quilldesk/infra/local/oidc"
)

const (
	clientID = "quilldesk-page"
	callback = "http://127.0.0.1:8420/signed-in"
	verifier = "a-verifier-of-at-least-forty-three-characters"
	// BASE64URL(SHA256(verifier)).
	challenge = "mg3QoZgnRJxQy_jYdfW7D8wJkoziCuM8Yhos7PwVvsI"
)

// bench is a running issuer with a clock moved by hand.
type bench struct {
	t      *testing.T
	server *oidc.Server
	config oidc.Config
	http   *httptest.Server

	mu  sync.Mutex
	now time.Time
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, now: time.Now().Truncate(time.Second)}
	b.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.server.Handler().ServeHTTP(w, r) }))
	t.Cleanup(b.http.Close)
	b.config = oidc.Config{
		Issuer: b.http.URL + "/local_pool", ClientID: clientID, RedirectURIs: []string{callback, "https://desk.example.com/signed-in"},
		People: []oidc.Person{
			{Sub: "sub-owner", Email: "owner@quilldesk.example", Name: "Olga Owner", Role: "owner"},
			{Sub: "sub-agent", Email: "Agent@quilldesk.example", Name: "林小美", Role: "agent"},
		},
		StateFile: filepath.Join(t.TempDir(), "oidc.json"), Now: b.clock,
	}
	b.restart()
	return b
}

func (b *bench) restart() {
	b.t.Helper()
	s, err := oidc.Open(b.config)
	if err != nil {
		b.t.Fatal(err)
	}
	b.server = s
}

// request is an authorization request that is fine, changed by edits.
func request(edits ...string) url.Values {
	q := url.Values{
		"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {callback}, "scope": {"openid email profile"},
		"state": {"st&te"}, "nonce": {"n-1"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(edits); i += 2 {
		q.Set(edits[i], edits[i+1])
	}
	return q
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (b *bench) do(r *http.Request, err error) answer {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	resp, err := (&http.Transport{}).RoundTrip(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

func (b *bench) post(address string, form url.Values) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), "POST", address, strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.do(r, err)
}

func (b *bench) get(address string) answer {
	b.t.Helper()
	return b.do(http.NewRequestWithContext(b.t.Context(), "GET", address, nil))
}

// choose clicks on a person and returns the parameters of the way back.
func (b *bench) choose(email string, q url.Values) url.Values {
	b.t.Helper()
	a := b.post(b.config.Issuer+"/oauth2/authorize?"+q.Encode(), url.Values{"email": {email}})
	location, err := url.Parse(a.header.Get("Location"))
	if a.status != http.StatusFound || err != nil || !strings.HasPrefix(location.String(), q.Get("redirect_uri")) {
		b.t.Fatalf("sign-in answered %d %s", a.status, a.header.Get("Location"))
	}
	return location.Query()
}

type tokens struct {
	ID        string `json:"id_token"`
	Access    string `json:"access_token"`
	Refresh   string `json:"refresh_token"`
	ExpiresIn int    `json:"expires_in"`
	Type      string `json:"token_type"`
	Error     string
}

func (b *bench) token(form url.Values) tokens {
	b.t.Helper()
	a := b.post(b.config.Issuer+"/oauth2/token", form)
	var out tokens
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		b.t.Fatalf("token endpoint answered %q", a.body)
	}
	if (a.status == http.StatusOK) != (out.Error == "") {
		b.t.Fatalf("status %d with %q", a.status, a.body)
	}
	return out
}

func exchange(code string, edits ...string) url.Values {
	form := url.Values{"grant_type": {"authorization_code"}, "client_id": {clientID}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}
	for i := 0; i < len(edits); i += 2 {
		form.Set(edits[i], edits[i+1])
	}
	return form
}

func (b *bench) signIn(email string) tokens {
	b.t.Helper()
	out := b.token(exchange(b.choose(email, request()).Get("code")))
	if out.Error != "" {
		b.t.Fatal(out.Error)
	}
	return out
}

func (b *bench) refresh(token string) tokens {
	return b.token(url.Values{"grant_type": {"refresh_token"}, "client_id": {clientID}, "refresh_token": {token}})
}

// verify checks a token as a relying party does, with the issuer's own keys.
func (b *bench) verify(raw string, config gooidc.Config, claims any) *gooidc.IDToken {
	b.t.Helper()
	provider, err := gooidc.NewProvider(b.t.Context(), b.config.Issuer)
	if err != nil {
		b.t.Fatal(err)
	}
	config.Now = b.clock
	token, err := provider.Verifier(&config).Verify(b.t.Context(), raw)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := token.Claims(claims); err != nil {
		b.t.Fatal(err)
	}
	return token
}

func TestSignInGivesTokensShapedLikeCognitos(t *testing.T) {
	b := newBench(t)
	back := b.choose("agent@quilldesk.example", request())
	if back.Get("state") != "st&te" {
		t.Errorf("state %q", back.Get("state"))
	}
	got := b.token(exchange(back.Get("code")))
	if got.ExpiresIn != 3600 || got.Type != "Bearer" {
		t.Errorf("answer %+v", got)
	}

	var id map[string]any
	token := b.verify(got.ID, gooidc.Config{ClientID: clientID}, &id)
	if token.Nonce != "n-1" || token.VerifyAccessToken(got.Access) != nil || !token.Expiry.Equal(b.now.Add(time.Hour)) {
		t.Errorf("nonce %q, expiry %v, access token hash: %v", token.Nonce, token.Expiry, token.VerifyAccessToken(got.Access))
	}
	want := map[string]any{"sub": "sub-agent", "cognito:username": "sub-agent", "email": "Agent@quilldesk.example", "email_verified": true,
		"name": "林小美", "token_use": "id", "aud": clientID}
	for name, v := range want {
		if id[name] != v {
			t.Errorf("id token: %s is %v, want %v", name, id[name], v)
		}
	}

	var access map[string]any
	b.verify(got.Access, gooidc.Config{SkipClientIDCheck: true}, &access)
	want = map[string]any{"sub": "sub-agent", "username": "sub-agent", "client_id": clientID, "token_use": "access", "scope": "openid email profile",
		"origin_jti": id["origin_jti"], "email": nil, "aud": nil}
	for name, v := range want {
		if access[name] != v {
			t.Errorf("access token: %s is %v, want %v", name, access[name], v)
		}
	}
}

func TestCodesAreRefused(t *testing.T) {
	tests := []struct {
		name  string
		after time.Duration
		edits []string
		want  string
	}{
		{"after a minute", time.Minute, nil, "invalid_grant"},
		{"with another verifier", 0, []string{"code_verifier", verifier + "x"}, "invalid_grant"},
		{"without a verifier", 0, []string{"code_verifier", ""}, "invalid_grant"},
		{"for another address", 0, []string{"redirect_uri", "https://desk.example.com/signed-in"}, "invalid_grant"},
		{"by another client", 0, []string{"client_id", "other"}, "invalid_client"},
		{"unknown", 0, []string{"code", "x"}, "invalid_grant"},
		{"by another grant", 0, []string{"grant_type", "password"}, "unsupported_grant_type"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			code := b.choose("owner@quilldesk.example", request()).Get("code")
			b.advance(tt.after)
			if got := b.token(exchange(code, tt.edits...)); got.Error != tt.want {
				t.Errorf("got %+v, want %s", got, tt.want)
			}
		})
	}
	t.Run("twice", func(t *testing.T) {
		b := newBench(t)
		code := b.choose("owner@quilldesk.example", request()).Get("code")
		if got := b.token(exchange(code)); got.Error != "" {
			t.Fatal(got.Error)
		}
		if got := b.token(exchange(code)); got.Error != "invalid_grant" {
			t.Errorf("a used code gave %+v", got)
		}
	})
	t.Run("after a wrong verifier", func(t *testing.T) {
		b := newBench(t)
		code := b.choose("owner@quilldesk.example", request()).Get("code")
		b.token(exchange(code, "code_verifier", "guess"))
		if got := b.token(exchange(code)); got.Error != "invalid_grant" {
			t.Errorf("a guessed code was still good: %+v", got)
		}
	})
}

func TestRequestsThatAreSentBackWithAnError(t *testing.T) {
	b := newBench(t)
	tests := []struct {
		name  string
		edits []string
		want  string
	}{
		{"implicit flow", []string{"response_type", "token"}, "unsupported_response_type"},
		{"plain challenge", []string{"code_challenge_method", "plain"}, "invalid_request"},
		{"no challenge", []string{"code_challenge", ""}, "invalid_request"},
		{"unknown scope", []string{"scope", "openid admin"}, "invalid_scope"},
		{"no openid", []string{"scope", "email"}, "invalid_scope"},
		{"without interaction", []string{"prompt", "none"}, "login_required"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := b.choose("owner@quilldesk.example", request(tt.edits...)); got.Get("error") != tt.want || got.Get("state") != "st&te" || got.Has("code") {
				t.Errorf("went back with %v", got)
			}
		})
	}
	if got := b.choose("nobody@example.com", request()); got.Get("error") != "access_denied" {
		t.Errorf("an unknown person went back with %v", got)
	}
}

func TestOnlyKnownAddressesAreRedirectedTo(t *testing.T) {
	b := newBench(t)
	tests := map[string]bool{
		"http://127.0.0.1:8420/signed-in":         true,
		"http://127.0.0.1:8420/other":             true, // same loopback origin
		"https://desk.example.com/signed-in":      true,
		"https://desk.example.com/other":          false,
		"http://127.0.0.1:8421/signed-in":         false,
		"https://127.0.0.1:8420/signed-in":        false,
		"http://127.0.0.1:8420@evil.example/":     false,
		"http://evil.example/?127.0.0.1:8420":     false,
		"http://user@127.0.0.1:8420/signed-in":    false,
		"javascript:alert(1)//127.0.0.1:8420":     false,
		"":                                        false,
		"http://127.0.0.1:8420.evil.example/path": false,
	}
	for address, allowed := range tests {
		t.Run(address, func(t *testing.T) {
			a := b.get(b.config.Issuer + "/oauth2/authorize?" + request("redirect_uri", address).Encode())
			if (a.status == 200) != allowed || a.header.Get("Location") != "" {
				t.Errorf("sign-in answered %d", a.status)
			}
			out := b.get(b.config.Issuer + "/logout?" + url.Values{"client_id": {clientID}, "logout_uri": {address}}.Encode())
			if want := map[bool]int{true: 302, false: 400}[allowed]; out.status != want {
				t.Errorf("sign-out answered %d", out.status)
			}
		})
	}
}

func TestRefreshTokens(t *testing.T) {
	b := newBench(t)
	first := b.signIn("owner@quilldesk.example")
	b.restart()
	b.advance(29 * 24 * time.Hour)
	again := b.refresh(first.Refresh)
	if again.Error != "" || again.Refresh != "" {
		t.Fatalf("refresh gave %+v", again)
	}
	var claims struct {
		Nonce    string
		AuthTime int64 `json:"auth_time"`
	}
	token := b.verify(again.ID, gooidc.Config{ClientID: clientID}, &claims)
	if claims.Nonce != "" || claims.AuthTime == token.IssuedAt.Unix() {
		t.Errorf("refreshed claims %+v: no nonce, and the time of the sign-in", claims)
	}

	other := b.signIn("owner@quilldesk.example")
	if a := b.post(b.config.Issuer+"/oauth2/revoke", url.Values{"token": {first.Refresh}, "client_id": {clientID}}); a.status != 200 {
		t.Fatalf("revocation answered %d", a.status)
	}
	if got := b.refresh(first.Refresh); got.Error != "invalid_grant" {
		t.Errorf("a revoked token gave %+v", got)
	}
	if got := b.refresh(other.Refresh); got.Error != "" {
		t.Errorf("revoking one token ended another: %s", got.Error)
	}
	b.advance(30 * 24 * time.Hour)
	if got := b.refresh(other.Refresh); got.Error != "invalid_grant" {
		t.Errorf("an expired token gave %+v", got)
	}
}

func TestSigningKeyStays(t *testing.T) {
	b := newBench(t)
	raw, err := b.server.Token("OWNER@quilldesk.example", 12*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	b.restart()
	b.advance(11 * time.Hour)
	var claims map[string]any
	if b.verify(raw, gooidc.Config{ClientID: clientID}, &claims); claims["email"] != "owner@quilldesk.example" {
		t.Errorf("claims %v", claims)
	}
	if _, err := b.server.Token("nobody@example.com", time.Hour); err == nil {
		t.Error("a token for nobody")
	}
}

func TestPageSpeaksTheReadersLanguage(t *testing.T) {
	b := newBench(t)
	for accept, want := range map[string][]string{
		"zh-TW,zh;q=0.9,en;q=0.8": {`lang="zh-Hant"`, "請選擇登入身分", "擁有者"},
		"zh-HK":                   {`lang="zh-Hant"`},
		"zh-CN,zh;q=0.9":          {`lang="zh-Hans"`, "请选择登录身份", "所有者"},
		"de-DE,en;q=0.5":          {`lang="en"`, "Who is signing in?", "Olga Owner", "Agent@quilldesk.example"},
		"":                        {`lang="en"`},
	} {
		t.Run(accept, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), "GET", b.config.Issuer+"/oauth2/authorize?"+request().Encode(), nil)
			if err == nil {
				r.Header.Set("Accept-Language", accept)
			}
			page := b.do(r, err)
			for _, text := range want {
				if !strings.Contains(page.body, text) {
					t.Errorf("the page lacks %q", text)
				}
			}
			if csp := page.header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' http://127.0.0.1:8420;") {
				t.Errorf("policy %q", csp)
			}
		})
	}
}

func TestPagesOfOtherOriginsMayCallTheEndpoints(t *testing.T) {
	b := newBench(t)
	for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/jwks.json", "/oauth2/token", "/oauth2/revoke"} {
		r, err := http.NewRequestWithContext(t.Context(), "OPTIONS", b.config.Issuer+path, nil)
		if a := b.do(r, err); a.status != 204 || a.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s answered %d %v", path, a.status, a.header)
		}
	}
	if a := b.get(b.config.Issuer + "/oauth2/authorize?" + request().Encode()); slices.Contains(a.header.Values("Access-Control-Allow-Origin"), "*") {
		t.Error("the sign-in page may be read by other origins")
	}
}
