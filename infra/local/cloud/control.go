package cloud

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/demomail"
)

// tokenLife is how long the tokens of `services` are good for.
const tokenLife = 12 * time.Hour

// controlFile tells the `services` command how to ask the running system. It is
// there from ready to shutdown; what a killed process left behind gets no answer.
const controlFile = "services.json"

type control struct {
	URL    string `json:"url"`
	Secret string `json:"secret"`
}

// Description is what `services` prints: all it takes to drive the running
// system from outside.
type Description struct {
	Endpoints       map[string]string `json:"endpoints"`
	Region          string            `json:"region"`
	AccessKeyID     string            `json:"accessKeyId"`
	SecretAccessKey string            `json:"secretAccessKey"`
	Table           string            `json:"table"`
	Bucket          string            `json:"bucket"`
	Queues          map[string]string `json:"queues"` // URL by logical id
	Key             string            `json:"key"`    // ARN
	Issuer          string            `json:"issuer"`
	ClientID        string            `json:"clientId"`
	People          []PersonToken     `json:"people"`
	Mail            MailDescription   `json:"mail"`
}

// PersonToken is a demo person with an ID token for the API.
type PersonToken struct {
	Role  string `json:"role"`
	Email string `json:"email"`
	Name  string `json:"name"`
	Token string `json:"token"`
}

// MailDescription is what a mail client needs for the demo mailboxes.
type MailDescription struct {
	Accounts []MailAccount `json:"accounts"`
	CAFile   string        `json:"caFile"`
}

// MailAccount is a demo mailbox.
type MailAccount struct {
	Address  string `json:"address"`
	Password string `json:"password"`
	Role     string `json:"role"`
}

// announce lets the `services` command ask from now on.
func (s *system) announce(sides *sides) error {
	l, err := s.ports.listen("control")
	if err != nil {
		return err
	}
	secret := rand.Text()
	s.serve(l, localOnly(s.controlHandler(secret, sides)))
	path := filepath.Join(s.options.Data, controlFile)
	if err := writeJSON(path, control{URL: s.ports.url("control"), Secret: secret}); err != nil {
		return err
	}
	s.onClose(func(context.Context) error { return os.Remove(path) })
	return nil
}

func (s *system) controlHandler(secret string, sides *sides) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte(secret)) == 0 {
			http.Error(w, "", http.StatusForbidden)
			return
		}
		description, err := s.describe(sides)
		if err != nil {
			s.log.Error("services", "err", err)
			http.Error(w, "", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		_ = enc.Encode(description) // the caller may be gone
	})
}

func (s *system) describe(sides *sides) (Description, error) {
	pool := s.model.Pools[0]
	d := Description{
		Endpoints: map[string]string{"api": s.base, "imap": sides.mail.IMAPAddr(), "smtp": sides.mail.SMTPAddr(), "mailoauth": s.ports.url("mailoauth")},
		Region:    region, AccessKeyID: s.keys.AccessKeyID, SecretAccessKey: s.keys.SecretAccessKey,
		Queues: map[string]string{},
		Issuer: s.ports.url("signin") + "/" + pool.ID, ClientID: pool.Clients[0].ID,
		Mail: MailDescription{CAFile: sides.mail.CAPath()},
	}
	for _, id := range []string{"dynamodb", "sqs", "s3", "kms", "bedrock"} {
		d.Endpoints[id] = s.ports.url(id)
	}
	for _, t := range s.model.Tables {
		d.Table = t.Name
	}
	for _, b := range s.model.Buckets {
		d.Bucket = b.Name
	}
	for _, k := range s.model.Keys {
		d.Key = k.ARN
	}
	for _, q := range s.model.Queues {
		d.Queues[q.LogicalID] = s.queueURL(q.Name)
	}
	for _, a := range sides.mail.Accounts() {
		d.Mail.Accounts = append(d.Mail.Accounts, accountOf(a))
	}
	for _, p := range people() {
		token, err := sides.signIn.Token(p.Email, tokenLife)
		if err != nil {
			return Description{}, err
		}
		d.People = append(d.People, PersonToken{Role: p.Role, Email: p.Email, Name: p.Name, Token: token})
	}
	return d, nil
}

func accountOf(a demomail.Account) MailAccount {
	return MailAccount{Address: a.Address, Password: a.Password, Role: a.Role}
}

var errNotRunning = errors.New("nothing is running on this data folder; start it with: make run")

// Services writes one JSON object about the system that runs on a data folder.
func Services(ctx context.Context, dir string, out io.Writer) error {
	text, err := os.ReadFile(filepath.Join(dir, controlFile))
	if errors.Is(err, fs.ErrNotExist) {
		return errNotRunning
	}
	if err != nil {
		return fmt.Errorf("reading about the running system: %w", err)
	}
	var c control
	if err := json.Unmarshal(text, &c); err != nil {
		return errNotRunning
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL, nil)
	if err != nil {
		return errNotRunning
	}
	r.Header.Set("Authorization", c.Secret)
	answer, err := loopbackClient().Do(r)
	if err != nil {
		return errNotRunning
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return errNotRunning
	}
	if _, err := io.Copy(out, answer.Body); err != nil {
		return fmt.Errorf("asking the running system: %w", err)
	}
	return nil
}
