package mailbox

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// A server may number its mail anew and keep the UIDVALIDITY that forbids it.
func TestUIDsThatStartAgainWithoutAnotherUIDVALIDITY(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for n := range 5 {
		d.account.put(inbox, noon, question(n))
	}
	d.fetch()
	d.account.folders[inbox] = &folder{validity: 7}
	d.account.put(inbox, noon, question(4))
	d.account.put(inbox, noon, question(9))
	d.fetch()
	if n := len(d.threads()); n != 6 || d.sync().Cursors[inbox] != (desk.Cursor{UIDValidity: 7, LastUID: 2}) {
		t.Errorf("%v, %+v", subjects(d.threads()), d.sync().Cursors)
	}
	d.consistent()
}

// Gmail shows one mail in several labels; somebody chose All Mail beside INBOX.
func TestAMailInSeveralGmailLabelsIsOne(t *testing.T) {
	t.Parallel()
	const all = "[Gmail]/Alle Nachrichten"
	d := newDesk(t, func(box *desk.Mailbox) { box.Folders = []string{inbox, all} })
	d.account.folders[all] = &folder{validity: 9}
	for n := range 3 {
		d.account.put(inbox, noon, question(n))
		d.account.put(all, noon, question(n))
	}
	d.account.put(all, noon, question(3)) // archived: only there
	d.fetch()
	if n := len(d.threads()); n != 4 {
		t.Errorf("%v", subjects(d.threads()))
	}
	d.consistent()
}

func TestMailMovedOutOfSpamComesInOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account.folders["Junk"] = &folder{validity: 3}
	d.account.put("Junk", noon.AddDate(0, 0, -3), question(1))
	d.fetch()
	if n := len(d.threads()); n != 0 {
		t.Errorf("%d conversations of spam", n)
	}
	m := d.account.folders["Junk"].mails[0]
	d.account.folders["Junk"].mails = nil
	d.account.put(inbox, m.at, m.raw) // keeps its date and gets a new UID
	d.fetch()
	d.account.put(inbox, m.at, m.raw)
	d.fetch()
	th := d.only()
	if th.Messages[0].Imported || !th.Conversation.Clock.Running() {
		t.Errorf("it passes for imported: %+v", th.Conversation)
	}
}

func TestAnAbsurdINTERNALDATEIsNoDate(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]time.Time{"of 1970": time.Unix(0, 0), "of the year 1": {}, "of 2099": noon.AddDate(73, 0, 0)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.account.put(inbox, at, question(1))
			d.fetch()
			if got := d.only().Conversation.LastAt; !got.Equal(noon) { // the Date of its header
				t.Errorf("dated %v", got)
			}
		})
	}
}

func TestOldMailWithoutAnINTERNALDATEIsNotImported(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	old := letter{id: "old@x", from: kim, subject: "Old", text: "x"}.raw()
	d.account.put(inbox, time.Time{}, []byte(strings.Replace(string(old), noon.Format(time.RFC1123Z), noon.AddDate(-2, 0, 0).Format(time.RFC1123Z), 1)))
	d.account.put(inbox, time.Time{}, question(1))
	d.fetch()
	d.only()
}

// An answer that cannot be read for one mail's date must not hide the folder.
func TestAListThatCannotBeReadIsReadWithoutDates(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account.put(inbox, noon, question(1))
	d.account.fail = func(step string) error {
		if step == "sizes INBOX" && !d.account.plain {
			return desk.Errorf(desk.Unavailable, "protocol_error", "reading an answer: parsing time")
		}
		return nil
	}
	d.fetch()
	d.only()
	if s := d.sync(); s.State != desk.SyncOK {
		t.Errorf("sync %+v", s)
	}
}

func TestALimitIsToldInTheProvidersWordsAndNobodyIsBlamed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for n := range 3 {
		d.account.put(inbox, noon, question(n))
	}
	const words = "Account exceeded command or bandwidth limits"
	d.account.fail = func(step string) error {
		if step == "fetch INBOX 2" {
			return desk.Errorf(desk.Unavailable, "rate_limited", "the server refused: %s", words)
		}
		return nil
	}
	for try := range 5 {
		d.fetch()
		s := d.sync()
		if s.State != desk.SyncBackoff || s.Code != "rate_limited" || !strings.Contains(s.Detail, words) || s.Failures != try+1 {
			t.Errorf("try %d: %+v", try, s)
		}
		d.now = s.NextTry
	}
	if mails := d.asides(); len(mails) > 0 {
		t.Errorf("set aside: %+v", mails)
	}
	d.account.fail = nil
	d.fetch()
	if n := len(d.threads()); n != 3 {
		t.Errorf("%d conversations", n)
	}
}

func TestAnImportHasNoSideEffectsHoweverItComes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.account.put(inbox, noon.AddDate(0, 0, -1), letter{id: "1@x", from: kim, subject: "Aside", text: "x"}.raw())
	d.account.put(inbox, noon.AddDate(0, 0, -1), parcel("2@x", "Large", pieceBytes+1000))
	d.account.folders[inbox].mails[0].withheld = true
	d.fetch()
	d.account.folders[inbox].mails[0].withheld = false
	d.again()
	threads := d.threads()
	if len(threads) != 2 {
		t.Fatalf("%v", subjects(threads))
	}
	for _, th := range threads {
		if th.Conversation.Clock.Running() || !th.Messages[0].Imported {
			t.Errorf("%s: clock %+v, imported %v", th.Conversation.Subject, th.Conversation.Clock, th.Messages[0].Imported)
		}
	}
}

func TestFoldersWithStrangeNames(t *testing.T) {
	t.Parallel()
	names := []string{"垃圾邮件/退货", "📦 Orders & more", "Gelöschte \"Objekte\"", strings.Repeat("n", 255)}
	d := newDesk(t, func(box *desk.Mailbox) { box.Folders = names })
	for i, name := range names {
		d.account.folders[name] = &folder{validity: uint32(i + 1)}
		d.account.put(name, noon, question(i))
	}
	d.fetch()
	d.fetch()
	if n := len(d.threads()); n != len(names) {
		t.Errorf("%v", subjects(d.threads()))
	}
	for _, name := range names {
		if d.sync().Cursors[name].LastUID != 1 {
			t.Errorf("%s: %+v", name, d.sync().Cursors[name])
		}
	}
	if got := fmt.Sprint(d.asides()); got != "[]" {
		t.Error(got)
	}
}
