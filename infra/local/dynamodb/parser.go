package dynamodb

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// placeholders are the names and values a request's expressions refer to, and which were used.
type placeholders struct {
	names  map[string]string
	values item
	used   map[string]bool
	nested []string // attributes of which operands take a part: keys must not be among them
}

// expressionParams are the members every request with expressions has.
type expressionParams struct {
	ExpressionAttributeNames  map[string]string
	ExpressionAttributeValues item
}

// isPlaceholder says whether the key is the sign and a word.
func isPlaceholder(key string, sign byte) bool {
	return len(key) > 1 && key[0] == sign && wordLength(key[1:]) == len(key)-1
}

// placeholders checks the maps themselves. sources are the request's expressions; nil where the
// request has none.
func (in *expressionParams) placeholders(sources ...*string) (*placeholders, error) {
	bare := !slices.ContainsFunc(sources, func(source *string) bool { return source != nil })
	p := &placeholders{names: in.ExpressionAttributeNames, values: item{}, used: map[string]bool{}}
	if err := p.checkNames(bare); err != nil {
		return nil, err
	}
	return p, p.takeValues(in.ExpressionAttributeValues, bare)
}

func (p *placeholders) checkNames(bare bool) error {
	switch {
	case p.names == nil:
		return nil
	case bare:
		return invalid("ExpressionAttributeNames can only be specified when using expressions")
	case len(p.names) == 0:
		return invalid("ExpressionAttributeNames must not be empty")
	}
	for _, key := range slices.Sorted(maps.Keys(p.names)) {
		if !isPlaceholder(key, '#') {
			return invalid("ExpressionAttributeNames contains invalid key: Syntax error; key: %q", key)
		}
		if p.names[key] == "" {
			return invalid("ExpressionAttributeNames contains invalid value: Empty attribute name for key %s", key)
		}
	}
	return nil
}

func (p *placeholders) takeValues(values item, bare bool) error {
	switch {
	case values == nil:
		return nil
	case bare:
		return invalid("ExpressionAttributeValues can only be specified when using expressions")
	case len(values) == 0:
		return invalid("ExpressionAttributeValues must not be empty")
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if !isPlaceholder(key, ':') {
			return invalid("ExpressionAttributeValues contains invalid key: Syntax error; key: %q", key)
		}
		v, err := values[key].normalise(0)
		if apiErr := (*apiError)(nil); errors.As(err, &apiErr) {
			return invalid("ExpressionAttributeValues contains invalid value: %s for key %s", apiErr.Message, key)
		}
		p.values[key] = v
	}
	return nil
}

// checkAllUsed refuses placeholders no expression uses; called when all are parsed.
func (p *placeholders) checkAllUsed() error {
	if unused := p.unused(maps.Keys(p.names)); unused != "" {
		return invalid("Value provided in ExpressionAttributeNames unused in expressions: keys: {%s}", unused)
	}
	if unused := p.unused(maps.Keys(p.values)); unused != "" {
		return invalid("Value provided in ExpressionAttributeValues unused in expressions: keys: {%s}", unused)
	}
	return nil
}

func (p *placeholders) unused(keys func(func(string) bool)) string {
	var unused []string
	for key := range keys {
		if !p.used[key] {
			unused = append(unused, key)
		}
	}
	slices.Sort(unused)
	return strings.Join(unused, ", ")
}

// parser reads one expression. Its methods return plain errors; parse adds the parameter's name.
type parser struct {
	*placeholders
	source string
	tokens []token
	at     int
	depth  int
	// Token positions of the parentheses closed last, to find ((a = b)).
	opened, closed int
}

// maxDepth bounds the parser's recursion. An expression of 4 KB could nest deeper, to no use.
const maxDepth = 300

// parse reads the expression given as the named parameter with the given grammar.
func parse[T any](p *placeholders, parameter, source string, grammar func(*parser) (T, error)) (T, error) {
	result, err := parseSource(p, source, grammar)
	if err != nil {
		return result, invalid("Invalid %s: %v", parameter, err)
	}
	return result, nil
}

func parseSource[T any](p *placeholders, source string, grammar func(*parser) (T, error)) (result T, err error) {
	if source == "" {
		return result, fault("The expression can not be empty;")
	}
	if len(source) > maxExpression {
		return result, faultf("Expression size has exceeded the maximum allowed size; expression size: %d", len(source))
	}
	reader := &parser{placeholders: p, source: source, tokens: lex(source), opened: -1}
	if result, err = grammar(reader); err != nil {
		return result, err
	}
	if reader.peek().kind != tokenEnd {
		return result, reader.unexpected()
	}
	return result, nil
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	p.at = min(p.at+1, len(p.tokens)-1)
	return t
}

// accept takes the symbol if it comes next.
func (p *parser) accept(symbol string) bool {
	if t := p.peek(); t.kind != tokenSymbol || t.text != symbol {
		return false
	}
	p.next()
	return true
}

// acceptWord takes the keyword if it comes next, in any case.
func (p *parser) acceptWord(keyword string) bool {
	if t := p.peek(); t.kind != tokenName || !strings.EqualFold(t.text, keyword) {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(symbol string) error {
	if !p.accept(symbol) {
		return p.unexpected()
	}
	return nil
}

// unexpected is the syntax error at the next token, which AWS shows with its neighbours.
func (p *parser) unexpected() error {
	t := p.peek()
	from, to, text := t.start, t.end, t.text
	if p.at > 0 {
		from = p.tokens[p.at-1].start
	}
	if len(p.tokens) == 1 {
		from = 0 // nothing but white space, which is shown
	}
	if t.kind == tokenEnd {
		text, to = "<EOF>", len(p.source)
	} else if following := p.tokens[p.at+1]; following.kind != tokenEnd {
		to = following.end
	}
	return faultf(`Syntax error; token: "%s", near: "%s"`, text, p.source[from:to])
}

// enter guards the recursion; leave with p.depth--.
func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return fault("The expression is nested too deeply;")
	}
	return nil
}

// keywords cannot be attribute names, not even where only a name can stand.
var keywords = map[string]bool{
	"AND": true, "OR": true, "NOT": true, "BETWEEN": true, "IN": true,
	"SET": true, "REMOVE": true, "ADD": true, "DELETE": true,
}

// path reads a document path.
func (p *parser) path() (path, error) {
	first, err := p.nameStep()
	if err != nil {
		return nil, err
	}
	steps := path{first}
	for {
		var s step
		switch {
		case p.accept("."):
			s, err = p.nameStep()
		case p.accept("["):
			s, err = p.indexStep()
		default:
			return steps, nil
		}
		if err != nil {
			return nil, err
		}
		steps = append(steps, s)
	}
}

// operandPath reads a path whose value is wanted.
func (p *parser) operandPath() (path, error) {
	steps, err := p.path()
	if len(steps) > 1 {
		p.nested = append(p.nested, steps[0].name)
	}
	return steps, err
}

func (p *parser) nameStep() (step, error) {
	t := p.peek()
	switch {
	case t.kind == tokenNameRef:
		p.next()
		name, ok := p.names[t.text]
		if !ok {
			return step{}, faultf("An expression attribute name used in the document path is not defined; attribute name: %s", t.text)
		}
		p.used[t.text] = true
		return step{name: name}, nil
	case t.kind != tokenName || keywords[strings.ToUpper(t.text)]:
		return step{}, p.unexpected()
	case isReserved(t.text):
		return step{}, faultf("Attribute name is a reserved keyword; reserved keyword: %s", t.text)
	}
	p.next()
	return step{name: t.text}, nil
}

func (p *parser) indexStep() (step, error) {
	t := p.peek()
	if t.kind != tokenNumber {
		return step{}, p.unexpected()
	}
	p.next()
	index, err := strconv.ParseInt(t.text, 10, 32)
	if err != nil {
		return step{}, faultf("List index is not within the allowable range; index: [%s]", t.text)
	}
	return step{index: int(index), isIndex: true}, p.expect("]")
}

func (p *parser) valueRef() (value, error) {
	t := p.peek()
	if t.kind != tokenValueRef {
		return value{}, p.unexpected()
	}
	p.next()
	v, ok := p.values[t.text]
	if !ok {
		return value{}, faultf("An expression attribute value used in expression is not defined; attribute value: %s", t.text)
	}
	p.used[t.text] = true
	return v, nil
}

// parseProjection reads a ProjectionExpression.
func parseProjection(p *placeholders, source string) (*projection, error) {
	paths, err := parse(p, "ProjectionExpression", source, (*parser).paths)
	if err != nil {
		return nil, err
	}
	return newProjection(paths), nil
}

// paths reads a list of paths that must not overlap.
func (p *parser) paths() ([]path, error) {
	var list []path
	for {
		next, err := p.path()
		if err != nil {
			return nil, err
		}
		if list = append(list, next); !p.accept(",") {
			break
		}
	}
	if p.peek().kind != tokenEnd {
		return nil, p.unexpected()
	}
	return list, disjoint(list)
}
