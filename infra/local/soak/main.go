// Soak fetches many thousand mails through everything that goes wrong: lines that
// break inside a mail, processes that die before or after any of their calls, lost
// leases, folders numbered anew, mail that is delivered twice, moved, expunged,
// forged. The IMAP client, the syncer and the storage are the real ones; the mail
// server is scripted. In the end every mail must be there once, in the right
// conversation, with counters equal to the rows and every original kept.
//
//	go run ./infra/local/soak -mails 50000 -seed 7
//
// A seed fixes the mails, the events and the faults. Which of the calls that are
// made at the same time a fault hits is up to the scheduler.
package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var o options
	flag.IntVar(&o.mails, "mails", 50_000, "how many different mails")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano())%1_000_000, "seed of mails, events and faults")
	flag.StringVar(&o.template, "template", "template.yaml", "template with the table")
	flag.Parse()
	fmt.Printf("soak: %d mails, seed %d\n", o.mails, o.seed)
	begun := time.Now()
	r, err := run(ctx, o)
	if err != nil {
		fmt.Fprintf(os.Stderr, "soak failed with seed %d: %v\n", o.seed, err)
		os.Exit(1)
	}
	fmt.Printf("%d messages in %d conversations, each right; %d visits in %s\n", r.messages, r.conversations, r.visits, time.Since(begun).Round(time.Second))
	for _, name := range slices.Sorted(maps.Keys(r.events)) {
		fmt.Printf("%7d  %s\n", r.events[name], name)
	}
}
