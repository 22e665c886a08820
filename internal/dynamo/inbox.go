package dynamo

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Filter says which conversations a list holds. Empty fields do not narrow it.
type Filter struct {
	Status    desk.Status // empty: all
	Category  desk.Category
	Store     desk.Store
	Mailbox   desk.MailboxID
	Priority  desk.Priority
	Sentiment desk.Sentiment
	Language  desk.Language
	Intent    desk.Intent
	Assignee  string
	Overdue   bool

	// Open are the mailboxes the reader may see; nil = all of the organisation.
	Open []desk.MailboxID
}

// wide bounds how many index entries one page may read when a combination of
// filters has no index of its own; the page is then short and has a cursor.
const wide = 2000

// list is one index partition of a page, read piece by piece.
type list struct {
	index, hash, value string
	byDue              bool

	rows  []Row
	keys  []item // the index key of each row, to continue after it
	start item
	ended bool
}

// mergeRows are read at a time from each of several lists: as many rows as half
// a read unit holds, so that little is read for nothing.
const mergeRows = 12

// Page reads one page of at most limit rows, newest first, and the cursor of
// the next, empty on the last. The page is merged from the index partitions
// that fit the filter best; what they cannot decide is decided row by row.
func (t *Table) Page(ctx context.Context, org desk.OrgID, f Filter, cursor string, limit int) ([]Row, string, error) {
	lists := t.plan(org, f)
	if len(lists) == 0 {
		return nil, "", nil
	}
	if err := resume(lists, cursor); err != nil {
		return nil, "", err
	}
	var page []Row
	size := limit
	if len(lists) > 1 {
		size = mergeRows
	}
	read := 0
	for len(page) < limit {
		n, err := t.fill(ctx, lists, int32(size))
		if err != nil {
			return nil, "", err
		}
		read += n
		next := newest(lists)
		if next == nil || read > wide {
			break
		}
		row := next.rows[0]
		next.start = next.keys[0]
		next.rows, next.keys = next.rows[1:], next.keys[1:]
		if f.keeps(row, t.now()) {
			page = append(page, row)
		}
	}
	if drained(lists) {
		return page, "", nil
	}
	return page, mark(lists), nil
}

// plan chooses the index partitions of a filter: the one that narrows most.
func (t *Table) plan(org desk.OrgID, f Filter) []*list {
	statuses := []desk.Status{f.Status}
	if f.Status == "" {
		statuses = desk.Statuses
	}
	if f.Overdue {
		return []*list{{index: "due", hash: "fd", value: string(org), byDue: true}}
	}
	var lists []*list
	add := func(index, hash string, parts ...string) {
		lists = append(lists, &list{index: index, hash: hash, value: string(org) + "#" + strings.Join(parts, "#")})
	}
	for _, status := range statuses {
		st := string(status)
		switch {
		case f.Priority != "" && f.Sentiment != "":
			add("mood", "fm", st, string(f.Priority), string(f.Sentiment))
		case f.Assignee != "":
			add("assignee", "fa", st, f.Assignee)
		case f.Language != "":
			add("language", "fl", st, string(f.Language))
		case f.Category != "":
			add("category", "fk", st, string(f.Category))
		case f.Store != "":
			add("store", "fs", st, string(f.Store))
		case f.Sentiment != "":
			for _, p := range desk.Priorities {
				add("mood", "fm", st, string(p), string(f.Sentiment))
			}
		case f.Priority != "":
			for _, s := range desk.Sentiments {
				add("mood", "fm", st, string(f.Priority), string(s))
			}
		case f.Mailbox != "":
			add("box", "fb", st, string(f.Mailbox))
		case f.Open != nil:
			for _, box := range f.Open {
				add("box", "fb", st, string(box))
			}
		default:
			lists = append(lists, &list{index: "inbox", hash: "ib", value: string(org) + "#" + st})
		}
	}
	return lists
}

// keeps decides on a row by every field of the filter.
func (f Filter) keeps(r Row, now time.Time) bool {
	is := func(wanted, got string) bool { return wanted == "" || wanted == got }
	return is(string(f.Status), string(r.Status)) && is(string(f.Category), string(r.Category)) && is(string(f.Store), string(r.Store)) &&
		is(string(f.Mailbox), string(r.Mailbox)) && is(string(f.Priority), string(r.Priority)) && is(string(f.Sentiment), string(r.Sentiment)) &&
		is(string(f.Language), string(r.Language)) && is(string(f.Intent), string(r.Intent)) && is(f.Assignee, r.Assignee) &&
		(!f.Overdue || (!r.Due.IsZero() && r.Due.Before(now))) &&
		(f.Open == nil || slices.Contains(f.Open, r.Mailbox))
}

// fill reads a piece of every list that has run out of rows.
func (t *Table) fill(ctx context.Context, lists []*list, size int32) (read int, err error) {
	group, ctx := errgroup.WithContext(ctx)
	for _, l := range lists {
		if l.ended || len(l.rows) > 0 {
			continue
		}
		read += int(size)
		group.Go(func() error { return t.readMore(ctx, l, size) })
	}
	return read, group.Wait()
}

func (t *Table) readMore(ctx context.Context, l *list, size int32) error {
	q := query{index: l.index, hash: l.hash, value: l.value, rangeKey: "at", backwards: true, limit: size, start: l.start}
	if l.byDue { // overdue: from the most overdue to what is due this moment
		q.rangeKey, q.backwards, q.from, q.to = "due", false, "0", millis(t.now())
	}
	items, next, err := t.query(ctx, q)
	if err != nil {
		return err
	}
	for _, it := range items {
		l.rows = append(l.rows, rowFrom(it))
		l.keys = append(l.keys, item{"pk": it["pk"], "sk": it["sk"], l.hash: it[l.hash], q.rangeKey: it[q.rangeKey]})
	}
	l.ended = next == nil
	return nil
}

// rowFrom reads the row of an index entry or a conversation's item.
func rowFrom(it item) Row {
	parts := strings.Split(getS(it, "pk"), "#")
	id := desk.ConversationID(parts[len(parts)-1])
	return unpackRow(id, fromMillis(getS(it, "at")), getS(it, "row"))
}

// newest is the list whose next row comes first: the latest message, or among
// overdue rows the one most overdue.
func newest(lists []*list) *list {
	var best *list
	for _, l := range lists {
		if len(l.rows) > 0 && (best == nil || l.rows[0].At.After(best.rows[0].At)) {
			best = l
		}
	}
	return best
}

func drained(lists []*list) bool {
	for _, l := range lists {
		if !l.ended || len(l.rows) > 0 {
			return false
		}
	}
	return true
}

// accepts reports whether a key that came back from a page can be one of this list.
func (l *list) accepts(after map[string]string) bool {
	sort := "at"
	if l.byDue {
		sort = "due"
	}
	for _, name := range []string{"pk", "sk", sort} {
		if n := len(after[name]); n == 0 || n > 200 {
			return false
		}
	}
	return len(after) == 4 && after[l.hash] == l.value
}

// place is where one list continues, in a cursor.
type place struct {
	After map[string]string `json:"a,omitempty"`
	Ended bool              `json:"e,omitempty"`
}

func mark(lists []*list) string {
	places := make([]place, len(lists))
	for i, l := range lists {
		places[i].Ended = l.ended && len(l.rows) == 0
		for name := range l.start {
			if places[i].After == nil {
				places[i].After = map[string]string{}
			}
			places[i].After[name] = getS(l.start, name)
		}
	}
	text, err := json.Marshal(places)
	if err != nil { // strings and booleans only
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func resume(lists []*list, cursor string) error {
	if cursor == "" {
		return nil
	}
	wrong := desk.Errorf(desk.Invalid, "cursor", "the cursor is not one of this list")
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return wrong
	}
	var places []place
	if json.Unmarshal(text, &places) != nil || len(places) != len(lists) {
		return wrong
	}
	for i, p := range places {
		lists[i].ended = p.Ended
		if len(p.After) == 0 {
			continue
		}
		if !lists[i].accepts(p.After) {
			return wrong
		}
		lists[i].start = item{}
		for name, v := range p.After {
			lists[i].start[name] = str(v)
		}
	}
	return nil
}
