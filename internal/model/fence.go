package model

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// page is the text of one question under construction: lines of ours, and data
// between fences that only this question has.
type page struct {
	strings.Builder
	fence string
}

// fenceLength is 50 bits: data cannot guess it.
const fenceLength = 10

func newPage() *page {
	p := &page{fence: strings.ToLower(rand.Text()[:fenceLength])}
	p.fact("fence", p.fence)
	return p
}

// fact writes a line of ours. The value is put on one line and cannot look like
// a fence; an empty one is left out.
func (p *page) fact(name, value string) {
	if value = harmless(line(value)); value != "" {
		fmt.Fprintf(p, "%s: %s\n", name, value)
	}
}

// data writes text that is not ours.
func (p *page) data(name, text string) {
	fmt.Fprintf(p, "<<<%s %s>>>\n%s\n<<<end %s>>>\n", name, p.fence, harmless(text), p.fence)
}

// harmless makes three angle brackets in a row look alike without being a fence.
func harmless(text string) string {
	return strings.NewReplacer("<<<", "‹‹‹", ">>>", "›››").Replace(text)
}
