package message

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Parts is a text body divided into what its writer wrote, what was there before, and how the
// writer signs. Nothing is lost: Folds says where Quoted and Signature stand in the text.
type Parts struct {
	Visible   string
	Quoted    string
	Signature string
	Folds     []Fold
}

// Fold is a byte range of a text that is better shown folded.
type Fold struct {
	Start int      `json:"start"`
	End   int      `json:"end"`
	Kind  FoldKind `json:"kind"`
}

// FoldKind says why a range is folded.
type FoldKind string

// The two reasons to fold.
const (
	FoldQuoted    FoldKind = "quoted"
	FoldSignature FoldKind = "signature"
)

// Split divides text, the plain text of a mail with "\n" line ends. html is the HTML of the same
// mail or ""; its markup is asked where the text alone shows no history. When in doubt text
// stays visible; answers between quoted lines always do; and text that would vanish altogether
// is kept whole.
func Split(text, html string) Parts {
	p := splitMarked(text, nil)
	if html == "" || p.Quoted != "" || !hintsAtQuote(html) {
		return p
	}
	rendered, marks := textAndMarks(html)
	if len(marks) == 0 {
		return p
	}
	if rendered != text {
		marks = alignMarks(rendered, marks, text)
	}
	return splitMarked(text, marks)
}

// splitMarked divides text by its own evidence and by the marks from HTML.
func splitMarked(text string, marks []mark) Parts {
	s := &splitter{text: text, tables: tables()}
	s.scan()
	s.applyMarks(marks)
	s.findHistory()
	s.keepLoneQuote()
	s.findSignatures()
	if !s.anyVisible() {
		return Parts{Visible: strings.TrimSpace(text)}
	}
	return s.parts()
}

// lineKind is what one line turned out to be.
type lineKind uint8

const (
	ownLine lineKind = iota
	blankLine
	quotedLine
	signatureLine
)

type textLine struct {
	start, end int32 // without the line end
	from, to   int32 // without white space around it either
	kind       lineKind
	arrow      bool // starts with ">"
	maybe      bool // inside a bare blockquote
}

type splitter struct {
	text      string
	lines     []textLine
	tables    *phraseTables
	forwarded bool // a forwarded mail starts somewhere: what follows is no history
}

func (s *splitter) line(i int) string { return s.text[s.lines[i].start:s.lines[i].end] }

func (s *splitter) trimmed(i int) string { return s.text[s.lines[i].from:s.lines[i].to] }

// trimLine takes white space of every kind off both ends.
func trimLine(line string) string { return trimLineEnd(trimLineStart(line)) }

const lineSpace = " \t\r\u00a0\u3000\u202f\u200b\ufeff"

func trimLineStart(line string) string {
	line = trimBlankStart(line)
	if line == "" || line[0] < utf8.RuneSelf {
		return line // by far the most lines
	}
	return strings.TrimLeft(line, lineSpace)
}

func trimLineEnd(line string) string {
	line = trimBlankEnd(line)
	if line == "" || line[len(line)-1] < utf8.RuneSelf {
		return line
	}
	return strings.TrimRight(line, lineSpace)
}

func (s *splitter) scan() {
	s.lines = make([]textLine, 0, strings.Count(s.text, "\n")+1)
	for start := 0; start < len(s.text); {
		end, next := len(s.text), len(s.text)
		if nl := strings.IndexByte(s.text[start:], '\n'); nl >= 0 {
			end, next = start+nl, start+nl+1
		}
		l := textLine{start: int32(start), end: int32(end)}
		line := trimLineStart(s.text[start:end])
		l.from = l.end - int32(len(line))
		line = trimLineEnd(line)
		l.to = l.from + int32(len(line))
		switch {
		case line == "":
			l.kind = blankLine
		case isArrow(line):
			l.kind, l.arrow = quotedLine, true
		}
		s.lines = append(s.lines, l)
		start = next
	}
}

// isArrow recognises a quoted line. ">From" alone is mbox escaping, ">>>" followed by a word
// and a comparison like "> 5" are left to keepLoneQuote.
func isArrow(line string) bool {
	if strings.HasPrefix(line, "＞") {
		return true
	}
	return line[0] == '>' && !strings.HasPrefix(line, ">From ")
}

// applyMarks turns ranges of text that the HTML marks into line kinds.
func (s *splitter) applyMarks(marks []mark) {
	slices.SortStableFunc(marks, func(a, b mark) int { return a.start - b.start })
	first := 0
	for _, m := range marks {
		for first < len(s.lines) && int(s.lines[first].end) <= m.start {
			first++
		}
		if first == len(s.lines) {
			return
		}
		if m.kind != signatureMark && s.isForward(s.trimmed(first)) {
			s.forwarded = true
			return
		}
		s.applyMark(m, first)
	}
}

func (s *splitter) applyMark(m mark, first int) {
	for i := first; i < len(s.lines) && int(s.lines[i].start) < m.end; i++ {
		l := &s.lines[i]
		// A mark that covers a line only in part, as when an answer stands beside a quotation
		// in a table row, does not fold the line.
		if l.kind == blankLine || int(l.start) < m.start || int(l.end) > m.end {
			continue
		}
		switch m.kind {
		case maybeQuoteMark:
			l.maybe = true
		case signatureMark:
			if l.kind == ownLine {
				l.kind = signatureLine
			}
		default:
			l.kind = quotedLine
		}
	}
}

// findHistory walks down the text and folds history by how it is announced.
func (s *splitter) findHistory() {
	seen := false // the writer's own text above
	for i := 0; i < len(s.lines); i++ {
		if s.lines[i].kind != ownLine {
			continue
		}
		line := s.trimmed(i)
		switch {
		case s.forwarded || s.isForward(line):
			s.forwarded = true
			return
		case ruled(line) && (s.isOriginal(line) || s.isReplyAbove(line) || s.isRuleAboveHeader(i)) || s.headerBlock(i):
			if seen && s.answersBetween(i) {
				return
			}
			s.fold(i, len(s.lines))
			return
		}
		if from, strong := s.attributionAt(i); from >= 0 {
			below := s.nextText(i + 1)
			switch {
			case below < len(s.lines) && s.lines[below].kind == quotedLine:
				s.fold(from, i+1)
				continue
			case below < len(s.lines) && s.lines[below].maybe:
				s.fold(from, i+1)
				i = s.foldMaybe(below) - 1
				continue
			case strong && s.visibleAbove(from) && !s.answersBetween(from):
				s.fold(from, len(s.lines))
				return
			}
		}
		seen = true
	}
}

// fold marks own lines from i to before end as history.
func (s *splitter) fold(i, end int) {
	for ; i < end; i++ {
		if s.lines[i].kind != blankLine {
			s.lines[i].kind = quotedLine
		}
	}
}

// foldMaybe folds the run of bare blockquote lines at i and returns the line behind it.
func (s *splitter) foldMaybe(i int) int {
	for i < len(s.lines) && (s.lines[i].maybe || s.lines[i].kind == blankLine) {
		if s.lines[i].maybe {
			s.lines[i].kind = quotedLine
		}
		i++
	}
	return i
}

// nextText is the first line at or behind i that is not blank.
func (s *splitter) nextText(i int) int {
	for i < len(s.lines) && s.lines[i].kind == blankLine {
		i++
	}
	return i
}

func (s *splitter) visibleAbove(i int) bool {
	for _, l := range s.lines[:i] {
		if l.kind == ownLine {
			return true
		}
	}
	return false
}

func (s *splitter) anyVisible() bool { return s.visibleAbove(len(s.lines)) }

// keepLoneQuote shows a single line that starts with ">" and has nothing else to do with a
// quotation: "> 5 pieces arrived broken".
func (s *splitter) keepLoneQuote() {
	lone := -1
	for i, l := range s.lines {
		if l.kind == quotedLine {
			if !l.arrow || lone >= 0 {
				return
			}
			lone = i
		}
	}
	if lone >= 0 {
		s.lines[lone].kind = ownLine
	}
}

// parts assembles the result. Blank lines belong to what stands above them.
func (s *splitter) parts() Parts {
	var p Parts
	var visible, quoted, signature strings.Builder
	sizes := s.sizes()
	own, whole := s.ownRun()
	if !whole {
		visible.Grow(sizes[ownLine])
	}
	quoted.Grow(sizes[quotedLine])
	signature.Grow(sizes[signatureLine])
	kind := ownLine
	gap := false
	for i, l := range s.lines {
		if l.kind == blankLine {
			if kind == ownLine {
				gap = true
			} else {
				p.Folds[len(p.Folds)-1].End = s.lineEnd(i)
			}
			continue
		}
		into := &visible
		switch l.kind {
		case quotedLine:
			into = &quoted
		case signatureLine:
			into = &signature
		}
		if l.kind != ownLine {
			p.Folds = s.extend(p.Folds, i, l.kind, l.kind == kind)
		} else if whole {
			kind, gap = ownLine, false
			continue
		}
		if into.Len() > 0 {
			into.WriteByte('\n')
			if (gap || l.kind != kind) && into == &visible {
				into.WriteByte('\n')
			}
		}
		into.WriteString(trimBlankEnd(s.line(i)))
		kind, gap = l.kind, false
	}
	if !whole {
		own = visible.String()
	}
	p.Visible = strings.TrimSpace(own)
	p.Quoted = quoted.String()
	p.Signature = signature.String()
	return p
}

// ownRun is the text from the first own line to the last. whole is true when it is what parts
// would assemble: nothing in it is folded, no line ends in white space and no blank lines
// follow each other.
func (s *splitter) ownRun() (text string, whole bool) {
	first, last := 0, len(s.lines)-1
	for first < len(s.lines) && s.lines[first].kind != ownLine {
		first++
	}
	for last > first && s.lines[last].kind != ownLine {
		last--
	}
	if first > last {
		return "", true
	}
	for i := first; i <= last; i++ {
		l := &s.lines[i]
		blank := l.kind == blankLine
		if l.kind != ownLine && !blank || l.to < l.end || blank && (l.start < l.end || s.lines[i-1].kind == blankLine) {
			return "", false
		}
	}
	return s.text[s.lines[first].start:s.lines[last].end], true
}

// sizes is at most how many bytes the lines of each kind take.
func (s *splitter) sizes() (n [signatureLine + 1]int) {
	for i := range s.lines {
		l := &s.lines[i]
		n[l.kind] += int(l.end-l.start) + len("\n\n")
	}
	return n
}

// extend adds line i to the last fold or opens a new one.
func (s *splitter) extend(folds []Fold, i int, kind lineKind, same bool) []Fold {
	if same && len(folds) > 0 {
		folds[len(folds)-1].End = s.lineEnd(i)
		return folds
	}
	f := Fold{Start: int(s.lines[i].start), End: s.lineEnd(i), Kind: FoldQuoted}
	if kind == signatureLine {
		f.Kind = FoldSignature
	}
	return append(folds, f)
}

// lineEnd is where line i ends, its line end included.
func (s *splitter) lineEnd(i int) int {
	if i+1 < len(s.lines) {
		return int(s.lines[i+1].start)
	}
	return len(s.text)
}
