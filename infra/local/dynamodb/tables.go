package dynamodb

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// arnPrefix stands where AWS has region and account.
const arnPrefix = "arn:aws:dynamodb:local:000000000000:table/"

// maxListedTables is the largest page of ListTables.
const maxListedTables = 100

type createTableInput struct {
	TableName                 string
	AttributeDefinitions      []attributeDefinition
	KeySchema                 []keySchemaElement
	BillingMode               string
	ProvisionedThroughput     *throughput
	GlobalSecondaryIndexes    []indexDefinition
	LocalSecondaryIndexes     []indexDefinition
	DeletionProtectionEnabled bool
}

func (db *DB) createTable(_ context.Context, in *createTableInput) (any, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	definition := tableDefinition{
		TableName: in.TableName, Created: db.now().UnixMilli(), BillingMode: in.BillingMode,
		AttributeDefinitions: in.AttributeDefinitions, KeySchema: in.KeySchema,
		GlobalSecondaryIndexes: in.GlobalSecondaryIndexes, LocalSecondaryIndexes: in.LocalSecondaryIndexes,
		DeletionProtection: in.DeletionProtectionEnabled,
	}
	if in.ProvisionedThroughput != nil {
		definition.Provisioned = *in.ProvisionedThroughput
	}
	var described tableDescription
	err := db.write(func(tx *bolt.Tx) error {
		tables := tx.Bucket(tablesBucket)
		if tables.Get([]byte(in.TableName)) != nil {
			return inUse("Table already exists: %s", in.TableName)
		}
		t, err := newTable(definition)
		if err != nil {
			return err
		}
		if t.ID, err = tables.NextSequence(); err != nil {
			return fmt.Errorf("numbering table %s: %w", in.TableName, err)
		}
		described = t.describe(tx)
		return errFirst(t.createBuckets(tx), saveTable(tx, t))
	})
	return struct{ TableDescription tableDescription }{described}, err
}

func (in *createTableInput) check() error {
	if err := checkName(in.TableName); err != nil {
		return err
	}
	if err := checkEnum("billingMode", in.BillingMode, "PROVISIONED, PAY_PER_REQUEST"); err != nil {
		return err
	}
	onDemand := in.BillingMode == "PAY_PER_REQUEST"
	switch {
	case onDemand && in.ProvisionedThroughput != nil:
		return invalidParameter("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
	case !onDemand && in.ProvisionedThroughput == nil:
		return invalid("No provisioned throughput specified for the table")
	}
	return nil
}

func (t *table) createBuckets(tx *bolt.Tx) error {
	names := [][]byte{t.itemBucket(), t.ttlBucket()}
	for _, ix := range t.indexes {
		names = append(names, t.indexBucket(ix))
	}
	if err := createBuckets(tx, names...); err != nil {
		return fmt.Errorf("creating table %s: %w", t.TableName, err)
	}
	return nil
}

func errFirst(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

type tableNameInput struct{ TableName string }

func (db *DB) describeTable(_ context.Context, in *tableNameInput) (any, error) {
	var described tableDescription
	err := db.read(func(tx *bolt.Tx) error {
		t, err := db.namedTable(tx, in.TableName)
		if err != nil {
			return err
		}
		described = t.describe(tx)
		return nil
	})
	return struct{ Table tableDescription }{described}, err
}

// namedTable is table for the requests whose error names the table.
func (db *DB) namedTable(tx *bolt.Tx, name string) (*table, error) {
	if tx.Bucket(tablesBucket).Get([]byte(name)) == nil {
		return nil, namedTableNotFound(name)
	}
	return db.table(tx, name)
}

func (db *DB) deleteTable(_ context.Context, in *tableNameInput) (any, error) {
	var described tableDescription
	err := db.write(func(tx *bolt.Tx) error {
		t, err := db.namedTable(tx, in.TableName)
		if err != nil {
			return err
		}
		if t.DeletionProtection {
			return invalid("Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
		}
		described = t.describe(tx)
		described.TableStatus = "DELETING"
		if err := t.dropBuckets(tx); err != nil {
			return err
		}
		return tx.Bucket(tablesBucket).Delete([]byte(in.TableName))
	})
	return struct{ TableDescription tableDescription }{described}, err
}

func (t *table) dropBuckets(tx *bolt.Tx) error {
	names := [][]byte{t.itemBucket(), t.ttlBucket()}
	for _, ix := range t.indexes {
		names = append(names, t.indexBucket(ix))
	}
	for _, name := range names {
		if err := tx.DeleteBucket(name); err != nil {
			return fmt.Errorf("deleting table %s: %w", t.TableName, err)
		}
	}
	return nil
}

func (db *DB) listTables(_ context.Context, in *struct {
	ExclusiveStartTableName *string
	Limit                   *int
}) (any, error) {
	limit := maxListedTables
	if in.Limit != nil {
		limit = *in.Limit
	}
	if limit < 1 || limit > maxListedTables {
		return nil, invalid("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value between 1 and %d", limit, maxListedTables)
	}
	answer := struct {
		TableNames             []string
		LastEvaluatedTableName string `json:",omitempty"`
	}{TableNames: []string{}}
	err := db.read(func(tx *bolt.Tx) error {
		cursor := tx.Bucket(tablesBucket).Cursor()
		name, _ := cursor.First()
		if in.ExclusiveStartTableName != nil {
			name, _ = cursor.Seek([]byte(*in.ExclusiveStartTableName + "\x00"))
		}
		for ; name != nil; name, _ = cursor.Next() {
			if len(answer.TableNames) == limit {
				answer.LastEvaluatedTableName = answer.TableNames[limit-1]
				return nil
			}
			answer.TableNames = append(answer.TableNames, string(name))
		}
		return nil
	})
	return answer, err
}

// indexChange is one change of UpdateTable to the global indexes.
type indexChange struct {
	Create *indexDefinition
	Delete *struct{ IndexName string }
	Update *struct{ IndexName string } // throughput, which is not metered here
}

type updateTableInput struct {
	TableName                   string
	AttributeDefinitions        []attributeDefinition
	BillingMode                 string
	ProvisionedThroughput       *throughput
	DeletionProtectionEnabled   *bool
	GlobalSecondaryIndexUpdates []indexChange
}

// updateTable changes the table at once: an index added is filled and ACTIVE in the answer.
func (db *DB) updateTable(_ context.Context, in *updateTableInput) (any, error) {
	if err := checkEnum("billingMode", in.BillingMode, "PROVISIONED, PAY_PER_REQUEST"); err != nil {
		return nil, err
	}
	var described tableDescription
	err := db.write(func(tx *bolt.Tx) error {
		t, err := db.namedTable(tx, in.TableName)
		if err != nil {
			return err
		}
		definition, err := in.changed(t.tableDefinition)
		if err != nil {
			return err
		}
		changed, err := newTable(definition)
		if err != nil {
			return err
		}
		if err := t.rebuild(tx, changed); err != nil {
			return err
		}
		described = changed.describe(tx)
		return saveTable(tx, changed)
	})
	return struct{ TableDescription tableDescription }{described}, err
}

// changed gives the definition with the request's changes.
func (in *updateTableInput) changed(d tableDefinition) (tableDefinition, error) {
	if in.BillingMode == "" && in.ProvisionedThroughput == nil && in.DeletionProtectionEnabled == nil &&
		len(in.GlobalSecondaryIndexUpdates) == 0 {
		return d, invalid("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required")
	}
	if in.BillingMode != "" {
		d.BillingMode, d.Provisioned = in.BillingMode, throughput{}
	}
	if in.ProvisionedThroughput != nil {
		d.Provisioned = *in.ProvisionedThroughput
	}
	if in.DeletionProtectionEnabled != nil {
		d.DeletionProtection = *in.DeletionProtectionEnabled
	}
	d.GlobalSecondaryIndexes = slices.Clone(d.GlobalSecondaryIndexes)
	for _, change := range in.GlobalSecondaryIndexUpdates {
		if err := change.applyTo(&d); err != nil {
			return d, err
		}
	}
	d.redefineAttributes(in.AttributeDefinitions)
	return d, nil
}

func (change *indexChange) applyTo(d *tableDefinition) error {
	at := func(name string) int {
		return slices.IndexFunc(d.GlobalSecondaryIndexes, func(ix indexDefinition) bool { return ix.IndexName == name })
	}
	switch {
	case change.Create != nil:
		if at(change.Create.IndexName) >= 0 {
			return invalid("Attempting to create an index which already exists")
		}
		d.GlobalSecondaryIndexes = append(d.GlobalSecondaryIndexes, *change.Create)
	case change.Delete != nil:
		i := at(change.Delete.IndexName)
		if i < 0 {
			return tableNotFound()
		}
		d.GlobalSecondaryIndexes = slices.Delete(d.GlobalSecondaryIndexes, i, i+1)
	case change.Update != nil && at(change.Update.IndexName) < 0:
		return tableNotFound()
	}
	return nil
}

// redefineAttributes keeps the definitions the keys need, old and new.
func (d *tableDefinition) redefineAttributes(given []attributeDefinition) {
	schemas := [][]keySchemaElement{d.KeySchema}
	for _, ix := range slices.Concat(d.GlobalSecondaryIndexes, d.LocalSecondaryIndexes) {
		schemas = append(schemas, ix.KeySchema)
	}
	var needed []attributeDefinition
	for _, definition := range slices.Concat(given, d.AttributeDefinitions) {
		isKey := slices.ContainsFunc(slices.Concat(schemas...), func(element keySchemaElement) bool {
			return element.AttributeName == definition.AttributeName
		})
		known := slices.ContainsFunc(needed, func(other attributeDefinition) bool {
			return other.AttributeName == definition.AttributeName
		})
		if isKey && !known {
			needed = append(needed, definition)
		}
	}
	d.AttributeDefinitions = needed
}

// rebuild drops the buckets of indexes gone and fills those of indexes added.
func (t *table) rebuild(tx *bolt.Tx, changed *table) error {
	for _, ix := range t.indexes {
		if changed.index(ix.name) == nil {
			if err := tx.DeleteBucket(t.indexBucket(ix)); err != nil {
				return fmt.Errorf("dropping index %s: %w", ix.name, err)
			}
		}
	}
	for _, ix := range changed.indexes {
		if t.index(ix.name) == nil {
			if err := changed.fillIndex(tx, ix); err != nil {
				return fmt.Errorf("filling index %s: %w", ix.name, err)
			}
		}
	}
	return nil
}

func (t *table) fillIndex(tx *bolt.Tx, ix *index) error {
	bucket, err := tx.CreateBucket(t.indexBucket(ix))
	if err != nil {
		return err
	}
	return tx.Bucket(t.itemBucket()).ForEach(func(_, record []byte) error {
		it, err := decodeRecord(record)
		if err != nil {
			return err
		}
		entry := ix.entry(it)
		if entry == nil {
			return nil
		}
		return bucket.Put(t.entryKey(ix, entry), encodeRecord(entry))
	})
}

type timeToLive struct {
	AttributeName string `json:",omitempty"`
	Enabled       bool
}

func (db *DB) updateTimeToLive(_ context.Context, in *struct {
	TableName               string
	TimeToLiveSpecification timeToLive
}) (any, error) {
	wanted := in.TimeToLiveSpecification
	if wanted.AttributeName == "" {
		return nil, invalid("1 validation error detected: Value '' at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: Member must have length greater than or equal to 1")
	}
	err := db.write(func(tx *bolt.Tx) error {
		t, err := db.namedTable(tx, in.TableName)
		if err != nil {
			return err
		}
		switch current := t.TimeToLiveAttribute; {
		case wanted.Enabled && current == wanted.AttributeName:
			return invalid("TimeToLive is already enabled")
		case wanted.Enabled && current != "":
			return invalid("TimeToLive is active on a different AttributeName: current AttributeName is %s", current)
		case !wanted.Enabled && current == "":
			return invalid("TimeToLive is already disabled")
		}
		changed := *t
		if changed.TimeToLiveAttribute = ""; wanted.Enabled {
			changed.TimeToLiveAttribute = wanted.AttributeName
		}
		return errFirst(changed.relistExpiry(tx), saveTable(tx, &changed))
	})
	return struct{ TimeToLiveSpecification timeToLive }{wanted}, err
}

// relistExpiry makes the list of expiry times anew.
func (t *table) relistExpiry(tx *bolt.Tx) error {
	if err := tx.DeleteBucket(t.ttlBucket()); err != nil {
		return fmt.Errorf("clearing expiry of table %s: %w", t.TableName, err)
	}
	if err := createBuckets(tx, t.ttlBucket()); err != nil {
		return fmt.Errorf("creating expiry of table %s: %w", t.TableName, err)
	}
	if t.TimeToLiveAttribute == "" {
		return nil
	}
	return tx.Bucket(t.itemBucket()).ForEach(func(key, record []byte) error {
		it, err := decodeRecord(record)
		if err != nil {
			return fmt.Errorf("reading item of table %s: %w", t.TableName, err)
		}
		c := change{table: t, key: bytes.Clone(key), new: it}
		return c.applyExpiry(tx)
	})
}

func (db *DB) describeTimeToLive(_ context.Context, in *tableNameInput) (any, error) {
	described := struct {
		TimeToLiveStatus string
		AttributeName    string `json:",omitempty"`
	}{TimeToLiveStatus: "DISABLED"}
	err := db.read(func(tx *bolt.Tx) error {
		t, err := db.namedTable(tx, in.TableName)
		if err != nil {
			return err
		}
		if t.TimeToLiveAttribute != "" {
			described.TimeToLiveStatus, described.AttributeName = "ENABLED", t.TimeToLiveAttribute
		}
		return nil
	})
	return struct{ TimeToLiveDescription any }{described}, err
}
