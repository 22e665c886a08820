package dynamodb

import (
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// tableDescription is what AWS tells of a table.
type tableDescription struct {
	TableName                 string
	TableArn                  string
	TableId                   string
	TableStatus               string
	CreationDateTime          float64 // Unix seconds
	AttributeDefinitions      []attributeDefinition
	KeySchema                 []keySchemaElement
	ItemCount                 int
	TableSizeBytes            int
	BillingModeSummary        *billingSummary `json:",omitempty"`
	ProvisionedThroughput     throughputDescription
	GlobalSecondaryIndexes    []indexDescription `json:",omitempty"`
	LocalSecondaryIndexes     []indexDescription `json:",omitempty"`
	DeletionProtectionEnabled bool
}

type billingSummary struct{ BillingMode string }

type throughputDescription struct {
	throughput
	NumberOfDecreasesToday int
}

type indexDescription struct {
	indexDefinition
	IndexArn              string
	IndexStatus           string `json:",omitempty"` // of global indexes
	ItemCount             int
	IndexSizeBytes        int
	ProvisionedThroughput *throughputDescription `json:",omitempty"`
}

// describe gives the description. Counts and sizes are exact to the moment and the sizes those of the
// store, where AWS gives figures some hours old.
func (t *table) describe(tx *bolt.Tx) tableDescription {
	provisioned := throughputDescription{throughput: t.Provisioned}
	d := tableDescription{
		TableName:   t.TableName,
		TableArn:    arnPrefix + t.TableName,
		TableId:     fmt.Sprintf("00000000-0000-0000-0000-%012d", t.ID),
		TableStatus: "ACTIVE", CreationDateTime: float64(t.Created) / 1000,
		AttributeDefinitions: t.AttributeDefinitions, KeySchema: t.KeySchema,
		ProvisionedThroughput: provisioned, DeletionProtectionEnabled: t.DeletionProtection,
	}
	if t.BillingMode == "PAY_PER_REQUEST" {
		d.BillingModeSummary = &billingSummary{t.BillingMode}
	}
	d.ItemCount, d.TableSizeBytes = extent(tx, t.itemBucket())
	for _, definition := range t.GlobalSecondaryIndexes {
		described := t.describeIndex(tx, definition)
		described.IndexStatus, described.ProvisionedThroughput = "ACTIVE", &provisioned
		d.GlobalSecondaryIndexes = append(d.GlobalSecondaryIndexes, described)
	}
	for _, definition := range t.LocalSecondaryIndexes {
		d.LocalSecondaryIndexes = append(d.LocalSecondaryIndexes, t.describeIndex(tx, definition))
	}
	return d
}

func (t *table) describeIndex(tx *bolt.Tx, definition indexDefinition) indexDescription {
	d := indexDescription{
		indexDefinition: definition,
		IndexArn:        arnPrefix + t.TableName + "/index/" + definition.IndexName,
	}
	d.ItemCount, d.IndexSizeBytes = extent(tx, t.indexBucket(t.index(definition.IndexName)))
	return d
}

// extent counts a bucket, which is not there yet while its table is being created.
func extent(tx *bolt.Tx, bucket []byte) (rows, bytes int) {
	b := tx.Bucket(bucket)
	if b == nil {
		return 0, 0
	}
	stats := b.Stats()
	return stats.KeyN, stats.LeafInuse
}
