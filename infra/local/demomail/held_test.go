package demomail

import (
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
)

func TestYoungMailOfAFreshDemoWaitsAndKeepsItsAge(t *testing.T) {
	dir := t.TempDir()
	everything := open(t, start(t, t.TempDir(), nil), seller).total

	held := func(c *Config) { c.Held = 3 * 24 * time.Hour }
	s := start(t, dir, held)
	before := open(t, s, seller).total
	if before == 0 || before >= everything || !s.HoldsRecent() {
		t.Fatalf("%d mails of %d before, holds %v", before, everything, s.HoldsRecent())
	}
	for range 2 { // the second call does nothing
		if err := s.DeliverRecent(); err != nil {
			t.Fatal(err)
		}
	}
	b := open(t, s, seller)
	if b.total != everything || s.HoldsRecent() {
		t.Errorf("%d mails after, want %d", b.total, everything)
	}
	var set imap.SeqSet
	set.AddRange(before+1, 0)
	mails, err := b.Fetch(set, &imap.FetchOptions{InternalDate: true}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		if age := time.Since(m.InternalDate); age < 0 || age > 3*24*time.Hour+time.Minute {
			t.Errorf("mail %d is %v old", m.SeqNum, age)
		}
	}
	if age := time.Since(mails[0].InternalDate); age < 24*time.Hour {
		t.Errorf("the oldest is only %v old", age)
	}
	s.Close()
	if again := start(t, dir, held); again.HoldsRecent() || open(t, again, seller).total != everything {
		t.Error("a restart holds mail back again")
	}
}
