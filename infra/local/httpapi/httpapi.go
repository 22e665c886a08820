// Package httpapi is an Amazon API Gateway HTTP API on one machine: it routes
// requests, checks JWTs, calls Lambda functions with payload format 2.0 and
// turns their answers into responses.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html
//
// Not played: stages other than $default, throttling, access logs and custom
// domains, none of which changes what a function sees.
package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/lambda"
)

// maxBody is the largest request body in bytes.
const maxBody = 10 << 20

// Invoker runs a function; *lambda.Function is one.
type Invoker interface {
	Invoke(ctx context.Context, payload []byte) (lambda.Result, error)
}

// Route sends matching requests to a function.
type Route struct {
	Key      string // "GET /path/{id}", "ANY /path/{proxy+}" or "$default"
	Function Invoker
	Timeout  time.Duration
	// Authorizer is nil for a route that is open to all.
	Authorizer *Authorizer
	// Scopes are such that the token needs one of them; empty asks for none.
	Scopes []string
}

// Config describes an API.
type Config struct {
	ID, Account string
	Routes      []Route
	CORS        *CORS // nil: no cross-origin answers
	Now         func() time.Time
	Log         *slog.Logger
}

// API is the running front.
type API struct {
	Config
	routes []route
}

// New checks the routes and returns an API.
func New(c Config) (*API, error) {
	routes, err := compile(c.Routes)
	if err != nil {
		return nil, err
	}
	return &API{Config: c, routes: routes}, nil
}

// Handler serves the API.
func (a *API) Handler() http.Handler { return a }

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := requestID()
	w.Header().Set("Apigw-Requestid", id)
	if a.CORS != nil && a.CORS.answer(w, r) {
		return
	}
	path := decodedPath(r)
	matched, params, ok := a.match(r.Method, path)
	if !ok {
		message(w, http.StatusNotFound, "Not Found")
		return
	}
	claims, scopes, err := a.authorize(matched, r)
	if err != nil {
		refuse(w, err)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		message(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
		return
	}
	if err != nil {
		message(w, http.StatusBadRequest, "Bad Request")
		return
	}
	event := a.event(r, id, matched.Key, path, params, body)
	if matched.Authorizer != nil {
		event.authorize(claims, scopes)
	}
	a.forward(w, r, matched, event)
}

// forward calls the route's function and writes its answer.
func (a *API) forward(w http.ResponseWriter, r *http.Request, to route, event event) {
	payload, err := json.Marshal(event)
	if err != nil {
		a.fail(w, fmt.Errorf("building an event for %s: %w", to.Key, err))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), to.Timeout)
	defer cancel()
	result, err := to.Function.Invoke(ctx, payload)
	switch {
	case errors.Is(err, lambda.ErrTooLarge):
		message(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	case err != nil: // too slow, throttled or shutting down
		message(w, http.StatusServiceUnavailable, "Service Unavailable")
	case result.FunctionError != "":
		a.fail(w, fmt.Errorf("%s: the function failed; its log says why", to.Key))
	default:
		if err := respond(w, result.Payload); err != nil {
			a.fail(w, fmt.Errorf("%s: %w", to.Key, err))
		}
	}
}

// fail logs what the caller is not told.
func (a *API) fail(w http.ResponseWriter, err error) {
	a.Log.Error("http api", "err", err)
	message(w, http.StatusInternalServerError, "Internal Server Error")
}

// message answers the way API Gateway words its own responses.
func message(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"message":%q}`, text)
}
