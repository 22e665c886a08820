package dynamodb_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const updated = `"n":{"N":"5"},"s":{"S":"text"},"ss":{"SS":["a","b"]},"l":{"L":[{"N":"0"},{"N":"1"},{"N":"2"},{"N":"3"}]},"m":{"M":{"k":{"S":"v"},"deep":{"M":{"n":{"N":"1"}}}}}`

func TestUpdateExpression(t *testing.T) {
	cases := map[string]struct {
		expression, values string
		returned           types.ReturnValue
		want               string
	}{
		"set":                        {"SET a = :a, b = n", `":a":{"S":"x"}`, "UPDATED_NEW", `"a":{"S":"x"},"b":{"N":"5"}`},
		"keywords in any case":       {"set a = :a remove s", `":a":{"S":"x"}`, "UPDATED_NEW", `"a":{"S":"x"}`},
		"right side sees old values": {"SET n = :a, b = n", `":a":{"S":"x"}`, "UPDATED_NEW", `"b":{"N":"5"},"n":{"S":"x"}`},
		"swap list elements":         {"SET l[0] = l[1], l[1] = l[0]", ``, "UPDATED_NEW", `"l":{"L":[{"N":"1"},{"N":"0"},{"N":"2"},{"N":"3"}]}`},
		"addition":                   {"SET n = n + :a", `":a":{"N":"0.5"}`, "UPDATED_NEW", `"n":{"N":"5.5"}`},
		"subtraction without spaces": {"SET n = :a-n", `":a":{"N":"1e3"}`, "UPDATED_NEW", `"n":{"N":"995"}`},
		"in parentheses":             {"SET n = (n + :a)", `":a":{"N":"1"}`, "UPDATED_NEW", `"n":{"N":"6"}`},
		"if_not_exists takes old":    {"SET n = if_not_exists(n, :a) + :a", `":a":{"N":"1"}`, "UPDATED_NEW", `"n":{"N":"6"}`},
		"if_not_exists takes new":    {"SET c = if_not_exists(c, :a) + :a", `":a":{"N":"1"}`, "UPDATED_NEW", `"c":{"N":"2"}`},
		"list_append":                {"SET l = list_append(:a, l)", `":a":{"L":[{"S":"x"}]}`, "UPDATED_NEW", `"l":{"L":[{"S":"x"},{"N":"0"},{"N":"1"},{"N":"2"},{"N":"3"}]}`},
		"list_append to nothing":     {"SET q = list_append(if_not_exists(q, :e), :a)", `":a":{"L":[{"S":"x"}]},":e":{"L":[]}`, "UPDATED_NEW", `"q":{"L":[{"S":"x"}]}`},
		"nested map":                 {"SET m.deep.x = :a", `":a":{"N":"1"}`, "UPDATED_NEW", `"m":{"M":{"deep":{"M":{"n":{"N":"1"},"x":{"N":"1"}}},"k":{"S":"v"}}}`},
		"elements past the end":      {"SET l[9] = :b, l[8] = :a", `":a":{"S":"a"},":b":{"S":"b"}`, "ALL_NEW", `"id":{"S":"u"},"l":{"L":[{"N":"0"},{"N":"1"},{"N":"2"},{"N":"3"},{"S":"a"},{"S":"b"}]},"m":{"M":{"deep":{"M":{"n":{"N":"1"}}},"k":{"S":"v"}}},"n":{"N":"5"},"s":{"S":"text"},"ss":{"SS":["a","b"]}`},
		"indexes mean old positions": {"SET l[3] = :a REMOVE l[0], l[2]", `":a":{"S":"x"}`, "UPDATED_NEW", `"l":{"L":[{"N":"1"},{"S":"x"}]}`},
		"remove":                     {"REMOVE s, m.k, zz", ``, "ALL_NEW", `"id":{"S":"u"},"l":{"L":[{"N":"0"},{"N":"1"},{"N":"2"},{"N":"3"}]},"m":{"M":{"deep":{"M":{"n":{"N":"1"}}}}},"n":{"N":"5"},"ss":{"SS":["a","b"]}`},
		"remove past the end":        {"REMOVE l[70], m.zz", ``, "UPDATED_OLD", ``},
		"add number":                 {"ADD n :a", `":a":{"N":"-7.25"}`, "UPDATED_NEW", `"n":{"N":"-2.25"}`},
		"add to nothing":             {"ADD c :a, m.c :a", `":a":{"N":"1"}`, "UPDATED_NEW", `"c":{"N":"1"},"m":{"M":{"c":{"N":"1"},"deep":{"M":{"n":{"N":"1"}}},"k":{"S":"v"}}}`},
		"add to set":                 {"ADD ss :a", `":a":{"SS":["c","a"]}`, "UPDATED_NEW", `"ss":{"SS":["a","b","c"]}`},
		"delete from set":            {"DELETE ss :a", `":a":{"SS":["zz","a"]}`, "UPDATED_NEW", `"ss":{"SS":["b"]}`},
		"delete whole set":           {"DELETE ss :a", `":a":{"SS":["b","a"]}`, "UPDATED_NEW", ``},
		"delete from nothing":        {"DELETE zz :a", `":a":{"SS":["b","a"]}`, "UPDATED_NEW", ``},
		"old values":                 {"SET n = :a, zz = :a REMOVE s", `":a":{"N":"1"}`, "UPDATED_OLD", `"n":{"N":"5"},"s":{"S":"text"}`},
		"all old":                    {"SET n = :a", `":a":{"N":"1"}`, "ALL_OLD", `"id":{"S":"u"},"l":{"L":[{"N":"0"},{"N":"1"},{"N":"2"},{"N":"3"}]},"m":{"M":{"deep":{"M":{"n":{"N":"1"}}},"k":{"S":"v"}}},"n":{"N":"5"},"s":{"S":"text"},"ss":{"SS":["a","b"]}`},
		"every clause":               {"SET a = :n REMOVE s ADD n :n DELETE ss :s", `":n":{"N":"1"},":s":{"SS":["a"]}`, "UPDATED_NEW", `"a":{"N":"1"},"n":{"N":"6"},"ss":{"SS":["b"]}`},
		"38 digits stay exact":       {"SET n = :a - :b", `":a":{"N":"10000000000000000000000000000000000000"},":b":{"N":"0.1"}`, "UPDATED_NEW", `"n":{"N":"9999999999999999999999999999999999999.9"}`},
	}
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				e.mustPut(t, slim, `"id":{"S":"u"},`+updated)
				out, err := e.UpdateItem(context.Background(), &sdk.UpdateItemInput{
					TableName: aws.String(slim), Key: attrs(t, `"id":{"S":"u"}`),
					UpdateExpression: &c.expression, ExpressionAttributeValues: attrs(t, c.values), ReturnValues: c.returned,
				})
				if err != nil {
					t.Fatal(err)
				}
				if got := text(t, out.Attributes); got != c.want {
					t.Errorf("got  %s\nwant %s", got, c.want)
				}
			})
		}
	})
}

func TestUpdateRefused(t *testing.T) {
	const (
		wrongKind = "An operand in the update expression has an incorrect data type"
		noPath    = "The document path provided in the update expression is invalid for update"
		noAttr    = "The provided expression refers to an attribute that does not exist in the item"
		one       = `":a":{"N":"1"}`
	)
	cases := map[string]struct {
		expression, values, message, local string
	}{
		"undefined value":          {"SET a = :a", `":b":{"S":"x"}`, "Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :a", ""},
		"unused values":            {"SET a = :a", `":a":{"S":"x"},":b":{"S":"x"}`, "Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}", ""},
		"value without its sign":   {"SET a = :a", `"a":{"S":"x"}`, `ExpressionAttributeValues contains invalid key: Syntax error; key: "a"`, ""},
		"value that is no number":  {"SET a = :a", `":a":{"N":"x"}`, "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: x for key :a", "*"},
		"same path twice":          {"SET a = :a REMOVE a", one, "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]", ""},
		"path and its part":        {"SET a.b = :a, a = :a", one, "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a]", ""},
		"map and list at once":     {"SET a.b = :a REMOVE a[1]", one, "Invalid UpdateExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [1]]", ""},
		"clause twice":             {"SET a = :a SET b = :a", one, `Invalid UpdateExpression: The "SET" section can only be used once in an update expression;`, ""},
		"unknown clause":           {"SETT a = :a", one, `Invalid UpdateExpression: Syntax error; token: "SETT", near: "SETT a"`, ""},
		"end too early":            {"SET a = :a +", one, `Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "+"`, ""},
		"comma before clause":      {"SET a = :a, REMOVE b", one, `Invalid UpdateExpression: Syntax error; token: "REMOVE", near: ", REMOVE b"`, ""},
		"two operators":            {"SET a = :a + :a + :a", one, `Invalid UpdateExpression: Syntax error; token: "+", near: ":a + :a"`, ""},
		"value as target":          {"SET :a = a", one, `Invalid UpdateExpression: Syntax error; token: ":a", near: "SET :a ="`, ""},
		"leading underscore":       {"SET _a = :a", one, `Invalid UpdateExpression: Syntax error; token: "_", near: "SET _a"`, ""},
		"add without value":        {"ADD a b", "", `Invalid UpdateExpression: Syntax error; token: "b", near: "a b"`, ""},
		"blank":                    {" ", "", `Invalid UpdateExpression: Syntax error; token: "<EOF>", near: " "`, ""},
		"empty":                    {"", "", "Invalid UpdateExpression: The expression can not be empty;", ""},
		"redundant parentheses":    {"SET a = ((:a - :a))", one, "Invalid UpdateExpression: The expression has redundant parentheses;", ""},
		"unknown function":         {"SET a = foo(:a)", one, "Invalid UpdateExpression: Invalid function name; function: foo", ""},
		"function of conditions":   {"SET a = size(b)", "", "Invalid UpdateExpression: The function is not allowed in an update expression; function: size", ""},
		"too few arguments":        {"SET a = if_not_exists(b)", "", "Invalid UpdateExpression: Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1", ""},
		"if_not_exists of value":   {"SET a = if_not_exists(:a, :a)", one, "Invalid UpdateExpression: Operator or function requires a document path; operator or function: if_not_exists", ""},
		"sum of text":              {"SET a = n + :a", `":a":{"S":"1"}`, "Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: +, operand type: S", ""},
		"append number":            {"SET l = list_append(l, :a)", one, "Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: list_append, operand type: N", ""},
		"add text":                 {"ADD n :a", `":a":{"S":"1"}`, "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND", ""},
		"delete number":            {"DELETE ss :a", one, "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND", ""},
		"part of the key":          {"SET id = :a", one, "One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key", ""},
		"attribute missing":        {"SET a = zz", "", noAttr, ""},
		"missing in a sum":         {"SET a = zz + :a", one, noAttr, ""},
		"sum with stored text":     {"SET a = s + :a", one, wrongKind, ""},
		"append to stored number":  {"SET a = list_append(n, :a)", `":a":{"L":[]}`, wrongKind, ""},
		"add number to text":       {"ADD s :a", one, wrongKind, ""},
		"add set of other kind":    {"ADD ss :a", `":a":{"NS":["1"]}`, wrongKind, ""},
		"delete set of other kind": {"DELETE ss :a", `":a":{"NS":["1"]}`, wrongKind, ""},
		"no map on the way":        {"SET zz.b = :a", one, noPath, ""},
		"text on the way":          {"SET s.b = :a", one, noPath, ""},
		"index into a map":         {"SET m[1] = :a", one, noPath, ""},
		"remove below nothing":     {"REMOVE zz.b", "", noPath, ""},
		"overflow":                 {"SET a = :a + :a", `":a":{"N":"9e125"}`, "Number overflow. Attempting to store a number with magnitude larger than supported range", ""},
		"more than 38 digits":      {"SET a = :b - :a", `":a":{"N":"1e-20"},":b":{"N":"1e30"}`, "Attempting to store more than 38 significant digits in a Number", "DynamoDB only supports precision up to 38 digits"},
		"item grows too large":     {"SET a = :a", `":a":{"S":"` + strings.Repeat("x", 409_590) + `"}`, "Item size to update has exceeded the maximum allowed size", ""},
	}
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		e.mustPut(t, slim, `"id":{"S":"u"},`+updated)
		before := e.stored(t, slim, `"id":{"S":"u"}`)
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				_, err := e.UpdateItem(context.Background(), &sdk.UpdateItemInput{
					TableName: aws.String(slim), Key: attrs(t, `"id":{"S":"u"}`),
					UpdateExpression: &c.expression, ExpressionAttributeValues: attrs(t, c.values),
				})
				fault{validation, c.message, c.local}.check(t, e, err)
			})
		}
		if after := e.stored(t, slim, `"id":{"S":"u"}`); after != before {
			t.Errorf("a refused update changed the item to %s", after)
		}
	})
}

func TestUpdateMakesItem(t *testing.T) {
	cases := map[string]struct{ expression, values, want string }{
		"without expression": {"", "", `"id":{"S":"new"}`},
		"by set":             {"SET a = :a", `":a":{"N":"1"}`, `"a":{"N":"1"},"id":{"S":"new"}`},
		"by remove":          {"REMOVE a", "", `"id":{"S":"new"}`},
		"by add":             {"ADD a :a", `":a":{"N":"1"}`, `"a":{"N":"1"},"id":{"S":"new"}`},
	}
	against(t, func(t *testing.T, e endpoint) {
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				e.dropTables()
				e.createTables(t)
				_, err := e.UpdateItem(context.Background(), &sdk.UpdateItemInput{
					TableName: aws.String(slim), Key: attrs(t, `"id":{"S":"new"}`),
					UpdateExpression: given(c.expression), ExpressionAttributeValues: attrs(t, c.values),
				})
				if err != nil {
					t.Fatal(err)
				}
				if got := e.stored(t, slim, `"id":{"S":"new"}`); got != c.want {
					t.Errorf("got %s, want %s", got, c.want)
				}
			})
		}
	})
}
