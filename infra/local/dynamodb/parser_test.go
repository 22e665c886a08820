package dynamodb

import (
	"errors"
	"strings"
	"testing"
)

// FuzzExpressions reads any text as each kind of expression, and runs what can be read.
func FuzzExpressions(f *testing.F) {
	for _, seed := range []string{
		"a = :n AND NOT (b.c[1] < :s OR #n IN (:n, :s))",
		"attribute_exists(a) and begins_with(s, :s) or size(l) between :n and :n",
		"contains(l, :n) AND attribute_type(m, :s)",
		"SET a = if_not_exists(a, :n) + :n, l[9] = :s REMOVE m.k, l[0] ADD n :n, ss :ss DELETE ss :ss",
		"SET l = list_append(l, :l), m.x = (n - :n)",
		"a, b.c[3], #n",
		"pk = :s AND sk BETWEEN :s AND :s",
		"((a))", "a[", ":n", "#", "_", "NOT", "a . b [ 0 ]", "\x00", "é = :n",
	} {
		f.Add(seed)
	}
	it := itemFrom(f, everyKind)
	values := itemFrom(f, `{":n":{"N":"1"},":s":{"S":"S"},":ss":{"SS":["a"]},":l":{"L":[{"N":"1"}]}}`)
	f.Fuzz(func(t *testing.T, source string) {
		params := expressionParams{ExpressionAttributeNames: map[string]string{"#n": "n"}, ExpressionAttributeValues: values}
		p, err := params.placeholders(&source)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := parseCondition(p, "FilterExpression", &source); answered(t, err) {
			c.holds(it)
			c.holds(nil)
		}
		if u, err := parseUpdate(p, &source); answered(t, err) {
			before := encodeRecord(it)
			updated, err := u.applyTo(it)
			if answered(t, err) {
				u.touched(updated)
			}
			if string(encodeRecord(it)) != string(before) {
				t.Error("the update changed the item it was given")
			}
		}
		if keep, err := parseProjection(p, source); answered(t, err) {
			keep.of(it)
		}
		if conditions, err := parseKeyCondition(p, source); answered(t, err) {
			_, err := keys{{"pk", kindS}, {"sk", kindS}}.keyRange(conditions)
			answered(t, err)
		}
	})
}

// answered says whether there was no error, and fails on one no client may see.
func answered(t *testing.T, err error) bool {
	t.Helper()
	var answer *apiError
	if err != nil && !errors.As(err, &answer) {
		t.Errorf("got the internal error %v", err)
	}
	return err == nil
}

func TestDeepNestingIsRefused(t *testing.T) {
	for name, source := range map[string]string{
		"NOT":         strings.Repeat("NOT ", 1000) + "a = b",
		"parentheses": strings.Repeat("(", 4000),
		"functions":   strings.Repeat("size(", 800),
	} {
		params := expressionParams{}
		p, err := params.placeholders(&source)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseCondition(p, "FilterExpression", &source); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
