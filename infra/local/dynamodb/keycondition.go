package dynamodb

import (
	"bytes"
	"slices"
)

// keyRange is what a KeyConditionExpression selects: the stored keys from lower up to, not including,
// upper; and the condition on the range key, to check a start key against.
type keyRange struct {
	lower, upper []byte
	onRange      condition
}

func (r keyRange) contains(key []byte) bool {
	return bytes.Compare(key, r.lower) >= 0 && bytes.Compare(key, r.upper) < 0
}

// parseKeyCondition reads a KeyConditionExpression into its conditions, at most two.
func parseKeyCondition(p *placeholders, source string) ([]condition, error) {
	root, err := parseCondition(p, "KeyConditionExpression", &source)
	if err != nil {
		return nil, err
	}
	return splitKeyCondition(root)
}

func splitKeyCondition(c condition) ([]condition, error) {
	switch c := c.(type) {
	case conjunction:
		left, err := splitKeyCondition(c.left)
		if err != nil {
			return nil, err
		}
		right, err := splitKeyCondition(c.right)
		return append(left, right...), err
	case disjunction:
		return nil, wrongKeyOperator("OR")
	case negation:
		return nil, wrongKeyOperator("NOT")
	case membership:
		return nil, wrongKeyOperator("IN")
	case comparison:
		if c.operator == "<>" {
			return nil, wrongKeyOperator("<>")
		}
	case call:
		if c.function != "begins_with" {
			return nil, wrongKeyOperator(c.function)
		}
	}
	return []condition{c}, nil
}

func wrongKeyOperator(operator string) *apiError {
	return invalid("Invalid operator used in KeyConditionExpression: %s", operator)
}

// keyTerm is one condition on one key attribute.
type keyTerm struct {
	attribute string
	operator  string // a comparator, BETWEEN or begins_with
	values    []value
	source    condition
}

// mirrored gives the comparator for exchanged operands.
var mirrored = map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func newKeyTerm(c condition) (keyTerm, error) {
	switch c := c.(type) {
	case comparison:
		if _, ok := c.left.(value); ok {
			return keyTermOf(c, mirrored[c.operator], c.right, c.left)
		}
		return keyTermOf(c, c.operator, c.left, c.right)
	case between:
		return keyTermOf(c, "BETWEEN", c.of, c.lower, c.upper)
	}
	begins := c.(call) // splitKeyCondition lets nothing else through
	return keyTermOf(c, "begins_with", begins.args[0], begins.args[1])
}

func keyTermOf(source condition, operator string, attribute operand, bounds ...operand) (keyTerm, error) {
	p, ok := attribute.(path)
	_, nested := attribute.(sizeOf)
	switch {
	case nested:
		return keyTerm{}, invalid("KeyConditionExpressions cannot contain nested operations")
	case !ok && mirrored[operator] == "":
		return keyTerm{}, invalid("Invalid condition in KeyConditionExpression: %s operator must have the key attribute as its first operand", operator)
	case !ok:
		return keyTerm{}, invalid("Invalid condition in KeyConditionExpression: No key attribute specified")
	}
	term := keyTerm{attribute: p[0].name, operator: operator, source: source}
	for _, bound := range bounds {
		v, ok := bound.(value)
		if !ok {
			return keyTerm{}, invalid("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition")
		}
		term.values = append(term.values, v)
	}
	return term, nil
}

// keyRange resolves the conditions against a key.
func (k keys) keyRange(conditions []condition) (keyRange, error) {
	terms := map[string]keyTerm{}
	for _, c := range conditions {
		term, err := newKeyTerm(c)
		if err != nil {
			return keyRange{}, err
		}
		if _, twice := terms[term.attribute]; twice {
			return keyRange{}, invalid("KeyConditionExpressions must only contain one condition per key")
		}
		terms[term.attribute] = term
	}
	hash, ok := terms[k[0].name]
	switch {
	case len(terms) > 2:
		return keyRange{}, invalid("Conditions can be of length 1 or 2 only")
	case !ok:
		return keyRange{}, missedKey(k[0].name)
	case hash.operator != "=":
		return keyRange{}, invalid("Query key condition not supported")
	}
	if err := hash.check(k[0], 0); err != nil {
		return keyRange{}, err
	}
	start := partition(hash.values[0])
	if len(terms) == 1 {
		return keyRange{lower: start, upper: after(start)}, nil
	}
	if len(k) < 2 {
		return keyRange{}, invalid("Query key condition not supported")
	}
	onRange, ok := terms[k[1].name]
	if !ok {
		return keyRange{}, missedKey(k[1].name)
	}
	if err := onRange.check(k[1], 1); err != nil {
		return keyRange{}, err
	}
	return onRange.within(start), nil
}

func missedKey(name string) *apiError {
	return invalid("Query condition missed key schema element: %s", name)
}

// check compares the term's values with the definition of the key attribute.
func (t keyTerm) check(attribute keyAttribute, position int) error {
	for _, v := range t.values {
		if v.kind != attribute.kind {
			return invalidParameter("Condition parameter type does not match schema type")
		}
		if err := checkKeyValue(v, attribute.name, position); err != nil {
			return err
		}
	}
	return nil
}

// within gives the part of the partition, of which start is the common start, that the term selects.
func (t keyTerm) within(start []byte) keyRange {
	at := func(v value) []byte { return v.appendKey(slices.Clone(start)) }
	r := keyRange{lower: start, upper: after(start), onRange: t.source}
	switch v := t.values[0]; t.operator {
	case "=":
		r.lower, r.upper = at(v), after(at(v))
	case "<":
		r.upper = at(v)
	case "<=":
		r.upper = after(at(v))
	case ">":
		r.lower = after(at(v))
	case ">=":
		r.lower = at(v)
	case "BETWEEN":
		r.lower, r.upper = at(v), after(at(t.values[1]))
	case "begins_with":
		r.lower = v.appendKeyPrefix(slices.Clone(start))
		r.upper = after(r.lower)
	}
	return r
}

// after gives the first key behind all keys that begin with the prefix. The prefix has a whole hash value
// in it, so not all its bytes are 0xff.
func after(prefix []byte) []byte {
	end := slices.Clone(prefix)
	last := len(end) - 1
	for end[last] == 0xff {
		last--
	}
	end[last]++
	return end[:last+1]
}
