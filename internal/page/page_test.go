package page

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

var build = fstest.MapFS{
	"index.html":         {Data: []byte("<html>shell")},
	"assets/app-1.js":    {Data: []byte("plain")},
	"assets/app-1.js.br": {Data: []byte("brotli")},
	"assets/app-1.js.gz": {Data: []byte("gzip")},
	"favicon.svg":        {Data: []byte("<svg/>")},
}

func get(t *testing.T, path, accepts string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", accepts)
	w := httptest.NewRecorder()
	New(build, Config{Issuer: "https://sign-in.example/pool", ClientID: "client"}).ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	var b strings.Builder
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(b.String(), "\r\n\r\n")
	return body
}

func TestFilesAndAddressesOfThePage(t *testing.T) {
	for _, c := range []struct{ path, accepts, body, encoding, cache string }{
		{"/", "", "shell", "", "no-cache"},
		{"/inbox/awaiting/abc", "", "shell", "", "no-cache"},
		{"/assets/app-1.js", "gzip, br", "brotli", "br", "public, max-age=31536000, immutable"},
		{"/assets/app-1.js", "gzip", "gzip", "gzip", "public, max-age=31536000, immutable"},
		{"/assets/app-1.js", "", "plain", "", "public, max-age=31536000, immutable"},
		{"/favicon.svg", "", "<svg/>", "", "public, max-age=3600"},
		{"/../../etc/passwd", "", "shell", "", "no-cache"},
	} {
		r := get(t, c.path, c.accepts)
		if r.StatusCode != http.StatusOK || r.Header.Get("Content-Encoding") != c.encoding || r.Header.Get("Cache-Control") != c.cache {
			t.Errorf("%s: %d %v", c.path, r.StatusCode, r.Header)
		}
		if body := text(t, r); !strings.Contains(body, c.body) {
			t.Errorf("%s: %q", c.path, body)
		}
	}
	if r := get(t, "/assets/gone.js", ""); r.StatusCode != http.StatusNotFound || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a file of an older build: %d %v", r.StatusCode, r.Header)
	}
}

func TestThePolicyOfThePage(t *testing.T) {
	const want = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https:; font-src 'self' data:; " +
		"connect-src 'self' https://sign-in.example https://*.amazoncognito.com; frame-src 'self' data: blob:; manifest-src 'self'; base-uri 'none'; " +
		"form-action 'self' https://sign-in.example https://*.amazoncognito.com; frame-ancestors 'none'"
	if got := get(t, "/", "").Header.Get("Content-Security-Policy"); got != want {
		t.Errorf("the policy is\n%s\nwant\n%s", got, want)
	}
}

func TestSettingsAndMethods(t *testing.T) {
	r := get(t, "/config.json", "")
	var c Config
	if err := json.NewDecoder(r.Body).Decode(&c); err != nil || c.ClientID != "client" || len(c.Scopes) != 3 || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%+v %v %v", c, r.Header, err)
	}
	w := httptest.NewRecorder()
	New(build, Config{}).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}
