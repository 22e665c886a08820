package message

import (
	"bytes"
	"unicode/utf8"
)

// delimiter is one boundary line in a multipart body.
type delimiter struct {
	start int // of the line end in front of it, which belongs to it
	end   int // of the line, behind its line end
	last  bool
}

// nextDelimiter finds the next line "--boundary" or "--boundary--" at or behind pos. White space
// behind it is allowed, anything else means a longer boundary that merely starts the same.
func nextDelimiter(body, dashBoundary []byte, pos int) (delimiter, bool) {
	for pos < len(body) {
		i := bytes.Index(body[pos:], dashBoundary)
		if i < 0 {
			return delimiter{}, false
		}
		start := pos + i
		pos = start + len(dashBoundary)
		if start > 0 && body[start-1] != '\n' && body[start-1] != '\r' {
			continue
		}
		end := len(body)
		if nl := bytes.IndexByte(body[pos:], '\n'); nl >= 0 {
			end = pos + nl + 1
		}
		tail := bytes.TrimRight(body[pos:end], " \t\r\n")
		d := delimiter{start: start, end: end, last: bytes.HasPrefix(tail, []byte("--"))}
		if len(tail) > 0 && !d.last || d.last && len(tail) > 2 && tail[2] != ' ' {
			continue
		}
		if d.start > 0 && body[d.start-1] == '\n' {
			d.start--
		}
		if d.start > 0 && body[d.start-1] == '\r' {
			d.start--
		}
		return d, true
	}
	return delimiter{}, false
}

// splitMultipart calls part for each piece between boundaries until it returns false. found is
// false when the boundary never occurs, closed when the closing one does.
func splitMultipart(body []byte, boundary string, part func([]byte) bool) (found, closed bool) {
	dashBoundary := append([]byte("--"), boundary...)
	d, found := nextDelimiter(body, dashBoundary, 0)
	for found && !d.last {
		next, ok := nextDelimiter(body, dashBoundary, d.end)
		if !ok {
			if d.end < len(body) {
				part(body[d.end:])
			}
			return true, false
		}
		if !part(body[d.end:max(d.end, next.start)]) {
			return true, true
		}
		d = next
	}
	return found, found
}

// guessBoundary finds a boundary for a multipart that does not name one, or names a wrong one:
// the first line that starts with "--" and has a Content- field below it.
func guessBoundary(body []byte) string {
	for line, rest := range linesAndRest(body) {
		line = bytes.TrimRight(line, " \t\r\n")
		if len(line) < 4 || len(line) > 202 || line[0] != '-' || line[1] != '-' {
			continue
		}
		if len(rest) >= 8 && bytes.EqualFold(rest[:8], []byte("Content-")) && utf8.Valid(line) {
			return string(line[2:])
		}
	}
	return ""
}

// linesAndRest yields each line with what follows it.
func linesAndRest(b []byte) func(yield func(line, rest []byte) bool) {
	return func(yield func(line, rest []byte) bool) {
		for len(b) > 0 {
			line, rest := b, []byte(nil)
			if nl := bytes.IndexByte(b, '\n'); nl >= 0 {
				line, rest = b[:nl+1], b[nl+1:]
			}
			if !yield(line, rest) {
				return
			}
			b = rest
		}
	}
}
