package api

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
)

func TestThePulseCountsWhatIsVisible(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("open")
	s.box("closed", s.owner)
	for _, box := range []desk.MailboxID{"open", "closed"} {
		sync, err := s.server.Table.Sync(t.Context(), s.org(), box)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.server.Table.Lease(t.Context(), sync, "w", noon.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if err := s.server.Table.Commit(t.Context(), sync, "w", noon, desk.Counts{desk.Awaiting: 3, desk.NoReply: 1}); err != nil {
			t.Fatal(err)
		}
	}
	read := func(who string) (p Pulse) {
		s.ok(200, who, "GET", "/pulse", nil).into(t, &p)
		return p
	}
	if p := read(s.owner); p.Counts != (Counts{All: 8, Awaiting: 6, NoReply: 2}) {
		t.Errorf("the owner counts %+v", p.Counts)
	}
	before := read(s.as("agent"))
	if before.Counts != (Counts{All: 4, Awaiting: 3, NoReply: 1}) {
		t.Errorf("the agent counts %+v", before.Counts)
	}
	if after := read(s.as("agent")); after.Mark != before.Mark {
		t.Error("the mark moves by itself")
	}
	s.mail("open", "c1")
	s.ok(200, s.as("agent"), "POST", "/conversations/bulk", map[string]any{"ids": []string{"c1"}, "action": "no_reply"})
	after := read(s.as("agent"))
	if after.Mark == before.Mark || after.Counts.Awaiting != 2 || after.Counts.NoReply != 2 {
		t.Errorf("after a change %+v", after)
	}
}

func TestTheListHasTabsAndPages(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("box1")
	for n := range 5 {
		s.mail("box1", desk.ConversationID(fmt.Sprint("c", n)), func(c *desk.Conversation, m *desk.Message) {
			c.LastAt = noon.Add(time.Duration(n) * time.Minute)
			if n == 4 {
				c.Status = desk.Replied
			}
		})
	}
	for path, want := range map[string]string{
		"":                      "[c3 c2 c1 c0]",
		"?tab=replied":          "[c4]",
		"?tab=no_reply":         "[]",
		"?tab=all":              "[c4 c3 c2 c1 c0]",
		"?q=112-1234567-c2":     "[c2]",
		"?q=KIM":                "[c4 c3 c2 c1 c0]",
		"?q=kim%20larsen":       "[c4 c3 c2 c1 c0]",
		"?q=nobody":             "[]",
		"?tab=all&category=vip": "[]",
	} {
		var page ConversationPage
		s.ok(200, s.as("viewer"), "GET", "/conversations"+path, nil).into(t, &page)
		if got := fmt.Sprint(ids(page.Items)); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	var all []string
	cursor := ""
	for {
		var page ConversationPage
		s.ok(200, s.owner, "GET", "/conversations?tab=all&limit=2&cursor="+cursor, nil).into(t, &page)
		all = append(all, ids(page.Items)...)
		if page.Next == nil {
			break
		}
		cursor = *page.Next
	}
	if fmt.Sprint(all) != "[c4 c3 c2 c1 c0]" {
		t.Errorf("pages hold %v", all)
	}
}

func ids(rows []Row) []string {
	out := []string{}
	for _, r := range rows {
		out = append(out, r.Id)
	}
	return out
}

func TestBulk(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("box1")
	s.mail("box1", "c1")
	s.mail("box1", "c2")
	agent := s.as("agent")
	do := func(action, value string, ids ...string) answer {
		return s.call(agent, "POST", "/conversations/bulk", map[string]any{"ids": ids, "action": action, "value": value})
	}
	for _, c := range []struct{ action, value, code string }{
		{"burn", "", "action"}, {"priority", "urgent", "label_invalid"}, {"category", "", "label_invalid"}, {"category", "unheard-of", "label_invalid"},
		{"assign", "stranger@elsewhere.example", "not_a_member"}, {"assign", s.as("viewer"), "not_a_member"},
	} {
		if a := do(c.action, c.value, "c1"); a.status != 422 || a.code() != c.code {
			t.Errorf("%s %q: %d %s", c.action, c.value, a.status, a.body)
		}
	}
	if a := do("no_reply", ""); a.status != 422 || a.code() != "bulk_size" {
		t.Errorf("nothing: %d %s", a.status, a.body)
	}
	if a := do("no_reply", "", slices.Repeat([]string{"c1"}, 101)...); a.status != 422 || a.code() != "bulk_size" {
		t.Errorf("too many: %d %s", a.status, a.body)
	}
	var results []BulkResult
	do("no_reply", "", "c1", "gone", "", strings.Repeat("x", 5000), "a#b", "c2").into(t, &results)
	for i, want := range []bool{true, false, false, false, false, true} {
		if results[i].Ok != want || !want && value(results[i].Code) != "not_found" {
			t.Errorf("result %d: %+v", i, results[i])
		}
	}
	do("assign", " "+strings.ToUpper(agent), "c1")
	do("priority", "low", "c1")
	do("category", "pre_sale", "c1")
	do("reopen", "", "c1")
	var d ConversationDetail
	s.ok(200, agent, "GET", "/conversations/c1", nil).into(t, &d)
	c := d.Conversation
	if value(c.Assignee) != agent || c.Labels.Priority.Value != "low" || c.Labels.Priority.Source != "hand" || c.Labels.Category.Value != "pre_sale" || c.Status != "awaiting" {
		t.Errorf("conversation %+v", c)
	}
	do("delete", "", "c2").into(t, &results)
	if a := s.call(agent, "GET", "/conversations/c2", nil); !results[0].Ok || a.status != 404 || len(s.work.purges) != 1 {
		t.Errorf("deleted: %+v, %d, purges %v", results, a.status, s.work.purges)
	}
	if found, err := s.server.Table.Find(t.Context(), s.org(), "112-1234567-c2", 10); err != nil || len(found) != 0 {
		t.Errorf("what was deleted leaves traces in the search: %v %v", found, err)
	}
	var page ConversationPage
	s.ok(200, agent, "GET", "/conversations?q=kim", nil).into(t, &page)
	if fmt.Sprint(ids(page.Items)) != "[c1]" {
		t.Errorf("search finds %v", ids(page.Items))
	}
}

func TestLabelsByHand(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("box1")
	s.mail("box1", "c1")
	s.ok(200, s.owner, "PATCH", "/organisation", map[string]any{"categories": []string{"VIP"}})
	agent := s.as("agent")
	for _, wrong := range []map[string]string{
		{"type": "junk"}, {"intent": "love"}, {"priority": "urgent"}, {"sentiment": "meh"}, {"language": "klingon"}, {"category": "nowhere"},
	} {
		if a := s.call(agent, "PATCH", "/conversations/c1/labels", wrong); a.status != 422 || a.code() != "label_invalid" {
			t.Errorf("%v: %d %s", wrong, a.status, a.body)
		}
	}
	var c Conversation
	s.ok(200, agent, "PATCH", "/conversations/c1/labels", map[string]string{"type": "pre_sale", "intent": "stock"}).into(t, &c)
	if c.Labels.Type.Value != "pre_sale" || c.Labels.Type.Source != "hand" || value(c.Labels.Type.Reason.Detail) != agent || c.Labels.Category.Value != "pre_sale" {
		t.Errorf("labels %+v", c.Labels)
	}
	s.ok(200, agent, "PATCH", "/conversations/c1/labels", map[string]string{"category": " VIP "}).into(t, &c)
	if c.Labels.Category.Value != "VIP" || c.Labels.Intent.Value != "stock" {
		t.Errorf("labels %+v", c.Labels)
	}
}

func TestAThreadCountsInUTF16(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("box1")
	const visible, quoted = "Größe 🙂 ランプ\n", "> früher 🙂"
	s.mail("box1", "c1", func(_ *desk.Conversation, m *desk.Message) {
		m.Text = visible + quoted
		m.Folds = []desk.Fold{{Start: len(visible), End: len(visible + quoted), Kind: "quoted"}}
	})
	var d ConversationDetail
	s.ok(200, s.as("viewer"), "GET", "/conversations/c1", nil).into(t, &d)
	f := d.Messages[0].Folds[0]
	units := utf16.Encode([]rune(d.Messages[0].Text))
	if got := string(utf16.Decode(units[f.Start:f.End])); got != quoted {
		t.Errorf("the fold is %q", got)
	}
	if d.Messages[0].Attachments == nil || d.Conversation.OrderNumbers == nil || d.Others == nil {
		t.Error("an empty list is null")
	}
}

func TestPresence(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("box1")
	s.mail("box1", "c1")
	s.ok(200, s.as("agent"), "PUT", "/conversations/c1/presence", map[string]bool{"writing": true})
	var here []Presence
	s.ok(200, s.owner, "PUT", "/conversations/c1/presence", map[string]bool{"writing": false}).into(t, &here)
	if len(here) != 1 || here[0].Email != s.as("agent") || !here[0].Writing {
		t.Errorf("here are %+v", here)
	}
	s.ok(200, s.as("agent"), "PUT", "/conversations/c1/presence", map[string]bool{"writing": false, "leaving": true})
	s.ok(200, s.owner, "PUT", "/conversations/c1/presence", map[string]bool{"writing": false}).into(t, &here)
	if len(here) != 0 {
		t.Errorf("here are %+v", here)
	}
}

var withFiles = strings.ReplaceAll(`From: kim@buyers.example
Subject: Broken
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html; charset=utf-8

<p onclick="evil()">Broken<script>evil()</script><img src="https://tracker.example/x.png"></p>
--b
Content-Type: image/svg+xml; name="=?utf-8?q?b=C3=B6se=22=0A.svg?="
Content-Disposition: attachment; filename="=?utf-8?q?b=C3=B6se.svg?="
Content-Transfer-Encoding: base64

PHN2Zz48L3N2Zz4=
--b--
`, "\n", "\r\n")

func TestOriginalsAndAttachments(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("box1")
	s.mail("box1", "c1")
	s.objects[mailbox.RawKey(s.org(), "box1", "m-c1")] = []byte(withFiles)
	viewer := s.as("viewer")
	var page SafeHTML
	s.ok(200, viewer, "GET", "/conversations/c1/messages/m-c1/html", nil).into(t, &page)
	if !strings.Contains(page.Html, "Broken") || strings.Contains(page.Html, "evil") || strings.Contains(page.Html, " src=") || page.RemoteImages != 1 {
		t.Errorf("page %+v", page)
	}
	a := s.ok(200, viewer, "GET", "/conversations/c1/messages/m-c1/attachments/0", nil)
	if string(a.body) != "<svg></svg>" || a.header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment;") ||
		a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("attachment %q %v", a.body, a.header)
	}
	for _, path := range []string{"/conversations/c1/messages/m-c1/attachments/1", "/conversations/c1/messages/m-c1/attachments/-1", "/conversations/c1/messages/other/html", "/conversations/other/messages/m-c1/html"} {
		if a := s.call(viewer, "GET", path, nil); a.status != 404 {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	s.mail("box1", "c2")
	if a := s.call(viewer, "GET", "/conversations/c2/messages/m-c2/html", nil); a.status != 404 || a.code() != "original_gone" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestHostileInputIsRefusedInWords sends what no page of ours would, to places
// where it becomes a key. None of it may look like a failure of ours.
func TestHostileInputIsRefusedInWords(t *testing.T) {
	t.Parallel()
	s := newSite(t).staffed()
	s.box("box1")
	s.mail("box1", "c1")
	long := strings.Repeat("x", 5000)
	cursor := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	type request struct {
		method, path string
		body         any
	}
	requests := []request{
		{"GET", "/conversations/" + long, nil},
		{"GET", "/conversations?category=" + long, nil},
		{"GET", "/conversations?assignee=" + long, nil},
		{"GET", "/conversations?tab=nonsense", nil},
		{"GET", "/conversations?limit=many", nil},
		{"GET", "/conversations?q=" + long, nil},
		{"GET", "/conversations?q=%00%FF", nil},
		{"GET", "/conversations?cursor=" + long, nil},
		{"GET", "/conversations?cursor=" + cursor(`[{"a":{"ib":"`+string(s.org())+`#awaiting"}}]`), nil},
		{"GET", "/conversations?cursor=" + cursor(`[{"a":{"ib":"`+string(s.org())+`#awaiting","pk":"","sk":"conv","at":"1"}}]`), nil},
		{"GET", "/conversations?cursor=" + cursor(`[{"a":{"ib":"other#awaiting","pk":"C#other#c1","sk":"conv","at":"1"}}]`), nil},
		{"GET", "/conversations?cursor=" + cursor(`{}`), nil},
		{"GET", "/conversations/c1/messages/" + long + "/html", nil},
		{"GET", "/conversations/c1/messages/m-c1/attachments/99999999999999999999", nil},
		{"POST", "/conversations/c1/messages/o9999999999999" + strings.Repeat("y", 100) + "/undo", nil},
		{"POST", "/conversations/c1/messages/m-c1/undo", nil},
		{"POST", "/conversations/c1/messages/m-c1/retry", nil},
		{"PATCH", "/conversations/c1/labels", "{"},
		{"PATCH", "/conversations/c1/labels", `{"category":"` + long + `"}`},
		{"PATCH", "/conversations/c1/labels", `[]`},
		{"POST", "/conversations/bulk", `{"ids":"c1"}`},
		{"POST", "/conversations/bulk", `null`},
		{"POST", "/conversations/c1/reply", `{"requestId":"` + long + `","text":"x","language":"en-US","history":false}`},
		{"POST", "/conversations/c1/preview", `{"text":"x","language":"` + long + `","history":false}`},
		{"POST", "/conversations/c1/draft", `{"kind":"poem"}`},
		{"POST", "/knowledge", `{"topic":"` + long + `","answer":"x"}`},
		{"PUT", "/knowledge/" + long, `{"topic":"x","answer":"x","version":1}`},
		{"PUT", "/knowledge/e1", `{"topic":"x","answer":"x"}`},
		{"DELETE", "/members/" + long, nil},
		{"PATCH", "/organisation", `{"name":"` + long + `"}`},
		{"PATCH", "/organisation", `{"categories":[""]}`},
		{"PATCH", "/mailboxes/" + long, `{}`},
		{"PATCH", "/mailboxes/box1", `{"stores":["etsy.com"]}`},
		{"PATCH", "/mailboxes/box1", `{"folders":[""]}`},
		{"POST", "/mailboxes", binding(long + "@lumenhaus.example")},
		{"DELETE", "/mailboxes/box1?confirm=" + long, nil},
		{"POST", "/knowledge", `{"topic":"x","answer":"` + strings.Repeat("x", 2<<20) + `"}`},
	}
	for _, r := range requests {
		a := s.call(s.owner, r.method, r.path, r.body)
		fine := strings.HasPrefix(r.path, "/conversations?q=") && a.status == 200
		if !fine && (a.status < 400 || a.status >= 500 || a.code() == "" || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json")) {
			t.Errorf("%s %.80s: %d %.200s", r.method, r.path, a.status, a.body)
		}
		if strings.Contains(string(a.body), "xxxxxxxxxx"+strings.Repeat("x", 1000)) {
			t.Errorf("%s %.80s repeats what it was sent", r.method, r.path)
		}
	}
	if strings.Contains(s.log.String(), "request failed") {
		t.Errorf("hostile input is logged as a failure of ours: %s", s.log)
	}
	for _, path := range []string{"/nothing", "/conversations/" + url.PathEscape("../../c1"), "/conversations/%23"} {
		if a := s.call(s.owner, "GET", path, nil); a.status != 404 {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}
