package message

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// decodeTransfer undoes a Content-Transfer-Encoding. ok is false when bytes had to be skipped
// or the encoding is unknown. The result may share memory with b.
func decodeTransfer(b []byte, encoding string) (out []byte, ok bool) {
	switch strings.ToLower(strings.Trim(firstWord(encoding), `"'`)) {
	case "base64", "b", "base-64":
		return decodeBase64(b)
	case "quoted-printable", "q", "quotedprintable":
		return decodeQuotedPrintable(b)
	case "x-uuencode", "uuencode", "x-uue", "uue":
		return decodeUU(b)
	case "", "7bit", "8bit", "binary", "7-bit", "8-bit", "none", "utf-8", "us-ascii":
		return b, true
	}
	return b, false
}

func firstWord(s string) string {
	if i := strings.IndexAny(s, " \t;("); i >= 0 {
		return s[:i]
	}
	return s
}

// decodeBase64 decodes line by line, which lets the standard decoder run at full speed, and
// falls back to picking out the alphabet for a line that is not clean. Bytes with too much
// else between them are no base64 at all, only labelled so, and come back as they are.
func decodeBase64(b []byte) (out []byte, ok bool) {
	out, junk, ok := scanBase64(b)
	if junk > 4 && junk*20 > len(b) {
		return b, false
	}
	return out, ok
}

func scanBase64(b []byte) (out []byte, junk int, ok bool) {
	out = make([]byte, 0, base64.StdEncoding.DecodedLen(len(b)))
	ok = true
	var rest [4]byte // quantum that continues on the next line
	n := 0
	for len(b) > 0 {
		line := b
		if nl := bytes.IndexByte(b, '\n'); nl >= 0 {
			line, b = b[:nl], b[nl+1:]
		} else {
			b = nil
		}
		line = bytes.Trim(line, " \t\r")
		if n == 0 && len(line)%4 == 0 && len(line) > 0 {
			size := len(out)
			wrote, err := base64.StdEncoding.Decode(out[size:cap(out)], line)
			if err == nil {
				out = out[:size+wrote]
				continue
			}
		}
		for _, c := range line {
			switch {
			case isBase64(c):
				rest[n] = c
				n++
			case c == '-' || c == '_': // URL alphabet, seen from home-made mailers
				rest[n] = '+'
				if c == '_' {
					rest[n] = '/'
				}
				n++
			case c == '=':
				out = appendQuantum(out, rest[:n])
				n = 0
			case c == '!' || c == '\r' || c == 0:
			default:
				junk++
				ok = false
			}
			if n == 4 {
				out = appendQuantum(out, rest[:])
				n = 0
			}
		}
	}
	if n > 0 {
		ok = false
	}
	return appendQuantum(out, rest[:n]), junk, ok
}

func appendQuantum(out []byte, quantum []byte) []byte {
	var buf [3]byte
	n, _ := base64.RawStdEncoding.Decode(buf[:], quantum)
	return append(out, buf[:n]...)
}

// decodeQuotedPrintable is RFC 2045 with everything but a valid escape passed through.
func decodeQuotedPrintable(b []byte) (out []byte, ok bool) {
	if bytes.IndexByte(b, '=') < 0 && bytes.IndexByte(b, ' ') < 0 {
		return b, true
	}
	out = make([]byte, 0, len(b))
	ok = true
	for len(b) > 0 {
		line, end := b, []byte(nil)
		if nl := bytes.IndexByte(b, '\n'); nl >= 0 {
			line, end, b = b[:nl], b[nl:nl+1], b[nl+1:]
		} else {
			b = nil
		}
		trimmed := bytes.TrimRight(line, " \t\r")
		soft := len(trimmed) > 0 && trimmed[len(trimmed)-1] == '='
		if soft {
			trimmed = trimmed[:len(trimmed)-1]
		}
		var clean bool
		out, clean = appendQuotedPrintable(out, trimmed)
		ok = ok && clean
		if !soft {
			out = append(out, end...)
		}
	}
	return out, ok
}

func appendQuotedPrintable(out, line []byte) ([]byte, bool) {
	ok := true
	for {
		eq := bytes.IndexByte(line, '=')
		if eq < 0 {
			return append(out, line...), ok
		}
		out = append(out, line[:eq]...)
		if c, valid := hexByte(line[eq+1:]); valid {
			out = append(out, c)
			line = line[eq+3:]
			continue
		}
		ok = false
		out = append(out, '=')
		line = line[eq+1:]
	}
}

// hexByte reads two hexadecimal digits of either case.
func hexByte[T ~string | ~[]byte](s T) (byte, bool) {
	if len(s) < 2 {
		return 0, false
	}
	hi, lo := hexDigit(s[0]), hexDigit(s[1])
	if hi > 15 || lo > 15 {
		return 0, false
	}
	return hi<<4 | lo, true
}

func hexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 0xff
}

// decodeUU reads the lines between "begin" and "end"; without a "begin" line nothing is lost.
func decodeUU(b []byte) (out []byte, ok bool) {
	started := false
	for line := range bytes.Lines(b) {
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case !started:
			started = bytes.HasPrefix(line, []byte("begin "))
		case bytes.Equal(line, []byte("end")):
			return out, true
		case len(line) > 0:
			out = appendUULine(out, line)
		}
		// Ends of lines that were blank may be missing, but not more than there is:
		// two bytes of a hostile mail would become sixty.
		if len(out) > len(b) {
			return out[:len(b)], false
		}
	}
	if !started {
		return b, false
	}
	return out, false
}

func appendUULine(out, line []byte) []byte {
	want := int(line[0]-' ') & 0x3f
	at := func(i int) byte {
		if i < len(line) {
			return (line[i] - ' ') & 0x3f
		}
		return 0
	}
	for i := 1; want > 0; i += 4 {
		triple := [3]byte{at(i)<<2 | at(i+1)>>4, at(i+1)<<4 | at(i+2)>>2, at(i+2)<<6 | at(i+3)}
		n := min(want, 3)
		out = append(out, triple[:n]...)
		want -= n
	}
	return out
}
