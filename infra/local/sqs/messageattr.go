package sqs

import (
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// traceHeader is the only system attribute a sender may set.
const traceHeader = "AWSTraceHeader"

// attributeValue is a message attribute: typed data beside the body.
type attributeValue struct {
	// DataType is String, Number or Binary, with an optional ".label".
	DataType    string
	StringValue string `json:",omitempty"`
	BinaryValue []byte `json:",omitempty"`
	// The lists are part of the protocol but not implemented by SQS either.
	StringListValues []string `json:",omitempty"`
	BinaryListValues [][]byte `json:",omitempty"`
}

func (v attributeValue) binary() bool { return strings.HasPrefix(v.DataType, "Binary") }

func (v attributeValue) bytes() []byte {
	if v.binary() {
		return v.BinaryValue
	}
	return []byte(v.StringValue)
}

var (
	attributeName = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)
	attributeType = regexp.MustCompile(`^(String|Number|Binary)(\.[^\x00-\x1f]{1,249})?$`)
)

func checkAttributes(given, system map[string]attributeValue) error {
	if len(given) > maxAttributes {
		return invalid("Number of message attributes [%d] exceeds the allowed maximum [%d].", len(given), maxAttributes)
	}
	for name, v := range given {
		lower := strings.ToLower(name)
		if len(name) > 256 || !attributeName.MatchString(name) || strings.HasPrefix(lower, "aws.") || strings.HasPrefix(lower, "amazon.") {
			return invalid("The message attribute name %q is invalid.", name)
		}
		if err := v.check(name); err != nil {
			return err
		}
	}
	for name, v := range system {
		if name != traceHeader || v.DataType != "String" || v.StringValue == "" {
			return invalid("Message system attribute name %q is invalid.", name)
		}
	}
	return nil
}

func (v attributeValue) check(name string) error {
	if !attributeType.MatchString(v.DataType) {
		return invalid("The message attribute %q has an invalid message attribute type.", name)
	}
	if v.StringListValues != nil || v.BinaryListValues != nil {
		return unsupported("Message attribute list values are not supported.")
	}
	if len(v.bytes()) == 0 {
		return invalid("The message attribute %q must contain a non-empty value of its type.", name)
	}
	if v.binary() {
		return nil
	}
	if !validText(v.StringValue) {
		return invalid("The message attribute %q has characters that are not allowed.", name)
	}
	if _, err := strconv.ParseFloat(v.StringValue, 64); strings.HasPrefix(v.DataType, "Number") && err != nil {
		return invalid("Can't cast the value of message attribute %q to a number.", name)
	}
	return nil
}

// validText says whether s has only the characters SQS allows, those of XML.
func validText(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return false
		}
	}
	return true
}

func md5Hex(b []byte) string {
	sum := md5.Sum(b)
	return hex.EncodeToString(sum[:])
}

// md5Attributes is the digest SDKs can check, "" without attributes: names in
// order, each followed by type, kind of transport (1 text, 2 binary) and
// value, lengths as four bytes before them.
//
// Source: "Calculating the MD5 message digest for message attributes",
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
func md5Attributes(all map[string]attributeValue) string {
	if len(all) == 0 {
		return ""
	}
	var b []byte
	field := func(v []byte) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(v)))
		b = append(b, v...)
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		v := all[name]
		field([]byte(name))
		field([]byte(v.DataType))
		if v.binary() {
			b = append(b, 2)
		} else {
			b = append(b, 1)
		}
		field(v.bytes())
	}
	return md5Hex(b)
}

// choose returns the attributes asked for: by name, "All", ".*" or "prefix.*".
func choose(all map[string]attributeValue, names []string) map[string]attributeValue {
	out := map[string]attributeValue{}
	for name, v := range all {
		if slices.ContainsFunc(names, func(want string) bool {
			prefix, wild := strings.CutSuffix(want, ".*")
			return want == name || want == "All" || wild && (prefix == "" || strings.HasPrefix(name, prefix+"."))
		}) {
			out[name] = v
		}
	}
	return out
}
