package demomail

import (
	"fmt"
	"slices"
	"testing"

	"github.com/emersion/go-imap/v2"
)

// snapshot is everything a fetcher's cursor rests on.
func snapshot(t *testing.T, s *Server, address string) []string {
	t.Helper()
	b := open(t, s, address)
	var lines []string
	folders, err := b.List("", "*", nil).Collect()
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		data, err := b.Select(folder.Mailbox, &imap.SelectOptions{ReadOnly: true}).Wait()
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprint(folder.Mailbox, data.UIDValidity, data.UIDNext))
		if data.NumMessages == 0 {
			continue
		}
		all := imap.UIDSet{{Start: 1, Stop: 0}}
		mails, err := b.Fetch(all, &imap.FetchOptions{UID: true, Flags: true, InternalDate: true, RFC822Size: true}).Collect()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mails {
			lines = append(lines, fmt.Sprint(m.UID, m.Flags, m.InternalDate.Unix(), m.RFC822Size))
		}
	}
	return lines
}

// touch uses everything that must survive: flags, keywords, an append, a move, an expunge.
func touch(t *testing.T, s *Server) {
	t.Helper()
	b := open(t, s, seller)
	flags := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagFlagged, "$Forwarded"}, Silent: true}
	if err := b.Store(imap.UIDSetNum(2, 3), flags, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Move(imap.UIDSetNum(4), "售后存档").Wait(); err != nil {
		t.Fatal(err)
	}
	last := imap.UID(b.total)
	gone := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}, Silent: true}
	if err := b.Store(imap.UIDSetNum(last), gone, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.UIDExpunge(imap.UIDSetNum(last)).Close(); err != nil {
		t.Fatal(err)
	}
	text := []byte("Subject: copy\r\nMessage-ID: <copy@lumenhaus.example>\r\n\r\nsent\r\n")
	appending := b.Append("Sent", int64(len(text)), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen}})
	appending.Write(text)
	if err := appending.Close(); err != nil {
		t.Fatal(err)
	}
	if data, err := appending.Wait(); err != nil || data.UID == 0 {
		t.Fatalf("append: %+v, %v", data, err)
	}
}

func TestStateSurvives(t *testing.T) {
	for name, end := range map[string]func(*Server){
		"a restart": func(s *Server) { s.Close() },
		"a crash":   func(*Server) {},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := start(t, dir, nil)
			touch(t, s)
			before := snapshot(t, s, seller)
			end(s)
			after := snapshot(t, start(t, dir, nil), seller)
			if !slices.Equal(before, after) {
				t.Errorf("before:\n%v\nafter:\n%v", before, after)
			}
		})
	}
}

func TestExaminedFolderStaysUntouched(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	b := open(t, s, seller)
	if _, err := b.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		t.Fatal(err)
	}
	set := imap.UIDSetNum(imap.UID(b.total))
	whole := &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{{}}} // without PEEK
	if _, err := b.Fetch(set, whole).Collect(); err != nil {
		t.Fatal(err)
	}
	if err := b.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagSeen}}, nil).Close(); err == nil {
		t.Error("STORE worked after EXAMINE")
	}
	mails, err := b.Fetch(set, &imap.FetchOptions{Flags: true}).Collect()
	if err != nil || slices.Contains(mails[0].Flags, imap.FlagSeen) {
		t.Errorf("flags = %v, %v", mails, err)
	}
}

func TestRangesToTheEnd(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	b := open(t, s, seller)
	last := imap.UID(b.total)
	for _, test := range []struct {
		from imap.UID
		want []imap.UID
	}{
		{last - 1, []imap.UID{last - 1, last}},
		{last + 5, []imap.UID{last}}, // n:* always has the last mail: the fetcher must drop it
	} {
		data, err := b.UIDSearch(&imap.SearchCriteria{UID: []imap.UIDSet{{{Start: test.from, Stop: 0}}}}, nil).Wait()
		if err != nil {
			t.Fatal(err)
		}
		got := data.AllUIDs()
		if !slices.Equal(got, test.want) {
			t.Errorf("%d:* = %v, want %v", test.from, got, test.want)
		}
	}
}

func TestSearch(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	b := open(t, s, shop)
	for _, test := range []struct {
		name     string
		criteria imap.SearchCriteria
		want     int
	}{
		{"header", imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "From", Value: "vorontsov"}}}, 1},
		{"decoded body", imap.SearchCriteria{Body: []string{"межцентровым"}}, 1},
		{"text in the subject", imap.SearchCriteria{Text: []string{"крючки"}}, 1},
		{"no such text", imap.SearchCriteria{Text: []string{"zebra crossing"}}, 0},
		{"not", imap.SearchCriteria{UID: []imap.UIDSet{imap.UIDSetNum(1, 2)}, Not: []imap.SearchCriteria{{UID: []imap.UIDSet{imap.UIDSetNum(2)}}}}, 1},
		{"or", imap.SearchCriteria{Or: [][2]imap.SearchCriteria{{{UID: []imap.UIDSet{imap.UIDSetNum(1)}}, {UID: []imap.UIDSet{imap.UIDSetNum(2)}}}}}, 2},
		{"far future", imap.SearchCriteria{Since: s.config.Now().AddDate(1, 0, 0)}, 0},
	} {
		data, err := b.UIDSearch(&test.criteria, nil).Wait()
		if err != nil {
			t.Fatal(err)
		}
		if got := len(data.AllUIDs()); got != test.want {
			t.Errorf("%s: found %d, want %d", test.name, got, test.want)
		}
	}
}
