package dynamodb_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/quilldesk/quilldesk/infra/local/dynamodb"
)

// TestSameAsWitness runs random sequences of operations on the embedded server and on DynamoDB Local and
// compares every answer: items, counts, and the kind of errors.
func TestSameAsWitness(t *testing.T) {
	real := witness(t)
	own := endpoint{newClient(t, newServer(t, dynamodb.Options{Now: time.Now, NoSync: true})), true}
	real.createTables(t)
	own.createTables(t)
	seed := rand.Uint64()
	steps := 3000
	if testing.Short() {
		steps = 300
	}
	r := chooser{rand.New(rand.NewPCG(seed, 0))}
	for step := range steps {
		description, run := r.operation(t)
		got, want := run(own), run(real)
		if got != want {
			t.Errorf("seed %d, step %d: %s\nembedded %s\nwitness  %s", seed, step, description, got, want)
			break
		}
	}
	for _, index := range []string{"", "all", "keys", "some", "local"} {
		in := func() *sdk.ScanInput { return &sdk.ScanInput{TableName: aws.String(wide), IndexName: given(index)} }
		if !sameRows(own.scanAll(t, in()), real.scanAll(t, in())) {
			t.Errorf("seed %d: index %q differs at the end", seed, index)
		}
	}
}

// chooser makes up operations.
type chooser struct{ *rand.Rand }

func (r chooser) of(choices ...string) string { return choices[r.IntN(len(choices))] }

func (r chooser) key() string { return r.keyWith(r.of(tails...)) }

// tails end range keys: keys with different ones are different.
var tails = []string{"", "1", "2"}

func (r chooser) keyWith(tail string) string {
	return fmt.Sprintf(`"pk":{"S":"p%d"},"sk":{"S":"%s%s"}`, r.IntN(2), r.of("a", "aa", "ab", "b", "c\\u0000", "ü"), tail)
}

func (r chooser) number() string {
	return r.of("0", "1", "-1", "2", "10", "-3.5", "0.001", "123456789012345678901234567890", "-1000", "7")
}

func (r chooser) value(depth int) string {
	switch kinds := 8; r.IntN(kinds + 2*depth) {
	case 0, 1:
		return `{"N":"` + r.number() + `"}`
	case 2:
		return `{"S":"` + r.of("", "x", "abc", "ab", "b") + `"}`
	case 3:
		return `{"B":"` + r.of("", "AQ==", "AQI=", "Ag==") + `"}`
	case 4:
		return `{"SS":["` + r.of("a", "b") + `","` + r.of("c", "d") + `"]}`
	case 5:
		return `{"NS":["` + r.of("1", "2") + `","` + r.of("3", "-4.5") + `"]}`
	case 6:
		return r.of(`{"BOOL":true}`, `{"BOOL":false}`)
	case 7:
		return `{"NULL":true}`
	case 8, 10, 12:
		return `{"L":[` + r.value(depth-1) + "," + r.value(depth-1) + `]}`
	}
	return `{"M":{"a":` + r.value(depth-1) + `,"b":` + r.value(depth-1) + `}}`
}

func (r chooser) item(key string) string {
	it := key
	for _, name := range []string{"a", "b", "c", "l", "m", "x", "z"} {
		if r.IntN(2) == 0 {
			it += fmt.Sprintf(",%q:%s", name, r.value(2))
		}
	}
	if r.IntN(2) == 0 {
		it += `,"g1":{"S":"` + r.of("g", "h") + `"}`
	}
	if r.IntN(2) == 0 {
		it += `,"g2":{"N":"` + r.number() + `"}`
	}
	if r.IntN(2) == 0 {
		it += `,"ls":{"N":"` + r.number() + `"}`
	}
	return it
}

func (r chooser) path() string {
	return r.of("a", "b", "c", "l", "m", "x", "z", "l[0]", "l[1]", "l[3]", "m.a", "m.b", "m.a.b", "l[0].a", "m.b[1]", "g1", "g2")
}

func (r chooser) operand() string {
	return r.of(r.path(), r.path(), ":n", ":s", ":v", "size("+r.path()+")", ":b")
}

func (r chooser) condition(depth int) string {
	if depth > 0 && r.IntN(2) == 0 {
		left, right := r.condition(depth-1), r.condition(depth-1)
		return r.of(left+" AND "+right, left+" OR "+right, "NOT "+left, "("+left+" OR "+right+")", "NOT ("+left+" AND "+right+")")
	}
	p := r.path()
	switch r.IntN(8) {
	case 0:
		return r.of("attribute_exists", "attribute_not_exists") + "(" + p + ")"
	case 1:
		return "attribute_type(" + p + ", :t)"
	case 2:
		return "begins_with(" + p + ", " + r.of(":s", ":b", "b") + ")"
	case 3:
		return "contains(" + p + ", " + r.operand() + ")"
	case 4:
		return r.operand() + " BETWEEN " + r.operand() + " AND " + r.operand()
	case 5:
		return r.operand() + " IN (" + r.operand() + ", " + r.operand() + ")"
	}
	return r.operand() + " " + r.of("=", "<>", "<", "<=", ">", ">=") + " " + r.operand()
}

func (r chooser) update() string {
	var clauses []string
	if r.IntN(3) > 0 {
		set := r.path() + " = " + r.assigned()
		if r.IntN(2) == 0 {
			set += ", " + r.path() + " = " + r.assigned()
		}
		clauses = append(clauses, "SET "+set)
	}
	if r.IntN(3) == 0 {
		clauses = append(clauses, "REMOVE "+r.path()+r.of("", ", "+r.path()))
	}
	if r.IntN(4) == 0 {
		clauses = append(clauses, "ADD "+r.path()+" "+r.of(":n", ":ss", ":ns"))
	}
	if r.IntN(4) == 0 {
		clauses = append(clauses, "DELETE "+r.path()+" "+r.of(":ss", ":ns"))
	}
	if clauses == nil {
		return "REMOVE z"
	}
	return strings.Join(clauses, " ")
}

func (r chooser) assigned() string {
	return r.of(":n", ":s", ":v", r.path(), r.path()+" + :n", ":n - "+r.path(), "if_not_exists("+r.path()+", :n)",
		"list_append("+r.path()+", :l)", "list_append(if_not_exists("+r.path()+", :l), :l)", "if_not_exists("+r.path()+", :n) + :n")
}

// values gives a value for every placeholder the expressions use.
func (r chooser) values(t *testing.T, expressions string) map[string]types.AttributeValue {
	// :n is whole: DynamoDB Local leaves the zero of 0.5 + 0.5 = 1.0.
	all := `":n":{"N":"` + r.of("0", "1", "-1", "2", "12", "123456789012345678901234567890") + `"},":s":{"S":"` + r.of("x", "abc", "ab") + `"},":v":` + r.value(1) +
		`,":b":{"B":"AQ=="},":t":{"S":"` + r.of("S", "N", "L", "M", "SS") + `"},":ss":{"SS":["a","c"]},":ns":{"NS":["1","9"]},":l":{"L":[{"S":"e"}]}` +
		`,":p":{"S":"p0"},":lo":{"S":"aa"},":hi":{"S":"b"},":g":{"S":"g"},":zero":{"N":"0"}`
	return used(attrs(t, all), expressions)
}

// operation gives one operation and what it is. Run against an endpoint it gives the answer as text.
func (r chooser) operation(t *testing.T) (string, func(endpoint) string) {
	switch r.IntN(10) {
	case 0, 1, 2:
		return r.put(t)
	case 3, 4, 5:
		return r.updateItem(t)
	case 6:
		return r.delete(t)
	case 7:
		return r.transaction(t)
	}
	return r.query(t)
}

func (r chooser) put(t *testing.T) (string, func(endpoint) string) {
	in := sdk.PutItemInput{TableName: aws.String(wide), Item: attrs(t, r.item(r.key())), ReturnValues: "ALL_OLD"}
	if r.IntN(3) == 0 {
		in.ConditionExpression = aws.String(r.condition(2))
		in.ExpressionAttributeValues = r.values(t, *in.ConditionExpression)
		in.ReturnValuesOnConditionCheckFailure = "ALL_OLD"
	}
	return "put " + aws.ToString(in.ConditionExpression) + " " + text(t, in.ExpressionAttributeValues) + " " + text(t, in.Item), func(e endpoint) string {
		out, err := e.PutItem(context.Background(), &in)
		if err != nil {
			return errorText(t, err)
		}
		return text(t, out.Attributes)
	}
}

func (r chooser) updateItem(t *testing.T) (string, func(endpoint) string) {
	in := sdk.UpdateItemInput{
		TableName: aws.String(wide), Key: attrs(t, r.key()), UpdateExpression: aws.String(r.update()),
		ReturnValues: types.ReturnValue(r.of("ALL_NEW", "ALL_OLD", "UPDATED_NEW", "UPDATED_OLD")),
	}
	if r.IntN(3) == 0 {
		in.ConditionExpression = aws.String(r.condition(1))
	}
	in.ExpressionAttributeValues = r.values(t, *in.UpdateExpression+" "+aws.ToString(in.ConditionExpression))
	description := fmt.Sprintf("update %s: %s if %s with %s, %s", text(t, in.Key), *in.UpdateExpression, aws.ToString(in.ConditionExpression), text(t, in.ExpressionAttributeValues), in.ReturnValues)
	return description, func(e endpoint) string {
		out, err := e.UpdateItem(context.Background(), &in)
		if err != nil {
			return errorText(t, err)
		}
		return text(t, out.Attributes)
	}
}

func (r chooser) delete(t *testing.T) (string, func(endpoint) string) {
	in := sdk.DeleteItemInput{TableName: aws.String(wide), Key: attrs(t, r.key()), ReturnValues: "ALL_OLD"}
	return "delete " + text(t, in.Key), func(e endpoint) string {
		out, err := e.DeleteItem(context.Background(), &in)
		if err != nil {
			return errorText(t, err)
		}
		return text(t, out.Attributes)
	}
}

func (r chooser) transaction(t *testing.T) (string, func(endpoint) string) {
	// No two actions meet in an item: DynamoDB Local lets a check and a write do so, AWS does not.
	order := r.Perm(len(tails))
	key := func(i int) string { return r.keyWith(tails[order[i]]) }
	check := checkAction(t, wide, key(0), r.condition(1))
	check.ConditionCheck.ExpressionAttributeValues = r.values(t, *check.ConditionCheck.ConditionExpression)
	actions := []types.TransactWriteItem{
		putAction(t, wide, r.item(key(1))), check, deleteAction(t, wide, key(2)),
	}
	description := fmt.Sprintf("transaction: put %s, check %s %s, delete %s", text(t, actions[0].Put.Item),
		*check.ConditionCheck.ConditionExpression, text(t, check.ConditionCheck.Key), text(t, actions[2].Delete.Key))
	return description, func(e endpoint) string {
		if err := e.transact("", actions...); err != nil {
			return errorText(t, err)
		}
		return "done"
	}
}

func (r chooser) query(t *testing.T) (string, func(endpoint) string) {
	in := sdk.QueryInput{TableName: aws.String(wide), ScanIndexForward: aws.Bool(r.IntN(2) == 0)}
	in.KeyConditionExpression = aws.String("pk = :p" + r.of("", " AND sk > :lo", " AND sk BETWEEN :lo AND :hi", " AND begins_with(sk, :lo)", " AND :hi >= sk"))
	if index := r.of("", "all", "keys", "some", "local"); index != "" {
		in.IndexName = &index
		in.KeyConditionExpression = aws.String(map[string]string{
			"all": "g1 = :g" + r.of("", " AND g2 > :zero"), "keys": "g1 = :g", "some": "g2 = :zero", "local": "pk = :p" + r.of("", " AND ls <= :zero"),
		}[index])
	}
	if in.IndexName == nil || *in.IndexName == "all" {
		if r.IntN(2) == 0 {
			in.FilterExpression = aws.String(r.condition(2))
		}
		if r.IntN(3) == 0 {
			in.ProjectionExpression = aws.String("pk, sk, " + r.path())
		}
	}
	in.ExpressionAttributeValues = r.values(t, *in.KeyConditionExpression+" "+aws.ToString(in.FilterExpression))
	description := fmt.Sprintf("query %s: %s filter %s, keep %s, with %s", aws.ToString(in.IndexName), *in.KeyConditionExpression,
		aws.ToString(in.FilterExpression), aws.ToString(in.ProjectionExpression), text(t, in.ExpressionAttributeValues))
	return description, func(e endpoint) string {
		out, err := e.Query(context.Background(), &in)
		if err != nil {
			return errorText(t, err)
		}
		rows := texts(t, out.Items)
		if in.IndexName != nil {
			slices.Sort(rows) // AWS leaves the order of equal index keys open
		}
		return fmt.Sprintf("%d of %d: %s", out.Count, out.ScannedCount, strings.Join(rows, " "))
	}
}

// errorText gives what both must agree on: the code, the item returned, and that of each reason.
func errorText(t *testing.T, err error) string {
	var failed *types.ConditionalCheckFailedException
	var cancelled *types.TransactionCanceledException
	var apiErr smithy.APIError
	switch {
	case errors.As(err, &failed):
		return "condition failed: " + text(t, failed.Item)
	case errors.As(err, &cancelled):
		var parts []string
		for _, reason := range cancelled.CancellationReasons {
			parts = append(parts, aws.ToString(reason.Code)+" "+text(t, reason.Item))
		}
		return "cancelled: " + strings.Join(parts, ", ")
	case errors.As(err, &apiErr):
		return apiErr.ErrorCode() // the wording is the contract's matter
	}
	return err.Error()
}
