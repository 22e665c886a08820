package template

import (
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// props reads a resource's properties. The first fault sticks and makes later
// reads return zero values, so a reader is one straight list of fields followed
// by done.
type props struct {
	s     *stack
	what  string // for messages: resource type, or path of a nested object
	node  *yaml.Node
	known map[string]bool
	err   *error // shared with nested objects
}

func (s *stack) props(what string, node *yaml.Node) *props {
	return &props{s: s, what: what, node: node, known: map[string]bool{}, err: new(error)}
}

func (p *props) fail(at *yaml.Node, format string, args ...any) {
	if *p.err == nil {
		*p.err = p.s.errorf(at, format, args...)
	}
}

// value resolves one property; nil when absent or AWS::NoValue.
func (p *props) value(key string) *yaml.Node {
	p.known[key] = true
	raw := field(p.node, key)
	if raw == nil || *p.err != nil {
		return nil
	}
	value, err := p.s.resolve(raw)
	if err != nil {
		*p.err = err
	}
	return value
}

// str reads a string; fallback when absent.
func (p *props) str(key, fallback string) string {
	value := p.value(key)
	if value == nil {
		return fallback
	}
	if value.Kind != yaml.ScalarNode {
		p.fail(value, "%s: %s must be a string", p.what, key)
	}
	return value.Value
}

// need reads a string that must be there.
func (p *props) need(key string) string {
	value := p.str(key, "")
	if value == "" {
		p.fail(p.node, "%s needs %s", p.what, key)
	}
	return value
}

// oneOf reads a string that must be among the allowed ones, the first being
// the default.
func (p *props) oneOf(key string, allowed ...string) string {
	value := p.str(key, allowed[0])
	if !slices.Contains(allowed, value) {
		p.fail(field(p.node, key), "%s: %s %s is not supported on one machine", p.what, key, value)
	}
	return value
}

// number reads an integer between least and most; fallback when absent.
func (p *props) number(key string, fallback, least, most int) int {
	value := p.value(key)
	if value == nil {
		return fallback
	}
	n, err := strconv.Atoi(value.Value)
	if err != nil || n < least || n > most {
		p.fail(value, "%s: %s must be a number from %d to %d, not %q", p.what, key, least, most, value.Value)
	}
	return n
}

// seconds reads a number of seconds.
func (p *props) seconds(key string, fallback, least, most int) time.Duration {
	return time.Duration(p.number(key, fallback, least, most)) * time.Second
}

func (p *props) flag(key string) bool {
	value := p.value(key)
	if value == nil {
		return false
	}
	truth, err := strconv.ParseBool(value.Value)
	if err != nil {
		p.fail(value, "%s: %s must be true or false, not %q", p.what, key, value.Value)
	}
	return truth
}

// strs reads a list of strings; a single string counts as a list of one.
func (p *props) strs(key string) []string {
	value := p.value(key)
	switch {
	case value == nil:
		return nil
	case value.Kind == yaml.ScalarNode:
		return []string{value.Value}
	case value.Kind != yaml.SequenceNode:
		p.fail(value, "%s: %s must be a list", p.what, key)
	}
	return scalars(value)
}

// object reads a nested object; nil when absent.
func (p *props) object(key string) *props {
	value := p.value(key)
	if value == nil {
		return nil
	}
	if value.Kind != yaml.MappingNode {
		p.fail(value, "%s: %s must be a map", p.what, key)
	}
	return p.child(key, value)
}

// objects reads a list of nested objects.
func (p *props) objects(key string) []*props {
	value := p.value(key)
	if value == nil {
		return nil
	}
	if value.Kind != yaml.SequenceNode {
		p.fail(value, "%s: %s must be a list", p.what, key)
	}
	var out []*props
	for _, item := range value.Content {
		out = append(out, p.child(key, item))
	}
	return out
}

// child is a nested object that is already resolved.
func (p *props) child(key string, node *yaml.Node) *props {
	return &props{s: p.s, what: p.what + "." + key, node: node, known: map[string]bool{}, err: p.err}
}

// noEffect names properties that change nothing on one machine. They are not
// resolved, so they may refer to what only AWS has.
func (p *props) noEffect(keys ...string) {
	for _, key := range keys {
		p.known[key] = true
	}
}

// done reports the first fault, an unknown property included.
func (p *props) done() error {
	for key := range entries(p.node) {
		if !p.known[key.Value] {
			p.fail(key, "property %s of %s is not supported on one machine", key.Value, p.what)
		}
	}
	return *p.err
}
