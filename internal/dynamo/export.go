package dynamo

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// A mailbox has at most one export: O#org/export#box. It stands in work while it
// runs, and its time to live ends with its files.
const (
	exportSort = "export#"
	workExport = "export"
)

func exportItem(e desk.Export, until time.Time) (item, error) {
	shown := e.Shown
	e.Shown = 0
	packed, err := pack(e)
	if err != nil {
		return nil, err
	}
	it := key(orgKey(e.Org), exportSort+string(e.Mailbox))
	it["z"], it["v"], it["n"], it["id"] = raw(packed), num(e.Version), num(shown), str(e.ID)
	switch {
	case e.State == desk.ExportRunning:
		it["wk"], it["due"] = str(workExport), str(millis(until))
	default:
		it["ttl"] = num(e.ExpiresAt.Unix())
	}
	return it, nil
}

func readExport(it item) (e desk.Export, err error) {
	err = unpack(getB(it, "z"), &e)
	e.Version, e.Shown = getN(it, "v"), int(getN(it, "n"))
	return e, err
}

// StartExport stores a new export in the place of one that is over, and returns
// the one that is there: another one when it runs already.
func (t *Table) StartExport(ctx context.Context, e desk.Export) (desk.Export, error) {
	e.Version = 1
	it, err := exportItem(e, e.StartedAt)
	if err != nil {
		return e, err
	}
	err = t.put(ctx, it, "attribute_not_exists(pk) OR attribute_not_exists(wk)", nil)
	if errors.Is(err, errCondition) {
		return t.Export(ctx, e.Org, e.Mailbox)
	}
	return e, err
}

// Export reads a mailbox's export; NotFound without one.
func (t *Table) Export(ctx context.Context, org desk.OrgID, box desk.MailboxID) (desk.Export, error) {
	it, err := t.get(ctx, orgKey(org), exportSort+string(box), true)
	if err != nil {
		return desk.Export{}, err
	}
	if it == nil {
		return desk.Export{}, desk.Errorf(desk.NotFound, "no_export", "the mailbox has no export")
	}
	return readExport(it)
}

// Exports lists the exports of an organisation's mailboxes.
func (t *Table) Exports(ctx context.Context, org desk.OrgID) ([]desk.Export, error) {
	items, err := t.all(ctx, query{hash: "pk", value: orgKey(org), rangeKey: "sk", prefix: exportSort})
	if err != nil {
		return nil, err
	}
	list := make([]desk.Export, len(items))
	for i, it := range items {
		if list[i], err = readExport(it); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// LeaseExport takes an export for one worker until a time; Conflict while another
// has it, or when it is over.
func (t *Table) LeaseExport(ctx context.Context, e desk.Export, until time.Time) (desk.Export, error) {
	it, err := t.update(ctx, orgKey(e.Org), exportSort+string(e.Mailbox), "SET v = :next, lu = :until, due = :until",
		"v = :v AND id = :id AND attribute_exists(wk) AND (attribute_not_exists(lu) OR lu < :now)",
		item{":v": num(e.Version), ":id": str(e.ID), ":next": num(e.Version + 1), ":until": str(millis(until)), ":now": str(millis(t.now()))})
	if err != nil {
		return e, err
	}
	return readExport(it)
}

// PutExport stores an export further on; its lease goes on until that time, zero
// ends it. Conflict when it was cancelled, replaced, or taken by another worker.
func (t *Table) PutExport(ctx context.Context, e desk.Export, until time.Time) (desk.Export, error) {
	e.Version++
	if until.IsZero() {
		until = t.now()
	}
	it, err := exportItem(e, until)
	if err != nil {
		return e, err
	}
	it["lu"] = str(millis(until))
	if err := t.put(ctx, it, "v = :v AND id = :id", item{":v": num(e.Version - 1), ":id": str(e.ID)}); err != nil {
		return e, err
	}
	return e, nil
}

// ShowExport says how far a worker has come; Conflict as of PutExport.
func (t *Table) ShowExport(ctx context.Context, e desk.Export) error {
	_, err := t.update(ctx, orgKey(e.Org), exportSort+string(e.Mailbox), "SET n = :n", "v = :v AND id = :id",
		item{":n": num(e.Shown), ":v": num(e.Version), ":id": str(e.ID)})
	return err
}

// ForgetExport deletes a mailbox's export; one that runs notices and stops.
func (t *Table) ForgetExport(ctx context.Context, org desk.OrgID, box desk.MailboxID) error {
	return t.remove(ctx, orgKey(org), exportSort+string(box))
}

// UnfinishedExports calls found for every export whose worker died.
func (t *Table) UnfinishedExports(ctx context.Context, before time.Time, found func(desk.OrgID, desk.MailboxID) error) error {
	items, err := t.all(ctx, query{index: "work", hash: "wk", value: workExport, rangeKey: "due", from: "0", to: millis(before)})
	if err != nil {
		return err
	}
	for _, it := range items {
		err := found(desk.OrgID(strings.TrimPrefix(getS(it, "pk"), "O#")), desk.MailboxID(strings.TrimPrefix(getS(it, "sk"), exportSort)))
		if err != nil {
			return err
		}
	}
	return nil
}

// EachInMailbox calls found for every conversation of a mailbox, for some more than
// once: the tabs are read twice, so that one that changes tabs meanwhile is met.
func (t *Table) EachInMailbox(ctx context.Context, org desk.OrgID, box desk.MailboxID, found func(desk.ConversationID)) error {
	for range 2 {
		for _, status := range desk.Statuses {
			q := query{index: "box", hash: "fb", value: string(org) + "#" + string(status) + "#" + string(box)}
			for {
				items, next, err := t.query(ctx, q)
				if err != nil {
					return err
				}
				for _, it := range items {
					found(rowFrom(it).ID)
				}
				if next == nil {
					break
				}
				q.start = next
			}
		}
	}
	return nil
}

// Whole reads a conversation, or the one it was merged into, with its messages.
func (t *Table) Whole(ctx context.Context, org desk.OrgID, id desk.ConversationID) (desk.Conversation, []desk.Message, error) {
	th, err := t.Thread(ctx, org, id)
	return th.Conversation, th.Messages, err
}
