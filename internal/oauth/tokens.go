package oauth

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// TokenState is where the tokens of bound mailboxes are kept.
type TokenState interface {
	Tokens(context.Context, desk.OrgID, desk.MailboxID) (desk.Tokens, error)
	LeaseTokens(ctx context.Context, org desk.OrgID, box desk.MailboxID, version int64, until time.Time) error
	StoreTokens(ctx context.Context, org desk.OrgID, box desk.MailboxID, version int64, sealed []byte) error
	EndTokens(ctx context.Context, org desk.OrgID, box desk.MailboxID, version int64, code string) error
}

// Tokens is a vault whose credentials can be used at once: with a mailbox that
// signs in by OAuth they hold an access token that is good for a while. Getting
// one spends the refresh token, so it is done by one function at a time, and the
// new pair is stored before it is used. A crash between the provider's answer and
// that write loses the pair; at a provider that refuses spent refresh tokens the
// mailbox then has to be signed in again.
type Tokens struct {
	Vault     Vault
	State     TokenState
	Providers Providers
	Client    *http.Client
	Now       desk.Clock
	Log       *slog.Logger
}

const (
	// early is how much of its life an access token must have left, enough that
	// it is good for longer than any function runs; hardly is what it must have
	// left to be used while new ones cannot be had.
	early, hardly = 5 * time.Minute, time.Minute
	// leaseTime is longer than the provider may take to answer and the write.
	leaseTime = tokenTime + storeTime + 2*time.Second
	storeTime = 5 * time.Second
	// looks and lookEvery are how long to wait for somebody else's new tokens.
	looks, lookEvery = 40, 250 * time.Millisecond
)

// Seal passes on to the vault.
func (t *Tokens) Seal(ctx context.Context, org desk.OrgID, box desk.MailboxID, c desk.Credentials) ([]byte, error) {
	return t.Vault.Seal(ctx, org, box, c)
}

// Open opens credentials; those of a mailbox that signs in by OAuth get a good
// access token. Permanent with the code of the remedy when its owner has to sign
// in again: then the provider is not asked, nor was since it refused.
func (t *Tokens) Open(ctx context.Context, org desk.OrgID, box desk.MailboxID, sealed []byte) (desk.Credentials, error) {
	who, err := t.Vault.Open(ctx, org, box, sealed)
	if err != nil || who.Method != desk.XOAuth2 {
		return who, err
	}
	have, err := t.good(ctx, org, box)
	if err != nil {
		return desk.Credentials{}, err
	}
	who.AccessToken, who.ExpiresAt = have.AccessToken, have.ExpiresAt
	return who, nil
}

// good reads the tokens, and gets new ones when it is time.
func (t *Tokens) good(ctx context.Context, org desk.OrgID, box desk.MailboxID) (desk.Credentials, error) {
	for range looks {
		r, err := t.read(ctx, org, box)
		if err != nil || r.left() >= early {
			return r.have, err
		}
		err = t.State.LeaseTokens(ctx, org, box, r.kept.Version, t.Now().Add(leaseTime))
		if err == nil {
			err = r.renew(ctx)
		}
		switch {
		case err == nil:
			return r.have, nil
		case desk.KindOf(err) == desk.Permanent:
			return desk.Credentials{}, err
		case r.left() >= hardly:
			if desk.KindOf(err) != desk.Conflict {
				t.Log.WarnContext(ctx, "tokens not renewed yet", "org", org, "mailbox", box, "code", desk.CodeOf(err), "err", err)
			}
			return r.have, nil
		case desk.KindOf(err) != desk.Conflict:
			return desk.Credentials{}, err
		}
		if err := pause(ctx, lookEvery); err != nil {
			return desk.Credentials{}, err
		}
	}
	return desk.Credentials{}, desk.Errorf(desk.Unavailable, "busy", "somebody else has been getting new tokens for too long")
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return desk.Errorf(desk.Unavailable, "busy", "waiting for new tokens: %w", ctx.Err())
	case <-timer.C:
		return nil
	}
}

// renewal is one look at the tokens of a mailbox, and what comes of it.
type renewal struct {
	*Tokens
	org  desk.OrgID
	box  desk.MailboxID
	kept desk.Tokens
	have desk.Credentials
}

func (t *Tokens) read(ctx context.Context, org desk.OrgID, box desk.MailboxID) (*renewal, error) {
	r := &renewal{Tokens: t, org: org, box: box}
	var err error
	if r.kept, err = t.State.Tokens(ctx, org, box); desk.KindOf(err) == desk.NotFound {
		return r, desk.Errorf(desk.Permanent, "oauth_revoked", "the mailbox has no tokens")
	}
	if err != nil {
		return r, err
	}
	if r.kept.Ended != "" {
		return r, desk.Errorf(desk.Permanent, r.kept.Ended, "the provider ended the sign-in")
	}
	r.have, err = t.Vault.Open(ctx, org, box, r.kept.Sealed)
	return r, err
}

func (r *renewal) left() time.Duration { return r.have.ExpiresAt.Sub(r.Now()) }

// renew gets new tokens and stores them. Conflict when others are stored already.
func (r *renewal) renew(ctx context.Context) error {
	p, ok := r.Providers[r.have.Provider]
	if !ok {
		return desk.Errorf(desk.Unavailable, "oauth_not_configured", "no application is registered for this provider")
	}
	asked := r.Now()
	got, err := p.refresh(ctx, r.Client, r.have.RefreshToken)
	// Whatever the provider said must be kept even if the caller's time is over.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	if desk.KindOf(err) == desk.Permanent {
		if ended := r.State.EndTokens(ctx, r.org, r.box, r.kept.Version, desk.CodeOf(err)); ended != nil {
			return ended
		}
		return err
	}
	if err != nil {
		return err
	}
	next := r.have
	next.AccessToken, next.ExpiresAt = got.AccessToken, got.expires(asked)
	if got.RefreshToken != "" {
		next.RefreshToken = got.RefreshToken
	}
	sealed, err := r.Vault.Seal(ctx, r.org, r.box, next)
	if err != nil {
		return err
	}
	if err := r.State.StoreTokens(ctx, r.org, r.box, r.kept.Version, sealed); err != nil {
		return err
	}
	r.have = next
	return nil
}
