package lambda

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// api serves the Runtime API of one environment.
func (e *environment) api() http.Handler {
	const base = "/2018-06-01/runtime/"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+base+"invocation/next", e.next)
	mux.HandleFunc("POST "+base+"invocation/{id}/response", e.response)
	mux.HandleFunc("POST "+base+"invocation/{id}/error", e.failed)
	mux.HandleFunc("POST "+base+"init/error", e.initFailed)
	return mux
}

// next gives the process its next invocation and holds the request until there
// is one.
func (e *environment) next(w http.ResponseWriter, r *http.Request) {
	select {
	case e.idle <- struct{}{}:
	default: // it asked before without taking anything
	}
	select {
	case inv := <-e.work:
		head := w.Header()
		head.Set("Content-Type", "application/json")
		head.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
		head.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(inv.deadline.UnixMilli(), 10))
		head.Set("Lambda-Runtime-Invoked-Function-Arn", e.f.ARN)
		head.Set("Lambda-Runtime-Trace-Id", inv.trace)
		_, _ = w.Write(inv.payload) // a broken connection shows as the process's end
	case <-r.Context().Done():
	}
}

func (e *environment) response(w http.ResponseWriter, r *http.Request) {
	inv := e.claim(w, r)
	if inv == nil {
		return
	}
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxResponse))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		text := fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", MaxResponse)
		inv.result <- failure("Function.ResponseSizeTooLarge", text)
		answer(w, http.StatusRequestEntityTooLarge, `{"errorType":"RequestEntityTooLarge","errorMessage":"`+text+`"}`)
		return
	}
	if err != nil {
		inv.result <- failure("Runtime.TruncatedResponse", "the function's response ended early")
		return
	}
	// The Go runtime library reports an error while streaming in trailers.
	if r.Trailer.Get("Lambda-Runtime-Function-Error-Type") != "" {
		body, _ := base64.StdEncoding.DecodeString(r.Trailer.Get("Lambda-Runtime-Function-Error-Body"))
		inv.result <- Result{Payload: body, FunctionError: "Unhandled"}
	} else {
		inv.result <- Result{Payload: payload}
	}
	answer(w, http.StatusAccepted, `{"status":"OK"}`)
}

func (e *environment) failed(w http.ResponseWriter, r *http.Request) {
	inv := e.claim(w, r)
	if inv == nil {
		return
	}
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxResponse))
	if err != nil {
		inv.result <- failure("Runtime.TruncatedResponse", "the function's error report ended early")
		return
	}
	inv.result <- Result{Payload: payload, FunctionError: "Unhandled"}
	answer(w, http.StatusAccepted, `{"status":"OK"}`)
}

// claim takes the running invocation if the request names it, so that each is
// answered once.
func (e *environment) claim(w http.ResponseWriter, r *http.Request) *invocation {
	e.mu.Lock()
	defer e.mu.Unlock()
	inv := e.current
	if inv == nil || inv.id != r.PathValue("id") {
		answer(w, http.StatusBadRequest, `{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}`)
		return nil
	}
	e.current = nil
	return inv
}

func (e *environment) initFailed(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxResponse))
	if err == nil {
		e.mu.Lock()
		e.initError = payload
		e.mu.Unlock()
	}
	answer(w, http.StatusAccepted, `{"status":"OK"}`)
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
