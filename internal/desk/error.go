package desk

import (
	"errors"
	"fmt"
	"strings"
)

// Kind decides retry, HTTP status and what a person reads. An error without a
// kind is Internal, and a queue treats Internal as temporary.
type Kind string

const (
	Internal    Kind = "internal"    // ours; shown as "internal error"
	Invalid     Kind = "invalid"     // the input is wrong; the message says how
	NotFound    Kind = "not_found"   // no such thing, or not visible to the caller
	Denied      Kind = "denied"      // the caller's role or mailbox access forbids it
	Conflict    Kind = "conflict"    // somebody was faster; read again
	Unavailable Kind = "unavailable" // temporary: try again later
	Permanent   Kind = "permanent"   // the other side said a final no
)

// Error is the one error type of the domain. Code is a stable key the page has a
// sentence for; Message is English for logs and API users, holds what Err says,
// and never mail text, addresses or secrets.
type Error struct {
	Kind    Kind
	Code    string
	Message string
	Err     error
}

func (e *Error) Error() string { return e.Message }

func (e *Error) Unwrap() error { return e.Err }

// Public is the message without its cause: what users of the API may read. A
// cause can hold addresses of servers and words of libraries.
func (e *Error) Public() string {
	if e.Err == nil {
		return e.Message
	}
	return strings.TrimRight(strings.TrimSuffix(e.Message, e.Err.Error()), ": ")
}

// Errorf makes an Error; a %w verb in format keeps the cause.
func Errorf(kind Kind, code, format string, args ...any) *Error {
	wrapped := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Code: code, Message: wrapped.Error(), Err: errors.Unwrap(wrapped)}
}

// KindOf finds the kind of the first Error in err's chain, Internal without one.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// CodeOf finds the code of the first Error in err's chain, "internal" without one.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) && e.Code != "" {
		return e.Code
	}
	return string(KindOf(err))
}
