package template

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// stack is one template file in its place in the tree of stacks. Values are
// resolved on demand, so nested stacks may use each other's outputs in any
// order; only a true cycle is an error.
type stack struct {
	path, file string // where it was read; how errors call it
	parent     *stack
	logicalID  string // of the nested stack's resource in its parent
	opts       Options
	doc        *yaml.Node // top-level mapping

	arguments map[string]argument // values for parameters, by name
	children  map[string]*stack   // nested stacks by logical id
	memo      map[string]*yaml.Node
	pending   map[string]bool // what is being resolved now, to find cycles
	truths    map[string]bool // conditions already evaluated
}

// argument is a parameter's value together with the stack it is written in.
type argument struct {
	node *yaml.Node
	in   *stack
}

// sections this reader understands; any other top-level key is an error.
var sections = []string{"AWSTemplateFormatVersion", "Transform", "Description", "Metadata",
	"Globals", "Parameters", "Mappings", "Conditions", "Resources", "Outputs"}

func openStack(path string, parent *stack, logicalID string, opts Options) (*stack, error) {
	s := &stack{
		path: path, file: displayPath(path, parent), parent: parent, logicalID: logicalID, opts: opts,
		arguments: map[string]argument{}, children: map[string]*stack{},
		memo: map[string]*yaml.Node{}, pending: map[string]bool{}, truths: map[string]bool{},
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading template: %w", err)
	}
	if s.doc, err = parse(text); err != nil {
		return nil, s.yamlError(err)
	}
	if alias := findAlias(s.doc); alias != nil {
		return nil, s.errorf(alias, "CloudFormation does not support YAML aliases")
	}
	for key := range entries(s.doc) {
		if !slices.Contains(sections, key.Value) {
			return nil, s.errorf(key, "unknown section %s", key.Value)
		}
	}
	return s, s.openChildren()
}

// parse returns the top-level mapping of a YAML document.
func parse(text []byte) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("yaml: line 1: a template must be a mapping")
	}
	return doc.Content[0], nil
}

var yamlLine = regexp.MustCompile(`^yaml: (?:unmarshal errors:\s*)?line (\d+): `)

// yamlError turns the YAML library's error text into file:line.
func (s *stack) yamlError(err error) error {
	msg := err.Error()
	m := yamlLine.FindStringSubmatch(msg)
	if m == nil {
		return &Error{File: s.file, Line: 1, Msg: msg}
	}
	line, _ := strconv.Atoi(m[1])
	return &Error{File: s.file, Line: line, Msg: strings.TrimPrefix(msg, m[0])}
}

func (s *stack) errorf(at *yaml.Node, format string, args ...any) error {
	line := 0
	if at != nil {
		line = at.Line
	}
	return &Error{File: s.file, Line: line, Msg: fmt.Sprintf(format, args...)}
}

// openChildren reads the nested stacks, whether or not a condition leaves them
// out, and binds their arguments.
func (s *stack) openChildren() error {
	for id, res := range entries(field(s.doc, "Resources")) {
		kind := field(res, "Type")
		if kind == nil || kind.Value != "AWS::Serverless::Application" {
			continue
		}
		if err := s.openChild(id, field(res, "Properties")); err != nil {
			return err
		}
	}
	return nil
}

func (s *stack) openChild(id, props *yaml.Node) error {
	for key := range entries(props) {
		if !slices.Contains([]string{"Location", "Parameters", "Tags", "TimeoutInMinutes", "NotificationARNs"}, key.Value) {
			return s.errorf(key, "property %s of AWS::Serverless::Application is not supported", key.Value)
		}
	}
	location := field(props, "Location")
	if location == nil || location.Kind != yaml.ScalarNode || strings.Contains(location.Value, "://") {
		return s.errorf(id, "nested stack %s needs a Location that is a file", id.Value)
	}
	path := filepath.Join(filepath.Dir(s.path), filepath.FromSlash(location.Value))
	if _, err := os.Stat(path); err != nil {
		return s.errorf(location, "nested template %s cannot be read", location.Value)
	}
	for up := s; up != nil; up = up.parent {
		if up.path == path {
			return s.errorf(location, "nested template %s contains itself", location.Value)
		}
	}
	child, err := openStack(path, s, id.Value, s.opts)
	if err != nil {
		return err
	}
	s.children[id.Value] = child
	return s.bind(child, field(props, "Parameters"))
}

func (s *stack) bind(child *stack, params *yaml.Node) error {
	declared := field(child.doc, "Parameters")
	for key, value := range entries(params) {
		if field(declared, key.Value) == nil {
			return s.errorf(key, "%s has no parameter %s", child.file, key.Value)
		}
		child.arguments[key.Value] = argument{value, s}
	}
	for key, decl := range entries(declared) {
		if _, given := child.arguments[key.Value]; !given && field(decl, "Default") == nil {
			return s.errorf(params, "parameter %s of %s has no value", key.Value, child.file)
		}
	}
	return nil
}

func (s *stack) overrideParameters(values map[string]string) error {
	declared := field(s.doc, "Parameters")
	for name, value := range values {
		decl := field(declared, name)
		if decl == nil {
			return s.errorf(s.doc, "there is no parameter %s to override", name)
		}
		s.arguments[name] = argument{scalar(value, decl), s}
	}
	for key, decl := range entries(declared) {
		if _, given := s.arguments[key.Value]; !given && field(decl, "Default") == nil {
			return s.errorf(key, "parameter %s has neither a default nor a local value", key.Value)
		}
	}
	return nil
}

// trail lists the logical ids of the stacks from the root down to s.
func (s *stack) trail() []string {
	if s.parent == nil {
		return nil
	}
	return append(s.parent.trail(), s.logicalID)
}

func (s *stack) outputNames() []string {
	var names []string
	for key := range entries(field(s.doc, "Outputs")) {
		names = append(names, key.Value)
	}
	return names
}

// output resolves one output; nil when its condition leaves it out.
func (s *stack) output(name string, at *yaml.Node) (*yaml.Node, error) {
	decl := field(field(s.doc, "Outputs"), name)
	if decl == nil {
		return nil, s.errorf(at, "there is no output %s in %s", name, s.file)
	}
	if present, err := s.present(decl); err != nil || !present {
		return nil, err
	}
	return s.once("output "+name, decl, func() (*yaml.Node, error) {
		return s.resolve(field(decl, "Value"))
	})
}

// once remembers a value and reports a cycle instead of recursing for ever.
func (s *stack) once(key string, at *yaml.Node, compute func() (*yaml.Node, error)) (*yaml.Node, error) {
	if value, known := s.memo[key]; known {
		return value, nil
	}
	if s.pending[key] {
		return nil, s.errorf(at, "%s depends on itself", key)
	}
	s.pending[key] = true
	defer delete(s.pending, key)
	value, err := compute()
	if err == nil {
		s.memo[key] = value
	}
	return value, err
}
