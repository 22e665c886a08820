// Package converse is Amazon Bedrock's Converse and ConverseStream on one
// machine, in front of whatever answers: the offline engine, an
// OpenAI-compatible server, or a scripted fake in tests.
//
// Text, tools, cache points and structured output are understood. Images,
// documents, guardrails, prompt variables and service tiers are not: a request
// with one is refused. Any credential is accepted.
//
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
package converse

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// maxRequest is the largest request read, in bytes.
const maxRequest = 20 << 20

// Backend answers a conversation. An *Error is shown to the caller as it is;
// of a context that ended in time-out the caller sees ModelTimeoutException.
type Backend interface {
	Converse(context.Context, Request) (Response, error)
}

// Server is the endpoint. It is safe for concurrent use if its backend is.
type Server struct {
	backend Backend
	now     func() time.Time
}

// New returns a server that answers by backend.
func New(backend Backend, now func() time.Time) *Server { return &Server{backend, now} }

// Close ends the server; it holds nothing.
func (s *Server) Close() error { return nil }

// Handler serves the API.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /model/{id}/converse", func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, writeResponse) })
	mux.HandleFunc("POST /model/{id}/converse-stream", func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, writeStream) })
	mux.HandleFunc("POST /model/{id}/invoke", invoke)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeError(w, r, &Error{http.StatusNotFound, "UnknownOperationException", "The operation is not offered by this service."})
	})
	return mux
}

// serve answers a request in the form write gives it.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, write func(http.ResponseWriter, Response, int64) error) {
	req, err := decode(w, r)
	if err != nil {
		writeError(w, r, err)
		return
	}
	start := s.now()
	resp, err := s.backend.Converse(r.Context(), req)
	if err != nil {
		writeError(w, r, err)
		return
	}
	if err := write(w, resp, s.now().Sub(start).Milliseconds()); err != nil {
		slog.WarnContext(r.Context(), "converse reply broke off", "model", req.ModelID, "err", err)
	}
}

func decode(w http.ResponseWriter, r *http.Request) (Request, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		return Request{}, invalid("reading the request: %v", err)
	}
	var req Request
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&req); err != nil {
		return Request{}, invalid("this service cannot take the request: %v", err)
	}
	req.ModelID = r.PathValue("id")
	return req, req.check()
}

func writeResponse(w http.ResponseWriter, resp Response, latency int64) error {
	if resp.BrokenOff {
		panic(http.ErrAbortHandler) // the way a handler hangs up
	}
	var out struct {
		Output struct {
			Message Message `json:"message"`
		} `json:"output"`
		StopReason string  `json:"stopReason"`
		Usage      Usage   `json:"usage"`
		Metrics    metrics `json:"metrics"`
	}
	out.Output.Message = Message{"assistant", resp.Content}
	out.StopReason, out.Usage, out.Metrics = resp.StopReason, resp.Usage.withTotal(), metrics{latency}
	body, err := json.Marshal(out)
	if err != nil {
		http.Error(w, `{"message":"internal failure"}`, http.StatusInternalServerError)
		return fmt.Errorf("encoding the reply: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(body)
	return err
}

// Error is a failure as Bedrock reports it.
type Error struct {
	Status  int
	Type    string
	Message string
}

func (e *Error) Error() string { return e.Type + ": " + e.Message }

// The failures a backend can have.
var (
	ErrThrottled = &Error{http.StatusTooManyRequests, "ThrottlingException", "Too many requests, please wait before trying again."}
	ErrNotReady  = &Error{http.StatusTooManyRequests, "ModelNotReadyException", "The model is not ready to serve inference requests."}
	ErrTimedOut  = &Error{http.StatusRequestTimeout, "ModelTimeoutException", "The model took too long to process the request."}
)

func invalid(format string, args ...any) error {
	return &Error{http.StatusBadRequest, "ValidationException", fmt.Sprintf(format, args...)}
}

func writeError(w http.ResponseWriter, r *http.Request, err error) {
	var e *Error
	switch {
	case errors.As(err, &e):
	case errors.Is(err, context.DeadlineExceeded):
		e = ErrTimedOut
	default:
		if r.Context().Err() == nil {
			slog.ErrorContext(r.Context(), "converse failed", "model", r.PathValue("id"), "err", err)
		}
		e = &Error{http.StatusInternalServerError, "InternalServerException", "internal failure"}
	}
	body, _ := json.Marshal(map[string]string{"message": e.Message}) // strings always encode
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Errortype", e.Type)
	w.WriteHeader(e.Status)
	_, _ = w.Write(body) // the caller may be gone
}
