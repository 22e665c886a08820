package dynamodb

import (
	"encoding/base64"
	"slices"
	"strings"
)

// conditionFunctions maps each function of conditions to its number of arguments.
var conditionFunctions = map[string]int{
	"attribute_exists": 1, "attribute_not_exists": 1, "attribute_type": 2, "begins_with": 2,
	"contains": 2, "size": 1,
}

var updateFunctions = map[string]int{"if_not_exists": 2, "list_append": 2}

// maxListed is how many values IN takes.
const maxListed = 100

// parseCondition reads the expression of the named parameter; nil source gives a nil condition.
func parseCondition(p *placeholders, parameter string, source *string) (condition, error) {
	if source == nil {
		return nil, nil
	}
	return parse(p, parameter, *source, (*parser).wholeCondition)
}

func (p *parser) wholeCondition() (condition, error) {
	return p.condition(p.disjunction())
}

// term is a condition or an operand: parentheses may hold either, and only what follows tells.
type term any

// condition insists that the term read is a condition.
func (p *parser) condition(t term, err error) (condition, error) {
	if err != nil {
		return nil, err
	}
	c, ok := t.(condition)
	if !ok {
		return nil, p.notCondition(t)
	}
	return c, nil
}

func (p *parser) notCondition(t term) error {
	if _, ok := t.(sizeOf); ok {
		return misused("size")
	}
	return p.unexpected()
}

func misused(function string) fault {
	return faultf("The function is not allowed to be used this way in an expression; function: %s", function)
}

// operand insists that the term read is an operand.
func (p *parser) operand(t term, err error) (operand, error) {
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case operand:
		return t, nil
	case call:
		return nil, misused(t.function)
	}
	return nil, p.unexpected()
}

func (p *parser) disjunction() (term, error) {
	return p.chain("OR", (*parser).conjunction, func(l, r condition) term { return disjunction{l, r} })
}

func (p *parser) conjunction() (term, error) {
	return p.chain("AND", (*parser).negation, func(l, r condition) term { return conjunction{l, r} })
}

// chain reads parts joined by the keyword, grouping from the left.
func (p *parser) chain(keyword string, part func(*parser) (term, error), join func(l, r condition) term) (term, error) {
	left, err := part(p)
	for err == nil && p.peekWord(keyword) {
		var l, r condition
		if l, err = p.condition(left, nil); err != nil {
			return nil, err
		}
		p.next()
		if r, err = p.condition(part(p)); err == nil {
			left = join(l, r)
		}
	}
	return left, err
}

func (p *parser) peekWord(keyword string) bool {
	t := p.peek()
	return t.kind == tokenName && strings.EqualFold(t.text, keyword)
}

func (p *parser) negation() (term, error) {
	if !p.acceptWord("NOT") {
		return p.predicate()
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	c, err := p.condition(p.negation())
	return negation{c}, err
}

// predicate reads a comparison, BETWEEN, IN or a function; or just an operand, inside parentheses.
func (p *parser) predicate() (term, error) {
	left, err := p.primary()
	if err != nil {
		return nil, err
	}
	t := p.peek()
	isComparator := t.kind == tokenSymbol && slices.Contains([]string{"=", "<>", "<", "<=", ">", ">="}, t.text)
	if c, ok := left.(condition); ok {
		if function, ok := c.(call); ok && isComparator {
			return nil, misused(function.function)
		}
		return c, nil
	}
	first := left.(operand)
	switch {
	case isComparator:
		return p.comparison(first)
	case p.acceptWord("BETWEEN"):
		return p.between(first)
	case p.acceptWord("IN"):
		return p.membership(first)
	}
	return first, nil
}

// primary reads a parenthesised term, a function, a path or a value.
func (p *parser) primary() (term, error) {
	t := p.peek()
	switch {
	case t.kind == tokenValueRef:
		return p.valueRef()
	case t.kind == tokenName && p.tokens[p.at+1].text == "(" && !keywords[strings.ToUpper(t.text)]:
		return p.function()
	case t.kind == tokenSymbol && t.text == "(":
		return group(p, (*parser).disjunction)
	}
	return p.operandPath()
}

// group reads what inner reads, in parentheses.
func group[T any](p *parser, inner func(*parser) (T, error)) (t T, err error) {
	if err := p.enter(); err != nil {
		return t, err
	}
	defer func() { p.depth-- }()
	open := p.at
	p.next()
	if t, err = inner(p); err != nil {
		return t, err
	}
	if p.opened == open+1 && p.closed == p.at-1 {
		return t, fault("The expression has redundant parentheses;")
	}
	p.opened, p.closed = open, p.at
	return t, p.expect(")")
}

func (p *parser) comparison(left operand) (term, error) {
	operator := p.next().text
	right, err := p.operand(p.primary())
	if err != nil {
		return nil, err
	}
	if operator != "=" && operator != "<>" {
		if err := mustBeOrdered(operator, left, right); err != nil {
			return nil, err
		}
	}
	return comparison{operator, left, right}, distinct(operator, left, right)
}

func (p *parser) between(of operand) (term, error) {
	lower, err := p.operand(p.primary())
	if err != nil {
		return nil, err
	}
	if !p.acceptWord("AND") {
		return nil, p.unexpected()
	}
	upper, err := p.operand(p.primary())
	if err != nil {
		return nil, err
	}
	if err := mustBeOrdered("BETWEEN", of, lower, upper); err != nil {
		return nil, err
	}
	if err := boundsInOrder(lower, upper); err != nil {
		return nil, err
	}
	return between{of, lower, upper}, distinct("BETWEEN", of, lower, upper)
}

// boundsInOrder checks bounds that are both given as values.
func boundsInOrder(lower, upper operand) error {
	low, ok := lower.(value)
	high, both := upper.(value)
	problem := ""
	switch {
	case !ok || !both:
		return nil
	case low.kind != high.kind:
		problem = "same data type for lower and upper bounds"
	case compareScalars(low, high) > 0:
		problem = "upper bound to be greater than or equal to lower bound"
	default:
		return nil
	}
	return faultf("The BETWEEN operator requires %s; lower bound operand: AttributeValue: %s, upper bound operand: AttributeValue: %s",
		problem, low.described(), high.described())
}

// described is the form of a scalar in AWS's messages.
func (v value) described() string {
	text := v.text
	if v.kind == kindB {
		text = base64.StdEncoding.EncodeToString([]byte(text))
	}
	return "{" + v.kind.String() + ":" + text + "}"
}

func (p *parser) membership(of operand) (term, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	list, err := p.operands()
	if err != nil {
		return nil, err
	}
	if len(list) > maxListed {
		return nil, faultf("The IN operator is provided with too many operands; number of operands: %d", len(list))
	}
	return membership{of, list}, distinct("IN", of, list...)
}

// operands reads a list of operands up to its closing parenthesis.
func (p *parser) operands() ([]operand, error) {
	var list []operand
	for {
		next, err := p.operand(p.primary())
		if err != nil {
			return nil, err
		}
		if list = append(list, next); !p.accept(",") {
			return list, p.expect(")")
		}
	}
}

// function reads a function and its arguments and checks them.
func (p *parser) function() (term, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	name := p.next().text
	p.next()
	args, err := p.operands()
	if err != nil {
		return nil, err
	}
	count, ok := conditionFunctions[name]
	switch {
	case updateFunctions[name] > 0:
		return nil, faultf("The function is not allowed in a condition expression; function: %s", name)
	case !ok:
		return nil, faultf("Invalid function name; function: %s", name)
	case len(args) != count:
		return nil, wrongCount(name, len(args))
	}
	if err := checkArguments(name, args); err != nil {
		return nil, err
	}
	if name == "size" {
		return sizeOf{args[0]}, nil
	}
	return call{name, args}, distinct(name, args[0], args[1:]...)
}

func wrongCount(function string, count int) fault {
	return faultf("Incorrect number of operands for operator or function; operator or function: %s, number of operands: %d", function, count)
}

func checkArguments(name string, args []operand) error {
	switch name {
	case "attribute_exists", "attribute_not_exists":
		return mustBePath(name, args[0])
	case "attribute_type":
		return checkTypeName(args[1])
	case "begins_with":
		return mustBe(name, []kind{kindS, kindB}, args...)
	case "size":
		return mustBe(name, []kind{kindS, kindB, kindSS, kindNS, kindBS, kindL, kindM}, args...)
	}
	return nil
}

func mustBePath(function string, arg any) error {
	if _, ok := arg.(path); !ok {
		return faultf("Operator or function requires a document path; operator or function: %s", function)
	}
	return nil
}

func checkTypeName(arg operand) error {
	name, ok := arg.(value)
	if !ok {
		return wrongKind("attribute_type", "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")
	}
	if name.kind != kindS {
		return wrongKind("attribute_type", name.kind.String())
	}
	if _, ok := kindNamed(name.text); !ok {
		return faultf("Invalid attribute type name found; type: %s, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}", name.text)
	}
	return nil
}

func mustBeOrdered(operator string, operands ...operand) error {
	return mustBe(operator, []kind{kindS, kindN, kindB}, operands...)
}

// mustBe checks the operands whose kind the expression decides.
func mustBe[T interface{ staticKind() kind }](operator string, kinds []kind, operands ...T) error {
	for _, o := range operands {
		if k := o.staticKind(); k != kindNone && !slices.Contains(kinds, k) {
			return wrongKind(operator, k.String())
		}
	}
	return nil
}

func wrongKind(operator, found string) fault {
	return faultf("Incorrect operand type for operator or function; operator or function: %s, operand type: %s", operator, found)
}

// distinct refuses a path compared with itself.
func distinct(operator string, first operand, others ...operand) error {
	p, ok := first.(path)
	if !ok {
		return nil
	}
	for _, other := range others {
		if q, ok := other.(path); ok && slices.Equal(p, q) {
			return faultf("The first operand must be distinct from the remaining operands for this operator or function; operator: %s, first operand: %s", operator, p)
		}
	}
	return nil
}
