package mailbox

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// endedVault is that of a mailbox whose provider ended its sign-in.
type endedVault struct{ opened *int }

func (v endedVault) Open(context.Context, desk.OrgID, desk.MailboxID, []byte) (desk.Credentials, error) {
	*v.opened++
	return desk.Credentials{}, desk.Errorf(desk.Permanent, "oauth_revoked", "the provider ended the sign-in")
}

func TestAnEndedSignInIsToldOnceAndWaitsForAPerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var opened int
	var log bytes.Buffer
	s := d.syncer("one")
	s.Vault, s.Log = endedVault{&opened}, slog.New(slog.NewTextHandler(&log, nil))
	d.units.Store(0)
	for range 5 {
		if _, err := s.Run(t.Context(), d.box.Org, d.box.ID); err != nil {
			t.Fatal(err)
		}
		d.now = d.now.Add(24 * time.Hour)
	}
	if got := d.sync(); got.State != desk.SyncNeedsAuth || got.Code != "oauth_revoked" {
		t.Errorf("%+v", got)
	}
	if lines := strings.Count(log.String(), "\n"); opened != 1 || lines != 1 || d.units.Load() != 1 {
		t.Errorf("opened %d times, %d lines logged, %d writes", opened, lines, d.units.Load())
	}
}

func TestARefusedAccessTokenNeedsAPersonAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	s := d.syncer("one")
	s.Dial = func(context.Context, desk.Endpoint, desk.Credentials, ...string) (Server, error) {
		return nil, desk.Errorf(desk.Permanent, "oauth_refused", "the server refused")
	}
	if _, err := s.Run(t.Context(), d.box.Org, d.box.ID); err != nil {
		t.Fatal(err)
	}
	if got := d.sync(); got.State != desk.SyncNeedsAuth || got.NextTry.Sub(d.now) != time.Minute {
		t.Errorf("%+v", got)
	}
}
