package dynamodb_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// asked is a query on the table wide, with its parameters as text.
type asked struct {
	index, condition, filter, projection, values string
	change                                       func(*sdk.QueryInput)
}

func (a asked) input(t *testing.T) *sdk.QueryInput {
	in := &sdk.QueryInput{
		TableName: aws.String(wide), IndexName: given(a.index), KeyConditionExpression: given(a.condition),
		FilterExpression: given(a.filter), ProjectionExpression: given(a.projection),
		ExpressionAttributeValues: attrs(t, a.values),
	}
	if a.change != nil {
		a.change(in)
	}
	return in
}

// sortKeys gives the range keys found, in order.
func sortKeys(items []map[string]types.AttributeValue) string {
	var found []string
	for _, it := range items {
		found = append(found, it["sk"].(*types.AttributeValueMemberS).Value)
	}
	return strings.Join(found, " ")
}

func TestQueryRanges(t *testing.T) {
	cases := map[string]struct {
		query asked
		want  string
	}{
		"partition":              {asked{condition: "pk = :p"}, "a aa ab b ba c"},
		"nothing there":          {asked{condition: "pk = :a"}, ""},
		"exchanged operands":     {asked{condition: ":b < sk AND :p = pk"}, "ba c"},
		"equal":                  {asked{condition: "pk = :p AND sk = :a"}, "a"},
		"less":                   {asked{condition: "pk = :p AND sk < :b"}, "a aa ab"},
		"less or equal":          {asked{condition: "pk = :p AND sk <= :b"}, "a aa ab b"},
		"greater":                {asked{condition: "pk = :p AND sk > :b"}, "ba c"},
		"greater or equal":       {asked{condition: "pk = :p AND sk >= :b"}, "b ba c"},
		"between":                {asked{condition: "pk = :p AND sk BETWEEN :a AND :b"}, "a aa ab b"},
		"prefix":                 {asked{condition: "(pk = :p) AND (begins_with(sk, :a))"}, "a aa ab"},
		"backwards":              {asked{condition: "pk = :p", change: backwards}, "c ba b ab aa a"},
		"prefix backwards":       {asked{condition: "pk = :p AND begins_with(sk, :a)", change: backwards}, "ab aa a"},
		"index, by number":       {asked{index: "all", condition: "g1 = :g"}, "c b ba a aa"}, // -10 -1.5 0 2 10
		"index, number range":    {asked{index: "all", condition: "g1 = :g AND g2 BETWEEN :m AND :n"}, "b ba a"},
		"index, number backward": {asked{index: "all", condition: "g1 = :g AND g2 < :n", change: backwards}, "a ba b c"},
		"local index":            {asked{index: "local", condition: "pk = :p AND ls > :m"}, "b a"},
		"numeric hash key":       {asked{index: "some", condition: "g2 = :ten"}, "aa"},
	}
	const values = `":p":{"S":"p"},":a":{"S":"a"},":b":{"S":"b"},":g":{"S":"g"},":m":{"N":"-1.5"},":n":{"N":"9"},":ten":{"N":"1e1"}`
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		e.mustPut(t, wide,
			`"pk":{"S":"p"},"sk":{"S":"c"},"g1":{"S":"g"},"g2":{"N":"-10"}`,
			`"pk":{"S":"p"},"sk":{"S":"b"},"g1":{"S":"g"},"g2":{"N":"-1.5"},"ls":{"N":"0"}`,
			`"pk":{"S":"p"},"sk":{"S":"ba"},"g1":{"S":"g"},"g2":{"N":"0"},"ls":{"N":"-2"}`,
			`"pk":{"S":"p"},"sk":{"S":"a"},"g1":{"S":"g"},"g2":{"N":"2"},"ls":{"N":"0.001"}`,
			`"pk":{"S":"p"},"sk":{"S":"aa"},"g1":{"S":"g"},"g2":{"N":"10"}`,
			`"pk":{"S":"p"},"sk":{"S":"ab"},"g1":{"S":"g"}`, // not in "all": sparse
			`"pk":{"S":"p\u0000"},"sk":{"S":"other"}`,
			`"pk":{"S":"o"},"sk":{"S":"other"}`)
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				in := c.query.input(t)
				in.ExpressionAttributeValues = used(attrs(t, values), c.query.condition)
				out, err := e.Query(context.Background(), in)
				if err != nil {
					t.Fatal(err)
				}
				if got := sortKeys(out.Items); got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
			})
		}
	})
}

func backwards(in *sdk.QueryInput) { in.ScanIndexForward = aws.Bool(false) }

func TestQueryRefused(t *testing.T) {
	const p = `":p":{"S":"p"}`
	invalid := func(message, local string) fault { return fault{validation, message, local} }
	cases := map[string]struct {
		query asked
		want  fault
	}{
		"no condition":             {asked{}, invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.", "")},
		"no hash key":              {asked{condition: "sk = :p", values: p}, invalid("Query condition missed key schema element: pk", "Query condition missed key schema element")},
		"attribute that is no key": {asked{condition: "pk = :p AND x = :p", values: p}, invalid("Query condition missed key schema element: sk", "Query condition missed key schema element")},
		"two on the range key":     {asked{condition: "pk = :p AND sk = :p AND sk = :p", values: p}, invalid("KeyConditionExpressions must only contain one condition per key", "")},
		"hash key compared":        {asked{condition: "pk > :p", values: p}, invalid("Query key condition not supported", "")},
		"or":                       {asked{condition: "pk = :p OR sk = :p", values: p}, invalid("Invalid operator used in KeyConditionExpression: OR", "")},
		"not":                      {asked{condition: "pk = :p AND NOT sk = :p", values: p}, invalid("Invalid operator used in KeyConditionExpression: NOT", "")},
		"unequal":                  {asked{condition: "pk = :p AND sk <> :p", values: p}, invalid("Invalid operator used in KeyConditionExpression: <>", "")},
		"in":                       {asked{condition: "pk = :p AND sk IN (:p)", values: p}, invalid("Invalid operator used in KeyConditionExpression: IN", "")},
		"contains":                 {asked{condition: "pk = :p AND contains(sk, :p)", values: p}, invalid("Invalid operator used in KeyConditionExpression: contains", "")},
		"two attributes":           {asked{condition: "pk = :p AND sk = pk", values: p}, invalid("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition", "")},
		"size":                     {asked{condition: "size(pk) = :p", values: p}, invalid("KeyConditionExpressions cannot contain nested operations", "")},
		"path":                     {asked{condition: "pk.a = :p", values: p}, invalid("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk", "")},
		"between exchanged":        {asked{condition: "pk = :p AND sk BETWEEN :b AND :a", values: p + `,":a":{"S":"a"},":b":{"S":"b"}`}, invalid("Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}", "")},
		"wrong type":               {asked{condition: "pk = :p", values: `":p":{"N":"1"}`}, invalid("One or more parameter values were invalid: Condition parameter type does not match schema type", "")},
		"empty key":                {asked{condition: "pk = :p AND begins_with(sk, :e)", values: p + `,":e":{"S":""}`}, invalid("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: sk", "")},
		"filter on a key":          {asked{condition: "pk = :p", filter: "sk = :p", values: p}, invalid("Filter Expression can only contain non-primary key attributes: Primary key attribute: sk", "")},
		"filter on an index key":   {asked{index: "local", condition: "pk = :p", filter: "ls = :p", values: p}, invalid("Filter Expression can only contain non-primary key attributes: Primary key attribute: ls", "")},
		"unknown index":            {asked{index: "none", condition: "g1 = :p", values: p}, invalid("The table does not have the specified index: none", "")},
		"strong read of an index":  {asked{index: "all", condition: "g1 = :p", values: p, change: func(in *sdk.QueryInput) { in.ConsistentRead = aws.Bool(true) }}, invalid("Consistent reads are not supported on global secondary indexes", "")},
		"projects what is not in":  {asked{index: "keys", condition: "g1 = :p", projection: "x", values: p}, invalid("One or more parameter values were invalid: Global secondary index keys does not project [x]", "")},
		"filters what is not in":   {asked{index: "keys", condition: "g1 = :p", filter: "x = :p", values: p}, invalid("One or more parameter values were invalid: Secondary index keys does not project one or more filter attributes: [x]", "")},
		"all of a partial index":   {asked{index: "keys", condition: "g1 = :p", values: p, change: selecting("ALL_ATTRIBUTES")}, invalid("One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index keys because its projection type is not ALL", "")},
		"projected without index":  {asked{condition: "pk = :p", values: p, change: selecting("ALL_PROJECTED_ATTRIBUTES")}, invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName", "")},
		"specific without list":    {asked{condition: "pk = :p", values: p, change: selecting("SPECIFIC_ATTRIBUTES")}, invalid("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES", "")},
		"count with projection":    {asked{condition: "pk = :p", projection: "x", values: p, change: selecting("COUNT")}, invalid("Cannot specify the ProjectionExpression when choosing to get only the Count", "")},
		"limit of nothing":         {asked{condition: "pk = :p", values: p, change: func(in *sdk.QueryInput) { in.Limit = aws.Int32(0) }}, invalid("1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1", "Limit must be greater than or equal to 1")},
		"start key in part":        {asked{condition: "pk = :p", values: p, change: startAt(`"pk":{"S":"p"}`)}, invalid("The provided starting key is invalid: The provided key element does not match the schema", "*")},
		"start key of wrong type":  {asked{condition: "pk = :p", values: p, change: startAt(`"pk":{"S":"p"},"sk":{"N":"1"}`)}, invalid("The provided starting key is invalid: The provided key element does not match the schema", "*")},
		"start in other partition": {asked{condition: "pk = :p", values: p, change: startAt(`"pk":{"S":"q"},"sk":{"S":"1"}`)}, invalid("The provided starting key is outside query boundaries based on provided conditions", "*")},
		"start outside the range":  {asked{condition: "pk = :p AND sk > :p", values: p, change: startAt(`"pk":{"S":"p"},"sk":{"S":"1"}`)}, invalid("The provided starting key does not match the range key predicate", "")},
	}
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				_, err := e.Query(context.Background(), c.query.input(t))
				c.want.check(t, e, err)
			})
		}
	})
}

func selecting(what types.Select) func(*sdk.QueryInput) {
	return func(in *sdk.QueryInput) { in.Select = what }
}

func startAt(key string) func(*sdk.QueryInput) {
	return func(in *sdk.QueryInput) { in.ExclusiveStartKey = attrs(new(testing.T), key) }
}

func TestIndexProjections(t *testing.T) {
	const item = `"g1":{"S":"g"},"g2":{"N":"1"},"ls":{"N":"1"},"pk":{"S":"p"},"sk":{"S":"1"},"x":{"S":"x"},"z":{"S":"z"}`
	cases := map[string]struct {
		query asked
		want  string
	}{
		"all":                        {asked{index: "all", condition: "g1 = :g"}, item},
		"keys only":                  {asked{index: "keys", condition: "g1 = :g"}, `"g1":{"S":"g"},"pk":{"S":"p"},"sk":{"S":"1"}`},
		"include":                    {asked{index: "some", condition: "g2 = :n"}, `"g2":{"N":"1"},"pk":{"S":"p"},"sk":{"S":"1"},"x":{"S":"x"}`},
		"local":                      {asked{index: "local", condition: "pk = :p"}, `"ls":{"N":"1"},"pk":{"S":"p"},"sk":{"S":"1"}`},
		"local fetches all":          {asked{index: "local", condition: "pk = :p", change: selecting("ALL_ATTRIBUTES")}, item},
		"local fetches what it must": {asked{index: "local", condition: "pk = :p", projection: "sk, z"}, `"sk":{"S":"1"},"z":{"S":"z"}`},
	}
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		e.mustPut(t, wide, item)
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				in := c.query.input(t)
				in.ExpressionAttributeValues = used(attrs(t, `":g":{"S":"g"},":n":{"N":"1"},":p":{"S":"p"}`), c.query.condition)
				out, err := e.Query(context.Background(), in)
				if err != nil {
					t.Fatal(err)
				}
				if got := texts(t, out.Items); !slices.Equal(got, []string{c.want}) {
					t.Errorf("got %q, want %q", got, c.want)
				}
			})
		}
	})
}

func TestIndexFollowsItem(t *testing.T) {
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		const key = `"pk":{"S":"p"},"sk":{"S":"1"}`
		inIndex := func(index, condition, values string) int32 {
			out, err := e.Query(context.Background(), asked{index: index, condition: condition, values: values, change: selecting("COUNT")}.input(t))
			if err != nil {
				t.Fatal(err)
			}
			return out.Count
		}
		counts := func() string {
			return fmt.Sprint(
				inIndex("all", "g1 = :g", `":g":{"S":"g"}`), inIndex("all", "g1 = :g", `":g":{"S":"h"}`),
				inIndex("some", "g2 = :n", `":n":{"N":"1"}`), inIndex("local", "pk = :p", `":p":{"S":"p"}`))
		}
		update := func(expression, values string) {
			_, err := e.UpdateItem(context.Background(), &sdk.UpdateItemInput{
				TableName: aws.String(wide), Key: attrs(t, key), UpdateExpression: &expression, ExpressionAttributeValues: attrs(t, values),
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		steps := []struct {
			do   func()
			want string
		}{
			{func() { e.mustPut(t, wide, key+`,"g1":{"S":"g"},"g2":{"N":"1.0"}`) }, "1 0 1 0"},
			{func() { update("SET g1 = :h, ls = :n", `":h":{"S":"h"},":n":{"N":"3"}`) }, "0 1 1 1"},
			{func() { update("REMOVE g2", "") }, "0 0 0 1"},
			{func() { update("ADD g2 :n", `":n":{"N":"1"}`) }, "0 1 1 1"},
			{func() { e.mustPut(t, wide, key) }, "0 0 0 0"},
			{func() { e.mustPut(t, wide, key+`,"g1":{"S":"g"},"g2":{"N":"1"}`) }, "1 0 1 0"},
			{func() {
				_, err := e.DeleteItem(context.Background(), &sdk.DeleteItemInput{TableName: aws.String(wide), Key: attrs(t, key)})
				if err != nil {
					t.Fatal(err)
				}
			}, "0 0 0 0"},
		}
		for i, step := range steps {
			if step.do(); counts() != step.want {
				t.Errorf("after step %d: got %s, want %s", i, counts(), step.want)
			}
		}
	})
}

func TestPaging(t *testing.T) {
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		var want []string
		for i := range 23 {
			want = append(want, fmt.Sprintf("%02d", i))
			// All index entries have the same key: a page must end between equal keys, too.
			e.mustPut(t, wide, fmt.Sprintf(`"pk":{"S":"p"},"sk":{"S":"%02d"},"g1":{"S":"g"},"g2":{"N":"7"},"ls":{"N":"1"}`, i))
		}
		for _, query := range []asked{
			{condition: "pk = :v", values: `":v":{"S":"p"}`},
			{condition: "pk = :v", values: `":v":{"S":"p"}`, change: backwards},
			{index: "all", condition: "g1 = :v", values: `":v":{"S":"g"}`},
			{index: "keys", condition: "g1 = :v", values: `":v":{"S":"g"}`, change: backwards},
			{index: "local", condition: "pk = :v", values: `":v":{"S":"p"}`},
		} {
			t.Run(query.index+query.condition, func(t *testing.T) {
				in := query.input(t)
				in.Limit = aws.Int32(5)
				var found []string
				for {
					out, err := e.Query(context.Background(), in)
					if err != nil {
						t.Fatal(err)
					}
					found = append(found, strings.Fields(sortKeys(out.Items))...)
					if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
						break
					}
				}
				if slices.Sort(found); !slices.Equal(found, want) {
					t.Errorf("got %q", found)
				}
			})
		}
	})
}

func TestPageEnds(t *testing.T) {
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		big := strings.Repeat("x", 350<<10)
		for i := range 4 {
			e.mustPut(t, wide, fmt.Sprintf(`"pk":{"S":"p"},"sk":{"S":"%d"},"v":{"S":"%s"},"odd":{"BOOL":%t}`, i, big, i%2 == 1))
		}
		cases := map[string]struct {
			change         func(*sdk.QueryInput)
			filter         string
			count, scanned int32
			last           string
		}{
			"at 1 MB":                           {func(*sdk.QueryInput) {}, "", 3, 3, `"pk":{"S":"p"},"sk":{"S":"2"}`},
			"filter does not move the end":      {func(*sdk.QueryInput) {}, "odd = :o", 1, 3, `"pk":{"S":"p"},"sk":{"S":"2"}`},
			"limit counts before the filter":    {func(in *sdk.QueryInput) { in.Limit = aws.Int32(1) }, "odd = :o", 0, 1, `"pk":{"S":"p"},"sk":{"S":"0"}`},
			"rest after 1 MB":                   {startAt(`"pk":{"S":"p"},"sk":{"S":"2"}`), "", 1, 1, ""},
			"limit met at the very end":         {func(in *sdk.QueryInput) { startAt(`"pk":{"S":"p"},"sk":{"S":"2"}`)(in); in.Limit = aws.Int32(1) }, "", 1, 1, `"pk":{"S":"p"},"sk":{"S":"3"}`},
			"start key that does not exist":     {startAt(`"pk":{"S":"p"},"sk":{"S":"25"}`), "", 1, 1, ""},
			"start key behind everything":       {startAt(`"pk":{"S":"p"},"sk":{"S":"9"}`), "", 0, 0, ""},
			"backwards from a missing key":      {func(in *sdk.QueryInput) { startAt(`"pk":{"S":"p"},"sk":{"S":"05"}`)(in); backwards(in) }, "", 1, 1, ""},
			"backwards, start before the range": {func(in *sdk.QueryInput) { startAt(`"pk":{"S":"p"},"sk":{"S":"!"}`)(in); backwards(in) }, "", 0, 0, ""},
		}
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				if !e.embedded && c.filter != "" && c.scanned > 1 {
					t.Skip("DynamoDB Local counts what the filter keeps; AWS documents 1 MB before the filter")
				}
				in := asked{condition: "pk = :p", filter: c.filter, change: c.change}.input(t)
				in.ExpressionAttributeValues = used(attrs(t, `":p":{"S":"p"},":o":{"BOOL":true}`), "pk = :p "+c.filter)
				in.Select = "COUNT"
				out, err := e.Query(context.Background(), in)
				if err != nil {
					t.Fatal(err)
				}
				if out.Count != c.count || out.ScannedCount != c.scanned || text(t, out.LastEvaluatedKey) != c.last || out.Items != nil {
					t.Errorf("got %d of %d, last %s", out.Count, out.ScannedCount, text(t, out.LastEvaluatedKey))
				}
			})
		}
	})
}

func TestScanSegmentsCoverTable(t *testing.T) {
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		var want []string
		for i := range 60 {
			item := fmt.Sprintf(`"g1":{"S":"g"},"pk":{"S":"p%02d"},"sk":{"S":"1"}`, i/2)
			if i%2 == 1 {
				item = fmt.Sprintf(`"pk":{"S":"p%02d"},"sk":{"S":"2"}`, i/2)
			}
			want = append(want, item)
			e.mustPut(t, wide, item)
		}
		for _, total := range []int32{1, 3, 7} {
			var found []string
			for segment := range total {
				found = append(found, e.scanAll(t, &sdk.ScanInput{
					TableName: aws.String(wide), Segment: &segment, TotalSegments: &total, Limit: aws.Int32(4),
				})...)
			}
			if !sameRows(found, want) {
				t.Errorf("%d segments gave %d rows", total, len(found))
			}
		}
		if found := e.scanAll(t, &sdk.ScanInput{TableName: aws.String(wide), IndexName: aws.String("keys"), Limit: aws.Int32(7)}); len(found) != 30 {
			t.Errorf("the index gave %d rows", len(found))
		}
	})
}

func sameRows(found, want []string) bool {
	found, want = slices.Clone(found), slices.Clone(want)
	slices.Sort(found)
	slices.Sort(want)
	return slices.Equal(found, want)
}

// scanAll reads all pages.
func (e endpoint) scanAll(t testing.TB, in *sdk.ScanInput) []string {
	t.Helper()
	var found []string
	for {
		out, err := e.Scan(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, texts(t, out.Items)...)
		if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
			return found
		}
	}
}

func TestScanRefused(t *testing.T) {
	cases := map[string]struct {
		segment, total *int32
		want           string
	}{
		"segment without total":   {aws.Int32(0), nil, "The TotalSegments parameter is required but was not present in the request when Segment parameter is present"},
		"total without segment":   {nil, aws.Int32(3), "The Segment parameter is required but was not present in the request when parameter TotalSegments is present"},
		"segment beyond the last": {aws.Int32(3), aws.Int32(3), "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 3 is not less than TotalSegments: 3"},
	}
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				_, err := e.Scan(context.Background(), &sdk.ScanInput{TableName: aws.String(slim), Segment: c.segment, TotalSegments: c.total})
				fault{validation, c.want, "*"}.check(t, e, err)
			})
		}
	})
}
