package dynamodb_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/infra/local/dynamodb"
)

// Consumed capacity is checked on the embedded server alone: DynamoDB Local is no reference for it. The
// figures follow "Read and write operations" and "Item sizes and formats" of the developer guide.

func capacityEndpoint(t *testing.T) endpoint {
	e := endpoint{newClient(t, newServer(t, dynamodb.Options{Now: time.Now, NoSync: true})), true}
	e.createTables(t)
	return e
}

// filler gives an attribute that brings an item, with its other attributes of so many bytes, to size.
func filler(size, others int) string {
	return `"v":{"S":"` + strings.Repeat("x", size-others-len("v")) + `"}`
}

// usedUnits writes capacity as table and indexes, such as "1 all=2".
func usedUnits(c *types.ConsumedCapacity) string {
	parts := []string{fmt.Sprint(aws.ToFloat64(c.Table.CapacityUnits))}
	total := aws.ToFloat64(c.Table.CapacityUnits)
	for _, indexes := range []map[string]types.Capacity{c.GlobalSecondaryIndexes, c.LocalSecondaryIndexes} {
		for _, name := range slices.Sorted(maps.Keys(indexes)) {
			parts = append(parts, fmt.Sprintf("%s=%v", name, aws.ToFloat64(indexes[name].CapacityUnits)))
			total += aws.ToFloat64(indexes[name].CapacityUnits)
		}
	}
	if total != aws.ToFloat64(c.CapacityUnits) {
		return fmt.Sprintf("total %v is not the sum of %v", aws.ToFloat64(c.CapacityUnits), parts)
	}
	return strings.Join(parts, " ")
}

func TestWriteCapacity(t *testing.T) {
	e := capacityEndpoint(t)
	const k = `"pk":{"S":"p"},"sk":{"S":"s"}` // 6 bytes
	put := func(item string) *types.ConsumedCapacity {
		out, err := e.PutItem(context.Background(), &sdk.PutItemInput{TableName: aws.String(wide), Item: attrs(t, item), ReturnConsumedCapacity: "INDEXES"})
		if err != nil {
			t.Fatal(err)
		}
		return out.ConsumedCapacity
	}
	update := func(expression, values string) *types.ConsumedCapacity {
		out, err := e.UpdateItem(context.Background(), &sdk.UpdateItemInput{
			TableName: aws.String(wide), Key: attrs(t, k), UpdateExpression: &expression,
			ExpressionAttributeValues: attrs(t, values), ReturnConsumedCapacity: "INDEXES",
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.ConsumedCapacity
	}
	remove := func() *types.ConsumedCapacity {
		out, err := e.DeleteItem(context.Background(), &sdk.DeleteItemInput{TableName: aws.String(wide), Key: attrs(t, k), ReturnConsumedCapacity: "INDEXES"})
		if err != nil {
			t.Fatal(err)
		}
		return out.ConsumedCapacity
	}
	steps := []struct {
		name string
		used *types.ConsumedCapacity
		want string
	}{
		{"exactly 1 KB", put(k + "," + filler(1024, 6)), "1"},
		{"one byte more", put(k + "," + filler(1025, 6)), "2"},
		{"smaller: the old size counts", put(k), "2"},
		{"delete", remove(), "1"},
		{"delete of nothing", remove(), "1"},
		{"entries added", put(k + `,"g1":{"S":"g"},"g2":{"N":"1"},"ls":{"N":"1"}`), "1 all=1 keys=1 some=1 local=1"},
		{"nothing changed", put(k + `,"g1":{"S":"g"},"g2":{"N":"1"},"ls":{"N":"1"}`), "1"},
		{"attribute of one index", update("SET z = :v", `":v":{"S":"z"}`), "1 all=1"},
		{"attribute included", update("SET x = :v", `":v":{"S":"x"}`), "1 all=1 some=1"},
		{"key changed", update("SET g2 = :v", `":v":{"N":"2"}`), "1 all=2 some=2"},
		{"key removed", update("REMOVE g2", ""), "1 all=1 some=1"},
		{"key of the local index", update("SET ls = :v", `":v":{"N":"5"}`), "1 local=2"},
		{"key of the other index", update("SET g1 = :v", `":v":{"S":"h"}`), "1 keys=2"},
		{"entries removed", remove(), "1 keys=1 local=1"},
		{"entry sizes differ", put(k + `,"g1":{"S":"g"},"g2":{"N":"1"},` + filler(2049, 6+3+4)), "3 all=3 keys=1 some=1"},
		{"smaller entry", update("SET v = :v", `":v":{"S":"v"}`), "3 all=3"},
	}
	for _, step := range steps {
		if got := usedUnits(step.used); got != step.want {
			t.Errorf("%s: got %s, want %s", step.name, got, step.want)
		}
	}
}

func TestReadCapacity(t *testing.T) {
	e := capacityEndpoint(t)
	for i := range 10 {
		e.mustPut(t, wide, fmt.Sprintf(`"pk":{"S":"p"},"sk":{"S":"%d"},"ls":{"N":"%d"},"g1":{"S":"g"},`, i, i)+filler(1000, 6+4+3))
	}
	e.mustPut(t, wide, `"pk":{"S":"big"},"sk":{"S":"0"},`+filler(4097, 8))
	get := func(key string, strong bool) *types.ConsumedCapacity {
		out, err := e.GetItem(context.Background(), &sdk.GetItemInput{
			TableName: aws.String(wide), Key: attrs(t, key), ConsistentRead: &strong, ProjectionExpression: aws.String("sk"), ReturnConsumedCapacity: "INDEXES",
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.ConsumedCapacity
	}
	query := func(a asked) *types.ConsumedCapacity {
		in := a.input(t)
		in.ReturnConsumedCapacity = "INDEXES"
		out, err := e.Query(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		return out.ConsumedCapacity
	}
	strong := func(in *sdk.QueryInput) { in.ConsistentRead = aws.Bool(true) }
	const p = `":p":{"S":"p"}`
	for _, step := range []struct {
		name string
		used *types.ConsumedCapacity
		want string
	}{
		{"get", get(`"pk":{"S":"p"},"sk":{"S":"0"}`, false), "0.5"},
		{"get strongly", get(`"pk":{"S":"p"},"sk":{"S":"0"}`, true), "1"},
		{"get nothing", get(`"pk":{"S":"p"},"sk":{"S":"none"}`, true), "1"},
		{"get more than 4 KB: projection saves nothing", get(`"pk":{"S":"big"},"sk":{"S":"0"}`, false), "1"},
		{"query rounds the sum", query(asked{condition: "pk = :p", values: p}), "1.5"}, // 10 × 1,000 bytes
		{"query strongly", query(asked{condition: "pk = :p", values: p, change: strong}), "3"},
		{"query that filters everything", query(asked{condition: "pk = :p", filter: "v = :p", values: p}), "1.5"},
		{"query of nothing", query(asked{condition: "pk = :p", values: `":p":{"S":"none"}`}), "0.5"},
		{"small index entries", query(asked{index: "keys", condition: "g1 = :p", values: `":p":{"S":"g"}`}), "0 keys=0.5"},
		{"local index", query(asked{index: "local", condition: "pk = :p", values: p}), "0 local=0.5"},
		{"local index reads each item besides", query(asked{index: "local", condition: "pk = :p", values: p, change: selecting("ALL_ATTRIBUTES")}), "5 local=0.5"},
	} {
		if got := usedUnits(step.used); got != step.want {
			t.Errorf("%s: got %s, want %s", step.name, got, step.want)
		}
	}
}

func TestTransactionCapacityIsDouble(t *testing.T) {
	e := capacityEndpoint(t)
	e.mustPut(t, slim, `"id":{"S":"kept"}`)
	write := func() float64 {
		out, err := e.TransactWriteItems(context.Background(), &sdk.TransactWriteItemsInput{
			ClientRequestToken: aws.String("token"), ReturnConsumedCapacity: "TOTAL",
			TransactItems: []types.TransactWriteItem{
				putAction(t, slim, `"id":{"S":"a"},`+filler(1025, 3)),
				checkAction(t, slim, `"id":{"S":"kept"}`, "attribute_exists(id)"),
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		return aws.ToFloat64(out.ConsumedCapacity[0].CapacityUnits)
	}
	if got := write(); got != 6 {
		t.Errorf("writing used %v", got)
	}
	if got := write(); got != 4 {
		t.Errorf("repeating, which reads, used %v", got)
	}
	out, err := e.TransactGetItems(context.Background(), &sdk.TransactGetItemsInput{
		ReturnConsumedCapacity: "TOTAL",
		TransactItems:          []types.TransactGetItem{{Get: &types.Get{TableName: aws.String(slim), Key: attrs(t, `"id":{"S":"a"}`)}}},
	})
	if err != nil || aws.ToFloat64(out.ConsumedCapacity[0].CapacityUnits) != 2 {
		t.Errorf("reading used %v, %v", out, err)
	}
}

func TestBatchCapacityRoundsEachItem(t *testing.T) {
	e := capacityEndpoint(t)
	e.mustPut(t, slim, `"id":{"S":"a"}`, `"id":{"S":"b"}`)
	out, err := e.BatchGetItem(context.Background(), &sdk.BatchGetItemInput{
		ReturnConsumedCapacity: "TOTAL",
		RequestItems: map[string]types.KeysAndAttributes{slim: {Keys: []map[string]types.AttributeValue{
			attrs(t, `"id":{"S":"a"}`), attrs(t, `"id":{"S":"b"}`), attrs(t, `"id":{"S":"none"}`),
		}}},
	})
	if err != nil || aws.ToFloat64(out.ConsumedCapacity[0].CapacityUnits) != 1.5 {
		t.Errorf("got %v, %v", out, err)
	}
}

func TestItemSizes(t *testing.T) {
	// Each item has exactly the size; a read of 4 KB pieces cannot show it, a write of 1 KB pieces can.
	cases := map[string]struct {
		attribute string
		size      int // name "a" included
	}{
		"string in UTF-8":  {`"a":{"S":"é€"}`, 1 + 5},
		"number":           {`"a":{"N":"-12345.00"}`, 1 + 3 + 1},
		"zero":             {`"a":{"N":"0"}`, 1 + 1},
		"binary":           {`"a":{"B":"AAEC"}`, 1 + 3},
		"boolean":          {`"a":{"BOOL":true}`, 1 + 1},
		"null":             {`"a":{"NULL":true}`, 1 + 1},
		"empty list":       {`"a":{"L":[]}`, 1 + 3},
		"list":             {`"a":{"L":[{"S":"xy"},{"BOOL":true}]}`, 1 + 3 + (1 + 2) + (1 + 1)},
		"map":              {`"a":{"M":{"key":{"S":"xy"}}}`, 1 + 3 + (1 + 3 + 2)},
		"set has no extra": {`"a":{"SS":["x","yz"]}`, 1 + 3},
	}
	e := capacityEndpoint(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for extra, want := range map[int]float64{0: 1, 1: 2} {
				item := `"id":{"S":"` + fmt.Sprint(extra) + `"},` + c.attribute + "," + filler(1024+extra, 3+c.size)
				_, err := e.DeleteItem(context.Background(), &sdk.DeleteItemInput{TableName: aws.String(slim), Key: attrs(t, `"id":{"S":"`+fmt.Sprint(extra)+`"}`)})
				if err != nil {
					t.Fatal(err)
				}
				out, err := e.PutItem(context.Background(), &sdk.PutItemInput{TableName: aws.String(slim), Item: attrs(t, item), ReturnConsumedCapacity: "TOTAL"})
				if err != nil {
					t.Fatal(err)
				}
				if got := aws.ToFloat64(out.ConsumedCapacity.CapacityUnits); got != want {
					t.Errorf("%d bytes used %v, want %v", 1024+extra, got, want)
				}
			}
		})
	}
}
