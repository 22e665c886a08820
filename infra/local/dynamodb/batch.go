package dynamodb

import (
	"context"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// Limits of batches.
const (
	maxBatchGets   = 100
	maxBatchWrites = 25
	maxBatchAnswer = 16 << 20 // bytes; what does not fit comes back unprocessed
)

// batchKeys are the keys BatchGetItem reads from one table.
type batchKeys struct {
	Keys                     []item
	ConsistentRead           bool              `json:",omitempty"`
	ProjectionExpression     *string           `json:",omitempty"`
	ExpressionAttributeNames map[string]string `json:",omitempty"`
	legacyParams
}

type batchGetAnswer struct {
	Responses        map[string][]item
	UnprocessedKeys  map[string]*batchKeys
	ConsumedCapacity []*consumedCapacity `json:",omitempty"`
}

func (db *DB) batchGetItem(_ context.Context, in *struct {
	RequestItems map[string]*batchKeys
	capacityParam
}) (any, error) {
	if err := in.checkCapacity(); err != nil {
		return nil, err
	}
	if err := checkBatchGet(in.RequestItems); err != nil {
		return nil, err
	}
	answer := &batchGetAnswer{Responses: map[string][]item{}, UnprocessedKeys: map[string]*batchKeys{}}
	err := db.read(func(tx *bolt.Tx) error {
		room := maxBatchAnswer
		for _, name := range slices.Sorted(maps.Keys(in.RequestItems)) {
			used, err := db.batchGetTable(tx, name, in.RequestItems[name], answer, &room)
			if err != nil {
				return err
			}
			if report := in.report(name, used); report != nil {
				answer.ConsumedCapacity = append(answer.ConsumedCapacity, report)
			}
		}
		return nil
	})
	return answer, err
}

func checkBatchGet(requested map[string]*batchKeys) error {
	if len(requested) == 0 {
		return invalid("1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1")
	}
	total := 0
	for name, keys := range requested {
		if keys == nil || len(keys.Keys) == 0 {
			return invalid("1 validation error detected: Value '[]' at 'requestItems.%s.member.keys' failed to satisfy constraint: Member must have length greater than or equal to 1", name)
		}
		if err := keys.refuse(); err != nil {
			return err
		}
		total += len(keys.Keys)
	}
	if total > maxBatchGets {
		return invalid("Too many items requested for the BatchGetItem call")
	}
	return nil
}

func (db *DB) batchGetTable(tx *bolt.Tx, name string, in *batchKeys, answer *batchGetAnswer, room *int) (usage, error) {
	var used usage
	keep, err := projectionOf(in.ProjectionExpression, in.ExpressionAttributeNames)
	if err != nil {
		return used, err
	}
	t, err := db.table(tx, name)
	if err != nil {
		return used, err
	}
	if err := t.keys.checkScalar(keep.nested()); err != nil {
		return used, err
	}
	encoded, err := t.distinctKeys(in.Keys)
	if err != nil {
		return used, err
	}
	answer.Responses[name] = []item{}
	for i, key := range encoded {
		it, err := t.get(tx, key)
		if err != nil {
			return used, err
		}
		size := it.size()
		if *room -= size; *room < 0 {
			answer.UnprocessedKeys[name] = &batchKeys{
				Keys: in.Keys[i:], ConsistentRead: in.ConsistentRead,
				ProjectionExpression: in.ProjectionExpression, ExpressionAttributeNames: in.ExpressionAttributeNames,
			}
			break
		}
		used.table += readUnits(size, consistencyOf(in.ConsistentRead))
		if it != nil {
			answer.Responses[name] = append(answer.Responses[name], projected(it, keep))
		}
	}
	return used, nil
}

func (t *table) distinctKeys(given []item) ([][]byte, error) {
	encoded := make([][]byte, len(given))
	seen := map[string]bool{}
	for i, key := range given {
		var err error
		if _, encoded[i], err = t.keyOf(key); err != nil {
			return nil, err
		}
		if seen[string(encoded[i])] {
			return nil, errBatchDuplicates
		}
		seen[string(encoded[i])] = true
	}
	return encoded, nil
}

var errBatchDuplicates = invalid("Provided list of item keys contains duplicates")

// batchWrite is one request of BatchWriteItem.
type batchWrite struct {
	PutRequest    *struct{ Item item }
	DeleteRequest *struct{ Key item }
}

func (w *batchWrite) action(tableName string) (*action, error) {
	switch {
	case w.PutRequest != nil && w.DeleteRequest == nil:
		return (&putParams{TableName: tableName, Item: w.PutRequest.Item}).action()
	case w.DeleteRequest != nil && w.PutRequest == nil:
		return (&deleteParams{TableName: tableName, Key: w.DeleteRequest.Key}).action()
	}
	return nil, invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
}

type batchWriteAnswer struct {
	UnprocessedItems map[string][]batchWrite // always empty: nothing is throttled here
	ConsumedCapacity []*consumedCapacity     `json:",omitempty"`
}

func (db *DB) batchWriteItem(_ context.Context, in *struct {
	RequestItems map[string][]batchWrite
	capacityParam
}) (any, error) {
	if err := in.checkCapacity(); err != nil {
		return nil, err
	}
	actions, err := batchActions(in.RequestItems)
	if err != nil {
		return nil, err
	}
	answer := &batchWriteAnswer{UnprocessedItems: map[string][]batchWrite{}}
	err = db.write(func(tx *bolt.Tx) error {
		changes, err := db.prepareBatch(tx, actions)
		if err != nil {
			return err
		}
		answer.ConsumedCapacity, err = applyAll(tx, changes, &in.capacityParam, 1)
		return err
	})
	return answer, err
}

func batchActions(requested map[string][]batchWrite) ([]*action, error) {
	if len(requested) == 0 {
		return nil, invalid("1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1")
	}
	var actions []*action
	for _, name := range slices.Sorted(maps.Keys(requested)) {
		if len(requested[name]) == 0 {
			return nil, invalid("1 validation error detected: Value '[]' at 'requestItems.%s.member' failed to satisfy constraint: Member must have length greater than or equal to 1", name)
		}
		for _, w := range requested[name] {
			a, err := w.action(name)
			if err != nil {
				return nil, err
			}
			actions = append(actions, a)
		}
	}
	if len(actions) > maxBatchWrites {
		return nil, invalid("Too many items requested for the BatchWriteItem call")
	}
	return actions, nil
}

func (db *DB) prepareBatch(tx *bolt.Tx, actions []*action) ([]*change, error) {
	var changes []*change
	seen := map[string]bool{}
	for _, a := range actions {
		t, err := db.table(tx, a.tableName)
		if err != nil {
			return nil, err
		}
		c, err := a.prepare(tx, t)
		if err != nil {
			return nil, err
		}
		if seen[c.identity()] {
			return nil, errBatchDuplicates
		}
		seen[c.identity()] = true
		changes = append(changes, c)
	}
	return changes, nil
}

// identity tells apart the items of all tables.
func (c *change) identity() string { return c.table.TableName + "\x00" + string(c.key) }

// applyAll writes the changes and reports what each table used, times over.
func applyAll(tx *bolt.Tx, changes []*change, in *capacityParam, times float64) ([]*consumedCapacity, error) {
	total := map[string]*usage{}
	for _, c := range changes {
		used, err := c.apply(tx)
		if err != nil {
			return nil, err
		}
		name := c.table.TableName
		if total[name] == nil {
			total[name] = &usage{}
		}
		total[name].add(used, times)
	}
	return in.reports(total), nil
}

// reports gives the answer for several tables, ordered by name.
func (in *capacityParam) reports(total map[string]*usage) []*consumedCapacity {
	var reports []*consumedCapacity
	for _, name := range slices.Sorted(maps.Keys(total)) {
		if report := in.report(name, *total[name]); report != nil {
			reports = append(reports, report)
		}
	}
	return reports
}
