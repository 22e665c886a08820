package dynamodb

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// maxPage is how many bytes of items a page reads: it ends with the item that reaches it.
const maxPage = 1 << 20

// pageParams are what Query and Scan share.
type pageParams struct {
	TableName            string
	IndexName            *string
	Select               string
	Limit                *int
	ConsistentRead       bool
	ExclusiveStartKey    item
	FilterExpression     *string
	ProjectionExpression *string
	expressionParams
	capacityParam
	legacyParams
}

// page is the answer to Query and Scan.
type page struct {
	Items            []item `json:",omitzero"` // absent for COUNT
	Count            int
	ScannedCount     int
	LastEvaluatedKey item              `json:",omitempty"`
	ConsumedCapacity *consumedCapacity `json:",omitempty"`
}

// reader reads a page from a table or an index.
type reader struct {
	table  *table
	index  *index // nil: the table itself
	filter condition
	keep   *projection
	count  bool // the number of items only
	fetch  bool // the index lacks attributes asked for: read the table too
	limit  int  // 0: none
	within keyRange
	start  []byte // read behind this key; nil: from the end of the range
	back   bool
	cost   consistency
}

// pageExpressions are the parsed expressions of a Query or Scan.
type pageExpressions struct {
	*placeholders
	filter condition
	keep   *projection
	onKey  []condition // of a Query
}

// nested gives the attributes of which the expressions take a part.
func (e *pageExpressions) nested() []string {
	return slices.Concat(e.placeholders.nested, e.keep.nested())
}

// expressions parses the expressions; keyCondition is that of a Query.
func (in *pageParams) expressions(keyCondition *string) (parsed *pageExpressions, err error) {
	parsed = &pageExpressions{}
	if parsed.placeholders, err = in.placeholders(in.FilterExpression, in.ProjectionExpression, keyCondition); err != nil {
		return nil, err
	}
	if parsed.filter, err = parseCondition(parsed.placeholders, "FilterExpression", in.FilterExpression); err != nil {
		return nil, err
	}
	if in.ProjectionExpression != nil {
		if parsed.keep, err = parseProjection(parsed.placeholders, *in.ProjectionExpression); err != nil {
			return nil, err
		}
	}
	if keyCondition != nil {
		if parsed.onKey, err = parseKeyCondition(parsed.placeholders, *keyCondition); err != nil {
			return nil, err
		}
	}
	return parsed, parsed.checkAllUsed()
}

// check checks the members that need no table.
func (in *pageParams) check() error {
	if err := in.checkCapacity(); err != nil {
		return err
	}
	if err := checkEnum("select", in.Select, "SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES"); err != nil {
		return err
	}
	if in.Limit != nil && *in.Limit < 1 {
		return invalid("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1", *in.Limit)
	}
	return in.checkSelect()
}

func (in *pageParams) checkSelect() error {
	projects := in.ProjectionExpression != nil
	switch {
	case in.Select == "SPECIFIC_ATTRIBUTES" && !projects:
		return invalid("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
	case in.Select == "ALL_PROJECTED_ATTRIBUTES" && in.IndexName == nil:
		return invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
	case in.Select == "COUNT" && projects:
		return invalid("Cannot specify the ProjectionExpression when choosing to get only the Count")
	case in.Select != "" && in.Select != "SPECIFIC_ATTRIBUTES" && projects:
		return invalid("Cannot specify the ProjectionExpression when choosing to get %s", in.Select)
	}
	return nil
}

// reader resolves the parameters against the table.
func (in *pageParams) reader(t *table, parsed *pageExpressions) (*reader, error) {
	r := &reader{table: t, filter: parsed.filter, keep: parsed.keep, count: in.Select == "COUNT", cost: consistencyOf(in.ConsistentRead)}
	if in.Limit != nil {
		r.limit = *in.Limit
	}
	if in.IndexName == nil {
		return r, t.keys.checkScalar(parsed.nested())
	}
	if r.index = t.index(*in.IndexName); r.index == nil {
		return nil, invalid("The table does not have the specified index: %s", *in.IndexName)
	}
	if in.ConsistentRead && r.index.global {
		return nil, invalid("Consistent reads are not supported on global secondary indexes")
	}
	if err := slices.Concat(t.keys, r.index.keys).checkScalar(parsed.nested()); err != nil {
		return nil, err
	}
	return r, r.coverAttributes(in.Select)
}

// coverAttributes finds out whether the index has the attributes asked for.
func (r *reader) coverAttributes(wanted string) error {
	if r.index.everyAttr {
		return nil
	}
	if lacking := r.index.lacks(conditionAttributes(r.filter)); len(lacking) > 0 {
		return invalidParameter("Secondary index %s does not project one or more filter attributes: [%s]",
			r.index.name, strings.Join(lacking, ", "))
	}
	var lacking []string
	if r.keep != nil {
		lacking = r.index.lacks(r.keep.names())
	}
	all := wanted == "ALL_ATTRIBUTES"
	switch {
	case !r.index.global:
		r.fetch = all || len(lacking) > 0
	case all:
		return invalidParameter("Select type ALL_ATTRIBUTES is not supported for global secondary index %s because its projection type is not ALL", r.index.name)
	case len(lacking) > 0:
		return invalidParameter("Global secondary index %s does not project [%s]", r.index.name, strings.Join(lacking, ", "))
	}
	return nil
}

func (ix *index) lacks(names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(ix.attrs, name) })
}

// conditionAttributes gives the top-level attributes the condition looks at, in order.
func conditionAttributes(c condition) []string {
	names := map[string]bool{}
	collectAttributes(c, names)
	return slices.Sorted(maps.Keys(names))
}

func collectAttributes(node any, names map[string]bool) {
	var parts []any
	switch n := node.(type) {
	case path:
		names[n[0].name] = true
	case sizeOf:
		parts = []any{n.of}
	case negation:
		parts = []any{n.of}
	case conjunction:
		parts = []any{n.left, n.right}
	case disjunction:
		parts = []any{n.left, n.right}
	case comparison:
		parts = []any{n.left, n.right}
	case between:
		parts = []any{n.of, n.lower, n.upper}
	case membership:
		parts = append(parts, n.of)
		for _, candidate := range n.list {
			parts = append(parts, candidate)
		}
	case call:
		for _, arg := range n.args {
			parts = append(parts, arg)
		}
	}
	for _, part := range parts {
		collectAttributes(part, names)
	}
}

// keys gives the key the page is ordered by.
func (r *reader) keys() keys {
	if r.index != nil {
		return r.index.keys
	}
	return r.table.keys
}

func (r *reader) bucket() []byte {
	if r.index != nil {
		return r.table.indexBucket(r.index)
	}
	return r.table.itemBucket()
}

// startAt takes the ExclusiveStartKey: the whole key of an item or index entry, which need not exist.
func (r *reader) startAt(given item) error {
	if given == nil {
		return nil
	}
	start, err := given.normalised()
	if err != nil {
		return err
	}
	attributes := r.table.keys
	if r.index != nil {
		attributes = slices.Concat(attributes, r.index.keys)
	}
	names := map[string]bool{}
	for _, attribute := range attributes {
		if names[attribute.name] = true; start[attribute.name].kind != attribute.kind {
			return invalid("The provided starting key is invalid: The provided key element does not match the schema")
		}
	}
	if len(names) != len(start) {
		return invalid("The provided starting key is invalid: The provided key element does not match the schema")
	}
	if r.within.onRange != nil && !r.within.onRange.holds(start) {
		return invalid("The provided starting key does not match the range key predicate")
	}
	if r.start = r.table.keys.encode(start); r.index != nil {
		r.start = r.table.entryKey(r.index, start)
	}
	return nil
}

// read reads the page and what it cost.
func (r *reader) read(tx *bolt.Tx) (*page, usage, error) {
	out := &page{}
	if !r.count {
		out.Items = []item{}
	}
	var used usage
	size := 0
	cursor := tx.Bucket(r.bucket()).Cursor()
	for key, record := r.first(cursor); key != nil && r.within.contains(key); key, record = r.step(cursor) {
		entry, err := decodeRecord(record)
		if err != nil {
			return nil, used, fmt.Errorf("reading row of table %s: %w", r.table.TableName, err)
		}
		size += recordSize(record)
		row, err := r.wholeRow(tx, entry, &used)
		if err != nil {
			return nil, used, err
		}
		out.add(row, r)
		if out.ScannedCount == r.limit || size >= maxPage {
			out.LastEvaluatedKey = entry.only(slices.Concat(r.table.keys.names(), r.keys().names()))
			break
		}
	}
	if units := readUnits(size, r.cost); r.index != nil {
		used.addIndex(r.index, units)
	} else {
		used.table += units
	}
	return out, used, nil
}

// wholeRow gives the item of the table where the entry is not enough. AWS charges each such item as a
// read of its own.
func (r *reader) wholeRow(tx *bolt.Tx, entry item, used *usage) (item, error) {
	if !r.fetch {
		return entry, nil
	}
	row, err := r.table.get(tx, r.table.keys.encode(entry))
	used.table += readUnits(row.size(), r.cost)
	return row, err
}

func (out *page) add(row item, r *reader) {
	out.ScannedCount++
	if !holdsFor(r.filter, row) {
		return
	}
	out.Count++
	if !r.count {
		out.Items = append(out.Items, projected(row, r.keep))
	}
}

// first moves to the first row of the page, step to the next.
func (r *reader) first(cursor *bolt.Cursor) (key, record []byte) {
	switch {
	case r.back:
		edge := r.within.upper
		if r.start != nil && bytes.Compare(r.start, edge) < 0 {
			edge = r.start
		}
		return before(cursor, edge)
	case r.start != nil && bytes.Compare(r.start, r.within.lower) >= 0:
		if key, record = cursor.Seek(r.start); bytes.Equal(key, r.start) {
			return cursor.Next()
		}
		return key, record
	}
	return cursor.Seek(r.within.lower)
}

func (r *reader) step(cursor *bolt.Cursor) (key, record []byte) {
	if r.back {
		return cursor.Prev()
	}
	return cursor.Next()
}

// before moves to the last key below the edge.
func before(cursor *bolt.Cursor, edge []byte) (key, record []byte) {
	if key, _ = cursor.Seek(edge); key == nil {
		return cursor.Last()
	}
	return cursor.Prev()
}
