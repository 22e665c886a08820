package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/offline"
)

// sorted is what the product made of a case.
type sorted struct {
	mailCase
	mail     assist.Mail // as the assistant saw it
	labels   desk.Labels
	made     desk.Provenance
	took     time.Duration // of the assistant alone
	seen     mailbox.Inspection
	fellBack error // why the offline engine answered for the model
}

// flaggedAs are the details of a priority that follows from money or a claim.
var flaggedAs = map[string]bool{string(desk.Refund): true, string(desk.Claim): true, "chargeback": true}

// costlyFound reports whether the product treats the mail as a refund request or
// a claim: by its intent, or by a flag that makes it high.
func (s sorted) costlyFound() bool {
	if s.seen.Intent == desk.Refund || s.seen.Intent == desk.Claim {
		return true
	}
	p := s.labels.Priority
	return p.Value == desk.High && p.Reason.Code == desk.ReasonIntent && flaggedAs[p.Reason.Detail]
}

// witness is the assistant of one mail, and remembers what it was asked and
// said. Like the product it leaves automatic mail, and mail that the model cannot
// sort, to the offline engine.
type witness struct {
	assist.Assistant
	engine *offline.Engine
	into   *sorted
}

func (w witness) Triage(ctx context.Context, mail assist.Mail) (desk.Labels, desk.Provenance, error) {
	began := time.Now()
	labels, made, err := desk.Labels{}, desk.Provenance{}, error(nil)
	if mail.Automatic == "" {
		labels, made, err = w.Assistant.Triage(ctx, mail)
	}
	if mail.Automatic != "" || err != nil {
		w.into.fellBack = err
		labels, made, err = w.engine.Triage(ctx, mail)
	}
	w.into.mail, w.into.labels, w.into.made, w.into.took = mail, labels, made, time.Since(began)
	return labels, made, err
}

// sortAll takes every case through recognition and the assistant, as intake does.
func (r *runner) sortAll(ctx context.Context, cases []mailCase) ([]sorted, error) {
	out := make([]sorted, len(cases))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(r.parallel())
	for i, c := range cases {
		out[i].mailCase = c
		group.Go(func() error { return r.sortOne(ctx, &out[i]) })
	}
	return out, group.Wait()
}

// parallel is how many mails are sorted at once: time per mail is measured, so
// the engine of this machine gets one at a time; so does the script, which has to
// know which case it is asked about.
func (r *runner) parallel() int {
	if r.script != nil || r.assistant.Name() == r.engine.Name() {
		return 1
	}
	return 2 * runtime.NumCPU()
}

func (r *runner) sortOne(ctx context.Context, s *sorted) error {
	if r.script != nil && s.mailCase.ID != "" && r.script.wants() != s.ID {
		r.script.expect(s.mailCase, nil)
	}
	raw, err := s.raw()
	if err != nil {
		return err
	}
	s.seen, err = mailbox.InspectIn(ctx, raw, s.box(), witness{r.assistant, r.engine, s})
	if err != nil {
		return fmt.Errorf("case %s: %w", s.ID, err)
	}
	return nil
}

// box is the mailbox of a case.
func (c mailCase) box() desk.Mailbox {
	box := desk.Mailbox{Address: sellerAddress}
	for _, info := range desk.Stores {
		if c.Mailbox == "" || info.Marketplace == desk.Marketplace(c.Mailbox) {
			box.Stores = append(box.Stores, info.Store)
		}
	}
	return box
}
