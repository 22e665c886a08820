package dynamo

import (
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
)

func TestCostOfSettingAside(t *testing.T) {
	table, m := open(t)
	const id = desk.MailboxID("aside")
	if err := table.AddMailbox(t.Context(), desk.Mailbox{ID: id, Org: org, Address: "aside@lumenhaus.example"}, desk.Sync{Org: org, Mailbox: id}); err != nil {
		t.Fatal(err)
	}
	mail := desk.SetAside{
		ID: "0000000700000000", Org: org, Mailbox: id, Folder: "INBOX", UID: 7, UIDValidity: 1, SetAt: noon, At: noon, Reason: "not_stored",
		Subject: strings.Repeat("Wo ist meine Lampe? ", 20), Detail: strings.Repeat("the server refused ", 10), From: desk.Contact{Name: "Mira", Address: "mira@buyer.example"},
	}
	set := m.units(t, func() error { return table.SetAside(t.Context(), mail) })
	listed := m.units(t, func() error { _, _, err := table.Asides(t.Context(), org, id, "", 50); return err })
	removed := m.units(t, func() error { return table.RemoveAside(t.Context(), mail) })
	t.Logf("units: setting a mail aside %v, listing one %v, removing it %v", set, listed, removed)
	if set > 4 || listed > 1 || removed > 4 {
		t.Errorf("setting aside costs %v, listing %v, removing %v", set, listed, removed)
	}
	s, err := table.Sync(t.Context(), org, id)
	if err != nil || s.Aside != 0 {
		t.Errorf("%d are counted, %v", s.Aside, err)
	}
	if err := table.RemoveAside(t.Context(), mail); err != nil {
		t.Errorf("removing it again: %v", err)
	}
	if s, _ := table.Sync(t.Context(), org, id); s.Aside != 0 {
		t.Errorf("removing it again counts: %d", s.Aside)
	}
}
