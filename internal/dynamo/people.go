package dynamo

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/internal/desk"
)

const (
	orgSort       = "org"
	memberSort    = "member#"
	personOrgSort = "org#"
)

func personKey(email string) string { return "P#" + email }

// CreateOrganisation stores an organisation with its owner; Conflict when the
// owner belongs to one already.
func (t *Table) CreateOrganisation(ctx context.Context, o desk.Organisation, owner desk.Member) error {
	it, err := orgItem(o)
	if err != nil {
		return err
	}
	return t.transact(ctx,
		t.putWrite(it, "attribute_not_exists(pk)", nil),
		t.putWrite(memberItem(o.ID, owner), "", nil),
		t.putWrite(personItem(o.ID, owner), "attribute_not_exists(pk)", nil),
	)
}

// ChangeOrganisation stores the changed organisation.
func (t *Table) ChangeOrganisation(ctx context.Context, o desk.Organisation) error {
	it, err := orgItem(o)
	if err != nil {
		return err
	}
	return t.put(ctx, it, "attribute_exists(pk)", nil)
}

func orgItem(o desk.Organisation) (item, error) {
	packed, err := pack(o)
	if err != nil {
		return nil, err
	}
	it := key(orgKey(o.ID), orgSort)
	it["z"] = raw(packed)
	return it, nil
}

func memberItem(org desk.OrgID, m desk.Member) item {
	it := key(orgKey(org), memberSort+m.Email)
	it["name"], it["role"] = str(m.Name), str(string(m.Role))
	return it
}

// personItem leads from a sign-in to the organisation. A person belongs to one.
func personItem(org desk.OrgID, m desk.Member) item {
	it := key(personKey(m.Email), personOrgSort)
	it["org"] = str(string(org))
	return it
}

// Organisation reads an organisation.
func (t *Table) Organisation(ctx context.Context, org desk.OrgID) (o desk.Organisation, err error) {
	it, err := t.get(ctx, orgKey(org), orgSort, false)
	if err != nil {
		return o, err
	}
	if it == nil {
		return o, desk.Errorf(desk.NotFound, "no_organisation", "there is no such organisation")
	}
	err = unpack(getB(it, "z"), &o)
	return o, err
}

// Person finds the organisation and membership of a signed-in address;
// NotFound with the code no_organisation when it belongs to none.
func (t *Table) Person(ctx context.Context, email string) (desk.OrgID, desk.Member, error) {
	none := desk.Errorf(desk.NotFound, "no_organisation", "this address belongs to no organisation")
	it, err := t.get(ctx, personKey(email), personOrgSort, false)
	if err != nil {
		return "", desk.Member{}, err
	}
	if it == nil {
		return "", desk.Member{}, none
	}
	org := desk.OrgID(getS(it, "org"))
	it, err = t.get(ctx, orgKey(org), memberSort+email, false)
	if err != nil {
		return "", desk.Member{}, err
	}
	if it == nil {
		return "", desk.Member{}, none
	}
	return org, readMember(it), nil
}

func readMember(it item) desk.Member {
	return desk.Member{
		Email: strings.TrimPrefix(getS(it, "sk"), memberSort), Name: getS(it, "name"), Role: desk.Role(getS(it, "role")),
	}
}

// Members lists everybody in the organisation.
func (t *Table) Members(ctx context.Context, org desk.OrgID) ([]desk.Member, error) {
	items, err := t.all(ctx, query{hash: "pk", value: orgKey(org), rangeKey: "sk", prefix: memberSort})
	if err != nil {
		return nil, err
	}
	members := make([]desk.Member, len(items))
	for i, it := range items {
		members[i] = readMember(it)
	}
	return members, nil
}

// PutMember adds or changes a member; Conflict when the person belongs to
// another organisation.
func (t *Table) PutMember(ctx context.Context, org desk.OrgID, m desk.Member) error {
	return t.transact(ctx,
		t.putWrite(memberItem(org, m), "", nil),
		t.putWrite(personItem(org, m), "attribute_not_exists(pk) OR org = :o", item{":o": str(string(org))}),
	)
}

// RemoveMember removes a member.
func (t *Table) RemoveMember(ctx context.Context, org desk.OrgID, email string) error {
	gone := func(pk, sk string) types.TransactWriteItem {
		return types.TransactWriteItem{Delete: &types.Delete{TableName: &t.name, Key: key(pk, sk)}}
	}
	return t.transact(ctx, gone(orgKey(org), memberSort+email), gone(personKey(email), personOrgSort))
}

// Presence is a member who has a conversation open.
type Presence struct {
	Email, Name string
	Writing     bool
}

func readPresence(it item) Presence {
	return Presence{
		Email: strings.TrimPrefix(getS(it, "sk"), presenceSort), Name: getS(it, "name"), Writing: getN(it, "w") == 1,
	}
}

// MarkPresence says that a member has a conversation open until a time, or, at
// the zero time, no longer.
func (t *Table) MarkPresence(ctx context.Context, org desk.OrgID, id desk.ConversationID, p Presence, until time.Time) error {
	pk, sk := convKey(org, id), presenceSort+p.Email
	if until.IsZero() {
		return t.remove(ctx, pk, sk)
	}
	it := key(pk, sk)
	it["name"], it["ttl"] = str(p.Name), num(until.Unix())
	if p.Writing {
		it["w"] = num(1)
	}
	return t.put(ctx, it, "", nil)
}

// Present lists who has the conversation open.
func (t *Table) Present(ctx context.Context, org desk.OrgID, id desk.ConversationID) ([]Presence, error) {
	items, err := t.all(ctx, query{hash: "pk", value: convKey(org, id), rangeKey: "sk", prefix: presenceSort})
	if err != nil {
		return nil, err
	}
	var here []Presence
	for _, it := range items {
		if getN(it, "ttl") > t.now().Unix() {
			here = append(here, readPresence(it))
		}
	}
	return here, nil
}
