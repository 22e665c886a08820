package offline

// automaton finds every occurrence of many words in one pass over a text, after
// Aho and Corasick (Communications of the ACM 18, 1975). Children are linked
// lists: a node has few, and twenty bytes a node keep the fifteen languages small.
type automaton struct {
	nodes []node
	first [256]int32 // children of the root, 0 for none
}

type node struct {
	child, sibling int32 // 0 for none
	fail           int32
	output         int32 // the nearest node on the failure path that ends a word, 0 for none
	word           int32 // -1 for none
	label          byte
}

// newAutomaton numbers the words as given; an empty one is never found.
func newAutomaton(words []string) *automaton {
	a := &automaton{nodes: make([]node, 1, 1024)}
	a.nodes[0].word = -1
	for i, word := range words {
		a.add(word, int32(i))
	}
	a.link()
	return a
}

func (a *automaton) add(word string, number int32) {
	at := int32(0)
	for i := range len(word) {
		next := a.step(at, word[i])
		if next == 0 {
			next = a.grow(at, word[i])
		}
		at = next
	}
	if at != 0 {
		a.nodes[at].word = number
	}
}

func (a *automaton) step(at int32, label byte) int32 {
	if at == 0 {
		return a.first[label]
	}
	next := a.nodes[at].child
	for next != 0 && a.nodes[next].label != label {
		next = a.nodes[next].sibling
	}
	return next
}

func (a *automaton) grow(at int32, label byte) int32 {
	next := int32(len(a.nodes))
	a.nodes = append(a.nodes, node{label: label, word: -1})
	if at == 0 {
		a.first[label] = next
		return next
	}
	a.nodes[next].sibling = a.nodes[at].child
	a.nodes[at].child = next
	return next
}

// link sets the failure links breadth first, so that a node's own is known
// before its children's.
func (a *automaton) link() {
	var queue []int32
	for _, n := range a.first {
		if n != 0 {
			queue = append(queue, n)
		}
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for n := a.nodes[at].child; n != 0; n = a.nodes[n].sibling {
			fail := a.advance(a.nodes[at].fail, a.nodes[n].label)
			a.nodes[n].fail = fail
			a.nodes[n].output = fail
			if a.nodes[fail].word < 0 {
				a.nodes[n].output = a.nodes[fail].output
			}
			queue = append(queue, n)
		}
	}
}

func (a *automaton) advance(at int32, label byte) int32 {
	for {
		if next := a.step(at, label); next != 0 {
			return next
		}
		if at == 0 {
			return 0
		}
		at = a.nodes[at].fail
	}
}

// scan calls found with the number of every word and where it ends, in the order
// of the ends.
func (a *automaton) scan(text string, found func(word, end int)) {
	at := int32(0)
	for i := range len(text) {
		at = a.advance(at, text[i])
		n := at
		if a.nodes[n].word < 0 {
			n = a.nodes[n].output
		}
		for n != 0 {
			found(int(a.nodes[n].word), i+1)
			n = a.nodes[n].output
		}
	}
}
