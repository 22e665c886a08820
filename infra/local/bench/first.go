package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/quilldesk/quilldesk/infra/local/cloud"
	"github.com/quilldesk/quilldesk/infra/local/dovecot"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/s3"
)

// firstMails is how many mails the first sync reads.
const firstMails = 10_000

// fetchGC is GOGC of the fetch function, as template.yaml sets it.
const fetchGC = 400

// first measures the first sync of a mailbox against what others take to read the
// same mails from the same Dovecot in the same run. Ours is complete when the
// bucket has acknowledged every raw mail; imapflow keeps nothing; mbsync writes
// files.
func first(ctx context.Context, r *report) error {
	server, err := dovecot.Run()
	if err != nil {
		return err
	}
	defer func() { _ = server.Close() }()
	a, err := newAccount(server)
	if err != nil {
		return err
	}
	mails, _, err := deliver(server, firstMails)
	if err != nil {
		return err
	}
	if _, err := a.imapflow(ctx, "fetch"); err != nil { // also lets Dovecot index what came in
		return err
	}
	dir, err := os.MkdirTemp(inMemory(), "quilldesk-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	e, err := cloud.OpenEmbedded(ctx, "template.yaml", dir)
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()

	reference, err := rate(mails, func() error { _, err := a.imapflow(ctx, "fetch"); return err })
	if err != nil {
		return err
	}
	defer debug.SetGCPercent(debug.SetGCPercent(fetchGC))
	ours, err := rate(mails, func() error { return store(ctx, a, s3.New(e.AWS, e.S3URL, e.Bucket, time.Now)) })
	if err != nil {
		return err
	}
	r.add(figure{Name: "first sync, imapflow to nowhere", Value: reference, Unit: "mails/s", Note: fmt.Sprintf("%d mails, the reference", mails)})
	r.add(figure{Name: "first sync, ours to raw mail in the bucket", Value: ours, Unit: "mails/s", Note: "every PUT acknowledged, without rows"})
	r.add(figure{Name: "first sync, ours against imapflow", Value: ours / reference, Unit: "×", Goal: "≥ 1", Note: "same run"})
	peer, err := rate(mails, func() error { return a.mbsync(ctx, dir) })
	switch {
	case errors.Is(err, errNoMbsync):
		fmt.Fprintln(os.Stderr, err)
	case err != nil:
		return err
	default:
		r.add(figure{Name: "first sync, mbsync to files", Value: peer, Unit: "mails/s"})
	}
	return nil
}

// inMemory is where files cost no disk, where there is such a place: the embedded
// bucket waits for the disk, which S3 does not let its clients feel.
func inMemory() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}

// rate is how many mails a second something takes in.
func rate(mails int, do func() error) (float64, error) {
	begun := time.Now()
	err := do()
	return float64(mails) / time.Since(begun).Seconds(), err
}

// store fetches INBOX in one command and puts every mail into the bucket, as many
// at once as the syncer does.
func store(ctx context.Context, a account, bucket *s3.Bucket) error {
	conn, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Open("INBOX"); err != nil {
		return err
	}
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(32)
	err = conn.Fetch(ctx, 0, 1<<31, 8<<20, func(m desk.FetchedMail) error {
		group.Go(func() error {
			return bucket.Put(gctx, mailbox.RawKey(benchOrg, "first", desk.MessageID(fmt.Sprint(m.UID))), m.Raw)
		})
		return gctx.Err()
	})
	return errors.Join(err, group.Wait())
}
