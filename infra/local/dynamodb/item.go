package dynamodb

import (
	"context"

	bolt "go.etcd.io/bbolt"
)

// conditionParams are the members of every write that may have a condition.
type conditionParams struct {
	expressionParams
	ConditionExpression                 *string
	ReturnValuesOnConditionCheckFailure string
}

func (in *conditionParams) checkFailureReturn() error {
	return checkEnum("returnValuesOnConditionCheckFailure", in.ReturnValuesOnConditionCheckFailure, "ALL_OLD, NONE")
}

// failure is the answer when the condition does not hold.
func (in *conditionParams) failure(old item) *apiError {
	if in.ReturnValuesOnConditionCheckFailure != "ALL_OLD" {
		old = nil
	}
	return conditionFailed(old)
}

// action is one write, checked and parsed as far as that goes without the table.
type action struct {
	tableName string
	item      item // of a put
	key       item // of the others
	condition condition
	update    *update  // of an update
	remove    bool     // a delete
	checkOnly bool     // a ConditionCheck: the item stays
	nested    []string // attributes of which its expressions take a part
	params    *conditionParams
}

// putParams, updateParams and deleteParams are what single requests and transactions share.
type putParams struct {
	TableName string
	Item      item
	conditionParams
}

type updateParams struct {
	TableName        string
	Key              item
	UpdateExpression *string
	conditionParams
}

type deleteParams struct {
	TableName string
	Key       item
	conditionParams
}

func (in *putParams) action() (*action, error) {
	if in.Item == nil {
		return nil, missing("item")
	}
	a := &action{tableName: in.TableName, params: &in.conditionParams}
	var err error
	if a.item, err = in.Item.normalised(); err != nil {
		return nil, err
	}
	return a, a.parse(nil)
}

func (in *updateParams) action() (*action, error) {
	a := &action{tableName: in.TableName, key: in.Key, params: &in.conditionParams}
	if in.Key == nil {
		return nil, missing("key")
	}
	return a, a.parse(in.UpdateExpression)
}

func (in *deleteParams) action() (*action, error) {
	a := &action{tableName: in.TableName, key: in.Key, remove: true, params: &in.conditionParams}
	if in.Key == nil {
		return nil, missing("key")
	}
	return a, a.parse(nil)
}

func missing(member string) *apiError {
	return invalid("1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", member)
}

// parse reads the action's expressions; source is the UpdateExpression, if any.
func (a *action) parse(source *string) error {
	if err := a.params.checkFailureReturn(); err != nil {
		return err
	}
	p, err := a.params.placeholders(a.params.ConditionExpression, source)
	if err != nil {
		return err
	}
	if a.update, err = parseUpdate(p, source); err != nil {
		return err
	}
	if a.condition, err = parseCondition(p, "ConditionExpression", a.params.ConditionExpression); err != nil {
		return err
	}
	a.nested = p.nested
	return p.checkAllUsed()
}

// prepare works out what the action does, without writing.
func (a *action) prepare(tx *bolt.Tx, t *table) (*change, error) {
	c := &change{table: t}
	key, err := a.locate(c)
	if err != nil {
		return nil, err
	}
	if c.old, err = t.get(tx, c.key); err != nil {
		return nil, err
	}
	if !holdsFor(a.condition, c.old) {
		return nil, a.params.failure(c.old)
	}
	switch {
	case a.checkOnly:
		c.new = c.old
	case a.item != nil:
		c.new = a.item
	case !a.remove:
		c.new, err = a.updated(t, c.old, key)
	}
	return c, err
}

// locate checks the key against the table and encodes it.
func (a *action) locate(c *change) (key item, err error) {
	if err := c.table.keys.checkScalar(a.nested); err != nil {
		return nil, err
	}
	if a.item == nil {
		key, c.key, err = c.table.keyOf(a.key)
		return key, err
	}
	if err := c.table.checkItem(a.item); err != nil {
		return nil, err
	}
	if a.item.size() > maxItemSize {
		return nil, invalid("Item size has exceeded the maximum allowed size")
	}
	c.key = c.table.keys.encode(a.item)
	return nil, nil
}

func (a *action) updated(t *table, old, key item) (item, error) {
	for _, target := range a.update.targets() {
		if _, isKey := key[target[0].name]; isKey {
			return nil, invalidParameter("Cannot update attribute %s. This attribute is part of the key", target[0].name)
		}
	}
	base := old
	if base == nil {
		base = key
	}
	updated, err := a.update.applyTo(base)
	if err != nil {
		return nil, err
	}
	if err := t.checkUpdated(updated); err != nil {
		return nil, err
	}
	if updated.size() > maxItemSize {
		return nil, invalid("Item size to update has exceeded the maximum allowed size")
	}
	return updated, updated.checkNesting()
}

// checkNesting refuses an item an update has made too deep.
func (it item) checkNesting() error {
	_, err := it.normalised()
	return err
}

// returnParams are the members of single writes that choose what is answered.
type returnParams struct {
	ReturnValues string
	capacityParam
	legacyParams
}

func (in *returnParams) check(allowed ...string) error {
	if err := in.checkCapacity(); err != nil {
		return err
	}
	if err := checkEnum("returnValues", in.ReturnValues, "ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW"); err != nil {
		return err
	}
	for _, kind := range append(allowed, "", "NONE") {
		if in.ReturnValues == kind {
			return nil
		}
	}
	return invalid("Return values set to invalid value")
}

// writeAnswer is the answer to PutItem, UpdateItem and DeleteItem.
type writeAnswer struct {
	Attributes       item              `json:",omitempty"`
	ConsumedCapacity *consumedCapacity `json:",omitempty"`
}

func (db *DB) putItem(_ context.Context, in *struct {
	putParams
	returnParams
}) (any, error) {
	if err := in.check("ALL_OLD"); err != nil {
		return nil, err
	}
	a, err := in.action()
	return db.writeOne(a, err, &in.returnParams)
}

func (db *DB) updateItem(_ context.Context, in *struct {
	updateParams
	returnParams
}) (any, error) {
	if err := in.check("ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"); err != nil {
		return nil, err
	}
	a, err := in.action()
	return db.writeOne(a, err, &in.returnParams)
}

func (db *DB) deleteItem(_ context.Context, in *struct {
	deleteParams
	returnParams
}) (any, error) {
	if err := in.check("ALL_OLD"); err != nil {
		return nil, err
	}
	a, err := in.action()
	return db.writeOne(a, err, &in.returnParams)
}

// writeOne carries out a single action; err is what went wrong in reading it.
func (db *DB) writeOne(a *action, err error, in *returnParams) (any, error) {
	if err != nil {
		return nil, err
	}
	answer := &writeAnswer{}
	err = db.write(func(tx *bolt.Tx) error {
		t, err := db.table(tx, a.tableName)
		if err != nil {
			return err
		}
		c, err := a.prepare(tx, t)
		if err != nil {
			return err
		}
		used, err := c.apply(tx)
		answer.Attributes = a.returned(c, in.ReturnValues)
		answer.ConsumedCapacity = in.report(a.tableName, used)
		return err
	})
	return answer, err
}

// returned gives the attributes ReturnValues asks for.
func (a *action) returned(c *change, which string) item {
	switch which {
	case "ALL_OLD":
		return c.old
	case "ALL_NEW":
		return c.new
	case "UPDATED_OLD":
		return a.update.touched(c.old)
	case "UPDATED_NEW":
		return a.update.touched(c.new)
	}
	return nil
}

// touched gives the attributes of which the update changes something that is in the item.
func (u *update) touched(it item) item {
	touched := item{}
	for _, target := range u.targets() {
		if _, ok := target.in(it); ok {
			touched[target[0].name] = it[target[0].name]
		}
	}
	return touched
}

// getParams are what GetItem and TransactGetItems share.
type getParams struct {
	TableName                string
	Key                      item
	ProjectionExpression     *string
	ExpressionAttributeNames map[string]string
}

func (db *DB) getItem(_ context.Context, in *struct {
	getParams
	ConsistentRead bool
	capacityParam
	legacyParams
}) (any, error) {
	if err := in.checkCapacity(); err != nil {
		return nil, err
	}
	keep, err := in.projection()
	if err != nil {
		return nil, err
	}
	answer := &struct {
		Item             item              `json:",omitempty"`
		ConsumedCapacity *consumedCapacity `json:",omitempty"`
	}{}
	err = db.read(func(tx *bolt.Tx) error {
		it, size, err := db.lookup(tx, &in.getParams, keep)
		answer.Item = projected(it, keep)
		used := usage{table: readUnits(size, consistencyOf(in.ConsistentRead))}
		answer.ConsumedCapacity = in.report(in.TableName, used)
		return err
	})
	return answer, err
}

// projection parses the ProjectionExpression; nil when there is none.
func (in *getParams) projection() (*projection, error) {
	if in.Key == nil {
		return nil, missing("key")
	}
	return projectionOf(in.ProjectionExpression, in.ExpressionAttributeNames)
}

func projectionOf(source *string, names map[string]string) (*projection, error) {
	params := expressionParams{ExpressionAttributeNames: names}
	p, err := params.placeholders(source)
	if err != nil || source == nil {
		return nil, err
	}
	keep, err := parseProjection(p, *source)
	if err != nil {
		return nil, err
	}
	return keep, p.checkAllUsed()
}

// lookup gives the item and its size; both zero when there is none.
func (db *DB) lookup(tx *bolt.Tx, in *getParams, keep *projection) (item, int, error) {
	t, err := db.table(tx, in.TableName)
	if err != nil {
		return nil, 0, err
	}
	if err := t.keys.checkScalar(keep.nested()); err != nil {
		return nil, 0, err
	}
	_, key, err := t.keyOf(in.Key)
	if err != nil {
		return nil, 0, err
	}
	it, err := t.get(tx, key)
	return it, it.size(), err
}

func projected(it item, keep *projection) item {
	if keep == nil || it == nil {
		return it
	}
	return keep.of(it)
}
