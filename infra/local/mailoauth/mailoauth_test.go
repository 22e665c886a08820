package mailoauth

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	kim      = "kim@lumenhaus.example"
	callback = "http://127.0.0.1:8420/oauth/callback"
	scope    = "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access"
)

// site is a running server with a time of its own.
type site struct {
	*testing.T
	server *Server
	url    string
	now    time.Time
}

func open(t *testing.T, file string) *site {
	t.Helper()
	s := &site{T: t, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	var err error
	s.server, err = Open(Config{
		ClientID: "app", StateFile: file, TokenLife: time.Hour, Now: func() time.Time { return s.now },
		People: []Person{{Address: kim, Name: "Kim"}, {Address: "lou@lumenhaus.example", Name: "Lou", NeedsAdmin: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s.server.Handler())
	t.Cleanup(web.Close)
	s.url = web.URL
	return s
}

func (s *site) authorize(change map[string]string) string {
	q := url.Values{
		"client_id": {"app"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {scope}, "state": {"st"},
		"code_challenge_method": {"S256"}, "code_challenge": {hash("verifier")},
	}
	for name, value := range change {
		q.Set(name, value)
	}
	return s.url + "/common/oauth2/v2.0/authorize?" + q.Encode()
}

// choose picks a person and returns where the browser is sent, nil for nowhere.
func (s *site) choose(page, address string) url.Values {
	s.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := browser.PostForm(page, url.Values{"address": {address}})
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	back, err := answer.Location()
	if err != nil {
		return nil
	}
	if !strings.HasPrefix(back.String(), callback+"?") {
		s.Fatalf("sent to %s", back)
	}
	return back.Query()
}

type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Expires int    `json:"expires_in"`
	Error   string `json:"error"`
	Numbers []int  `json:"error_codes"`
}

func (s *site) ask(form url.Values) (t tokens) {
	s.Helper()
	form.Set("client_id", "app")
	answer, err := http.PostForm(s.url+"/common/oauth2/v2.0/token", form)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if err := json.NewDecoder(answer.Body).Decode(&t); err != nil {
		s.Fatal(err)
	}
	return t
}

func (s *site) exchange(code, verifier string) tokens {
	return s.ask(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier}, "redirect_uri": {callback}})
}

func (s *site) refresh(token string) tokens {
	return s.ask(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
}

func TestACodeIsGoodOnceAndForItsVerifier(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.json"))
	back := s.choose(s.authorize(nil), kim)
	if back.Get("state") != "st" {
		t.Errorf("%v", back)
	}
	got := s.exchange(back.Get("code"), "verifier")
	if address, ok := s.server.Address(got.Access); !ok || address != kim || got.Expires != 3600 || len(got.Access)+len(got.Refresh) < 4096 {
		t.Errorf("%q %v, %d bytes", address, ok, len(got.Access)+len(got.Refresh))
	}
	if again := s.exchange(back.Get("code"), "verifier"); again.Error != "invalid_grant" {
		t.Errorf("a second time: %+v", again)
	}
	if wrong := s.exchange(s.choose(s.authorize(nil), kim).Get("code"), "another"); wrong.Error != "invalid_grant" {
		t.Errorf("another verifier: %+v", wrong)
	}
	late := s.choose(s.authorize(nil), kim).Get("code")
	s.now = s.now.Add(codeLife)
	if got := s.exchange(late, "verifier"); got.Error != "invalid_grant" {
		t.Errorf("late: %+v", got)
	}
}

func TestARefreshTokenIsSpentByItsUse(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.json")
	s := open(t, file)
	first := s.exchange(s.choose(s.authorize(nil), kim).Get("code"), "verifier")
	second := s.refresh(first.Refresh)
	if second.Refresh == "" || second.Refresh == first.Refresh {
		t.Fatalf("%+v", second)
	}
	if spent := s.refresh(first.Refresh); spent.Error != "invalid_grant" || len(spent.Numbers) != 1 {
		t.Errorf("spent: %+v", spent)
	}
	s = open(t, file) // as after a restart
	third := s.refresh(second.Refresh)
	if _, ok := s.server.Address(third.Access); !ok {
		t.Errorf("after a restart: %+v", third)
	}
	s.now = s.now.Add(time.Hour)
	if _, ok := s.server.Address(third.Access); ok {
		t.Error("the access token lives for ever")
	}
	if err := s.server.Revoke(kim); err != nil {
		t.Fatal(err)
	}
	if got := s.refresh(third.Refresh); got.Error != "invalid_grant" {
		t.Errorf("revoked: %+v", got)
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.json"))
	for name, c := range map[string]struct {
		change map[string]string
		person string
		want   string // the error sent back, "" for no way back
	}{
		"another application":      {map[string]string{"client_id": "other"}, kim, ""},
		"an address elsewhere":     {map[string]string{"redirect_uri": "https://elsewhere.example/oauth/callback"}, kim, ""},
		"no PKCE":                  {map[string]string{"code_challenge": ""}, kim, "invalid_request"},
		"plain PKCE":               {map[string]string{"code_challenge_method": "plain"}, kim, "invalid_request"},
		"a token in place of code": {map[string]string{"response_type": "token"}, kim, "unsupported_response_type"},
		"an unknown scope":         {map[string]string{"scope": "Files.Read"}, kim, "invalid_scope"},
		"declined":                 {nil, "", "access_denied"},
		"an administrator is due":  {nil, "lou@lumenhaus.example", "access_denied"},
	} {
		if got := s.choose(s.authorize(c.change), c.person).Get("error"); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := s.ask(url.Values{"grant_type": {"password"}}); got.Error != "unsupported_grant_type" {
		t.Errorf("%+v", got)
	}
}

func TestThePagesShowPeopleAndGrants(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.json"))
	read := func(address, language string) string {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Language", language)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		if csp := answer.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("policy %q", csp)
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	if page := read(s.authorize(map[string]string{"login_hint": kim}), "zh-TW"); !strings.Contains(page, `value="`+kim+`" data-hinted`) || !strings.Contains(page, "登入你的信箱") {
		t.Error(page)
	}
	if page := read(s.url+"/", "en"); strings.Contains(page, kim) {
		t.Error("somebody gave access")
	}
	s.exchange(s.choose(s.authorize(nil), kim).Get("code"), "verifier")
	if page := read(s.url+"/", "en"); !strings.Contains(page, kim) {
		t.Error("nobody gave access")
	}
	answer, err := http.PostForm(s.url+"/revoke", url.Values{"address": {kim}})
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if page := read(s.url+"/", "en"); strings.Contains(page, kim) {
		t.Error("access was not ended")
	}
}
