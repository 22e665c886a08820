package dynamodb

import (
	"maps"
	"slices"
)

// update is a parsed UpdateExpression.
type update struct {
	sets    []assignment
	removes []path
	adds    []adjustment
	deletes []adjustment
}

// assignment is one action of SET.
type assignment struct {
	target path
	value  expression
}

// adjustment is one action of ADD or DELETE.
type adjustment struct {
	target path
	value  value
}

// targets gives every path the update changes, in the order written.
func (u *update) targets() []path {
	var targets []path
	for _, set := range u.sets {
		targets = append(targets, set.target)
	}
	targets = append(targets, u.removes...)
	for _, adjustment := range slices.Concat(u.adds, u.deletes) {
		targets = append(targets, adjustment.target)
	}
	return targets
}

var (
	errNoSuchAttribute = invalid("The provided expression refers to an attribute that does not exist in the item")
	errOperandKind     = invalid("An operand in the update expression has an incorrect data type")
	errUpdatePath      = invalid("The document path provided in the update expression is invalid for update")
)

// applyTo gives the item after the update. Every action sees the item as it was before: values are
// computed first, list indexes mean the old positions, and list elements go last.
func (u *update) applyTo(old item) (item, error) {
	var writes, removals []write
	for _, set := range u.sets {
		v, err := set.value.evaluate(old)
		if err != nil {
			return nil, err
		}
		writes = append(writes, write{set.target, v})
	}
	for _, add := range u.adds {
		v, err := add.added(old)
		if err != nil {
			return nil, err
		}
		writes = append(writes, write{add.target, v})
	}
	for _, del := range u.deletes {
		v, left, err := del.deleted(old)
		switch {
		case err != nil:
			return nil, err
		case left:
			writes = append(writes, write{del.target, v})
		default:
			removals = append(removals, write{target: del.target})
		}
	}
	for _, target := range u.removes {
		removals = append(removals, write{target: target})
	}
	// Appended elements keep the order of their indexes; removed ones go from the back.
	slices.SortStableFunc(writes, write.byLastIndex)
	slices.SortStableFunc(removals, func(a, b write) int { return b.byLastIndex(a) })
	return applyWrites(old, writes, removals)
}

// write puts a value at a path; in a removal the value is unused.
type write struct {
	target path
	value  value
}

func (w write) byLastIndex(other write) int {
	return w.target[len(w.target)-1].index - other.target[len(other.target)-1].index
}

func applyWrites(old item, writes, removals []write) (item, error) {
	root := value{kind: kindM, attrs: old}
	var err error
	for _, w := range writes {
		if root, err = root.with(w.target, func(value, bool) (value, bool) { return w.value, true }); err != nil {
			return nil, err
		}
	}
	for _, w := range removals {
		if root, err = root.with(w.target, func(value, bool) (value, bool) { return value{}, false }); err != nil {
			return nil, err
		}
	}
	return root.attrs, nil
}

// with gives a copy of v in which the value at the path is replaced by what change makes of it, or
// removed when change says so. All but the last step must exist.
func (v value) with(p path, change func(old value, exists bool) (value, bool)) (value, error) {
	s := p[0]
	if wanted := s.container(); v.kind != wanted {
		return value{}, errUpdatePath
	}
	old, exists := s.in(v)
	if len(p) == 1 {
		changed, keep := change(old, exists)
		return v.replaced(s, changed, keep), nil
	}
	if !exists {
		return value{}, errUpdatePath
	}
	inner, err := old.with(p[1:], change)
	if err != nil {
		return value{}, err
	}
	return v.replaced(s, inner, true), nil
}

func (s step) container() kind {
	if s.isIndex {
		return kindL
	}
	return kindM
}

// replaced gives a copy with the part at the step changed; an index past the end appends.
func (v value) replaced(s step, part value, keep bool) value {
	if !s.isIndex {
		attrs := maps.Clone(v.attrs)
		if attrs == nil {
			attrs = item{}
		}
		if delete(attrs, s.name); keep {
			attrs[s.name] = part
		}
		return value{kind: kindM, attrs: attrs}
	}
	list := slices.Clone(v.list)
	switch {
	case s.index >= len(list) && keep:
		list = append(list, part)
	case s.index < len(list) && keep:
		list[s.index] = part
	case s.index < len(list):
		list = slices.Delete(list, s.index, s.index+1)
	}
	return value{kind: kindL, list: list}
}

// expression is the right side of SET, or a part of it. Unlike an operand of a condition it fails when
// an attribute is missing or of the wrong kind.
type expression interface {
	evaluate(it item) (value, error)
	staticKind() kind
}

func (v value) evaluate(item) (value, error) { return v, nil }

func (p path) evaluate(it item) (value, error) {
	v, ok := p.in(it)
	if !ok {
		return value{}, errNoSuchAttribute
	}
	return v, nil
}

type (
	// arithmetic is left + right or left - right.
	arithmetic struct {
		operator    string
		left, right expression
	}
	ifNotExists struct {
		target    path
		otherwise expression
	}
	listAppend struct{ left, right expression }
)

func (a arithmetic) staticKind() kind { return kindN }
func (l listAppend) staticKind() kind { return kindL }

// staticKind is unknown: the attribute may have any.
func (i ifNotExists) staticKind() kind { return kindNone }

func (a arithmetic) evaluate(it item) (value, error) {
	left, right, err := evaluateBoth(a.left, a.right, kindN, it)
	if err != nil {
		return value{}, err
	}
	addend := right.number()
	if a.operator == "-" {
		addend = addend.negated()
	}
	total, err := left.number().sum(addend)
	return numberValue(total), err
}

func (i ifNotExists) evaluate(it item) (value, error) {
	if v, ok := i.target.in(it); ok {
		return v, nil
	}
	return i.otherwise.evaluate(it)
}

func (l listAppend) evaluate(it item) (value, error) {
	left, right, err := evaluateBoth(l.left, l.right, kindL, it)
	return value{kind: kindL, list: slices.Concat(left.list, right.list)}, err
}

func evaluateBoth(left, right expression, wanted kind, it item) (l, r value, err error) {
	if l, err = left.evaluate(it); err != nil {
		return l, r, err
	}
	if r, err = right.evaluate(it); err != nil {
		return l, r, err
	}
	if l.kind != wanted || r.kind != wanted {
		return l, r, errOperandKind
	}
	return l, r, nil
}

// added gives the target after ADD: a sum, a union, or the value itself where nothing was.
func (a adjustment) added(it item) (value, error) {
	old, exists := a.target.in(it)
	switch {
	case !exists:
		return a.value, nil
	case old.kind != a.value.kind:
		return value{}, errOperandKind
	case old.kind == kindN:
		total, err := old.number().sum(a.value.number())
		return numberValue(total), err
	}
	return setOf(old.kind, slices.Concat(old.list, a.value.list)), nil
}

// deleted gives the set left after DELETE, and whether one is left: there are no empty sets.
func (a adjustment) deleted(it item) (v value, left bool, err error) {
	old, exists := a.target.in(it)
	if !exists {
		return value{}, false, nil
	}
	if old.kind != a.value.kind {
		return value{}, false, errOperandKind
	}
	rest := slices.DeleteFunc(slices.Clone(old.list), func(element value) bool {
		return slices.ContainsFunc(a.value.list, element.equal)
	})
	return value{kind: old.kind, list: rest}, len(rest) > 0, nil
}
