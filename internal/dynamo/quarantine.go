package dynamo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// MaxAside bounds the mails set aside in one mailbox. Beyond it something is
// wrong with all of its mail, and setting more aside would only hide that.
const MaxAside = 1000

// asideKey is the partition of a mailbox's set-aside mails. Their number stands
// in the sync item, so that the page shows it without reading them.
func asideKey(org desk.OrgID, box desk.MailboxID) string {
	return "Q#" + string(org) + "#" + string(box)
}

func asideItem(m desk.SetAside) (item, error) {
	packed, err := pack(m)
	if err != nil {
		return nil, err
	}
	it := key(asideKey(m.Org, m.Mailbox), string(m.ID))
	it["z"] = raw(packed)
	return it, nil
}

func readAside(org desk.OrgID, box desk.MailboxID, it item) (m desk.SetAside, err error) {
	err = unpack(getB(it, "z"), &m)
	m.ID, m.Org, m.Mailbox = desk.AsideID(getS(it, "sk")), org, box
	return m, err
}

// SetAside keeps a mail that could not be taken in; doing so twice changes
// nothing. Unavailable, with the code aside_full, when the mailbox has MaxAside
// of them.
func (t *Table) SetAside(ctx context.Context, m desk.SetAside) error {
	it, err := asideItem(m)
	if err != nil {
		return err
	}
	count := t.countAside(m.Org, m.Mailbox, 1)
	room := "attribute_exists(pk) AND (attribute_not_exists(qn) OR qn < :max)"
	count.Update.ConditionExpression, count.Update.ExpressionAttributeValues[":max"] = &room, num(MaxAside)
	err = t.transact(ctx, t.putWrite(it, "attribute_not_exists(pk)", nil), count)
	if desk.KindOf(err) != desk.Conflict {
		return err
	}
	if _, err := t.Aside(ctx, m.Org, m.Mailbox, m.ID); desk.KindOf(err) != desk.NotFound {
		return err
	}
	return desk.Errorf(desk.Unavailable, "aside_full", "%d mails of this mailbox are set aside: it waits until some are tried again or discarded", MaxAside)
}

func (t *Table) countAside(org desk.OrgID, box desk.MailboxID, n int64) types.TransactWriteItem {
	expression := "ADD qn :n, mark :one"
	return types.TransactWriteItem{Update: &types.Update{
		TableName: &t.name, Key: key(orgKey(org), syncSort(box)), UpdateExpression: &expression,
		ExpressionAttributeValues: item{":n": num(n), ":one": num(1)},
	}}
}

// Aside reads one set-aside mail; NotFound when it was taken in or discarded.
func (t *Table) Aside(ctx context.Context, org desk.OrgID, box desk.MailboxID, id desk.AsideID) (desk.SetAside, error) {
	it, err := t.get(ctx, asideKey(org, box), string(id), true)
	if err != nil {
		return desk.SetAside{}, err
	}
	if it == nil {
		return desk.SetAside{}, desk.Errorf(desk.NotFound, "not_found", "this mail is no longer set aside")
	}
	return readAside(org, box, it)
}

// Asides lists set-aside mails, the highest UIDs first, and where to go on.
func (t *Table) Asides(ctx context.Context, org desk.OrgID, box desk.MailboxID, after desk.AsideID, limit int) (mails []desk.SetAside, next desk.AsideID, err error) {
	q := query{hash: "pk", value: asideKey(org, box), backwards: true, limit: int32(limit), consistent: true}
	if after != "" {
		q.start = key(asideKey(org, box), string(after))
	}
	items, rest, err := t.query(ctx, q)
	if err != nil {
		return nil, "", err
	}
	for _, it := range items {
		m, err := readAside(org, box, it)
		if err != nil {
			return nil, "", err
		}
		mails = append(mails, m)
	}
	return mails, desk.AsideID(getS(rest, "sk")), nil
}

// ChangeAside stores what became of a set-aside mail; NotFound when it is gone.
func (t *Table) ChangeAside(ctx context.Context, m desk.SetAside) error {
	it, err := asideItem(m)
	if err != nil {
		return err
	}
	err = t.put(ctx, it, "attribute_exists(pk)", nil)
	if desk.KindOf(err) == desk.Conflict {
		return desk.Errorf(desk.NotFound, "not_found", "this mail is no longer set aside")
	}
	if err != nil {
		return err
	}
	return t.bump(ctx, m.Org)
}

// RemoveAside forgets a set-aside mail; removing it again changes nothing.
func (t *Table) RemoveAside(ctx context.Context, m desk.SetAside) error {
	there := "attribute_exists(pk)"
	err := t.transact(ctx, types.TransactWriteItem{Delete: &types.Delete{
		TableName: &t.name, Key: key(asideKey(m.Org, m.Mailbox), string(m.ID)), ConditionExpression: &there,
	}}, t.countAside(m.Org, m.Mailbox, -1))
	if desk.KindOf(err) == desk.Conflict {
		return nil
	}
	return err
}

// PurgeAsides forgets all set-aside mails of a mailbox that is being unbound.
func (t *Table) PurgeAsides(ctx context.Context, org desk.OrgID, box desk.MailboxID) error {
	items, err := t.all(ctx, query{hash: "pk", value: asideKey(org, box), consistent: true})
	if err != nil {
		return err
	}
	for _, it := range items {
		if err := t.remove(ctx, getS(it, "pk"), getS(it, "sk")); err != nil {
			return err
		}
	}
	return nil
}
