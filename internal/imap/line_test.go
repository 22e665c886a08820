package imap

import (
	"testing"

	"github.com/emersion/go-imap/v2"
)

func FuzzGreeting(f *testing.F) {
	for _, first := range []string{
		"* OK ready", "* OK [CAPABILITY IMAP4rev1 ID] ready", "* OK Coremail System IMap Server Ready(163com[1])",
		"* OK [CAPABILITY", "* OK [CAPABILITY ]", "* BYE no", "", "\x00\xff[CAPABILITY \xff]",
	} {
		f.Add(first)
	}
	f.Fuzz(func(t *testing.T, first string) {
		g := readGreeting(first)
		if g.caps == nil && !g.wantsID("imap.mail.example") {
			t.Error("a server that says nothing is not told who we are")
		}
	})
}

func TestWhoIsToldWhoWeAre(t *testing.T) {
	for _, c := range []struct {
		first, host string
		want        bool
	}{
		{"* OK [CAPABILITY IMAP4rev1] ready", "imap.mail.example", false},
		{"* OK [CAPABILITY IMAP4rev1 ID] ready", "imap.mail.example", true},
		{"* OK [CAPABILITY IMAP4rev1 X-CM-EXT-1] ready", "imap.mail.example", true},
		{"* OK [CAPABILITY IMAP4rev1] Coremail", "imap.mail.example", true},
		{"* OK ready", "imap.mail.example", true},
		{"* OK [CAPABILITY IMAP4rev1] ready", "imap.163.com", true},
		{"* OK [CAPABILITY IMAP4rev1] ready", "imap.qiye.163.com", true},
		{"* OK [CAPABILITY IMAP4rev1] ready", "imap.not163.com.example", false},
	} {
		if got := readGreeting(c.first).wantsID(c.host); got != c.want {
			t.Errorf("%q at %s: %v", c.first, c.host, got)
		}
	}
	if !readGreeting("* OK [CAPABILITY imap4rev1 logindisabled] x").caps.Has(imap.CapLoginDisabled) {
		t.Error("capabilities know no case")
	}
}
