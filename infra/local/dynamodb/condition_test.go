package dynamodb_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestConditionExpression(t *testing.T) {
	const values = `":0":{"N":"0"},":5":{"N":"5.0"},":9":{"N":"9"},":s":{"S":"text"},":te":{"S":"te"},":ex":{"S":"ex"},":b":{"B":"AQ=="},":set":{"SS":["b","a"]},":a":{"S":"a"},":null":{"NULL":true},":SS":{"S":"SS"},":list":{"L":[{"N":"0"}]}`
	cases := map[string]bool{
		"n = :5":                          true,
		"n <> :5":                         false,
		"n < :9":                          true,
		"n <= :5 AND n >= :5":             true,
		"n > :9":                          false,
		"n < :s":                          false, // other kind
		"n > :s":                          false,
		"n <> :s":                         true,
		"zz = :5":                         false,
		"zz <> :5":                        true,
		"zz < :5":                         false,
		"NOT zz < :5":                     true,
		"NOT zz = :5":                     true,
		"zz <> yy":                        true,
		":5 = n":                          true,
		":0 < n":                          true,
		"n BETWEEN :0 AND :9":             true,
		"n between :9 and zz":             false,
		"NOT n BETWEEN :0 AND :9":         false,
		"n IN (:0, :5)":                   true,
		"n IN (:0, :9)":                   false,
		"n IN (zz, m.k, :5)":              true,
		"ss = :set":                       true,
		"ss IN (:set)":                    true,
		"s = :s AND n = :0 OR n = :5":     true, // AND binds closer than OR
		"n = :5 OR n = :0 AND s = :5":     true,
		"(n = :5 OR n = :0) AND s = :5":   false,
		"NOT n = :0 AND n = :5":           true, // NOT binds closer than AND
		"NOT (n = :5 AND s = :0)":         true,
		"NOT NOT n = :5":                  true,
		"(n) = (:5)":                      true,
		"attribute_exists(n)":             true,
		"attribute_exists(m.k)":           true,
		"attribute_exists(l[3])":          true,
		"attribute_exists(l[4])":          false,
		"attribute_not_exists(zz)":        true,
		"attribute_not_exists(m.zz.deep)": true,
		"attribute_type(ss, :SS)":         true,
		"attribute_type(n, :SS)":          false,
		"attribute_type(zz, :SS)":         false,
		"begins_with(s, :te)":             true,
		"begins_with(s, :ex)":             false,
		"begins_with(n, :te)":             false,
		"begins_with(bin, :b)":            true,
		"contains(s, :ex)":                true,
		"contains(ss, :a)":                true,
		"contains(ss, :ex)":               false,
		"contains(l, :0)":                 true,
		"contains(l, :9)":                 false,
		"contains(s, :0)":                 false,
		"contains(bin, :b)":               true,
		"contains(:s, part)":              true,
		"size(s) = size(l)":               true,
		"size(ss) < :5":                   true,
		"size(m) BETWEEN :0 AND :5":       true,
		"size(bin) <> size(ss)":           false,
		"size(n) = :5":                    false, // a number has no size
		"size(uni) IN (:9, :5)":           true,  // UTF-16 units
		"nul = :null":                     true,
		"contains(nested, :list)":         true,
		"m.deep.n < n and #n.#k = :s or a.zz[1] = n": false,
	}
	const stored = `"id":{"S":"u"},` + updated + `,"bin":{"B":"AQI="},"part":{"S":"tex"},"uni":{"S":"é😀es"},"nul":{"NULL":true},"nested":{"L":[{"L":[{"N":"0"}]}]}`
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		e.mustPut(t, slim, stored)
		for expression, want := range cases {
			t.Run(expression, func(t *testing.T) {
				in := &sdk.ScanInput{
					TableName: aws.String(slim), FilterExpression: &expression,
					ExpressionAttributeValues: used(attrs(t, values), expression),
				}
				if strings.Contains(expression, "#") {
					in.ExpressionAttributeNames = map[string]string{"#n": "m", "#k": "k"}
				}
				out, err := e.Scan(context.Background(), in)
				if err != nil {
					t.Fatal(err)
				}
				if got := out.Count == 1; got != want {
					t.Errorf("got %t", got)
				}
			})
		}
	})
}

// used keeps the values whose placeholder the expression mentions; nil when none is.
func used(values map[string]types.AttributeValue, expression string) map[string]types.AttributeValue {
	var kept map[string]types.AttributeValue
	for name, v := range values {
		if regexp.MustCompile(name + `\b`).MatchString(expression) {
			if kept == nil {
				kept = map[string]types.AttributeValue{}
			}
			kept[name] = v
		}
	}
	return kept
}

func TestConditionRefused(t *testing.T) {
	const one = `":a":{"N":"1"}`
	cases := map[string]struct{ expression, values, message, local string }{
		"operand alone":            {"a", "", `Syntax error; token: "<EOF>", near: "a"`, ""},
		"operand after OR":         {"a = :a OR (b)", one, `Syntax error; token: "<EOF>", near: ")"`, ""},
		"end too early":            {"a = ", "", `Syntax error; token: "<EOF>", near: "= "`, ""},
		"double equals":            {"a == :a", one, `Syntax error; token: "=", near: "== :a"`, ""},
		"exclamation mark":         {"a != :a", one, `Syntax error; token: "!", near: "a !="`, ""},
		"comparison compared":      {"(a = :a) = :a", one, `Syntax error; token: "=", near: ") = :a"`, ""},
		"chained comparison":       {"a <> b < c", "", `Syntax error; token: "<", near: "b < c"`, ""},
		"unclosed":                 {"(a = b", "", `Syntax error; token: "<EOF>", near: "b"`, ""},
		"closed too often":         {"a = b)", "", `Syntax error; token: ")", near: "b)"`, ""},
		"literal":                  {"a = 5", "", `Syntax error; token: "5", near: "= 5"`, ""},
		"quoted":                   {`a = "x"`, "", `Syntax error; token: """, near: "= "x"`, ""},
		"path into a value":        {"a = :a.b", one, `Syntax error; token: ".", near: ":a.b"`, ""},
		"keyword as name":          {"a = :a AND set = :a", one, `Syntax error; token: "set", near: "AND set ="`, ""},
		"empty list":               {"a IN ()", "", `Syntax error; token: ")", near: "()"`, ""},
		"in without parentheses":   {"a in b", "", `Syntax error; token: "b", near: "in b"`, ""},
		"index too large":          {"a[99999999999] = b", "", "List index is not within the allowable range; index: [99999999999]", ""},
		"reserved word in path":    {"a.name = :a", one, "Attribute name is a reserved keyword; reserved keyword: name", ""},
		"redundant parentheses":    {"((a = :a))", one, "The expression has redundant parentheses;", ""},
		"same path on both sides":  {"a = a", "", "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]", ""},
		"same path in a function":  {"begins_with(a, a)", "", "The first operand must be distinct from the remaining operands for this operator or function; operator: begins_with, first operand: [a]", ""},
		"order of booleans":        {"a < :a", `":a":{"BOOL":true}`, "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL", ""},
		"between sets":             {"a between :a and b", `":a":{"SS":["x"]}`, "Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: SS", ""},
		"bounds exchanged":         {"a BETWEEN :a AND :b", `":a":{"N":"5"},":b":{"N":"3"}`, "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:5}, upper bound operand: AttributeValue: {N:3}", ""},
		"bounds of two kinds":      {"a BETWEEN :a AND :b", `":a":{"N":"5"},":b":{"S":"3"}`, "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:5}, upper bound operand: AttributeValue: {S:3}", ""},
		"unknown function":         {"foo(a) = :a", one, "Invalid function name; function: foo", ""},
		"function in capitals":     {"SIZE(a) = :a", one, "Invalid function name; function: SIZE", ""},
		"function of updates":      {"if_not_exists(a, b) = :a", one, "The function is not allowed in a condition expression; function: if_not_exists", ""},
		"size alone":               {"size(a)", "", "The function is not allowed to be used this way in an expression; function: size", ""},
		"condition compared":       {"attribute_exists(a) = :a", one, "The function is not allowed to be used this way in an expression; function: attribute_exists", ""},
		"too few arguments":        {"begins_with(a)", "", "Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1", ""},
		"existence of a value":     {"attribute_exists(:a)", one, "Operator or function requires a document path; operator or function: attribute_exists", ""},
		"prefix that is a number":  {"begins_with(a, :a)", one, "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N", ""},
		"size of a number":         {"size(:a) > b", one, "Incorrect operand type for operator or function; operator or function: size, operand type: N", ""},
		"type that is no text":     {"attribute_type(a, :a)", one, "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N", ""},
		"type that does not exist": {"attribute_type(a, :a)", `":a":{"S":"QQ"}`, "Invalid attribute type name found; type: QQ, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}", "*"},
		"too long":                 {strings.Repeat("a", 4097) + " = b", "", "Expression size has exceeded the maximum allowed size; expression size: 4101", ""},
		"too many to choose from":  {"a IN (" + strings.Repeat("b,", 100) + "b)", "", "The IN operator is provided with too many operands; number of operands: 101", ""},
	}
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				_, err := e.Scan(context.Background(), &sdk.ScanInput{
					TableName: aws.String(slim), FilterExpression: &c.expression, ExpressionAttributeValues: attrs(t, c.values),
				})
				fault{validation, "Invalid FilterExpression: " + c.message, c.local}.check(t, e, err)
			})
		}
	})
}

func TestConditionalWrites(t *testing.T) {
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		ctx := context.Background()
		put := func(condition string, onFailure types.ReturnValuesOnConditionCheckFailure) error {
			_, err := e.PutItem(ctx, &sdk.PutItemInput{
				TableName: aws.String(slim), Item: attrs(t, `"id":{"S":"a"},"v":{"N":"1"}`),
				ConditionExpression: &condition, ReturnValuesOnConditionCheckFailure: onFailure,
			})
			return err
		}
		if err := put("attribute_not_exists(id)", ""); err != nil {
			t.Fatal(err)
		}
		var failed *types.ConditionalCheckFailedException
		if err := put("attribute_not_exists(id)", "ALL_OLD"); !errors.As(err, &failed) {
			t.Fatalf("got %v", err)
		}
		if got := text(t, failed.Item); got != `"id":{"S":"a"},"v":{"N":"1"}` {
			t.Errorf("got item %s", got)
		}
		if got := failed.ErrorMessage(); got != "The conditional request failed" {
			t.Errorf("got message %s", got)
		}
		_, err := e.DeleteItem(ctx, &sdk.DeleteItemInput{
			TableName: aws.String(slim), Key: attrs(t, `"id":{"S":"b"}`), ConditionExpression: aws.String("attribute_exists(id)"),
		})
		if !errors.As(err, &failed) || failed.Item != nil {
			t.Errorf("got %v", err)
		}
		_, err = e.UpdateItem(ctx, &sdk.UpdateItemInput{
			TableName: aws.String(slim), Key: attrs(t, `"id":{"S":"b"}`), UpdateExpression: aws.String("SET zz.y = :a"),
			ConditionExpression: aws.String("attribute_exists(id)"), ExpressionAttributeValues: attrs(t, `":a":{"N":"1"}`),
		})
		if !errors.As(err, &failed) {
			t.Errorf("the condition comes before the update: got %v", err)
		}
		if got := e.stored(t, slim, `"id":{"S":"b"}`); got != "" {
			t.Errorf("a refused update made %s", got)
		}
	})
}
