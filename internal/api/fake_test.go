package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/cloud"
	"github.com/quilldesk/quilldesk/internal/budget"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dynamo"
	"github.com/quilldesk/quilldesk/internal/knowledge"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/merge"
	"github.com/quilldesk/quilldesk/internal/oauth"
	"github.com/quilldesk/quilldesk/internal/offline"
	"github.com/quilldesk/quilldesk/internal/outbox"
	"github.com/quilldesk/quilldesk/internal/reply"
	"github.com/quilldesk/quilldesk/internal/triage"
)

// embedded is the package's one storage; every test has an organisation of its own.
var embedded *cloud.Embedded

func TestMain(m *testing.M) {
	os.Exit(cloud.WithEmbedded("../../template.yaml", func(e *cloud.Embedded) int {
		embedded = e
		return m.Run()
	}))
}

var (
	noon   = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	people atomic.Int64
)

// site is the API of one organisation. Requests name who makes them in a header.
type site struct {
	*testing.T
	server  *Server
	url     string
	owner   string
	work    *work
	probe   *probe
	objects objects
	log     *bytes.Buffer
}

type person struct{}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{T: t, owner: fmt.Sprintf("owner%d@lumenhaus.example", people.Add(1)), work: &work{}, probe: &probe{}, objects: objects{}, log: &bytes.Buffer{}}
	now := func() time.Time { return noon }
	table := dynamo.New(embedded.DynamoDB, embedded.Table, now)
	engine, err := offline.New()
	if err != nil {
		t.Fatal(err)
	}
	base := &knowledge.Base{State: table, Now: now}
	log := slog.New(slog.NewTextHandler(s.log, nil))
	s.server = &Server{
		Table: table, Originals: s.objects, Work: s.work, DNS: noDNS{}, Knowledge: base, People: s.work, Now: now, Log: log, Owner: s.owner, AI: "offline",
		Binder: &mailbox.Binder{
			State: table, Vault: vault{}, DNS: noDNS{}, Now: now,
			DialIMAP: func(context.Context, desk.Endpoint, desk.Credentials) (mailbox.Probe, error) {
				return s.probe, s.probe.fail
			},
			TestSMTP: func(context.Context, desk.Endpoint, desk.Credentials) error { return nil },
		},
		SignIns: &oauth.Flow{State: table, Vault: vault{}, Now: now},
		Budget:  &budget.Keeper{Ledger: table, Installed: 10_000_000, Now: now, Log: log},
		Replies: &reply.Desk{State: table, Knowledge: base, Assistant: engine, Fallback: engine, Now: now, Log: log},
		Merger:  &merge.Merger{State: table, Work: s.work, Now: now},
		Links:   s.objects,
		Outbox:  &outbox.Outbox{State: table, Work: s.work, Now: now, Log: log},
		Identity: func(ctx context.Context) (Person, bool) {
			email, ok := ctx.Value(person{}).(string)
			return Person{Email: email, Name: "Somebody"}, ok && email != "unverified@lumenhaus.example"
		},
	}
	handler := s.server.Handler()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), person{}, r.Header.Get("X-Person"))))
	}))
	t.Cleanup(web.Close)
	s.url = web.URL + "/api"
	return s
}

// answer is a response with its JSON.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) into(t *testing.T, out any) {
	t.Helper()
	if err := json.Unmarshal(a.body, out); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
}

func (a answer) code() string {
	var p struct{ Code string }
	_ = json.Unmarshal(a.body, &p)
	return p.Code
}

func (s *site) call(who, method, path string, body any) answer {
	s.Helper()
	text, ok := body.(string)
	if !ok && body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			s.Fatal(err)
		}
		text = string(data)
	}
	r, err := http.NewRequestWithContext(s.Context(), method, s.url+path, bytes.NewReader([]byte(text)))
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("X-Person", who)
	r.Header.Set("Content-Type", "application/json")
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = w.Body.Close() }()
	var out bytes.Buffer
	if _, err := out.ReadFrom(w.Body); err != nil {
		s.Fatal(err)
	}
	return answer{w.StatusCode, w.Header, out.Bytes()}
}

// ok is a call that must end with that status.
func (s *site) ok(status int, who, method, path string, body any) answer {
	s.Helper()
	a := s.call(who, method, path, body)
	if a.status != status {
		s.Fatalf("%s %s by %s: %d %s", method, path, who, a.status, a.body)
	}
	return a
}

// staffed creates the organisation and a person of each role, whose addresses
// begin with the role.
func (s *site) staffed() *site {
	s.Helper()
	s.ok(201, s.owner, "POST", "/organisation", map[string]string{"name": "Lumenhaus"})
	for _, role := range []string{"admin", "agent", "viewer"} {
		s.ok(200, s.owner, "PUT", "/members", map[string]string{"email": s.as(role), "name": role, "role": role})
	}
	return s
}

func (s *site) as(role string) string {
	if role == "owner" {
		return s.owner
	}
	return role + "-" + s.owner
}

func (s *site) org() desk.OrgID {
	s.Helper()
	org, _, err := s.server.Table.Person(s.Context(), s.owner)
	if err != nil {
		s.Fatal(err)
	}
	return org
}

// box stores a mailbox; members limit it.
func (s *site) box(id desk.MailboxID, members ...string) {
	s.Helper()
	m := desk.Mailbox{ID: id, Org: s.org(), Address: string(id) + "@lumenhaus.example", Name: "Lumenhaus", Members: members, CreatedAt: noon}
	if err := s.server.Table.AddMailbox(s.Context(), m, desk.Sync{Org: m.Org, Mailbox: id, State: desk.SyncOK}); err != nil {
		s.Fatal(err)
	}
}

// mail stores a conversation with one incoming message, sorted and findable.
func (s *site) mail(box desk.MailboxID, id desk.ConversationID, change ...func(*desk.Conversation, *desk.Message)) {
	s.Helper()
	org := s.org()
	c := desk.Conversation{
		Mailbox: box, Store: desk.Own, Buyer: desk.Contact{Name: "Kim Larsen", Address: "kim@buyers.example"}, Subject: "Is it dimmable?", Status: desk.Awaiting,
		LastAt: noon, LastIncoming: desk.MessageID("m-" + id), Newest: desk.MessageID("m-" + id), Messages: 1, Route: desk.ReplyRoute{To: "kim@buyers.example"},
		OrderNumbers: []string{"112-1234567-" + string(id)}, Clock: desk.ResponseClock{Start: noon.Add(-48 * time.Hour), Due: noon.Add(-24 * time.Hour)},
		Labels: desk.Labels{Type: desk.Set(desk.AfterSale, desk.ByRule, desk.ReasonOrder, ""), Language: desk.Set(desk.Language("en-US"), desk.ByEstimate, "", "")},
	}
	m := desk.Message{ID: desk.MessageID("m-" + id), Conversation: id, Direction: desk.Incoming, At: noon, From: c.Buyer, Text: "Is the lamp dimmable?"}
	for _, f := range change {
		f(&c, &m)
	}
	table := s.server.Table
	if err := table.PutIncoming(s.Context(), org, m, nil); err != nil {
		s.Fatal(err)
	}
	if _, _, err := table.Apply(s.Context(), org, id, m.ID, 0, func(have *desk.Conversation) {
		c.ID, c.Org, c.Version = have.ID, have.Org, have.Version
		*have = c
	}); err != nil {
		s.Fatal(err)
	}
	stored, err := table.Change(s.Context(), org, id, func(*desk.Conversation) error { return nil })
	if err != nil {
		s.Fatal(err)
	}
	if err := table.PutFind(s.Context(), stored, triage.Terms(stored)); err != nil {
		s.Fatal(err)
	}
}

// work notes what the API starts.
type work struct {
	mu                     sync.Mutex
	fetches, purges, sends []desk.Job
	exports, sorts         []desk.Job
	invited                []string
}

func (w *work) Fetch(_ context.Context, jobs ...desk.Job) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fetches = append(w.fetches, jobs...)
	return nil
}

func (w *work) Purge(_ context.Context, job desk.Job) error {
	w.purges = append(w.purges, job)
	return nil
}

func (w *work) Send(_ context.Context, job desk.Job, _ time.Duration) error {
	w.sends = append(w.sends, job)
	return nil
}

func (w *work) Invite(_ context.Context, email string) error {
	w.invited = append(w.invited, email)
	return nil
}

func (w *work) Export(_ context.Context, job desk.Job) error {
	w.exports = append(w.exports, job)
	return nil
}

func (w *work) PurgeLater(_ context.Context, job desk.Job, _ time.Duration) error {
	return w.Purge(context.Background(), job)
}

func (w *work) Triage(_ context.Context, jobs []desk.Job) error {
	w.sorts = append(w.sorts, jobs...)
	return nil
}

type objects map[string][]byte

// Link is the link of an object, as the bucket would sign it.
func (o objects) Delete(_ context.Context, key string) error {
	delete(o, key)
	return nil
}

func (o objects) Link(_ context.Context, key, filename string, valid time.Duration) (string, error) {
	return fmt.Sprintf("https://bucket.example/%s?name=%s&valid=%s", key, url.QueryEscape(filename), valid), nil
}

func (o objects) Get(_ context.Context, key string) ([]byte, error) {
	raw, ok := o[key]
	if !ok {
		return nil, desk.Errorf(desk.NotFound, "original_gone", "the original mail is no longer kept")
	}
	return raw, nil
}

type noDNS struct{}

func (noDNS) LookupMX(context.Context, string) ([]*net.MX, error) { return nil, nil }

func (noDNS) LookupCNAME(_ context.Context, host string) (string, error) { return host, nil }

type probe struct{ fail error }

func (*probe) Folders() ([]desk.Folder, error) {
	return []desk.Folder{{Name: "INBOX", Role: "inbox", Selectable: true}}, nil
}
func (*probe) Open(string) (desk.FolderStatus, error) { return desk.FolderStatus{}, nil }
func (*probe) Close() error                           { return nil }

type vault struct{}

func (vault) Open(context.Context, desk.OrgID, desk.MailboxID, []byte) (desk.Credentials, error) {
	return desk.Credentials{}, nil
}

func (vault) Seal(context.Context, desk.OrgID, desk.MailboxID, desk.Credentials) ([]byte, error) {
	return []byte("sealed"), nil
}
