package dynamodb

import (
	"fmt"
	"slices"
	"strings"
)

type attributeDefinition struct {
	AttributeName string
	AttributeType string
}

type keySchemaElement struct {
	AttributeName string
	KeyType       string
}

type indexProjection struct {
	ProjectionType   string   `json:",omitempty"`
	NonKeyAttributes []string `json:",omitempty"`
}

// indexDefinition is an index as CreateTable and UpdateTable give it.
type indexDefinition struct {
	IndexName  string
	KeySchema  []keySchemaElement
	Projection indexProjection
}

// keyAttribute is an attribute of a key.
type keyAttribute struct {
	name string
	kind kind
}

// keys are the attributes of a key: the hash, then the range if there is one.
type keys []keyAttribute

func (k keys) names() []string {
	names := make([]string, len(k))
	for i, attribute := range k {
		names[i] = attribute.name
	}
	return names
}

// index is a secondary index of a table.
type index struct {
	name      string
	global    bool
	keys      keys
	everyAttr bool     // projection ALL
	attrs     []string // else what is projected, keys of index and table included
}

// table is a table with its definition resolved.
type table struct {
	tableDefinition
	keys    keys
	indexes []*index
}

// tableDefinition is what the store keeps of a table.
type tableDefinition struct {
	ID                     uint64
	TableName              string
	Created                int64 // Unix milliseconds
	Provisioned            throughput
	BillingMode            string
	AttributeDefinitions   []attributeDefinition
	KeySchema              []keySchemaElement
	GlobalSecondaryIndexes []indexDefinition
	LocalSecondaryIndexes  []indexDefinition
	TimeToLiveAttribute    string // empty: expiry is off
	DeletionProtection     bool
}

type throughput struct {
	ReadCapacityUnits  int64
	WriteCapacityUnits int64
}

// newTable checks a definition and resolves its keys.
func newTable(d tableDefinition) (*table, error) {
	t := &table{tableDefinition: d}
	kinds, err := d.attributeKinds()
	if err != nil {
		return nil, err
	}
	if t.keys, err = resolveKeys(d.KeySchema, kinds); err != nil {
		return nil, err
	}
	used := t.keys.names()
	for _, group := range []struct {
		global bool
		list   []indexDefinition
	}{{true, d.GlobalSecondaryIndexes}, {false, d.LocalSecondaryIndexes}} {
		for _, definition := range group.list {
			ix, err := t.newIndex(definition, group.global, kinds)
			if err != nil {
				return nil, err
			}
			t.indexes = append(t.indexes, ix)
			used = append(used, ix.keys.names()...)
		}
	}
	return t, d.checkNoSpareAttribute(used)
}

func (d *tableDefinition) attributeKinds() (map[string]kind, error) {
	if len(d.AttributeDefinitions) == 0 {
		return nil, invalid("No Attribute Schema Defined")
	}
	kinds := make(map[string]kind, len(d.AttributeDefinitions))
	for _, definition := range d.AttributeDefinitions {
		k, ok := kindNamed(definition.AttributeType)
		if !ok || !k.ordered() {
			return nil, notInEnum("attributeDefinitions.1.member.attributeType", definition.AttributeType, "B, N, S")
		}
		if _, twice := kinds[definition.AttributeName]; twice {
			return nil, invalidParameter("Cannot have duplicate attributes in AttributeDefinitions")
		}
		kinds[definition.AttributeName] = k
	}
	return kinds, nil
}

func (d *tableDefinition) checkNoSpareAttribute(used []string) error {
	slices.Sort(used)
	used = slices.Compact(used)
	var defined []string
	for _, definition := range d.AttributeDefinitions {
		defined = append(defined, definition.AttributeName)
	}
	slices.Sort(defined)
	if !slices.Equal(used, defined) {
		return invalidParameter("Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
	}
	return nil
}

func resolveKeys(schema []keySchemaElement, kinds map[string]kind) (keys, error) {
	if len(schema) == 0 || len(schema) > 2 {
		return nil, invalid("1 validation error detected: Value at 'keySchema' failed to satisfy constraint: Member must have length between 1 and 2")
	}
	var resolved keys
	for i, element := range schema {
		if want := []string{"HASH", "RANGE"}[i]; element.KeyType != want {
			return nil, invalid("Invalid KeySchema: The %s KeySchemaElement is not a %s key type", []string{"first", "second"}[i], want)
		}
		k, ok := kinds[element.AttributeName]
		if !ok {
			return nil, invalidParameter("Some index key attributes are not defined in AttributeDefinitions. Keys: [%s], AttributeDefinitions: [%s]",
				element.AttributeName, joinNames(kinds))
		}
		resolved = append(resolved, keyAttribute{element.AttributeName, k})
	}
	if len(resolved) == 2 && resolved[0].name == resolved[1].name {
		return nil, invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name")
	}
	return resolved, nil
}

func joinNames(kinds map[string]kind) string {
	names := make([]string, 0, len(kinds))
	for name := range kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func (t *table) newIndex(d indexDefinition, global bool, kinds map[string]kind) (*index, error) {
	if err := checkName(d.IndexName); err != nil {
		return nil, err
	}
	if t.index(d.IndexName) != nil {
		return nil, invalidParameter("Duplicate index name: %s", d.IndexName)
	}
	resolved, err := resolveKeys(d.KeySchema, kinds)
	if err != nil {
		return nil, err
	}
	ix := &index{name: d.IndexName, global: global, keys: resolved}
	if !global {
		if err := t.checkLocal(ix); err != nil {
			return nil, err
		}
	}
	return ix, ix.project(d.Projection, t.keys)
}

func (t *table) checkLocal(ix *index) error {
	switch {
	case len(t.keys) < 2:
		return invalidParameter("Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex")
	case ix.keys[0] != t.keys[0]:
		return invalidParameter("Table KeySchema: The AttributeValue for a key attribute must match the hash key of the index %s", ix.name)
	case len(ix.keys) < 2:
		return invalidParameter("Index KeySchema does not have a range key for index: %s", ix.name)
	}
	return nil
}

// project resolves what the index keeps of an item.
func (ix *index) project(p indexProjection, tableKeys keys) error {
	ix.attrs = slices.Concat(ix.keys.names(), tableKeys.names())
	switch p.ProjectionType {
	case "ALL":
		ix.everyAttr = true
	case "KEYS_ONLY":
	case "INCLUDE":
		if len(p.NonKeyAttributes) == 0 {
			return invalidParameter("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
		}
		ix.attrs = append(ix.attrs, p.NonKeyAttributes...)
		return nil
	default:
		return invalidParameter("Unknown ProjectionType: %s", p.ProjectionType)
	}
	if len(p.NonKeyAttributes) > 0 {
		return invalidParameter("ProjectionType is %s, but NonKeyAttributes is specified", p.ProjectionType)
	}
	return nil
}

// index gives the index of the name, nil when there is none.
func (t *table) index(name string) *index {
	for _, ix := range t.indexes {
		if ix.name == name {
			return ix
		}
	}
	return nil
}

// checkName checks the name of a table or an index.
func checkName(name string) error {
	outside := strings.IndexFunc(name, func(r rune) bool {
		return r > 'z' || !isLetter(byte(r)) && !isDigit(byte(r)) && !strings.ContainsRune("_-.", r)
	})
	if len(name) < 3 || len(name) > 255 || outside >= 0 {
		return invalid("Invalid table/index name.  Table/index names must be between 3 and 255 characters long, " +
			"and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'")
	}
	return nil
}

// notInEnum is AWS's answer to a value outside its list.
func notInEnum(member, given, allowed string) error {
	return invalid("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must satisfy enum value set: [%s]",
		given, member, allowed)
}

// checkEnum accepts an absent value or one of the list, written "A, B, C".
func checkEnum(member, given, allowed string) error {
	if given == "" || slices.Contains(strings.Split(allowed, ", "), given) {
		return nil
	}
	return notInEnum(member, given, allowed)
}

// Names of the buckets a table's data is in. The ID, not the name, is in them: a table made again is
// another table.
func (t *table) itemBucket() []byte { return fmt.Appendf(nil, "items/%d", t.ID) }
func (t *table) ttlBucket() []byte  { return fmt.Appendf(nil, "ttl/%d", t.ID) }
func (t *table) indexBucket(ix *index) []byte {
	return fmt.Appendf(nil, "index/%d/%s", t.ID, ix.name)
}
