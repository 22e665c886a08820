package httpapi

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// route is a Route with its key taken apart.
type route struct {
	Route
	method   string // ANY matches all
	segments []segment
	fallback bool // $default
}

// segment is one part of a path: text, {name} or, at the end only, {name+}.
type segment struct {
	kind segmentKind
	text string // literal text, or the variable's name
}

type segmentKind int

// The kinds from the most to the least specific.
const (
	literal segmentKind = iota
	variable
	greedy
)

var (
	keyForm      = regexp.MustCompile(`^(ANY|GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (/.*)$`)
	variableForm = regexp.MustCompile(`^\{([A-Za-z0-9._-]+)(\+?)\}$`)
)

// compile takes the keys apart and puts the routes into order of precedence:
// full matches before greedy ones, a method before ANY, $default last
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html).
func compile(all []Route) ([]route, error) {
	var out []route
	for _, r := range all {
		c, err := parseRoute(r)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(out, func(o route) bool { return o.Key == c.Key }) {
			return nil, fmt.Errorf("route %q is there twice", r.Key)
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, precedence)
	return out, nil
}

func parseRoute(r Route) (route, error) {
	if r.Key == "$default" {
		return route{Route: r, method: "ANY", fallback: true}, nil
	}
	m := keyForm.FindStringSubmatch(r.Key)
	if m == nil {
		return route{}, fmt.Errorf("route key %q is not METHOD /path", r.Key)
	}
	out := route{Route: r, method: m[1]}
	parts := split(m[2])
	for i, part := range parts {
		s := segment{literal, part}
		if v := variableForm.FindStringSubmatch(part); v != nil {
			s = segment{variable, v[1]}
			if v[2] == "+" {
				s.kind = greedy
			}
		} else if strings.ContainsAny(part, "{}") {
			return route{}, fmt.Errorf("route key %q: %q is not a variable", r.Key, part)
		}
		if s.kind == greedy && i != len(parts)-1 {
			return route{}, fmt.Errorf("route key %q: only the last part can be greedy", r.Key)
		}
		out.segments = append(out.segments, s)
	}
	return out, nil
}

func precedence(a, b route) int {
	if a.fallback != b.fallback {
		return compareBool(b.fallback, a.fallback)
	}
	for i := range min(len(a.segments), len(b.segments)) {
		if c := cmp.Compare(a.segments[i].kind, b.segments[i].kind); c != 0 {
			return c
		}
	}
	if c := cmp.Compare(len(b.segments), len(a.segments)); c != 0 {
		return c
	}
	return compareBool(a.method != "ANY", b.method != "ANY")
}

// compareBool sorts true before false.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	default:
		return 1
	}
}

// match finds the route of a request and the values of its path variables.
func (a *API) match(method, path string) (route, map[string]string, bool) {
	parts := split(path)
	for _, r := range a.routes {
		if r.method != "ANY" && r.method != method {
			continue
		}
		if params, ok := r.params(parts); ok {
			return r, params, true
		}
	}
	return route{}, nil, false
}

// params matches path parts against the route.
func (r route) params(parts []string) (map[string]string, bool) {
	if r.fallback {
		return nil, true
	}
	params := map[string]string{}
	for i, s := range r.segments {
		if i >= len(parts) {
			return nil, false
		}
		switch s.kind {
		case literal:
			if parts[i] != s.text {
				return nil, false
			}
		case variable:
			if parts[i] == "" {
				return nil, false
			}
			params[s.text] = parts[i]
		case greedy:
			rest := strings.Join(parts[i:], "/")
			params[s.text] = rest
			return params, rest != ""
		}
	}
	return params, len(parts) == len(r.segments)
}

func split(path string) []string { return strings.Split(strings.TrimPrefix(path, "/"), "/") }

// decodedPath is the path as an HTTP API matches and passes it on: percent
// decoded and, unlike REST APIs and function URLs, cut at a decoded "?"
// (observed on live APIs, 2026).
func decodedPath(r *http.Request) string {
	path := r.URL.EscapedPath()
	if decoded, err := url.PathUnescape(path); err == nil {
		path = decoded
	}
	path, _, _ = strings.Cut(path, "?")
	return path
}
