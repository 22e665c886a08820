package s3

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm       = "AWS4-HMAC-SHA256"
	unsignedPayload = "UNSIGNED-PAYLOAD"
	amzTime         = "20060102T150405Z"
	maxSkew         = 15 * time.Minute
	maxExpiry       = 7 * 24 * time.Hour // of a presigned URL
)

// signature is what a request says about how it was signed, by its
// Authorization header or by the query of a presigned URL.
type signature struct {
	keyID   string
	scope   string // date/region/service/aws4_request
	headers []string
	value   string
	time    time.Time
	expires time.Duration // 0 for a header
	payload string
}

// authenticate verifies the request's signature and returns its query without
// the parameters that belong to the signature. Headers that a presigned URL
// carries in its query are moved to the request's header.
//
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
func (s *Server) authenticate(r *http.Request) (url.Values, error) {
	query := r.URL.Query()
	sig, err := readSignature(r, query)
	if err != nil {
		return nil, err
	}
	if err := s.checkScope(sig); err != nil {
		return nil, err
	}
	if err := checkSigned(r, sig); err != nil {
		return nil, err
	}
	want := s.sign(sig, canonicalRequest(r, query, sig))
	if !hmac.Equal([]byte(want), []byte(sig.value)) {
		return nil, errSignature
	}
	if err := checkTime(sig, s.options.Now()); err != nil {
		return nil, err
	}
	r.Header.Set("X-Amz-Content-Sha256", sig.payload)
	for name, values := range query {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-amz-") {
			delete(query, name)
			if !slices.Contains(signatureParams, name) {
				r.Header.Set(name, values[0])
			}
		}
	}
	return query, nil
}

var signatureParams = []string{
	"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Content-Sha256",
}

func readSignature(r *http.Request, query url.Values) (signature, error) {
	switch {
	case r.Header.Get("Authorization") != "":
		return headerSignature(r)
	case query.Has("X-Amz-Signature"):
		return querySignature(query)
	}
	return signature{}, errAccessDenied
}

func headerSignature(r *http.Request) (signature, error) {
	rest, ok := strings.CutPrefix(r.Header.Get("Authorization"), algorithm+" ")
	if !ok {
		return signature{}, errMalformedAuth
	}
	fields := map[string]string{}
	for field := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		fields[name] = value
	}
	at, err := time.Parse(amzTime, r.Header.Get("X-Amz-Date"))
	payload := r.Header.Get("X-Amz-Content-Sha256")
	keyID, scope, ok := strings.Cut(fields["Credential"], "/")
	if err != nil || !ok || payload == "" {
		return signature{}, errMalformedAuth
	}
	return signature{keyID: keyID, scope: scope, headers: strings.Split(fields["SignedHeaders"], ";"),
		value: fields["Signature"], time: at, payload: payload}, nil
}

func querySignature(query url.Values) (signature, error) {
	at, err := time.Parse(amzTime, query.Get("X-Amz-Date"))
	if err != nil || query.Get("X-Amz-Algorithm") != algorithm {
		return signature{}, errMalformedQuery
	}
	seconds, err := strconv.Atoi(query.Get("X-Amz-Expires"))
	expires := time.Duration(seconds) * time.Second
	keyID, scope, ok := strings.Cut(query.Get("X-Amz-Credential"), "/")
	if err != nil || seconds < 1 || expires > maxExpiry || !ok {
		return signature{}, errMalformedQuery
	}
	payload := query.Get("X-Amz-Content-Sha256")
	if payload == "" {
		payload = unsignedPayload
	}
	return signature{keyID: keyID, scope: scope, headers: strings.Split(query.Get("X-Amz-SignedHeaders"), ";"),
		value: query.Get("X-Amz-Signature"), time: at, expires: expires, payload: payload}, nil
}

func (s *Server) checkScope(sig signature) error {
	if sig.keyID != s.options.AccessKeyID {
		return errInvalidAccessKey
	}
	if sig.scope != sig.time.Format("20060102")+"/"+s.options.Region+"/s3/aws4_request" {
		if sig.expires > 0 {
			return errMalformedQuery
		}
		return errMalformedAuth
	}
	return nil
}

// checkSigned refuses requests with an unsigned host or x-amz header: anybody
// on the way could have added it.
func checkSigned(r *http.Request, sig signature) error {
	if !slices.Contains(sig.headers, "host") {
		return errUnsignedHeader
	}
	for name := range r.Header {
		name = strings.ToLower(name)
		if strings.HasPrefix(name, "x-amz-") && name != "x-amz-content-sha256" && !slices.Contains(sig.headers, name) {
			return errUnsignedHeader
		}
	}
	return nil
}

func checkTime(sig signature, now time.Time) error {
	if sig.expires == 0 {
		if d := now.Sub(sig.time).Abs(); d > maxSkew {
			return errSkewed
		}
		return nil
	}
	if sig.time.Sub(now) > maxSkew {
		return errSkewed
	}
	if !now.Before(sig.time.Add(sig.expires)) {
		return errExpired
	}
	return nil
}

func canonicalRequest(r *http.Request, query url.Values, sig signature) string {
	var b strings.Builder
	b.WriteString(r.Method + "\n" + encodeURI(r.URL.Path, true) + "\n" + canonicalQuery(query) + "\n")
	for _, name := range sig.headers {
		b.WriteString(name + ":" + canonicalHeader(r, name) + "\n")
	}
	b.WriteString("\n" + strings.Join(sig.headers, ";") + "\n" + sig.payload)
	return b.String()
}

func canonicalQuery(query url.Values) string {
	var pairs []string
	for name, values := range query {
		if name == "X-Amz-Signature" {
			continue
		}
		for _, v := range values {
			pairs = append(pairs, encodeURI(name, false)+"="+encodeURI(v, false))
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

func canonicalHeader(r *http.Request, name string) string {
	switch name {
	case "host":
		return r.Host
	case "content-length":
		return strconv.FormatInt(r.ContentLength, 10)
	}
	values := slices.Clone(r.Header.Values(name))
	for i, v := range values {
		values[i] = strings.Join(strings.Fields(v), " ")
	}
	return strings.Join(values, ",")
}

// encodeURI escapes all but unreserved characters, and slashes if they are
// kept, as Signature Version 4 prescribes.
func encodeURI(s string, keepSlash bool) string {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; strings.IndexByte(unreserved, c) >= 0 || keepSlash && c == '/' {
			b.WriteByte(c)
		} else {
			b.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{c})))
		}
	}
	return b.String()
}

func (s *Server) sign(sig signature, request string) string {
	hash := sha256.Sum256([]byte(request))
	text := algorithm + "\n" + sig.time.Format(amzTime) + "\n" + sig.scope + "\n" + hex.EncodeToString(hash[:])
	key := []byte("AWS4" + s.options.SecretAccessKey)
	for part := range strings.SplitSeq(sig.scope, "/") {
		key = mac(key, part)
	}
	return hex.EncodeToString(mac(key, text))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
