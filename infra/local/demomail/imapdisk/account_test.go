package imapdisk

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
)

func openTest(t *testing.T, dir string) *Account {
	t.Helper()
	a, err := Open(dir, []FolderSpec{{Name: "Sent", Use: imap.MailboxAttrSent}}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func add(t *testing.T, a *Account, text, key string) {
	t.Helper()
	if err := a.Add("INBOX", []byte(text), time.Now(), nil, key); err != nil {
		t.Fatal(err)
	}
}

func TestKeyAddsOnce(t *testing.T) {
	dir := t.TempDir()
	a := openTest(t, dir)
	add(t, a, "one", "k")
	add(t, a, "one again", "k")
	inbox := a.folder("INBOX")
	if err := inbox.remove(func(*record) bool { return true }); err != nil {
		t.Fatal(err)
	}
	add(t, a, "one after it was removed", "k")
	add(t, openTest(t, dir), "one after a restart", "k")
	if n := len(inbox.all()); n != 0 {
		t.Errorf("%d mails, want none", n)
	}
}

func TestUIDsAreNeverGivenTwice(t *testing.T) {
	dir := t.TempDir()
	a := openTest(t, dir)
	add(t, a, "one", "")
	add(t, a, "two", "")
	if err := a.folder("inbox").remove(func(r *record) bool { return r.UID == 2 }); err != nil {
		t.Fatal(err)
	}
	again := openTest(t, dir)
	add(t, again, "three", "")
	if got := again.folder("INBOX").all(); len(got) != 2 || got[1].UID != 3 {
		t.Errorf("mails = %+v, want UIDs 1 and 3", got)
	}
}

func TestTornJournalLineIsCutOff(t *testing.T) {
	dir := t.TempDir()
	a := openTest(t, dir)
	add(t, a, "one", "")
	path := filepath.Join(a.folder("INBOX").dir, "journal")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(slices.Clone(whole), `{"uid":2,"da`...), 0o600); err != nil {
		t.Fatal(err)
	}
	again := openTest(t, dir)
	add(t, again, "two", "")
	if mails, err := openTest(t, dir).Mails("INBOX"); err != nil || len(mails) != 2 || string(mails[1]) != "two" {
		t.Errorf("mails = %q, %v", mails, err)
	}
}

func TestFoldersMadeAgainLookNew(t *testing.T) {
	a := openTest(t, t.TempDir())
	if err := a.create(FolderSpec{Name: "Returns/"}); err != nil {
		t.Fatal(err)
	}
	before := a.folder("Returns").current().UIDValidity
	if err := a.delete("Returns"); err != nil {
		t.Fatal(err)
	}
	if err := a.create(FolderSpec{Name: "Returns"}); err != nil {
		t.Fatal(err)
	}
	if after := a.folder("Returns").current().UIDValidity; after == before {
		t.Error("the same UIDVALIDITY")
	}
	if err := a.rename("Returns", "退货"); err != nil || a.folder("退货") == nil || a.folder("Returns") != nil {
		t.Errorf("rename: %v", err)
	}
	for name, err := range map[string]error{
		"deleting INBOX": a.delete("INBOX"), "deleting nothing": a.delete("Returns"), "doubling": a.create(FolderSpec{Name: "Sent"}),
	} {
		if err == nil {
			t.Errorf("%s worked", name)
		}
	}
}

func TestFlagsAreCaseInsensitive(t *testing.T) {
	got := canonicalFlags([]imap.Flag{`\sEEN`, "$Forwarded", "$forwarded", `\Recent`})
	if want := []imap.Flag{"$Forwarded", imap.FlagSeen}; !slices.Equal(got, want) {
		t.Errorf("flags = %v, want %v", got, want)
	}
	got = changedFlags(got, &imap.StoreFlags{Op: imap.StoreFlagsDel, Flags: []imap.Flag{"$FORWARDED"}})
	if want := []imap.Flag{imap.FlagSeen}; !slices.Equal(got, want) {
		t.Errorf("flags = %v, want %v", got, want)
	}
}

func FuzzParseJournal(f *testing.F) {
	f.Add([]byte("{\"uid\":1,\"date\":\"2026-03-09T14:05:00Z\"}\n{\"uid\":1,\"gone\":true}\n{\"ui"))
	f.Fuzz(func(t *testing.T, text []byte) {
		records, whole, err := parseJournal(text)
		if err == nil && (int(whole) > len(text) || bytes.Count(text[:whole], []byte("\n")) != len(records)) {
			t.Errorf("%d records in %d of %d bytes", len(records), whole, len(text))
		}
	})
}
