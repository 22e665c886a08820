package message

import "strings"

// Fingerprints of a marked range's two ends, in bytes of squashed text.
const (
	alignPrint    = 60
	alignMinPrint = 12
)

// alignMarks carries marks over rendered HTML to the plain text of the same mail, which says
// the same with other white space and line breaks. A mark whose ends are not found is dropped.
func alignMarks(rendered string, marks []mark, text string) []mark {
	from, to := squash(rendered), squash(text)
	var aligned []mark
	cursor := 0
	for _, m := range marks {
		first, last := from.at(m.start), from.at(m.end)
		if last-first < alignMinPrint || m.kind == signatureMark {
			continue
		}
		// Never look far above where the mark stands in the HTML.
		search := max(cursor, min(first-first/5, len(to.bytes)))
		head := from.bytes[first:min(first+alignPrint, last)]
		start := strings.Index(to.bytes[search:], head)
		if start < 0 {
			continue
		}
		start += search
		end := len(text)
		cursor = start
		if last < len(from.bytes) && m.kind != restMark {
			tail := from.bytes[max(first, last-alignPrint):last]
			i := strings.Index(to.bytes[start:], tail)
			if i < 0 {
				continue
			}
			cursor = start + i + len(tail)
			end = to.offset(cursor-1) + 1
		}
		aligned = append(aligned, mark{start: lineStart(text, to.offset(start)), end: lineStop(text, end), kind: m.kind})
	}
	return aligned
}

// squashed is a text without white space and punctuation, and where its bytes come from.
type squashed struct {
	bytes   string
	offsets []int32
}

func squash(s string) squashed {
	out := make([]byte, 0, len(s))
	offsets := make([]int32, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80 && !partOfSpace(s, i) {
			out = append(out, c)
			offsets = append(offsets, int32(i))
		}
	}
	return squashed{bytes: string(out), offsets: offsets}
}

// partOfSpace recognises both bytes of U+00A0.
func partOfSpace(s string, i int) bool {
	return s[i] == 0xc2 && i+1 < len(s) && s[i+1] == 0xa0 || s[i] == 0xa0 && i > 0 && s[i-1] == 0xc2
}

// at is the number of squashed bytes in front of offset.
func (q squashed) at(offset int) int {
	lo, hi := 0, len(q.offsets)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if int(q.offsets[mid]) < offset {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

func (q squashed) offset(i int) int { return int(q.offsets[i]) }

// lineStart moves offset to the start of its line when nothing but punctuation stands before it.
func lineStart(text string, offset int) int {
	start := strings.LastIndexByte(text[:offset], '\n') + 1
	if squash(text[start:offset]).bytes == "" {
		return start
	}
	return offset
}

// lineStop moves offset to the end of its line under the same condition.
func lineStop(text string, offset int) int {
	end := len(text)
	if nl := strings.IndexByte(text[offset:], '\n'); nl >= 0 {
		end = offset + nl
	}
	if squash(text[offset:end]).bytes == "" {
		return end
	}
	return offset
}
