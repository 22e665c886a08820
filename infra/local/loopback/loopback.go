// Package loopback lets AWS clients talk to servers on this machine.
package loopback

import (
	"io"
	"net/http"
)

// Transport passes requests on to Next with a body that has no WriteTo method.
// With it net/http may still be writing when a fast server has answered, and
// aws-sdk-go-v2 then fails with "use of closed network connection" in up to two
// of a hundred larger replies (Go 1.26, 2026).
type Transport struct{ Next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r = r.Clone(r.Context())
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return t.Next.RoundTrip(r)
}
