package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// response is a function's structured answer in payload format 2.0.
type response struct {
	StatusCode *int                       `json:"statusCode"`
	Headers    map[string]json.RawMessage `json:"headers"` // strings, numbers or booleans
	Cookies    []string                   `json:"cookies"`
	Body       string                     `json:"body"`
	Encoded    bool                       `json:"isBase64Encoded"`
}

// ownHeaders are set by the front itself.
var ownHeaders = []string{"Connection", "Content-Length", "Date", "Keep-Alive", "Transfer-Encoding", "Upgrade", "Apigw-Requestid"}

// respond writes a function's answer. JSON without a statusCode is the body of
// a 200. Nothing is written when an error is returned.
func respond(w http.ResponseWriter, payload []byte) error {
	var out response
	if err := json.Unmarshal(payload, &out); err != nil || out.StatusCode == nil {
		return respondPlain(w, payload)
	}
	if *out.StatusCode < 100 || *out.StatusCode > 599 {
		return fmt.Errorf("function answered with status %d", *out.StatusCode)
	}
	body := []byte(out.Body)
	if out.Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(out.Body); err != nil {
			return fmt.Errorf("function's body is not base64: %w", err)
		}
	}
	head := w.Header()
	for name, raw := range out.Headers {
		if !slices.Contains(ownHeaders, http.CanonicalHeaderKey(name)) {
			head.Set(name, headerText(raw))
		}
	}
	for _, cookie := range out.Cookies {
		head.Add("Set-Cookie", cookie)
	}
	if head.Get("Content-Type") == "" {
		head.Set("Content-Type", "text/plain;charset=UTF-8")
	}
	w.WriteHeader(*out.StatusCode)
	_, _ = w.Write(body) // the client may be gone
	return nil
}

func respondPlain(w http.ResponseWriter, payload []byte) error {
	if !json.Valid(payload) {
		return errors.New("function's answer is not JSON")
	}
	if strings.Contains(string(payload), `"statusCode"`) {
		return errors.New("function's answer has the wrong shape")
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(payload)
	return nil
}

func headerText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}
