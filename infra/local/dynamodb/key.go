package dynamodb

import (
	"encoding/binary"
	"hash/crc32"
	"slices"
)

// Limits of key values in bytes.
const (
	maxHashKey  = 2048
	maxRangeKey = 1024
)

// A stored key is a partition prefix, the hash value and the range value; in an index the table's own
// key values follow, which makes equal index keys distinct. The prefix is a checksum of the hash
// value: it gives Scan the scattered order DynamoDB has, and cuts it into segments that are ranges.
// Values end themselves and order as DynamoDB orders them, so a Query is one range of keys.

const prefixLength = 4

// Markers in encoded texts: a zero byte of the text becomes zero, escaped; the end is zero, ended.
const (
	endedKey   = 0x01
	escapedKey = 0xff
)

// appendKey appends the encoded key value.
func (v value) appendKey(dst []byte) []byte {
	if v.kind == kindN {
		return v.number().appendKey(dst)
	}
	return append(v.appendKeyPrefix(dst), 0, endedKey)
}

// appendKeyPrefix appends what all texts starting with this one have in common.
func (v value) appendKeyPrefix(dst []byte) []byte {
	for i := range len(v.text) {
		if dst = append(dst, v.text[i]); v.text[i] == 0 {
			dst = append(dst, escapedKey)
		}
	}
	return dst
}

// partition gives the common start of all keys with the hash value.
func partition(hash value) []byte {
	dst := make([]byte, prefixLength, prefixLength+len(hash.text)+64)
	dst = hash.appendKey(dst)
	binary.BigEndian.PutUint32(dst, crc32.ChecksumIEEE(dst[prefixLength:]))
	return dst
}

// encode gives the stored key of an item that has all attributes of the key.
func (k keys) encode(it item) []byte {
	dst := partition(it[k[0].name])
	if len(k) > 1 {
		dst = it[k[1].name].appendKey(dst)
	}
	return dst
}

// entryKey gives the key of the item's entry in the index.
func (t *table) entryKey(ix *index, it item) []byte {
	return append(ix.keys.encode(it), t.keys.encode(it)[prefixLength:]...)
}

// has says whether the item belongs into the index: it has each key attribute, of the right kind.
func (ix *index) has(it item) bool {
	for _, attribute := range ix.keys {
		if it[attribute.name].kind != attribute.kind {
			return false
		}
	}
	return it != nil
}

// entry gives the part of the item the index keeps; nil when it keeps none.
func (ix *index) entry(it item) item {
	switch {
	case !ix.has(it):
		return nil
	case ix.everyAttr:
		return it
	}
	return it.only(ix.attrs)
}

// checkItem checks a whole new item against the keys of the table and its indexes.
func (t *table) checkItem(it item) error {
	for i, attribute := range t.keys {
		v, ok := it[attribute.name]
		switch {
		case !ok:
			return invalidParameter("Missing the key %s in the item", attribute.name)
		case v.kind != attribute.kind:
			return invalidParameter("Type mismatch for key %s expected: %s actual: %s", attribute.name, attribute.kind, v.kind)
		}
		if err := checkKeyValue(v, attribute.name, i); err != nil {
			return err
		}
	}
	return t.checkIndexKeys(it, "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "+
		"The AttributeValue for a key attribute cannot contain an empty %s value. IndexName: %s, IndexKey: %s")
}

// checkUpdated checks an item after an update, which cannot have changed its own key.
func (t *table) checkUpdated(it item) error {
	return t.checkIndexKeys(it, "One or more parameter values are not valid. The update expression attempted to update a secondary index key "+
		"to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty %[1]s value.")
}

// checkIndexKeys checks the index keys the item has; ifEmpty is what to say of an empty one.
func (t *table) checkIndexKeys(it item, ifEmpty string) error {
	for _, ix := range t.indexes {
		for i, attribute := range ix.keys {
			v, ok := it[attribute.name]
			switch {
			case !ok:
				continue
			case v.kind != attribute.kind:
				return invalidParameter("Type mismatch for Index Key %s Expected: %s Actual: %s IndexName: %s",
					attribute.name, attribute.kind, v.kind, ix.name)
			case v.text == "":
				return invalid(ifEmpty, emptyNames[v.kind], ix.name, attribute.name)
			}
			if err := checkKeySize(v, i); err != nil {
				return err
			}
		}
	}
	return nil
}

var emptyNames = map[kind]string{kindS: "string", kindB: "binary"}

func checkKeyValue(v value, name string, position int) error {
	if v.text == "" {
		return invalid("One or more parameter values are not valid. The AttributeValue for a key attribute "+
			"cannot contain an empty %s value. Key: %s", emptyNames[v.kind], name)
	}
	return checkKeySize(v, position)
}

func checkKeySize(v value, position int) error {
	switch {
	case position == 0 && len(v.text) > maxHashKey:
		return invalidParameter("Size of hashkey has exceeded the maximum size limit of%d bytes", maxHashKey)
	case position == 1 && len(v.text) > maxRangeKey:
		return invalidParameter("Aggregated size of all range keys has exceeded the size limit of %d bytes", maxRangeKey)
	}
	return nil
}

// checkScalar refuses operands and projections that take a part of a key.
func (k keys) checkScalar(nested []string) error {
	for _, attribute := range k {
		if slices.Contains(nested, attribute.name) {
			return invalid("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: %s", attribute.name)
		}
	}
	return nil
}

// keyOf normalises and checks a key as requests give it, and encodes it.
func (t *table) keyOf(given item) (key item, encoded []byte, err error) {
	if key, err = given.normalised(); err != nil {
		return nil, nil, err
	}
	if len(key) != len(t.keys) {
		return nil, nil, errKeySchema
	}
	for i, attribute := range t.keys {
		v := key[attribute.name]
		if v.kind != attribute.kind {
			return nil, nil, errKeySchema
		}
		if err := checkKeyValue(v, attribute.name, i); err != nil {
			return nil, nil, err
		}
	}
	return key, t.keys.encode(key), nil
}

var errKeySchema = invalid("The provided key element does not match the schema")
