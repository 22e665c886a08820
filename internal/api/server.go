// Package api serves the HTTP API of the page and the extension. Its types and
// routes are generated from openapi.yaml; the handlers here check access, call
// a feature and translate.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/quilldesk/quilldesk/internal/access"
	"github.com/quilldesk/quilldesk/internal/budget"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dynamo"
	"github.com/quilldesk/quilldesk/internal/knowledge"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/merge"
	"github.com/quilldesk/quilldesk/internal/oauth"
	"github.com/quilldesk/quilldesk/internal/outbox"
	"github.com/quilldesk/quilldesk/internal/reply"
)

// Originals reads raw mail, and deletes what was set aside.
type Originals interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Delete(ctx context.Context, key string) error
}

// Work queues what the API starts.
type Work interface {
	Fetch(ctx context.Context, jobs ...desk.Job) error
	Purge(ctx context.Context, job desk.Job) error
	Export(ctx context.Context, job desk.Job) error
}

// Inviter creates the sign-in of an invited person.
type Inviter interface {
	Invite(ctx context.Context, email string) error
}

// Server answers the API's requests.
type Server struct {
	Table     *dynamo.Table
	Originals Originals
	Work      Work
	Binder    *mailbox.Binder
	SignIns   *oauth.Flow
	DNS       mailbox.Resolver
	Replies   *reply.Desk
	Outbox    *outbox.Outbox
	Budget    *budget.Keeper
	Merger    *merge.Merger
	Links     Links
	Knowledge *knowledge.Base
	People    Inviter
	Now       desk.Clock
	Log       *slog.Logger

	// Owner may create the first organisation; NewOrganisations lets everybody.
	Owner            string
	NewOrganisations bool
	// AI is the model's name, "offline" or "off".
	AI string
	// Identity is the verified person of a request.
	Identity func(context.Context) (Person, bool)
}

// Person is who signed in.
type Person struct{ Email, Name string }

var _ StrictServerInterface = (*Server)(nil)

// maxBody bounds a request's body.
const maxBody = 1 << 20

// bodyLimit bounds the body of a request: pieces of files are larger than the rest.
func bodyLimit(r *http.Request) int64 {
	if r.Method == http.MethodPut && strings.HasPrefix(r.URL.Path, "/api/uploads/") {
		return outbox.PieceSize + 1
	}
	return maxBody
}

// Handler routes the API below /api.
func (s *Server) Handler() http.Handler {
	strict := NewStrictHandlerWithOptions(s, nil, StrictHTTPServerOptions{
		RequestErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, err error) {
			s.problem(w, r, desk.Errorf(desk.Invalid, "request_invalid", "reading the request: %w", err))
		},
		ResponseErrorHandlerFunc: s.problem,
	})
	routes := HandlerWithOptions(strict, StdHTTPServerOptions{BaseURL: "/api", ErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, err error) {
		s.problem(w, r, desk.Errorf(desk.Invalid, "request_invalid", "reading the request: %w", err))
	}})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit(r))
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if err := plausible(r.URL); err != nil {
			s.problem(w, r, err)
			return
		}
		routes.ServeHTTP(w, r)
	})
}

// Lengths, in bytes, that no id and no filter of ours reaches: longer ones would
// only become keys that the table refuses.
const (
	maxID     = 128
	maxFilter = 300
)

// free are the parameters that may be longer.
var free = map[string]bool{"cursor": true, "q": true, "confirm": true}

func plausible(u *url.URL) error {
	for part := range strings.SplitSeq(u.Path, "/") {
		if len(part) > maxID {
			return desk.Errorf(desk.NotFound, "not_found", "there is no such thing")
		}
	}
	for name, values := range u.Query() {
		for _, v := range values {
			if len(v) > maxFilter && !free[name] {
				return desk.Errorf(desk.Invalid, "request_invalid", "the parameter %s is too long", name)
			}
		}
	}
	return nil
}

var statuses = map[desk.Kind]int{
	desk.Invalid: http.StatusUnprocessableEntity, desk.NotFound: http.StatusNotFound, desk.Denied: http.StatusForbidden,
	desk.Conflict: http.StatusConflict, desk.Unavailable: http.StatusServiceUnavailable, desk.Permanent: http.StatusUnprocessableEntity,
	desk.Internal: http.StatusInternalServerError,
}

// problem writes an error as a Problem. Nobody sees a raw error of our own.
func (s *Server) problem(w http.ResponseWriter, r *http.Request, err error) {
	kind, code := desk.KindOf(err), desk.CodeOf(err)
	p := Problem{Code: code, Message: "internal error"}
	var known *desk.Error
	switch ours := kind == desk.Internal || code == "storage"; {
	case ours:
		s.Log.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "code", code, "err", err)
	case errors.As(err, &known):
		p.Message = known.Public()
		if known.Err != nil {
			s.Log.WarnContext(r.Context(), "request refused", "method", r.Method, "path", r.URL.Path, "code", code, "err", err)
		}
	}
	var blocked *outbox.Blocked
	if errors.As(err, &blocked) {
		findings := findings(blocked.Text, blocked.Findings)
		p.Findings = &findings
	}
	var failed *testFailed
	if errors.As(err, &failed) {
		test := connectionTest(failed.test)
		p.Test = &test
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(statuses[kind])
	if err := json.NewEncoder(w).Encode(p); err != nil {
		s.Log.WarnContext(r.Context(), "answer not written", "err", err)
	}
}

// caller is the member behind a request.
func (s *Server) caller(ctx context.Context) (access.Caller, error) {
	p, ok := s.person(ctx)
	if !ok {
		return access.Caller{}, desk.Errorf(desk.Denied, "no_email", "the sign-in has no verified e-mail address")
	}
	return access.Identify(ctx, s.Table, p.Email)
}

func (s *Server) person(ctx context.Context) (Person, bool) {
	p, ok := s.Identity(ctx)
	p.Email = strings.ToLower(strings.TrimSpace(p.Email))
	return p, ok && p.Email != ""
}

// writer is the caller, if they may answer and change mail.
func (s *Server) writer(ctx context.Context) (access.Caller, error) {
	c, err := s.caller(ctx)
	if err != nil {
		return c, err
	}
	return c, c.Write()
}

// manager is the caller, if they may change mailboxes, members and settings.
func (s *Server) manager(ctx context.Context) (access.Caller, error) {
	c, err := s.caller(ctx)
	if err != nil {
		return c, err
	}
	return c, c.Manage()
}

// visible reads a conversation if it is open to the caller.
func (s *Server) visible(ctx context.Context, c access.Caller, id string) (desk.Conversation, error) {
	conversation, err := s.Table.Conversation(ctx, c.Org, desk.ConversationID(id))
	if err != nil {
		return conversation, err
	}
	return conversation, c.See(conversation)
}
