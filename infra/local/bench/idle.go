package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/cloud"
	"github.com/quilldesk/quilldesk/infra/local/dovecot"
	"github.com/quilldesk/quilldesk/internal/dynamo"
)

const (
	farAway   = 80 * time.Millisecond // a round trip to a server on another continent
	idlePolls = 5
)

// idle measures what it costs to find out that a mailbox has nothing new, against
// mbsync and imapflow: round trips, as time over the length of one, and bytes.
func idle(ctx context.Context, r *report) error {
	server, err := dovecot.Run()
	if err != nil {
		return err
	}
	defer func() { _ = server.Close() }()
	far, err := newAccount(server)
	if err != nil {
		return err
	}
	if _, _, err := deliver(server, 100); err != nil {
		return err
	}
	line, err := openProxy(ctx, net.JoinHostPort(server.Host, strconv.Itoa(server.Port)))
	if err != nil {
		return err
	}
	defer line.close()
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
	far.port = line.port()
	syncer, box, err := bind(ctx, dynamo.New(e.DynamoDB, e.Table, time.Now), e, far)
	if err != nil {
		return err
	}
	for _, poll := range []struct {
		name        string
		trips, size string // goals
		do          func() error
	}{
		{"ours", "≤ 4.3", "≤ 2.6", func() error { _, err := syncer.Run(ctx, benchOrg, box); return err }},
		{"mbsync", "", "", func() error { return far.mbsync(ctx, dir) }},
		{"imapflow", "", "", func() error { _, err := far.imapflow(ctx, "idle"); return err }},
	} {
		trips, size, err := measure(line, poll.do)
		if errors.Is(err, errNoMbsync) {
			fmt.Fprintln(os.Stderr, err)
			continue
		}
		if err != nil {
			return err
		}
		note := "TCP, TLS, login and STATUS, at 80 ms a round trip"
		r.add(figure{Name: "idle poll, " + poll.name, Value: trips, Unit: "round trips", Goal: poll.trips, Note: note})
		r.add(figure{Name: "idle poll, " + poll.name, Value: size / 1000, Unit: "KB", Goal: poll.size})
	}
	return nil
}

// measure polls some times, after once to get to know the mailbox. What a program
// takes to start is not on the line: the fastest poll counts, and the time of the
// fastest without a delay is taken off. The two take turns, because the machine's
// speed drifts.
func measure(line *proxy, poll func() error) (trips, size float64, err error) {
	if err := poll(); err != nil {
		return 0, 0, err
	}
	line.bytes.Store(0)
	fastest := map[time.Duration]time.Duration{}
	for range idlePolls {
		for _, delay := range []time.Duration{0, farAway / 2} {
			line.delay.Store(int64(delay))
			begun := time.Now()
			if err := poll(); err != nil {
				return 0, 0, err
			}
			if took := time.Since(begun); fastest[delay] == 0 || took < fastest[delay] {
				fastest[delay] = took
			}
		}
	}
	size = float64(line.bytes.Load()) / (2 * idlePolls)
	return float64(fastest[farAway/2]-fastest[0]) / float64(farAway), size, nil
}
