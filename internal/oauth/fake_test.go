package oauth

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/infra/local/cloud"
	"github.com/quilldesk/quilldesk/infra/local/mailoauth"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dynamo"
	"github.com/quilldesk/quilldesk/internal/kms"
)

// embedded is the package's one storage; every test has an organisation of its own.
var embedded *cloud.Embedded

func TestMain(m *testing.M) {
	os.Exit(cloud.WithEmbedded("../../template.yaml", func(e *cloud.Embedded) int {
		embedded = e
		return m.Run()
	}))
}

const (
	kim      = "kim@lumenhaus.example"
	callback = "http://127.0.0.1:8420/oauth/callback"
	tokenFor = time.Hour
)

var (
	noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	orgs atomic.Int64
)

// clock is the time of a test.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is a flow and a token vault against real storage, and the provider.
type world struct {
	*testing.T
	org      desk.OrgID
	clock    *clock
	table    *dynamo.Table
	vault    *kms.Vault
	provider *mailoauth.Server
	flow     *Flow
	tokens   *Tokens
	// broken, when set, makes the provider answer with that status.
	broken atomic.Int64
	writes atomic.Int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, org: desk.OrgID(fmt.Sprintf("org%d", orgs.Add(1))), clock: &clock{at: noon}}
	w.table = dynamo.New(embedded.DynamoDB, embedded.Table, w.clock.now).Metered(func(c *types.ConsumedCapacity) {
		if c.WriteCapacityUnits != nil {
			w.writes.Add(1)
		}
	})
	w.vault = kms.New(embedded.KMS, embedded.KeyID)
	var err error
	w.provider, err = mailoauth.Open(mailoauth.Config{
		ClientID: "quilldesk", StateFile: filepath.Join(t.TempDir(), "mailoauth.json"), TokenLife: tokenFor, Now: w.clock.now,
		People: []mailoauth.Person{{Address: kim, Name: "Kim"}, {Address: "locked@lumenhaus.example", Name: "Lou", NeedsAdmin: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	handler := w.provider.Handler()
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if status := w.broken.Load(); status != 0 {
			out.WriteHeader(int(status))
			return
		}
		handler.ServeHTTP(out, r)
	}))
	t.Cleanup(server.Close)
	providers := NewProviders(Application{ID: "quilldesk", Authority: server.URL + "/common"}, "https://outlook.office.com", Application{})
	w.flow = &Flow{State: w.table, Vault: w.vault, Providers: providers, Client: NewClient(), Now: w.clock.now}
	w.tokens = &Tokens{Vault: w.vault, State: w.table, Providers: providers, Client: NewClient(), Now: w.clock.now, Log: slog.New(slog.DiscardHandler)}
	return w
}

// start begins a sign-in and returns the address to open.
func (w *world) start(s desk.SignIn) string {
	w.Helper()
	s.Org, s.Member, s.Provider, s.Redirect = w.org, "owner@lumenhaus.example", "microsoft", callback
	page, err := w.flow.Start(w.Context(), s)
	if err != nil {
		w.Fatal(err)
	}
	return page
}

// choose picks a person on the provider's page and returns what the browser is
// sent back with.
func (w *world) choose(page, address string) Answer {
	w.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(w.Context(), http.MethodPost, page, strings.NewReader(url.Values{"address": {address}}.Encode()))
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := browser.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	back, err := answer.Location()
	if err != nil || !strings.HasPrefix(back.String(), callback+"?") {
		w.Fatalf("sent to %v: %v", back, err)
	}
	q := back.Query()
	return Answer{State: q.Get("state"), Code: q.Get("code"), Error: q.Get("error"), Description: q.Get("error_description")}
}

func (w *world) finish(a Answer) (desk.Credentials, error) {
	_, c, err := w.flow.Finish(w.Context(), w.org, "owner@lumenhaus.example", a)
	return c, err
}

// signIn goes through the whole flow.
func (w *world) signIn() desk.Credentials {
	w.Helper()
	c, err := w.finish(w.choose(w.start(desk.SignIn{Address: kim}), kim))
	if err != nil {
		w.Fatal(err)
	}
	return c
}

const box = desk.MailboxID("boxabcde")

// bind stores a mailbox with the tokens of a sign-in and returns its sealed credentials.
func (w *world) bind() []byte {
	w.Helper()
	ctx := w.Context()
	c := w.signIn()
	grant, err := w.flow.Keep(ctx, desk.SignIn{Org: w.org, Member: "owner@lumenhaus.example", Provider: "microsoft"}, c)
	if err != nil {
		w.Fatal(err)
	}
	base, err := w.vault.Seal(ctx, w.org, box, desk.Credentials{Method: desk.XOAuth2, User: kim, Provider: "microsoft", Secret: []byte("secret")})
	if err != nil {
		w.Fatal(err)
	}
	tokens, err := w.vault.Seal(ctx, w.org, box, c)
	if err != nil {
		w.Fatal(err)
	}
	m := desk.Mailbox{ID: box, Org: w.org, Address: kim, OAuth: "microsoft", Sealed: base, CreatedAt: noon}
	if err := w.table.AddGranted(ctx, m, desk.Sync{Org: w.org, Mailbox: box}, tokens, grant.ID); err != nil {
		w.Fatal(err)
	}
	return base
}

// works is whether credentials open Kim's mailbox now.
func (w *world) works(c desk.Credentials) bool {
	address, ok := w.provider.Address(c.AccessToken)
	return ok && address == kim && c.Method == desk.XOAuth2 && c.User == kim
}
