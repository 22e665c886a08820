package bedrock

import (
	"errors"
	"slices"
	"strings"
)

// field is a part of a request that not every model takes.
type field string

const (
	toolChoiceField field = "toolChoice" // one tool by name
	anyToolField    field = "anyTool"    // any tool, which with one tool is the same
	cachePointField field = "cachePoint"
	thinkingField   field = "thinking" // disabled: it cannot go with a forced tool
	metadataField   field = "requestMetadata"
	strictField     field = "strict" // the schema as a grammar
	streamField     field = "stream" // ConverseStream
)

// capabilities are the fields a model takes.
type capabilities []field

func (c capabilities) has(f field) bool { return slices.Contains(c, f) }

func (c capabilities) without(f field) capabilities {
	return slices.DeleteFunc(slices.Clone(c), func(other field) bool { return other == f })
}

// families are models by the beginning of their id, the longest match first.
// What a model takes beyond its row costs a refused call at worst; what it does
// not take is learnt from one.
//
// Sources: the model cards of the Bedrock user guide, 2026; Claude of the fifth
// generation thinks unless told not to, earlier ones only when told to.
var families = []struct {
	prefix string
	able   capabilities
}{
	{"anthropic.claude-fable-5-1", capabilities{cachePointField, thinkingField, metadataField}}, // no forced tools
	{"anthropic.claude-haiku-5", fifth},
	{"anthropic.claude-sonnet-5", fifth},
	{"anthropic.claude-opus-5", fifth},
	{"anthropic.claude-3-haiku", capabilities{toolChoiceField, metadataField}},
	{"anthropic.claude-3-sonnet", capabilities{toolChoiceField, metadataField}},
	{"anthropic.claude", capabilities{toolChoiceField, cachePointField, metadataField}},
	{"amazon.nova", capabilities{toolChoiceField, cachePointField, metadataField}},
	{"mistral.mistral-large", capabilities{anyToolField, metadataField}},
	{"", capabilities{toolChoiceField, anyToolField, metadataField}},
}

// fifth is Claude of the fifth generation.
var fifth = capabilities{toolChoiceField, cachePointField, thinkingField, metadataField, strictField}

func capabilitiesOf(id string) capabilities {
	id = modelID(id)
	for _, f := range families {
		if strings.HasPrefix(id, f.prefix) {
			return append(slices.Clone(f.able), streamField) // until one says otherwise
		}
	}
	return nil // the last row matches everything
}

// modelID is a model's id without the ARN and the inference profile's prefix.
func modelID(id string) string {
	id = id[strings.LastIndexByte(id, '/')+1:]
	for _, prefix := range []string{"us-gov.", "us.", "eu.", "jp.", "au.", "apac.", "global."} {
		if rest, ok := strings.CutPrefix(id, prefix); ok {
			return rest
		}
	}
	return id
}

// namings are words by which validation names a field. toolChoice comes first:
// "thinking may not be enabled when tool_choice forces tool use" is about it.
var namings = []struct {
	field field
	words []string
}{
	{toolChoiceField, []string{"toolchoice", "tool_choice"}},
	{anyToolField, []string{"toolchoice", "tool_choice"}},
	{cachePointField, []string{"cachepoint", "cache_control", "caching"}},
	{strictField, []string{"strict", "grammar"}},
	{streamField, []string{"stream"}},
	{thinkingField, []string{"thinking", "additionalmodelrequestfields", "extraneous key"}},
	{metadataField, []string{"requestmetadata"}},
}

// named is the field among those sent that a ValidationException names, or "".
func (c capabilities) named(err error) field {
	var f *failure
	if !errors.As(err, &f) || f.code != "ValidationException" {
		return ""
	}
	message := strings.ToLower(f.message)
	for _, n := range namings {
		if c.has(n.field) && slices.ContainsFunc(n.words, func(w string) bool { return strings.Contains(message, w) }) {
			return n.field
		}
	}
	return ""
}
