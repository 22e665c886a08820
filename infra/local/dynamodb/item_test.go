package dynamodb_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestValuesComeBackNormalised(t *testing.T) {
	cases := map[string]struct{ put, want string }{
		"string":              {`"v":{"S":"q\"\\\n\u0001\u2028é😀<&>"}`, ""},
		"empty string":        {`"v":{"S":""}`, ""},
		"binary":              {`"v":{"B":"AAH/"}`, ""},
		"empty binary":        {`"v":{"B":""}`, ""},
		"booleans":            {`"v":{"BOOL":false},"w":{"BOOL":true}`, ""},
		"null":                {`"v":{"NULL":true}`, ""},
		"empty list and map":  {`"v":{"L":[]},"w":{"M":{}}`, ""},
		"nested":              {`"v":{"L":[{"M":{"a":{"SS":["x"]}}},{"L":[{"NULL":true}]}]}`, ""},
		"string set ordered":  {`"v":{"SS":["b","","a"]}`, `"v":{"SS":["","a","b"]}`},
		"number set ordered":  {`"v":{"NS":["10","2","-1.50"]}`, `"v":{"NS":["-1.5","2","10"]}`},
		"binary set ordered":  {`"v":{"BS":["Yg==","YQ=="]}`, `"v":{"BS":["YQ==","Yg=="]}`},
		"zeros trimmed":       {`"v":{"N":"0001.500"}`, `"v":{"N":"1.5"}`},
		"minus zero":          {`"v":{"N":"-0.00"}`, `"v":{"N":"0"}`},
		"exponent":            {`"v":{"N":"1E+3"},"w":{"N":"25e-4"}`, `"v":{"N":"1000"},"w":{"N":"0.0025"}`},
		"point at either end": {`"v":{"N":".5"},"w":{"N":"5."},"x":{"N":"+5"}`, `"v":{"N":"0.5"},"w":{"N":"5"},"x":{"N":"5"}`},
		"38 digits":           {`"v":{"N":"12345678901234567890123456789012345678"}`, ""},
		"largest":             {`"v":{"N":"-9.9999999999999999999999999999999999999e125"}`, `"v":{"N":"-99999999999999999999999999999999999999` + strings.Repeat("0", 88) + `"}`},
		"smallest":            {`"v":{"N":"1e-130"}`, `"v":{"N":"0.` + strings.Repeat("0", 129) + `1"}`},
	}
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				e.mustPut(t, slim, `"id":{"S":"a"},`+c.put)
				if c.want == "" {
					c.want = c.put
				}
				want := text(t, attrs(t, `"id":{"S":"a"},`+c.want))
				if got := e.stored(t, slim, `"id":{"S":"a"}`); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			})
		}
	})
}

func TestPutRefused(t *testing.T) {
	long := strings.Repeat("x", 2049)
	cases := map[string]struct {
		table, item string
		want        fault
	}{
		"range key missing":         {wide, `"pk":{"S":"a"}`, fault{validation, "One or more parameter values were invalid: Missing the key sk in the item", "One of the required keys was not given a value"}},
		"key of wrong type":         {slim, `"id":{"N":"1"}`, fault{validation, "One or more parameter values were invalid: Type mismatch for key id expected: S actual: N", "One or more parameter values were invalid: Type mismatch for key"}},
		"empty key":                 {slim, `"id":{"S":""}`, fault{validation, "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id", ""}},
		"hash key too long":         {slim, `"id":{"S":"` + long + `"}`, fault{validation, "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes", "*"}},
		"range key too long":        {wide, `"pk":{"S":"a"},"sk":{"S":"` + long[:1025] + `"}`, fault{validation, "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes", "*"}},
		"index key of wrong type":   {wide, `"pk":{"S":"a"},"sk":{"S":"b"},"g1":{"N":"1"}`, fault{validation, "One or more parameter values were invalid: Type mismatch for Index Key g1 Expected: S Actual: N IndexName: all", "One or more parameter values were invalid: Type mismatch for Index Key"}},
		"empty index key":           {wide, `"pk":{"S":"a"},"sk":{"S":"b"},"g1":{"S":""}`, fault{validation, "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: all, IndexKey: g1", "*"}},
		"not a number":              {slim, `"id":{"S":"a"},"v":{"N":"1_0"}`, fault{validation, "The parameter cannot be converted to a numeric value: 1_0", "A value provided cannot be converted into a number"}},
		"empty number":              {slim, `"id":{"S":"a"},"v":{"N":""}`, fault{validation, "The parameter cannot be converted to a numeric value", "A value provided cannot be converted into a number"}},
		"39 digits":                 {slim, `"id":{"S":"a"},"v":{"N":"123456789012345678901234567890123456789"}`, fault{validation, "Attempting to store more than 38 significant digits in a Number", "DynamoDB only supports precision up to 38 digits"}},
		"number too large":          {slim, `"id":{"S":"a"},"v":{"N":"1e126"}`, fault{validation, "Number overflow. Attempting to store a number with magnitude larger than supported range", ""}},
		"number too small":          {slim, `"id":{"S":"a"},"v":{"N":"-1e-131"}`, fault{validation, "Number underflow. Attempting to store a number with magnitude smaller than supported range", ""}},
		"empty string set":          {slim, `"id":{"S":"a"},"v":{"SS":[]}`, fault{validation, "One or more parameter values were invalid: An string set  may not be empty", ""}},
		"empty number set":          {slim, `"id":{"S":"a"},"v":{"NS":[]}`, fault{validation, "One or more parameter values were invalid: An number set  may not be empty", ""}},
		"empty binary set":          {slim, `"id":{"S":"a"},"v":{"BS":[]}`, fault{validation, "One or more parameter values were invalid: Binary sets should not be empty", ""}},
		"duplicate strings":         {slim, `"id":{"S":"a"},"v":{"SS":["x","x"]}`, fault{validation, "One or more parameter values were invalid: Input collection [x, x] contains duplicates", ""}},
		"duplicate numbers":         {slim, `"id":{"S":"a"},"v":{"NS":["1","1.0"]}`, fault{validation, "Input collection contains duplicates", ""}},
		"duplicate binaries":        {slim, `"id":{"S":"a"},"v":{"BS":["YQ==","YQ=="]}`, fault{validation, "One or more parameter values were invalid: Input collection of type BS contains duplicates.", ""}},
		"null that is false":        {slim, `"id":{"S":"a"},"v":{"NULL":false}`, fault{validation, "One or more parameter values were invalid: Null attribute value types must have the value of true", ""}},
		"empty name":                {slim, `"id":{"S":"a"},"":{"S":"x"}`, fault{validation, "Empty attribute name", ""}},
		"nested too deep":           {slim, `"id":{"S":"a"},"v":` + strings.Repeat(`{"L":[`, 32) + `{"S":""}` + strings.Repeat(`]}`, 32), fault{validation, "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit", ""}},
		"larger than 400 KB":        {slim, `"id":{"S":"a"},"v":{"S":"` + strings.Repeat("x", 409_597) + `"}`, fault{validation, "Item size has exceeded the maximum allowed size", ""}},
		"table that does not exist": {"none", `"id":{"S":"a"}`, fault{"ResourceNotFoundException", "Requested resource not found", "Cannot do operations on a non-existent table"}},
	}
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				_, err := e.PutItem(context.Background(), &sdk.PutItemInput{TableName: &c.table, Item: attrs(t, c.item)})
				c.want.check(t, e, err)
			})
		}
	})
}

func TestLargestItemFits(t *testing.T) {
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		e.mustPut(t, slim,
			`"id":{"S":"a"},"v":{"S":"`+strings.Repeat("x", 409_596)+`"}`,
			`"id":{"S":"b"},"v":`+strings.Repeat(`{"L":[`, 31)+`{"S":""}`+strings.Repeat(`]}`, 31))
	})
}

func TestKeyRefused(t *testing.T) {
	schema := fault{validation, "The provided key element does not match the schema", "*"}
	cases := map[string]struct {
		key  string
		want fault
	}{
		"range key missing":  {`"pk":{"S":"a"}`, schema},
		"other attribute":    {`"pk":{"S":"a"},"x":{"S":"a"}`, schema},
		"attribute too many": {`"pk":{"S":"a"},"sk":{"S":"a"},"x":{"S":"a"}`, schema},
		"wrong type":         {`"pk":{"S":"a"},"sk":{"N":"1"}`, schema},
		"empty":              {`"pk":{"S":"a"},"sk":{"S":""}`, fault{validation, "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: sk", ""}},
	}
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				_, err := e.GetItem(context.Background(), &sdk.GetItemInput{TableName: aws.String(wide), Key: attrs(t, c.key)})
				c.want.check(t, e, err)
				_, err = e.DeleteItem(context.Background(), &sdk.DeleteItemInput{TableName: aws.String(wide), Key: attrs(t, c.key)})
				c.want.check(t, e, err)
				_, err = e.UpdateItem(context.Background(), &sdk.UpdateItemInput{TableName: aws.String(wide), Key: attrs(t, c.key)})
				c.want.check(t, e, err)
			})
		}
	})
}

func TestProjectionExpression(t *testing.T) {
	const item = `"id":{"S":"a"},"l":{"L":[{"N":"0"},{"N":"1"},{"M":{"x":{"S":"deep"},"y":{"S":"other"}}}]},"m":{"M":{"b":{"M":{"c":{"N":"2"},"d":{"N":"3"}}}}},"name":{"S":"n"}`
	cases := map[string]struct {
		expression string
		names      map[string]string
		want       string
		fault      fault
	}{
		"attributes":             {"id, nothing", nil, `"id":{"S":"a"}`, fault{}},
		"nested map":             {"m.b.c", nil, `"m":{"M":{"b":{"M":{"c":{"N":"2"}}}}}`, fault{}},
		"list keeps its order":   {"l[1], l[0], l[7]", nil, `"l":{"L":[{"N":"0"},{"N":"1"}]}`, fault{}},
		"map in list":            {"l[2].x", nil, `"l":{"L":[{"M":{"x":{"S":"deep"}}}]}`, fault{}},
		"path through a scalar":  {"#n.x, l.x, m[0]", map[string]string{"#n": "name"}, ``, fault{}},
		"placeholder":            {"#n", map[string]string{"#n": "name"}, `"name":{"S":"n"}`, fault{}},
		"nothing there":          {"zz", nil, ``, fault{}},
		"reserved word":          {"name", nil, "", fault{validation, "Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: name", ""}},
		"undefined placeholder":  {"#n", nil, "", fault{validation, "Invalid ProjectionExpression: An expression attribute name used in the document path is not defined; attribute name: #n", ""}},
		"part of a key":          {"id.x", nil, "", fault{validation, "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: id", ""}},
		"unused placeholder":     {"a", map[string]string{"#n": "x", "#m": "y"}, "", fault{validation, "Value provided in ExpressionAttributeNames unused in expressions: keys: {#m, #n}", "*"}},
		"no expression":          {"", map[string]string{"#n": "x"}, "", fault{validation, "ExpressionAttributeNames can only be specified when using expressions", ""}},
		"overlap":                {"m, m.b", nil, "", fault{validation, "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m], path two: [m, b]", ""}},
		"conflict":               {"m.b, m[1]", nil, "", fault{validation, "Invalid ProjectionExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, b], path two: [m, [1]]", ""}},
		"syntax":                 {"a b", nil, "", fault{validation, `Invalid ProjectionExpression: Syntax error; token: "b", near: "a b"`, ""}},
		"negative index":         {"a[-1]", nil, "", fault{validation, `Invalid ProjectionExpression: Syntax error; token: "-", near: "[-1"`, ""}},
		"name without its sign":  {"#n", map[string]string{"n": "x"}, "", fault{validation, `ExpressionAttributeNames contains invalid key: Syntax error; key: "n"`, ""}},
		"empty name placeholder": {"#n", map[string]string{"#n": ""}, "", fault{validation, "ExpressionAttributeNames contains invalid value: Empty attribute name for key #n", ""}},
	}
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		e.mustPut(t, slim, item)
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				out, err := e.GetItem(context.Background(), &sdk.GetItemInput{
					TableName: aws.String(slim), Key: attrs(t, `"id":{"S":"a"}`),
					ProjectionExpression: given(c.expression), ExpressionAttributeNames: c.names,
				})
				if c.fault.code != "" {
					c.fault.check(t, e, err)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if got := text(t, out.Item); got != c.want {
					t.Errorf("got %s, want %s", got, c.want)
				}
			})
		}
	})
}

func TestReturnValuesOfPutAndDelete(t *testing.T) {
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		put := func(item string, which types.ReturnValue) string {
			out, err := e.PutItem(context.Background(), &sdk.PutItemInput{TableName: aws.String(slim), Item: attrs(t, item), ReturnValues: which})
			if err != nil {
				t.Fatal(err)
			}
			return text(t, out.Attributes)
		}
		remove := func() string {
			out, err := e.DeleteItem(context.Background(), &sdk.DeleteItemInput{TableName: aws.String(slim), Key: attrs(t, `"id":{"S":"a"}`), ReturnValues: "ALL_OLD"})
			if err != nil {
				t.Fatal(err)
			}
			return text(t, out.Attributes)
		}
		for i, step := range []struct{ got, want string }{
			{put(`"id":{"S":"a"},"v":{"N":"1"}`, "ALL_OLD"), ""},
			{put(`"id":{"S":"a"},"v":{"N":"2"}`, "NONE"), ""},
			{put(`"id":{"S":"a"}`, "ALL_OLD"), `"id":{"S":"a"},"v":{"N":"2"}`},
			{remove(), `"id":{"S":"a"}`},
			{remove(), ""},
		} {
			if step.got != step.want {
				t.Errorf("step %d: got %s, want %s", i, step.got, step.want)
			}
		}
		_, err := e.PutItem(context.Background(), &sdk.PutItemInput{TableName: aws.String(slim), Item: attrs(t, `"id":{"S":"a"}`), ReturnValues: "ALL_NEW"})
		fault{validation, "Return values set to invalid value", ""}.check(t, e, err)
	})
}
