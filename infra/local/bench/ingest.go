package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/cloud"
	"github.com/quilldesk/quilldesk/infra/local/demomail/corpus"
	"github.com/quilldesk/quilldesk/infra/local/dovecot"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dynamo"
	"github.com/quilldesk/quilldesk/internal/imap"
	"github.com/quilldesk/quilldesk/internal/kms"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/s3"
)

// ingestMails is how many mails of the demo corpus are taken in.
const ingestMails = 3300

// ingest measures the way from a real Dovecot to inbox rows: fetch, keep the raw
// mail, read, recognise, thread, write.
func ingest(ctx context.Context, r *report) error {
	server, err := dovecot.Run()
	if err != nil {
		return err
	}
	defer func() { _ = server.Close() }()
	a, err := newAccount(server)
	if err != nil {
		return err
	}
	mails, bytes, err := deliver(server, ingestMails)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "quilldesk-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	e, err := cloud.OpenEmbedded(ctx, "template.yaml", dir)
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	units := &meter{}
	table := dynamo.New(e.DynamoDB, e.Table, time.Now).Metered(units.add)
	syncer, box, err := bind(ctx, table, e, a)
	if err != nil {
		return err
	}
	alone, err := fetchAlone(ctx, a)
	if err != nil {
		return err
	}
	units.reset()
	begun := time.Now()
	for more := true; more; {
		if more, err = syncer.Run(ctx, benchOrg, box); err != nil {
			return err
		}
	}
	took := time.Since(begun).Seconds()
	state, err := table.Sync(ctx, benchOrg, box)
	if err != nil {
		return err
	}
	conversations := state.Counts[desk.Awaiting] + state.Counts[desk.Replied] + state.Counts[desk.NoReply]
	if state.State != desk.SyncOK || conversations == 0 {
		return fmt.Errorf("the mailbox was not read: %s %s %s", state.State, state.Code, state.Detail)
	}
	note := fmt.Sprintf("%d mails, %.1f MB, %d conversations", mails, float64(bytes)/1e6, conversations)
	r.add(figure{Name: "Dovecot to inbox rows", Value: float64(mails) / took, Unit: "mails/s", Goal: "≥ 300", Note: note})
	r.add(figure{Name: "Dovecot to inbox rows", Value: float64(bytes) / 1e6 / took, Unit: "MB/s"})
	r.add(figure{Name: "fetching alone, nothing kept", Value: float64(mails) / alone.Seconds(), Unit: "mails/s", Note: "the reference, same run"})
	r.add(figure{Name: "inbox rows against fetching alone", Value: alone.Seconds() / took, Unit: "×"})
	r.add(figure{Name: "writing a mail, body included", Value: units.write / float64(mails), Unit: "write units", Goal: "≤ 12", Note: fmt.Sprintf("%.0f %% new conversations", 100*float64(conversations)/float64(mails))})
	r.add(figure{Name: "reading for a mail", Value: units.read / float64(mails), Unit: "read units"})

	units.reset()
	begun = time.Now()
	const polls = 50
	for range polls {
		if _, err := syncer.Run(ctx, benchOrg, box); err != nil {
			return err
		}
	}
	r.add(figure{Name: "idle poll", Value: ms(time.Since(begun)) / polls, Unit: "ms", Note: "connect, TLS, login, STATUS"})
	r.add(figure{Name: "idle poll", Value: units.write / polls, Unit: "write units", Goal: "0"})
	return nil
}

// fetchAlone reads the same mailbox in one command and keeps nothing.
func fetchAlone(ctx context.Context, a account) (time.Duration, error) {
	begun := time.Now()
	conn, err := a.dial(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Open("INBOX"); err != nil {
		return 0, err
	}
	err = conn.Fetch(ctx, 0, 1<<31, 50<<20, func(desk.FetchedMail) error { return nil })
	return time.Since(begun), err
}

// deliver puts the demo corpus into the mailbox, as often as it takes for so many
// mails, each time with other ids.
func deliver(server *dovecot.Server, wanted int) (mails, bytes int, err error) {
	entries, err := corpus.Seeds()
	if err != nil {
		return 0, 0, err
	}
	boxes := map[string]corpus.Mailbox{}
	for _, e := range entries {
		boxes[e.Account] = corpus.Mailbox{Address: server.User, Name: "Lumenhaus"}
	}
	for round := 0; mails < wanted; round++ {
		w := corpus.Writer{Mailboxes: boxes, Host: "mx.lumenhaus.example", Now: time.Now(), Run: fmt.Sprint("bench", round)}
		letters, err := w.Write(entries)
		if err != nil {
			return 0, 0, err
		}
		for _, l := range letters[:min(len(letters), wanted-mails)] {
			if err := server.Deliver(l.Raw); err != nil {
				return 0, 0, err
			}
			mails++
			bytes += len(l.Raw)
		}
	}
	return mails, bytes, nil
}

// nowhere takes work that nobody does here.
type nowhere struct{}

func (nowhere) Triage(context.Context, []desk.Job) error { return nil }

func bind(ctx context.Context, table *dynamo.Table, e *cloud.Embedded, at account) (*mailbox.Syncer, desk.MailboxID, error) {
	vault := kms.New(e.KMS, e.KeyID)
	stores := make([]desk.Store, len(desk.Stores))
	for i, info := range desk.Stores {
		stores[i] = info.Store
	}
	box := desk.Mailbox{
		ID: "benchbox", Org: benchOrg, Address: at.User, IMAP: at.endpoint(),
		Folders: []string{"INBOX"}, Stores: stores, ImportDays: 365, CreatedAt: time.Now(),
	}
	var err error
	if box.Sealed, err = vault.Seal(ctx, benchOrg, box.ID, at.credentials()); err != nil {
		return nil, "", err
	}
	if err := table.AddMailbox(ctx, box, desk.Sync{Org: benchOrg, Mailbox: box.ID, LastMailAt: time.Now()}); err != nil {
		return nil, "", err
	}
	return &mailbox.Syncer{
		State: table, Vault: vault, Raw: s3.New(e.AWS, e.S3URL, e.Bucket, time.Now), Work: nowhere{}, Now: time.Now, Worker: "bench",
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Dial: func(ctx context.Context, to desk.Endpoint, who desk.Credentials, ask ...string) (mailbox.Server, error) {
			return imap.Dial(ctx, at.dialer, to, who, ask...)
		},
	}, box.ID, nil
}
