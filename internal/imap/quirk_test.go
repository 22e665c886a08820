package imap_test

import (
	"bufio"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/imap"
)

// host is a scripted mail server with two mails in INBOX, UIDs 3 and 4, which
// speaks just enough IMAP. A quirk changes how it answers one kind of command.
type host struct {
	greeting string
	// quirks answer a command by its word; "%s" stands for the tag, at "\v" another
	// line of the client is awaited. "FETCH" is a FETCH of texts, "LIST SIZES" one
	// without.
	quirks map[string]string
	// needsID refuses to open a folder before it was told who is there.
	needsID bool

	mu   sync.Mutex
	said []string // commands, without their tags
}

const (
	letterOne = "Subject: one\r\n\r\nfirst\r\n"
	letterTwo = "Subject: two\r\n\r\nsecond\r\n"
)

func given(seq, uid int, text string) string {
	return fmt.Sprintf("* %d FETCH (UID %d FLAGS () INTERNALDATE \"04-Mar-2026 05:06:07 +0000\" RFC822.SIZE %d BODY[] {%d}\r\n%s)\r\n", seq, uid, len(text), len(text), text)
}

func listed(seq, uid, size int) string {
	return fmt.Sprintf("* %d FETCH (UID %d INTERNALDATE \"04-Mar-2026 05:06:07 +0000\" RFC822.SIZE %d)\r\n", seq, uid, size)
}

func (h *host) usual(word string) string {
	switch word {
	case "LOGIN":
		return "%s OK in\r\n"
	case "CAPABILITY":
		return "* CAPABILITY IMAP4rev1 ID\r\n%s OK done\r\n"
	case "ID":
		return "* ID (\"name\" \"scripted\")\r\n%s OK done\r\n"
	case "STATUS":
		return "* STATUS INBOX (MESSAGES 2 UIDNEXT 5 UIDVALIDITY 7)\r\n%s OK done\r\n"
	case "EXAMINE":
		return "* 2 EXISTS\r\n* OK [UIDVALIDITY 7] \r\n* OK [UIDNEXT 5] \r\n%s OK [READ-ONLY] open\r\n"
	case "LIST SIZES":
		return listed(1, 3, len(letterOne)) + listed(2, 4, len(letterTwo)) + "%s OK done\r\n"
	case "FETCH":
		return given(1, 3, letterOne) + given(2, 4, letterTwo) + "%s OK done\r\n"
	}
	return "%s BAD what?\r\n"
}

func (h *host) serve(conn net.Conn) {
	greeting := h.greeting
	if greeting == "" {
		greeting = "* OK [CAPABILITY IMAP4rev1 ID] ready"
	}
	_, _ = fmt.Fprint(conn, greeting+"\r\n")
	introduced := false
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		tag, command, _ := strings.Cut(lines.Text(), " ")
		h.mu.Lock()
		h.said = append(h.said, command)
		h.mu.Unlock()
		word, rest, _ := strings.Cut(strings.TrimPrefix(command, "UID "), " ")
		if word == "FETCH" && !strings.Contains(rest, "BODY") {
			word = "LIST SIZES"
		}
		introduced = introduced || word == "ID"
		answer, quirk := h.quirks[word]
		switch {
		case h.needsID && !introduced && (word == "EXAMINE" || word == "STATUS"):
			answer = "%s NO " + word + " Unsafe Login. Please contact kefu@188.com\r\n"
		case !quirk:
			answer = h.usual(word)
		}
		for i, part := range strings.Split(strings.ReplaceAll(answer, "%s", tag), "\v") {
			if i > 0 && !lines.Scan() {
				return
			}
			_, _ = fmt.Fprint(conn, part)
		}
		if strings.HasPrefix(answer, "* BYE") {
			return
		}
	}
}

func (h *host) commands() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.said)
}

// look is a whole visit: sign in, ask, list, fetch.
type look struct {
	status desk.FolderStatus
	sizes  []desk.MailSize
	mails  []desk.FetchedMail
	err    error
}

func (h *host) look(t *testing.T, who desk.Credentials) (l look) {
	t.Helper()
	at, dialer := play(t, h.serve)
	c, err := imap.Dial(t.Context(), dialer, at, who, "INBOX")
	if err != nil {
		return look{err: err}
	}
	defer closes(t, c)
	if l.status, l.err = c.Status("INBOX"); l.err != nil {
		return l
	}
	if _, l.sizes, l.err = c.Sizes("INBOX", 2); l.err != nil {
		return l
	}
	l.err = c.Fetch(t.Context(), 2, 4, 1<<20, func(m desk.FetchedMail) error { l.mails = append(l.mails, m); return nil })
	return l
}

func (l look) texts() (all []string) {
	for _, m := range l.mails {
		all = append(all, string(m.Raw))
	}
	slices.Sort(all)
	return all
}

// TestQuirks holds the client to servers as they are. Providers are named with the
// year their behaviour was seen.
func TestQuirks(t *testing.T) {
	token := desk.Credentials{Method: desk.XOAuth2, User: anybody.User, AccessToken: "expired"}
	for _, c := range []struct {
		name string
		host *host
		who  desk.Credentials
		code string // of the failure, "" when both mails come
	}{
		{name: "a server without quirks", host: &host{}},
		{name: "Coremail wants ID before a folder is opened (163, 2026)", host: &host{
			greeting: "* OK Coremail System IMap Server Ready(163com[10774b260cc7a37d26d71b52404dcf5c])", needsID: true,
		}},
		{name: "Coremail known by its capability only", host: &host{greeting: "* OK [CAPABILITY IMAP4rev1 X-CM-EXT-1] ready", needsID: true}},
		{name: "the owner has not trusted mail programs (163, 2026)", host: &host{quirks: map[string]string{
			"STATUS": "%s NO STATUS Unsafe Login. Please contact kefu@188.com\r\n",
		}}, code: "unsafe_login"},
		{name: "BAD to ID", host: &host{quirks: map[string]string{"ID": "%s BAD command unknown\r\n"}}},
		{name: "NO to ID", host: &host{quirks: map[string]string{"ID": "%s NO go away\r\n"}}},
		{name: "BAD to STATUS", host: &host{quirks: map[string]string{"STATUS": "%s BAD command unknown\r\n"}}},
		{name: "STATUS answered with another name", host: &host{quirks: map[string]string{
			"STATUS": "* STATUS \"Somewhere\" (MESSAGES 9 UIDNEXT 9 UIDVALIDITY 9)\r\n%s OK done\r\n",
		}}},
		{name: "no UIDNEXT (163, 2026)", host: &host{quirks: map[string]string{
			"STATUS":  "* STATUS INBOX (MESSAGES 2 UIDVALIDITY 7)\r\n%s OK done\r\n",
			"EXAMINE": "* 2 EXISTS\r\n* OK [UIDVALIDITY 7] \r\n%s OK [READ-ONLY] open\r\n",
		}}},
		{name: "a greeting and a login without capabilities", host: &host{greeting: "* OK ready"}},
		{name: "the folder is gone", host: &host{quirks: map[string]string{"STATUS": "%s NO no such mailbox\r\n"}}, code: "folder_missing"},
		{name: "Microsoft refuses the token in a challenge (2026)", who: token, host: &host{
			greeting: "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] The Microsoft Exchange IMAP4 service is ready.",
			quirks: map[string]string{
				"AUTHENTICATE": "+ eyJzdGF0dXMiOiI0MDEifQ==\r\n\v%s NO AUTHENTICATE failed.\r\n",
			}}, code: "oauth_refused"},
		{name: "the token is refused without waiting for an answer to the challenge", who: token, host: &host{
			greeting: "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] ready",
			quirks:   map[string]string{"AUTHENTICATE": "+ eyJzdGF0dXMiOiI0MDEifQ==\r\n%s NO AUTHENTICATE failed.\r\n"},
		}, code: "protocol_error"},
		{name: "Microsoft takes no passwords and says so only when asked (2026)", host: &host{
			greeting: "* OK The Microsoft Exchange IMAP4 service is ready.", quirks: map[string]string{
				"LOGIN": "%s NO LOGIN failed.\r\n", "CAPABILITY": "* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2\r\n%s OK done\r\n",
			}}, code: "oauth_only"},
		{name: "NetEase lists only XOAUTH2 and takes LOGIN (2026)", host: &host{greeting: "* OK [CAPABILITY IMAP4rev1 ID AUTH=XOAUTH2] Coremail", needsID: true}},
		{name: "LOGINDISABLED", host: &host{greeting: "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready"}, code: "oauth_only"},
		{name: "a wrong password, everything behind it refused", host: &host{quirks: map[string]string{
			"LOGIN": "%s NO [AUTHENTICATIONFAILED] wrong\r\n", "ID": "%s BAD log in\r\n", "STATUS": "%s BAD log in\r\n",
		}}, code: "login_failed"},
		{name: "too many connections, said as it hangs up", host: &host{quirks: map[string]string{
			"LOGIN": "* BYE Too many simultaneous connections. (Failure)\r\n",
		}}, code: "rate_limited"},
		{name: "the day's bandwidth is used up (Gmail, 2026)", host: &host{quirks: map[string]string{
			"FETCH": "%s NO [OVERQUOTA] Account exceeded command or bandwidth limits.\r\n",
		}}, code: "rate_limited"},
		{name: "shuts down in the middle", host: &host{quirks: map[string]string{"LIST SIZES": "* BYE going down for maintenance\r\n"}}, code: "connection_lost"},
		{name: "EXISTS shrinks and mail is expunged in the answer", host: &host{quirks: map[string]string{
			"FETCH": given(1, 3, letterOne) + "* 1 EXPUNGE\r\n* 1 EXISTS\r\n* 0 RECENT\r\n" + given(1, 4, letterTwo) + "%s OK done\r\n",
		}}},
		{name: "UIDs out of order and repeated", host: &host{quirks: map[string]string{
			"LIST SIZES": listed(2, 4, len(letterTwo)) + listed(1, 3, len(letterOne)) + listed(2, 4, len(letterTwo)) + "%s OK done\r\n",
			"FETCH":      given(2, 4, letterTwo) + given(1, 3, letterOne) + given(2, 4, letterTwo) + "%s OK done\r\n",
		}}},
		{name: "mail nobody asked for", host: &host{quirks: map[string]string{
			"LIST SIZES": listed(1, 1, 9) + listed(2, 3, len(letterOne)) + listed(3, 4, len(letterTwo)) + "%s OK done\r\n",
			"FETCH":      given(1, 1, "x") + given(2, 3, letterOne) + given(3, 4, letterTwo) + given(4, 9, "y") + "%s OK done\r\n",
		}}},
		{name: "flags of other mail in between", host: &host{quirks: map[string]string{
			"FETCH": "* 7 FETCH (FLAGS (\\Seen))\r\n" + given(1, 3, letterOne) + "* 2 FETCH (FLAGS (\\Seen $Junk))\r\n" + given(2, 4, letterTwo) + "%s OK done\r\n",
		}}},
		{name: "items in another order, the text before the UID", host: &host{quirks: map[string]string{
			"FETCH": given(1, 3, letterOne) + fmt.Sprintf("* 2 FETCH (INTERNALDATE \" 4-Mar-2026 05:06:07 +0000\" UID 4 BODY[] {%d}\r\n%s RFC822.SIZE 5 FLAGS ())\r\n", len(letterTwo), letterTwo) + "%s OK done\r\n",
		}}},
		{name: "an answer that cannot be read (absurd INTERNALDATE)", host: &host{quirks: map[string]string{
			"LIST SIZES": "* 1 FETCH (UID 3 INTERNALDATE \"99-Foo-0000 99:99:99 +9999\" RFC822.SIZE 5)\r\n%s OK done\r\n",
		}}, code: "protocol_error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			who := c.who
			if who.User == "" {
				who = anybody
			}
			l := c.host.look(t, who)
			if c.code != "" {
				if l.err == nil || desk.CodeOf(l.err) != c.code {
					t.Fatalf("got %v (%s), want %s", l.err, desk.CodeOf(l.err), c.code)
				}
				return
			}
			if l.err != nil || !slices.Equal(l.texts(), []string{letterOne, letterTwo}) || len(l.sizes) != 2 || l.sizes[0].UID != 3 || l.sizes[1].UID != 4 {
				t.Fatalf("got %q of %+v, %v; it was asked %q", l.texts(), l.sizes, l.err, c.host.commands())
			}
			c.host.harmless(t)
		})
	}
}

// harmless checks that nothing was asked that marks mail, that QQ answers
// malformed (ENVELOPE) or that QQ and Aliyun ignore parts of (SEARCH).
func (h *host) harmless(t *testing.T) {
	t.Helper()
	for _, command := range h.commands() {
		if strings.Contains(command, "BODY[") && !strings.Contains(command, "BODY.PEEK[") {
			t.Errorf("marks mail as read: %s", command)
		}
		for _, word := range []string{"SELECT ", "SEARCH", "ENVELOPE", "BODYSTRUCTURE", "STORE", "EXPUNGE", "CLOSE"} {
			if strings.Contains(command, word) {
				t.Errorf("asked for %s: %s", word, command)
			}
		}
	}
}

func TestTheCursorIsTheOnlyQuestion(t *testing.T) {
	t.Parallel()
	h := &host{}
	h.look(t, anybody)
	for _, want := range []string{"EXAMINE INBOX", "UID FETCH 3:* (UID ", "UID FETCH 3:4 (UID "} {
		if !slices.ContainsFunc(h.commands(), func(c string) bool { return strings.HasPrefix(c, want) }) {
			t.Errorf("no %q in %q", want, h.commands())
		}
	}
}

func TestOneFolderMissingIsNoneOfTheOthersBusiness(t *testing.T) {
	t.Parallel()
	h := &host{}
	at, dialer := play(t, func(conn net.Conn) {
		_, _ = fmt.Fprint(conn, "* OK [CAPABILITY IMAP4rev1] ready\r\n")
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			tag, command, _ := strings.Cut(lines.Text(), " ")
			answer := h.usual(strings.Fields(command)[0])
			if strings.Contains(command, "Gone") {
				answer = "%s NO no such mailbox\r\n"
			}
			_, _ = fmt.Fprint(conn, strings.ReplaceAll(answer, "%s", tag))
		}
	})
	c, err := imap.Dial(t.Context(), dialer, at, anybody, "Gone", "INBOX")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Status("Gone")
	wantCode(t, err, desk.Permanent, "folder_missing")
	if s, err := c.Status("INBOX"); err != nil || s.UIDNext != 5 {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestAnEmptyFolderThatKnowsNoStar(t *testing.T) {
	t.Parallel()
	l := (&host{quirks: map[string]string{
		"EXAMINE":    "* 0 EXISTS\r\n* OK [UIDVALIDITY 7] \r\n%s OK [READ-ONLY] open\r\n",
		"LIST SIZES": "%s BAD invalid message set\r\n", "FETCH": "%s OK nothing\r\n",
	}}).look(t, anybody)
	if l.err != nil || len(l.sizes) > 0 {
		t.Errorf("got %+v, %v", l.sizes, l.err)
	}
}

// Where a date or a flag makes an answer unreadable the mail still comes without.
func TestMailWithoutItsDateAndFlags(t *testing.T) {
	t.Parallel()
	h := &host{quirks: map[string]string{
		"LIST SIZES": "* 1 FETCH (UID 3 RFC822.SIZE 5)\r\n%s OK done\r\n",
		"FETCH":      fmt.Sprintf("* 1 FETCH (UID 3 RFC822.SIZE 5 BODY[] {%d}\r\n%s)\r\n%%s OK done\r\n", len(letterOne), letterOne),
	}}
	at, dialer := play(t, h.serve)
	c, err := imap.Dial(t.Context(), dialer, at, anybody)
	if err != nil {
		t.Fatal(err)
	}
	defer closes(t, c)
	c.Plain()
	if _, sizes, err := c.Sizes("INBOX", 0); err != nil || len(sizes) != 1 || !sizes[0].At.IsZero() {
		t.Errorf("got %+v, %v", sizes, err)
	}
	err = c.Fetch(t.Context(), 2, 3, 1<<20, func(m desk.FetchedMail) error {
		if string(m.Raw) != letterOne {
			t.Errorf("got %q", m.Raw)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	for _, command := range h.commands() {
		if strings.Contains(command, "INTERNALDATE") || strings.Contains(command, "FLAGS") {
			t.Errorf("asked all the same: %s", command)
		}
	}
}

func TestPieces(t *testing.T) {
	piece := func(from string, text string) string {
		return fmt.Sprintf("* 1 FETCH (UID 3 BODY[]%s {%d}\r\n%s)\r\n%%s OK done\r\n", from, len(text), text)
	}
	for _, c := range []struct {
		name, answer string
		n            int
		code         string
	}{
		{"a piece", piece("<10>", "0123456789"), 10, ""},
		{"the last piece is shorter", piece("<10>", "0123"), 4, ""},
		{"nothing behind the end", piece("<10>", ""), 0, ""},
		{"the offset is ignored", piece("", "0123456789"), 0, "pieces_refused"},
		{"the length is ignored", piece("<10>", "0123456789abcdef"), 0, "pieces_refused"},
		{"the mail is gone", "%s OK done\r\n", 0, "mail_gone"},
		{"the mail is not given", "* 1 FETCH (UID 3 BODY[]<10> NIL)\r\n%s OK done\r\n", 0, "mail_gone"},
		{"the line breaks in it", "* 1 FETCH (UID 3 BODY[]<10> {10}\r\n0123", 4, "connect_timeout"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			at, dialer := play(t, (&host{quirks: map[string]string{"FETCH": c.answer}}).serve)
			conn, err := imap.Dial(t.Context(), dialer, at, anybody)
			if err != nil {
				t.Fatal(err)
			}
			defer closes(t, conn)
			if _, err := conn.Open("INBOX"); err != nil {
				t.Fatal(err)
			}
			into := make([]byte, 10)
			n, err := conn.Piece(t.Context(), 3, 10, into)
			if n != c.n || (err == nil) != (c.code == "") || err != nil && desk.CodeOf(err) != c.code {
				t.Errorf("got %d bytes, %v; want %d, %s", n, err, c.n, c.code)
			}
			if want := "0123456789"[:c.n]; string(into[:n]) != want {
				t.Errorf("got %q, want %q", into[:n], want)
			}
		})
	}
}

func TestFolderNamesAndRoles(t *testing.T) {
	t.Parallel()
	h := &host{quirks: map[string]string{"LIST": "* LIST (\\HasNoChildren) \"/\" \"inbox\"\r\n" +
		"* LIST (\\Sent \\HasNoChildren) \"/\" \"&XfJT0ZAB-\"\r\n" +
		"* LIST (\\NoSelect \\HasChildren) \"/\" \"&UXZO1mWHTvZZOQ-\"\r\n" + // QQ's parent of people's own folders, 2026
		"* LIST () \"/\" \"&2D3c5g- Orders &- more\"\r\n" +
		"* LIST (\\All) \"/\" \"[Gmail]/Alle Nachrichten\"\r\n%s OK done\r\n"}}
	at, dialer := play(t, h.serve)
	c, err := imap.Dial(t.Context(), dialer, at, anybody)
	if err != nil {
		t.Fatal(err)
	}
	defer closes(t, c)
	got, err := c.Folders()
	want := []desk.Folder{
		{Name: "INBOX", Role: "inbox", Selectable: true}, {Name: "已发送", Role: "sent", Selectable: true}, {Name: "其他文件夹"},
		{Name: "📦 Orders & more", Selectable: true}, {Name: "[Gmail]/Alle Nachrichten", Role: "all", Selectable: true},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}
