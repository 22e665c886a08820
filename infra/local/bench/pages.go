package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sort"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"github.com/quilldesk/quilldesk/infra/local/cloud"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dynamo"
)

const (
	benchOrg = desk.OrgID("benchorgab")
	pageRuns = 2000
	warmUp   = 200
)

// inboxPage is what a seller sees first: the tab "awaiting", unfiltered.
const inboxPage = "inbox page"

// pages measures the inbox page at a thousand and at a hundred thousand
// conversations, in one run and one table.
func pages(ctx context.Context, r *report) error {
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
	p99 := map[int]float64{}
	filled := 0
	for _, size := range []int{1_000, 100_000} {
		if err := fill(ctx, table, filled, size); err != nil {
			return err
		}
		filled = size
		for name, f := range map[string]dynamo.Filter{
			inboxPage:                         {Status: desk.Awaiting},
			"page of the All tab":             {},
			"page of a filter that keeps 1 %": {Status: desk.Awaiting, Language: "th"},
		} {
			runtime.GC() // what filling left behind is not the page's
			times := make([]time.Duration, 0, pageRuns)
			for i := range warmUp + pageRuns {
				if i == warmUp {
					units.reset()
				}
				begun := time.Now()
				if _, _, err := table.Page(ctx, benchOrg, f, "", 50); err != nil {
					return err
				}
				if i >= warmUp {
					times = append(times, time.Since(begun))
				}
			}
			sort.Slice(times, func(a, b int) bool { return times[a] < times[b] })
			note := fmt.Sprintf("%d conversations", size)
			r.add(figure{Name: name + " p50", Value: ms(times[pageRuns/2]), Unit: "ms", Note: note})
			r.add(figure{Name: name + " p99", Value: ms(times[pageRuns*99/100]), Unit: "ms", Note: note})
			goal := "≤ 2"
			if f.Language != "" {
				goal = "≤ 6"
			}
			r.add(figure{Name: name + " cost", Value: units.read / pageRuns, Unit: "read units", Goal: goal, Note: note})
			if name == inboxPage {
				p99[size] = ms(times[pageRuns*99/100])
			}
		}
	}
	r.add(figure{Name: "inbox page p99 at 100,000 against 1,000", Value: p99[100_000] / p99[1_000], Unit: "×", Goal: "≤ 1.5", Note: "same run"})
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// fill adds sorted conversations numbered from first up to size.
func fill(ctx context.Context, table *dynamo.Table, first, size int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(48)
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := first; i < size && ctx.Err() == nil; i++ {
		group.Go(func() error {
			id := desk.ConversationID(fmt.Sprintf("bench%011d", i))
			language := desk.Language("en-US")
			if i%100 == 0 {
				language = "th"
			}
			_, _, err := table.Apply(ctx, benchOrg, id, "m", 1, func(c *desk.Conversation) {
				c.Mailbox, c.Store, c.Status = "benchbox", desk.AmazonCom, desk.Statuses[i%len(desk.Statuses)]
				c.Buyer = desk.Contact{Name: "Buyer " + fmt.Sprint(i), Address: fmt.Sprintf("b%d@marketplace.amazon.com", i)}
				c.Subject = fmt.Sprintf("Product details inquiry from Amazon customer Buyer %d (Order: 112-%07d-7654321)", i, i)
				c.Snippet = "The lid was cracked when it arrived and I would like my money back, please tell me how to return it."
				c.Labels.Language = desk.Set(language, desk.ByEstimate, desk.ReasonScript, "")
				c.LastAt = start.Add(time.Duration(i) * time.Minute)
				c.Messages, c.Sorted = 1, true
			})
			if err != nil || language != "th" {
				return err
			}
			_, err = table.Change(ctx, benchOrg, id, func(*desk.Conversation) error { return nil })
			return err
		})
	}
	return group.Wait()
}

// meter adds capacity units up.
type meter struct {
	mu          sync.Mutex
	read, write float64
}

func (m *meter) reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.read, m.write = 0, 0
}

func (m *meter) add(c *types.ConsumedCapacity) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c.ReadCapacityUnits != nil {
		m.read += *c.ReadCapacityUnits
	}
	if c.WriteCapacityUnits != nil {
		m.write += *c.WriteCapacityUnits
	}
}
