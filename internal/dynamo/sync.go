package dynamo

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/internal/desk"
)

func syncSort(box desk.MailboxID) string { return "sync#" + string(box) }

// countNames are the counter attributes of a mailbox's sync item.
var countNames = map[desk.Status]string{desk.Awaiting: "ca", desk.Replied: "cr", desk.NoReply: "cn"}

func (t *Table) countWrite(org desk.OrgID, box desk.MailboxID, delta desk.Counts) types.TransactWriteItem {
	expression, values := "ADD mark :one", item{":one": num(1)}
	for status, n := range delta {
		if n != 0 {
			expression += ", " + countNames[status] + " :" + countNames[status]
			values[":"+countNames[status]] = num(n)
		}
	}
	return types.TransactWriteItem{Update: &types.Update{
		TableName: &t.name, Key: key(orgKey(org), syncSort(box)), UpdateExpression: &expression, ExpressionAttributeValues: values,
	}}
}

// markSort is beside the sync items, so that one query reads them all.
const markSort = "sync!"

// bump raises the organisation's mark: something changed that pages show.
func (t *Table) bump(ctx context.Context, org desk.OrgID) error {
	_, err := t.update(ctx, orgKey(org), markSort, "ADD mark :one", "", item{":one": num(1)})
	return err
}

// Pulse reads the sync items of all mailboxes and the organisation's mark.
func (t *Table) Pulse(ctx context.Context, org desk.OrgID) (syncs []desk.Sync, mark int64, err error) {
	items, err := t.all(ctx, query{hash: "pk", value: orgKey(org), rangeKey: "sk", prefix: "sync"})
	if err != nil {
		return nil, 0, err
	}
	for _, it := range items {
		if getS(it, "sk") == markSort {
			mark = getN(it, "mark")
			continue
		}
		s, err := readSync(it)
		if err != nil {
			return nil, 0, err
		}
		syncs = append(syncs, s)
	}
	return syncs, mark, nil
}

// syncItem is the part of a sync item that is written whole, as JSON.
type syncItem struct {
	State      desk.SyncState
	Cursors    map[string]desk.Cursor
	ImportedTo map[string]uint32
	Code       string
	Detail     string
	Failures   int
	NextTry    time.Time
	CheckedAt  time.Time
	LastMailAt time.Time
	Pending    *desk.Batch
	Large      []desk.Large
}

func readSync(it item) (desk.Sync, error) {
	var s syncItem
	if text := getS(it, "s"); text != "" {
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			return desk.Sync{}, fmt.Errorf("reading a sync item: %w", err)
		}
	}
	return desk.Sync{
		Org:     desk.OrgID(strings.TrimPrefix(getS(it, "pk"), "O#")),
		Mailbox: desk.MailboxID(strings.TrimPrefix(getS(it, "sk"), "sync#")),
		State:   s.State, Cursors: s.Cursors, ImportedTo: s.ImportedTo, Code: s.Code, Detail: s.Detail, Failures: s.Failures,
		NextTry: s.NextTry, CheckedAt: s.CheckedAt, LastMailAt: s.LastMailAt, Pending: s.Pending, Large: s.Large, Aside: getN(it, "qn"),
		LeaseUntil: fromMillis(getS(it, "lu")), LeaseBy: getS(it, "lb"), Epoch: getN(it, "e"), Mark: getN(it, "mark"),
		Counts: desk.Counts{desk.Awaiting: getN(it, "ca"), desk.Replied: getN(it, "cr"), desk.NoReply: getN(it, "cn")},
	}, nil
}

func syncText(s desk.Sync) (string, error) {
	text, err := json.Marshal(syncItem{
		State: s.State, Cursors: s.Cursors, ImportedTo: s.ImportedTo, Code: s.Code, Detail: s.Detail, Failures: s.Failures,
		NextTry: s.NextTry, CheckedAt: s.CheckedAt, LastMailAt: s.LastMailAt, Pending: s.Pending, Large: s.Large,
	})
	if err != nil {
		return "", fmt.Errorf("writing a sync item: %w", err)
	}
	return string(text), nil
}

// Sync reads how far a mailbox is fetched; NotFound when it is unbound.
func (t *Table) Sync(ctx context.Context, org desk.OrgID, box desk.MailboxID) (desk.Sync, error) {
	it, err := t.get(ctx, orgKey(org), syncSort(box), true)
	if err != nil {
		return desk.Sync{}, err
	}
	if it == nil {
		return desk.Sync{}, desk.Errorf(desk.NotFound, "not_found", "there is no such mailbox")
	}
	return readSync(it)
}

// Lease takes the mailbox for one worker until a time, together with what the
// worker is about to do (s.Pending, s.State). Conflict when another holds it.
func (t *Table) Lease(ctx context.Context, s desk.Sync, by string, until time.Time) error {
	text, err := syncText(s)
	if err != nil {
		return err
	}
	_, err = t.update(ctx, orgKey(s.Org), syncSort(s.Mailbox),
		"SET s = :s, lu = :u, lb = :b, e = if_not_exists(e, :zero)",
		"attribute_exists(pk) AND (attribute_not_exists(e) OR e = :e) AND (attribute_not_exists(lu) OR lu < :now OR lb = :b)",
		item{":s": str(text), ":u": str(millis(until)), ":b": str(by), ":e": num(s.Epoch), ":zero": num(0), ":now": str(millis(t.now()))})
	return err
}

// Commit ends a batch: it stores s (moved cursors, next pending batch), raises
// the epoch, adds delta to the counters and keeps or ends the lease. It happens
// once per epoch; Conflict when the lease was lost or the epoch is over.
func (t *Table) Commit(ctx context.Context, s desk.Sync, by string, until time.Time, delta desk.Counts) error {
	text, err := syncText(s)
	if err != nil {
		return err
	}
	values := item{":s": str(text), ":u": str(millis(until)), ":b": str(by), ":e": num(s.Epoch), ":next": num(s.Epoch + 1), ":pl": str(pollSlot(s, t.now())), ":one": num(1)}
	expression := "SET s = :s, lu = :u, e = :next, pl = :pl ADD mark :one"
	for status, name := range countNames {
		if delta[status] != 0 {
			expression += ", " + name + " :" + name
			values[":"+name] = num(delta[status])
		}
	}
	_, err = t.update(ctx, orgKey(s.Org), syncSort(s.Mailbox), expression, "e = :e AND lb = :b", values)
	return err
}

// Note stores a change of the mailbox's state without a batch: a failure, a
// recovery, the hourly proof of a check. It never touches cursor or lease of a
// running worker.
func (t *Table) Note(ctx context.Context, s desk.Sync) error {
	text, err := syncText(s)
	if err != nil {
		return err
	}
	_, err = t.update(ctx, orgKey(s.Org), syncSort(s.Mailbox), "SET s = :s, pl = :pl, e = if_not_exists(e, :zero) ADD mark :one",
		"attribute_exists(pk) AND (attribute_not_exists(e) OR e = :e) AND (attribute_not_exists(lu) OR lu < :now OR lb = :b)",
		item{":s": str(text), ":pl": str(pollSlot(s, t.now())), ":e": num(s.Epoch), ":zero": num(0), ":one": num(1), ":now": str(millis(t.now())), ":b": str(s.LeaseBy)})
	return err
}

// Poll tiers, in minutes between looks. A mailbox that had mail within the last
// hour is looked at every minute, within the last day every five, else every
// fifteen; only a change of tier is written.
const (
	busyMinutes  = 1
	quietMinutes = 5
	idleMinutes  = 15
)

func pollMinutes(s desk.Sync, now time.Time) int {
	switch since := now.Sub(s.LastMailAt); {
	case since < time.Hour:
		return busyMinutes
	case since < 24*time.Hour:
		return quietMinutes
	default:
		return idleMinutes
	}
}

// pollShards spreads one minute's mailboxes over several index partitions.
const pollShards = 4

func pollSlot(s desk.Sync, now time.Time) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s.Mailbox)) // never fails
	every := pollMinutes(s, now)
	return slotName(every, int(h.Sum32()%uint32(every)), int(h.Sum32()>>16%pollShards))
}

func slotName(every, minute, shard int) string {
	return strconv.Itoa(every) + "#" + strconv.Itoa(minute) + "#" + strconv.Itoa(shard)
}

// TierChanged reports whether s is due for another poll tier than it is in.
func (t *Table) TierChanged(before, after desk.Sync, then time.Time) bool {
	return pollMinutes(before, then) != pollMinutes(after, t.now())
}

// Due calls found for every mailbox to look at in this minute. It reads the
// poll index only: idle mailboxes cost a fraction of a read and no write.
func (t *Table) Due(ctx context.Context, at time.Time, found func(desk.OrgID, desk.MailboxID) error) error {
	minute := int(at.Unix() / 60)
	for _, every := range []int{busyMinutes, quietMinutes, idleMinutes} {
		for shard := range pollShards {
			q := query{index: "poll", hash: "pl", value: slotName(every, minute%every, shard)}
			for {
				items, next, err := t.query(ctx, q)
				if err != nil {
					return err
				}
				for _, it := range items {
					err := found(desk.OrgID(strings.TrimPrefix(getS(it, "pk"), "O#")), desk.MailboxID(strings.TrimPrefix(getS(it, "sk"), "sync#")))
					if err != nil {
						return err
					}
				}
				if q.start = next; next == nil {
					break
				}
			}
		}
	}
	return nil
}
