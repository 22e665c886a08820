package dynamodb

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// kind is the data type of a value.
type kind uint8

const (
	kindNone kind = iota // no type given
	kindS
	kindN
	kindB
	kindSS
	kindNS
	kindBS
	kindBOOL
	kindNULL
	kindL
	kindM
	kindMany // more than one type given
)

var kindNames = [...]string{
	kindS: "S", kindN: "N", kindB: "B", kindSS: "SS", kindNS: "NS", kindBS: "BS",
	kindBOOL: "BOOL", kindNULL: "NULL", kindL: "L", kindM: "M",
}

func (k kind) String() string { return kindNames[k] }

// kindNamed gives the kind written as in an attribute definition or attribute_type.
func kindNamed(name string) (kind, bool) {
	at := slices.Index(kindNames[:], name)
	return kind(max(at, 0)), at > 0
}

// value is an attribute value. Values are never changed in place: an update builds new ones along
// its path, so items may share parts.
type value struct {
	kind  kind
	text  string  // S; N in canonical form; the bytes of B
	truth bool    // BOOL and NULL
	list  []value // L in order; sets sorted, their elements of kind S, N or B
	attrs item    // M
}

// item is a set of named attributes: a row, a key or a map value.
type item map[string]value

const (
	maxItemSize = 400 << 10 // bytes, attribute names included
	maxNesting  = 32        // levels of lists and maps
)

func stringValue(text string) value { return value{kind: kindS, text: text} }
func numberValue(n number) value    { return value{kind: kindN, text: n.String()} }
func intValue(n int) value          { return value{kind: kindN, text: strconv.Itoa(n)} }

// number gives the number of a normalised N value.
func (v value) number() number {
	n, _ := parseNumber(v.text) // cannot fail: normalise has put the canonical form here
	return n
}

// normalise checks a value as received and gives its canonical form: numbers without superfluous
// zeros, sets in order.
func (v value) normalise(depth int) (value, error) {
	if depth > maxNesting {
		return value{}, invalid("Nesting Levels have exceeded supported limits: " +
			"Attributes in the item have nested levels beyond supported limit")
	}
	switch v.kind {
	case kindNone:
		return value{}, invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
	case kindMany:
		return value{}, invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
	case kindN:
		n, err := parseNumber(v.text)
		return numberValue(n), err
	case kindNULL:
		if !v.truth {
			return value{}, invalidParameter("Null attribute value types must have the value of true")
		}
	case kindSS, kindNS, kindBS:
		return v.normaliseSet()
	case kindL:
		return v.normaliseList(depth)
	case kindM:
		attrs, err := v.attrs.normalise(depth)
		return value{kind: kindM, attrs: attrs}, err
	}
	return v, nil
}

func (v value) normaliseList(depth int) (value, error) {
	out := value{kind: kindL, list: make([]value, len(v.list))}
	for i, element := range v.list {
		var err error
		if out.list[i], err = element.normalise(depth + 1); err != nil {
			return value{}, err
		}
	}
	return out, nil
}

var emptySet = map[kind]string{
	kindSS: "An string set  may not be empty",
	kindNS: "An number set  may not be empty",
	kindBS: "Binary sets should not be empty",
}

func (v value) normaliseSet() (value, error) {
	if len(v.list) == 0 {
		return value{}, invalidParameter("%s", emptySet[v.kind])
	}
	list := make([]value, len(v.list))
	for i, element := range v.list {
		var err error
		if list[i], err = element.normalise(0); err != nil {
			return value{}, err
		}
	}
	out := setOf(v.kind, list)
	if len(out.list) < len(v.list) {
		return value{}, v.duplicates()
	}
	return out, nil
}

func (v value) duplicates() *apiError {
	switch v.kind {
	case kindNS:
		return invalid("Input collection contains duplicates")
	case kindBS:
		return invalidParameter("Input collection of type BS contains duplicates.")
	}
	texts := make([]string, len(v.list))
	for i, element := range v.list {
		texts[i] = element.text
	}
	return invalidParameter("Input collection [%s] contains duplicates", strings.Join(texts, ", "))
}

// setOf sorts the elements and drops duplicates.
func setOf(k kind, elements []value) value {
	slices.SortFunc(elements, compareScalars)
	return value{kind: k, list: slices.CompactFunc(elements, value.equal)}
}

// normalise checks and normalises every attribute.
func (it item) normalise(depth int) (item, error) {
	out := make(item, len(it))
	for name, v := range it {
		if name == "" {
			return nil, invalid("Empty attribute name")
		}
		var err error
		if out[name], err = v.normalise(depth + 1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// normalised checks and normalises the attributes of a whole item or key.
func (it item) normalised() (item, error) { return it.normalise(0) }

// equal says whether both are the same value; sets and maps have no order.
func (v value) equal(w value) bool {
	return v.kind == w.kind && v.text == w.text && v.truth == w.truth &&
		slices.EqualFunc(v.list, w.list, value.equal) && v.attrs.equal(w.attrs)
}

func (it item) equal(other item) bool {
	if len(it) != len(other) {
		return false
	}
	for name, v := range it {
		if w, ok := other[name]; !ok || !v.equal(w) {
			return false
		}
	}
	return true
}

// ordered says whether values of the kind have an order.
func (k kind) ordered() bool { return k == kindS || k == kindN || k == kindB }

// compareScalars orders two values of the same ordered kind.
func compareScalars(v, w value) int {
	if v.kind == kindN {
		return v.number().compare(w.number())
	}
	return strings.Compare(v.text, w.text)
}

func (n number) compare(m number) int {
	if n.sign() != m.sign() {
		return cmp.Compare(n.sign(), m.sign())
	}
	// Without a point the digits compare as text: no trailing zeros, so a prefix is smaller.
	magnitude := cmp.Or(cmp.Compare(n.exponent, m.exponent), strings.Compare(n.digits, m.digits))
	return n.sign() * magnitude
}

func (n number) sign() int {
	switch {
	case n.digits == "":
		return 0
	case n.negative:
		return -1
	}
	return 1
}

// size gives the bytes AWS counts for the value, after its "Item sizes and formats".
func (v value) size() int {
	switch v.kind {
	case kindS, kindB:
		return len(v.text)
	case kindN:
		return v.number().size()
	case kindBOOL, kindNULL:
		return 1
	case kindM:
		return 3 + len(v.attrs) + v.attrs.size()
	}
	total := 0
	for _, element := range v.list {
		total += element.size()
	}
	if v.kind == kindL {
		total += 3 + len(v.list)
	}
	return total
}

// size gives the bytes AWS counts for the item: names and values.
func (it item) size() int {
	total := 0
	for name, v := range it {
		total += len(name) + v.size()
	}
	return total
}

// only gives the named attributes that exist.
func (it item) only(names []string) item {
	out := make(item, len(names))
	for _, name := range names {
		if v, ok := it[name]; ok {
			out[name] = v
		}
	}
	return out
}
