package main

import (
	"fmt"
	"testing"
)

// TestASmallSoak is the small edition of what .ci/run does with fifty thousand mails.
func TestASmallSoak(t *testing.T) {
	for _, seed := range []uint64{1, 2} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			r, err := run(t.Context(), options{mails: 1000, seed: seed, template: "../../../template.yaml"})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d messages in %d conversations: %v", r.messages, r.conversations, r.events)
		})
	}
}
