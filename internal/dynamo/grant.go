package dynamo

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/internal/desk"
)

const (
	signInSort = "oauth#"
	grantSort  = "grant#"
)

// tokenSort is an item of its own: tokens are large and change by the hour, and
// lists of mailboxes stay cheap without them.
func tokenSort(box desk.MailboxID) string { return "token#" + string(box) }

// PutSignIn keeps a sign-in that began, until s.Until.
func (t *Table) PutSignIn(ctx context.Context, s desk.SignIn) error {
	packed, err := pack(s)
	if err != nil {
		return err
	}
	it := key(orgKey(s.Org), signInSort+s.State)
	it["z"], it["who"], it["ttl"] = raw(packed), str(s.Member), num(s.Until.Unix())
	return t.put(ctx, it, "attribute_not_exists(pk)", nil)
}

// TakeSignIn reads a sign-in and forgets it: it can be finished once, and only by
// the member who began it. NotFound without one, also when its time is over.
func (t *Table) TakeSignIn(ctx context.Context, org desk.OrgID, member, state string) (s desk.SignIn, err error) {
	condition := "who = :m"
	out, err := t.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &t.name, Key: key(orgKey(org), signInSort+state), ReturnValues: types.ReturnValueAllOld,
		ConditionExpression: &condition, ExpressionAttributeValues: item{":m": str(member)}, ReturnConsumedCapacity: t.meter(),
	})
	if err != nil {
		if err = failed("taking a sign-in", err); desk.KindOf(err) == desk.Conflict {
			err = noSignIn()
		}
		return s, err
	}
	t.charge(out.ConsumedCapacity, true)
	if err := unpack(getB(out.Attributes, "z"), &s); err != nil {
		return s, err
	}
	if !s.Until.After(t.now()) {
		return desk.SignIn{}, noSignIn()
	}
	return s, nil
}

func noSignIn() error {
	return desk.Errorf(desk.NotFound, "oauth_expired", "the sign-in took too long or was used already")
}

// PutGrant keeps what a sign-in gave, until g.Until.
func (t *Table) PutGrant(ctx context.Context, g desk.Grant) error {
	packed, err := pack(g)
	if err != nil {
		return err
	}
	it := key(orgKey(g.Org), grantSort+g.ID)
	it["z"], it["ttl"] = raw(packed), num(g.Until.Unix())
	return t.put(ctx, it, "attribute_not_exists(pk)", nil)
}

// Grant reads a grant for the member who has it; NotFound for everybody else and
// when its time is over.
func (t *Table) Grant(ctx context.Context, org desk.OrgID, member, id string) (g desk.Grant, err error) {
	it, err := t.get(ctx, orgKey(org), grantSort+id, true)
	if err != nil {
		return g, err
	}
	if it == nil {
		return g, noSignIn()
	}
	if err := unpack(getB(it, "z"), &g); err != nil {
		return g, err
	}
	if g.Member != member || !g.Until.After(t.now()) {
		return desk.Grant{}, noSignIn()
	}
	return g, nil
}

// AddGranted stores a new mailbox like AddMailbox, with its sealed tokens, and
// uses the grant up: all of it or nothing. Conflict when the address is bound
// already or the grant was used.
func (t *Table) AddGranted(ctx context.Context, m desk.Mailbox, s desk.Sync, sealed []byte, grant string) error {
	writes, err := t.newMailbox(m, s)
	if err != nil {
		return err
	}
	tokens := key(orgKey(m.Org), tokenSort(m.ID))
	tokens["t"], tokens["v"] = raw(sealed), num(1)
	exists := "attribute_exists(pk)"
	return t.transact(ctx, append(writes,
		t.putWrite(tokens, "attribute_not_exists(pk)", nil),
		types.TransactWriteItem{Delete: &types.Delete{TableName: &t.name, Key: key(orgKey(m.Org), grantSort+grant), ConditionExpression: &exists}},
	)...)
}

// Tokens reads a mailbox's tokens; NotFound when it has none.
func (t *Table) Tokens(ctx context.Context, org desk.OrgID, box desk.MailboxID) (desk.Tokens, error) {
	it, err := t.get(ctx, orgKey(org), tokenSort(box), true)
	if err != nil {
		return desk.Tokens{}, err
	}
	if it == nil {
		return desk.Tokens{}, desk.Errorf(desk.NotFound, "not_found", "the mailbox has no tokens")
	}
	return desk.Tokens{Sealed: getB(it, "t"), Version: getN(it, "v"), LeaseUntil: fromMillis(getS(it, "lu")), Ended: getS(it, "ended")}, nil
}

// LeaseTokens takes the right to get new tokens in place of those of a version,
// until a time. Conflict when somebody else has it or they are replaced already.
func (t *Table) LeaseTokens(ctx context.Context, org desk.OrgID, box desk.MailboxID, version int64, until time.Time) error {
	_, err := t.update(ctx, orgKey(org), tokenSort(box), "SET lu = :u", "v = :v AND (attribute_not_exists(lu) OR lu < :now)",
		item{":u": str(millis(until)), ":v": num(version), ":now": str(millis(t.now()))})
	return err
}

// StoreTokens puts new tokens in the place of those of a version and ends the
// lease. Conflict when those are replaced already.
func (t *Table) StoreTokens(ctx context.Context, org desk.OrgID, box desk.MailboxID, version int64, sealed []byte) error {
	_, err := t.update(ctx, orgKey(org), tokenSort(box), "SET t = :t, v = :next REMOVE lu, ended", "v = :v",
		item{":t": raw(sealed), ":v": num(version), ":next": num(version + 1)})
	return err
}

// EndTokens notes that the provider gives no more for the tokens of a version,
// and why, so that it is not asked again.
func (t *Table) EndTokens(ctx context.Context, org desk.OrgID, box desk.MailboxID, version int64, code string) error {
	_, err := t.update(ctx, orgKey(org), tokenSort(box), "SET ended = :c REMOVE lu", "v = :v", item{":c": str(code), ":v": num(version)})
	return err
}
