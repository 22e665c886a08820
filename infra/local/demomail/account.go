package demomail

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/quilldesk/quilldesk/infra/local/demomail/corpus"
	"github.com/quilldesk/quilldesk/infra/local/demomail/imapdisk"
)

// Account is a mailbox of the demo. The passwords are public: the server listens on loopback only.
type Account struct {
	Address  string
	Password string
	Role     string // seller, shop or buyers
	Name     string
	// KeepsSent is whether the host itself puts a copy of what was submitted into Sent, as Gmail,
	// Microsoft and NetEase do.
	KeepsSent bool
}

var demoAccounts = []Account{
	{Address: "support@lumenhaus.example", Password: "lumenhaus-demo", Role: "seller", Name: "Lumenhaus"},
	{Address: "hello@birchandbrass.example", Password: "birchandbrass-demo", Role: "shop", Name: "Birch & Brass", KeepsSent: true},
	{Address: "buyers@demo.example", Password: "buyers-demo", Role: "buyers", Name: "All buyers"},
}

// buyersAddress is the account that keeps what buyers receive.
const buyersAddress = "buyers@demo.example"

// demoFolders are the folders besides INBOX; the last is for names beyond ASCII.
var demoFolders = []imapdisk.FolderSpec{
	{Name: "Sent", Use: imap.MailboxAttrSent},
	{Name: "Drafts", Use: imap.MailboxAttrDrafts},
	{Name: "Trash", Use: imap.MailboxAttrTrash},
	{Name: "Junk", Use: imap.MailboxAttrJunk},
	{Name: "售后存档"},
}

func accountFor(address string) (Account, bool) {
	for _, a := range demoAccounts {
		if strings.EqualFold(a.Address, address) {
			return a, true
		}
	}
	return Account{}, false
}

// authenticate returns the account of a name and password.
func authenticate(user, password string) (Account, bool) {
	a, ok := accountFor(user)
	right := subtle.ConstantTimeCompare([]byte(a.Password), []byte(password)) == 1
	return a, ok && right
}

func mailboxes() map[string]corpus.Mailbox {
	boxes := map[string]corpus.Mailbox{}
	for _, a := range demoAccounts {
		boxes[a.Role] = corpus.Mailbox{Address: a.Address, Name: a.Name}
	}
	return boxes
}

// accounts are the open mailboxes.
type accounts struct {
	byAddress map[string]*imapdisk.Account
	now       func() time.Time
}

func openAccounts(dir string, now func() time.Time) (*accounts, error) {
	all := &accounts{byAddress: map[string]*imapdisk.Account{}, now: now}
	for _, a := range demoAccounts {
		opened, err := imapdisk.Open(filepath.Join(dir, a.Role), demoFolders, now)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("account %s: %w", a.Role, err), all.close())
		}
		all.byAddress[a.Address] = opened
	}
	return all, nil
}

func (all *accounts) close() error {
	var errs []error
	for _, a := range all.byAddress {
		errs = append(errs, a.Close())
	}
	return errors.Join(errs...)
}

func (all *accounts) login(user, password string) *imapdisk.Account {
	a, ok := authenticate(user, password)
	if !ok {
		return nil
	}
	return all.byAddress[a.Address]
}

// deliver puts a mail into INBOX once per key; "" is no key.
func (all *accounts) deliver(address string, raw []byte, key string) error {
	a, ok := accountFor(address)
	if !ok {
		return fmt.Errorf("delivering: no account %s", address)
	}
	return all.byAddress[a.Address].Add("INBOX", raw, all.now(), nil, key)
}

// keepSent saves what an account submitted.
func (all *accounts) keepSent(a Account, raw []byte) error {
	return all.byAddress[a.Address].Add("Sent", raw, all.now(), []imap.Flag{imap.FlagSeen}, "")
}

func (all *accounts) received(address string) ([][]byte, error) {
	mails, err := all.byAddress[buyersAddress].Mails("INBOX")
	if err != nil {
		return nil, err
	}
	var found [][]byte
	for _, raw := range mails {
		if strings.EqualFold(readMessage(raw).header.Get("Delivered-To"), address) {
			found = append(found, raw)
		}
	}
	return found, nil
}

// seedOnce fills a new dir with the corpus. It is filled beside and moved into place, so that a
// crash leaves no half of it.
func seedOnce(dir string, config Config) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	fresh := dir + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("seeding: %w", err)
	}
	if err := seed(fresh, config); err != nil {
		return fmt.Errorf("seeding: %w", err)
	}
	return os.Rename(fresh, dir)
}

func seed(dir string, config Config) (err error) {
	letters, err := seeds(config.Now())
	if err != nil {
		return err
	}
	all, err := openAccounts(dir, config.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, all.close()) }()
	state := newState()
	state.Held = config.Held > 0
	for _, letter := range letters {
		if letter.Age < config.Held {
			continue
		}
		if err := all.add(letter); err != nil {
			return err
		}
		state.remember(letter)
	}
	return state.save(filepath.Join(dir, "state.json"))
}

// seeds are the mails of a fresh demo, oldest first. Their ids are the same whenever they are
// written.
func seeds(now time.Time) ([]corpus.Letter, error) {
	entries, err := corpus.Seeds()
	if err != nil {
		return nil, err
	}
	writer := corpus.Writer{Mailboxes: mailboxes(), Host: Host, Now: now, Run: "seed"}
	return writer.Write(entries)
}

// add puts a letter into the folder it belongs to.
func (all *accounts) add(letter corpus.Letter) error {
	var flags []imap.Flag
	if letter.Seen {
		flags = append(flags, imap.FlagSeen)
	}
	address := mailboxes()[letter.Account].Address
	return all.byAddress[address].Add(letter.Folder, letter.Raw, letter.Facts.Date, flags, letter.MessageID)
}
