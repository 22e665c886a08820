package dynamo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/internal/desk"
)

const mailboxSort = "mailbox#"

func mailboxItem(m desk.Mailbox) (item, error) {
	packed, err := pack(m)
	if err != nil {
		return nil, err
	}
	it := key(orgKey(m.Org), mailboxSort+string(m.ID))
	it["z"], it["v"] = raw(packed), num(m.Version)
	return it, nil
}

func readMailbox(it item) (m desk.Mailbox, err error) {
	err = unpack(getB(it, "z"), &m)
	m.Version = getN(it, "v")
	return m, err
}

// AddMailbox stores a new mailbox with its empty sync item, and the mark that an
// address is bound once per organisation; Conflict when it is bound already.
func (t *Table) AddMailbox(ctx context.Context, m desk.Mailbox, s desk.Sync) error {
	writes, err := t.newMailbox(m, s)
	if err != nil {
		return err
	}
	return t.transact(ctx, writes...)
}

func (t *Table) newMailbox(m desk.Mailbox, s desk.Sync) ([]types.TransactWriteItem, error) {
	m.Version = 1
	it, err := mailboxItem(m)
	if err != nil {
		return nil, err
	}
	text, err := syncText(s)
	if err != nil {
		return nil, err
	}
	first := key(orgKey(m.Org), syncSort(m.ID))
	first["s"], first["pl"], first["e"] = str(text), str(pollSlot(s, t.now())), num(0)
	return []types.TransactWriteItem{
		t.putWrite(it, "attribute_not_exists(pk)", nil),
		t.putWrite(first, "attribute_not_exists(pk)", nil),
		t.putWrite(key(orgKey(m.Org), "address#"+m.Address), "attribute_not_exists(pk)", nil),
	}, nil
}

// ChangeMailbox stores a changed mailbox; Conflict when it changed since it was read.
func (t *Table) ChangeMailbox(ctx context.Context, m desk.Mailbox) error {
	m.Version++
	it, err := mailboxItem(m)
	if err != nil {
		return err
	}
	if m.Purging {
		it["wk"], it["due"] = str(workPurge), str(millis(t.now()))
	}
	return t.put(ctx, it, "v = :v", item{":v": num(m.Version - 1)})
}

// Mailbox reads one mailbox; NotFound without one.
func (t *Table) Mailbox(ctx context.Context, org desk.OrgID, id desk.MailboxID) (desk.Mailbox, error) {
	it, err := t.get(ctx, orgKey(org), mailboxSort+string(id), false)
	if err != nil {
		return desk.Mailbox{}, err
	}
	if it == nil {
		return desk.Mailbox{}, desk.Errorf(desk.NotFound, "not_found", "there is no such mailbox")
	}
	return readMailbox(it)
}

// Mailboxes lists the organisation's mailboxes.
func (t *Table) Mailboxes(ctx context.Context, org desk.OrgID) ([]desk.Mailbox, error) {
	items, err := t.all(ctx, query{hash: "pk", value: orgKey(org), rangeKey: "sk", prefix: mailboxSort})
	if err != nil {
		return nil, err
	}
	boxes := make([]desk.Mailbox, len(items))
	for i, it := range items {
		if boxes[i], err = readMailbox(it); err != nil {
			return nil, err
		}
	}
	return boxes, nil
}
