package mailbox

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Binding is what a person enters to bind a mailbox.
type Binding struct {
	Address, Name, Provider string
	IMAP, SMTP              desk.Endpoint
	User, Password          string
	// Grant names a sign-in at the provider in place of a password, and SignIn is
	// what it gave; both empty with a password.
	Grant      string
	SignIn     desk.Credentials
	Folders    []string
	Stores     []desk.Store
	ImportDays int
	// AppendSent is nil to do what the provider's preset says.
	AppendSent *bool
	Members    []string
}

// Step is one thing the connection test tried.
type Step struct {
	Name   string // address, connect, login, folders, open, smtp_connect, smtp_login
	OK     bool
	Code   string
	Detail string
}

// Test is the outcome of a connection test.
type Test struct {
	OK      bool
	Steps   []Step
	Folders []desk.Folder
}

// Probe is a signed-in IMAP connection as the connection test needs it.
type Probe interface {
	Folders() ([]desk.Folder, error)
	Open(folder string) (desk.FolderStatus, error)
	Close() error
}

// BoundState is where bound mailboxes are kept.
type BoundState interface {
	AddMailbox(context.Context, desk.Mailbox, desk.Sync) error
	AddGranted(ctx context.Context, m desk.Mailbox, s desk.Sync, tokens []byte, grant string) error
}

// Sealer seals credentials.
type Sealer interface {
	Vault
	Seal(context.Context, desk.OrgID, desk.MailboxID, desk.Credentials) ([]byte, error)
}

// Binder tests and binds mailboxes.
type Binder struct {
	State    BoundState
	Vault    Sealer
	DialIMAP func(context.Context, desk.Endpoint, desk.Credentials) (Probe, error)
	TestSMTP func(context.Context, desk.Endpoint, desk.Credentials) error
	DNS      Resolver
	Now      desk.Clock
}

func (b Binding) credentials() desk.Credentials {
	user := strings.TrimSpace(b.User)
	if user == "" {
		user = strings.TrimSpace(b.Address)
	}
	if b.SignIn.Method == desk.XOAuth2 {
		who := b.SignIn
		who.User = user
		return who
	}
	password := b.Password
	// Google shows app passwords in groups of four and people copy the spaces.
	if p, ok := preset(b.Provider); ok && p.Secret == "app_password" {
		password = strings.ReplaceAll(password, " ", "")
	}
	return desk.Credentials{Method: desk.Password, User: user, Password: strings.TrimSpace(password)}
}

// testTime is what each of the two servers has to answer in: together they fit
// the time of one API request.
const testTime = 12 * time.Second

// Test tries everything the mailbox will be used for and stores nothing. It
// stops at the first step that fails and names it.
func (b *Binder) Test(ctx context.Context, in Binding) Test {
	return b.test(ctx, b.byOwnNames(ctx, in))
}

func (b *Binder) test(ctx context.Context, in Binding) Test {
	t := Test{Folders: []desk.Folder{}}
	if _, _, err := SplitAddress(in.Address); !t.step("address", err) {
		return t
	}
	who := in.credentials()
	imapTime, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	conn, err := b.DialIMAP(imapTime, in.IMAP, who)
	if err != nil && !isLogin(err) {
		t.step("connect", err)
		return t
	}
	t.step("connect", nil)
	if !t.step("login", advise(err, in.Provider)) {
		return t
	}
	defer func() { _ = conn.Close() }()
	folders, err := conn.Folders()
	if !t.step("folders", err) {
		return t
	}
	t.Folders = folders
	for _, folder := range in.folders() {
		// LIST works on servers that then refuse to open a folder (NetEase).
		if _, err = conn.Open(folder); err != nil {
			break
		}
	}
	if !t.step("open", err) {
		return t
	}
	smtpTime, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	err = b.TestSMTP(smtpTime, in.SMTP, who)
	if err != nil && !smtpLoginCodes[desk.CodeOf(err)] {
		t.step("smtp_connect", err)
		return t
	}
	t.step("smtp_connect", nil)
	t.OK = t.step("smtp_login", err)
	return t
}

func (b Binding) folders() []string {
	if len(b.Folders) == 0 {
		return []string{"INBOX"}
	}
	return b.Folders
}

func (t *Test) step(name string, err error) bool {
	s := Step{Name: name, OK: err == nil}
	if err != nil {
		s.Code, s.Detail = desk.CodeOf(err), said(err)
	}
	t.Steps = append(t.Steps, s)
	return s.OK
}

var loginCodes = map[string]bool{"login_failed": true, "oauth_refused": true, "oauth_only": true, "imap_disabled": true, "unsafe_login": true, "rate_limited": true}

var smtpLoginCodes = map[string]bool{"smtp_login_failed": true, "smtp_auth_disabled": true, "oauth_refused": true}

func isLogin(err error) bool { return loginCodes[desk.CodeOf(err)] }

// advise turns a refused password into the provider's own reason for it.
func advise(err error, provider string) error {
	p, ok := preset(provider)
	if !ok || desk.CodeOf(err) != "login_failed" || p.Secret == "password" || p.Secret == "oauth" {
		return err
	}
	return desk.Errorf(desk.Permanent, "login_failed_"+p.Secret, "%w", err)
}

// Bind tests a mailbox and stores it. When the test fails nothing is stored and
// the error has the code "mailbox_test_failed"; the test says which step.
func (b *Binder) Bind(ctx context.Context, org desk.OrgID, in Binding) (desk.Mailbox, Test, error) {
	if err := in.check(); err != nil {
		return desk.Mailbox{}, Test{}, err
	}
	in = b.byOwnNames(ctx, in)
	t := b.test(ctx, in)
	if !t.OK {
		return desk.Mailbox{}, t, testFailed()
	}
	random := make([]byte, 32+10) // the secret of Message-IDs, and the id
	_, _ = rand.Read(random)      // never fails
	box := desk.Mailbox{
		ID: desk.MailboxID(short(random[32:])[:8]), Org: org, Address: strings.ToLower(strings.TrimSpace(in.Address)),
		Name: in.Name, Provider: in.Provider, OAuth: in.SignIn.Provider, IMAP: in.IMAP, SMTP: in.SMTP, Folders: in.folders(), Stores: in.Stores,
		ImportDays: in.ImportDays, Members: in.Members, CreatedAt: b.Now().UTC(),
	}
	if len(box.Stores) == 0 {
		box.Stores = []desk.Store{desk.Own}
	}
	p, _ := preset(in.Provider)
	box.SentFolder = sentFolder(t.Folders, p)
	box.AppendSent = !p.SavesSent
	if in.AppendSent != nil {
		box.AppendSent = *in.AppendSent
	}
	err := b.store(ctx, box, in, random[:32])
	if desk.KindOf(err) == desk.Conflict {
		err = desk.Errorf(desk.Conflict, "mailbox_bound", "this address is bound already")
	}
	return box, t, err
}

// store seals the credentials and adds the mailbox: with a password in the
// mailbox's own item, with a sign-in the tokens in one of their own.
func (b *Binder) store(ctx context.Context, box desk.Mailbox, in Binding, secret []byte) (err error) {
	who, sync := in.credentials(), desk.Sync{Org: box.Org, Mailbox: box.ID, State: desk.SyncRunning, LastMailAt: b.Now().UTC()}
	who.Secret = secret
	if who.Method == desk.Password {
		if box.Sealed, err = b.Vault.Seal(ctx, box.Org, box.ID, who); err != nil {
			return err
		}
		return b.State.AddMailbox(ctx, box, sync)
	}
	tokens, err := b.Vault.Seal(ctx, box.Org, box.ID, in.SignIn)
	if err != nil {
		return err
	}
	who = desk.Credentials{Method: who.Method, User: who.User, Provider: who.Provider, Secret: secret}
	if box.Sealed, err = b.Vault.Seal(ctx, box.Org, box.ID, who); err != nil {
		return err
	}
	return b.State.AddGranted(ctx, box, sync, tokens, in.Grant)
}

func testFailed() error {
	return desk.Errorf(desk.Invalid, "mailbox_test_failed", "the mailbox could not be reached as given")
}

// SignInAgain tests a mailbox with the tokens of a new sign-in, which somebody
// may have done with another account.
func (b *Binder) SignInAgain(ctx context.Context, box desk.Mailbox, signIn desk.Credentials) (Test, error) {
	who, err := b.Vault.Open(ctx, box.Org, box.ID, box.Sealed)
	if err != nil {
		return Test{}, err
	}
	t := b.test(ctx, Binding{Address: box.Address, Provider: box.Provider, IMAP: box.IMAP, SMTP: box.SMTP, User: who.User, SignIn: signIn, Folders: box.Folders})
	if !t.OK {
		return t, testFailed()
	}
	return t, nil
}

const maxImportDays = 365

func (b Binding) check() error {
	if err := CheckUse(desk.Mailbox{Name: b.Name, Folders: b.Folders, Stores: b.Stores, Members: b.Members}); err != nil {
		return err
	}
	for _, e := range []desk.Endpoint{b.IMAP, b.SMTP} {
		if e.Host == "" || len(e.Host) > 253 || e.Port < 1 || e.Port > 65535 || (e.Security != desk.TLS && e.Security != desk.StartTLS) {
			return desk.Errorf(desk.Invalid, "server_invalid", "a server needs a host, a port and tls or starttls")
		}
	}
	if b.ImportDays < 0 || b.ImportDays > maxImportDays {
		return desk.Errorf(desk.Invalid, "request_invalid", "between 0 and %d days can be imported", maxImportDays)
	}
	if len(b.User)+len(b.Password) > 1000 || len(b.Provider) > 100 {
		return desk.Errorf(desk.Invalid, "request_invalid", "the user name or the password is too long")
	}
	return nil
}

// CheckUse checks how a mailbox is to be used: its stores exist, and names and
// lists are of a size that a person would enter.
func CheckUse(box desk.Mailbox) error {
	for _, store := range box.Stores {
		if _, ok := store.Info(); !ok {
			return desk.Errorf(desk.Invalid, "unknown_store", "there is no store %q", store)
		}
	}
	if len(box.Folders) > 50 || len(box.Members) > 500 || len(box.Name) > 300 {
		return desk.Errorf(desk.Invalid, "request_invalid", "a mailbox has at most 50 folders and 500 members")
	}
	for _, name := range slices.Concat(box.Folders, box.Members) {
		if name == "" || len(name) > 300 {
			return desk.Errorf(desk.Invalid, "request_invalid", "a folder or a member has no or too long a name")
		}
	}
	return nil
}

// NewPassword tests a mailbox with another password and returns its sealed
// credentials; the secret of its Message-IDs stays.
func (b *Binder) NewPassword(ctx context.Context, box desk.Mailbox, password string) ([]byte, Test, error) {
	if box.OAuth != "" {
		return nil, Test{}, desk.Errorf(desk.Invalid, "mailbox_signs_in", "this mailbox has no password: its owner signs in at the provider")
	}
	who, err := b.Vault.Open(ctx, box.Org, box.ID, box.Sealed)
	if err != nil {
		return nil, Test{}, err
	}
	in := Binding{Address: box.Address, Provider: box.Provider, IMAP: box.IMAP, SMTP: box.SMTP, User: who.User, Password: password, Folders: box.Folders}
	t := b.Test(ctx, in)
	if !t.OK {
		return nil, t, testFailed()
	}
	who.Password = in.credentials().Password
	sealed, err := b.Vault.Seal(ctx, box.Org, box.ID, who)
	return sealed, t, err
}

// sentNames are names of Sent folders where the server tells no roles.
var sentNames = []string{
	"Sent", "Sent Items", "Sent Messages", "Sent Mail", "INBOX.Sent", "已发送", "已发送邮件", "寄件備份", "Gesendet", "Éléments envoyés",
	"Enviados", "Posta inviata", "送信済みメール", "Отправленные",
}

// sentFolder finds the Sent folder: by role, by the preset, by known names.
func sentFolder(folders []desk.Folder, p Preset) string {
	for _, f := range folders {
		if f.Role == "sent" {
			return f.Name
		}
	}
	for _, f := range folders {
		if p.Sent != "" && f.Name == p.Sent {
			return f.Name
		}
	}
	for _, f := range folders {
		if slices.Contains(sentNames, f.Name) {
			return f.Name
		}
	}
	return ""
}
