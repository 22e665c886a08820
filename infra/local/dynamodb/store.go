package dynamodb

import (
	"bytes"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// parsedTable is a table with the bytes it was read from, which tell whether it is still current.
type parsedTable struct {
	stored string
	table  *table
}

// table gives the table as the transaction sees it.
func (db *DB) table(tx *bolt.Tx, name string) (*table, error) {
	stored := tx.Bucket(tablesBucket).Get([]byte(name))
	if stored == nil {
		return nil, tableNotFound()
	}
	if cached, ok := db.tables.Load(name); ok && cached.(parsedTable).stored == string(stored) {
		return cached.(parsedTable).table, nil
	}
	var definition tableDefinition
	if err := json.Unmarshal(stored, &definition); err != nil {
		return nil, fmt.Errorf("reading definition of table %s: %w", name, err)
	}
	t, err := newTable(definition)
	if err != nil {
		return nil, fmt.Errorf("resolving table %s: %w", name, err)
	}
	db.tables.Store(name, parsedTable{string(stored), t})
	return t, nil
}

// saveTable stores the definition.
func saveTable(tx *bolt.Tx, t *table) error {
	stored, err := json.Marshal(t.tableDefinition)
	if err != nil {
		return fmt.Errorf("storing definition of table %s: %w", t.TableName, err)
	}
	return tx.Bucket(tablesBucket).Put([]byte(t.TableName), stored)
}

// get gives the item with the encoded key; nil when there is none.
func (t *table) get(tx *bolt.Tx, key []byte) (item, error) {
	record := tx.Bucket(t.itemBucket()).Get(key)
	if record == nil {
		return nil, nil
	}
	it, err := decodeRecord(record)
	if err != nil {
		return nil, fmt.Errorf("reading item of table %s: %w", t.TableName, err)
	}
	return it, nil
}

// change replaces old by new at the key; nil stands for no item.
type change struct {
	table    *table
	key      []byte
	old, new item
}

// apply writes the change to the table and all its indexes.
func (c *change) apply(tx *bolt.Tx) (usage, error) {
	used := usage{table: writeUnits(max(c.old.size(), c.new.size()))}
	if err := put(tx, c.table.itemBucket(), c.key, c.new); err != nil {
		return used, fmt.Errorf("writing item of table %s: %w", c.table.TableName, err)
	}
	for _, ix := range c.table.indexes {
		units, err := c.applyTo(tx, ix)
		if err != nil {
			return used, fmt.Errorf("writing index %s of table %s: %w", ix.name, c.table.TableName, err)
		}
		if units > 0 {
			used.addIndex(ix, units)
		}
	}
	if err := c.applyExpiry(tx); err != nil {
		return used, fmt.Errorf("writing expiry of table %s: %w", c.table.TableName, err)
	}
	return used, nil
}

// applyTo keeps the index in step and gives the write units that costs: none when what the index keeps
// is unchanged, one write for an entry added, removed or changed, two when its key changes.
func (c *change) applyTo(tx *bolt.Tx, ix *index) (float64, error) {
	before, after := ix.entry(c.old), ix.entry(c.new)
	bucket := c.table.indexBucket(ix)
	switch {
	case before == nil && after == nil, before != nil && after != nil && before.equal(after):
		return 0, nil
	case before == nil:
		return writeUnits(after.size()), put(tx, bucket, c.table.entryKey(ix, after), after)
	case after == nil:
		return writeUnits(before.size()), put(tx, bucket, c.table.entryKey(ix, before), nil)
	}
	oldKey, newKey := c.table.entryKey(ix, before), c.table.entryKey(ix, after)
	if bytes.Equal(oldKey, newKey) {
		return writeUnits(max(before.size(), after.size())), put(tx, bucket, newKey, after)
	}
	if err := put(tx, bucket, oldKey, nil); err != nil {
		return 0, err
	}
	return writeUnits(before.size()) + writeUnits(after.size()), put(tx, bucket, newKey, after)
}

// put stores the item in the bucket; nil removes what is there.
func put(tx *bolt.Tx, bucket, key []byte, it item) error {
	if it == nil {
		return tx.Bucket(bucket).Delete(key)
	}
	return tx.Bucket(bucket).Put(key, encodeRecord(it))
}
