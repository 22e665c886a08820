package model

import (
	"encoding/json"
	"fmt"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// aliasLimit is how many of the entries found a question shows, as K1 to K8. The
// schemas name all of them always, so that the cached prefix stays the same.
const aliasLimit = 8

func alias(i int) string { return fmt.Sprintf("K%d", i+1) }

func aliases() []string {
	all := make([]string, aliasLimit)
	for i := range all {
		all[i] = alias(i)
	}
	return all
}

// aliasForm is the schema of an alias. Those of a larger base are not listed: the
// list would cost as much as an entry, and every alias is checked here anyway.
func aliasForm(shown int) any {
	if shown <= aliasLimit {
		return oneOf(aliases())
	}
	return map[string]any{"type": "string", "description": "alias of an entry as shown, such as K12"}
}

// noLanguage stands for a language that is none of the fifteen.
const noLanguage = "other"

func languageTags() []string {
	var all []string
	for _, l := range desk.Languages {
		all = append(all, string(l))
	}
	return append(all, noLanguage)
}

// types are the types a model may choose: headers tell automatic mail, not a
// model.
func types() []desk.Type {
	var all []desk.Type
	for _, t := range desk.Types {
		if t != desk.Automatic {
			all = append(all, t)
		}
	}
	return all
}

// flags are what a mail asks for or threatens with.
var flags = []string{
	"refund", "claim", "chargeback", "legal", "safety", "counterfeit", "privacy", "self_harm", "press", "review", "injection",
}

// property is one field of a schema. Every field is required and no other
// allowed: grammars of strict servers know neither optional fields nor maxItems.
type property struct {
	name   string
	schema any
}

func object(properties ...property) any {
	fields := ordered{}
	names := []string{}
	for _, p := range properties {
		fields = append(fields, p)
		names = append(names, p.name)
	}
	return map[string]any{"type": "object", "properties": fields, "required": names, "additionalProperties": false}
}

// ordered is an object whose fields stay in order: models fill them in that way,
// and a reason before a label is worth more than one after it.
type ordered []property

// MarshalJSON implements json.Marshaler.
func (o ordered) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, p := range o {
		if i > 0 {
			out = append(out, ',')
		}
		value, err := json.Marshal(p.schema)
		if err != nil {
			return nil, fmt.Errorf("encoding field %s: %w", p.name, err)
		}
		out = append(append(append(out, '"'), p.name...), '"', ':')
		out = append(out, value...)
	}
	return append(out, '}'), nil
}

func text() any { return map[string]any{"type": "string"} }

func oneOf[T ~string](values []T) any { return map[string]any{"type": "string", "enum": values} }

func list(items any) any { return map[string]any{"type": "array", "items": items} }

func tool(name, description string, properties ...property) Tool {
	schema, _ := json.Marshal(object(properties...)) // strings and lists always encode
	return Tool{Name: name, Description: description, Schema: schema}
}

func suggestionSchema(shown int) any {
	return object(property{"headline", text()}, property{"stance", oneOf(stances)}, property{"cited", list(aliasForm(shown))})
}

// The tools, one form for each kind of answer.

func triageTool() Tool {
	return tool("sort_mail", "Files the mail under its labels.",
		property{"reason", text()}, property{"type", oneOf(types())}, property{"intent", oneOf(desk.Intents)},
		property{"flags", list(oneOf(flags))}, property{"orders", list(text())}, property{"priority", oneOf(desk.Priorities)},
		property{"mood", text()}, property{"sentiment", oneOf(desk.Sentiments)},
		property{"language", oneOf(languageTags())}, property{"summary", text()}, property{"query", text()})
}

// The tools for replies know how many entries are shown.

func suggestTool(shown int) Tool {
	s := suggestionSchema(shown)
	return tool("offer_replies", "Offers three ways to answer.", property{"s1", s}, property{"s2", s}, property{"s3", s})
}

func draftTool(shown int) Tool {
	return tool("write_reply", "Hands over the reply.",
		property{"text", text()},
		property{"citations", list(object(property{"alias", aliasForm(shown)}, property{"quote", text()}))},
		property{"missing", list(text())})
}

func textTool() Tool {
	return tool("hand_over_text", "Hands over the finished text.", property{"text", text()})
}
