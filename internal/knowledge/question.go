package knowledge

import (
	"cmp"
	"context"
	"hash/fnv"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Questions without an answer are kept in a fixed number of slots, so that they
// cannot grow without end and recording one reads three items and writes one.
const (
	questionSlots = 500
	slotsTried    = 3
	questionLimit = 300 // characters
	// staleAfter makes room: a question that nobody asked since gives way.
	staleAfter = 60 * 24 * time.Hour
)

// alikeShare is the share of their terms that two questions have in common when
// they count as one.
const alikeShare = 0.6

// private are the parts of a question that say who asks: addresses, order and
// telephone numbers.
var private = regexp.MustCompile(`[^\s<>()]+@[^\s<>()]+|(?:\d[\d .-]{4,}\d)`)

// Unanswered records a question that the base had no answer to. One that is
// alike counts up instead. The same conversation counts once.
func (b *Base) Unanswered(ctx context.Context, org desk.OrgID, q desk.Question) error {
	q.Text = cutRunes(strings.Join(strings.Fields(private.ReplaceAllString(q.Text, "…")), " "), questionLimit)
	asked := questionTerms(q.Text)
	if len(asked) == 0 {
		return nil
	}
	q.Count, q.At = 1, b.Now().UTC()
	var into *desk.Question
	for _, slot := range slots(q.Mailbox, asked) {
		stored, err := b.State.Question(ctx, org, slot)
		if err != nil {
			return err
		}
		stored.ID = slot
		switch {
		case stored.Text == "" || stored.At.Before(q.At.Add(-staleAfter)):
			if into == nil || into.Count > 0 {
				into = &desk.Question{ID: slot, Version: stored.Version}
			}
		case stored.Mailbox == q.Mailbox && likeness(asked, questionTerms(stored.Text)) >= alikeShare:
			if stored.Conversation == q.Conversation {
				return nil
			}
			stored.Count++
			stored.Conversation, stored.Store, stored.Language, stored.At = q.Conversation, q.Store, q.Language, q.At
			return b.keep(ctx, org, stored)
		case into == nil && stored.Count == 1:
			into = &stored
		}
	}
	if into == nil {
		return nil // three questions that are asked more often stand in its place
	}
	q.ID, q.Version = into.ID, into.Version
	return b.keep(ctx, org, q)
}

// keep stores a question. Somebody else's count at the same moment is lost: it
// is an estimate of what is asked, not a bill.
func (b *Base) keep(ctx context.Context, org desk.OrgID, q desk.Question) error {
	err := b.State.PutQuestion(ctx, org, q)
	if desk.KindOf(err) == desk.Conflict {
		return nil
	}
	return err
}

func cutRunes(s string, limit int) string {
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit])
	}
	return s
}

// questionTerms are the terms that two questions are compared by.
func questionTerms(text string) []string {
	return slices.DeleteFunc(unique(Terms(text)), func(t string) bool { return t[0] == '+' })
}

// likeness is the share of terms two sorted lists have in common (Dice).
func likeness(a, b []string) float64 {
	shared := 0
	for _, t := range a {
		if _, ok := slices.BinarySearch(b, t); ok {
			shared++
		}
	}
	return 2 * float64(shared) / float64(max(1, len(a)+len(b)))
}

// slots are where a question may stand: questions with many terms in common have
// a smallest hash in common, too (minhash).
func slots(box desk.MailboxID, terms []string) []string {
	out := make([]string, 0, slotsTried)
	for i := range slotsTried {
		lowest := ^uint32(0)
		for _, t := range terms {
			h := fnv.New32a()
			_, _ = h.Write([]byte(strconv.Itoa(i) + string(box) + "\x00" + t)) // never fails
			lowest = min(lowest, scatter(h.Sum32()))
		}
		out = append(out, strconv.Itoa(int(lowest%questionSlots)))
	}
	return out
}

// scatter mixes a hash whose low bits would follow the last letters (murmur3's finish).
func scatter(h uint32) uint32 {
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}

// Questions lists the questions without an answer of the mailboxes that are
// open, the most frequent first.
func (b *Base) Questions(ctx context.Context, org desk.OrgID, open []desk.MailboxID) ([]desk.Question, error) {
	all, err := b.State.Questions(ctx, org)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(q desk.Question) bool { return !slices.Contains(open, q.Mailbox) })
	slices.SortFunc(all, func(x, y desk.Question) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), y.At.Compare(x.At), cmp.Compare(x.ID, y.ID))
	})
	return all, nil
}

// Dismiss forgets a question of an open mailbox; NotFound when there is none.
func (b *Base) Dismiss(ctx context.Context, org desk.OrgID, id string, open []desk.MailboxID) error {
	q, err := b.State.Question(ctx, org, id)
	if err != nil {
		return err
	}
	if q.Text == "" {
		return nil
	}
	if !slices.Contains(open, q.Mailbox) {
		return desk.Errorf(desk.NotFound, "not_found", "there is no such question")
	}
	return b.State.DeleteQuestion(ctx, org, id)
}
