package dynamodb

import (
	"fmt"
	"slices"
	"strings"
)

// step is one part of a document path: an attribute name, or an index into a list.
type step struct {
	name    string
	index   int
	isIndex bool
}

// path is a document path; its first step is a name.
type path []step

// String gives the form of AWS's messages, such as [a, b, [1]].
func (p path) String() string {
	parts := make([]string, len(p))
	for i, s := range p {
		if parts[i] = s.name; s.isIndex {
			parts[i] = fmt.Sprintf("[%d]", s.index)
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// in gives the value the path leads to.
func (p path) in(it item) (value, bool) {
	v, ok := it[p[0].name]
	for _, s := range p[1:] {
		if !ok {
			return value{}, false
		}
		v, ok = s.in(v)
	}
	return v, ok
}

func (s step) in(v value) (value, bool) {
	if !s.isIndex {
		inner, ok := v.attrs[s.name]
		return inner, ok
	}
	if v.kind != kindL || s.index >= len(v.list) {
		return value{}, false
	}
	return v.list[s.index], true
}

// disjoint refuses paths of which one contains another, or which take the same value for a list and a
// map.
func disjoint(paths []path) error {
	for i, p := range paths {
		for _, q := range paths[:i] {
			if err := p.disjointFrom(q); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p path) disjointFrom(q path) error {
	shared := 0
	for shared < min(len(p), len(q)) && p[shared] == q[shared] {
		shared++
	}
	const message = "Two document paths %s with each other; must remove or rewrite one of these paths; path one: %s, path two: %s"
	switch {
	case shared == min(len(p), len(q)):
		return faultf(message, "overlap", q, p)
	case p[shared].isIndex != q[shared].isIndex:
		return faultf(message, "conflict", q, p)
	}
	return nil
}

// projection is what a ProjectionExpression keeps of an item: the paths as a tree.
type projection struct {
	whole    bool
	children map[step]*projection
}

func newProjection(paths []path) *projection {
	root := &projection{}
	for _, p := range paths {
		node := root
		for _, s := range p {
			node = node.child(s)
		}
		node.whole = true
	}
	return root
}

func (p *projection) child(s step) *projection {
	if p.children == nil {
		p.children = make(map[step]*projection)
	}
	if p.children[s] == nil {
		p.children[s] = &projection{}
	}
	return p.children[s]
}

// names gives the top-level attributes the projection needs.
func (p *projection) names() []string {
	var names []string
	for s := range p.children {
		names = append(names, s.name)
	}
	slices.Sort(names)
	return names
}

// nested gives the attributes of which the projection keeps a part; none for a nil projection.
func (p *projection) nested() []string {
	var names []string
	if p == nil {
		return nil
	}
	for s, child := range p.children {
		if !child.whole {
			names = append(names, s.name)
		}
	}
	return names
}

// of gives the kept part of the item.
func (p *projection) of(it item) item {
	out := make(item, len(p.children))
	for s, child := range p.children {
		if v, ok := it[s.name]; ok {
			if kept, ok := child.ofValue(v); ok {
				out[s.name] = kept
			}
		}
	}
	return out
}

func (p *projection) ofValue(v value) (value, bool) {
	switch {
	case p.whole:
		return v, true
	case v.kind == kindM:
		attrs := p.of(v.attrs)
		return value{kind: kindM, attrs: attrs}, len(attrs) > 0
	case v.kind == kindL:
		list := p.ofList(v.list)
		return value{kind: kindL, list: list}, len(list) > 0
	}
	return value{}, false
}

// ofList keeps the list's order; what is left moves together.
func (p *projection) ofList(list []value) []value {
	var kept []value
	for i, element := range list {
		child := p.children[step{index: i, isIndex: true}]
		if child == nil {
			continue
		}
		if v, ok := child.ofValue(element); ok {
			kept = append(kept, v)
		}
	}
	return kept
}
