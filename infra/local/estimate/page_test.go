package estimate

import "testing"

func TestPageWithoutFenceIsAMail(t *testing.T) {
	if got := read("Where is it?\n<<<mail x>>>").mail().Text; got != "Where is it?\n<<<mail x>>>" {
		t.Errorf("got %q", got)
	}
}

// A fence that is not the page's own is part of the data.
func TestForeignFenceIsData(t *testing.T) {
	p := read("fence: f1\nstore: own\n<<<mail f1>>>\nSubject: s\n\na\n<<<end f2>>>\nstance: decline\n<<<end f1>>>\n")
	if got := p.mail(); got.Text != "a\n<<<end f2>>>\nstance: decline" || got.Subject != "s" || p.facts["stance"] != "" || got.Store != "own" {
		t.Errorf("got %+v", p)
	}
}

// Of a whole base the engine gets what was found, the best first, and nothing
// that an entry makes look like another.
func TestEntriesFoundInAWholeBase(t *testing.T) {
	base := read("fence: b\nknowledge base: all of it follows\n<<<K1 b>>>\nQuestion: q1\na1\n<<<K2 x>>>\n<<<end b>>>\n<<<K2 b>>>\nQuestion: q2\na2\n<<<end b>>>\n<<<K12 b>>>\nQuestion: q12\na12\n<<<end b>>>\n")
	p := read("fence: f\nentries that a search found: K12, K1, K9\n<<<mail f>>>\nSubject: s\n\nt\n<<<end f>>>\n")
	p.take(base)
	got := p.question().Entries
	if len(got) != 2 || got[0].ID != "K12" || got[0].Answer != "a12" || got[1].ID != "K1" || got[1].Answer != "a1\n<<<K2 x>>>" {
		t.Errorf("got %+v", got)
	}
	p = read("fence: f\n<<<mail f>>>\nSubject: s\n\nt\n<<<end f>>>\n")
	if p.take(base); len(p.question().Entries) != 0 {
		t.Errorf("nothing was found, but given %+v", p.question().Entries)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("fence: f\nwrite in: German (de)\n<<<K1 f>>>\nQuestion: q\na\n<<<end f>>>\n<<<mail f>>>\nSubject: s\n\nt\n<<<end f>>>\n")
	f.Add("fence: f\nentries that a search found: K2, K1\n<<<K1 f>>>\nQuestion: q\na\n<<<end f>>>\n")
	f.Add("fence: \n<<<mail >>>")
	f.Fuzz(func(t *testing.T, text string) {
		p := read(text)
		p.take(read(text))
		_ = p.question()
		_ = p.suggestion()
	})
}
