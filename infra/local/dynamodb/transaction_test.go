package dynamodb_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/infra/local/dynamodb"
)

func putAction(t testing.TB, table, item string) types.TransactWriteItem {
	return types.TransactWriteItem{Put: &types.Put{TableName: &table, Item: attrs(t, item)}}
}

func updateAction(t testing.TB, table, key, expression, values string) types.TransactWriteItem {
	return types.TransactWriteItem{Update: &types.Update{
		TableName: &table, Key: attrs(t, key), UpdateExpression: &expression, ExpressionAttributeValues: attrs(t, values),
	}}
}

func deleteAction(t testing.TB, table, key string) types.TransactWriteItem {
	return types.TransactWriteItem{Delete: &types.Delete{TableName: &table, Key: attrs(t, key)}}
}

func checkAction(t testing.TB, table, key, condition string) types.TransactWriteItem {
	return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
		TableName: &table, Key: attrs(t, key), ConditionExpression: &condition,
		ReturnValuesOnConditionCheckFailure: "ALL_OLD",
	}}
}

func (e endpoint) transact(token string, actions ...types.TransactWriteItem) error {
	_, err := e.TransactWriteItems(context.Background(), &sdk.TransactWriteItemsInput{
		TransactItems: actions, ClientRequestToken: given(token),
	})
	return err
}

func TestTransactionWritesEverything(t *testing.T) {
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		e.mustPut(t, slim, `"id":{"S":"old"}`, `"id":{"S":"kept"}`)
		err := e.transact("",
			putAction(t, wide, `"pk":{"S":"p"},"sk":{"S":"s"},"g1":{"S":"g"}`),
			updateAction(t, slim, `"id":{"S":"new"}`, "ADD n :n", `":n":{"N":"2"}`),
			deleteAction(t, slim, `"id":{"S":"old"}`),
			checkAction(t, slim, `"id":{"S":"kept"}`, "attribute_exists(id)"))
		if err != nil {
			t.Fatal(err)
		}
		got := e.scanAll(t, &sdk.ScanInput{TableName: aws.String(slim)})
		if !sameRows(got, []string{`"id":{"S":"kept"}`, `"id":{"S":"new"},"n":{"N":"2"}`}) {
			t.Errorf("got %q", got)
		}
		if got := e.scanAll(t, &sdk.ScanInput{TableName: aws.String(wide), IndexName: aws.String("keys")}); len(got) != 1 {
			t.Errorf("index has %q", got)
		}
	})
}

func TestTransactionCancelled(t *testing.T) {
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		e.mustPut(t, slim, `"id":{"S":"here"},"s":{"S":"text"}`)
		here := `"id":{"S":"here"}`
		refused := putAction(t, slim, here)
		refused.Put.ConditionExpression = aws.String("attribute_not_exists(id)")
		cases := map[string]struct {
			action types.TransactWriteItem
			reason string // code, message and item
			local  bool   // DynamoDB Local agrees
		}{
			"condition":               {refused, "ConditionalCheckFailed|The conditional request failed|", true},
			"condition, item wanted":  {checkAction(t, slim, here, "s = id"), `ConditionalCheckFailed|The conditional request failed|"id":{"S":"here"},"s":{"S":"text"}`, true},
			"part of the key":         {updateAction(t, slim, here, "SET id = :a", `":a":{"S":"x"}`), "ValidationError|One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key|", false},
			"item too large":          {updateAction(t, slim, here, "SET a = :a", `":a":{"S":"`+strings.Repeat("x", 409_600)+`"}`), "ValidationError|Item size to update has exceeded the maximum allowed size|", false},
			"key of wrong type":       {putAction(t, slim, `"id":{"N":"1"}`), "ValidationError|One or more parameter values were invalid: Type mismatch for key id expected: S actual: N|", false},
			"path not there":          {updateAction(t, slim, here, "SET s.x = :a", `":a":{"S":"x"}`), "ValidationError|The document path provided in the update expression is invalid for update|", false},
			"operand of wrong type":   {updateAction(t, slim, here, "SET a = s + :a", `":a":{"N":"1"}`), "ValidationError|An operand in the update expression has an incorrect data type|", false},
			"key that fits no schema": {deleteAction(t, slim, `"x":{"S":"1"}`), "ValidationError|The provided key element does not match the schema|", false},
			"index key of wrong type": {putAction(t, wide, `"pk":{"S":"p"},"sk":{"S":"s"},"g1":{"N":"1"}`), "ValidationError|One or more parameter values were invalid: Type mismatch for Index Key g1 Expected: S Actual: N IndexName: all|", false},
		}
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				if !e.embedded && !c.local {
					t.Skip("DynamoDB Local is no reference for invalid values inside transactions")
				}
				err := e.transact("", putAction(t, slim, `"id":{"S":"other"}`), c.action)
				var cancelled *types.TransactionCanceledException
				if !errors.As(err, &cancelled) {
					t.Fatalf("got %v", err)
				}
				code, _, _ := strings.Cut(c.reason, "|")
				want := "Transaction cancelled, please refer cancellation reasons for specific reasons [None, " + code + "]"
				if cancelled.ErrorMessage() != want {
					t.Errorf("got message %s", cancelled.ErrorMessage())
				}
				if len(cancelled.CancellationReasons) != 2 || aws.ToString(cancelled.CancellationReasons[0].Code) != "None" {
					t.Fatalf("got reasons %v", cancelled.CancellationReasons)
				}
				second := cancelled.CancellationReasons[1]
				message := strings.TrimSuffix(aws.ToString(second.Message), ".") // Local ends some with a stop
				if got := aws.ToString(second.Code) + "|" + message + "|" + text(t, second.Item); got != c.reason {
					t.Errorf("got  %s\nwant %s", got, c.reason)
				}
				if got := e.stored(t, slim, `"id":{"S":"other"}`); got != "" {
					t.Errorf("half a transaction was written: %s", got)
				}
			})
		}
	})
}

func TestTransactionRefused(t *testing.T) {
	item := `"id":{"S":"a"}`
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		many := make([]types.TransactWriteItem, 101)
		for i := range many {
			many[i] = putAction(t, slim, fmt.Sprintf(`"id":{"S":"%d"}`, i))
		}
		cases := map[string]struct {
			actions []types.TransactWriteItem
			want    fault
		}{
			"no action":           {[]types.TransactWriteItem{{}}, fault{validation, "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request", ""}},
			"two in one":          {[]types.TransactWriteItem{{Put: putAction(t, slim, item).Put, Delete: deleteAction(t, slim, item).Delete}}, fault{validation, "TransactItems can only contain one of Check, Put, Update or Delete", ""}},
			"one item twice":      {[]types.TransactWriteItem{putAction(t, slim, item), deleteAction(t, slim, item)}, fault{validation, "Transaction request cannot include multiple operations on one item", ""}},
			"more than 100":       {many, fault{validation, "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100", "*"}},
			"unknown table":       {[]types.TransactWriteItem{putAction(t, "none", item)}, fault{"ResourceNotFoundException", "Requested resource not found", "*"}},
			"expression in error": {[]types.TransactWriteItem{updateAction(t, slim, item, "SETT a = :a", `":a":{"N":"1"}`)}, fault{validation, `Invalid UpdateExpression: Syntax error; token: "SETT", near: "SETT a"`, ""}},
			"value in error":      {[]types.TransactWriteItem{putAction(t, slim, item+`,"v":{"SS":[]}`)}, fault{validation, "One or more parameter values were invalid: An string set  may not be empty", ""}},
		}
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				c.want.check(t, e, e.transact("", c.actions...))
			})
		}
	})
}

func TestTransactionTokenIsIdempotent(t *testing.T) {
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		count := func(by string) types.TransactWriteItem {
			return updateAction(t, slim, `"id":{"S":"a"}`, "ADD n :n, m :m", `":m":{"N":"1"},":n":{"N":"`+by+`"}`)
		}
		token := rand.Text() // a witness that stays up remembers the last run's
		for range 3 {
			if err := e.transact(token, count("1")); err != nil {
				t.Fatal(err)
			}
		}
		if got := e.stored(t, slim, `"id":{"S":"a"}`); got != `"id":{"S":"a"},"m":{"N":"1"},"n":{"N":"1"}` {
			t.Errorf("got %s", got)
		}
		err := e.transact(token, count("2"))
		var mismatch *types.IdempotentParameterMismatchException
		if !errors.As(err, &mismatch) {
			t.Errorf("got %v", err)
		}
	})
}

func TestTransactionTokenExpires(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	e := endpoint{newClient(t, newServer(t, dynamodb.Options{Now: func() time.Time { return now }, NoSync: true})), true}
	e.createTables(t)
	for _, step := range []struct {
		later time.Duration
		want  string
	}{{0, "1"}, {10*time.Minute - time.Second, "1"}, {time.Second, "2"}} {
		now = now.Add(step.later)
		if err := e.transact("token", updateAction(t, slim, `"id":{"S":"a"}`, "ADD n :n", `":n":{"N":"1"}`)); err != nil {
			t.Fatal(err)
		}
		if got := e.stored(t, slim, `"id":{"S":"a"}`); got != `"id":{"S":"a"},"n":{"N":"`+step.want+`"}` {
			t.Errorf("%v later: got %s", step.later, got)
		}
	}
}

func TestTransactGet(t *testing.T) {
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		e.mustPut(t, slim, `"id":{"S":"a"},"v":{"N":"1"},"w":{"N":"2"}`)
		get := func(key, projection string) types.TransactGetItem {
			return types.TransactGetItem{Get: &types.Get{TableName: aws.String(slim), Key: attrs(t, key), ProjectionExpression: given(projection)}}
		}
		out, err := e.TransactGetItems(context.Background(), &sdk.TransactGetItemsInput{
			TransactItems: []types.TransactGetItem{get(`"id":{"S":"a"}`, "v"), get(`"id":{"S":"none"}`, "")},
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Responses) != 2 || text(t, out.Responses[0].Item) != `"v":{"N":"1"}` || out.Responses[1].Item != nil {
			t.Errorf("got %v", out.Responses)
		}
		_, err = e.TransactGetItems(context.Background(), &sdk.TransactGetItemsInput{
			TransactItems: []types.TransactGetItem{get(`"id":{"S":"a"}`, "v"), get(`"id":{"S":"a"}`, "")},
		})
		fault{validation, "Transaction request cannot include multiple operations on one item", ""}.check(t, e, err)
	})
}

func TestBatchWriteAndGet(t *testing.T) {
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		e.mustPut(t, slim, `"id":{"S":"old"}`)
		put := func(item string) types.WriteRequest {
			return types.WriteRequest{PutRequest: &types.PutRequest{Item: attrs(t, item)}}
		}
		remove := func(key string) types.WriteRequest {
			return types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: attrs(t, key)}}
		}
		written, err := e.BatchWriteItem(context.Background(), &sdk.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{
			slim: {put(`"id":{"S":"a"},"v":{"N":"1"}`), remove(`"id":{"S":"old"}`), remove(`"id":{"S":"none"}`)},
			wide: {put(`"pk":{"S":"p"},"sk":{"S":"s"}`)},
		}})
		if err != nil || len(written.UnprocessedItems) > 0 {
			t.Fatalf("got %v, %v", written, err)
		}
		got, err := e.BatchGetItem(context.Background(), &sdk.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
			slim: {Keys: []map[string]types.AttributeValue{attrs(t, `"id":{"S":"a"}`), attrs(t, `"id":{"S":"old"}`)}, ProjectionExpression: aws.String("v"), ConsistentRead: aws.Bool(true)},
			wide: {Keys: []map[string]types.AttributeValue{attrs(t, `"pk":{"S":"p"},"sk":{"S":"s"}`)}},
		}})
		if err != nil || len(got.UnprocessedKeys) > 0 {
			t.Fatalf("got %v, %v", got, err)
		}
		if rows := texts(t, got.Responses[slim]); !slices.Equal(rows, []string{`"v":{"N":"1"}`}) {
			t.Errorf("got %q", rows)
		}
		if rows := texts(t, got.Responses[wide]); !slices.Equal(rows, []string{`"pk":{"S":"p"},"sk":{"S":"s"}`}) {
			t.Errorf("got %q", rows)
		}
		for name, c := range map[string]struct {
			requests []types.WriteRequest
			want     fault
		}{
			"one item twice": {[]types.WriteRequest{put(`"id":{"S":"1"}`), remove(`"id":{"S":"1"}`)}, fault{validation, "Provided list of item keys contains duplicates", ""}},
			"26 requests":    {slices.Repeat([]types.WriteRequest{put(`"id":{"S":"1"}`)}, 26), fault{validation, "Too many items requested for the BatchWriteItem call", ""}},
			"key missing":    {[]types.WriteRequest{put(`"id":{"S":"1"}`), put(`"x":{"S":"1"}`)}, fault{validation, "One or more parameter values were invalid: Missing the key id in the item", "*"}},
		} {
			_, err := e.BatchWriteItem(context.Background(), &sdk.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{slim: c.requests}})
			t.Run(name, func(t *testing.T) { c.want.check(t, e, err) })
		}
		if got := e.stored(t, slim, `"id":{"S":"1"}`); got != "" {
			t.Errorf("a refused batch wrote %s", got)
		}
		var tooMany []map[string]types.AttributeValue
		for i := range 101 {
			tooMany = append(tooMany, attrs(t, fmt.Sprintf(`"id":{"S":"%d"}`, i)))
		}
		for name, c := range map[string]struct {
			keys []map[string]types.AttributeValue
			want fault
		}{
			"one key twice": {slices.Repeat([]map[string]types.AttributeValue{attrs(t, `"id":{"S":"a"}`)}, 2), fault{validation, "Provided list of item keys contains duplicates", ""}},
			"101 keys":      {tooMany, fault{validation, "Too many items requested for the BatchGetItem call", ""}},
		} {
			_, err := e.BatchGetItem(context.Background(), &sdk.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{slim: {Keys: c.keys}}})
			t.Run(name, func(t *testing.T) { c.want.check(t, e, err) })
		}
	})
}
