// Command local runs Quilldesk on one machine from its template.
//
//	local [-v]            start everything; Ctrl-C ends it
//	local services        print one JSON object about the running system
//	local inspect FILE…   print what the product makes of a mail
//
// QUILLDESK_ADDR is the address of the page (127.0.0.1:8420), QUILLDESK_DATA the
// folder of all state (.quilldesk), QUILLDESK_AI the model (offline).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/cloud"
)

// command is a sub-command: args follow its name.
type command func(ctx context.Context, args []string) error

// commands are the sub-commands by name.
var commands = map[string]command{
	"inspect":  inspect,
	"run":      run,
	"services": services,
}

func main() {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends at once
	if err := dispatch(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "quilldesk:", err)
		os.Exit(1)
	}
}

func dispatch(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] == "-v" {
		return run(ctx, args)
	}
	chosen, ok := commands[args[0]]
	if !ok {
		return fmt.Errorf("there is no command %q; commands are %s", args[0], strings.Join(slices.Sorted(maps.Keys(commands)), ", "))
	}
	return chosen(ctx, args[1:])
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	verbose := flags.Bool("v", false, "show warnings of the functions")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	return cloud.Run(ctx, cloud.Options{
		Template: "template.yaml", Bin: "bin",
		Data: dataFolder(), Addr: setting("QUILLDESK_ADDR", "127.0.0.1:8420"), AI: setting("QUILLDESK_AI", "offline"),
		Verbose: *verbose, Out: os.Stdout, Err: os.Stderr, Now: time.Now,
	})
}

func services(ctx context.Context, _ []string) error {
	return cloud.Services(ctx, dataFolder(), os.Stdout)
}

func dataFolder() string { return setting("QUILLDESK_DATA", ".quilldesk") }

func setting(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}
