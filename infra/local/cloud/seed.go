package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/demomail"
	"github.com/quilldesk/quilldesk/infra/local/oidc"
)

// organisation is the demo's shop.
const organisation = "Lumenhaus"

// stores are those the demo's mail is about.
var stores = []string{
	"amazon.com", "amazon.ca", "walmart.com", "walmart.ca", "ebay.com", "ebay.ca", "newegg.com", "newegg.ca", "neweggbusiness.com", "tiktok.us", "own",
}

// manner is what the demo's shop tells whoever writes its replies.
var manner = map[string]any{
	"language": "zh-Hant", "knowledgeLanguage": "en-US", "tone": "Warm and brief. First names, no exclamation marks.",
	"storeFacts": []map[string]string{
		{"store": "amazon.com", "facts": "Answers Monday to Friday, 9:00 to 18:00 Pacific time."},
		{"store": "own", "facts": "Answers Monday to Friday, 9:00 to 18:00 Pacific time. Lamps have a warranty of 24 months."},
	},
}

// seeder sets up the demo the way a person would: through the product's API,
// signed in as the owner.
type seeder struct {
	api    string // http://host:port/api
	token  string
	client *http.Client
}

// seedOnce sets up the demo at the first start of a data folder. What the user
// changes or deletes later stays so.
func (s *seeder) seedOnce(ctx context.Context, dir string, people []oidc.Person, mail *demomail.Server) error {
	done := filepath.Join(dir, "seeded")
	if _, err := os.Stat(done); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := s.seed(ctx, people, mail); err != nil {
		return fmt.Errorf("setting up the demo: %w", err)
	}
	if err := os.WriteFile(done, nil, 0o600); err != nil {
		return fmt.Errorf("setting up the demo: %w", err)
	}
	return nil
}

// seed can run again after it was interrupted: it skips what is there.
func (s *seeder) seed(ctx context.Context, people []oidc.Person, mail *demomail.Server) error {
	var session struct{ Organisation *struct{} }
	if err := s.call(ctx, "GET", "/session", nil, &session); err != nil {
		return err
	}
	if session.Organisation == nil {
		if err := s.call(ctx, "POST", "/organisation", map[string]string{"name": organisation}, nil); err != nil {
			return err
		}
		if err := s.call(ctx, "PATCH", "/organisation", manner, nil); err != nil {
			return err
		}
	}
	for _, p := range people {
		if p.Email == ownerEmail {
			continue // whoever creates the organisation
		}
		member := map[string]string{"email": p.Email, "name": p.Name, "role": p.Role}
		if err := s.call(ctx, "PUT", "/members", member, nil); err != nil {
			return err
		}
	}
	if err := s.addKnowledge(ctx); err != nil {
		return err
	}
	return s.bindMailboxes(ctx, mail)
}

// addKnowledge writes the shop's answers, unless there are any.
func (s *seeder) addKnowledge(ctx context.Context) error {
	var known []json.RawMessage
	if err := s.call(ctx, "GET", "/knowledge", nil, &known); err != nil || len(known) > 0 {
		return err
	}
	for _, e := range entries {
		if err := s.call(ctx, "POST", "/knowledge", e, nil); err != nil {
			return err
		}
	}
	return nil
}

// How often deliverRecent asks whether the mailboxes were read, and for how long.
const (
	lookEvery = 200 * time.Millisecond
	lookFor   = time.Minute
)

// deliverRecent waits until every mailbox of the demo was read once, so that
// what lay there counts as history, and lets the rest arrive as new mail.
func (s *seeder) deliverRecent(ctx context.Context, mail *demomail.Server) error {
	if !mail.HoldsRecent() {
		return nil
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for range lookFor / lookEvery {
		read, err := s.mailboxesRead(ctx)
		if err != nil {
			return err
		}
		if read {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return mail.DeliverRecent()
}

func (s *seeder) mailboxesRead(ctx context.Context) (bool, error) {
	var bound []struct{ CheckedAt time.Time }
	if err := s.call(ctx, "GET", "/mailboxes", nil, &bound); err != nil {
		return false, err
	}
	for _, box := range bound {
		if box.CheckedAt.IsZero() {
			return false, nil
		}
	}
	return len(bound) > 0, nil
}

func (s *seeder) bindMailboxes(ctx context.Context, mail *demomail.Server) error {
	var bound []struct{ Address string }
	if err := s.call(ctx, "GET", "/mailboxes", nil, &bound); err != nil {
		return err
	}
	have := map[string]bool{}
	for _, box := range bound {
		have[box.Address] = true
	}
	for _, account := range mail.Accounts() {
		if account.Role != "seller" || have[account.Address] {
			continue
		}
		binding, err := bindingOf(account, mail)
		if err != nil {
			return err
		}
		if err := s.call(ctx, "POST", "/mailboxes", binding, nil); err != nil {
			return err
		}
	}
	return nil
}

func bindingOf(account demomail.Account, mail *demomail.Server) (map[string]any, error) {
	imap, err := endpoint(mail.IMAPAddr())
	if err != nil {
		return nil, err
	}
	smtp, err := endpoint(mail.SMTPAddr())
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"address": account.Address, "name": organisation + " Support", "stores": stores, "user": account.Address, "password": account.Password,
		"imap": imap, "smtp": smtp, "importDays": 365, "appendSent": !account.KeepsSent,
	}, nil
}

func endpoint(addr string) (map[string]any, error) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(text)
	return map[string]any{"host": host, "port": port, "security": "tls"}, err
}

// call makes one request with a JSON body and decodes the answer into out;
// both may be nil.
func (s *seeder) call(ctx context.Context, method, path string, body, out any) error {
	target, err := url.JoinPath(s.api, path)
	if err != nil {
		return err
	}
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, target, content)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", "application/json")
	w, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = w.Body.Close() }()
	answer, err := io.ReadAll(w.Body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if w.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %.300s", method, path, w.Status, answer)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}
