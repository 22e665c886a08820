// Package dynamo keeps Quilldesk's state in one DynamoDB table. docs/data-model.md
// lists every item, key and index with its measured capacity units; the tests
// here fail when an access pattern costs more.
//
// Writes are ordered and conditional so that every step can run twice; a
// transaction is used only where a half-done state could be seen.
package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Table is the one table. It is safe for concurrent use.
type Table struct {
	client *dynamodb.Client
	name   string
	now    desk.Clock
	// spent, when set, is told the capacity units of every call.
	spent func(*types.ConsumedCapacity)
}

// New returns the table of that name.
func New(client *dynamodb.Client, name string, now desk.Clock) *Table {
	return &Table{client: client, name: name, now: now}
}

// Metered returns a copy of t that reports consumed capacity to spent, for
// benchmarks and for the tests of the data model's costs.
func (t *Table) Metered(spent func(*types.ConsumedCapacity)) *Table {
	m := *t
	m.spent = spent
	return &m
}

func (t *Table) meter() types.ReturnConsumedCapacity {
	if t.spent == nil {
		return types.ReturnConsumedCapacityNone
	}
	return types.ReturnConsumedCapacityTotal
}

// charge reports what a call consumed, sorted into reads and writes: a single
// operation is told only its total.
func (t *Table) charge(c *types.ConsumedCapacity, write bool) {
	if t.spent == nil || c == nil {
		return
	}
	if write {
		c.WriteCapacityUnits = c.CapacityUnits
	} else {
		c.ReadCapacityUnits = c.CapacityUnits
	}
	t.spent(c)
}

type item = map[string]types.AttributeValue

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func num[T ~int | ~int64 | ~uint32](n T) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(int64(n), 10)}
}

func raw(b []byte) types.AttributeValue { return &types.AttributeValueMemberB{Value: b} }

func getS(it item, name string) string {
	if v, ok := it[name].(*types.AttributeValueMemberS); ok {
		return v.Value
	}
	return ""
}

func getN(it item, name string) int64 {
	v, ok := it[name].(*types.AttributeValueMemberN)
	if !ok {
		return 0
	}
	n, _ := strconv.ParseInt(v.Value, 10, 64)
	return n
}

func getB(it item, name string) []byte {
	if v, ok := it[name].(*types.AttributeValueMemberB); ok {
		return v.Value
	}
	return nil
}

// millis is a time as a sort key: 13 digits, which sort as the times do until 2286.
func millis(t time.Time) string { return fmt.Sprintf("%013d", t.UnixMilli()) }

func fromMillis(s string) time.Time {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

func key(pk, sk string) item { return item{"pk": str(pk), "sk": str(sk)} }

func orgKey(org desk.OrgID) string { return "O#" + string(org) }

func convKey(org desk.OrgID, id desk.ConversationID) string {
	return "C#" + string(org) + "#" + string(id)
}

// get reads one item, nil when there is none. Consistent reads cost twice.
func (t *Table) get(ctx context.Context, pk, sk string, consistent bool) (item, error) {
	out, err := t.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &t.name, Key: key(pk, sk), ConsistentRead: &consistent, ReturnConsumedCapacity: t.meter(),
	})
	if err != nil {
		return nil, failed("reading an item", err)
	}
	t.charge(out.ConsumedCapacity, false)
	return out.Item, nil
}

// put writes an item whole; a non-empty condition must hold.
func (t *Table) put(ctx context.Context, it item, condition string, values item) error {
	in := &dynamodb.PutItemInput{TableName: &t.name, Item: it, ReturnConsumedCapacity: t.meter()}
	if condition != "" {
		in.ConditionExpression = &condition
	}
	if len(values) > 0 {
		in.ExpressionAttributeValues = values
	}
	out, err := t.client.PutItem(ctx, in)
	if err != nil {
		return failed("writing an item", err)
	}
	t.charge(out.ConsumedCapacity, true)
	return nil
}

// update changes attributes of one item and returns it as it is afterwards.
func (t *Table) update(ctx context.Context, pk, sk, expression, condition string, values item) (item, error) {
	in := &dynamodb.UpdateItemInput{
		TableName: &t.name, Key: key(pk, sk), UpdateExpression: &expression,
		ReturnValues: types.ReturnValueAllNew, ReturnConsumedCapacity: t.meter(),
	}
	if condition != "" {
		in.ConditionExpression = &condition
	}
	if len(values) > 0 {
		in.ExpressionAttributeValues = values
	}
	out, err := t.client.UpdateItem(ctx, in)
	if err != nil {
		return nil, failed("changing an item", err)
	}
	t.charge(out.ConsumedCapacity, true)
	return out.Attributes, nil
}

func (t *Table) remove(ctx context.Context, pk, sk string) error {
	out, err := t.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &t.name, Key: key(pk, sk), ReturnConsumedCapacity: t.meter(),
	})
	if err != nil {
		return failed("deleting an item", err)
	}
	t.charge(out.ConsumedCapacity, true)
	return nil
}

// query is one page of one partition.
type query struct {
	index      string
	hash       string // name of the hash key
	value      string
	rangeKey   string
	prefix     string // range key begins with
	from, to   string // range key between, both inclusive
	backwards  bool
	limit      int32
	start      item
	consistent bool
}

func (t *Table) query(ctx context.Context, q query) (items []item, next item, err error) {
	in := &dynamodb.QueryInput{
		TableName: &t.name, ScanIndexForward: aws.Bool(!q.backwards), ExclusiveStartKey: q.start,
		ReturnConsumedCapacity:    t.meter(),
		ExpressionAttributeNames:  map[string]string{"#h": q.hash},
		ExpressionAttributeValues: item{":h": str(q.value)},
	}
	condition := "#h = :h"
	switch {
	case q.prefix != "":
		condition += " AND begins_with(#r, :p)"
		in.ExpressionAttributeValues[":p"] = str(q.prefix)
	case q.to != "":
		condition += " AND #r BETWEEN :f AND :t"
		in.ExpressionAttributeValues[":f"] = str(q.from)
		in.ExpressionAttributeValues[":t"] = str(q.to)
	}
	if q.prefix != "" || q.to != "" {
		in.ExpressionAttributeNames["#r"] = q.rangeKey
	}
	in.KeyConditionExpression = &condition
	if q.index != "" {
		in.IndexName = &q.index
	} else {
		in.ConsistentRead = &q.consistent
	}
	if q.limit > 0 {
		in.Limit = &q.limit
	}
	out, err := t.client.Query(ctx, in)
	if err != nil {
		return nil, nil, failed("reading a list", err)
	}
	t.charge(out.ConsumedCapacity, false)
	return out.Items, out.LastEvaluatedKey, nil
}

// all reads a partition to its end; only for partitions that are small by design.
func (t *Table) all(ctx context.Context, q query) ([]item, error) {
	var all []item
	for {
		items, next, err := t.query(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
		if next == nil {
			return all, nil
		}
		q.start = next
	}
}

func (t *Table) transact(ctx context.Context, writes ...types.TransactWriteItem) error {
	out, err := t.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
		TransactItems: writes, ReturnConsumedCapacity: t.meter(),
	})
	if err != nil {
		return failed("writing together", err)
	}
	for i := range out.ConsumedCapacity {
		t.charge(&out.ConsumedCapacity[i], true)
	}
	return nil
}

// errCondition is wrapped by every error of a condition that did not hold.
var errCondition = errors.New("the item is not as expected")

// failed gives a foreign error its kind: a condition that did not hold is a
// conflict, throttling and broken lines are temporary, the rest is ours.
func failed(doing string, err error) error {
	var condition *types.ConditionalCheckFailedException
	if errors.As(err, &condition) {
		return desk.Errorf(desk.Conflict, "changed_meanwhile", "%s: %w", doing, errCondition)
	}
	var cancelled *types.TransactionCanceledException
	if errors.As(err, &cancelled) {
		for _, reason := range cancelled.CancellationReasons {
			switch aws.ToString(reason.Code) {
			case "ConditionalCheckFailed":
				return desk.Errorf(desk.Conflict, "changed_meanwhile", "%s: %w", doing, errCondition)
			case "ValidationError":
				return desk.Errorf(desk.Internal, "item_refused", "%s: %w", doing, err)
			}
		}
		return desk.Errorf(desk.Unavailable, "busy", "%s: %w", doing, err)
	}
	// What the table will never take, such as an item above 400 KB, is no outage.
	if refused := smithy.APIError(nil); errors.As(err, &refused) && refused.ErrorCode() == "ValidationException" {
		return desk.Errorf(desk.Internal, "item_refused", "%s: %w", doing, err)
	}
	return desk.Errorf(desk.Unavailable, "storage", "%s: %w", doing, err)
}
