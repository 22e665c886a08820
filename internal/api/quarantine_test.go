package api

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
)

// poison sets a mail of a mailbox aside.
func (s *site) poison(box desk.MailboxID, n int, raw string) desk.AsideID {
	s.Helper()
	m := desk.SetAside{
		ID: desk.AsideID(fmt.Sprintf("%08x", n)), Org: s.org(), Mailbox: box, Folder: "INBOX", UID: uint32(n), UIDValidity: 1, Size: 9,
		SetAt: noon, Reason: "not_stored", Raw: int64(len(raw)), Subject: fmt.Sprint("Poison ", n),
	}
	if err := s.server.Table.SetAside(s.Context(), m); err != nil {
		s.Fatal(err)
	}
	if raw != "" {
		s.objects[mailbox.AsideKey(m.Org, box, m.ID)] = []byte(raw)
	}
	return m.ID
}

func TestSetAsideMail(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("box1")
	for n := range 60 {
		s.poison("box1", n+1, "")
	}
	kept := s.poison("box1", 100, "skull")
	agent, path := s.as("agent"), "/mailboxes/box1/aside"

	var boxes []Mailbox
	s.ok(200, agent, "GET", "/mailboxes", nil).into(t, &boxes)
	if boxes[0].Aside == nil || *boxes[0].Aside != 61 {
		t.Errorf("the card says %v", boxes[0].Aside)
	}
	var first, second SetAsidePage
	s.ok(200, agent, "GET", path, nil).into(t, &first)
	s.ok(200, agent, "GET", path+"?cursor="+value(first.Next), nil).into(t, &second)
	if len(first.Mails) != 50 || first.Mails[0].Id != string(kept) || !first.Mails[0].HasRaw || len(second.Mails) != 11 || second.Next != nil {
		t.Errorf("%d mails, then %d; the first is %+v", len(first.Mails), len(second.Mails), first.Mails[0])
	}

	mail := path + "/" + string(kept)
	link := s.ok(200, agent, "GET", mail+"/raw", nil)
	if !strings.Contains(string(link.body), "aside/"+string(kept)) {
		t.Errorf("link %s", link.body)
	}
	if a := s.call(agent, "GET", path+"/00000001/raw", nil); a.status != 404 {
		t.Errorf("a link to nothing: %d %s", a.status, a.body)
	}
	var again SetAsideMail
	s.ok(202, agent, "POST", mail+"/again", nil).into(t, &again)
	if want := (desk.Job{Org: s.org(), Mailbox: "box1", Aside: kept}); !again.Trying || len(s.work.fetches) != 1 || s.work.fetches[0] != want {
		t.Errorf("%+v, queued %+v", again, s.work.fetches)
	}
	s.ok(204, agent, "DELETE", mail, nil)
	if a := s.call(agent, "POST", mail+"/again", nil); a.status != 404 || len(s.objects) > 0 {
		t.Errorf("%d %s, kept %v", a.status, a.body, s.objects)
	}
	s.ok(200, agent, "GET", "/mailboxes", nil).into(t, &boxes)
	if *boxes[0].Aside != 60 {
		t.Errorf("the card says %d", *boxes[0].Aside)
	}
}

func TestWhoMayActOnSetAsideMail(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("box1", s.as("admin"))
	id := s.poison("box1", 1, "skull")
	mail := "/mailboxes/box1/aside/" + string(id)
	for _, c := range []struct{ method, path string }{{"GET", "/mailboxes/box1/aside"}, {"GET", mail + "/raw"}, {"POST", mail + "/again"}, {"DELETE", mail}} {
		if a := s.call(s.as("viewer"), c.method, c.path, nil); a.status != 403 {
			t.Errorf("a viewer: %s %s: %d %s", c.method, c.path, a.status, a.body)
		}
		if a := s.call(s.as("agent"), c.method, c.path, nil); a.status != 404 && a.status != 403 {
			t.Errorf("somebody outside the mailbox: %s %s: %d %s", c.method, c.path, a.status, a.body)
		}
	}
	if len(s.work.fetches) > 0 || len(s.objects) != 1 {
		t.Errorf("queued %v, kept %v", s.work.fetches, s.objects)
	}
}
