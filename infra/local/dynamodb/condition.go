package dynamodb

import (
	"slices"
	"strings"
	"unicode/utf16"
)

// condition is a parsed ConditionExpression, FilterExpression or KeyConditionExpression.
type condition interface {
	holds(it item) bool
}

// operand is something a condition or an update computes with. staticKind is the kind of its value
// where the expression alone decides it, else kindNone.
type operand interface {
	resolve(it item) (value, bool)
	staticKind() kind
}

func (p path) resolve(it item) (value, bool) { return p.in(it) }
func (p path) staticKind() kind              { return kindNone }

func (v value) resolve(item) (value, bool) { return v, true }
func (v value) staticKind() kind           { return v.kind }

// sizeOf is the function size.
type sizeOf struct{ of operand }

func (s sizeOf) staticKind() kind { return kindN }

func (s sizeOf) resolve(it item) (value, bool) {
	v, ok := s.of.resolve(it)
	if !ok {
		return value{}, false
	}
	length := 0
	switch v.kind {
	case kindS:
		length = utf16Length(v.text)
	case kindB:
		length = len(v.text)
	case kindM:
		length = len(v.attrs)
	case kindL, kindSS, kindNS, kindBS:
		length = len(v.list)
	default:
		return value{}, false
	}
	return intValue(length), true
}

// utf16Length is the length DynamoDB gives a string: its UTF-16 code units.
func utf16Length(text string) int {
	length := 0
	for _, r := range text {
		length += utf16.RuneLen(r)
	}
	return length
}

type (
	conjunction struct{ left, right condition }
	disjunction struct{ left, right condition }
	negation    struct{ of condition }

	// comparison holds for operands of one kind only, except that <> holds for different kinds.
	comparison struct {
		operator    string
		left, right operand
	}
	between    struct{ of, lower, upper operand }
	membership struct {
		of   operand
		list []operand
	}
	// call is a function that is a condition by itself.
	call struct {
		function string
		args     []operand
	}
)

func (c conjunction) holds(it item) bool { return c.left.holds(it) && c.right.holds(it) }
func (c disjunction) holds(it item) bool { return c.left.holds(it) || c.right.holds(it) }
func (c negation) holds(it item) bool    { return !c.of.holds(it) }

func (c comparison) holds(it item) bool {
	left, hasLeft := c.left.resolve(it)
	right, hasRight := c.right.resolve(it)
	if c.operator == "<>" {
		return !hasLeft || !hasRight || !left.equal(right)
	}
	return hasLeft && hasRight && compares(left, c.operator, right)
}

// compares says whether the operator, other than <>, holds.
func compares(left value, operator string, right value) bool {
	if operator == "=" {
		return left.equal(right)
	}
	if left.kind != right.kind || !left.kind.ordered() {
		return false
	}
	order := compareScalars(left, right)
	switch operator {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

func (c between) holds(it item) bool {
	return comparison{">=", c.of, c.lower}.holds(it) && comparison{"<=", c.of, c.upper}.holds(it)
}

func (c membership) holds(it item) bool {
	return slices.ContainsFunc(c.list, func(candidate operand) bool {
		return comparison{"=", c.of, candidate}.holds(it)
	})
}

func (c call) holds(it item) bool {
	first, exists := c.args[0].resolve(it)
	switch c.function {
	case "attribute_exists":
		return exists
	case "attribute_not_exists":
		return !exists
	}
	second, ok := c.args[1].resolve(it)
	if !exists || !ok {
		return false
	}
	switch c.function {
	case "attribute_type":
		return first.kind.String() == second.text
	case "begins_with":
		return first.kind == second.kind && (first.kind == kindS || first.kind == kindB) &&
			strings.HasPrefix(first.text, second.text)
	}
	return first.contains(second)
}

// contains is the function of that name: a part of a text, or an element of a list or set.
func (v value) contains(part value) bool {
	switch v.kind {
	case kindS, kindB:
		return part.kind == v.kind && strings.Contains(v.text, part.text)
	case kindL, kindSS, kindNS, kindBS:
		return slices.ContainsFunc(v.list, part.equal)
	}
	return false
}

// holdsFor says whether the condition, nil for none, lets the item pass.
func holdsFor(c condition, it item) bool { return c == nil || c.holds(it) }
