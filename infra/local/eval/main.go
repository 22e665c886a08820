// Command eval measures how well mail is sorted and answered: recognition, the
// assistant, citations, the outgoing check, attacks, cost. It runs the code of
// the product against the offline engine, a scripted model behind the fake
// Converse, or a real model with one's own account. docs/evaluation.md explains
// the figures.
//
//	go run ./infra/local/eval [-model offline|fake|bedrock:<id>|openai:<url>#<model>] [-split test|dev|plain|check] [-parts grounding,injection,cost] [-json] [-errors]
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "eval:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, w io.Writer) error {
	flags := flag.NewFlagSet("eval", flag.ContinueOnError)
	name := flags.String("model", "offline", "offline, fake, bedrock:<model or profile id>, openai:<base URL>#<model>")
	split := flags.String("split", test, "test, dev, plain or check")
	parts := flags.String("parts", strings.Join(everyPart, ","), "what is run beside sorting, with commas between")
	asJSON := flags.Bool("json", false, "print JSON")
	errors := flags.Bool("errors", false, "list every wrong label")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("reading the flags: %w", err)
	}
	r, err := newRunner(ctx, *name)
	if err != nil {
		return err
	}
	defer r.close()
	out, all, err := r.evaluate(ctx, *split, slices.DeleteFunc(strings.Split(*parts, ","), func(part string) bool { return part == "" }))
	if err != nil {
		return err
	}
	if *asJSON {
		return out.json(w)
	}
	out.print(w)
	if *errors {
		listErrors(w, all)
	}
	return nil
}
