package httpapi

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/quilldesk/quilldesk/infra/local/lambda"
)

// function is a Lambda function that answers with what it is told to and keeps
// its last event.
type function struct {
	name   string
	answer string
	fault  string
	err    error
	delay  time.Duration
	last   *events.APIGatewayV2HTTPRequest
}

func (f *function) Invoke(ctx context.Context, payload []byte) (lambda.Result, error) {
	f.last = &events.APIGatewayV2HTTPRequest{}
	if err := json.Unmarshal(payload, f.last); err != nil {
		return lambda.Result{}, err
	}
	if f.delay > 0 {
		select {
		case <-time.After(f.delay):
		case <-ctx.Done():
			return lambda.Result{}, ctx.Err()
		}
	}
	answer := f.answer
	if answer == "" {
		answer = fmt.Sprintf(`{"statusCode":200,"body":%q}`, f.name)
	}
	return lambda.Result{Payload: []byte(answer), FunctionError: f.fault}, f.err
}

func front(t *testing.T, routes ...Route) http.Handler {
	t.Helper()
	for i := range routes {
		if routes[i].Timeout == 0 {
			routes[i].Timeout = time.Second
		}
	}
	api, err := New(Config{ID: "api", Account: "000000000000", Routes: routes, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return api.Handler()
}

func call(h http.Handler, method, target, body string, head ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(head); i += 2 {
		r.Header.Add(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestRoutePrecedence(t *testing.T) {
	keys := []string{"$default", "ANY /{proxy+}", "GET /pets/{proxy+}", "GET /pets/dog/{id}", "GET /pets/dog/1", "ANY /pets/dog/1", "POST /pets", "GET /a b", "ANY /only/{id}"}
	var routes []Route
	for _, key := range keys {
		routes = append(routes, Route{Key: key, Function: &function{name: key}})
	}
	h := front(t, routes...)
	cases := []struct{ method, path, want string }{
		{"GET", "/pets/dog/1", "GET /pets/dog/1"},
		{"PUT", "/pets/dog/1", "ANY /pets/dog/1"},
		{"GET", "/pets/dog/2", "GET /pets/dog/{id}"},
		{"GET", "/pets/dog/2/3", "GET /pets/{proxy+}"},
		{"POST", "/pets/cat", "ANY /{proxy+}"},
		{"POST", "/pets", "POST /pets"},
		{"GET", "/pets", "ANY /{proxy+}"},
		{"GET", "/", "$default"},
		{"GET", "/a%20b", "GET /a b"},
		{"GET", "/only/x", "ANY /only/{id}"},
		{"GET", "/only/", "ANY /{proxy+}"},
	}
	for _, c := range cases {
		if got := call(h, c.method, c.path, "").Body.String(); got != c.want {
			t.Errorf("%s %s went to %s, want %s", c.method, c.path, got, c.want)
		}
	}
}

func TestNoRouteIsNotFound(t *testing.T) {
	w := call(front(t, Route{Key: "GET /api/{proxy+}", Function: &function{}}), "GET", "/api/", "")
	if w.Code != 404 || w.Body.String() != `{"message":"Not Found"}` {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestWrongRouteKeysAreRefused(t *testing.T) {
	for _, key := range []string{"", "GET", "FETCH /x", "GET x", "GET /{a+}/b", "GET /x{a}", "GET /{}"} {
		if _, err := New(Config{Routes: []Route{{Key: key}}}); err == nil {
			t.Errorf("%q was taken", key)
		}
	}
	if _, err := New(Config{Routes: []Route{{Key: "GET /x"}, {Key: "GET /x"}}}); err == nil {
		t.Error("the same key was taken twice")
	}
}

func TestRequestInPayloadFormat2(t *testing.T) {
	f := &function{}
	h := front(t, Route{Key: "POST /things/{id}/{rest+}", Function: f})
	call(h, "POST", "http://desk.example:8420/things/a%20b/c/d%2Fe?q=1&q=2&r=x%20y", `{"a":1}`,
		"Content-Type", "application/json", "X-Many", "1", "X-Many", "2", "Cookie", "a=1; b=2", "User-Agent", "tester")
	got := f.last
	for what, pair := range map[string][2]any{
		"version":      {got.Version, "2.0"},
		"route key":    {got.RouteKey, "POST /things/{id}/{rest+}"},
		"raw path":     {got.RawPath, "/things/a b/c/d/e"},
		"raw query":    {got.RawQueryString, "q=1&q=2&r=x%20y"},
		"query":        {fmt.Sprint(got.QueryStringParameters), "map[q:1,2 r:x y]"},
		"params":       {fmt.Sprint(got.PathParameters), "map[id:a b rest:c/d/e]"},
		"cookies":      {fmt.Sprint(got.Cookies), "[a=1 b=2]"},
		"header":       {got.Headers["x-many"], "1,2"},
		"cookie apart": {got.Headers["cookie"], ""},
		"host":         {got.Headers["host"], "desk.example:8420"},
		"port":         {got.Headers["x-forwarded-port"], "8420"},
		"method":       {got.RequestContext.HTTP.Method, "POST"},
		"agent":        {got.RequestContext.HTTP.UserAgent, "tester"},
		"stage":        {got.RequestContext.Stage, "$default"},
		"body":         {got.Body, `{"a":1}`},
		"encoded":      {got.IsBase64Encoded, false},
		"no authority": {got.RequestContext.Authorizer == nil, true},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %v, want %v", what, pair[0], pair[1])
		}
	}
}

func TestBinaryBodiesTravelInBase64(t *testing.T) {
	f := &function{}
	h := front(t, Route{Key: "$default", Function: f})
	for kind, encoded := range map[string]bool{
		"application/octet-stream": true, "multipart/form-data; boundary=x": true, "application/x-www-form-urlencoded": true,
		"text/plain; charset=utf-8": false, "application/problem+json": false, "": false,
	} {
		call(h, "POST", "/", "abc", "Content-Type", kind)
		want := map[bool]string{true: "YWJj", false: "abc"}[encoded]
		if f.last.IsBase64Encoded != encoded || f.last.Body != want {
			t.Errorf("%q: %v %s", kind, f.last.IsBase64Encoded, f.last.Body)
		}
	}
	call(h, "POST", "/", "\xff\xfe", "Content-Type", "text/plain")
	if !f.last.IsBase64Encoded {
		t.Error("text that is not UTF-8 was passed as text")
	}
}

func TestResponses(t *testing.T) {
	const failed = `{"message":"Internal Server Error"}`
	cases := map[string]struct {
		function function
		status   int
		body     string
		head     map[string]string
	}{
		"structured":      {function{answer: `{"statusCode":201,"headers":{"x-a":"b","content-type":"text/html"},"body":"hi"}`}, 201, "hi", map[string]string{"X-A": "b", "Content-Type": "text/html"}},
		"default type":    {function{answer: `{"statusCode":200,"body":"hi"}`}, 200, "hi", map[string]string{"Content-Type": "text/plain;charset=UTF-8"}},
		"base64":          {function{answer: `{"statusCode":200,"body":"AP8=","isBase64Encoded":true}`}, 200, "\x00\xff", nil},
		"cookies":         {function{answer: `{"statusCode":200,"cookies":["a=1","b=2"]}`}, 200, "", map[string]string{"Set-Cookie": "a=1"}},
		"plain JSON":      {function{answer: `{"a":1}`}, 200, `{"a":1}`, map[string]string{"Content-Type": "application/json"}},
		"plain string":    {function{answer: `"hello"`}, 200, `"hello"`, nil},
		"not JSON":        {function{answer: `oops`}, 500, failed, nil},
		"bad base64":      {function{answer: `{"statusCode":200,"body":"?","isBase64Encoded":true}`}, 500, failed, nil},
		"bad status":      {function{answer: `{"statusCode":9}`}, 500, failed, nil},
		"function error":  {function{answer: `{"errorMessage":"x"}`, fault: "Unhandled"}, 500, failed, nil},
		"throttled":       {function{err: lambda.ErrThrottled}, 503, `{"message":"Service Unavailable"}`, nil},
		"too large":       {function{err: lambda.ErrTooLarge}, 413, `{"message":"Request Entity Too Large"}`, nil},
		"slower than set": {function{delay: time.Minute}, 503, `{"message":"Service Unavailable"}`, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			h := front(t, Route{Key: "$default", Function: &c.function, Timeout: 50 * time.Millisecond})
			w := call(h, "GET", "/", "")
			if w.Code != c.status || w.Body.String() != c.body {
				t.Errorf("got %d %q", w.Code, w.Body)
			}
			for key, want := range c.head {
				if got := w.Header().Get(key); got != want {
					t.Errorf("%s: %q, want %q", key, got, want)
				}
			}
		})
	}
}

func TestRequestsOver10MBAreRefused(t *testing.T) {
	w := call(front(t, Route{Key: "$default", Function: &function{}}), "POST", "/", strings.Repeat("x", maxBody+1))
	if w.Code != 413 {
		t.Errorf("got %d", w.Code)
	}
}

// issuer is an OIDC issuer with a discovery document and a key set.
type issuer struct {
	url    string
	signer jose.Signer
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	is := &issuer{signer: signer}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q,"id_token_signing_alg_values_supported":["RS256"]}`, is.url, is.url+"/keys")
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	is.url = server.URL
	return is
}

func (is *issuer) token(t *testing.T, change map[string]any) string {
	t.Helper()
	claims := map[string]any{
		"iss": is.url, "aud": "client", "sub": "person", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Add(-time.Minute).Unix(),
		"scope": "openid mail/read", "cognito:groups": []string{"admins", "agents"}, "email_verified": true,
	}
	for name, value := range change {
		if value == nil {
			delete(claims, name)
		} else {
			claims[name] = value
		}
	}
	text, err := jwt.Signed(is.signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestTokens(t *testing.T) {
	is, other := newIssuer(t), newIssuer(t)
	f := &function{}
	auth := &Authorizer{Issuer: is.url, Audience: []string{"client"}, Source: "$request.header.Authorization", Client: http.DefaultClient, Now: time.Now}
	h := front(t, Route{Key: "GET /open", Function: f},
		Route{Key: "GET /closed", Function: f, Authorizer: auth},
		Route{Key: "GET /scoped", Function: f, Authorizer: auth, Scopes: []string{"mail/write", "mail/read"}})
	past := time.Now().Add(-time.Minute).Unix()
	cases := map[string]struct {
		path, head string
		status     int
		challenge  string
	}{
		"open route":            {"/open", "", 200, ""},
		"none":                  {"/closed", "", 401, "Bearer"},
		"good":                  {"/closed", "Bearer " + is.token(t, nil), 200, ""},
		"without Bearer":        {"/closed", is.token(t, nil), 200, ""},
		"client_id, no aud":     {"/closed", is.token(t, map[string]any{"aud": nil, "client_id": "client"}), 200, ""},
		"list of audiences":     {"/closed", is.token(t, map[string]any{"aud": []string{"x", "client"}}), 200, ""},
		"expired":               {"/closed", is.token(t, map[string]any{"exp": past}), 401, "the token has expired"},
		"no expiry":             {"/closed", is.token(t, map[string]any{"exp": nil}), 401, "invalid_token"},
		"not yet valid":         {"/closed", is.token(t, map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}), 401, "invalid_token"},
		"from the future":       {"/closed", is.token(t, map[string]any{"iat": time.Now().Add(time.Hour).Unix()}), 401, "invalid_token"},
		"wrong audience":        {"/closed", is.token(t, map[string]any{"aud": "another"}), 401, "valid audience"},
		"aud beats client_id":   {"/closed", is.token(t, map[string]any{"aud": "another", "client_id": "client"}), 401, "valid audience"},
		"wrong issuer":          {"/closed", is.token(t, map[string]any{"iss": other.url}), 401, "invalid_token"},
		"foreign key":           {"/closed", other.token(t, map[string]any{"iss": is.url}), 401, "invalid_token"},
		"unsigned":              {"/closed", "eyJhbGciOiJub25lIn0.e30.", 401, "invalid_token"},
		"nonsense":              {"/closed", "Bearer x", 401, "invalid_token"},
		"one of the scopes":     {"/scoped", is.token(t, nil), 200, ""},
		"none of the scopes":    {"/scoped", is.token(t, map[string]any{"scope": "openid"}), 403, "insufficient_scope"},
		"no scope in the token": {"/scoped", is.token(t, map[string]any{"scope": nil}), 403, "insufficient_scope"},
	}
	messages := map[int]string{401: `{"message":"Unauthorized"}`, 403: `{"message":"Forbidden"}`}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var head []string
			if c.head != "" {
				head = []string{"Authorization", c.head}
			}
			w := call(h, "GET", c.path, "", head...)
			if w.Code != c.status || messages[c.status] != "" && w.Body.String() != messages[c.status] {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
			if got := w.Header().Get("Www-Authenticate"); !strings.Contains(got, c.challenge) {
				t.Errorf("challenge %q", got)
			}
		})
	}
}

func TestClaimsArriveAsStrings(t *testing.T) {
	is := newIssuer(t)
	f := &function{}
	auth := &Authorizer{Issuer: is.url, Audience: []string{"client"}, Source: "$request.header.Authorization", Client: http.DefaultClient, Now: time.Now}
	h := front(t, Route{Key: "$default", Function: f, Authorizer: auth, Scopes: []string{"openid"}})
	call(h, "GET", "/", "", "Authorization", "Bearer "+is.token(t, map[string]any{"exp": 4102444800}))
	got := f.last.RequestContext.Authorizer.JWT
	for claim, want := range map[string]string{
		"sub": "person", "exp": "4102444800", "cognito:groups": "[admins agents]", "email_verified": "true",
	} {
		if got.Claims[claim] != want {
			t.Errorf("%s = %q, want %q", claim, got.Claims[claim], want)
		}
	}
	if fmt.Sprint(got.Scopes) != "[openid mail/read]" {
		t.Errorf("scopes %v", got.Scopes)
	}
}

func TestIssuerThatComesLaterIsAskedAgain(t *testing.T) {
	is := newIssuer(t)
	down := true
	client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if down {
			return nil, io.ErrUnexpectedEOF
		}
		return http.DefaultTransport.RoundTrip(r)
	})}
	auth := &Authorizer{Issuer: is.url, Audience: []string{"client"}, Source: "$request.header.Authorization", Client: client, Now: time.Now}
	h := front(t, Route{Key: "$default", Function: &function{}, Authorizer: auth})
	token := is.token(t, nil)
	if w := call(h, "GET", "/", "", "Authorization", token); w.Code != 401 {
		t.Errorf("issuer down: %d", w.Code)
	}
	down = false
	if w := call(h, "GET", "/", "", "Authorization", token); w.Code != 200 {
		t.Errorf("issuer up: %d", w.Code)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestCrossOriginRequests(t *testing.T) {
	f := &function{answer: `{"statusCode":200,"headers":{"x":"y"}}`}
	api, err := New(Config{
		Routes: []Route{{Key: "$default", Function: f, Timeout: time.Second}},
		CORS:   &CORS{AllowOrigins: []string{"https://shop.example", "chrome-extension://*"}, AllowMethods: []string{"GET", "POST"}, AllowHeaders: []string{"authorization"}, MaxAge: time.Minute},
		Now:    time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	w := call(api, "OPTIONS", "/", "", "Origin", "chrome-extension://abc", "Access-Control-Request-Method", "POST")
	if w.Code != 204 || f.last != nil || w.Header().Get("Access-Control-Allow-Origin") != "chrome-extension://abc" ||
		w.Header().Get("Access-Control-Allow-Methods") != "GET,POST" || w.Header().Get("Access-Control-Max-Age") != "60" {
		t.Errorf("preflight: %d %v", w.Code, w.Header())
	}
	if w = call(api, "GET", "/", "", "Origin", "https://shop.example"); w.Header().Get("Access-Control-Allow-Origin") != "https://shop.example" {
		t.Errorf("simple: %v", w.Header())
	}
	if w = call(api, "GET", "/", "", "Origin", "https://evil.example"); w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("stranger: %v", w.Header())
	}
}

func FuzzRoutes(f *testing.F) {
	f.Add("GET /pets/{id}/{rest+}", "/pets/1/2//3")
	f.Add("ANY /{proxy+}", "//")
	f.Add("$default", "")
	f.Fuzz(func(t *testing.T, key, path string) {
		routes, err := compile([]Route{{Key: key}})
		if err != nil {
			return
		}
		if params, ok := routes[0].params(split(path)); ok {
			for name, value := range params {
				if name == "" || value == "" {
					t.Errorf("%s on %s: %v", key, path, params)
				}
			}
		}
	})
}

func FuzzRespond(f *testing.F) {
	for _, seed := range []string{`{"statusCode":200,"headers":{"a":1,"b":null},"cookies":["x"],"body":"y"}`, `{"statusCode":"200"}`, `[]`, `null`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		w := httptest.NewRecorder()
		if err := respond(w, bytes.Clone(payload)); err != nil && w.Body.Len() > 0 {
			t.Errorf("failed after writing %q", w.Body)
		}
	})
}
