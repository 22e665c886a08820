package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/offline"
)

// inspect prints one line of JSON per mail: what the product makes of it. "-" is
// standard input. A mail that cannot be read is named and the rest are done.
func inspect(ctx context.Context, args []string) error {
	engine, err := offline.New()
	if err != nil {
		return fmt.Errorf("loading the offline engine: %w", err)
	}
	return inspectAll(ctx, args, engine, os.Stdin, os.Stdout, os.Stderr)
}

func inspectAll(ctx context.Context, files []string, sorter assist.Assistant, in io.Reader, out, errs io.Writer) error {
	if len(files) == 0 {
		return errors.New("inspect needs the names of mails, or - for standard input")
	}
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	failed := 0
	for _, file := range files {
		line, err := inspectFile(ctx, file, sorter, in)
		if err == nil {
			err = lines.Encode(line)
		}
		if err != nil {
			failed++
			fmt.Fprintf(errs, "quilldesk: %s: %v\n", file, err)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d mails could not be inspected", failed, len(files))
	}
	return nil
}

type inspected struct {
	File string `json:"file"`
	mailbox.Inspection
}

func inspectFile(ctx context.Context, file string, sorter assist.Assistant, in io.Reader) (inspected, error) {
	var raw []byte
	var err error
	if file == "-" {
		raw, err = io.ReadAll(in)
	} else {
		raw, err = os.ReadFile(file)
	}
	if err != nil {
		return inspected{}, err
	}
	made, err := mailbox.Inspect(ctx, raw, sorter)
	return inspected{file, made}, err
}
