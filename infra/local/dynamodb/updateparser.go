package dynamodb

import (
	"slices"
	"strings"
)

// parseUpdate reads an UpdateExpression; nil source gives an update that changes nothing.
func parseUpdate(p *placeholders, source *string) (*update, error) {
	if source == nil {
		return &update{}, nil
	}
	return parse(p, "UpdateExpression", *source, (*parser).update)
}

// clauses reads the actions of each clause.
var clauses = map[string]func(*parser, *update) error{
	"SET":    (*parser).assignment,
	"REMOVE": (*parser).removal,
	"ADD":    func(p *parser, u *update) error { return p.adjustment("ADD", addable, &u.adds) },
	"DELETE": func(p *parser, u *update) error { return p.adjustment("DELETE", deletable, &u.deletes) },
}

var (
	addable   = []kind{kindN, kindSS, kindNS, kindBS}
	deletable = []kind{kindSS, kindNS, kindBS}
)

func (p *parser) update() (*update, error) {
	u := &update{}
	seen := map[string]bool{}
	for len(seen) == 0 || p.peek().kind != tokenEnd {
		keyword := strings.ToUpper(p.peek().text)
		action, ok := clauses[keyword]
		if !ok {
			return nil, p.unexpected()
		}
		if seen[keyword] {
			return nil, faultf("The %q section can only be used once in an update expression;", keyword)
		}
		seen[keyword] = true
		p.next()
		if err := p.actions(u, action); err != nil {
			return nil, err
		}
	}
	return u, disjoint(u.targets())
}

func (p *parser) actions(u *update, action func(*parser, *update) error) error {
	for {
		if err := action(p, u); err != nil {
			return err
		}
		if !p.accept(",") {
			return nil
		}
	}
}

func (p *parser) assignment(u *update) error {
	target, err := p.path()
	if err != nil {
		return err
	}
	if err := p.expect("="); err != nil {
		return err
	}
	v, err := p.sum()
	if err != nil {
		return err
	}
	u.sets = append(u.sets, assignment{target, v})
	return nil
}

func (p *parser) removal(u *update) error {
	target, err := p.path()
	u.removes = append(u.removes, target)
	return err
}

// adjustment reads an action of ADD or DELETE.
func (p *parser) adjustment(clause string, kinds []kind, into *[]adjustment) error {
	target, err := p.path()
	if err != nil {
		return err
	}
	v, err := p.valueRef()
	if err != nil {
		return err
	}
	if !slices.Contains(kinds, v.kind) {
		return faultf("Incorrect operand type for operator or function; operator: %s, operand type: %s, typeSet: ALLOWED_FOR_%s_OPERAND",
			clause, longNames[v.kind], clause)
	}
	*into = append(*into, adjustment{target, v})
	return nil
}

// longNames are the kinds as the messages about ADD and DELETE write them.
var longNames = map[kind]string{
	kindS: "STRING", kindN: "NUMBER", kindB: "BINARY", kindSS: "STRING_SET", kindNS: "NUMBER_SET",
	kindBS: "BINARY_SET", kindBOOL: "BOOLEAN", kindNULL: "NULL", kindL: "LIST", kindM: "MAP",
}

// sum reads an operand, or two joined by + or -.
func (p *parser) sum() (expression, error) {
	left, err := p.summand()
	if err != nil {
		return nil, err
	}
	operator := p.peek()
	if !p.accept("+") && !p.accept("-") {
		return left, nil
	}
	right, err := p.summand()
	if err != nil {
		return nil, err
	}
	return arithmetic{operator.text, left, right}, mustBe(operator.text, []kind{kindN}, left, right)
}

// summand reads a path, a value, a function, or a sum in parentheses.
func (p *parser) summand() (expression, error) {
	t := p.peek()
	switch {
	case t.kind == tokenValueRef:
		return p.valueRef()
	case t.kind == tokenSymbol && t.text == "(":
		return group(p, (*parser).sum)
	case t.kind == tokenName && p.tokens[p.at+1].text == "(" && !keywords[strings.ToUpper(t.text)]:
		return p.updateFunction()
	}
	return p.operandPath()
}

func (p *parser) updateFunction() (expression, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	name := p.next().text
	p.next()
	args, err := p.summands()
	if err != nil {
		return nil, err
	}
	count, ok := updateFunctions[name]
	switch {
	case conditionFunctions[name] > 0:
		return nil, faultf("The function is not allowed in an update expression; function: %s", name)
	case !ok:
		return nil, faultf("Invalid function name; function: %s", name)
	case len(args) != count:
		return nil, wrongCount(name, len(args))
	case name == "list_append":
		return listAppend{args[0], args[1]}, mustBe(name, []kind{kindL}, args...)
	}
	target, _ := args[0].(path)
	return ifNotExists{target, args[1]}, mustBePath(name, args[0])
}

// summands reads a list of operands up to its closing parenthesis.
func (p *parser) summands() ([]expression, error) {
	var list []expression
	for {
		next, err := p.summand()
		if err != nil {
			return nil, err
		}
		if list = append(list, next); !p.accept(",") {
			return list, p.expect(")")
		}
	}
}
