package dynamodb

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"unicode/utf8"
)

// wireValue is an attribute value as clients send it. Pointers tell what is absent.
type wireValue struct {
	S    *string
	N    *string
	B    *[]byte
	SS   *[]string
	NS   *[]string
	BS   *[][]byte
	BOOL *bool
	NULL *bool
	L    *[]value
	M    *item
}

// UnmarshalJSON reads the wire form. It does not judge it: normalise does, so that each request can
// report the fault in its own words.
func (v *value) UnmarshalJSON(data []byte) error {
	var wire wireValue
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*v = value{}
	if wire.S != nil {
		v.become(value{kind: kindS, text: *wire.S})
	}
	if wire.N != nil {
		v.become(value{kind: kindN, text: *wire.N})
	}
	if wire.B != nil {
		v.become(value{kind: kindB, text: string(*wire.B)})
	}
	if wire.SS != nil {
		v.become(value{kind: kindSS, list: elements(kindS, *wire.SS)})
	}
	if wire.NS != nil {
		v.become(value{kind: kindNS, list: elements(kindN, *wire.NS)})
	}
	if wire.BS != nil {
		v.become(value{kind: kindBS, list: elements(kindB, *wire.BS)})
	}
	if wire.BOOL != nil {
		v.become(value{kind: kindBOOL, truth: *wire.BOOL})
	}
	if wire.NULL != nil {
		v.become(value{kind: kindNULL, truth: *wire.NULL})
	}
	if wire.L != nil {
		v.become(value{kind: kindL, list: *wire.L})
	}
	if wire.M != nil {
		v.become(value{kind: kindM, attrs: *wire.M})
	}
	return nil
}

// become takes the given form, or notes that there was one already.
func (v *value) become(form value) {
	if v.kind != kindNone {
		form = value{kind: kindMany}
	}
	*v = form
}

func elements[T string | []byte](k kind, texts []T) []value {
	list := make([]value, len(texts))
	for i, text := range texts {
		list[i] = value{kind: k, text: string(text)}
	}
	return list
}

// MarshalJSON writes the wire form.
func (v value) MarshalJSON() ([]byte, error) { return v.appendJSON(nil), nil }

// MarshalJSON writes the attributes ordered by name, so equal items give equal bytes.
func (it item) MarshalJSON() ([]byte, error) { return it.appendJSON(nil), nil }

func (it item) appendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	for i, name := range slices.Sorted(maps.Keys(it)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendJSONString(dst, name), ':')
		dst = it[name].appendJSON(dst)
	}
	return append(dst, '}')
}

func (v value) appendJSON(dst []byte) []byte {
	dst = append(dst, '{', '"')
	dst = append(dst, v.kind.String()...)
	dst = append(dst, '"', ':')
	switch v.kind {
	case kindBOOL, kindNULL:
		dst = appendJSONBool(dst, v.truth)
	case kindM:
		dst = v.attrs.appendJSON(dst)
	case kindL:
		dst = appendJSONList(dst, v.list, value.appendJSON)
	case kindSS, kindNS, kindBS:
		dst = appendJSONList(dst, v.list, value.appendScalarJSON)
	default:
		dst = v.appendScalarJSON(dst)
	}
	return append(dst, '}')
}

func appendJSONList(dst []byte, list []value, appendElement func(value, []byte) []byte) []byte {
	dst = append(dst, '[')
	for i, element := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendElement(element, dst)
	}
	return append(dst, ']')
}

func (v value) appendScalarJSON(dst []byte) []byte {
	if v.kind != kindB {
		return appendJSONString(dst, v.text)
	}
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, []byte(v.text))
	return append(dst, '"')
}

func appendJSONBool(dst []byte, truth bool) []byte {
	if truth {
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}

const hexDigits = "0123456789abcdef"

// appendJSONString quotes the text. Own code because a page of rows has thousands of strings and
// encoding/json would allocate for each.
func appendJSONString(dst []byte, text string) []byte {
	dst = append(dst, '"')
	plain := 0 // text[plain:i] needs no escape
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if c < ' ' || c == '"' || c == '\\' {
				dst = append(dst, text[plain:i]...)
				dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
				plain = i + 1
			}
			i++
			continue
		}
		r, width := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && width == 1 {
			dst = append(dst, text[plain:i]...)
			dst = append(dst, "\ufffd"...)
			plain = i + 1
		}
		i += width
	}
	dst = append(dst, text[plain:]...)
	return append(dst, '"')
}
