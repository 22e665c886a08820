// Bench measures Quilldesk on this machine and prints each figure as a JSON line,
// then all of them as a table. Absolute figures drift with the machine; ratios
// within one run do not.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"text/tabwriter"
)

// figure is one measured value.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Goal  string  `json:"goal,omitempty"`
	Note  string  `json:"note,omitempty"`
}

// report collects figures and prints each as it comes.
type report struct {
	out     *json.Encoder
	figures []figure
}

func (r *report) add(f figure) {
	r.figures = append(r.figures, f)
	if err := r.out.Encode(f); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func (r *report) table(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nfigure\tvalue\tunit\tgoal\tnote")
	for _, f := range r.figures {
		fmt.Fprintf(t, "%s\t%.4g\t%s\t%s\t%s\n", f.Name, f.Value, f.Unit, f.Goal, f.Note)
	}
	return t.Flush()
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	r := &report{out: json.NewEncoder(os.Stdout)}
	parts := []struct {
		name string
		run  func(context.Context, *report) error
	}{
		{"functions", functions}, {"parse", parse}, {"first", first}, {"idle", idle}, {"ingest", ingest}, {"memory", memory}, {"pages", pages},
	}
	wanted := map[string]bool{}
	for _, name := range os.Args[1:] {
		wanted[name] = true
	}
	failed := false
	for _, p := range parts {
		if len(wanted) > 0 && !wanted[p.name] {
			continue
		}
		if err := p.run(ctx, r); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", p.name, err)
			failed = true
		}
	}
	if err := r.table(os.Stdout); err != nil || failed {
		os.Exit(1)
	}
}
