package httpapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CORS is an API's CorsConfiguration. Where it is set, API Gateway answers
// preflight requests itself and replaces the function's own CORS headers.
type CORS struct {
	AllowOrigins, AllowMethods, AllowHeaders, ExposeHeaders []string
	AllowCredentials                                        bool
	MaxAge                                                  time.Duration
}

// answer sets the response's CORS headers and, for a preflight, ends the
// request, which it then reports.
func (c *CORS) answer(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	preflight := r.Method == http.MethodOptions && origin != "" && r.Header.Get("Access-Control-Request-Method") != ""
	if c.allows(origin) {
		c.set(w.Header(), origin, preflight)
	}
	if preflight {
		w.WriteHeader(http.StatusNoContent)
	}
	return preflight
}

// allows knows full origins, "*", "https://*" and "http://*".
func (c *CORS) allows(origin string) bool {
	return origin != "" && slices.ContainsFunc(c.AllowOrigins, func(allowed string) bool {
		prefix, wild := strings.CutSuffix(allowed, "*")
		return allowed == origin || wild && strings.HasPrefix(origin, prefix)
	})
}

func (c *CORS) set(head http.Header, origin string, preflight bool) {
	if slices.Contains(c.AllowOrigins, "*") && !c.AllowCredentials {
		origin = "*"
	}
	head.Set("Access-Control-Allow-Origin", origin)
	head.Add("Vary", "Origin")
	if c.AllowCredentials {
		head.Set("Access-Control-Allow-Credentials", "true")
	}
	if !preflight {
		setList(head, "Access-Control-Expose-Headers", c.ExposeHeaders)
		return
	}
	setList(head, "Access-Control-Allow-Methods", c.AllowMethods)
	setList(head, "Access-Control-Allow-Headers", c.AllowHeaders)
	if c.MaxAge > 0 {
		head.Set("Access-Control-Max-Age", strconv.Itoa(int(c.MaxAge/time.Second)))
	}
}

func setList(head http.Header, name string, values []string) {
	if len(values) > 0 {
		head.Set(name, strings.Join(values, ","))
	}
}
