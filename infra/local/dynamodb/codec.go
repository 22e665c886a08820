package dynamodb

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"
)

// A stored record is the item's size as AWS counts it, then its attributes. Lengths and counts are
// unsigned varints; a value is its kind byte and its content. The size stands first because paging
// and capacity need it for every row read.

var errTornRecord = errors.New("stored record is damaged")

func encodeRecord(it item) []byte {
	size := it.size()
	dst := binary.AppendUvarint(make([]byte, 0, size+size/4+16), uint64(size))
	return appendItem(dst, it)
}

func appendItem(dst []byte, it item) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(it)))
	for _, name := range slices.Sorted(maps.Keys(it)) {
		dst = appendText(dst, name)
		dst = appendValue(dst, it[name])
	}
	return dst
}

func appendText(dst []byte, text string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}

func appendValue(dst []byte, v value) []byte {
	dst = append(dst, byte(v.kind))
	switch v.kind {
	case kindS, kindN, kindB:
		return appendText(dst, v.text)
	case kindBOOL, kindNULL:
		if v.truth {
			return append(dst, 1)
		}
		return append(dst, 0)
	case kindM:
		return appendItem(dst, v.attrs)
	}
	dst = binary.AppendUvarint(dst, uint64(len(v.list)))
	for _, element := range v.list {
		dst = appendValue(dst, element)
	}
	return dst
}

// recordSize gives the size AWS counts without decoding the item.
func recordSize(record []byte) int {
	size, _ := binary.Uvarint(record)
	return int(size)
}

// decodeRecord copies the record once; the strings of the item are parts of that copy, because the
// store's memory is gone with the transaction.
func decodeRecord(record []byte) (item, error) {
	d := decoder{rest: string(record)}
	d.uvarint()
	it := d.item()
	if d.torn || d.rest != "" {
		return nil, errTornRecord
	}
	return it, nil
}

type decoder struct {
	rest string
	torn bool
}

func (d *decoder) uvarint() int {
	var n uint64
	for shift := 0; shift < 64; shift += 7 {
		b := d.byte()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			break
		}
	}
	return int(n)
}

func (d *decoder) byte() byte {
	text := d.take(1)
	if text == "" {
		return 0
	}
	return text[0]
}

func (d *decoder) take(n int) string {
	if n < 0 || n > len(d.rest) {
		d.torn, d.rest = true, ""
		return ""
	}
	text := d.rest[:n]
	d.rest = d.rest[n:]
	return text
}

// count reads a number of elements, each at least one byte long.
func (d *decoder) count() int {
	n := d.uvarint()
	if n < 0 || n > len(d.rest) {
		d.torn = true
		return 0
	}
	return n
}

func (d *decoder) item() item {
	n := d.count()
	it := make(item, n)
	for range n {
		name := d.take(d.uvarint())
		it[name] = d.value()
	}
	return it
}

func (d *decoder) value() value {
	v := value{kind: kind(d.byte())}
	switch v.kind {
	case kindS, kindN, kindB:
		v.text = d.take(d.uvarint())
	case kindBOOL, kindNULL:
		v.truth = d.byte() == 1
	case kindM:
		v.attrs = d.item()
	case kindL, kindSS, kindNS, kindBS:
		v.list = make([]value, d.count())
		for i := range v.list {
			v.list[i] = d.value()
		}
	default:
		d.torn, d.rest = true, ""
	}
	return v
}
