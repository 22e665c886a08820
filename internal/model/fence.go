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
	// base is the page of the whole knowledge base, nil where the question shows
	// entries itself.
	base *page
}

// fenceLength is 50 bits: data cannot guess it.
const fenceLength = 10

func newPage() *page { return fencedBy(rand.Text()) }

// fencedBy begins a page with a fence made of a text in base 32.
func fencedBy(secret string) *page {
	p := &page{fence: strings.ToLower(secret[:fenceLength])}
	p.fact("fence", p.fence)
	return p
}

// shared is the part of the question that others have as well, "" for none.
func (p *page) shared() string {
	if p.base == nil {
		return ""
	}
	return p.base.String()
}

// repeated reports whether a text repeats a fence of the question.
func (p *page) repeated(text string) bool {
	return strings.Contains(text, p.fence) || p.base != nil && p.base.repeated(text)
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
