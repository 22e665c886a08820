package api

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
)

// commit ends the batch that the mails of a test came in, as a fetcher does.
func (s *site) commit(box desk.MailboxID) {
	s.Helper()
	sync, err := s.server.Table.Sync(s.Context(), s.org(), box)
	if err != nil {
		s.Fatal(err)
	}
	if err := s.server.Table.Lease(s.Context(), sync, "worker", noon); err != nil {
		s.Fatal(err)
	}
	if err := s.server.Table.Commit(s.Context(), sync, "worker", noon, nil); err != nil {
		s.Fatal(err)
	}
}

func TestMergeSplitAndUndo(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("open")
	s.box("closed", s.as("admin"))
	for _, id := range []desk.ConversationID{"aaaa", "bbbb"} {
		s.mail("open", id)
	}
	s.mail("closed", "cccc")
	agent := s.as("agent")
	body := map[string]any{"into": "bbbb"}
	if code := s.ok(503, agent, "POST", "/conversations/aaaa/merge", map[string]any{"into": "bbbb", "anyway": true}).code(); code != "mail_arriving" {
		t.Errorf("before the batch is committed: %s", code)
	}
	s.commit("open")
	s.commit("closed")

	s.ok(403, s.as("viewer"), "POST", "/conversations/aaaa/merge", body)
	s.ok(404, agent, "POST", "/conversations/aaaa/merge", map[string]any{"into": "cccc"})
	s.ok(404, agent, "POST", "/conversations/cccc/merge", body)
	s.ok(404, agent, "POST", "/conversations/aaaa/merge", map[string]any{"into": strings.Repeat("x", 3000)})
	for code, into := range map[string]string{"merge_self": "aaaa", "merge_mailbox": "cccc"} {
		if a := s.call(s.as("admin"), "POST", "/conversations/aaaa/merge", map[string]any{"into": into}); a.status != 422 || a.code() != code {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if a := s.ok(409, agent, "POST", "/conversations/aaaa/merge", body); a.code() != "merge_differs" { // other order
		t.Errorf("%s", a.body)
	}
	body["anyway"] = true
	var done Moved
	s.ok(200, agent, "POST", "/conversations/aaaa/merge", body).into(t, &done)
	if done.Conversation != "bbbb" || len(done.Messages) != 1 {
		t.Errorf("%+v", done)
	}
	var detail ConversationDetail
	s.ok(200, agent, "GET", "/conversations/aaaa", nil).into(t, &detail) // an old link
	if detail.Conversation.Id != "bbbb" || len(detail.Messages) != 2 {
		t.Errorf("%+v", detail.Conversation)
	}
	var results []BulkResult
	s.ok(200, agent, "POST", "/conversations/bulk", map[string]any{"ids": []string{"aaaa"}, "action": "delete"}).into(t, &results)
	if results[0].Ok {
		t.Error("deleting what was merged deleted its host")
	}

	s.ok(200, agent, "POST", "/conversations/bbbb/unmerge", map[string]any{"conversation": "aaaa"}).into(t, &done)
	if a := s.ok(404, agent, "POST", "/conversations/bbbb/unmerge", map[string]any{"conversation": "aaaa"}); a.code() != "not_merged" {
		t.Errorf("%s", a.body)
	}
	s.ok(200, agent, "POST", "/conversations/aaaa/merge", body)
	s.ok(403, s.as("viewer"), "POST", "/conversations/bbbb/split", map[string]any{"messages": []string{"m-aaaa"}})
	s.ok(200, agent, "POST", "/conversations/bbbb/split", map[string]any{"messages": []string{"m-aaaa"}}).into(t, &done)
	s.ok(200, agent, "GET", "/conversations/"+done.Conversation, nil).into(t, &detail)
	if len(detail.Messages) != 1 || detail.Messages[0].Id != "m-aaaa" {
		t.Errorf("%+v", detail)
	}
	if a := s.ok(422, agent, "POST", "/conversations/bbbb/split", map[string]any{"messages": []string{"m-bbbb"}}); a.code() != "split_all" {
		t.Errorf("%s", a.body)
	}
}

func TestAnExportIsForManagers(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("open")
	s.mail("open", "aaaa")
	for _, who := range []string{"agent", "viewer"} {
		s.ok(403, s.as(who), "POST", "/mailboxes/open/export", nil)
		s.ok(403, s.as(who), "GET", "/mailboxes/open/export", nil)
		s.ok(403, s.as(who), "GET", "/mailboxes/open/export/files/mail-0001.mbox", nil)
	}
	var e Export
	s.ok(200, s.owner, "GET", "/mailboxes/open/export", nil).into(t, &e)
	if e.State != ExportStateNone || e.Files == nil {
		t.Errorf("%+v", e)
	}
	s.ok(202, s.as("admin"), "POST", "/mailboxes/open/export", nil).into(t, &e)
	if e.State != ExportStateRunning || len(s.work.exports) != 1 {
		t.Errorf("%+v %v", e, s.work.exports)
	}
	stored, err := s.server.Table.Export(t.Context(), s.org(), "open")
	if err != nil {
		t.Fatal(err)
	}
	stored.State, stored.Next, stored.Total, stored.ExpiresAt = desk.ExportDone, 1, 1, noon.AddDate(0, 0, 7)
	stored.Files = []desk.ExportFile{{Name: "mail-0001.mbox", Bytes: 12}}
	if _, err := s.server.Table.PutExport(t.Context(), stored, noon); err != nil {
		t.Fatal(err)
	}
	boxes := func(who string) (list []Mailbox) {
		s.ok(200, who, "GET", "/mailboxes", nil).into(t, &list)
		return list
	}
	if list := boxes(s.owner); list[0].Export == nil || list[0].Export.Done != 1 {
		t.Errorf("%+v", list[0].Export)
	}
	if list := boxes(s.as("agent")); list[0].Export != nil {
		t.Errorf("an agent sees %+v", list[0].Export)
	}
	var link struct{ URL string }
	s.ok(200, s.owner, "GET", "/mailboxes/open/export/files/mail-0001.mbox", nil).into(t, &link)
	if want := "https://bucket.example/" + stored.Prefix() + "mail-0001.mbox?name=" + url.QueryEscape("open@lumenhaus.example mail-0001.mbox") + "&valid=5m0s"; link.URL != want {
		t.Errorf("%s, want %s", link.URL, want)
	}
	for _, name := range []string{"manifest.json", "..%2F..%2Fraw"} {
		s.ok(404, s.owner, "GET", "/mailboxes/open/export/files/"+name, nil)
	}
}

func TestUnbindingSaysOfHowMany(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("open")
	for range 2 { // a second request changes nothing
		var box Mailbox
		s.ok(202, s.owner, "DELETE", "/mailboxes/open?confirm=open@lumenhaus.example", nil).into(t, &box)
		if box.State != Deleting {
			t.Errorf("%+v", box)
		}
	}
	if len(s.work.purges) != 2 {
		t.Errorf("queued %v", s.work.purges)
	}
	s.ok(409, s.owner, "POST", "/mailboxes/open/export", nil)
}

func TestALargeAttachmentComesInPieces(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("open")
	s.mail("open", "aaaa", func(_ *desk.Conversation, m *desk.Message) {
		m.Attachments = []desk.Attachment{{Name: "video.mp4", ContentType: "video/mp4", Size: 20 << 20}}
	})
	file := bytes.Repeat([]byte("0123456789abcdef"), 20<<20/16)
	copy(file[len(file)-4:], "end.")
	var raw strings.Builder
	raw.WriteString("From: kim@buyers.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: video/mp4; name=video.mp4\r\n" +
		"Content-Disposition: attachment; filename=video.mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	for text := base64.StdEncoding.EncodeToString(file); text != ""; {
		n := min(76, len(text))
		raw.WriteString(text[:n] + "\r\n")
		text = text[n:]
	}
	s.objects[mailbox.RawKey(s.org(), "open", "m-aaaa")] = []byte(raw.String())
	path := "/conversations/aaaa/messages/m-aaaa/attachments/0"
	var got []byte
	for len(got) < len(file) {
		a := s.ok(http.StatusPartialContent, s.owner, "GET", fmt.Sprint(path, "?offset=", len(got)), nil)
		if want := fmt.Sprintf("bytes %d-%d/%d", len(got), len(got)+len(a.body)-1, len(file)); a.header.Get("Content-Range") != want || len(a.body) > 4<<20 {
			t.Fatalf("%q, want %q", a.header.Get("Content-Range"), want)
		}
		if a.header.Get("Content-Disposition") != "attachment; filename=video.mp4" || a.header.Get("Content-Type") != "application/octet-stream" {
			t.Errorf("headers %v", a.header)
		}
		got = append(got, a.body...)
	}
	if !bytes.Equal(got, file) {
		t.Error("the pieces are not the file")
	}
	for _, offset := range []string{"-1", fmt.Sprint(len(file)), "999999999999"} {
		if a := s.call(s.owner, "GET", path+"?offset="+offset, nil); a.status != 422 {
			t.Errorf("offset %s: %d %s", offset, a.status, a.body)
		}
	}
}
