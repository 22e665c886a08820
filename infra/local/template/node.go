package template

import (
	"iter"
	"slices"

	"go.yaml.in/yaml/v3"
)

// entries yields the keys and values of a mapping; nothing for any other node.
func entries(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}

// field returns the value under key in a mapping, or nil.
func field(n *yaml.Node, key string) *yaml.Node {
	for k, v := range entries(n) {
		if k.Value == key {
			return v
		}
	}
	return nil
}

// findAlias returns a YAML alias below n, or nil.
func findAlias(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n
	}
	for _, item := range n.Content {
		if alias := findAlias(item); alias != nil {
			return alias
		}
	}
	return nil
}

// scalar makes a string node that reports the place of at.
func scalar(value string, at *yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value, Line: at.Line, Column: at.Column}
}

// list makes a sequence node that reports the place of at.
func list(values []string, at *yaml.Node) *yaml.Node {
	out := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: at.Line, Column: at.Column}
	for _, v := range values {
		out.Content = append(out.Content, scalar(v, at))
	}
	return out
}

// merge lays local over global the way SAM merges its Globals section: maps are
// merged key by key, lists are joined with the global part first, and anything
// else, an intrinsic function included, is replaced.
func merge(global, local *yaml.Node) *yaml.Node {
	switch {
	case global == nil:
		return local
	case local == nil:
		return global
	case isIntrinsic(global) || isIntrinsic(local) || global.Kind != local.Kind:
		return local
	case local.Kind == yaml.SequenceNode:
		out := *local
		out.Content = slices.Concat(global.Content, local.Content)
		return &out
	case local.Kind != yaml.MappingNode:
		return local
	}
	out := *local
	out.Content = nil
	for key, value := range entries(global) {
		out.Content = append(out.Content, key, merge(value, field(local, key.Value)))
	}
	for key, value := range entries(local) {
		if field(global, key.Value) == nil {
			out.Content = append(out.Content, key, value)
		}
	}
	return &out
}
