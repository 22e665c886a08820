package template

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Intrinsic functions, after
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html

// shortNames lists the intrinsic functions whose long form carries no "Fn::".
var shortNames = []string{"Ref", "Condition"}

// intrinsic recognises both forms, `!Sub x` and `{Fn::Sub: x}`.
func intrinsic(n *yaml.Node) (name string, arg *yaml.Node, ok bool) {
	if n == nil {
		return "", nil, false
	}
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		name = strings.TrimPrefix(n.Tag, "!")
		if !slices.Contains(shortNames, name) {
			name = "Fn::" + name
		}
		bare := *n
		bare.Tag = ""
		return name, &bare, true
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 {
		key := n.Content[0].Value
		if key == "Ref" || strings.HasPrefix(key, "Fn::") {
			return key, n.Content[1], true
		}
	}
	return "", nil, false
}

func isIntrinsic(n *yaml.Node) bool {
	_, _, ok := intrinsic(n)
	return ok
}

// resolve replaces every intrinsic function below n. The result is nil for
// AWS::NoValue, which its parent then leaves out.
func (s *stack) resolve(n *yaml.Node) (*yaml.Node, error) {
	if n == nil {
		return nil, nil
	}
	if name, arg, ok := intrinsic(n); ok {
		return s.call(name, arg, n)
	}
	switch n.Kind {
	case yaml.SequenceNode:
		return s.resolveList(n)
	case yaml.MappingNode:
		return s.resolveMap(n)
	default:
		return n, nil
	}
}

func (s *stack) resolveList(n *yaml.Node) (*yaml.Node, error) {
	out := *n
	out.Content = nil
	for _, item := range n.Content {
		value, err := s.resolve(item)
		if err != nil {
			return nil, err
		}
		if value != nil {
			out.Content = append(out.Content, value)
		}
	}
	return &out, nil
}

func (s *stack) resolveMap(n *yaml.Node) (*yaml.Node, error) {
	out := *n
	out.Content = nil
	for key, item := range entries(n) {
		value, err := s.resolve(item)
		if err != nil {
			return nil, err
		}
		if value != nil {
			out.Content = append(out.Content, key, value)
		}
	}
	return &out, nil
}

// call evaluates one intrinsic function.
func (s *stack) call(name string, arg, at *yaml.Node) (*yaml.Node, error) {
	switch name {
	case "Ref":
		return s.ref(arg.Value, at)
	case "Fn::GetAtt":
		return s.getAtt(arg, at)
	case "Fn::Sub":
		return s.sub(arg, at)
	case "Fn::Join":
		return s.join(arg, at)
	case "Fn::Split":
		return s.split(arg, at)
	case "Fn::Select":
		return s.selectItem(arg, at)
	case "Fn::FindInMap":
		return s.findInMap(arg, at)
	case "Fn::If":
		return s.choose(arg, at)
	case "Fn::Base64":
		value, err := s.text(arg, at)
		return scalar(base64.StdEncoding.EncodeToString([]byte(value)), at), err
	case "Fn::Equals", "Fn::Not", "Fn::And", "Fn::Or":
		holds, err := s.test(at)
		return scalar(strconv.FormatBool(holds), at), err
	case "Fn::ImportValue":
		return nil, s.errorf(at, "Fn::ImportValue refers to another stack of an AWS account; use a parameter or a nested stack's output")
	default:
		return nil, s.errorf(at, "%s is not supported on one machine", name)
	}
}

// text resolves n to a string.
func (s *stack) text(n, at *yaml.Node) (string, error) {
	value, err := s.resolve(n)
	if err != nil {
		return "", err
	}
	if value == nil || value.Kind != yaml.ScalarNode {
		return "", s.errorf(at, "expected a string here")
	}
	return value.Value, nil
}

// operands resolves a function's argument list, which must have n items (or
// any number for n < 0).
func (s *stack) operands(name string, arg, at *yaml.Node, n int) ([]*yaml.Node, error) {
	if arg.Kind != yaml.SequenceNode || (n >= 0 && len(arg.Content) != n) {
		return nil, s.errorf(at, "%s needs a list of %d values", name, n)
	}
	out := make([]*yaml.Node, len(arg.Content))
	for i, item := range arg.Content {
		value, err := s.resolve(item)
		if err != nil {
			return nil, err
		}
		if value == nil {
			return nil, s.errorf(at, "%s cannot use AWS::NoValue", name)
		}
		out[i] = value
	}
	return out, nil
}

func (s *stack) join(arg, at *yaml.Node) (*yaml.Node, error) {
	ops, err := s.operands("Fn::Join", arg, at, 2)
	if err != nil {
		return nil, err
	}
	if ops[1].Kind != yaml.SequenceNode {
		return nil, s.errorf(at, "Fn::Join needs a delimiter and a list")
	}
	var parts []string
	for _, item := range ops[1].Content {
		parts = append(parts, item.Value)
	}
	return scalar(strings.Join(parts, ops[0].Value), at), nil
}

func (s *stack) split(arg, at *yaml.Node) (*yaml.Node, error) {
	ops, err := s.operands("Fn::Split", arg, at, 2)
	if err != nil {
		return nil, err
	}
	if ops[0].Value == "" {
		return nil, s.errorf(at, "Fn::Split needs a delimiter")
	}
	return list(strings.Split(ops[1].Value, ops[0].Value), at), nil
}

func (s *stack) selectItem(arg, at *yaml.Node) (*yaml.Node, error) {
	ops, err := s.operands("Fn::Select", arg, at, 2)
	if err != nil {
		return nil, err
	}
	i, err := strconv.Atoi(ops[0].Value)
	if err != nil || ops[1].Kind != yaml.SequenceNode || i < 0 || i >= len(ops[1].Content) {
		return nil, s.errorf(at, "Fn::Select has no item %q", ops[0].Value)
	}
	return ops[1].Content[i], nil
}

func (s *stack) findInMap(arg, at *yaml.Node) (*yaml.Node, error) {
	ops, err := s.operands("Fn::FindInMap", arg, at, 3)
	if err != nil {
		return nil, err
	}
	found := field(field(field(field(s.doc, "Mappings"), ops[0].Value), ops[1].Value), ops[2].Value)
	if found == nil {
		return nil, s.errorf(at, "there is no mapping %s.%s.%s", ops[0].Value, ops[1].Value, ops[2].Value)
	}
	return found, nil
}

func (s *stack) choose(arg, at *yaml.Node) (*yaml.Node, error) {
	if arg.Kind != yaml.SequenceNode || len(arg.Content) != 3 {
		return nil, s.errorf(at, "Fn::If needs a condition and two values")
	}
	holds, err := s.condition(arg.Content[0].Value, at)
	if err != nil {
		return nil, err
	}
	if holds {
		return s.resolve(arg.Content[1])
	}
	return s.resolve(arg.Content[2])
}

// placeholder matches ${Name}, ${Name.Attribute} and the escaped ${!Literal}.
var placeholder = regexp.MustCompile(`\$\{(!?)([^}]*)\}`)

// sub evaluates Fn::Sub in both forms: a string, or a string with variables.
func (s *stack) sub(arg, at *yaml.Node) (*yaml.Node, error) {
	format, vars := arg, (*yaml.Node)(nil)
	if arg.Kind == yaml.SequenceNode {
		if len(arg.Content) != 2 {
			return nil, s.errorf(at, "Fn::Sub needs a string, or a list of a string and a map")
		}
		format, vars = arg.Content[0], arg.Content[1]
	}
	if format.Kind != yaml.ScalarNode {
		return nil, s.errorf(at, "Fn::Sub needs a string")
	}
	var failed error
	out := placeholder.ReplaceAllStringFunc(format.Value, func(match string) string {
		m := placeholder.FindStringSubmatch(match)
		if m[1] == "!" {
			return "${" + m[2] + "}"
		}
		value, err := s.variable(strings.TrimSpace(m[2]), vars, at)
		if err != nil && failed == nil {
			failed = err
		}
		return value
	})
	return scalar(out, at), failed
}

func (s *stack) variable(name string, vars, at *yaml.Node) (string, error) {
	if own := field(vars, name); own != nil {
		return s.text(own, at)
	}
	var value *yaml.Node
	var err error
	if strings.Contains(name, ".") {
		value, err = s.getAtt(scalar(name, at), at)
	} else {
		value, err = s.ref(name, at)
	}
	if err != nil {
		return "", err
	}
	if value == nil || value.Kind != yaml.ScalarNode {
		return "", s.errorf(at, "${%s} is not a string", name)
	}
	return value.Value, nil
}
