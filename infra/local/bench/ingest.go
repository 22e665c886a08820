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
	"github.com/quilldesk/quilldesk/internal/dial"
	"github.com/quilldesk/quilldesk/internal/dynamo"
	"github.com/quilldesk/quilldesk/internal/imap"
	"github.com/quilldesk/quilldesk/internal/kms"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/s3"
)

// rounds is how often the demo corpus is delivered, each time with other ids.
const rounds = 30

// ingest measures the way from a real Dovecot to inbox rows: fetch, keep the raw
// mail, read, recognise, thread, write.
func ingest(ctx context.Context, r *report) error {
	server, err := dovecot.Run()
	if err != nil {
		return err
	}
	defer func() { _ = server.Close() }()
	if err := os.Setenv("SSL_CERT_FILE", server.CAFile); err != nil {
		return err
	}
	mails, bytes, err := deliver(server)
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
	syncer, box, err := bind(ctx, table, e, server)
	if err != nil {
		return err
	}
	alone, err := fetchAlone(ctx, server)
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
func fetchAlone(ctx context.Context, server *dovecot.Server) (time.Duration, error) {
	begun := time.Now()
	conn, err := imap.Dial(ctx, dial.Dialer{AllowPrivate: true}, desk.Endpoint{Host: server.Host, Port: server.Port, Security: desk.TLS},
		desk.Credentials{Method: desk.Password, User: server.User, Password: server.Password})
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

// deliver puts the demo corpus into the mailbox, several times over.
func deliver(server *dovecot.Server) (mails, bytes int, err error) {
	entries, err := corpus.Seeds()
	if err != nil {
		return 0, 0, err
	}
	boxes := map[string]corpus.Mailbox{}
	for _, e := range entries {
		boxes[e.Account] = corpus.Mailbox{Address: server.User, Name: "Lumenhaus"}
	}
	for round := range rounds {
		w := corpus.Writer{Mailboxes: boxes, Host: "mx.lumenhaus.example", Now: time.Now(), Run: fmt.Sprint("bench", round)}
		letters, err := w.Write(entries)
		if err != nil {
			return 0, 0, err
		}
		for _, l := range letters {
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

func bind(ctx context.Context, table *dynamo.Table, e *cloud.Embedded, server *dovecot.Server) (*mailbox.Syncer, desk.MailboxID, error) {
	vault := kms.New(e.KMS, e.KeyID)
	stores := make([]desk.Store, len(desk.Stores))
	for i, info := range desk.Stores {
		stores[i] = info.Store
	}
	box := desk.Mailbox{
		ID: "benchbox", Org: benchOrg, Address: server.User, IMAP: desk.Endpoint{Host: server.Host, Port: server.Port, Security: desk.TLS},
		Folders: []string{"INBOX"}, Stores: stores, ImportDays: 365, CreatedAt: time.Now(),
	}
	var err error
	who := desk.Credentials{Method: desk.Password, User: server.User, Password: server.Password, Secret: []byte("secret")}
	if box.Sealed, err = vault.Seal(ctx, benchOrg, box.ID, who); err != nil {
		return nil, "", err
	}
	if err := table.AddMailbox(ctx, box, desk.Sync{Org: benchOrg, Mailbox: box.ID, LastMailAt: time.Now()}); err != nil {
		return nil, "", err
	}
	dialer := dial.Dialer{AllowPrivate: true}
	return &mailbox.Syncer{
		State: table, Vault: vault, Raw: s3.New(e.S3, e.Bucket), Work: nowhere{}, Now: time.Now, Worker: "bench",
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Dial: func(ctx context.Context, at desk.Endpoint, who desk.Credentials, ask ...string) (mailbox.Server, error) {
			return imap.Dial(ctx, dialer, at, who, ask...)
		},
	}, box.ID, nil
}
