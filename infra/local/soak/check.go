package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dynamo"
	"github.com/quilldesk/quilldesk/internal/mailbox"
)

// findings are what is stored, and what is wrong with it.
type findings struct {
	mu     sync.Mutex
	in     map[int]desk.ConversationID // conversation by mail
	name   map[desk.ConversationID]string
	by     map[string]desk.ConversationID // conversation by the reference's name
	counts desk.Counts
	wrong  []error
}

func (f *findings) add(format string, values ...any) {
	f.wrong = append(f.wrong, fmt.Errorf(format, values...))
}

// check compares what is stored with what must be.
func (s *soak) check(ctx context.Context) (report, error) {
	f := &findings{in: map[int]desk.ConversationID{}, name: map[desk.ConversationID]string{}, by: map[string]desk.ConversationID{}, counts: desk.Counts{}}
	if err := s.readAll(ctx, f); err != nil {
		return report{}, err
	}
	for _, l := range s.letters {
		switch _, there := f.in[l.n]; {
		case there && l.unwanted:
			f.add("%s should not have been taken in", marker(l.n))
		case !there && !l.unwanted && !l.mayMiss:
			f.add("%s is missing: %q from %s in %s, taken %v", marker(l.n), l.subject, l.from, l.in, l.taken)
		}
	}
	state, err := s.table.Sync(ctx, org, box)
	if err != nil {
		return report{}, err
	}
	for _, status := range desk.Statuses {
		if state.Counts[status] != f.counts[status] {
			f.add("the counter of %s says %d, there are %d", status, state.Counts[status], f.counts[status])
		}
	}
	if n := len(f.wrong); n > 20 {
		f.wrong = append(f.wrong[:20], fmt.Errorf("and %d more", n-20))
	}
	return report{messages: len(f.in), conversations: len(f.name), visits: s.visits, events: s.events}, errors.Join(f.wrong...)
}

// readAll reads every conversation as the page would.
func (s *soak) readAll(ctx context.Context, f *findings) error {
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for cursor, on := "", true; on; on = cursor != "" {
		rows, next, err := s.table.Page(ctx, org, dynamo.Filter{}, cursor, 100)
		if err != nil {
			return errors.Join(err, group.Wait())
		}
		cursor = next
		for _, row := range rows {
			group.Go(func() error {
				th, err := s.table.Thread(gctx, org, row.ID)
				if err == nil {
					s.judge(f, th)
				}
				return err
			})
		}
	}
	return group.Wait()
}

// judge looks at one conversation.
func (s *soak) judge(f *findings, th dynamo.Thread) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := th.Conversation
	f.counts[c.Status]++
	if c.Messages != len(th.Messages) {
		f.add("%s %q counts %d messages and has %d", c.ID, c.Subject, c.Messages, len(th.Messages))
	}
	for _, m := range th.Messages {
		n, kept := s.bucket.letters[mailbox.RawKey(org, box, m.ID)]
		if !kept {
			f.add("the original of message %s in %s is missing", m.ID, c.ID)
			continue
		}
		l := s.letter(n)
		if other, twice := f.in[n]; twice {
			f.add("%s is there twice, in %s and %s", marker(n), other, c.ID)
		}
		f.in[n] = c.ID
		if known := f.name[c.ID]; known != "" && known != l.in {
			f.add("%s is merged: %s belongs into %s, others into %s", c.ID, marker(n), l.in, known)
		}
		f.name[c.ID] = l.in
		if known, ok := f.by[l.in]; ok && known != c.ID {
			f.add("%s is split into %s and %s, with %s (%s)", l.in, known, c.ID, marker(n), l.subject)
		}
		f.by[l.in] = c.ID
		if asked := s.queue.jobs[m.ID]; m.Direction == desk.Incoming && asked != c.ID {
			f.add("triage was not asked for %s", marker(n))
		}
	}
}
