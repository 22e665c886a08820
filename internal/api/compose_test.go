package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/outbox"
)

// files is a bucket that may be written from several sides at once.
type files struct {
	mu   sync.Mutex
	kept map[string][]byte
}

func (f *files) Put(_ context.Context, key string, data []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kept[key] = bytes.Clone(data)
	return nil
}

func (f *files) Get(_ context.Context, key string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	data, ok := f.kept[key]
	if !ok {
		return nil, desk.Errorf(desk.NotFound, "original_gone", "the object is gone")
	}
	return data, nil
}

func (f *files) Delete(_ context.Context, key string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.kept, key)
	return nil
}

// withFiles gives the site a bucket for attachments.
func (s *site) withFiles() *files {
	f := &files{kept: map[string][]byte{}}
	s.server.Outbox.Files, s.server.Originals = f, f
	return f
}

// upload brings a file in pieces.
func (s *site) upload(who, name string, data []byte) Upload {
	s.Helper()
	var plan UploadPlan
	s.ok(201, who, "POST", "/uploads", map[string]any{"name": name, "type": "application/pdf", "size": len(data)}).into(s.T, &plan)
	for n := 0; n*plan.PieceSize < len(data); n++ {
		s.bytes(204, who, fmt.Sprintf("/uploads/%s/%d", plan.Upload.Id, n), data[n*plan.PieceSize:min((n+1)*plan.PieceSize, len(data))])
	}
	return plan.Upload
}

func (s *site) bytes(status int, who, path string, data []byte) {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), "PUT", s.url+path, bytes.NewReader(data))
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("X-Person", who)
	r.Header.Set("Content-Type", "application/octet-stream")
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = w.Body.Close() }()
	if w.StatusCode != status {
		s.Fatalf("PUT %s: %d", path, w.StatusCode)
	}
}

func newMail(change ...func(map[string]any)) map[string]any {
	m := map[string]any{
		"requestId": "request-1", "mailbox": "box1", "to": []map[string]string{{"address": "lena@partner.example"}}, "cc": []any{}, "bcc": []any{},
		"subject": "Ten lids", "text": "Could you send us ten lids?", "language": "", "attachments": []any{},
	}
	for _, f := range change {
		f(m)
	}
	return m
}

func TestNewMailWithAFile(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("box1")
	bucket := s.withFiles()
	agent := s.as("agent")
	big := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("x"), outbox.PieceSize+5)...)
	file := s.upload(agent, "invoice.pdf", big)
	body := newMail(func(m map[string]any) { m["attachments"] = []Upload{file} })
	var preview MailPreview
	s.ok(200, agent, "POST", "/mails/preview", body).into(t, &preview)
	if preview.From != "Lumenhaus <box1@lumenhaus.example>" || preview.Store != "own" || len(preview.Attachments) != 1 || len(preview.Findings) != 0 || preview.Translated {
		t.Errorf("preview %+v", preview)
	}
	var sent, same SentMail
	s.ok(202, agent, "POST", "/mails", body).into(t, &sent)
	s.ok(202, agent, "POST", "/mails", body).into(t, &same)
	if sent.Message.Id != same.Message.Id || len(s.work.sends) != 1 || sent.Message.Attachments[0].Size != len(big) {
		t.Errorf("sent %+v, again %s", sent, same.Message.Id)
	}
	var detail ConversationDetail
	s.ok(200, agent, "GET", "/conversations/"+sent.Conversation, nil).into(t, &detail)
	if detail.Conversation.Status != "replied" || len(detail.Messages) != 1 {
		t.Errorf("conversation %+v", detail.Conversation)
	}
	var found ConversationPage
	s.ok(200, agent, "GET", "/conversations?tab=all&q=lena@partner.example", nil).into(t, &found)
	if len(found.Items) != 1 {
		t.Errorf("searching finds %+v", found.Items)
	}
	// The file can be fetched again, in pieces.
	path := "/conversations/" + sent.Conversation + "/messages/" + sent.Message.Id + "/attachments/0"
	first := s.ok(206, agent, "GET", path, nil)
	rest := s.ok(206, agent, "GET", fmt.Sprintf("%s?offset=%d", path, len(first.body)), nil)
	if !bytes.Equal(append(first.body, rest.body...), big) {
		t.Errorf("%d and %d of %d bytes come back", len(first.body), len(rest.body), len(big))
	}
	if a := s.call(agent, "GET", "/conversations/"+sent.Conversation+"/messages/"+sent.Message.Id+"/attachments/1", nil); a.status != 404 {
		t.Errorf("a file that is not there: %d", a.status)
	}
	// Taken back, nothing of it is left in the lists.
	s.ok(200, agent, "POST", "/conversations/"+sent.Conversation+"/messages/"+sent.Message.Id+"/undo", nil)
	if a := s.call(agent, "GET", "/conversations/"+sent.Conversation, nil); a.status != 404 || len(s.work.purges) != 1 {
		t.Errorf("after undo: %d, purges %v", a.status, s.work.purges)
	}
	s.ok(204, agent, "DELETE", fmt.Sprintf("/uploads/%s?size=%d", file.Id, file.Size), nil)
	for key := range bucket.kept {
		if strings.HasPrefix(key, "pending/") {
			t.Errorf("%s is left", key)
		}
	}
}

func TestWhoMaySendNewMail(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("box1", s.as("agent"))
	s.box("box2")
	s.withFiles()
	s.mail("box1", "c1")
	forward := func(m map[string]any) {
		m["forward"] = map[string]any{"conversation": "c1", "message": "m-c1", "attachments": []int{}}
	}
	for _, c := range []struct {
		name, who string
		body      map[string]any
		status    int
		code      string
	}{
		{"a viewer", "viewer", newMail(), 403, "viewer"},
		{"from a mailbox closed to them", "admin", newMail(), 404, "not_found"},
		{"forwarding mail closed to them", "admin", newMail(func(m map[string]any) { m["mailbox"] = "box2" }, forward), 404, "not_found"},
		{"to nobody", "agent", newMail(func(m map[string]any) { m["to"] = []any{} }), 422, "recipient_missing"},
		{"without an id", "agent", newMail(func(m map[string]any) { delete(m, "requestId") }), 422, "request_missing"},
		{"in no language of ours", "agent", newMail(func(m map[string]any) { m["language"] = "klingon" }), 422, "language_unknown"},
		{"a forward to outside, unconfirmed", "agent", newMail(forward), 422, "check_unconfirmed"},
		{"a forward to outside, confirmed", "agent", newMail(forward, func(m map[string]any) {
			m["confirmed"] = []map[string]string{{"rule": outbox.RuleOutside, "reason": "the maker checks it"}}
		}), 202, ""},
		{"a forward to a colleague", "agent", newMail(forward, func(m map[string]any) {
			m["requestId"], m["to"] = "request-2", []map[string]string{{"address": s.as("admin")}}
		}), 202, ""},
	} {
		if a := s.call(s.as(c.who), "POST", "/mails", c.body); a.status != c.status || a.code() != c.code {
			t.Errorf("%s: %d %s", c.name, a.status, a.body)
		}
	}
}

func TestUploadsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.withFiles()
	agent := s.as("agent")
	for _, c := range []struct {
		name, who string
		body      map[string]any
		status    int
		code      string
	}{
		{"by a viewer", "viewer", map[string]any{"name": "a.pdf", "type": "application/pdf", "size": 1}, 403, "viewer"},
		{"a program", "agent", map[string]any{"name": "a.exe", "type": "application/pdf", "size": 1}, 422, "file_refused"},
		{"nothing", "agent", map[string]any{"name": "a.pdf", "type": "application/pdf", "size": 0}, 422, "file_empty"},
		{"a ZIP for Newegg", "agent", map[string]any{"name": "a.zip", "type": "application/zip", "size": 1, "store": "newegg.com"}, 422, "file_not_taken"},
		{"a ZIP for the own shop", "agent", map[string]any{"name": "a.zip", "type": "application/zip", "size": 1, "store": "own"}, 201, ""},
	} {
		if a := s.call(s.as(c.who), "POST", "/uploads", c.body); a.status != c.status || a.code() != c.code {
			t.Errorf("%s: %d %s", c.name, a.status, a.body)
		}
	}
	id := strings.Repeat("a", 32)
	s.bytes(422, agent, "/uploads/"+id+"/0", make([]byte, outbox.PieceSize+1))
	s.bytes(422, agent, "/uploads/..%2Fraw/0", []byte("x"))
	s.bytes(403, s.as("viewer"), "/uploads/"+id+"/0", []byte("x"))
	s.bytes(204, agent, "/uploads/"+id+"/0", make([]byte, outbox.PieceSize))
}

func TestTheOutboxShowsWhatIsOpenToTheCaller(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("box1")
	s.box("box2", s.as("agent"))
	s.withFiles()
	for i, box := range []string{"box1", "box2"} {
		s.ok(202, s.as("agent"), "POST", "/mails", newMail(func(m map[string]any) { m["mailbox"], m["requestId"] = box, fmt.Sprint("request-", i) }))
	}
	for who, want := range map[string]int{"agent": 2, "owner": 2, "admin": 1, "viewer": 1} {
		var list Outbox
		s.ok(200, s.as(who), "GET", "/outbox", nil).into(t, &list)
		if len(list.Items) != want || list.Items[0].State != "queued" || list.Items[0].To != "lena@partner.example" || list.Items[0].Subject != "Ten lids" {
			t.Errorf("%s sees %+v", who, list.Items)
		}
	}
	var list Outbox
	s.ok(200, s.as("agent"), "GET", "/outbox", nil).into(t, &list)
	item := list.Items[0]
	path := "/conversations/" + item.Conversation + "/messages/" + item.Message + "/arrived"
	if a := s.call(s.as("agent"), "POST", path, nil); a.status != 409 || a.code() != "not_unclear" {
		t.Errorf("what waits did not arrive: %d %s", a.status, a.body)
	}
	if a := s.call(s.as("viewer"), "POST", path, nil); a.status != 403 {
		t.Errorf("a viewer: %d", a.status)
	}
}
