package oauth

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

func TestAGoodTokenIsUsedWithoutAskingOrWriting(t *testing.T) {
	w := newWorld(t)
	sealed := w.bind()
	asked := w.provider.Asked()
	w.writes.Store(0)
	for range 3 {
		w.clock.pass(15 * time.Minute)
		c, err := w.tokens.Open(t.Context(), w.org, box, sealed)
		if err != nil || !w.works(c) || string(c.Secret) != "secret" {
			t.Fatalf("%+v %v", c, err)
		}
		if c.RefreshToken != "" {
			t.Error("the refresh token is handed out")
		}
	}
	if n := w.provider.Asked() - asked; n != 0 {
		t.Errorf("asked %d times for new tokens", n)
	}
	if n := w.writes.Load(); n != 0 {
		t.Errorf("%d writes", n)
	}
}

// The provider refuses a spent refresh token, so three renewals in a row prove
// that each new one was stored.
func TestEveryNewRefreshTokenIsKept(t *testing.T) {
	w := newWorld(t)
	sealed := w.bind()
	for range 3 {
		w.clock.pass(tokenFor - early + time.Second)
		c, err := w.tokens.Open(t.Context(), w.org, box, sealed)
		if err != nil || !w.works(c) {
			t.Fatalf("%+v %v", c, err)
		}
	}
	if kept, err := w.table.Tokens(t.Context(), w.org, box); err != nil || kept.Version != 4 || !kept.LeaseUntil.IsZero() {
		t.Errorf("%+v %v", kept.Version, err)
	}
}

func TestFunctionsThatRenewAtOnceLoseNothing(t *testing.T) {
	w := newWorld(t)
	sealed := w.bind()
	w.clock.pass(tokenFor - time.Second) // too little left to go on with the old one
	asked := w.provider.Asked()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if c, err := w.tokens.Open(t.Context(), w.org, box, sealed); err != nil || !w.works(c) {
				t.Errorf("%+v %v", c, err)
			}
		})
	}
	all.Wait()
	if n := w.provider.Asked() - asked; n != 1 {
		t.Errorf("asked %d times for new tokens", n)
	}
	w.clock.pass(tokenFor)
	if c, err := w.tokens.Open(t.Context(), w.org, box, sealed); err != nil || !w.works(c) {
		t.Errorf("an hour later: %+v %v", c, err)
	}
}

func TestARevokedSignInIsToldOnceAndAskedForNoMore(t *testing.T) {
	w := newWorld(t)
	sealed := w.bind()
	if err := w.provider.Revoke(kim); err != nil {
		t.Fatal(err)
	}
	if c, err := w.tokens.Open(t.Context(), w.org, box, sealed); err != nil || !w.works(c) {
		t.Fatalf("the access token lives on: %v", err)
	}
	w.clock.pass(tokenFor)
	for range 3 {
		if _, err := w.tokens.Open(t.Context(), w.org, box, sealed); desk.CodeOf(err) != "oauth_revoked" || desk.KindOf(err) != desk.Permanent {
			t.Fatal(err)
		}
	}
	asked := w.provider.Asked()
	w.clock.pass(24 * time.Hour)
	if _, err := w.tokens.Open(t.Context(), w.org, box, sealed); desk.CodeOf(err) != "oauth_revoked" {
		t.Error(err)
	}
	if n := w.provider.Asked() - asked; n != 0 {
		t.Errorf("asked %d times after the refusal", n)
	}
	if err := w.flow.Renew(t.Context(), w.org, box, w.signIn()); err != nil {
		t.Fatal(err)
	}
	if c, err := w.tokens.Open(t.Context(), w.org, box, sealed); err != nil || !w.works(c) {
		t.Errorf("signed in again: %+v %v", c, err)
	}
}

func TestAProviderThatIsDownIsWaitedFor(t *testing.T) {
	w := newWorld(t)
	sealed := w.bind()
	w.broken.Store(503)
	w.clock.pass(tokenFor - early + time.Second)
	if c, err := w.tokens.Open(t.Context(), w.org, box, sealed); err != nil || !w.works(c) {
		t.Errorf("the old token is still good: %v", err)
	}
	w.clock.pass(early)
	if _, err := w.tokens.Open(t.Context(), w.org, box, sealed); desk.CodeOf(err) != "oauth_unavailable" || desk.KindOf(err) != desk.Unavailable {
		t.Error(err)
	}
	w.broken.Store(0)
	w.clock.pass(leaseTime + time.Second)
	if c, err := w.tokens.Open(t.Context(), w.org, box, sealed); err != nil || !w.works(c) {
		t.Errorf("after it came back: %v", err)
	}
}

// dyingTable loses the write after the provider's answer, as a crash does.
type dyingTable struct {
	TokenState
	die bool
}

func (d *dyingTable) StoreTokens(ctx context.Context, org desk.OrgID, box desk.MailboxID, version int64, sealed []byte) error {
	if d.die {
		return desk.Errorf(desk.Unavailable, "storage", "%w", errors.New("the lights went out"))
	}
	return d.TokenState.StoreTokens(ctx, org, box, version, sealed)
}

// A pair that is lost between answer and write costs a sign-in, no more.
func TestALostPairEndsInSigningInAgain(t *testing.T) {
	w := newWorld(t)
	sealed := w.bind()
	dying := &dyingTable{TokenState: w.table, die: true}
	w.tokens.State = dying
	w.clock.pass(tokenFor)
	if _, err := w.tokens.Open(t.Context(), w.org, box, sealed); desk.CodeOf(err) != "storage" {
		t.Errorf("a token that was not stored is used: %v", err)
	}
	dying.die = false
	w.clock.pass(leaseTime + time.Second)
	if _, err := w.tokens.Open(t.Context(), w.org, box, sealed); desk.CodeOf(err) != "oauth_revoked" {
		t.Error(err)
	}
	if err := w.flow.Renew(t.Context(), w.org, box, w.signIn()); err != nil {
		t.Fatal(err)
	}
	if c, err := w.tokens.Open(t.Context(), w.org, box, sealed); err != nil || !w.works(c) {
		t.Errorf("signed in again: %v", err)
	}
}

// The time of the caller ends while the provider answers: the new pair is kept
// all the same.
func TestTheAnswerIsKeptWhenTheCallersTimeIsOver(t *testing.T) {
	w := newWorld(t)
	sealed := w.bind()
	w.clock.pass(tokenFor)
	ctx, cancel := context.WithCancel(t.Context())
	w.tokens.Client = &http.Client{Transport: cancelling{cancel}}
	if c, err := w.tokens.Open(ctx, w.org, box, sealed); err != nil || !w.works(c) {
		t.Errorf("%v", err)
	}
	if kept, err := w.table.Tokens(t.Context(), w.org, box); err != nil || kept.Version != 2 {
		t.Errorf("version %d, %v", kept.Version, err)
	}
}

// cancelling ends the caller's time with the answer in hand.
type cancelling struct{ cancel func() }

func (c cancelling) RoundTrip(r *http.Request) (*http.Response, error) {
	defer c.cancel()
	return http.DefaultTransport.RoundTrip(r.WithContext(context.WithoutCancel(r.Context())))
}

func TestPasswordsPassThrough(t *testing.T) {
	w := newWorld(t)
	sealed, err := w.tokens.Seal(t.Context(), w.org, box, desk.Credentials{Method: desk.Password, User: kim, Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	if c, err := w.tokens.Open(t.Context(), w.org, box, sealed); err != nil || c.Password != "secret" || c.AccessToken != "" {
		t.Errorf("%+v %v", c, err)
	}
}
