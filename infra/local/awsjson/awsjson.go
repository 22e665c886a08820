// Package awsjson serves the AWS JSON 1.0 and 1.1 protocols: every call is a
// POST whose X-Amz-Target header names "<prefix>.<operation>".
//
// Source: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
package awsjson

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// maxBody is the largest request read, in bytes: a batch of SQS is limited to
// 1 MiB before JSON escaping, which can grow it sixfold.
const maxBody = 8 << 20

// Error is a failure the caller of a service is meant to see.
type Error struct {
	// Status is the HTTP status; 0 means 400.
	Status int
	// Code is the error's shape name, such as "QueueDoesNotExist".
	Code    string
	Message string
	// QueryCode is the code of the older query protocol, sent along for
	// services that moved from it (SQS); SDKs show it as the error's code.
	QueryCode string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Errorf returns an Error with status 400.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Operation handles the JSON document of one call.
type Operation func(ctx context.Context, body []byte) (any, error)

// Op makes an Operation of a typed function. Members of the request that In
// does not have are refused: a parameter that is silently dropped could change
// what the caller relies on.
func Op[In, Out any](f func(context.Context, *In) (*Out, error)) Operation {
	return func(ctx context.Context, body []byte) (any, error) {
		in := new(In)
		if err := decodeStrict(body, in); err != nil {
			return nil, err
		}
		return f(ctx, in)
	}
}

func decodeStrict(body []byte, in any) error {
	if len(body) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(in); err != nil {
		return Errorf("SerializationException", "this service cannot take the request: %v", err)
	}
	return nil
}

// Service answers the operations of one AWS service.
type Service struct {
	// Prefix is the service's name in X-Amz-Target, such as "AmazonSQS".
	Prefix string
	// Version is the protocol's version, "1.0" or "1.1".
	Version    string
	Operations map[string]Operation
}

func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.writeError(w, r, Errorf("SerializationException", "reading the request: %v", err))
		return
	}
	prefix, name, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	op := s.Operations[name]
	if r.Method != http.MethodPost || prefix != s.Prefix || op == nil {
		s.writeError(w, r, Errorf("UnknownOperationException", "operation %q is not offered by this service", r.Header.Get("X-Amz-Target")))
		return
	}
	out, err := op(r.Context(), body)
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	s.write(w, http.StatusOK, out)
}

func (s *Service) writeError(w http.ResponseWriter, r *http.Request, err error) {
	var e *Error
	if !errors.As(err, &e) {
		if r.Context().Err() == nil {
			slog.ErrorContext(r.Context(), "embedded service failed", "target", r.Header.Get("X-Amz-Target"), "err", err)
		}
		e = &Error{Status: http.StatusInternalServerError, Code: "InternalFailure", Message: "internal failure"}
	}
	if e.QueryCode != "" {
		w.Header().Set("X-Amzn-Query-Error", e.QueryCode+";Sender")
	}
	status := e.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	s.write(w, status, map[string]string{"__type": e.Code, "message": e.Message})
}

func (s *Service) write(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, `{"__type":"InternalFailure"}`, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-"+s.Version)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller went away: nobody is left to tell
}

// Time is a time as the protocol writes it: seconds since 1970, as a number.
type Time time.Time

// MarshalJSON writes seconds with a fraction of milliseconds.
func (t Time) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%.3f", float64(time.Time(t).UnixMilli())/1000), nil
}
