// Package page serves the built single-page application: compressed files that
// browsers may keep for ever, a shell that they may not, and its settings.
package page

import (
	"encoding/json"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// Config is what the page must know before anybody has signed in.
type Config struct {
	Issuer   string   `json:"issuer"`
	ClientID string   `json:"clientId"`
	Scopes   []string `json:"scopes"`
}

// shell is the file every address of the page is served with.
const shell = "index.html"

// New serves the files of a build.
func New(files fs.FS, c Config) http.Handler {
	c.Scopes = []string{"openid", "email", "profile"}
	policy := contentPolicy(c.Issuer)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		switch {
		case name == "config.json":
			h.Set("Content-Type", "application/json")
			h.Set("Cache-Control", "no-store")
			_ = json.NewEncoder(w).Encode(c) // a broken line is the browser's to notice
		case strings.HasPrefix(name, "assets/"):
			h.Set("Cache-Control", "public, max-age=31536000, immutable") // names carry a hash
			serve(w, r, files, name)
		case strings.Contains(path.Base(name), ".") && exists(files, name):
			h.Set("Cache-Control", "public, max-age=3600")
			serve(w, r, files, name)
		default:
			h.Set("Cache-Control", "no-cache")
			serve(w, r, files, shell)
		}
	})
}

// contentPolicy lets the page run its own code only, and talk to itself and the
// sign-in. Mail is shown in frames with a stricter policy of their own; their
// images may come from anywhere once a person asked for them.
func contentPolicy(issuer string) string {
	signIn := issuer
	if u, err := url.Parse(issuer); err == nil && u.Host != "" {
		signIn = u.Scheme + "://" + u.Host + " https://*.amazoncognito.com"
	}
	return "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https:; font-src 'self' data:; " +
		"connect-src 'self' " + signIn + "; frame-src 'self' data: blob:; manifest-src 'self'; base-uri 'none'; form-action 'self' " + signIn + "; frame-ancestors 'none'"
}

func exists(files fs.FS, name string) bool {
	info, err := fs.Stat(files, name)
	return err == nil && !info.IsDir()
}

// encodings are the compressed forms a build has beside each file, best first.
var encodings = []struct{ name, ending string }{{"br", ".br"}, {"gzip", ".gz"}}

func serve(w http.ResponseWriter, r *http.Request, files fs.FS, name string) {
	h := w.Header()
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		h.Set("Content-Type", kind)
	}
	h.Set("Vary", "Accept-Encoding")
	for _, e := range encodings {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), e.name) {
			continue
		}
		if data, err := fs.ReadFile(files, name+e.ending); err == nil {
			h.Set("Content-Encoding", e.name)
			_, _ = w.Write(data) // a broken line is the browser's to notice
			return
		}
	}
	data, err := fs.ReadFile(files, name)
	if errors.Is(err, fs.ErrNotExist) {
		h.Set("Cache-Control", "no-store")
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(data) // a broken line is the browser's to notice
}
