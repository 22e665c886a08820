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

func FuzzRead(f *testing.F) {
	f.Add("fence: f\nwrite in: German (de)\n<<<K1 f>>>\nQuestion: q\na\n<<<end f>>>\n<<<mail f>>>\nSubject: s\n\nt\n<<<end f>>>\n")
	f.Add("fence: \n<<<mail >>>")
	f.Fuzz(func(t *testing.T, text string) {
		p := read(text)
		_ = p.question()
		_ = p.suggestion()
	})
}
