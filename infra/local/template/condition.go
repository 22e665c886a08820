package template

import "go.yaml.in/yaml/v3"

// condition evaluates the named entry of the Conditions section.
func (s *stack) condition(name string, at *yaml.Node) (bool, error) {
	if truth, known := s.truths[name]; known {
		return truth, nil
	}
	expr := field(field(s.doc, "Conditions"), name)
	if expr == nil {
		return false, s.errorf(at, "there is no condition %s", name)
	}
	key := "condition " + name
	if s.pending[key] {
		return false, s.errorf(at, "%s depends on itself", key)
	}
	s.pending[key] = true
	defer delete(s.pending, key)
	truth, err := s.test(expr)
	if err == nil {
		s.truths[name] = truth
	}
	return truth, err
}

// test evaluates a condition expression.
func (s *stack) test(expr *yaml.Node) (bool, error) {
	if named := field(expr, "Condition"); named != nil {
		return s.condition(named.Value, expr)
	}
	name, arg, ok := intrinsic(expr)
	if !ok {
		return false, s.errorf(expr, "expected a condition function")
	}
	switch name {
	case "Condition":
		return s.condition(arg.Value, expr)
	case "Fn::Equals":
		ops, err := s.operands(name, arg, expr, 2)
		return err == nil && ops[0].Value == ops[1].Value, err
	case "Fn::Not":
		truths, err := s.tests(name, arg, expr, 1, 1)
		return err == nil && !truths[0], err
	case "Fn::And":
		truths, err := s.tests(name, arg, expr, 2, 10)
		return err == nil && count(truths) == len(truths), err
	case "Fn::Or":
		truths, err := s.tests(name, arg, expr, 2, 10)
		return err == nil && count(truths) > 0, err
	default:
		return false, s.errorf(expr, "%s is not a condition function", name)
	}
}

func (s *stack) tests(name string, arg, at *yaml.Node, least, most int) ([]bool, error) {
	if arg.Kind != yaml.SequenceNode || len(arg.Content) < least || len(arg.Content) > most {
		return nil, s.errorf(at, "%s needs %d to %d conditions", name, least, most)
	}
	out := make([]bool, len(arg.Content))
	for i, item := range arg.Content {
		truth, err := s.test(item)
		if err != nil {
			return nil, err
		}
		out[i] = truth
	}
	return out, nil
}

func count(truths []bool) (n int) {
	for _, truth := range truths {
		if truth {
			n++
		}
	}
	return n
}
