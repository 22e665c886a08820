package mailbox

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// probe is a scripted server for the connection test.
type probe struct {
	fail    map[string]error // by step: imap, folders, open, smtp
	folders []desk.Folder
	who     desk.Credentials
	opened  []string
}

func (p *probe) Folders() ([]desk.Folder, error) { return p.folders, p.fail["folders"] }

func (p *probe) Open(folder string) (desk.FolderStatus, error) {
	p.opened = append(p.opened, folder)
	return desk.FolderStatus{}, p.fail["open"]
}

func (p *probe) Close() error { return nil }

func (p *probe) binder(state BoundState) *Binder {
	return &Binder{
		State: state, Vault: sealer{}, DNS: dns{}, Now: func() time.Time { return noon },
		DialIMAP: func(_ context.Context, _ desk.Endpoint, who desk.Credentials) (Probe, error) {
			p.who = who
			if err := p.fail["imap"]; err != nil {
				return nil, err
			}
			return p, nil
		},
		TestSMTP: func(context.Context, desk.Endpoint, desk.Credentials) error { return p.fail["smtp"] },
	}
}

type sealer struct{ vault }

func (sealer) Seal(_ context.Context, org desk.OrgID, box desk.MailboxID, c desk.Credentials) ([]byte, error) {
	return []byte(string(org) + string(box) + c.Password + c.AccessToken), nil
}

// bound notes what was stored.
type bound struct {
	box    *desk.Mailbox
	tokens string
	grant  string
	fail   error
}

func (b *bound) AddMailbox(_ context.Context, m desk.Mailbox, _ desk.Sync) error {
	b.box = &m
	return b.fail
}

func (b *bound) AddGranted(_ context.Context, m desk.Mailbox, _ desk.Sync, tokens []byte, grant string) error {
	b.box, b.tokens, b.grant = &m, string(tokens), grant
	return b.fail
}

func binding() Binding {
	return Binding{
		Address: " Support@Lumenhaus.example ", Name: "Lumenhaus", Provider: "generic", Password: "secret",
		IMAP: desk.Endpoint{Host: "imap.lumenhaus.example", Port: 993, Security: desk.TLS},
		SMTP: desk.Endpoint{Host: "smtp.lumenhaus.example", Port: 465, Security: desk.TLS},
	}
}

func TestTheConnectionTestNamesTheStepThatFails(t *testing.T) {
	refused := func(code string) error { return desk.Errorf(desk.Permanent, code, "the server refused") }
	for _, c := range []struct {
		name, fails string
		err         error
		address     string
		steps, code string
	}{
		{"no address", "", nil, "support", "address", "address_invalid"},
		{"a closed port", "imap", desk.Errorf(desk.Unavailable, "connect_refused", "connecting"), us, "address connect", "connect_refused"},
		{"a server that hangs", "imap", desk.Errorf(desk.Unavailable, "connect_timeout", "connecting"), us, "address connect", "connect_timeout"},
		{"a wrong password", "imap", refused("login_failed"), us, "address connect login", "login_failed"},
		{"IMAP switched off", "imap", refused("imap_disabled"), us, "address connect login", "imap_disabled"},
		{"no list", "folders", refused("protocol_error"), us, "address connect login folders", "protocol_error"},
		{"LIST works and SELECT does not, as with NetEase", "open", refused("unsafe_login"), us, "address connect login folders open", "unsafe_login"},
		{"SMTP unreachable", "smtp", desk.Errorf(desk.Unavailable, "connect_refused", "connecting"), us, "address connect login folders open smtp_connect", "connect_refused"},
		{"SMTP refuses the password", "smtp", refused("smtp_login_failed"), us, "address connect login folders open smtp_connect smtp_login", "smtp_login_failed"},
		{"SMTP AUTH switched off, as Microsoft does", "smtp", refused("smtp_auth_disabled"), us, "address connect login folders open smtp_connect smtp_login", "smtp_auth_disabled"},
		{"all well", "", nil, us, "address connect login folders open smtp_connect smtp_login", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &probe{fail: map[string]error{c.fails: c.err}, folders: []desk.Folder{{Name: inbox}}}
			stored := &bound{}
			in := binding()
			in.Address = c.address
			_, test, err := p.binder(stored).Bind(t.Context(), "org", in)
			var names []string
			for i, s := range test.Steps {
				names = append(names, s.Name)
				if s.OK != (c.code == "" || i < len(test.Steps)-1) {
					t.Errorf("step %s: %+v", s.Name, s)
				}
			}
			if got := strings.Join(names, " "); got != c.steps || test.Steps[len(test.Steps)-1].Code != c.code {
				t.Errorf("steps %s, code %q", got, test.Steps[len(test.Steps)-1].Code)
			}
			if failed := c.code != ""; failed != (desk.CodeOf(err) == "mailbox_test_failed") || failed != (stored.box == nil) || test.OK == failed {
				t.Errorf("error %v, stored %v", err, stored.box)
			}
		})
	}
}

func TestBinding(t *testing.T) {
	p := &probe{folders: []desk.Folder{{Name: inbox, Role: "inbox"}, {Name: "Verschickt", Role: "sent"}}}
	stored := &bound{}
	box, _, err := p.binder(stored).Bind(t.Context(), "org", binding())
	if err != nil {
		t.Fatal(err)
	}
	if box.Address != us || box.SentFolder != "Verschickt" || !box.AppendSent || fmt.Sprint(box.Folders) != "[INBOX]" || fmt.Sprint(box.Stores) != "[own]" || len(box.ID) != 8 {
		t.Errorf("bound %+v", box)
	}
	if p.who.User != "Support@Lumenhaus.example" || len(p.who.Secret) != 0 {
		t.Errorf("signed in as %+v", p.who)
	}
	stored.fail = desk.Errorf(desk.Conflict, "changed_meanwhile", "exists")
	if _, _, err := p.binder(stored).Bind(t.Context(), "org", binding()); desk.CodeOf(err) != "mailbox_bound" {
		t.Errorf("binding twice: %v", err)
	}
}

func TestBindingRefusesWhatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Binding)
		code   string
	}{
		"an unknown store":  {func(b *Binding) { b.Stores = []desk.Store{"etsy.com"} }, "unknown_store"},
		"no host":           {func(b *Binding) { b.IMAP.Host = "" }, "server_invalid"},
		"a port beyond all": {func(b *Binding) { b.SMTP.Port = 70000 }, "server_invalid"},
		"no encryption":     {func(b *Binding) { b.IMAP.Security = "none" }, "server_invalid"},
	} {
		in := binding()
		c.change(&in)
		stored := &bound{}
		if _, _, err := (&probe{}).binder(stored).Bind(t.Context(), "org", in); desk.CodeOf(err) != c.code || desk.KindOf(err) != desk.Invalid || stored.box != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func signedIn() Binding {
	in := binding()
	in.Password, in.Grant = "", "grant"
	in.SignIn = desk.Credentials{Method: desk.XOAuth2, User: "someone@else.example", Provider: "microsoft", AccessToken: "access", RefreshToken: "refresh"}
	return in
}

func TestBindingWithASignIn(t *testing.T) {
	p := &probe{}
	stored := &bound{}
	box, _, err := p.binder(stored).Bind(t.Context(), "org", signedIn())
	if err != nil {
		t.Fatal(err)
	}
	if p.who.Method != desk.XOAuth2 || p.who.User != "Support@Lumenhaus.example" || p.who.AccessToken != "access" {
		t.Errorf("signed in as %+v", p.who)
	}
	if box.OAuth != "microsoft" || stored.grant != "grant" || stored.tokens != "org"+string(box.ID)+"access" {
		t.Errorf("stored %+v with %q by %q", box, stored.tokens, stored.grant)
	}
	if sealed := string(stored.box.Sealed); sealed != "org"+string(box.ID) {
		t.Errorf("tokens are in the mailbox's own item: %q", sealed)
	}
}

func TestASignInWithAnotherAccountIsNotTaken(t *testing.T) {
	p := &probe{fail: map[string]error{"imap": desk.Errorf(desk.Permanent, "oauth_refused", "no")}}
	stored := &bound{}
	_, test, err := p.binder(stored).Bind(t.Context(), "org", signedIn())
	if last := test.Steps[len(test.Steps)-1]; desk.CodeOf(err) != "mailbox_test_failed" || last.Name != "login" || last.Code != "oauth_refused" || stored.box != nil {
		t.Errorf("%v %+v", err, test.Steps)
	}
	b := p.binder(stored)
	b.Vault = sealer{vault{desk.Credentials{Method: desk.XOAuth2, User: us}}}
	box := desk.Mailbox{Org: "org", ID: "box", Address: us, OAuth: "microsoft"}
	if test, err := b.SignInAgain(t.Context(), box, signedIn().SignIn); desk.CodeOf(err) != "mailbox_test_failed" || test.OK {
		t.Errorf("again: %v", err)
	}
	if _, _, err := b.NewPassword(t.Context(), box, "secret"); desk.CodeOf(err) != "mailbox_signs_in" {
		t.Errorf("a password for a mailbox that signs in: %v", err)
	}
}

// Google shows app passwords in groups of four, and people copy the spaces.
func TestSpacesOfAnAppPasswordAreLeftOut(t *testing.T) {
	for provider, want := range map[string]string{"gmail": "abcdefghijklmnop", "generic": "abcd efgh ijkl mnop"} {
		in := binding()
		in.Provider, in.Password = provider, " abcd efgh ijkl mnop\n"
		p := &probe{}
		p.binder(&bound{}).Test(t.Context(), in)
		if p.who.Password != want {
			t.Errorf("%s: %q", provider, p.who.Password)
		}
	}
}

func TestARefusedPasswordNamesTheProvidersReason(t *testing.T) {
	p := &probe{fail: map[string]error{"imap": desk.Errorf(desk.Permanent, "login_failed", "no")}}
	for _, preset := range presets() {
		in := binding()
		in.Provider = preset.ID
		want := "login_failed"
		if preset.Secret == "app_password" || preset.Secret == "authorization_code" {
			want += "_" + preset.Secret
		}
		test := p.binder(&bound{}).Test(t.Context(), in)
		if got := test.Steps[len(test.Steps)-1].Code; got != want {
			t.Errorf("%s: %s, want %s", preset.ID, got, want)
		}
	}
}

func TestANewPasswordKeepsTheSecretOfMessageIDs(t *testing.T) {
	p := &probe{}
	b := p.binder(&bound{})
	b.Vault = sealer{vault{desk.Credentials{User: us, Password: "old", Secret: []byte("kept")}}}
	sealed, _, err := b.NewPassword(t.Context(), desk.Mailbox{ID: "box", Org: "org", Address: us, Provider: "generic", Folders: []string{inbox}}, "new ")
	if err != nil || string(sealed) != "orgboxnew" {
		t.Errorf("%s %v", sealed, err)
	}
	p.fail = map[string]error{"imap": desk.Errorf(desk.Permanent, "login_failed", "no")}
	if sealed, _, err := b.NewPassword(t.Context(), desk.Mailbox{Address: us}, "wrong"); sealed != nil || desk.CodeOf(err) != "mailbox_test_failed" {
		t.Errorf("%s %v", sealed, err)
	}
}

func TestTheSentFolder(t *testing.T) {
	qq, _ := preset("qq")
	for name, c := range map[string]struct {
		folders []desk.Folder
		preset  Preset
		want    string
	}{
		"by its role":        {[]desk.Folder{{Name: "Sent"}, {Name: "Verschickt", Role: "sent"}}, Preset{}, "Verschickt"},
		"by the preset":      {[]desk.Folder{{Name: "Sent"}, {Name: qq.Sent}}, qq, qq.Sent},
		"by a known name":    {[]desk.Folder{{Name: "INBOX"}, {Name: "Gesendet"}}, Preset{}, "Gesendet"},
		"none that is known": {[]desk.Folder{{Name: "INBOX"}}, Preset{}, ""},
	} {
		if got := sentFolder(c.folders, c.preset); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestEveryPresetIsComplete(t *testing.T) {
	if len(presets()) < 10 {
		t.Fatalf("%d presets: providers.json cannot be read", len(presets()))
	}
	secrets := map[string]bool{"password": true, "app_password": true, "authorization_code": true, "oauth": true}
	seen := map[string]bool{}
	for _, p := range presets() {
		if p.ID == "" || p.Name == "" || seen[p.ID] || !secrets[p.Secret] {
			t.Errorf("preset %+v", p)
		}
		seen[p.ID] = true
		for _, e := range []desk.Endpoint{p.IMAP, p.SMTP} {
			if p.ID != genericProvider && (e.Host == "" || e.Port == 0 || e.Security == "") {
				t.Errorf("%s has the endpoint %+v", p.ID, e)
			}
		}
		for _, d := range slices.Concat(p.Domains, p.MX, p.Hosts, p.Aliases) {
			if d != strings.ToLower(d) || strings.HasPrefix(d, ".") {
				t.Errorf("%s: domain %q", p.ID, d)
			}
		}
	}
}

func TestSplitAddress(t *testing.T) {
	if local, domain, err := SplitAddress(" Kim@Shop.Example "); local != "kim" || domain != "shop.example" || err != nil {
		t.Errorf("%s %s %v", local, domain, err)
	}
	for _, wrong := range []string{"", "kim", "@shop.example", "kim@", "kim@localhost", "a b@shop.example", "kim@shop@example.com", "kim@shop.example\r\nBcc: x@y.z", "<kim@shop.example>", "kim@.example", "kim@shop..example", "kim@shop.example."} {
		if _, _, err := SplitAddress(wrong); desk.CodeOf(err) != "address_invalid" {
			t.Errorf("%q is taken for an address", wrong)
		}
	}
}

func FuzzSplitAddress(f *testing.F) {
	f.Add("kim@shop.example")
	f.Fuzz(func(t *testing.T, address string) {
		if local, domain, err := SplitAddress(address); err == nil && (local == "" || strings.ContainsAny(local+domain, "\r\n @<>")) {
			t.Errorf("%q splits into %q and %q", address, local, domain)
		}
	})
}
