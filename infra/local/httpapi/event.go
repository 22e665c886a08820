package httpapi

import (
	"crypto/rand"
	"encoding/base64"
	"net"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// event is the payload format 2.0 request:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
type event struct{ events.APIGatewayV2HTTPRequest }

func (a *API) event(r *http.Request, id, key, path string, params map[string]string, body []byte) event {
	now := a.Now().UTC()
	text, encoded := encodeBody(r.Header, body)
	source, _, _ := net.SplitHostPort(r.RemoteAddr)
	prefix, _, _ := strings.Cut(r.Host, ".")
	return event{events.APIGatewayV2HTTPRequest{
		Version:               "2.0",
		RouteKey:              key,
		RawPath:               path,
		RawQueryString:        r.URL.RawQuery,
		Cookies:               cookies(r.Header),
		Headers:               headers(r, source),
		QueryStringParameters: query(r),
		PathParameters:        params,
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: key, AccountID: a.Account, Stage: "$default", RequestID: id, APIID: a.ID,
			DomainName: r.Host, DomainPrefix: prefix,
			Time: now.Format("02/Jan/2006:15:04:05 -0700"), TimeEpoch: now.UnixMilli(),
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: r.Method, Path: path, Protocol: r.Proto, SourceIP: source, UserAgent: r.UserAgent(),
			},
		},
		Body:            text,
		IsBase64Encoded: encoded,
	}}
}

// authorize adds what the authorizer learned from the token.
func (e *event) authorize(claims map[string]string, scopes []string) {
	e.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
		JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: claims, Scopes: scopes},
	}
}

// headers gives names in lower case and repeated values joined by commas.
// Cookies travel apart.
func headers(r *http.Request, source string) map[string]string {
	out := map[string]string{"host": r.Host}
	for name, values := range r.Header {
		if name != "Cookie" {
			out[strings.ToLower(name)] = strings.Join(values, ",")
		}
	}
	_, port, _ := net.SplitHostPort(r.Host)
	for name, value := range map[string]string{"x-forwarded-for": source, "x-forwarded-port": port, "x-forwarded-proto": "http"} {
		if out[name] == "" {
			out[name] = value
		}
	}
	return out
}

func cookies(h http.Header) []string {
	var out []string
	for _, line := range h.Values("Cookie") {
		for cookie := range strings.SplitSeq(line, ";") {
			if cookie = strings.TrimSpace(cookie); cookie != "" {
				out = append(out, cookie)
			}
		}
	}
	return out
}

func query(r *http.Request) map[string]string {
	values := r.URL.Query()
	if len(values) == 0 {
		return nil
	}
	out := map[string]string{}
	for name, list := range values {
		out[name] = strings.Join(list, ",")
	}
	return out
}

// encodeBody passes text through and everything else in base64. Form posts are
// base64 too: an HTTP API counts only these types as text.
func encodeBody(h http.Header, body []byte) (text string, encoded bool) {
	kind, _, _ := strings.Cut(strings.ToLower(h.Get("Content-Type")), ";")
	kind = strings.TrimSpace(kind)
	isText := kind == "" || strings.HasPrefix(kind, "text/") ||
		kind == "application/json" || kind == "application/javascript" || kind == "application/xml" ||
		strings.HasSuffix(kind, "+json") || strings.HasSuffix(kind, "+xml")
	if len(body) == 0 || isText && h.Get("Content-Encoding") == "" && utf8.Valid(body) {
		return string(body), false
	}
	return base64.StdEncoding.EncodeToString(body), true
}

// requestID makes an id in the shape of API Gateway's, such as "JKJaXmPLvHcESHA=".
func requestID() string {
	var b [11]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return base64.StdEncoding.EncodeToString(b[:])
}
